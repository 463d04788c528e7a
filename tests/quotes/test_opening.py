"""The show's own picks: what the opening plays again from the body."""

from __future__ import annotations

from bot.quotes.opening import NOTHING, replay
from bot.quotes.scene import Spoken
from bot.quotes.words import tokens

TEASER = (
    "You never bake for the oven, you bake for the one who is hungry at six in the morning.",
    "Every loaf is a promise that somebody made in the dark.",
)
BODY = tuple(f"Year {n} was {n * 3} loaves, {n * 5} rolls and a flood of {n * 7} days." for n in range(60))


def spoken(*lines: str) -> tuple[Spoken, ...]:
    return tuple(Spoken(line, 0, 0, None, 0, None, words=tokens(line)) for line in lines)


def test_a_teaser_is_found_and_mapped_to_the_body() -> None:
    found = replay(spoken(*TEASER, *BODY[:30], *TEASER, *BODY[30:]))
    assert found.teaser == {0, 1}
    assert found.chosen == {32, 33}


def test_a_teaser_that_was_transcribed_a_little_differently_still_is() -> None:
    again = TEASER[0].replace("hungry at six", "hungry, um, at six")
    found = replay(spoken(*TEASER, *BODY[:30], again, TEASER[1], *BODY[30:]))
    assert found.chosen == {32, 33}


def test_no_repetition_no_picks() -> None:
    assert replay(spoken(*(f"Line {n} speaks of thing {n * 7} and {n * 9} of nothing." for n in range(80)))) == NOTHING
    assert replay(()) == NOTHING


def test_a_refrain_or_rolling_captions_are_no_teaser() -> None:
    assert replay(spoken(*(TEASER * 30))) == NOTHING


def test_a_saying_repeated_in_passing_is_no_teaser() -> None:
    assert replay(spoken("Good bread is mostly waiting, and waiting costs nothing.", *BODY)) == NOTHING
