"""Grows a quoted line into a clip of 15 to 60 seconds that begins and ends on sentences and lets the payoff land."""

from __future__ import annotations

from dataclasses import dataclass

from bot.model.episode import Episode
from bot.model.quote import Moment, Quote
from bot.quotes.blocks import blocks
from bot.quotes.gates import gates
from bot.quotes.scene import Spoken, scene

SHORTEST, LONGEST = 15.0, 60.0

_LEANS_BACK = frozenset(
    {"begins with a word that points back", "an answer without its question", "begins in the middle"}
)
_PAYOFF = (
    "that's why",
    "and that's",
    "so that's",
    "because",
    "which is",
    "and that is",
    "that is why",
    "and so",
    "so ",
)


@dataclass(frozen=True)
class Grown:
    """The offsets of a clip in `Transcript.text` and when it plays."""

    begin: int
    stop: int
    moment: Moment


def grow(episode: Episode, quote: Quote, *, shortest: float = SHORTEST, longest: float = LONGEST) -> Grown | None:
    """The clip around `quote`, or None where the transcript bears no times or the line alone is longer than `longest`.

    It may stay under `shortest` seconds where advertisements or the ends of the episode leave no room.
    """
    spoken = scene(episode).spoken
    first = next((i for i, s in enumerate(spoken) if s.stop > quote.begin), None)
    if first is None or quote.moment is None or spoken[first].moment is None:
        return None
    last = max((i for i, s in enumerate(spoken) if s.begin < quote.stop), default=first)
    named = blocks(spoken)
    fits = _Room(spoken, tuple(bool(names) for names in named), longest)
    if fits.seconds(first, last) > longest:
        return None
    while first and fits(first - 1, last) and _needs_before(spoken, first):
        first -= 1
    while fits.seconds(first, last) < shortest:
        if fits(first, last + 1) and (spoken[last + 1].turn == spoken[last].turn or not fits(first - 1, last)):
            last += 1
        elif fits(first - 1, last):
            first -= 1
        elif fits(first, last + 1):
            last += 1
        else:
            break
    while fits(first, last + 1) and spoken[last + 1].turn == spoken[last].turn and _lands(spoken[last + 1]):
        last += 1
    begins, ends = spoken[first].moment, spoken[last].moment
    if begins is None or ends is None:
        return None
    moment = Moment(begins.start, ends.end, max(begins.uncertainty, ends.uncertainty))
    return Grown(spoken[first].begin, spoken[last].stop, moment)


@dataclass(frozen=True)
class _Room:
    """Answers whether sentences `first` to `last` may be one clip."""

    spoken: tuple[Spoken, ...]
    barred: tuple[bool, ...]
    longest: float

    def __call__(self, first: int, last: int) -> bool:
        if first < 0 or last >= len(self.spoken) or self.barred[first] or self.barred[last]:
            return False
        return self.seconds(first, last) <= self.longest

    def seconds(self, first: int, last: int) -> float:
        begins, ends = self.spoken[first].moment, self.spoken[last].moment
        return ends.end - begins.start if begins and ends else float("inf")


def _needs_before(spoken: tuple[Spoken, ...], first: int) -> bool:
    """Whether a clip that begins here would leave the listener asking what is meant; an answer takes its question."""
    previous = spoken[first - 1]
    if previous.turn != spoken[first].turn:
        return previous.text.endswith("?")
    found = gates(spoken[first], blocks=frozenset(), previous=previous, english=True)
    return bool(_LEANS_BACK & set(found))


def _lands(sentence: Spoken) -> bool:
    return len(sentence.words) <= 18 and sentence.text.lower().startswith(_PAYOFF)
