"""What other tools do, made small enough to measure: random, length, TextRank, LexRank, likeness to the summary."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from benchmarks.quotes.material import Array, Labelled
from bot.quotes.context import stem
from bot.quotes.words import FUNCTION, tokens

_DAMPING, _ROUNDS = 0.85, 40


def at_random(episode: Labelled) -> Array:
    """Chance, the same every time."""
    return np.random.default_rng(len(episode.chosen)).random(len(episode.chosen))


def by_length(episode: Labelled) -> Array:
    """Nearness to 20 words, in logarithms: the shape of the training labels' lengths."""
    return -np.abs(np.log1p(episode.length) - math.log(21.0))


def textrank(episode: Labelled) -> Array:
    """TextRank (Mihalcea & Tarau 2004): shared words over the logarithms of the lengths, ranked as a graph."""
    table = _incidence(episode)
    shared = (table > 0).astype(np.float32) @ (table > 0).astype(np.float32).T
    sizes = np.log(np.maximum(table.sum(axis=1), 2.0))
    return _walk(shared / np.maximum(sizes[:, None] + sizes[None, :], 1e-6))


def lexrank(episode: Labelled) -> Array:
    """LexRank (Erkan & Radev 2004), continuous: cosine of tf-idf, ranked as a graph."""
    vectors = _tf_idf(_incidence(episode))
    return _walk(vectors @ vectors.T)


def like_the_summary(episode: Labelled) -> Array:
    """Cosine of tf-idf between a sentence and the title and description."""
    table, about = _incidence(episode), _subject(episode)
    weights = np.log(len(table) / np.maximum((table > 0).sum(axis=0), 1))
    likeness: Array = _tf_idf(table) @ (about * weights)
    return likeness


def _stems(words: list[str]) -> list[str]:
    return [stem(word) for word in words if word not in FUNCTION]


def _index(episode: Labelled) -> dict[str, int]:
    names = dict.fromkeys(word for s in episode.scene.spoken for word in _stems(s.words))
    return {word: number for number, word in enumerate(names)}


def _incidence(episode: Labelled) -> Array:
    index = _index(episode)
    table = np.zeros((len(episode.chosen), len(index)), dtype=np.float32)
    for row, s in enumerate(episode.scene.spoken):
        for word, count in Counter(_stems(s.words)).items():
            table[row, index[word]] = count
    return table


def _subject(episode: Labelled) -> Array:
    index = _index(episode)
    about = np.zeros(len(index), dtype=np.float32)
    for word in _stems(tokens(f"{episode.scene.title} {episode.scene.summary}")):
        if word in index:
            about[index[word]] += 1
    return about


def _tf_idf(table: Array) -> Array:
    weighted = table * np.log(len(table) / np.maximum((table > 0).sum(axis=0), 1))
    found: Array = weighted / np.maximum(np.linalg.norm(weighted, axis=1, keepdims=True), 1e-9)
    return found


def _walk(likeness: Array) -> Array:
    """The stationary weights of a random walk over sentences."""
    np.fill_diagonal(likeness, 0.0)
    step = likeness / np.maximum(likeness.sum(axis=1, keepdims=True), 1e-9)
    ranks = np.full(len(step), 1.0 / len(step))
    for _ in range(_ROUNDS):
        ranks = (1 - _DAMPING) / len(step) + _DAMPING * (step.T @ ranks)
    return ranks
