"""Reads a feed of any kind: RSS, Atom, JSON Feed. Fetching is no business of this room.

What a document is, is told by what stands in it, never by its name or by what its server calls it.
"""

from __future__ import annotations

from datetime import UTC, datetime

from bot.errors import UnreadableDocument
from bot.model.episode import Episode, Reading, Remark
from bot.model.feed import Feed
from bot.reading.limits import check_size
from bot.sources.feed import json_feed, xml_feed
from bot.sources.feed.document import REMEDY, root_of
from bot.sources.feed.letters import text_of
from bot.sources.split import fingerprint, split

__all__ = ["MAX_BYTES", "looks_like_feed", "parse", "read_feed"]

# Archives of a show with a thousand episodes and their notes have been seen to need a third of this.
MAX_BYTES = 30_000_000
_HEAD = 40_000


def looks_like_feed(data: bytes) -> bool:
    """Whether `data` begins like a feed, whatever its name says."""
    if json_feed.looks_like_json(data):
        return json_feed.VERSION in data
    return root_of(text_of(data[:_HEAD])[0]) is not None


def parse(data: bytes, name: str, *, content_type: str = "", url: str = "") -> Feed:
    """A feed with its items in the order of the document, repeated ones too.

    `content_type` is what the server said of it; its charset counts where the document names none. `url` is where it
    came from, for relative addresses in a feed that names neither its site nor itself. Raises
    UnreadableDocument for data that is no feed, declares entities, or is larger than `MAX_BYTES`. A feed without items
    is no error, and neither is one that is not well-formed: what can be read is read, and a remark says so.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableDocument(name, f"expected a feed of at most {MAX_BYTES // 1_000_000} MB.", REMEDY)
    if json_feed.looks_like_json(data):
        return json_feed.read(data, name, url=url)
    text, assumed = text_of(data, content_type)
    parts = split(data)
    marks = tuple(fingerprint(item) for item in parts.items) if parts else ()
    return xml_feed.read(text, name, url=url, marks=marks, remarks=(Remark(assumed),) if assumed else ())


def read_feed(data: bytes, name: str) -> Reading:
    """The episodes of a saved feed, newest first; those without a date stand last.

    Raises UnreadableDocument as `parse` does. An item that occurs twice under one guid is taken once.
    """
    check_size(data, name)
    feed = parse(data, name)
    remarks = list(feed.remarks)
    episodes: dict[str, Episode] = {}
    for number, item in enumerate(feed.items, start=1):
        key = item.episode.guid or f"item {number}"
        if key in episodes:
            remarks.append(Remark(f"Item {number} has the guid of an earlier one, '{key[:80]}', and was left out."))
            continue
        episodes[key] = item.episode
    oldest = datetime.min.replace(tzinfo=UTC)
    ordered = sorted(episodes.values(), key=lambda episode: episode.published or oldest, reverse=True)
    return Reading(episodes=tuple(ordered), remarks=tuple(remarks), feed=True)
