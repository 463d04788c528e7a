"""Draws a blind rating sheet: up to sixty lines of several systems in random order, for a reader to judge.

    python -m benchmarks.quotes.rating_sheet FOLDER [SEED]
    python -m benchmarks.quotes.rating_sheet --read FOLDER

SEED chooses the episodes (61), never those that taught what is postable. Six episodes of the labelled material, at most
ten lines of each: our five best or fewer, by weights that were trained on all the other episodes; two of TextRank; two
sentences drawn from those that pass the gates; one from all. FOLDER gets sheet.csv (number, text, and an empty column
"postable": 1 where the line could be posted as it stands, else 0) and key.csv. The texts belong to others and may not
be committed: FOLDER must lie outside the repository. `--read` prints the share of postable lines of each system and
writes the verdicts, without a word of text, to benchmarks/quotes/judged.csv.
"""

from __future__ import annotations

import csv
import hashlib
import random
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.quotes import baselines, measure, postable, train
from benchmarks.quotes.material import Array, loaders, published
from bot.quotes import pick

_EPISODES = 6
_SHORTEST, _LONGEST = 7, 40
_ROOT = Path(__file__).resolve().parents[2]
_JUDGED = Path(__file__).with_name("judged.csv")


def main() -> None:
    match sys.argv[1:]:
        case ["--read", folder]:
            _read(Path(folder))
        case [folder, *seed] if len(seed) < 2 and not Path(folder).resolve().is_relative_to(_ROOT):
            _draw(Path(folder), *map(int, seed))
        case _:
            sys.exit(__doc__)


def _draw(folder: Path, seed: int = 61) -> None:
    draw = random.Random(seed)  # noqa: S311
    pool, vocabulary = measure.everything()
    known = postable.episodes()
    numbers = sorted(draw.sample([n for n in range(len(pool.episodes)) if n not in known], _EPISODES))
    groups = {(pool.episodes[n].show, pool.episodes[n].group) for n in numbers}
    others = [n for n, each in enumerate(pool.episodes) if (each.show, each.group) not in groups]
    model = train.weights_of(measure.trained(pool, vocabulary, others), vocabulary, episodes=len(others))
    rows = []
    for number, raw in enumerate(loaders().episodes()):
        if number in numbers:
            episode = published(raw)
            ranks = baselines.textrank(pool.episodes[number])
            texts = [" ".join(s["text"].split()) for s in raw["sentences"]]
            systems = {
                "picks": [quote.text for quote in pick.pick(episode, top=5, model=model)],
                "TextRank": [text for text in _best(texts, ranks) if _fits(text)][:2],
                "gates without a model": draw.sample([c.text for c in pick.judge(episode) if not c.gates], 2),
                "random": draw.sample([text for text in texts if _fits(text)], 1),
            }
            rows += [
                (text, system, number, rank) for system, found in systems.items() for rank, text in enumerate(found, 1)
            ]
    draw.shuffle(rows)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "sheet.csv").open("w", newline="", encoding="utf-8") as sheet:
        csv.writer(sheet).writerow(("number", "text", "postable"))
        csv.writer(sheet).writerows((number, row[0], "") for number, row in enumerate(rows, 1))
    with (folder / "key.csv").open("w", newline="", encoding="utf-8") as key:
        csv.writer(key).writerow(("number", "system", "episode", "rank"))
        csv.writer(key).writerows((number, *row[1:]) for number, row in enumerate(rows, 1))
    print(
        f"{len(rows)} lines to judge in {folder / 'sheet.csv'}: "
        "write 1 where a line could be posted as it stands, else 0."
    )


def _fits(text: str) -> bool:
    return _SHORTEST <= len(text.split()) <= _LONGEST


def _best(texts: Sequence[str], scores: Array) -> list[str]:
    return [texts[index] for index in np.argsort(-scores, kind="stable")]


def _read(folder: Path) -> None:
    with (folder / "key.csv").open(encoding="utf-8") as key, (folder / "sheet.csv").open(encoding="utf-8") as sheet:
        keys = {row["number"]: row for row in csv.DictReader(key)}
        rows = [row for row in csv.DictReader(sheet) if row["postable"].strip() in ("0", "1")]
    judged: dict[str, list[int]] = {}
    with _JUDGED.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out, lineterminator="\n").writerow(("number", "episode", "system", "rank", "postable", "sha256"))
        for row in rows:
            mine = keys[row["number"]]
            judged.setdefault(mine["system"], []).append(int(row["postable"]))
            seal = hashlib.sha256(row["text"].encode()).hexdigest()[:12]
            csv.writer(out, lineterminator="\n").writerow(
                (row["number"], mine["episode"], mine["system"], mine["rank"], row["postable"].strip(), seal)
            )
    for name, marks in sorted(judged.items()):
        share = sum(marks) / len(marks)
        half = 1.96 * (share * (1 - share) / len(marks)) ** 0.5
        print(f"{name}: {sum(marks)} of {len(marks)} postable ({share:.2f} ± {half:.2f})")


if __name__ == "__main__":
    main()
