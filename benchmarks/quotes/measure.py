"""Prints the table of the podcast rankers: cross-validated by guest, and from one show to the other.

python -m benchmarks.quotes.measure > table.md        about ten minutes on one core
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.quotes import aphorisms, baselines, by_hand, learn, material
from benchmarks.quotes.figures import Figure, report
from benchmarks.quotes.material import Array, Labelled

_FOLDS = 5
PRIOR_SHARE = 0.5

_BASELINES: dict[str, Callable[[Labelled], Array]] = {
    "random": baselines.at_random,
    "length": baselines.by_length,
    "TextRank": baselines.textrank,
    "LexRank": baselines.lexrank,
    "likeness to title and description": baselines.like_the_summary,
}
_COLUMNS = ("pair", "AUC", "hit@10", "near@10")


def main() -> None:
    pool, vocabulary = everything()
    shows = {name: [n for n, e in enumerate(pool.episodes) if e.show == name] for name in ("A", "B")}
    print("| ranker | show | pair | AUC | hit@10 | near@10 |\n|---|---|---|---|---|---|")
    for name, baseline in _BASELINES.items():
        scores = np.concatenate([baseline(episode) for episode in pool.episodes])
        _show(name, pool, scores, shows)
    hand = learn.Model(learn.prior(by_hand.WEIGHTS, 1.0).reshape(len(learn.WINDOWS), -1), np.zeros((pool.size, 3)))
    _show("weights set by hand", pool, learn.score(pool, hand), shows)
    _show("**the model, show in training** (5 folds by guest)", pool, _seen(pool, vocabulary, shows), shows)
    _show("**the model, show never seen** (trained on the other)", pool, _unseen(pool, vocabulary, shows), shows)


def everything() -> tuple[learn.Pool, tuple[str, ...]]:
    """All labelled episodes, with the features that the product itself computes."""
    episodes = list(material.episodes())
    vocabulary = material.vocabulary(episodes)
    common = frozenset(vocabulary)
    return learn.pool(episodes, [material.measured(e.scene, common) for e in episodes], vocabulary), vocabulary


def trained(pool: learn.Pool, vocabulary: Sequence[str], numbers: Sequence[int]) -> learn.Model:
    """The model as it ships, from the episodes `numbers`."""
    return learn.fit(
        pool,
        numbers,
        prior=learn.prior(by_hand.WEIGHTS, PRIOR_SHARE),
        aphorism=aphorisms.against_talk(pool, vocabulary, numbers),
    )


def _seen(pool: learn.Pool, vocabulary: Sequence[str], shows: dict[str, list[int]]) -> Array:
    """Each episode scored by a model that saw neither it nor its guest, but others of its show."""
    scores = np.zeros(len(pool.rows))
    folds = {number: fold for numbers in shows.values() for number, fold in _folds(pool, numbers).items()}
    for fold in range(_FOLDS):
        kept = [number for number, mine in folds.items() if mine != fold]
        all_scores = learn.score(pool, trained(pool, vocabulary, kept))
        for number in (n for n, mine in folds.items() if mine == fold):
            scores[pool.span(number)] = all_scores[pool.span(number)]
        print(f"fold {fold + 1} of {_FOLDS}", file=sys.stderr)
    return scores


def _unseen(pool: learn.Pool, vocabulary: Sequence[str], shows: dict[str, list[int]]) -> Array:
    scores = np.zeros(len(pool.rows))
    for name, other in (("A", "B"), ("B", "A")):
        all_scores = learn.score(pool, trained(pool, vocabulary, shows[other]))
        for number in shows[name]:
            scores[pool.span(number)] = all_scores[pool.span(number)]
    return scores


def _folds(pool: learn.Pool, numbers: Sequence[int]) -> dict[int, int]:
    groups = sorted({pool.episodes[number].group for number in numbers})
    np.random.default_rng(0).shuffle(groups)
    fold_of = {group: index % _FOLDS for index, group in enumerate(groups)}
    return {number: fold_of[pool.episodes[number].group] for number in numbers}


def _show(name: str, pool: learn.Pool, scores: Array, shows: dict[str, list[int]]) -> None:
    for show, numbers in shows.items():
        figures: dict[str, Figure] = report(pool, scores, numbers)
        print(f"| {name} | {show} | {' | '.join(str(figures[column]) for column in _COLUMNS)} |", flush=True)


if __name__ == "__main__":
    main()
