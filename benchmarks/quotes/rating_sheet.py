"""Draws a blind rating sheet: sixty picks of several systems in random order, for a reader to judge.

    python -m benchmarks.quotes.rating_sheet FOLDER FILE...

FILE is a JSON list of episodes {"title": ..., "segments": [{"text", "start", "end", "speaker"}, ...]}; without one the
labelled material is used. FOLDER gets sheet.csv (number, text, empty column "postable": 1 or 0) and key.csv (number,
system, episode, rank). Texts of other people's episodes may not be committed: FOLDER must lie outside the repository.
`python -m benchmarks.quotes.rating_sheet --read FOLDER` prints the share of postable picks of each system.
"""

from __future__ import annotations

import csv
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from bot.model.episode import Episode, Segment, Transcript
from bot.quotes import pick
from bot.quotes.pick import Candidate

_TOP, _EPISODES = 5, 4
_ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    match sys.argv[1:]:
        case ["--read", folder]:
            _read(Path(folder))
        case [folder, *files] if not Path(folder).resolve().is_relative_to(_ROOT):
            _draw(Path(folder), [Path(name) for name in files])
        case _:
            sys.exit(__doc__)


def _draw(folder: Path, files: list[Path]) -> None:
    draw = random.Random(60)  # noqa: S311
    episodes = list(_given(files) if files else _labelled())
    rows = []
    for episode in draw.sample(episodes, min(_EPISODES, len(episodes))):
        for system, texts in _systems(episode, draw).items():
            rows += [(text, system, episode.title, rank) for rank, text in enumerate(texts, 1)]
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


def _systems(episode: Episode, draw: random.Random) -> dict[str, list[str]]:
    """Five lines by each system; the sentences of all have 7 to 40 words."""
    fit = [c for c in pick.judge(episode) if 7 <= len(c.text.split()) <= 40]
    free = [c for c in fit if not c.gates]

    def best(candidates: list[Candidate]) -> list[str]:
        return [c.text for c in sorted(candidates, key=lambda c: -c.score)[:_TOP]]

    return {
        "picks": [quote.text for quote in pick.pick(episode, top=_TOP)],
        "model without gates": best(fit),
        "gates without model": [c.text for c in draw.sample(free, min(_TOP, len(free)))],
    }


def _given(files: list[Path]) -> Iterator[Episode]:
    for file in files:
        for raw in json.loads(file.read_text(encoding="utf-8")):
            segments = tuple(
                Segment(s["text"], s.get("start"), s.get("end"), s.get("speaker")) for s in raw["segments"]
            )
            yield Episode(title=raw["title"], transcript=Transcript(segments))


def _labelled() -> Iterator[Episode]:
    from benchmarks.quotes.material import loaders

    for raw in loaders().episodes():
        segments = tuple(Segment(s["text"], s["t0"], s["t1"], s["spk"]) for s in raw["sentences"])
        yield Episode(title=raw["title"], summary=raw["summary"], transcript=Transcript(segments))


def _read(folder: Path) -> None:
    with (folder / "key.csv").open(encoding="utf-8") as key, (folder / "sheet.csv").open(encoding="utf-8") as sheet:
        system = {row["number"]: row["system"] for row in csv.DictReader(key)}
        judged: dict[str, list[int]] = {}
        for row in csv.DictReader(sheet):
            if row["postable"].strip() in ("0", "1"):
                judged.setdefault(system[row["number"]], []).append(int(row["postable"]))
    for name, marks in sorted(judged.items()):
        print(f"{name}: {sum(marks)} of {len(marks)} postable ({sum(marks) / len(marks):.2f})")


if __name__ == "__main__":
    main()
