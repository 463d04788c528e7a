"""What words quotations use that talk does not: weights of the common words from famous lines against podcast talk."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.quotes.learn import Pool, logistic
from benchmarks.quotes.material import Array, loaders
from bot.quotes.words import tokens

_FILES = ("quotes_quotable_io.jsonl", "quotes_fortunes.jsonl")
_SHORTEST, _LONGEST = 5, 45


def against_talk(pool: Pool, vocabulary: Sequence[str], numbers: Sequence[int]) -> Array:
    """One weight per word: each quotation against an unchosen sentence of the same length from episodes `numbers`."""
    rng = np.random.default_rng(0)
    by_length: dict[int, list[int]] = {}
    for number in numbers:
        span = pool.span(number)
        episode = pool.episodes[number]
        for place, s in enumerate(episode.scene.spoken):
            if not episode.chosen[place]:
                by_length.setdefault(len(s.words), []).append(span.start + place)
    index = {word: n for n, word in enumerate(vocabulary)}
    differences = []
    for words in quotations():
        if words_alike := by_length.get(len(words)):
            other = words_alike[rng.integers(len(words_alike))]
            row = np.zeros(len(vocabulary), dtype=np.float32)
            scale = 3.0 / np.sqrt(len(words) + 4)
            np.add.at(row, [index[word] for word in words if word in index], scale)
            np.add.at(row, pool.ids[other], -scale)
            differences.append(row)
    return _first_order(np.array(differences), penalty=30.0)


def quotations() -> list[list[str]]:
    """The words of every attributed quotation of a fit length."""
    texts = [row["text"] for name in _FILES for row in loaders().rows(name)]
    found = [tokens(text) for text in texts if _SHORTEST <= len(text.split()) <= _LONGEST]
    return [words for words in found if words]


def _first_order(differences: Array, *, penalty: float) -> Array:
    """`logistic` for thousands of columns: steepest steps with momentum, where Newton's matrix would be too large."""
    if differences.shape[1] <= 500:
        return logistic(differences, np.ones(len(differences)), penalty=penalty)
    fitted = np.zeros(differences.shape[1])
    ahead = fitted.copy()
    step = 1.0 / (0.25 * _steepest(differences) + penalty)
    for turn in range(150):
        missed = 1 / (1 + np.exp(np.clip(differences @ ahead, -30, 30)))
        following = ahead + step * (differences.T @ missed - penalty * ahead)
        ahead = following + (turn / (turn + 3)) * (following - fitted)
        fitted = following
    return fitted


def _steepest(differences: Array) -> float:
    """The square of the largest singular value, by power iteration and a little above the truth."""
    vector = np.ones(differences.shape[1])
    length = 0.0
    for _ in range(40):
        vector = differences.T @ (differences @ vector)
        length = float(np.linalg.norm(vector))
        vector /= length
    return 1.05 * length
