"""Makes bot/quotes/weights/postable.json from lines that a reader judged, and measures it.

python -m benchmarks.quotes.postable        about five minutes on one core; the same material gives the same bytes

`postable.csv` holds the verdicts without a word of text: the episode's number in the material, the line's offsets in
its transcript, 1 in `postable` where it could be posted as it stands, 1 in `nearly` where little was
missing. In round 1 about 26 lines of each of 40 episodes were drawn from those that pass the gates, the better ranked
ones more often; in round 2 the best of a first model that had not seen the episode and the five best of the prices
that were set by hand. The reader saw the lines alone, in random order.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quotes import measure, train
from benchmarks.quotes.learn import logistic
from benchmarks.quotes.material import Array, loaders, published
from bot.quotes import pick, postable, weights
from bot.quotes.weights import EpisodeWeights
from bot.quotes.words import tokens

_JUDGED = Path(__file__).with_name("postable.csv")
# A line to which little was missing teaches as so much of a postable one.
_NEARLY = 0.4
_PENALTY = 100.0
_FOLDS, _DRAWS = 10, 3
# Lines so many characters apart, about three sentences, may be picked together.
_TOP, _APART = 5, 200


@dataclass(frozen=True)
class Verdicts:
    """Judged lines: features, verdicts (`taught` counts those nearly postable in part), and where they stand."""

    rows: Array
    taught: Array
    postable: Array
    episode: Array
    begin: Array
    stop: Array


def main() -> None:
    verdicts = read()
    chances = cross_validated(verdicts)
    print("| chosen by | AUC | AUC inside an episode | postable of the five best |\n|---|---|---|---|")
    scores = 1 / (1 + np.exp(-verdicts.rows[:, 0]))
    for name, values in (
        ("the ranking alone", scores),
        ("the chance of being postable", chances),
        ("half of each, as picks are chosen", (scores + chances) / 2),
    ):
        found = f"{auc(values, verdicts.postable):.3f} | {_inside(verdicts, values):.3f} | {_best(verdicts, values)}"
        print(f"| {name} | {found} |")
    print("\n| chance | lines | postable |\n|---|---|---|")
    for low, high in ((0.0, 0.1), (0.1, 0.2), (0.2, 0.3), (0.3, 0.4), (0.4, 0.5), (0.5, 1.0)):
        held = (chances >= low) & (chances < high)
        print(f"| {low} to {high} | {held.sum()} | {verdicts.postable[held].mean():.2f} |")
    fitted, bias = fit(verdicts.rows, verdicts.taught)
    train.write(
        "postable",
        weights.lines(
            {
                "about": f"trained on {len(verdicts.rows)} lines of {len(set(verdicts.episode))} episodes, judged by "
                "one reader; see docs/model-card.md",
                "bias": weights.short(bias),
                "features": {
                    name: weights.short(value) for name, value in zip(postable.NAMES, fitted.tolist(), strict=True)
                },
            }
        ),
    )


def episodes() -> frozenset[int]:
    """The numbers of the episodes whose lines were judged."""
    with _JUDGED.open(encoding="utf-8") as file:
        return frozenset(int(row["episode"]) for row in csv.DictReader(file))


def read() -> Verdicts:
    """The verdicts with the features of their lines, ranked by weights that saw none of these episodes."""
    with _JUDGED.open(encoding="utf-8") as file:
        judged = [{name: int(value) for name, value in row.items()} for row in csv.DictReader(file)]
    pool, vocabulary = measure.everything()
    numbers = {row["episode"] for row in judged}
    groups = {(pool.episodes[n].show, pool.episodes[n].group) for n in numbers}
    others = [n for n, each in enumerate(pool.episodes) if (each.show, each.group) not in groups]
    model = train.weights_of(measure.trained(pool, vocabulary, others), vocabulary, episodes=len(others))
    found: dict[tuple[int, int, int], list[float]] = {}
    for number, raw in enumerate(loaders().episodes()):
        if number in numbers:
            spans = [(row["begin"], row["stop"]) for row in judged if row["episode"] == number]
            found.update(_measured(number, raw, spans, model))
    return Verdicts(
        np.array([found[row["episode"], row["begin"], row["stop"]] for row in judged]),
        np.array([row["postable"] + _NEARLY * row["nearly"] for row in judged]),
        np.array([row["postable"] for row in judged]),
        np.array([row["episode"] for row in judged]),
        np.array([row["begin"] for row in judged]),
        np.array([row["stop"] for row in judged]),
    )


def _measured(
    number: int, raw: dict[str, Any], spans: Sequence[tuple[int, int]], model: EpisodeWeights
) -> Iterator[tuple[tuple[int, int, int], list[float]]]:
    candidates = pick.judge(published(raw), model=model)
    begins, stops = [each.begin for each in candidates], [each.stop for each in candidates]
    for begin, stop in spans:
        run = candidates[begins.index(begin) : stops.index(stop) + 1]
        words = [len(tokens(each.text)) for each in run]
        score = sum(each.score * size for each, size in zip(run, words, strict=True)) / sum(words)
        text = " ".join(each.text for each in run)
        yield (number, begin, stop), postable.measure(text, sum(words), score)


def fit(rows: Array, taught: Array) -> tuple[Array, float]:
    """Weights in the features' own units, and the bias: logistic loss, squared size of the weights in deviations."""
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    levelled = np.hstack([(rows - mean) / spread, np.ones((len(rows), 1))])
    penalty = np.append(np.full(rows.shape[1], _PENALTY), 1e-6)
    fitted = logistic(np.vstack([levelled, -levelled]), np.concatenate([taught, 1.0 - taught]), penalty=penalty)
    found: Array = fitted[:-1] / spread
    return found, float(fitted[-1] - found @ mean)


def cross_validated(verdicts: Verdicts) -> Array:
    """The chance of every line by weights that saw no line of its episode: the mean over three ways to fold."""
    numbers = sorted(set(verdicts.episode.tolist()))
    total = np.zeros(len(verdicts.rows))
    for seed in range(_DRAWS):
        np.random.default_rng(seed).shuffle(numbers)
        fold = np.array([numbers.index(number) % _FOLDS for number in verdicts.episode])
        for each in range(_FOLDS):
            kept = fold != each
            fitted, bias = fit(verdicts.rows[kept], verdicts.taught[kept])
            total[~kept] += verdicts.rows[~kept] @ fitted + bias
    chances: Array = 1 / (1 + np.exp(-total / _DRAWS))
    return chances


def auc(values: Array, marks: Array) -> float:
    """How often a postable line comes before one that is not."""
    good, bad = values[marks == 1], values[marks == 0]
    return float((good[:, None] > bad).mean() + 0.5 * (good[:, None] == bad).mean())


def _inside(verdicts: Verdicts, values: Array) -> float:
    found = []
    for number in set(verdicts.episode.tolist()):
        mine = verdicts.episode == number
        if 0 < verdicts.postable[mine].sum() < mine.sum():
            found.append(auc(values[mine], verdicts.postable[mine]))
    return float(np.mean(found))


def _best(verdicts: Verdicts, values: Array) -> str:
    """The share of postable lines among the five best of each episode that lie apart, with its 95 % half-width."""
    shares = []
    for number in sorted(set(verdicts.episode.tolist())):
        taken: list[int] = []
        mine = np.flatnonzero(verdicts.episode == number)
        for line in mine[np.argsort(-values[mine], kind="stable")].tolist():
            apart = all(
                verdicts.begin[line] > verdicts.stop[t] + _APART or verdicts.begin[t] > verdicts.stop[line] + _APART
                for t in taken
            )
            if apart and len(taken) < _TOP:
                taken.append(line)
        shares.append(float(verdicts.postable[taken].mean()))
    return f"{np.mean(shares):.3f} ± {1.96 * np.std(shares) / len(shares) ** 0.5:.3f}"


if __name__ == "__main__":
    main()
