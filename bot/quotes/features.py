"""Turns a line into numbers that say how it is worded: its style, never its subject."""

from __future__ import annotations

import math

import regex

from bot.quotes.words import CLASSES, COMMON, CONJUNCTIONS, GREETINGS, IMPERATIVES, POINTING, tokens

_NAMES_INSIDE = regex.compile(r"(?<=[\p{Ll},;:]\s)\p{Lu}[\p{Ll}\p{M}]+")
_DIGIT = regex.compile(r"\p{N}")
_QUOTE = regex.compile(r"[\"“”«»„]")
_DASH = regex.compile(r"--|–|—|\s-\s|-$")
_INNER_END = regex.compile(r"[.!?…]+\s")
_ABSTRACT = ("tion", "ness", "ment", "ity", "ism", "ance", "ence", "ship")

_CLASS_NAMES = tuple(CLASSES)
_CLASSES_OF: dict[str, tuple[int, ...]] = {}
for _index, _name in enumerate(_CLASS_NAMES):
    for _word in CLASSES[_name]:
        _CLASSES_OF[_word] = (*_CLASSES_OF.get(_word, ()), _index)

NAMES: tuple[str, ...] = (
    *_CLASS_NAMES,
    "log_words",
    "short",
    "good_length",
    "long",
    "question",
    "exclamation",
    "no_end",
    "commas",
    "colon",
    "quote_marks",
    "dash",
    "bracket",
    "ellipsis",
    "digits",
    "names",
    "word_length",
    "long_words",
    "abstract",
    "common",
    "distinct",
    "echo",
    "starts_and",
    "starts_greeting",
    "starts_pointing",
    "starts_i",
    "starts_you",
    "starts_wh",
    "starts_if",
    "starts_the",
    "starts_imperative",
    "ends_preposition",
    "not_but",
    "you_must",
)


SHAPE_NAMES: tuple[str, ...] = (
    "characters",
    "sentences",
    "full_stops",
    "ellipses",
    "dashes",
    "apostrophes",
    "capitals",
    "all_capitals",
    "single_letters",
    "longest_word",
    "starts_small",
    "ends_full_stop",
)


def shape(text: str, words: list[str]) -> list[float]:
    """What a line looks like on the page, in the order of `SHAPE_NAMES`; for lines that have no episode around them."""
    count, size = max(len(words), 1), max(len(text), 1)
    return [
        math.log1p(len(text)),
        float(len(_INNER_END.findall(text))),
        float(text.count(".")),
        float(text.count("...") + text.count("…")),
        float(len(_DASH.findall(text))),
        float(text.count("'") + text.count("’")),
        sum(map(str.isupper, text)) / size,
        float(text.isupper()),
        sum(len(word) == 1 for word in words) / count,
        float(max(map(len, words), default=0)),
        float(text[:1].islower()),
        float(text.endswith(".")),
    ]


def line(text: str, words: list[str] | None = None) -> list[float]:
    """The features of one line, in the order of `NAMES`. `words` are its `tokens`, where the caller has them."""
    words = tokens(text) if words is None else words
    count = len(words)
    if not count:
        return [0.0] * len(NAMES)
    classes = [0] * len(_CLASS_NAMES)
    common = 0
    for word in words:
        for index in _CLASSES_OF.get(word, ()):
            classes[index] += 1
        common += word in COMMON
    scale = 10.0 / (count + 4)
    values = [min(n * scale, 3.0) for n in classes]
    letters = sum(map(len, words))
    distinct = len(set(words))
    first = words[0]
    opening = words[1] if first in CONJUNCTIONS and count > 1 else first
    end = text[-1]
    negated = classes[_CLASS_NAMES.index("negation")]
    values += [
        math.log(count),
        float(count < 6),
        float(10 <= count <= 30),
        float(count > 35),
        float(end == "?"),
        float("!" in text),
        float(end not in '.!?…"”’'),
        text.count(",") * scale,
        float(":" in text or ";" in text),
        float(bool(_QUOTE.search(text))),
        float(bool(_DASH.search(text))),
        float("[" in text or "(" in text),
        float("..." in text or "…" in text),
        float(bool(_DIGIT.search(text))),
        min(len(_NAMES_INSIDE.findall(text)), 3) * 1.0,
        letters / count,
        sum(1 for word in words if len(word) >= 8) / count,
        sum(1 for word in words if len(word) > 6 and word.endswith(_ABSTRACT)) * scale,
        common / count,
        distinct / count,
        _echo(words) * scale,
        float(first in CONJUNCTIONS),
        float(first in GREETINGS),
        float(opening in POINTING),
        float(opening in CLASSES["i"]),
        float(opening in CLASSES["you"]),
        float(opening in CLASSES["wh"]),
        float(opening in CLASSES["if"]),
        float(opening == "the"),
        float(opening in IMPERATIVES),
        float(words[-1] in CLASSES["preposition"]),
        float(bool(negated) and bool(classes[_CLASS_NAMES.index("contrast")])),
        float(bool(classes[_CLASS_NAMES.index("you")]) and bool(classes[_CLASS_NAMES.index("must")])),
    ]
    return values


def _echo(words: list[str]) -> int:
    """How many words of substance come back within the line: the mark of a figure of speech."""
    seen: set[str] = set()
    echoes = 0
    for word in words:
        if len(word) > 3 and word not in COMMON:
            echoes += word in seen
            seen.add(word)
    return echoes
