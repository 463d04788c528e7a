"""Fits linear rankers on pairs of sentences. Needs numpy and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.quotes.material import Array, Labelled, Whole
from bot.quotes import ranking

WINDOWS = (0, 1, 3, 10)
WORD_WINDOWS = (0, 2, 8)
# How much a window's mean is stretched before it is fitted: wide means vary less, and would be punished for it.
_WORD_SCALES = (1.0, 1.5, 2.0)
_DIMENSIONS = 80
_NEGATIVES = 24
_NEIGHBOURHOOD = 4


@dataclass(frozen=True)
class Pool:
    """Many episodes as one table: rows are sentences, `edges` where episodes begin, `ids` the common words of each."""

    episodes: tuple[Labelled, ...]
    edges: Whole
    rows: Array
    ids: tuple[Whole, ...]
    size: int

    def span(self, number: int) -> slice:
        return slice(int(self.edges[number]), int(self.edges[number + 1]))


@dataclass(frozen=True)
class Model:
    """One weight per feature and window, and one per word and window."""

    features: Array
    words: Array


def pool(episodes: Sequence[Labelled], rows: Sequence[Array], vocabulary: Sequence[str]) -> Pool:
    number = {word: index for index, word in enumerate(vocabulary)}
    ids = tuple(
        np.array([number[word] for word in s.words if word in number], dtype=np.int64)
        for episode in episodes
        for s in episode.scene.spoken
    )
    edges = np.cumsum([0, *(len(episode.chosen) for episode in episodes)])
    return Pool(tuple(episodes), edges, np.vstack(rows), ids, len(vocabulary))


def around(pool: Pool, table: Array, window: int) -> Array:
    """`ranking.around`, column by column, episode by episode."""
    if not window:
        return table
    found = np.zeros_like(table)
    for number in range(len(pool.episodes)):
        rows = table[pool.span(number)]
        count = len(rows)
        sums = np.vstack([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0, dtype=np.float64)])
        low = np.maximum(np.arange(count) - window, 0)
        high = np.minimum(np.arange(count) + window + 1, count)
        found[pool.span(number)] = (sums[high] - sums[low] - rows) / np.maximum(high - low - 1, 1)[:, None]
    return found


def windowed(pool: Pool, table: Array, windows: Sequence[int], scales: Sequence[float]) -> Array:
    parts = [around(pool, table, window) * scale for window, scale in zip(windows, scales, strict=True)]
    return np.hstack(parts).astype(np.float32)


def contrasts(pool: Pool, numbers: Sequence[int], *, seed: int, matched: float = 0.5) -> tuple[Whole, Whole, Array]:
    """Rows (chosen, ordinary) of one episode and a weight each; half of the ordinary ones alike in length and voice.

    An episode with many chosen sentences counts for more than one with few, by the square root.
    """
    rng = np.random.default_rng(seed)
    better, worse, weight = [], [], []
    for number in numbers:
        episode, first = pool.episodes[number], int(pool.edges[number])
        chosen = np.flatnonzero(episode.chosen & (episode.length >= 3))
        ordinary = np.flatnonzero(~episode.chosen & (episode.replayed < 0.2))
        if not len(chosen) or not len(ordinary):
            continue
        for i in chosen:
            near = np.abs(episode.length[ordinary] - episode.length[i]) <= max(1.0, 0.15 * episode.length[i])
            alike = ordinary[near & (episode.speaker[ordinary] == episode.speaker[i])]
            like = int(_NEGATIVES * matched) if len(alike) else 0
            drawn = np.concatenate(
                [rng.choice(alike, like) if like else alike[:0], rng.choice(ordinary, _NEGATIVES - like)]
            )
            better += [first + int(i)] * _NEGATIVES
            worse += [first + int(j) for j in drawn]
            weight += [1.0 / np.sqrt(len(chosen))] * _NEGATIVES
    weights = np.array(weight)
    return np.array(better), np.array(worse), weights / weights.mean() / _NEGATIVES


def logistic(differences: Array, weights: Array, *, penalty: float | Array, towards: Array | None = None) -> Array:
    """The weights under which better less worse is positive: logistic loss, squared distance `towards`, by Newton.

    `penalty` is how strongly they are drawn there: one number, or one for each column.
    """
    target = np.zeros(differences.shape[1]) if towards is None else towards
    fitted = target.copy()
    for _ in range(12):
        margin = np.clip(differences @ fitted, -30, 30)
        missed = weights / (1 + np.exp(margin))
        curve = (missed * (1 - 1 / (1 + np.exp(margin))))[:, None]
        slope = differences.T @ missed - penalty * (fitted - target)
        hessian = differences.T @ (differences * curve) + np.diag(np.broadcast_to(penalty, len(fitted)))
        step = np.linalg.solve(hessian, slope)
        fitted = fitted + step
        if np.abs(step).max() < 1e-4:
            break
    return fitted


def fit(pool: Pool, numbers: Sequence[int], *, prior: Array, aphorism: Array, seed: int = 0) -> Model:
    """A model from the episodes `numbers`: features near a prior set by hand, and words by what they keep company with.

    Words are fitted in a space of 80 dimensions of co-occurrence (positive pointwise mutual information of the same
    episodes), so that a word learns from words like it; folded back, that is one weight per word. The later a
    dimension, the less it tells and the more it is held back. `aphorism` are word weights from quotations against talk.
    """
    better, worse, weights = contrasts(pool, numbers, seed=seed)
    table = windowed(pool, pool.rows, WINDOWS, (1.0,) * len(WINDOWS))
    fitted = logistic((table[better] - table[worse]).astype(np.float64), weights, penalty=300.0, towards=prior)
    own = np.std(levelled(pool, table @ fitted, numbers))
    words = np.zeros((pool.size, len(WORD_WINDOWS)))
    vectors = company(pool, numbers)
    space = vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9)
    sums = bags(pool, space)
    spread = sums.std(axis=0)
    wide = windowed(pool, sums / spread, WORD_WINDOWS, _WORD_SCALES)
    penalty = np.tile(_WORD_PENALTY * (1 + np.arange(_DIMENSIONS) / 10) ** 2, len(WORD_WINDOWS))
    learnt = logistic((wide[better] - wide[worse]).astype(np.float64), weights, penalty=penalty)
    scale = np.std(levelled(pool, wide @ learnt, numbers))
    for window, stretch in enumerate(_WORD_SCALES):
        part = learnt[window * _DIMENSIONS : (window + 1) * _DIMENSIONS] * stretch / spread
        words[:, window] += WORD_SHARE * (space @ part) / scale
    spoken = levelled(pool, bags(pool, aphorism[:, None])[:, 0], numbers)
    words[:, 0] += APHORISM_SHARE * aphorism / np.std(spoken)
    return Model(fitted.reshape(len(WINDOWS), -1) / own, words)


# How much the words' company and the quotations count beside the features, in standard deviations.
WORD_SHARE, APHORISM_SHARE = 0.3, 0.15
_WORD_PENALTY = 60.0


def score(pool: Pool, model: Model) -> Array:
    """What `ranking.rank` computes, before it is brought to 0..1."""
    total = np.zeros(len(pool.rows))
    for number, window in enumerate(WINDOWS):
        total += around(pool, (pool.rows @ model.features[number])[:, None], window)[:, 0]
    for number, window in enumerate(WORD_WINDOWS):
        total += around(pool, bags(pool, model.words[:, number : number + 1]), window)[:, 0]
    return total


def levelled(pool: Pool, values: Array, numbers: Sequence[int]) -> Array:
    """The values of some episodes, each less its episode's mean."""
    return np.concatenate([values[pool.span(n)] - values[pool.span(n)].mean() for n in numbers])


def bags(pool: Pool, vectors: Array) -> Array:
    """For each sentence the sum of its common words' vectors, as `ranking` scales it."""
    counts = np.array([len(ids) for ids in pool.ids])
    flat = vectors[np.concatenate(pool.ids)]
    sums = np.vstack([np.zeros((1, vectors.shape[1])), np.cumsum(flat, axis=0, dtype=np.float64)])
    ends = np.cumsum(counts)
    sizes = np.array([len(s.words) for episode in pool.episodes for s in episode.scene.spoken])
    found: Array = 3.0 * (sums[ends] - sums[ends - counts]) / np.sqrt(sizes + 4)[:, None]
    return found


def company(pool: Pool, numbers: Sequence[int]) -> Array:
    """Vectors of the common words from the company they keep within four words of a sentence, best dimensions first."""
    counts = np.zeros((pool.size, pool.size))
    for number in numbers:
        said = pool.ids[pool.span(number)]
        words = np.concatenate(said)
        sentence = np.repeat(np.arange(len(said)), [len(ids) for ids in said])
        for apart in range(1, _NEIGHBOURHOOD + 1):
            same = sentence[:-apart] == sentence[apart:]
            np.add.at(counts, (words[:-apart][same], words[apart:][same]), 1.0)
    counts += counts.T
    totals = counts.sum(axis=1)
    smoothed = totals**0.75
    expected = np.outer(totals, smoothed / smoothed.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        information = np.where(counts > 0, np.log(counts / expected), 0.0)
    information = np.maximum(information, 0.0)
    values, vectors = np.linalg.eigh((information + information.T) / 2)
    order = np.argsort(-np.abs(values))[:_DIMENSIONS]
    found: Array = vectors[:, order] * np.sqrt(np.abs(values[order]))
    return found


def prior(names: dict[str, tuple[float, ...]], share: float) -> Array:
    """Weights set by hand as one row per window, times `share`."""
    found = np.zeros((len(WINDOWS), len(ranking.NAMES)))
    for name, values in names.items():
        found[: len(values), ranking.NAMES.index(name)] = values
    return share * found.ravel()
