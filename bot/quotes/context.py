"""Numbers that say where a sentence stands: who says it, when, in which turn, and how much it is about the episode."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Container

from bot.quotes.blocks import AD, HOUSEKEEPING, INTRO, OUTRO
from bot.quotes.scene import Scene, Spoken
from bot.quotes.words import FUNCTION, tokens

NAMES: tuple[str, ...] = (
    "host",
    "share",
    "turn_words",
    "turn_first",
    "turn_last",
    "turn_place",
    "after_question",
    "before_reply",
    "place",
    "edge_start",
    "edge_end",
    "ad_near",
    "block",
    "salience",
    "returns",
    "title_overlap",
    "summary_overlap",
    "intro_overlap",
    "intro_rare",
    "echoed",
    "pursued",
)

# What the host says before the guest's first words announces the subject; without speakers, the first sentences do.
_INTRO_SENTENCES = 30
_INTRO_SECONDS = 60.0
# How far on (in sentences) somebody else takes a word up, and how far the speaker stays with it.
_ECHO_REACH = 40
_PURSUIT = (3, 30)
# An uncommon word says more about the subject than a common one: about the ratio of their mean idf in training.
_RARE = 3.0


def context(scene: Scene, blocks: tuple[frozenset[str], ...], common: Container[str]) -> list[list[float]]:
    """For each sentence of the scene its features in the order of `NAMES`. `common` are the words anyone may use."""
    spoken = scene.spoken
    total = len(spoken)
    said = Counter(s.speaker for s in spoken)
    turns: Counter[int] = Counter()
    for s in spoken:
        turns[s.turn] += len(s.words)
    content = [[word for word in s.words if word not in FUNCTION] for s in spoken]
    stems = [[stem(word) for word in words if len(word) > 2] for words in content]
    weights = [[1.0 if word in common else _RARE for word in words if len(word) > 2] for words in content]
    salience, returns = _salience(stems)
    intro, announced = _announced(scene, stems)
    echoed, pursued = _taken_up(spoken, stems, weights)
    title, summary = _subject(scene.title), _subject(scene.summary)
    several = len(said) > 1
    rows: list[list[float]] = []
    within = 0
    for index, s in enumerate(spoken):
        previous = spoken[index - 1] if index else None
        following = spoken[index + 1] if index + 1 < total else None
        within = within + 1 if previous is not None and previous.turn == s.turn else 0
        near = blocks[max(0, index - 2) : index + 3]
        place = index / total
        size = math.sqrt(len(stems[index]) + 3)
        told = [weight for word, weight in zip(stems[index], weights[index], strict=True) if word in announced]
        rows.append(
            [
                float(s.speaker in scene.hosts),
                said[s.speaker] / total if several else 0.5,
                math.log1p(turns[s.turn]) if several else 4.5,
                float(within == 0) if several else 0.0,
                float(following is None or following.turn != s.turn) if several else 0.0,
                math.log1p(within) if several else 1.5,
                float(previous is not None and previous.turn != s.turn and previous.text.endswith("?")),
                float(following is not None and following.turn != s.turn and len(following.words) <= 4),
                place,
                float(place < 0.04),
                float(place > 0.92),
                float(any(AD in names for names in near)),
                float(bool({AD, INTRO, OUTRO, HOUSEKEEPING} & blocks[index])),
                salience[index],
                returns[index],
                sum(word in title for word in stems[index]) / size,
                sum(word in summary for word in stems[index]) / size,
                len(told) / size if index >= intro else 0.0,
                sum(told) / size if index >= intro else 0.0,
                echoed[index],
                pursued[index],
            ]
        )
    return rows


def _subject(text: str) -> frozenset[str]:
    return frozenset(stem(w) for w in tokens(text) if w not in FUNCTION and len(w) > 2)


def stem(word: str) -> str:
    """A word without the commonest English endings: enough to see that two lines speak of one thing."""
    for ending in ("'s", "ing", "ies", "ed", "es", "s", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _salience(stems: list[list[str]]) -> tuple[list[float], list[float]]:
    """How much a sentence speaks of what the episode speaks of, and how far its words come back later."""
    counts = Counter(word for words in stems for word in set(words))
    last = {word: index for index, words in enumerate(stems) for word in words}
    salience, returns = [], []
    for index, words in enumerate(stems):
        size = math.sqrt(len(words) + 3)
        salience.append(sum(math.log1p(counts[w] - 1) for w in words) / size)
        returns.append(sum(last[w] > index + 30 for w in words) / size)
    return salience, returns


def _announced(scene: Scene, stems: list[list[str]]) -> tuple[int, frozenset[str]]:
    """Where the conversation proper begins, and the words that were said before."""
    begins = min(_INTRO_SENTENCES, len(stems) // 4)
    for index, s in enumerate(scene.spoken):
        is_guest = bool(s.speaker and scene.hosts) and s.speaker not in scene.hosts and len(s.words) > 3
        if is_guest and (s.start if s.start is not None else index * 4.0) > _INTRO_SECONDS:
            begins = min(index, len(stems) // 4)
            break
    return begins, frozenset(word for words in stems[:begins] for word in words)


def _taken_up(
    spoken: tuple[Spoken, ...], stems: list[list[str]], weights: list[list[float]]
) -> tuple[list[float], list[float]]:
    """How much of a sentence somebody else soon takes up, and how much of it the speaker goes on about."""
    echoed, pursued = [0.0] * len(stems), [0.0] * len(stems)
    said: dict[str, list[tuple[int, str | None]]] = {}
    near, far = _PURSUIT
    for index in range(len(stems) - 1, -1, -1):
        speaker = spoken[index].speaker
        size = math.sqrt(len(stems[index]) + 3)
        for word, weight in zip(stems[index], weights[index], strict=True):
            by_other = by_speaker = False
            for at, other in reversed(said.get(word, ())):
                if at >= index + _ECHO_REACH:
                    break
                by_other = by_other or other != speaker
                by_speaker = by_speaker or (other == speaker and index + near <= at < index + far)
            echoed[index] += weight / size * by_other
            pursued[index] += weight / size * by_speaker
        for word in set(stems[index]):
            said.setdefault(word, []).append((index, speaker))
    return echoed, pursued
