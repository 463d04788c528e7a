"""Reads any document that the product takes, whatever source it came from."""

from __future__ import annotations

from bot.model.episode import Reading
from bot.reading import document
from bot.sources import feed


def read(data: bytes, name: str) -> Reading:
    """Any document that the product reads: a page in its formats, a transcript, a saved feed.

    Raises UnreadableDocument.
    """
    return feed.read_feed(data, name) if feed.looks_like_feed(data) else document.read(data, name)
