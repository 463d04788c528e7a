"""Where the quotations of a post stand in its text: what is inside them is never marked up or shortened."""

from __future__ import annotations

from collections.abc import Iterable


def places(text: str, quotes: Iterable[str]) -> list[tuple[int, int]]:
    """Where each of `quotes` begins and stops in `text`, wherever it stands there."""
    found = []
    for quote in quotes:
        begin = text.find(quote) if quote else -1
        while begin >= 0:
            found.append((begin, begin + len(quote)))
            begin = text.find(quote, begin + len(quote))
    return found
