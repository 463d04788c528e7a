"""Times of day in an episode as people write them: `[7:54]`, `\\[7:54\\]`, `(0:07:54)`, `[@00:55]`, `00:07:54`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CLOCK = r"(?:\d{1,3}:)?\d{1,3}:[0-5]\d(?:[.,]\d{1,3})?"
_SPAN = rf"\s?@?\s?\\?\s?({_CLOCK})(?:\s?(?:-->|[-–—]|to)\s?({_CLOCK}))?\s?"
_BRACKETED = rf"(?:\\?\[{_SPAN}\\?\]|\\?\({_SPAN}\\?\))"
_AFTER = r"(?:\s?:(?=\s|$))?(?:\s[-–—](?=\s))?\s?"
_LEADING = re.compile(_BRACKETED + _AFTER)
# "7:30 a.m." and "9:15 o'clock" are what somebody said; "00:25:32 am there" has seconds, as no time of day does.
_BARE = re.compile(
    rf"({_CLOCK})(?:\s?(?:-->|[-–—])\s?({_CLOCK}))?(?=\s|:\s|:?$)"
    rf"(?:(?<=:\d\d:\d\d)|(?!\s?(?:[ap]\.?\s?m\b|o['’]clock)))" + _AFTER
)
_NAMED = re.compile(
    rf"([^\[(\\:]{{1,60}}?):?\s?(?:\\?\[\s?@?\s?({_CLOCK})\s?\\?\]|\(\s?@?\s?({_CLOCK})\s?\))(?:\s?:(?=\s|$)\s?|$)"
)
_NAMED_BARE = re.compile(rf"([^\[(\\:]{{1,60}}?):?\s({_CLOCK})\s?:?$")
# Inside a line only square brackets are surely a stamp; "(3:16)" may be a verse, "(1:03:16)" is none.
_INNER = re.compile(rf"\\?\[{_SPAN}\\?\](?:\s?:(?=\s|$))?|\\?\((\d{{1,3}}:[0-5]?\d:[0-5]\d(?:[.,]\d{{1,3}})?)\\?\)")


@dataclass(frozen=True)
class Stamp:
    """A stamp at the beginning of a line, in seconds, and what follows it."""

    start: float
    end: float | None
    rest: str


def seconds(clock: str) -> float | None:
    """`clock` ("7:54", "1:07:54.5", "0:07,250") in seconds; None where it is not a time ("1:75:00")."""
    if not re.fullmatch(_CLOCK, clock):
        return None
    *upper, last = clock.replace(",", ".").split(":")
    if len(upper) == 2 and int(upper[1]) > 59:
        return None
    total = 0
    for part in upper:
        total = total * 60 + int(part)
    return round(total * 60 + float(last), 3)


def leading(text: str) -> Stamp | None:
    """The bracketed stamp that `text` begins with."""
    if text[:1] not in ("[", "(", "\\"):
        return None
    return _stamp(_LEADING.match(text), text)


def leading_bare(text: str) -> Stamp | None:
    """The stamp without brackets that `text` begins with, parted from the words by a space."""
    if not text[:1].isdigit():
        return None
    return _stamp(_BARE.match(text), text)


def named(text: str, *, bare: bool) -> tuple[str, Stamp] | None:
    """A turn's first line that names before it stamps: "Ann Lee (00:01:02): words", "Ann Lee [1:02]", "Ann Lee 1:02".

    Gives the text before the stamp, and the stamp with the words after it. The stamp closes the line or bears a colon.
    """
    head = text[:120]
    if ":" not in head or not (text[-1].isdigit() or text[-1] == ":" if bare else "(" in head or "[" in head):
        return None
    match = (_NAMED_BARE if bare else _NAMED).match(head)
    if match is None:
        return None
    clock = match[2] or match[3] if not bare else match[2]
    start = seconds(clock)
    return (match[1], Stamp(start=start, end=None, rest=text[match.end() :])) if start is not None else None


def split(text: str) -> list[tuple[Stamp | None, str]]:
    """`text` cut before every stamp inside it: (stamp or None, words up to the next)."""
    parts: list[tuple[Stamp | None, str]] = []
    at, open_stamp = 0, None
    for match in _INNER.finditer(text):
        stamp = _stamp(match, text)
        if stamp is None:
            continue
        parts.append((open_stamp, text[at : match.start()]))
        at, open_stamp = match.end(), stamp
    parts.append((open_stamp, text[at:]))
    return parts


def _stamp(match: re.Match[str] | None, text: str) -> Stamp | None:
    if match is None:
        return None
    clocks = [group for group in match.groups() if group is not None]
    start = seconds(clocks[0])
    if start is None:
        return None
    end = seconds(clocks[1]) if len(clocks) > 1 else None
    # The rest is never needed where a stamp stands inside a line; copying it there would be quadratic.
    return Stamp(start=start, end=end, rest=text[match.end() :] if match.start() == 0 else "")
