"""Reads plain text, such as a page saved off a summary site, into lines for the grammar."""

from __future__ import annotations

import re

from bot.model.episode import Remark
from bot.reading.lines import Line, Sheet
from bot.reading.plain import split_lines

_MARKED = re.compile(r"(#{1,6}) (.*)")


def sheet(text: str, name: str, *, remarks: tuple[Remark, ...] = ()) -> Sheet:
    """Every line as it stands. A leading '#' and a space mark a heading, as in Markdown; nothing else is markup."""
    return Sheet(
        name=name,
        lines=tuple(_line(raw, number) for number, raw in enumerate(split_lines(text), start=1)),
        remarks=remarks,
    )


def _line(raw: str, number: int) -> Line:
    marked = _MARKED.fullmatch(raw) if raw.startswith("#") else None
    if marked:
        return Line(text=marked[2], number=number, level=len(marked[1]))
    return Line(text=raw, number=number)
