"""The ranker: linear models over features that are measured against their own episode, with the neighbours' share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from operator import mul

from bot.quotes import context, features, weights
from bot.quotes.scene import Scene
from bot.quotes.weights import EpisodeWeights
from bot.quotes.words import tokens

NAMES: tuple[str, ...] = (*features.NAMES, *context.NAMES)

_FLAT = 1e-9
# A deviation of so many standard deviations says no more than this.
_CAP = 4.0
# A sentence of average worth scores 0.18, one of two deviations above it 0.62: few lines are worth quoting.
_STEEPNESS, _BIAS = 1.0, -1.5
_LENGTHS = (2, 3, 4)


def rank(
    scene: Scene, blocks: tuple[frozenset[str], ...], model: EpisodeWeights
) -> tuple[list[float], list[list[float]]]:
    """For each sentence its score in 0..1, and its features measured against the episode, in the order of `NAMES`."""
    rows = measure(scene, blocks)
    return [_squash(_STEEPNESS * value + _BIAS) for value in rate(scene, rows, model)], rows


def rate(scene: Scene, rows: list[list[float]], model: EpisodeWeights) -> list[float]:
    """What the model makes of each sentence, in standard deviations of its episode. `rows` are what `measure` gave."""
    sums = _sums(scene, rows, model)
    mean, spread = _moments(sums) if sums else (0.0, 0.0)
    return [(value - mean) / spread if spread > _FLAT else 0.0 for value in sums]


def deviation(scene: Scene, rows: list[list[float]], model: EpisodeWeights) -> float:
    """The standard deviation of an episode's sums: what one unit of `rate` is in units of the weights."""
    return _moments(_sums(scene, rows, model))[1]


def _sums(scene: Scene, rows: list[list[float]], model: EpisodeWeights) -> list[float]:
    sums = [0.0] * len(rows)
    for number, window in enumerate(model.windows):
        column = [model.features[name][number] if name in model.features else 0.0 for name in NAMES]
        _add(sums, around([sum(map(mul, column, row)) for row in rows], window))
    for number, window in enumerate(model.word_windows):
        _add(sums, around([_worded(s.words, model.words, number) for s in scene.spoken], window))
    return sums


def measure(scene: Scene, blocks: tuple[frozenset[str], ...]) -> list[list[float]]:
    """The features of every sentence against its own episode, in the order of `NAMES`."""
    lines = [features.line(s.text, s.words) for s in scene.spoken]
    beside = context.context(scene, blocks, weights.episode().words)
    return standardised([a + b for a, b in zip(lines, beside, strict=True)])


def score_line(text: str) -> float:
    """How quotable one line is by itself, in 0..1; comparable between lines of similar length."""
    model = weights.line()
    text = " ".join(text.split())
    words = tokens(text)
    if not words:
        return 0.0
    values = zip((*features.NAMES, *features.SHAPE_NAMES), line_features(text, words), strict=True)
    total = sum(model.features.get(name, 0.0) * value for name, value in values)
    total += 3.0 * sum(model.characters.get(run, 0.0) for run in set(characters(text))) / math.sqrt(len(words) + 4)
    return _squash(total)


def line_features(text: str, words: list[str]) -> list[float]:
    """The features of a line by itself, in the order of `features.NAMES` and `features.SHAPE_NAMES`."""
    return features.line(text, words) + features.shape(text, words)


def characters(text: str) -> list[str]:
    """Every run of two to four characters of a line in lower case, its ends included as spaces."""
    padded = f" {text.lower()} ".replace("’", "'")
    return [padded[at : at + length] for length in _LENGTHS for at in range(len(padded) - length + 1)]


def standardised(rows: list[list[float]]) -> list[list[float]]:
    """Each column less its mean, in standard deviations, at most four; a column that never changes is all 0."""
    columns = []
    for column in zip(*rows, strict=True):
        mean, spread = _moments(column)
        if spread <= _FLAT:
            columns.append([0.0] * len(column))
            continue
        levelled = [(value - mean) / spread for value in column]
        if max(levelled) > _CAP or min(levelled) < -_CAP:
            levelled = [max(-_CAP, min(_CAP, value)) for value in levelled]
        columns.append(levelled)
    return [list(row) for row in zip(*columns, strict=True)]


def around(values: list[float], window: int) -> list[float]:
    """For each place the mean over `window` neighbours on either side, itself left out; itself where `window` is 0."""
    if not window:
        return values
    sums = [0.0, *accumulate(values)]
    found = []
    for index, value in enumerate(values):
        low, high = max(index - window, 0), min(index + window + 1, len(values))
        found.append((sums[high] - sums[low] - value) / max(high - low - 1, 1))
    return found


def _worded(words: list[str], known: dict[str, tuple[float, ...]], number: int) -> float:
    return 3.0 * sum(known[word][number] for word in words if word in known) / math.sqrt(len(words) + 4)


def _add(sums: list[float], values: list[float]) -> None:
    for index, value in enumerate(values):
        sums[index] += value


def _moments(values: Sequence[float]) -> tuple[float, float]:
    mean = sum(values) / len(values)
    off = [value - mean for value in values]
    return mean, math.sqrt(sum(map(mul, off, off)) / len(values))


def _squash(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, value))))
