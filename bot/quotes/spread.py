"""Chooses few lines out of many so that no two say the same or stand side by side (maximal marginal relevance)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from bot.model.quote import Moment
from bot.quotes.context import stem
from bot.quotes.postable import chance
from bot.quotes.words import FUNCTION

# Carbonell & Goldstein 1998 call it lambda: how much being new counts against being good.
_NEWNESS = 0.25
_SAME_PART = 0.04
# A host's line has to be so much better than a guest's to be taken before it.
_GUEST_FIRST = 0.08
# Two lines that share so much of their words of substance say the same.
_SAME = 0.6
# What ran before was read by the same people: half of it said again is the same idea in other words.
_SAME_AS_EARLIER = 0.5


@dataclass(frozen=True)
class Option:
    """A run of whole sentences that may be picked: numbers `first` to `last` of the scene, both included.

    `part` numbers the chapter, or the stretch of the episode where it has none. `favoured` are the show's own picks.
    `english` says whether what is known of English lines may be asked of it.
    """

    first: int
    last: int
    words: int
    score: float
    moment: Moment | None
    part: int
    favoured: bool
    by_host: bool
    english: bool
    text: str
    said: list[str]

    @cached_property
    def chance(self) -> float | None:
        """How likely the line could be posted as it stands; None in other languages than English."""
        return chance(self.text, self.words, self.score) if self.english else None

    @cached_property
    def value(self) -> float:
        """What it is chosen by, 0 to 1: striking and postable count alike, so that a desk's own weights are heard."""
        return self.score if self.chance is None else (self.score + self.chance) / 2

    @cached_property
    def stems(self) -> frozenset[str]:
        return stems(self.said)


def stems(words: list[str]) -> frozenset[str]:
    """The words of substance that tell whether two lines say the same."""
    return frozenset(stem(word) for word in words if word not in FUNCTION and len(word) > 2)


def likeness(a: frozenset[str], b: frozenset[str]) -> float:
    """How much of the shorter line's substance the longer one repeats, 0 to 1."""
    shorter = min(len(a), len(b))
    return len(a & b) / shorter if shorter >= 2 else float(a == b and bool(a))


def spread(
    options: list[Option], *, top: int, gap: float, most_words: int, earlier: tuple[frozenset[str], ...]
) -> list[Option]:
    """At most `top` options, best first, none overlapping, `gap` seconds apart, `most_words` words in all.

    The show's own picks (`favoured`) come before all others. What says the same as a line of `earlier` is left out.
    """
    left = list(options)
    taken: list[Option] = []
    used = 0
    while left and len(taken) < top:
        best = max(left, key=lambda option: (option.favoured, _worth(option, taken), -option.first))
        if any(likeness(best.stems, ran) >= _SAME_AS_EARLIER for ran in earlier):
            left.remove(best)
            continue
        taken.append(best)
        used += best.words
        left = [
            option
            for option in left
            if used + option.words <= most_words
            and not _beside(option, best, gap)
            and likeness(option.stems, best.stems) < _SAME
        ]
    return sorted(taken, key=lambda option: (-option.favoured, -option.value, option.first))


def _worth(option: Option, taken: list[Option]) -> float:
    alike = max((likeness(option.stems, other.stems) for other in taken), default=0.0)
    neighbours = sum(option.part == other.part for other in taken)
    behind = _GUEST_FIRST if option.by_host and not option.favoured else 0.0
    return option.value - _NEWNESS * alike * option.score - _SAME_PART * neighbours - behind


def _beside(a: Option, b: Option, gap: float) -> bool:
    if a.first <= b.last and b.first <= a.last:
        return True
    if a.moment is None or b.moment is None:
        return abs(a.first - b.first) <= 1 and gap > 0
    return abs(a.moment.start - b.moment.start) < gap
