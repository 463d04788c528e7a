"""Reads the models' weights, which travel inside the package as small JSON files that a person can read."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib import resources

import regex

_INSIDE = regex.compile(r"\[[^\[\]]*\]")


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


@dataclass(frozen=True)
class PostableWeights:
    """A linear model of whether a line could be posted as it stands: one weight for each feature, and what is added."""

    about: str
    bias: float
    features: dict[str, float]


@cache
def episode() -> EpisodeWeights:
    """The shipped weights for sentences of a transcript."""
    return read(_text("episode"))


def read(text: str) -> EpisodeWeights:
    """Weights as `written` wrote them. Raises ValueError with a sentence where the text is none."""
    try:
        raw = json.loads(text)
        return EpisodeWeights(
            str(raw["about"]),
            tuple(int(window) for window in raw["windows"]),
            _weighed(raw["features"], len(raw["windows"])),
            tuple(int(window) for window in raw["word_windows"]),
            _weighed(raw["words"], len(raw["word_windows"])),
        )
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"These are no weights of the picker ({error!r}).") from error


def written(weights: EpisodeWeights) -> str:
    """Weights as JSON, one name a line, so that two trainings can be compared with `diff`."""
    return lines(
        {
            "about": weights.about,
            "windows": weights.windows,
            "features": {name: [short(value) for value in values] for name, values in weights.features.items()},
            "word_windows": weights.word_windows,
            "words": {word: [short(value) for value in values] for word, values in weights.words.items()},
        }
    )


def lines(raw: object) -> str:
    """A value as JSON with each list of numbers on one line."""
    text = json.dumps(raw, ensure_ascii=False, indent=0)
    return _INSIDE.sub(lambda found: " ".join(found.group().split()), text).replace("[ ", "[").replace(" ]", "]") + "\n"


def short(value: float) -> float:
    """Three digits: more change no order."""
    return float(f"{value:.3g}")


def _weighed(raw: dict[str, list[float]], windows: int) -> dict[str, tuple[float, ...]]:
    found = {name: tuple(float(value) for value in values) for name, values in raw.items()}
    for name, values in found.items():
        if len(values) != windows or not all(map(math.isfinite, values)):
            raise ValueError(f"The weight of '{name}' is not {windows} finite numbers.")
    return found


@cache
def line() -> LineWeights:
    """The weights for a line without any context."""
    raw = json.loads(_text("line"))
    return LineWeights(raw["about"], raw["features"], raw["characters"])


@cache
def postable() -> PostableWeights:
    """The shipped weights for `bot.quotes.postable`."""
    raw = json.loads(_text("postable"))
    return PostableWeights(raw["about"], raw["bias"], raw["features"])


def _text(name: str) -> str:
    return resources.files("bot.quotes").joinpath("weights", f"{name}.json").read_text(encoding="utf-8")
