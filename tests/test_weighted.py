"""X's own length: every rule of twitter-text's configuration 3, which counts, and which addresses it sees.

The numbers and addresses are those that twitter-text 3.1.0 gives for these texts.
"""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import Limit, Unit, count
from bot.weighted import links, weight
from tests.growth import MOST, growth

FAMILY = "👨‍👩‍👧‍👦"


def seen(text: str) -> list[str]:
    return [text[each.begin : each.stop] for each in links(text)]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("plain, with a point. And more", 29),
        ("\u10ff\u1100", 3),
        ("\u2000\u200d\u200e\u2010\u201f\u2020\u2032\u2037\u2038", 12),
        ("“quoted” — and so on…", 22),
        ("漢字かな", 8),
        ("שלום", 4),
        ("e\u0301", 1),
        ("각", 2),
        ("𝒳", 2),
        ("\x00\t\n", 3),
    ],
)
def test_code_points_weigh_one_or_two_in_their_normal_form(text: str, length: int) -> None:
    assert weight(text) == length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("😀", 2),
        (FAMILY, 2),
        ("👍🏽", 2),
        ("👩🏽‍🎓", 2),
        ("🏃🏽‍♀️", 2),
        ("🏋️‍♀️", 2),
        ("👯‍♀️", 2),
        ("👩‍❤️‍💋‍👨", 2),
        ("🏳️‍🌈", 2),
        ("🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", 2),
        ("🇩🇪", 2),
        ("1️⃣", 2),
        ("#⃣", 2),
        ("©️", 2),
        ("©", 1),
        ("☺️", 2),
        ("☝🏽", 2),
        # What is no emoji of Unicode 11 counts by its parts.
        ("🇽🇽", 4),
        ("🏽🏽", 4),
        ("☺\ufe0e", 4),
        ("👩‍👨‍👧", 5),
        ("🧑‍🎓", 5),
        ("🏴\U000e0067\U000e0062\U000e007f", 8),
    ],
)
def test_an_emoji_counts_two_whatever_it_is_made_of(text: str, length: int) -> None:
    assert weight(text) == length


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("https://pod.example.org/31?utm_source=x and more", ["https://pod.example.org/31?utm_source=x"]),
        ("HTTP://POD.EXAMPLE.ORG", ["HTTP://POD.EXAMPLE.ORG"]),
        ("see example.com, or example.co.uk.", ["example.com", "example.co.uk"]),
        ("(example.com/a_(b)) example.com/a.", ["example.com/a_(b)", "example.com/a"]),
        ("example.com/Album_(Edited_(2))/ and example.com/(a", ["example.com/Album_(Edited_(2))/", "example.com/"]),
        (
            "example.com:8080/x example.com?q=1 http://example.com?q=1.",
            ["example.com:8080/x", "example.com", "http://example.com?q=1"],
        ),
        ("ask node.js, README.md, Mr.Smith, v1.2, e.g. this", ["README.md"]),
        ("no.such.toplevel http://no.such.toplevel http://localhost", []),
        ("example.comm example.com-x example.com@x example.com_x", ["example.com"]),
        ("you@example.com #example.com $example.com @example.com", []),
        ("-example.com /example.com .example.com _example.com", []),
        ("-https://example.com “https://example.com”", ["https://example.com", "https://example.com"]),
        ("xhttps://example.com", []),
        ("sub_domain.example.com my_name.com http://my_name.com", ["domain.example.com"]),
        ("見てexample.comです example.中国 http://例え.中国/x", ["example.com", "example.中国", "http://例え.中国/x"]),
        ("пример.рф http://пример.рф http://ПРИМЕР.РФ", ["http://пример.рф", "http://ПРИМЕР.РФ"]),
        ("http://xn--80ak6aa92e.com example.xn--p1ai", ["http://xn--80ak6aa92e.com", "example.xn--p1ai"]),
        ("https://t.co/Abc123/more https://t.co/" + "a" * 41, ["https://t.co/Abc123"]),
        (f"http://{'a' * 63}.com http://{'a' * 64}.com", [f"http://{'a' * 63}.com"]),
        (f"http://example.com/{'a' * 4070} http://example.com/{'a' * 4071}", [f"http://example.com/{'a' * 4070}"]),
        ("example.com日example.org/x", ["example.com", "example.org/x"]),
        ("http://example.com/кот–é http://example.com/日", ["http://example.com/кот–é", "http://example.com/"]),
    ],
)
def test_addresses_are_seen_where_x_sees_them(text: str, addresses: list[str]) -> None:
    assert seen(text) == addresses


def test_an_address_counts_the_same_however_long_it_is() -> None:
    assert weight("https://example.org/" + "a" * 400) == 23
    assert weight("example.com") == 23
    assert weight("at example.com!") == 27
    assert weight("https://example.org/a%F0%9F%98%80/1️⃣") == 27, "the mark of the key is none of the address"


def test_the_unit_of_a_limit_counts_addresses_by_itself() -> None:
    assert count("at example.com", Limit(280, Unit.X_WEIGHTED)) == 26


PIECES = [
    "a",
    "1",
    "é",
    "日",
    "-",
    "_",
    ".",
    "/",
    ":",
    "(",
    ")",
    "?",
    "#",
    "@",
    " ",
    ".com",
    "https://",
    FAMILY,
    "\u0301",
]


@given(st.text() | st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_what_is_seen_lies_in_the_text_in_order_and_counts_once(text: str) -> None:
    found = links(text)
    at = 0
    for each in found:
        assert at <= each.begin < each.stop <= len(text)
        at = each.stop
    normal = unicodedata.normalize("NFC", text)
    assert weight(text) == weight(normal)
    assert weight(text) <= 2 * len(normal) + 23 * len(links(normal))
    assert weight(text) >= 23 * len(links(normal))


@pytest.mark.parametrize(
    "unit",
    [
        "a.",
        "@",
        "http://",
        ".",
        "a",
        "_.",
        "a_",
        "-",
        "(",
        "日.",
        "é.",
        "a.co/(a",
        "a.co/((",
        "a.co?!",
        "a.中.",
        "xn--.",
        "a.co ",
        "🇩",
        "👨\u200d",
    ],
)
def test_no_text_takes_long(unit: str) -> None:
    def count_all(length: int) -> None:
        text = (unit * length)[:length]
        for each in (text, f"{text}.com", f"https://{text}.com", f"a.co/{text}", f"a.co/({text}"):
            weight(each)

    assert growth(count_all, 4_000) <= MOST
