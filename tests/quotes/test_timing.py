"""When a line was said, and how sure that is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.model.episode import Segment, Transcript, Word
from bot.quotes.timing import moment


def test_word_times_are_taken_as_given() -> None:
    words = (Word(0, 2, 10.0, 10.2), Word(3, 7, 10.4, 10.8), Word(8, 13, 11.0, 11.6))
    transcript = Transcript((Segment("We bake bread", 10.0, 12.0, words=words),))
    found = moment(transcript, 3, 13)
    assert found is not None
    assert (found.start, found.end, found.uncertainty) == (10.4, 11.6, 0.0)


def test_a_word_without_an_end_borrows_from_its_segment() -> None:
    transcript = Transcript((Segment("We bake", 1.0, 2.0, words=(Word(0, 2, 1.0), Word(3, 7, 1.4))),))
    found = moment(transcript, 0, 7)
    assert found is not None
    assert (found.start, found.end) == (1.0, 2.0)


def test_the_start_of_a_segment_is_exact_to_the_second_of_its_stamp() -> None:
    transcript = Transcript((Segment("One two three. Four five six.", 10.0), Segment("Seven.", 20.0)))
    first, second = moment(transcript, 0, 14), moment(transcript, 15, 29)
    assert first is not None
    assert second is not None
    assert first.start == 10.0
    assert first.exact
    assert 14.0 < second.start < 16.0
    assert not second.exact, "a moment between two stamps is only about right"


def test_the_guess_is_worse_the_farther_the_stamps_lie_apart() -> None:
    near = moment(Transcript((Segment("x " * 40, 0.0), Segment("y", 16.0))), 40, 50)
    far = moment(Transcript((Segment("x " * 400, 0.0), Segment("y", 160.0))), 400, 410)
    assert near is not None
    assert far is not None
    assert 3.0 < near.uncertainty < 4.5
    assert far.uncertainty > 20


def test_without_stamps_there_is_no_moment() -> None:
    assert moment(Transcript((Segment("We bake."),)), 0, 8) is None


def test_a_stamp_that_runs_backwards_does_not_spoil_its_neighbours() -> None:
    rows = [Segment("We bake bread every day.", s) for s in (0.0, 5.0, 900.0, 10.0, 15.0, 20.0)]
    transcript = Transcript(tuple(rows))
    at = [moment(transcript, offset, offset + 24) for offset in transcript.offsets]
    starts = [m.start for m in at if m]
    assert starts == sorted(starts)
    assert max(starts) < 30


def test_the_last_segment_lasts_as_long_as_speech_takes() -> None:
    found = moment(Transcript((Segment("x" * 150, 100.0),)), 0, 150)
    assert found is not None
    assert found.end == 110.0


def test_a_stamp_that_no_recording_reaches_is_passed_over() -> None:
    wild = Transcript((Segment("We bake bread."), Segment("We sell bread.", 0.0), Segment("We eat it.", 1.6e307)))
    found = moment(wild, 0, 26)
    assert found is not None
    assert found.end < 60


STAMPS = st.one_of(st.none(), st.floats(), st.integers(-10, 10_000).map(float))


@given(st.lists(st.tuples(STAMPS, STAMPS), min_size=1, max_size=12), st.data())
def test_any_stamps_give_a_sane_moment_or_none(
    stamps: list[tuple[float | None, float | None]], data: st.DataObject
) -> None:
    transcript = Transcript(tuple(Segment("We bake bread.", start, end) for start, end in stamps))
    begin = data.draw(st.integers(0, len(transcript.text) - 1))
    stop = data.draw(st.integers(begin + 1, len(transcript.text)))
    found = moment(transcript, begin, stop)
    if found is not None:
        assert 0 <= found.start <= found.end < float("inf")
        assert found.uncertainty >= 0
