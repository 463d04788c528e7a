"""A line becomes a clip of 15 to 60 seconds that begins and ends on sentences."""

from __future__ import annotations

from bot.model.episode import Episode, Segment, Transcript
from bot.model.quote import Quote
from bot.quotes import clip, pick
from bot.quotes.sentences import sentences
from bot.quotes.timing import moment
from tests.quotes import talk


def test_a_clip_is_long_enough_holds_the_line_and_keeps_whole_sentences() -> None:
    episode = talk.episode(talk.CONVERSATION)
    assert episode.transcript is not None
    spoken = sentences(episode.transcript)
    for quote in pick.pick(episode):
        grown = clip.grow(episode, quote)
        assert grown is not None
        assert grown.begin <= quote.begin < quote.stop <= grown.stop
        assert 15 <= grown.moment.end - grown.moment.start <= 60
        assert grown.begin in {s.begin for s in spoken}
        assert grown.stop in {s.stop for s in spoken}


def test_an_answer_takes_its_question_along() -> None:
    rows = [
        ("Host", "Let us begin with the mill and the river. What is the one rule of your bakery?"),
        ("Guest", "Never open the oven before the clock says so, whatever your nose tells you. " + "We wait. " * 20),
    ]
    episode = talk.episode(rows)
    assert episode.transcript is not None
    line = sentences(episode.transcript)[2]
    quote = Quote("", line.begin, line.stop, "Guest", moment(episode.transcript, line.begin, line.stop), 0.5)
    grown = clip.grow(episode, quote)
    assert grown is not None
    assert episode.transcript.text[grown.begin :].startswith("What is the one rule")


def test_a_clip_never_runs_into_an_advertisement() -> None:
    text = "This episode is brought to you by the Oven Company."
    rows = [
        ("Guest", "You should always weigh the salt twice."),
        ("Host", text),
        ("Host", "Use code BREAD for a discount."),
    ]
    episode = talk.episode(rows)
    quote = pick.pick(episode, top=1)[0]
    grown = clip.grow(episode, quote)
    assert grown is not None
    assert episode.transcript is not None
    assert "Oven Company" not in episode.transcript.text[grown.begin : grown.stop]


def test_without_times_there_is_no_clip() -> None:
    episode = Episode(
        title="x", transcript=Transcript((Segment("You should always weigh the salt twice before baking."),))
    )
    assert clip.grow(episode, pick.pick(episode, top=1)[0]) is None
