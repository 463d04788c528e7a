"""Says in words why a line was rated as it was: what an editor reads beside a pick."""

from __future__ import annotations

from collections.abc import Callable

from bot.quotes import ranking
from bot.quotes.words import CLASSES, CONJUNCTIONS, IMPERATIVES

THE_SHOWS_OWN = "the show's own pick"
_MOST = 4


def reasons(words: list[str], row: list[float]) -> tuple[str, ...]:
    """At most four reasons, the plainest first. `row` are the sentence's features as `ranking.rank` gives them."""
    value = dict(zip(ranking.NAMES, row, strict=True))
    return tuple(text for text, holds in _RULES if holds(words, value))[:_MOST]


def _has(words: list[str], name: str) -> bool:
    return not CLASSES[name].isdisjoint(words)


def _first(words: list[str]) -> str:
    rest = [word for word in words if word not in CONJUNCTIONS]
    return rest[0] if rest else ""


def _is_rule(words: list[str], _: dict[str, float]) -> bool:
    advises = _has(words, "you") and bool({"must", "should", "need", "never", "always", "have"} & set(words))
    return len(words) <= 25 and (advises or _first(words) in IMPERATIVES)


_RULES: tuple[tuple[str, Callable[[list[str], dict[str, float]], bool]], ...] = (
    ("a rule in one sentence", _is_rule),
    ("contrast", lambda words, _: _has(words, "negation") and _has(words, "contrast")),
    ("second person", lambda words, _: _has(words, "you")),
    ("says what something is", lambda words, _: _has(words, "is") and not _has(words, "i") and len(words) <= 20),
    ("speaks in absolutes", lambda words, _: _has(words, "absolute")),
    ("compares", lambda words, _: _has(words, "comparative") or _has(words, "superlative")),
    ("a number", lambda words, _: _has(words, "number_word") or any(word.isdigit() for word in words)),
    ("names what goes wrong", lambda words, _: _has(words, "negative")),
    ("speaks of what the episode is about", lambda _, value: value["salience"] > 1.0),
    ("part of a long answer", lambda _, value: value["turn_words"] > 0.8 and value["host"] <= 0),
    ("said early", lambda _, value: value["place"] < -1.0),
    ("short enough to remember", lambda words, _: 7 <= len(words) <= 14),
)
