"""Which way a line runs: where a text goes from right to left, and in which order the parts of a mixed line stand.

A short form of the Unicode Bidirectional Algorithm (UAX 9) for one line without control characters: strong letters,
digits and what is neutral between them. Needed only where one line is set in several faces; Pillow does the rest.
"""

from __future__ import annotations

from unicodedata import bidirectional

_RIGHT = frozenset(("R", "AL"))
_DIGITS = frozenset(("EN", "AN"))


def runs_right_to_left(text: str) -> bool:
    """Whether the first letter of a text belongs to a script that runs from right to left (rules P2 and P3)."""
    strong = next((kind for each in text if (kind := bidirectional(each)) == "L" or kind in _RIGHT), "L")
    return strong in _RIGHT


def levels(text: str, *, rightwards: bool) -> list[int]:
    """The embedding level of each character: even ones run to the right. `rightwards` is how the whole line runs."""
    base = 0 if rightwards else 1
    given = _with_digits([bidirectional(each) for each in text], base)
    kinds = [_kind(each, base) for each in given]
    _settle_neutrals(kinds, base)
    return [_level(kind, base) for kind in kinds]


def visual(levels: list[int]) -> list[int]:
    """The positions of parts with these levels, from left to right (rule L2)."""
    order = list(range(len(levels)))
    for level in range(max(levels, default=0), 0, -1):
        at = 0
        while at < len(order):
            stop = at
            while stop < len(order) and levels[order[stop]] >= level:
                stop += 1
            order[at:stop] = reversed(order[at:stop])
            at = max(stop, at + 1)
    return order


def _with_digits(kinds: list[str], base: int) -> list[str]:
    """What belongs to a number runs with it: the colon of a time, the sign of a share; and a number runs as the
    letters before it do (rules W4, W5 and W7)."""
    found = list(kinds)
    for at in range(1, len(found) - 1):
        if found[at] in ("CS", "ES") and found[at - 1] == "EN" == found[at + 1]:
            found[at] = "EN"
    for at in [*range(1, len(found)), *range(len(found) - 2, -1, -1)]:
        if found[at] == "ET" and "EN" in found[max(0, at - 1) : at + 2]:
            found[at] = "EN"
    strong = "R" if base else "L"
    for at, kind in enumerate(found):
        if kind == "L" or kind in _RIGHT:
            strong = kind
        elif kind == "EN" and strong == "L":
            found[at] = "L"
    return found


def _kind(kind: str, base: int) -> str:
    """L, R, digit ("N") or neutral (""); a mark of a letter is as its letter, which `_settle_neutrals` sees to."""
    if kind == "L" or (kind in _DIGITS and base == 0):
        return "L"
    if kind in _RIGHT:
        return "R"
    return "N" if kind in _DIGITS else ""


def _settle_neutrals(kinds: list[str], base: int) -> None:
    """Between two of one direction a neutral goes along; else it runs as the line does (rules N1 and N2)."""
    own = "R" if base else "L"
    at = 0
    while at < len(kinds):
        stop = at
        while stop < len(kinds) and kinds[stop] == "":
            stop += 1
        before = _side(kinds[at - 1]) if at else own
        after = _side(kinds[stop]) if stop < len(kinds) else own
        kinds[at:stop] = [before if before == after else own] * (stop - at)
        at = max(stop, at + 1)


def _side(kind: str) -> str:
    return "R" if kind == "N" else kind


def _level(kind: str, base: int) -> int:
    if base == 0:
        return 1 if kind == "R" else 0
    return 1 if kind == "R" else 2
