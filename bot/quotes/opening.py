"""Finds the show's own picks: a teaser at the start that replays, word for word, passages of the body."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from bot.quotes.scene import Spoken

# A show that opens with a teaser plays it in its first minutes; see docs/quotes.md for how the figures were found.
_OPENING_WORDS = 420
_SEED = 6
_RUN = 9
_LEAST_REPLAYED = 25
_GOLD_SHARE = 0.6
_GAP = 3
# Words that are said more often than this are a refrain, a jingle or captions that roll, no teaser.
_MOST_OFTEN = 3


@dataclass(frozen=True)
class Replay:
    """`teaser` are the numbers of the sentences of the opening, `chosen` those of the body that they replay."""

    teaser: frozenset[int]
    chosen: frozenset[int]


NOTHING = Replay(frozenset(), frozenset())


def replay(spoken: tuple[Spoken, ...]) -> Replay:
    """What the opening replays, or `NOTHING` where it replays fewer than 25 words in runs of at least 9."""
    words = [word for sentence in spoken for word in sentence.words]
    owner = [index for index, sentence in enumerate(spoken) for _ in sentence.words]
    edge = min(_OPENING_WORDS, len(words) // 3)
    runs = _runs(words, edge)
    heard = {i for a, _, length in runs for i in range(a, a + length)}
    again = {i for _, b, length in runs for i in range(b, b + length)}
    if len(heard) < _LEAST_REPLAYED:
        return NOTHING
    last = max(owner[i] for i in heard)
    teaser = _mostly(owner, heard, spoken)
    body = _mostly(owner, _bridged(again, len(words)), spoken)
    return Replay(frozenset(i for i in teaser if i <= last), frozenset(i for i in body if i > last))


def _runs(words: list[str], edge: int) -> list[tuple[int, int, int]]:
    """Runs of at least 9 words that stand both before and after `edge`: (place before, place after, length)."""
    places = [tuple(words[at : at + _SEED]) for at in range(len(words) - _SEED + 1)]
    often = Counter(places)
    seeds: dict[tuple[str, ...], int] = {}
    for a in range(min(edge - _SEED + 1, len(places))):
        if often[places[a]] <= _MOST_OFTEN:
            seeds.setdefault(places[a], a)
    found: list[tuple[int, int, int]] = []
    b = edge
    while b <= len(words) - _SEED:
        if places[b] not in seeds:
            b += 1
            continue
        a = seeds[places[b]]
        length = _SEED
        while a + length < edge and b + length < len(words) and words[a + length] == words[b + length]:
            length += 1
        if length >= _RUN:
            found.append((a, b, length))
        b += length
    return found


def _bridged(places: set[int], end: int) -> set[int]:
    """`places` with gaps of up to three words filled: a teaser is often transcribed a little differently."""
    filled = set(places)
    ordered = sorted(places)
    for a, b in pairwise(ordered):
        if b - a <= _GAP + 1:
            filled.update(range(a, b))
    return {place for place in filled if place < end}


def _mostly(owner: list[int], places: set[int], spoken: tuple[Spoken, ...]) -> list[int]:
    counts: dict[int, int] = {}
    for place in places:
        counts[owner[place]] = counts.get(owner[place], 0) + 1
    return [i for i, count in counts.items() if count >= _GOLD_SHARE * len(spoken[i].words)]
