"""Reads any document that the product takes, whatever source it came from."""

from __future__ import annotations

from dataclasses import replace

from bot.errors import UnreadableDocument
from bot.model.episode import Reading, Remark, Transcript
from bot.reading import document
from bot.sources import feed


def read(data: bytes, name: str) -> Reading:
    """Any document that the product reads: a page in its formats, a transcript, a saved feed.

    Raises UnreadableDocument.
    """
    return feed.read_feed(data, name) if feed.looks_like_feed(data) else document.read(data, name)


def is_transcript(data: bytes, name: str) -> bool:
    """Whether `data` holds a transcript and no page around it."""
    try:
        return document.is_transcript(data, name)
    except UnreadableDocument:
        return False


def beside(reading: Reading, transcript: Transcript, *, name: str) -> Reading:
    """A page with the transcript of the file `name` that lies beside it.

    The page's own transcript stays where it is whole; of one that is for members in part, the file has the rest.
    """
    if len(reading.episodes) != 1:
        return reading
    (episode,) = reading.episodes
    if episode.transcript is not None and not episode.gated:
        return reading
    said = f"The transcript is that of {name} beside the page."
    remarks = tuple(each for each in reading.remarks if not each.text.startswith("No transcript on this page"))
    taken = replace(episode, transcript=transcript, gated=False)
    return replace(reading, episodes=(taken,), remarks=(*remarks, Remark(said)))
