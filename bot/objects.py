"""Reads the objects of a list in JSON one at a time, so that a long one never stands in memory. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TextIO

import ijson

from bot.errors import Refused


def objects_of(source: TextIO) -> Iterator[dict[str, Any]]:
    """The objects of the first list in a JSON text, however deep it lies; what else the list holds is passed over.

    What follows that list is not looked at. Raises Refused where the text breaks off before its end, or is no JSON.
    """
    events = ijson.basic_parse(_Encoded(source), use_float=True)
    try:
        if any(event == "start_array" for event, _ in events):
            yield from _objects(events)
    except ijson.JSONError:
        raise Refused("The list begins like JSON and is none, or breaks off; export it anew.") from None


def _objects(events: Iterator[tuple[str, Any]]) -> Iterator[dict[str, Any]]:
    depth, value = 0, ijson.ObjectBuilder()
    for event, said in events:
        if depth == 0:
            if event == "end_array":
                return
            value = ijson.ObjectBuilder()
        value.event(event, said)
        depth += event.startswith("start_") - event.startswith("end_")
        if depth == 0 and isinstance(value.value, dict):
            yield value.value


class _Encoded:
    """A text as the bytes that the library reads."""

    def __init__(self, source: TextIO) -> None:
        self._source = source

    def read(self, size: int = -1) -> bytes:
        return self._source.read(size).encode("utf-8", "surrogatepass")
