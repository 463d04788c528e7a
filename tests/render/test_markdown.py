"""The editor's own words: Markdown in, harmless HTML out, and never slow."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from bot.render import markdown
from bot.render.markup import TAGS, paragraphs
from tests.growth import MOST, growth


def test_paragraphs_emphasis_lists_and_links() -> None:
    assert markdown("One *two* **three**.\n\n- [four](https://a.example/b_(c))\n") == (
        "<p>One <em>two</em> <strong>three</strong>.</p>\n"
        '<ul>\n<li><a href="https://a.example/b_(c)">four</a></li>\n</ul>'
    )


def test_a_heading_becomes_a_bold_paragraph_because_the_mail_has_its_own_outline() -> None:
    assert markdown("# Hello") == "<p><strong>Hello</strong></p>"
    assert markdown("Hello\n-----") == "<p><strong>Hello</strong></p>"
    assert markdown("One\n===\ntwo\n# Three\nfour") == (
        "<p><strong>One</strong></p>\n<p>two</p>\n<p><strong>Three</strong></p>\n<p>four</p>"
    )


def test_a_quotation_block_loses_its_frame_because_that_is_kept_for_the_transcript() -> None:
    assert "blockquote" not in markdown("> As somebody surely said.")
    assert "As somebody surely said." in markdown("> As somebody surely said.")


def test_html_is_shown_as_typed() -> None:
    assert markdown("<b onclick=x>1</b>") == "<p>&lt;b onclick=x&gt;1&lt;/b&gt;</p>"


def test_an_image_becomes_a_link_to_it() -> None:
    assert markdown("![A pier](https://a.example/pier.png)") == '<p><a href="https://a.example/pier.png">A pier</a></p>'


@pytest.mark.parametrize("address", ["javascript:alert(1)", "JAVASCRIPT:x", "data:text/html,x", "/here", "ftp://a.b/"])
def test_links_lead_to_the_web_or_to_a_mailbox(address: str) -> None:
    assert "href" not in markdown(f"[x]({address})")
    assert "href" in markdown("[x](mailto:a@b.example)")


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "![](",
        "[a](",
        "[a](x",
        "*a ",
        "**a*",
        "<",
        "<a ",
        "`",
        "> ",
        "- ",
        "_",
        "&",
        "a@",
        "\n* a",
        "<!--",
        "a\n=\n",
        "# a\n",
    ],
)
def test_no_text_makes_it_slow(piece: str) -> None:
    assert growth(lambda size: markdown(piece * size), 1_250) < MOST


def test_marks_before_a_line_nest_eight_deep_and_further_ones_are_words() -> None:
    assert markdown("> " * 8 + "deep") == "<p>deep</p>"
    assert markdown("> " * 10 + "deep") == "<p>&gt; &gt; deep</p>"
    assert markdown("- " * 20 + "deep").count("<ul>") == 8
    assert "- - deep" in markdown("- " * 20 + "deep")
    assert markdown("1. " * 20 + "deep").count("<ol>") == 8
    assert markdown("\n".join(">" * depth + " deep" for depth in range(12, 0, -1))).count("&gt;") == 4 + 3 + 2 + 1


@pytest.mark.parametrize("mark", [">", "> ", "- ", "1. ", "> - "])
def test_a_line_of_nothing_but_marks_takes_no_more_steps_than_a_short_one(mark: str) -> None:
    assert steps(lambda: markdown(mark * 6_000)) < 1.1 * steps(lambda: markdown(mark * 12)) + 200


def steps(work: Callable[[], object]) -> int:
    """How many functions of Python are called for some work: no clock."""
    calls = 0

    def count(_frame: FrameType, event: str, _given: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


def test_lists_nested_without_end_are_printed_as_typed() -> None:
    assert markdown("".join("    " * depth + "- <a>\n" for depth in range(400))).startswith("<p>- &lt;a&gt;")


@given(st.text(alphabet=st.sampled_from("abc <>[]()*_`#-!&\"'\n:/.=1"), max_size=200))
def test_whatever_is_typed_only_the_allowed_tags_come_out(text: str) -> None:
    tree = LexborHTMLParser(f"<body>{markdown(text)}</body>")
    assert {str(node.tag) for node in tree.css("body *")} <= TAGS
    for node in tree.css("body *"):
        assert set(node.attributes) <= {"href"}


def test_in_plain_text_paragraphs_are_wrapped_and_lists_keep_their_lines() -> None:
    assert paragraphs("one\ntwo\n\n- a\n- b\n\n \nlast") == ["one two", "- a\n- b", "last"]
    assert paragraphs("1. a\n2. b\n    - c") == ["1. a\n2. b\n   - c"]
    assert paragraphs("- a\n\n    more\n\n- b") == ["- a\n   more\n- b"]
    assert paragraphs("one  \ntwo") == ["one\ntwo"]
    assert paragraphs("") == []


def test_in_plain_text_a_link_is_its_words_and_its_address() -> None:
    assert paragraphs("See [the pier](https://a.example/b_(c)).") == ["See the pier (https://a.example/b_(c))."]
    assert paragraphs("[Write](mailto:a@b.example) to <https://a.example/>") == [
        "Write (a@b.example) to https://a.example/"
    ]
    assert paragraphs("![A pier](https://a.example/pier.png)") == ["A pier (https://a.example/pier.png)"]
    assert paragraphs("[nowhere](javascript:x)") == ["nowhere"]


def test_plain_text_says_what_the_html_says_and_nothing_of_how() -> None:
    assert paragraphs("# Hello\n\nso *very* **good**, 2 \\* 3 &lt; 7 & <b>bold</b>") == [
        "Hello",
        "so very good, 2 * 3 < 7 & <b>bold</b>",
    ]
    assert paragraphs("> somebody said") == ["somebody said"]


@settings(max_examples=50)
@given(st.text(alphabet=st.sampled_from("abc <>*_`#-!&\"'\n:/.=1"), max_size=200))
def test_no_word_of_the_html_is_lost_in_plain_text(text: str) -> None:
    body = LexborHTMLParser(f"<body>{markdown(text)}</body>").body
    assert body is not None
    words = [each for each in body.text() if each.isalpha()]
    assert [each for each in "".join(paragraphs(text)) if each.isalpha()] == words
