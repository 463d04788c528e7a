"""Length as each platform counts it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import Limit, Unit, count, fits, fold, graphemes, lasting, shorten

FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("text", "unit", "length"),
    [
        (FAMILY, Unit.GRAPHEMES, 1),
        ("e\u0301", Unit.GRAPHEMES, 1),
        ("e\u0301", Unit.CHARACTERS, 2),
        (FAMILY, Unit.UTF8_BYTES, 25),
        ("𝒳", Unit.UTF16_UNITS, 2),
        ("plain", Unit.X_WEIGHTED, 5),
        ("漢字", Unit.X_WEIGHTED, 4),
        (FAMILY, Unit.X_WEIGHTED, 2),
        ("e\u0301", Unit.X_WEIGHTED, 1),
        ("plain, é, 漢字, שלום", Unit.EMOJI_AS_BYTES, 18),
        ("😀", Unit.EMOJI_AS_BYTES, 4),
        (FAMILY, Unit.EMOJI_AS_BYTES, 25),
        ("🇩🇪", Unit.EMOJI_AS_BYTES, 8),
        ("1️⃣", Unit.EMOJI_AS_BYTES, 7),
        ("12 #", Unit.EMOJI_AS_BYTES, 4),
        ("e\u0301", Unit.EMOJI_AS_BYTES, 2),
    ],
)
def test_one_text_has_many_lengths(text: str, unit: Unit, length: int) -> None:
    assert count(text, Limit(500, unit)) == length


def test_a_link_counts_what_the_platform_says_it_counts() -> None:
    text = "Listen: https://example.org/" + "a" * 400
    assert count(text, Limit(500, Unit.GRAPHEMES, per_url=23)) == len("Listen: ") + 23
    assert count(text, Limit(500, Unit.GRAPHEMES)) == len(text)


def test_every_limit_of_a_platform_must_hold() -> None:
    both = (Limit(300, Unit.GRAPHEMES), Limit(3000, Unit.UTF8_BYTES))
    assert fits("a" * 300, both)
    assert not fits("a" * 301, both)
    assert not fits(FAMILY * 130, both), "130 graphemes, but 3,250 bytes"


@given(st.text(max_size=300), st.integers(1, 80))
def test_a_shortened_text_fits_and_never_splits_what_a_person_sees(text: str, maximum: int) -> None:
    short = shorten(text, maximum)
    assert len(graphemes(short)) <= maximum
    assert short == text or short.endswith("…")


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_a_length_of_time_is_said_as_people_say_it() -> None:
    assert lasting(timedelta(seconds=30)) == "30 seconds"
    assert lasting(timedelta(days=1, hours=12, seconds=1)) == "1 day 12 hours 1 second"
    assert lasting(timedelta(milliseconds=1)) == "0 seconds"
