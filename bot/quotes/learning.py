"""Fits the picker to one's own shows: from what editors kept and skipped, and from what the shows' teasers replay.

The shipped weights are the starting point; only the style of a line itself is learnt anew, near where it was, so that
a few dozen labels change little and many change more. Pure Python: a desk needs no numerical library.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import mul

from bot.model.episode import Episode
from bot.quotes import ranking
from bot.quotes.blocks import blocks
from bot.quotes.gates import gates
from bot.quotes.opening import replay
from bot.quotes.pick import makers_own
from bot.quotes.ranking import NAMES
from bot.quotes.scene import Scene, scene
from bot.quotes.weights import EpisodeWeights

NEEDED_LINES, NEEDED_EPISODES = 30, 10

_FOLDS = 5
# Every kept line is held against so many others of its episode, as much again against those that were skipped.
_OTHERS = 20
# How strongly the weights are drawn to the shipped ones, in lines: so many labels weigh as much as they do.
_PENALTY = 10.0
_ROUNDS = 120
# Student's t for the smallest number of episodes that is accepted; with more the interval is a little too wide.
_T = 2.26


@dataclass(frozen=True)
class Lesson:
    """One episode as its editors left it. `kept`, `skipped` and `others` are numbers of sentences of `stage`.

    `rows` are the features of every sentence, `others` those that pass the gates and that nobody judged.
    """

    stage: Scene
    rows: list[list[float]]
    kept: tuple[int, ...]
    skipped: tuple[int, ...]
    others: tuple[int, ...]


@dataclass(frozen=True)
class Outcome:
    """What training found. `before` and `after` are the shares of pairs (a kept line against another of its episode)
    that the shipped and the new weights put in the right order, in episodes that were not trained on; `half` is the
    half-width of the gain's 95 % interval."""

    lines: int
    episodes: int
    before: float
    after: float
    half: float
    weights: EpisodeWeights

    @property
    def gain(self) -> float:
        return self.after - self.before


def lesson(
    episode: Episode, *, kept: Sequence[tuple[int, int]] = (), skipped: Sequence[tuple[int, int]] = ()
) -> Lesson | None:
    """What an episode teaches: `kept` and `skipped` are offsets of quotes in its transcript, beside the lines that the
    show's own teaser replays or that its makers marked. None where it teaches nothing."""
    stage = scene(episode)
    spoken = stage.spoken
    wanted = {i for i, s in enumerate(spoken) if any(a < s.stop and s.begin < b for a, b in kept)}
    named = blocks(spoken)
    wanted |= makers_own(episode, spoken, named, replay(spoken))
    refused = {i for i, s in enumerate(spoken) if any(a < s.stop and s.begin < b for a, b in skipped)} - wanted
    if not wanted:
        return None
    free = [
        i
        for i, s in enumerate(spoken)
        if i not in wanted | refused
        and not gates(s, blocks=named[i], previous=spoken[i - 1] if i else None, english=True)
    ]
    step = max(1, len(free) // _OTHERS)
    rows = ranking.measure(stage, named)
    return Lesson(stage, rows, tuple(sorted(wanted)), tuple(sorted(refused)), tuple(free[::step][:_OTHERS]))


def too_few(lessons: Sequence[Lesson]) -> str | None:
    """Why nothing can be learnt yet, in a sentence that says how much is needed; None where it can."""
    lines = sum(len(each.kept) for each in lessons)
    if lines >= NEEDED_LINES and len(lessons) >= NEEDED_EPISODES:
        return None
    return (
        f"There are {lines} kept lines in {len(lessons)} episodes; training needs {NEEDED_LINES} in at least "
        f"{NEEDED_EPISODES}. Approve, edit and reject drafts as you do: every verdict on a quote is remembered."
    )


def train(lessons: Sequence[Lesson], shipped: EpisodeWeights) -> Outcome:
    """Weights from all lessons, and how much better such weights are on episodes that were held back.

    Raises ValueError with the sentence of `too_few`.
    """
    if why := too_few(lessons):
        raise ValueError(why)
    before, after = [], []
    for fold in range(_FOLDS):
        weights = _fitted([each for i, each in enumerate(lessons) if i % _FOLDS != fold], shipped)
        for held_back in lessons[fold::_FOLDS]:
            before.append(_right(held_back, shipped))
            after.append(_right(held_back, weights))
    gains = [b - a for a, b in zip(before, after, strict=True)]
    mean = sum(gains) / len(gains)
    spread = math.sqrt(sum((gain - mean) ** 2 for gain in gains) / (len(gains) - 1))
    lines = sum(len(each.kept) for each in lessons)
    return Outcome(
        lines,
        len(lessons),
        sum(before) / len(before),
        sum(after) / len(after),
        _T * spread / math.sqrt(len(gains)),
        replace(
            _fitted(lessons, shipped),
            about=f"{shipped.about}; fitted to {lines} lines of {len(lessons)} episodes of this desk",
        ),
    )


def _fitted(lessons: Sequence[Lesson], shipped: EpisodeWeights) -> EpisodeWeights:
    differences, margins, weights = [], [], []
    for each in lessons:
        base = ranking.rate(each.stage, each.rows, shipped)
        for better, worse, weight in _pairs(each):
            differences.append([a - b for a, b in zip(each.rows[better], each.rows[worse], strict=True)])
            margins.append(base[better] - base[worse])
            weights.append(weight)
    change = _logistic(differences, margins, weights)
    # The margins are in standard deviations of an episode's scores; the weights are not.
    scale = sum(ranking.deviation(each.stage, each.rows, shipped) for each in lessons) / len(lessons)
    features = dict(shipped.features)
    for name, value in zip(NAMES, change, strict=True):
        first, *wider = features.get(name, (0.0,) * len(shipped.windows))
        features[name] = (first + value * scale, *wider)
    return replace(shipped, features=features)


def _pairs(taught: Lesson) -> list[tuple[int, int, float]]:
    """(kept, other, weight): the weights of one kept line make 1; half goes to what was skipped, where anything was."""
    found = []
    for better in taught.kept:
        share = 0.5 if taught.skipped and taught.others else 1.0
        for others in (taught.skipped, taught.others):
            found += [(better, worse, share / len(others)) for worse in others]
    return found


def _right(taught: Lesson, weights: EpisodeWeights) -> float:
    scores = ranking.rate(taught.stage, taught.rows, weights)
    pairs = _pairs(taught)
    won = sum(w * ((scores[a] > scores[b]) + 0.5 * (scores[a] == scores[b])) for a, b, w in pairs)
    total = sum(w for _, _, w in pairs)
    return won / total if total else 0.5


def _logistic(differences: list[list[float]], margins: list[float], weights: list[float]) -> list[float]:
    """Changes under which better less worse is positive: logistic loss, squared size; steepest steps with momentum."""
    size = len(NAMES)
    columns = [list(column) for column in zip(*differences, strict=True)] or [[]] * size
    step = 1.0 / (0.25 * _steepest(differences, columns, weights) + _PENALTY)
    fitted, ahead = [0.0] * size, [0.0] * size
    for turn in range(_ROUNDS):
        missed = [
            weight / (1.0 + math.exp(max(-30.0, min(30.0, margin + sum(map(mul, ahead, row))))))
            for row, margin, weight in zip(differences, margins, weights, strict=True)
        ]
        following = [
            a + step * (sum(map(mul, column, missed)) - _PENALTY * a) for a, column in zip(ahead, columns, strict=True)
        ]
        ahead = [f + turn / (turn + 3) * (f - a) for f, a in zip(following, fitted, strict=True)]
        fitted = following
    return fitted


def _steepest(differences: list[list[float]], columns: list[list[float]], weights: list[float]) -> float:
    """The greatest curvature of the loss, by a few rounds of power iteration, a little above the truth."""
    vector = [1.0] * len(columns)
    value = 0.0
    for _ in range(12):
        across = [w * sum(map(mul, vector, row)) for row, w in zip(differences, weights, strict=True)]
        vector = [sum(map(mul, column, across)) for column in columns]
        value = math.sqrt(sum(map(mul, vector, vector)))
        if not value:
            return 0.0
        vector = [v / value for v in vector]
    return 1.2 * value
