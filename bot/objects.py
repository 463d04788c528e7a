"""Reads the objects of a list in JSON one at a time, so that a long one never stands in memory. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn, TextIO

from bot.errors import Refused

_PIECE = 1 << 16
_SPACE = " \t\r\n"


def objects_of(source: TextIO) -> Iterator[dict[str, Any]]:
    """The objects of the first list in a JSON text, however deep it lies; what else the list holds is passed over.

    What follows that list is not looked at. Raises Refused where the text breaks off before its end, or is no JSON.
    """
    text = _Text(source)
    if not _finds_a_list(text):
        return
    text.take("[")
    while text.peek() != "]":
        value = text.value()
        if isinstance(value, dict):
            yield value
        if text.peek() != "]":
            text.take(",")


def _finds_a_list(text: _Text) -> bool:
    """Go on to the first list that a value is or has; False where there is none."""
    depth = 0
    while (mark := text.peek()) != "[":
        match mark:
            case "{":
                text.take("{")
                depth += 1
            case "}" if depth:
                text.take("}")
                depth -= 1
            case _:
                text.value()
        if not depth:
            return False
        _goes_on(text)
    return True


def _goes_on(text: _Text) -> None:
    """Pass over what stands between two values of an object: a comma, a key and its colon, as far as they are there."""
    if text.peek() == ",":
        text.take(",")
    if text.peek() == '"':
        text.value()
        text.take(":")


class _Text:
    """A text of which so much is read as the next value needs."""

    def __init__(self, source: TextIO) -> None:
        self._source = source
        self._read = ""
        self._at = 0
        self._decoder = json.JSONDecoder()

    def peek(self) -> str:
        """The next character that is no space."""
        while True:
            while self._at < len(self._read):
                if self._read[self._at] not in _SPACE:
                    return self._read[self._at]
                self._at += 1
            if not self._more(_PIECE):
                self.refuse()

    def take(self, mark: str) -> None:
        if self.peek() != mark:
            self.refuse()
        self._at += 1

    def value(self) -> Any:
        self.peek()
        size = _PIECE
        while True:
            try:
                value, end = self._decoder.raw_decode(self._read, self._at)
                # A number may go on in what is not read yet.
                if end < len(self._read) or not self._more(size):
                    self._at = end
                    return value
            except (ValueError, RecursionError):
                if not self._more(size):
                    self.refuse()
            # Twice as much each time: a long value is not read anew for each piece of it.
            size *= 2

    def refuse(self) -> NoReturn:
        raise Refused("The list begins like JSON and is none, or breaks off; export it anew.")

    def _more(self, size: int) -> bool:
        piece = self._source.read(size)
        self._read, self._at = self._read[self._at :] + piece, 0
        return bool(piece)
