"""Titles, quotes and addresses come from strangers: nothing in them becomes markup, script, style or a template."""

from __future__ import annotations

import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from bot.model.digest import Claims, EditionQuote, Imprint, TopicGroup
from bot.render import Renderer
from tests.render.editions import IMPRINT, digest, edition, line, quote

ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></style><style>*{display:none}</style>",
    "</td></tr></table><h1>Mine</h1>",
    "<!--[if mso]><b>only in Outlook</b><![endif]--> -->",
    "{{ 7 * 7 }}{% include '/etc/passwd' %}",
    "' style='background:url(https://evil.example/x)",
    "&lt;script&gt; &amp; &#60;",
]


def everywhere(text: str, renderer: Renderer) -> tuple[str, str]:
    hostile = digest(
        1,
        show=text,
        headline=line(text),
        hook=line(text),
        summary=(line(text),),
        insights=(Claims(line(text), (line(text),)),),
        quotes=(quote(text, text, 12.0),),
    )
    made = edition(
        3,
        lead=hostile,
        top=(hostile,),
        subject=line(text),
        preheader=line(text),
        groups=(TopicGroup(text, (digest(2, headline=line(text)),)),),
        quotes=(EditionQuote(hostile.ref, text, text, hostile.quotes[0], hostile.url),),
        opener=text,
        notes=((1, text),),
    )
    return renderer.mail(made, Imprint(title=text, sender=text, address=text, promise=text))


@pytest.mark.parametrize("attack", ATTACKS)
def test_text_stays_text(renderer: Renderer, attack: str) -> None:
    html, plain = everywhere(attack, renderer)
    tree = LexborHTMLParser(html)
    assert not tree.css("script, img, iframe, object, form")
    assert len(tree.css("style")) == 1
    assert len(tree.css("h1")) == 1
    assert len(tree.css("table")) == 2
    assert not [n for n in tree.css("*") for a in n.attributes if a.lower().startswith("on")]
    assert not [n for n in tree.css("[style]") if "url(" in str(n.attributes["style"])]
    assert tree.css_first("h3").text() == attack  # type: ignore[union-attr]
    assert tree.css_first("title").text() == attack  # type: ignore[union-attr]
    assert attack.split()[-1] in plain


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        " JaVaScRiPt:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "//evil.example/",
        "/relative",
        "https://ok.example/ x",
        'https://ok.example/"onmouseover="alert(1)',
        "https://ok.example/\nBcc: all@example.org",
        "",
    ],
)
def test_an_address_that_is_none_is_not_linked(renderer: Renderer, address: str) -> None:
    hostile = digest(1, url=address, audio=address)
    made = edition(1, lead=hostile, top=(hostile,), quotes=())
    html, text = renderer.mail(made, Imprint(title="T", sender="S", site=address))
    hrefs = {str(a.attributes["href"]) for a in LexborHTMLParser(html).css("a")}
    assert hrefs == {"#e1", "https://longlisten.example/letters", "https://shows.example/peat"}
    assert "evil" not in text
    assert "Bcc" not in text


def test_control_characters_and_overrides_of_direction_are_taken_out(renderer: Renderer) -> None:
    bad = "a\x00b\x1bc\x7fd\x92e\u202ef\u2066g\ud800h\ufeffi\x85j"
    hostile = digest(1, headline=line(bad), quotes=(quote(bad, None, None),))
    for part in renderer.mail(edition(1, lead=hostile, top=(hostile,), subject=line(bad)), IMPRINT):
        assert "abcdefghi j" in part
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", part)
        part.encode("utf-8")


def test_emoji_and_combining_marks_pass_unharmed(renderer: Renderer) -> None:
    title = "👩‍👩‍👧 naïve café 🇩🇪 שָׁלוֹם 你好"
    for part in renderer.mail(edition(1, lead=digest(1, headline=line(title)), top=()), IMPRINT):
        assert title in part


@pytest.mark.parametrize("tag", ['en" onclick="x', "<b>", "english language", "", "-", "x" * 500])
def test_a_language_that_is_none_is_passed_over(renderer: Renderer, tag: str) -> None:
    made = edition(1, lead=digest(1, language=tag))
    html, _ = renderer.mail(made, Imprint(title="T", sender="S", language=tag))
    assert {node.attributes["lang"] for node in LexborHTMLParser(html).css("[lang]")} == {"en"}


def test_a_very_long_text_takes_no_time_to_speak_of(renderer: Renderer) -> None:
    long = digest(1, summary=(line("word " * 200_000),), headline=line("x" * 200_000))
    html, text = renderer.mail(edition(1, lead=long, top=()), IMPRINT)
    assert len(html) > 1_000_000
    assert len(text) > 1_000_000
