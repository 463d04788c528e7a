"""The labelled material as numbers: episodes with the sentences that their makers chose, and pairs of lines.

The material lies beside the repository (`../shared/data/quotes`, or where PULLQUOTE_QUOTES names it) and never in it.
Its own `loaders.py` reads it. Needs numpy.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import regex
from numpy.typing import NDArray

from bot.model.episode import Episode, Segment, Transcript
from bot.model.quote import Moment
from bot.quotes import context, features, ranking
from bot.quotes.blocks import blocks
from bot.quotes.scene import Scene, Spoken, hosts
from bot.quotes.words import tokens
from bot.text import fold

FOLDER = Path(os.environ.get("PULLQUOTE_QUOTES", Path(__file__).resolve().parents[3] / "shared" / "data" / "quotes"))

Array = NDArray[Any]
Whole = NDArray[np.int64]

# A word is common when it stands in so large a share of the episodes of each show, mostly without a capital.
_SHARE = {"A": 0.15, "B": 0.2}
_WORD = regex.compile(r"[\p{L}'’]+")
_FIRST_PERSON = ("i", "i'm", "i've", "i'll", "i'd")


@dataclass(frozen=True)
class Labelled:
    """One episode: its sentences, which the makers chose, and matched pairs (chosen, ordinary) of sentence numbers."""

    show: str
    group: str
    scene: Scene
    chosen: NDArray[np.bool_]
    replayed: Array
    length: Whole
    start: Array
    speaker: Whole
    pairs: tuple[tuple[int, int], ...]


@cache
def loaders() -> ModuleType:
    """The material's own loaders. Exits with a sentence where the material is not there."""
    path = FOLDER / "loaders.py"
    if not path.is_file():
        sys.exit(f"The labelled material is not at {FOLDER}: set PULLQUOTE_QUOTES to the folder that holds loaders.py.")
    spec = importlib.util.spec_from_file_location("quote_loaders", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def episodes() -> Iterator[Labelled]:
    """Every labelled episode of both shows."""
    for raw in loaders().episodes():
        yield labelled(raw)


def labelled(raw: dict[str, Any]) -> Labelled:
    """One episode of the material, with its sentences exactly as they were labelled."""
    rows = raw["sentences"]
    spoken, turn, before = [], -1, None
    for row in rows:
        turn += turn < 0 or row["spk"] != before
        before = row["spk"]
        text = fold(row["text"])
        spoken.append(Spoken(text, 0, 0, row["spk"], turn, Moment(row["t0"], row["t1"]), words=tokens(text)))
    numbers = {name: number for number, name in enumerate(dict.fromkeys(row["spk"] for row in rows))}
    return Labelled(
        raw["show"],
        str(raw["group"]),
        Scene(tuple(spoken), hosts(tuple(spoken)), raw["title"], raw["summary"]),
        np.array([bool(row["y"]) for row in rows]),
        np.array([row["cov"] for row in rows], dtype=np.float64),
        np.array([row["n"] for row in rows]),
        np.array([row["t0"] for row in rows], dtype=np.float64),
        np.array([numbers[row["spk"]] for row in rows]),
        tuple(_pairs(rows)),
    )


def published(raw: dict[str, Any]) -> Episode:
    """One episode of the material as a source would give it to the product."""
    segments = tuple(Segment(" ".join(s["text"].split()), s["t0"], s["t1"], s["spk"]) for s in raw["sentences"])
    return Episode(title=raw["title"], summary=raw["summary"], transcript=Transcript(segments))


def _pairs(rows: list[dict[str, Any]], fewest: int = 6, away: float = 60.0) -> Iterator[tuple[int, int]]:
    """Numbers of (chosen, ordinary) sentences, by the rule of the material's own `podcast_pairs`."""
    gold = [row["t0"] for row in rows if row["y"]]
    free = {
        j for j, row in enumerate(rows) if not row["y"] and min((abs(row["t0"] - g) for g in gold), default=0.0) >= away
    }
    for i, row in enumerate(rows):
        if not row["y"] or row["n"] < fewest:
            continue
        fit = [j for j in free if rows[j]["spk"] == row["spk"] and abs(rows[j]["n"] - row["n"]) <= 1]
        if fit:
            best = min(fit, key=lambda j: (abs(rows[j]["t0"] - row["t0"]), j))
            free.discard(best)
            yield i, best


def vocabulary(shows: Iterable[Labelled]) -> tuple[str, ...]:
    """The common words: those in many episodes of both shows that are no names, the commonest first."""
    holding: dict[str, Counter[str]] = {"A": Counter(), "B": Counter()}
    small: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    episodes: Counter[str] = Counter()
    for episode in shows:
        episodes[episode.show] += 1
        holding[episode.show].update({word for s in episode.scene.spoken for word in s.words})
        for s in episode.scene.spoken:
            for word in _WORD.findall(s.text)[1:]:
                (capital if word[0].isupper() else small)[word.lower().replace("’", "'")] += 1
    common = [
        word
        for word in holding["A"]
        if all(holding[show][word] >= share * episodes[show] for show, share in _SHARE.items())
        and (small[word] > 3 * capital[word] or word in _FIRST_PERSON)
        and not any(letter.isdigit() for letter in word)
    ]
    return tuple(sorted(common, key=lambda word: (-holding["A"][word], word)))


def measured(scene: Scene, common: Container[str]) -> Array:
    """The features of every sentence of a scene, measured against its episode, in the order of `ranking.NAMES`."""
    lines = [features.line(s.text, s.words) for s in scene.spoken]
    beside = context.context(scene, blocks(scene.spoken), common)
    return np.array(ranking.standardised([a + b for a, b in zip(lines, beside, strict=True)]), dtype=np.float32)
