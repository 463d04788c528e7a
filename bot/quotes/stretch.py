"""Another run of sentences in the place of a picked one: an end moved by a sentence, or a place that an editor names.

Only whole sentences of one speaker come out of here, derived and proven by the lock like every quote.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.errors import FalseQuote, Refused
from bot.model.episode import Episode, Transcript
from bot.model.quote import Quote
from bot.quotes import lock, timing
from bot.quotes.heard import heard
from bot.quotes.pick import tidy
from bot.quotes.scene import Spoken
from bot.quotes.sentences import Sentence, sentences


class Edge(StrEnum):
    """Which end of a quote moves by a sentence, and to which side."""

    BEGIN_EARLIER = "begin-earlier"
    BEGIN_LATER = "begin-later"
    END_EARLIER = "end-earlier"
    END_LATER = "end-later"


@dataclass(frozen=True)
class Taken:
    """A run of sentences that an editor takes: its quote, and why it would not have been picked (`gates`).

    The quote's score is 0 and it has no reasons: nobody rated the run.
    """

    quote: Quote
    gates: tuple[str, ...]


def run(spoken: Sequence[Sentence | Spoken], begin: int, stop: int) -> tuple[int, int]:
    """The numbers of the first and the last sentence that characters `begin` to `stop` touch. Raises FalseQuote."""
    first = bisect_right(spoken, begin, key=lambda sentence: sentence.stop)
    last = bisect_left(spoken, stop, key=lambda sentence: sentence.begin) - 1
    if not 0 <= first <= last < len(spoken):
        raise FalseQuote(f"Characters {begin} to {stop} hold no sentence of the transcript: choose the line again.")
    return first, last


def gates(episode: Episode, begin: int, stop: int) -> tuple[str, ...]:
    """Why a run of sentences would not be picked; none where it would be. Raises FalseQuote where there is none."""
    stage = heard(episode)
    return stage.gates_of_run(*run(stage.spoken, begin, stop))


def moved(transcript: Transcript, begin: int, stop: int, edge: Edge) -> tuple[int, int]:
    """Where a quote stands after one of its ends was moved by a sentence. Raises Refused where it cannot be."""
    spoken = sentences(transcript)
    first, last = run(spoken, begin, stop)
    match edge:
        case Edge.BEGIN_EARLIER:
            first -= 1
        case Edge.BEGIN_LATER:
            first += 1
        case Edge.END_EARLIER:
            last -= 1
        case Edge.END_LATER:
            last += 1
    if first < 0 or last >= len(spoken):
        raise Refused(f"The transcript {'begins' if first < 0 else 'ends'} there: nothing more was said.")
    if first > last:
        raise Refused("A quote keeps at least one sentence.")
    if spoken[first].turn != spoken[last].turn:
        other = spoken[first if edge is Edge.BEGIN_EARLIER else last].speaker
        raise Refused(f"{other or 'Somebody else'} speaks there: a quote holds the words of one person.")
    return spoken[first].begin, spoken[last].stop


def taken(episode: Episode, begin: int, stop: int) -> Taken:
    """The quote of the whole sentences from `begin` to `stop`. Raises FalseQuote where they are none, or of two people.

    The offsets are the sentences' own: a cut inside one is refused, not mended.
    """
    transcript = episode.transcript
    if transcript is None:
        raise FalseQuote("The episode has no transcript: nothing of it can be quoted.")
    stage = heard(episode)
    first, last = run(stage.spoken, begin, stop)
    trims = tidy(transcript, begin, stop)
    quote = Quote(
        text=lock.derive(transcript, begin, stop, trims),
        begin=begin,
        stop=stop,
        speaker=stage.spoken[first].speaker,
        moment=timing.moment(transcript, begin, stop),
        score=0.0,
        alarms=stage.alarms_of_run(first, last),
        trims=trims,
    )
    lock.check(transcript, quote)
    return Taken(quote, stage.gates_of_run(first, last))
