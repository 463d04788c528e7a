"""Parses JSON text with errors that name the line, and finds the line on which a path of it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from bot.errors import UnreadableDocument

_REMEDY = "Mend the JSON; docs/formats.md shows the shape."
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def parse(text: str, name: str) -> object:
    """The value of `text`. Raises UnreadableDocument with line and reason."""
    try:
        value: object = json.loads(text.lstrip("\ufeff"), parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = f"(column {error.colno})"
        raise UnreadableDocument(name, f"expected JSON: {error.msg} {where}.", _REMEDY, line=error.lineno) from error
    except RecursionError as error:
        raise UnreadableDocument(name, "the JSON is nested too deeply.", _REMEDY, line=1) from error
    except ValueError as error:
        raise UnreadableDocument(name, f"the JSON holds a number that we cannot read ({error}).", _REMEDY) from error
    return value


def path_name(path: Sequence[str | int]) -> str:
    """`("transcript", "segments", 3, "start")` as `transcript.segments[3].start`."""
    named = ""
    for step in path:
        named += f"[{step}]" if isinstance(step, int) else f".{step}" if named else step
    return named or "the document"


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    """The line of the deepest part of `path` that `text` (valid JSON) holds; counts from 1."""
    stack: list[str | int] = []
    opened: list[str] = []
    pending: str | None = None
    best, depth = None, 0
    for match in _PIECE.finditer(text):
        piece = match[0]
        if piece in "}]":
            if opened:
                opened.pop()
                stack.pop()
            continue
        if piece == ",":
            if opened and opened[-1] == "[":
                last = stack[-1]
                stack[-1] = last + 1 if isinstance(last, int) else 0
            pending = None
            continue
        if piece == ":":
            continue
        if opened and opened[-1] == "{" and pending is None:
            pending = _string(piece)
            stack[-1] = pending
            if list(path[: len(stack)]) == stack and len(stack) > depth:
                best, depth = match.start(), len(stack)
        elif opened and opened[-1] == "[" and list(path[: len(stack)]) == stack and len(stack) > depth:
            best, depth = match.start(), len(stack)
        if depth == len(path):
            break
        if piece in "{[":
            opened.append(piece)
            stack.append("" if piece == "{" else 0)
            pending = None
    return text.count("\n", 0, best) + 1 if best is not None else None


def _string(piece: str) -> str:
    try:
        return str(json.loads(piece))
    except ValueError:
        return piece


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")
