"""Numbers in English prose as values: "five million", "5 million" and "5,000,000" are one. For comparing only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import regex

_SMALL = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen
"""
_UNITS = {name: value for value, name in enumerate(_SMALL.split())}
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_SCALES = {
    "hundred": 100.0, "thousand": 1e3, "k": 1e3, "million": 1e6, "mn": 1e6, "billion": 1e9, "bn": 1e9, "trillion": 1e12,
    "dozen": 12.0, "millionen": 1e6, "milliarden": 1e9, "tausend": 1e3,
}  # fmt: skip
_PERCENT = ("%", "percent", "prozent")
_TOKEN = regex.compile(r"\d{1,3}(?:[,.’ ]\d{3})+(?!\d)|\d+(?:[.:]\d+)*|\p{L}+|%")


@dataclass(frozen=True)
class Amount:
    """`shown` is the number as written and does not count when two are compared."""

    value: float
    percent: bool
    shown: str = field(compare=False)


def amounts(text: str) -> Iterator[Amount]:
    """Every number of `text`, in figures or in words; "one", ordinals and vague plurals ("thousands") are none.

    Two numbers in a row may be a year ("nineteen fifty-seven"), so they count as that too.
    """
    found = [match.group() for match in _TOKEN.finditer(text)]
    at = 0
    while at < len(found):
        read = _number(found, at)
        if read is None:
            at += 1
            continue
        value, stop = read
        while stop < len(found) and found[stop].casefold() in _SCALES:
            value *= _SCALES[found[stop].casefold()]
            stop += 1
        percent = stop < len(found) and (found[stop].casefold() in _PERCENT)
        percent = percent or [word.casefold() for word in found[stop : stop + 2]] == ["per", "cent"]
        if 10 <= value < 100 and not percent and found[at].isalpha() and stop < len(found) and found[stop].isalpha():
            rest = _number(found, stop)
            if rest is not None and 10 <= rest[0] < 100:
                yield Amount(value * 100 + rest[0], percent=False, shown=" ".join(found[at : rest[1]]))
        shown = " ".join(found[at:stop]) + (" percent" if percent else "")
        if shown.casefold() != "one":
            yield Amount(round(value, 6), percent, shown)
        at = stop


def _number(found: list[str], at: int) -> tuple[float, int] | None:
    """The value of the number that begins at `at`, and where it stops."""
    word = found[at].casefold()
    if word[0].isdigit():
        figures = word.replace(":", "")
        if regex.fullmatch(r"\d{1,3}(?:[,.’ ]\d{3})+", figures):
            figures = regex.sub(r"\D", "", figures)
        elif figures.count(".") > 1:
            figures = figures.replace(".", "")
        return (float(figures), at + 1) if len(figures) < 40 else None
    if word in _UNITS:
        return float(_UNITS[word]), at + 1
    if word in _TENS:
        following = found[at + 1].casefold() if at + 1 < len(found) else ""
        unit = _UNITS.get(following, 0)
        return (float(_TENS[word] + unit), at + 2) if 0 < unit < 10 else (float(_TENS[word]), at + 1)
    return (
        (_SCALES[word], at + 1) if word in ("hundred", "thousand", "million", "billion", "trillion", "dozen") else None
    )
