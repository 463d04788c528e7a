"""Another run of sentences in a quote's place: whole sentences, one speaker, always within the lock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import FalseQuote, Refused
from bot.model.episode import Episode, Segment, Transcript
from bot.quotes import lock, pick, stretch
from bot.quotes.sentences import sentences
from bot.quotes.stretch import Edge
from tests.quotes import talk

TALK = Transcript(
    (
        Segment("Who bakes here? Tell me.", 0.0, speaker="Ann"),
        Segment("So, we bake at night. Nobody buys the first loaf. But the second one sells.", 5.0, speaker="Bo"),
        Segment("I see.", 20.0, speaker="Ann"),
    )
)
EPISODE = Episode("Bread", transcript=TALK)


def place(words: str) -> tuple[int, int]:
    found = lock.find(TALK, words)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("edge", "expected"),
    [
        (Edge.BEGIN_EARLIER, "So, we bake at night. Nobody buys the first loaf."),
        (Edge.END_LATER, "Nobody buys the first loaf. But the second one sells."),
    ],
)
def test_an_end_moves_by_a_whole_sentence(edge: Edge, expected: str) -> None:
    begin, stop = stretch.moved(TALK, *place("Nobody buys the first loaf."), edge)
    assert TALK.text[begin:stop] == expected


@pytest.mark.parametrize(
    ("words", "edge", "why"),
    [
        ("So, we bake at night.", Edge.BEGIN_EARLIER, "Ann speaks there"),
        ("But the second one sells.", Edge.END_LATER, "Ann speaks there"),
        ("Who bakes here?", Edge.BEGIN_EARLIER, "begins there"),
        ("I see.", Edge.END_LATER, "ends there"),
        ("I see.", Edge.BEGIN_LATER, "at least one sentence"),
        ("Nobody buys the first loaf.", Edge.BEGIN_LATER, "at least one sentence"),
        ("Nobody buys the first loaf.", Edge.END_EARLIER, "at least one sentence"),
    ],
)
def test_what_would_be_no_quote_of_one_person_is_refused(words: str, edge: Edge, why: str) -> None:
    with pytest.raises(Refused, match=why):
        stretch.moved(TALK, *place(words), edge)


def test_a_taken_run_names_its_trim_and_what_speaks_against_it() -> None:
    taken = stretch.taken(EPISODE, *place("So, we bake at night. Nobody buys the first loaf."))
    assert taken.quote.text == "So, we bake at night. Nobody buys the first loaf."
    alone = stretch.taken(EPISODE, *place("Nobody buys the first loaf."))
    assert "too short to stand by itself" in alone.gates
    assert "the next sentence takes something back" in alone.quote.alarms
    both = stretch.taken(EPISODE, *place("Nobody buys the first loaf. But the second one sells."))
    assert "the next sentence takes something back" not in both.quote.alarms


@pytest.mark.parametrize("words", ["buys the first loaf.", "Nobody buys", "Tell me. So, we bake at night."])
def test_a_cut_or_two_voices_are_refused(words: str) -> None:
    begin = TALK.text.index(words.partition(" So")[0])
    stop = begin + len(words)
    with pytest.raises(FalseQuote):
        stretch.taken(EPISODE, begin, stop)


def test_a_pick_is_found_again_as_it_was() -> None:
    episode = talk.episode(talk.CONVERSATION)
    for quote in pick.pick(episode):
        taken = stretch.taken(episode, quote.begin, quote.stop)
        assert (taken.quote.text, taken.quote.alarms, taken.quote.trims) == (quote.text, quote.alarms, quote.trims)
        assert taken.gates == ()


@given(st.lists(st.sampled_from(list(Edge)), max_size=12), st.integers(0, 5))
def test_no_walk_of_the_ends_leaves_the_lock(edges: list[Edge], start: int) -> None:
    spoken = sentences(TALK)
    begin, stop = spoken[start].begin, spoken[start].stop
    for edge in edges:
        try:
            begin, stop = stretch.moved(TALK, begin, stop, edge)
        except Refused:
            continue
        lock.check(TALK, stretch.taken(EPISODE, begin, stop).quote)
