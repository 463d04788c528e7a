"""The same line is recognised in other words; other lines of the same speaker are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.drafting.likeness import SAME, alike, likeness, words

LINE = "If you are not allowed to switch it off, you do not own it."


@pytest.mark.parametrize(
    "other",
    [
        LINE,
        LINE.upper(),
        "“If you're not allowed to switch it off, you do not own it.” — Ilse, The Late Rollback, 14:37 #ownership",
        "And I say: if you are not allowed to switch it off, you do not own it. That is all.",
        "you are not allowed to switch it off, you do not own it",
        "You do not own it, if you are not allowed to switch it off.",
        "If you are nót allowed to switch it off, you dó not own it! https://pod.example/88#t=3",
    ],
)
def test_the_same_line_is_recognised(other: str) -> None:
    assert alike(words(LINE), words(other))
    assert alike(words(other), words(LINE))


@pytest.mark.parametrize(
    "other",
    [
        "",
        "It.",
        "You can get faster over twenty-five by muscling it.",
        "If nobody is paged at night, you are not running a service, you have a hobby.",
        "I was not allowed to say so, and I said it.",
    ],
)
def test_another_line_is_not(other: str) -> None:
    assert not alike(words(LINE), words(other))


@given(st.text(), st.text())
def test_likeness_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    there = likeness(words(one), words(other))
    assert 0 <= there <= 1
    assert there == likeness(words(other), words(one))
    assert likeness(words(one), words(one)) == (1.0 if words(one) else 0.0)
    assert SAME < 1
