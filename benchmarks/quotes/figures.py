"""The figures by which rankers are compared, with intervals from resampling groups of episodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.quotes.learn import Pool
from benchmarks.quotes.material import Array

_PICKS, _GAP, _TOLERANCE = 10, 30.0, 15.0
_DRAWS = 1000


@dataclass(frozen=True)
class Figure:
    """A mean and the half-width of its 95% interval."""

    mean: float
    half: float

    def __str__(self) -> str:
        return f"{self.mean:.3f} ± {self.half:.3f}".replace("0.", ".")


def report(pool: Pool, scores: Array, numbers: Sequence[int]) -> dict[str, Figure]:
    """Pair accuracy, mean AUC, hit@10 and near@10 (ten picks 30 s apart; an exact hit, or one within 15 s)."""
    pairs, areas, hits, nears, groups = [], [], [], [], []
    for number in numbers:
        episode = pool.episodes[number]
        mine = scores[pool.span(number)]
        if not episode.chosen.any():
            continue
        won = [float(mine[i] > mine[j]) + 0.5 * float(mine[i] == mine[j]) for i, j in episode.pairs]
        pairs.append((sum(won), len(won)))
        areas.append(area(episode.chosen, mine))
        hit, near = _picks(episode.chosen, episode.start, mine)
        hits.append(hit)
        nears.append(near)
        groups.append(f"{episode.show}{episode.group}")
    won_of = np.array(pairs, dtype=np.float64)
    draws = _draws(groups)
    ratios = [won_of[d, 0].sum() / won_of[d, 1].sum() for d in draws]
    return {
        "pair": Figure(float(won_of[:, 0].sum() / won_of[:, 1].sum()), float(1.96 * np.std(ratios))),
        "AUC": _mean(areas, draws),
        "hit@10": _mean(hits, draws),
        "near@10": _mean(nears, draws),
    }


def area(chosen: Array, scores: Array) -> float:
    """The share of (chosen, ordinary) sentences of one episode that stand in the right order; ties count half."""
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    ranks[order] = np.arange(1, len(scores) + 1)
    values, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.bincount(inverse, weights=ranks, minlength=len(values)) / counts)[inverse]
    positive = int(chosen.sum())
    total = ranks[chosen.astype(bool)].sum() - positive * (positive + 1) / 2
    return float(total / (positive * (len(scores) - positive)))


def _picks(chosen: Array, start: Array, scores: Array) -> tuple[float, float]:
    taken: list[int] = []
    for index in np.argsort(-scores, kind="stable"):
        if all(abs(start[index] - start[other]) >= _GAP for other in taken):
            taken.append(int(index))
            if len(taken) == _PICKS:
                break
    gold = start[chosen.astype(bool)]
    return float(any(chosen[i] for i in taken)), float(any(np.abs(gold - start[i]).min() <= _TOLERANCE for i in taken))


def _draws(groups: Sequence[str]) -> list[Array]:
    """Episodes drawn anew by group, so that two of one guest stay together."""
    rng = np.random.default_rng(0)
    names = sorted(set(groups))
    members = {name: [i for i, group in enumerate(groups) if group == name] for name in names}
    return [
        np.array([i for n in rng.integers(len(names), size=len(names)) for i in members[names[n]]])
        for _ in range(_DRAWS)
    ]


def _mean(values: Sequence[float], draws: list[Array]) -> Figure:
    array = np.array(values)
    return Figure(float(array.mean()), float(1.96 * np.std([array[d].mean() for d in draws])))
