"""Reads the models' weights, which travel inside the package as small JSON files that a person can read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True)
class EpisodeWeights:
    """A linear model of a sentence among its neighbours.

    `features` holds for each feature one weight per window of `windows`, `words` for each common word one per window
    of `word_windows`. A window of 0 is the sentence itself; one of 3 the mean over three sentences on either side.
    """

    about: str
    windows: tuple[int, ...]
    features: dict[str, tuple[float, ...]]
    word_windows: tuple[int, ...]
    words: dict[str, tuple[float, ...]]


@dataclass(frozen=True)
class LineWeights:
    """A linear model of a line by itself: features, and runs of two to four characters."""

    about: str
    features: dict[str, float]
    characters: dict[str, float]


@cache
def episode() -> EpisodeWeights:
    """The weights for sentences of a transcript."""
    raw = _read("episode")
    return EpisodeWeights(
        raw["about"],
        tuple(raw["windows"]),
        {name: tuple(values) for name, values in raw["features"].items()},
        tuple(raw["word_windows"]),
        {word: tuple(values) for word, values in raw["words"].items()},
    )


@cache
def line() -> LineWeights:
    """The weights for a line without any context."""
    raw = _read("line")
    return LineWeights(raw["about"], raw["features"], raw["characters"])


def _read(name: str) -> Any:
    return json.loads(resources.files("bot.quotes").joinpath("weights", f"{name}.json").read_text(encoding="utf-8"))
