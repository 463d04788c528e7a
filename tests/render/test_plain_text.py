"""Wrapping for the terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.render.plain import COLUMNS, printable, tidy, underline, width, wrap


@given(st.text(), st.sampled_from(["", "- ", "    "]))
def test_wrapping_loses_no_character_and_keeps_the_columns(text: str, first: str) -> None:
    wrapped = wrap(text, first)
    assert "".join(wrapped.removeprefix(first).split()) == "".join(text.split())
    for line in wrapped.splitlines():
        assert width(line) <= COLUMNS or len(line.split()) <= 2


def test_an_address_stays_whole() -> None:
    url = "https://a.example/" + "x" * 100
    assert wrap(f"see {url} now") == f"see\n{url}\nnow"


def test_wide_characters_take_two_columns_and_part_anywhere() -> None:
    lines = wrap("你好" * 40).splitlines()
    assert [width(line) for line in lines] == [72, 72, 16]


def test_later_lines_hang_below_the_first() -> None:
    assert wrap("word " * 20, "- ").splitlines()[1].startswith("  word")


def test_an_underline_is_as_long_as_its_heading() -> None:
    assert underline("Tides") == "Tides\n-----"
    assert underline("你好", "=") == "你好\n===="


def test_tidying_leaves_one_empty_line_at_most() -> None:
    assert tidy("\n\na  \n \n\n\nb\n\n") == "a\n\nb"


def test_a_separator_that_is_a_control_becomes_a_space() -> None:
    assert printable("a\x0bb\u2028c\td\n") == "a b c\td\n"
