"""Fits and measures the model of a line by itself, on memorable and ordinary lines of the same film.

python -m benchmarks.quotes.lines        cross-validated by film, half a minute on one core
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.quotes.learn import logistic
from benchmarks.quotes.material import Array, loaders
from bot.quotes import features, ranking
from bot.quotes.words import tokens, word_set
from bot.text import fold

NAMES = (*features.NAMES, *features.SHAPE_NAMES)
# Features that only punctuation, capitals and digits make, left out of the second row of the table.
MARKS = word_set(
    """question exclamation no_end commas colon quote_marks dash bracket ellipsis digits names sentences full_stops
    ellipses dashes apostrophes capitals all_capitals starts_small ends_full_stop characters"""
)
_FOLDS = 10
_LEAST_LINES = 8
_PENALTY = {"features": 60.0, "characters": 40.0}


@dataclass(frozen=True)
class Lines:
    """Pairs of lines as differences, memorable less ordinary, one table per kind of feature."""

    groups: tuple[str, ...]
    tables: dict[str, Array]
    keys: dict[str, tuple[str, ...]]


def read(*, marks: bool = True) -> Lines:
    """The film pairs of the material."""
    pairs = [(str(group), fold(better), fold(worse)) for group, better, worse in loaders().cornell_pairs()]
    texts = [text for _, better, worse in pairs for text in (better, worse)]
    spelt = [ranking.characters(text if marks else " ".join(tokens(text))) for text in texts]
    spoken = [tokens(text) for text in texts]
    keys = {"features": NAMES, "characters": _frequent(spelt)}
    rows = np.array([ranking.line_features(text, words) for text, words in zip(texts, spoken, strict=True)])
    if not marks:
        rows[:, [NAMES.index(name) for name in NAMES if name in MARKS]] = 0.0
    sizes = [len(words) for words in spoken]
    tables = {
        "features": rows[0::2] - rows[1::2],
        "characters": _differences(spelt, keys["characters"], sizes),
    }
    return Lines(tuple(group for group, _, _ in pairs), tables, keys)


def fit(lines: Lines, kept: Array) -> dict[str, dict[str, float]]:
    """Weights by kind and name from the pairs `kept`, each kind brought to the same spread."""
    found: dict[str, dict[str, float]] = {}
    for kind, table in lines.tables.items():
        mine = table[kept]
        scale = np.sqrt((mine**2).mean(axis=0)) + 1e-6 if kind == "features" else np.ones(table.shape[1])
        weights = _fit_wide(mine / scale, penalty=_PENALTY[kind]) / scale
        spread = float(np.std(mine @ weights)) or 1.0
        found[kind] = dict(zip(lines.keys[kind], weights / spread, strict=True))
    return found


def score(lines: Lines, weights: dict[str, dict[str, float]]) -> Array:
    total = np.zeros(len(lines.groups))
    for kind, table in lines.tables.items():
        total += table @ np.array([weights[kind].get(key, 0.0) for key in lines.keys[kind]])
    return total


def cross_validated(lines: Lines) -> Array:
    """1, 1/2 or 0 for every pair, by a model that saw no line of its film."""
    names = sorted(set(lines.groups))
    np.random.default_rng(0).shuffle(names)
    fold_of = {name: index % _FOLDS for index, name in enumerate(names)}
    folds = np.array([fold_of[group] for group in lines.groups])
    margins = np.zeros(len(folds))
    for number in range(_FOLDS):
        margins[folds == number] = score(lines, fit(lines, folds != number))[folds == number]
    won: Array = (margins > 0) + 0.5 * (margins == 0)
    return won


def _frequent(found: list[list[str]]) -> tuple[str, ...]:
    lines = Counter(key for keys in found for key in set(keys))
    return tuple(sorted(key for key, count in lines.items() if count >= _LEAST_LINES))


def _differences(found: list[list[str]], keys: Sequence[str], sizes: Sequence[int]) -> Array:
    index = {key: number for number, key in enumerate(keys)}
    table = np.zeros((len(found) // 2, len(keys)))
    for row, (mine, size) in enumerate(zip(found, sizes, strict=True)):
        sign = 3.0 / np.sqrt(size + 4) * (1.0 if row % 2 == 0 else -1.0)
        for key in set(mine):
            if key in index:
                table[row // 2, index[key]] += sign
    return table


def _fit_wide(differences: Array, *, penalty: float) -> Array:
    """`logistic` where there may be more columns than rows: fitted in the rows' own space, which changes nothing."""
    if differences.shape[1] <= len(differences):
        return logistic(differences, np.ones(len(differences)), penalty=penalty)
    values, vectors = np.linalg.eigh(differences @ differences.T)
    good = values > 1e-8 * values.max()
    turned = vectors[:, good] * np.sqrt(values[good])
    fitted = logistic(turned, np.ones(len(turned)), penalty=penalty)
    weights: Array = differences.T @ (vectors[:, good] @ (fitted / np.sqrt(values[good])))
    return weights


def main() -> None:
    print("| film pairs, 10 folds by film | accuracy |\n|---|---|")
    for name, marks in (("the model of a line", True), ("… without punctuation, capitals and digits", False)):
        won = cross_validated(read(marks=marks))
        print(f"| {name} | {won.mean():.3f} ± {1.96 * won.std() / np.sqrt(len(won)):.3f} |", flush=True)


if __name__ == "__main__":
    main()
