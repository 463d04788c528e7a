"""Takes a feed apart into its items without parsing it, so that only those that are new need to be read.

Pure, on bytes. Where a cut cannot be trusted there is none (`split` gives None), and the whole is read instead.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

# What changes by itself, in an item and around them.
_VOLATILE_ITEM = re.compile(
    rb"<media:statistics\b[^>]*/?>|<media:starRating\b[^>]*/?>|<slash:comments>[^<]*</slash:comments>"
    rb"|<thr:total>[^<]*</thr:total>|[?&](?:amp;)?ver=[\w.%-]*",
    re.IGNORECASE,
)
_MARKS_OF_VOLATILE = (b"<media:stat", b"<media:star", b"<slash:", b"<thr:total", b"ver=")
# A channel of this kind changes the date of its entries with their view counts.
_UPDATED = re.compile(rb"<updated>[^<]*</updated>")
_VOLATILE_HEAD = re.compile(
    rb"<(?:lastBuildDate|pubDate|updated|dc:date|sy:updateBase)>[^<]*</(?:lastBuildDate|pubDate|updated|dc:date|sy:updateBase)>",
    re.IGNORECASE,
)
_STATISTICS = b"<yt:videoId>"
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_AFTER_NAME = b" \t\r\n>"


@dataclass(frozen=True)
class Split:
    """A feed in pieces: what stands before the first item, the items as they stand, and what follows the last."""

    head: bytes
    items: tuple[bytes, ...]
    tail: bytes


def split(data: bytes) -> Split | None:
    """The pieces of an RSS or Atom document; None where they cannot be told apart safely."""
    if data.startswith(_WIDE) or b"\0" in data[:200]:
        return None
    for opening, closing in ((b"<item", b"</item>"), (b"<entry", b"</entry>")):
        begins = _begins(data, opening)
        if begins:
            return _cut(data, begins, closing)
    return None


def fingerprint(item: bytes) -> str:
    """A hash of what an item says, without what changes by itself."""
    if _STATISTICS in item:
        item = _UPDATED.sub(b"", item)
    if any(mark in item for mark in _MARKS_OF_VOLATILE):
        item = _VOLATILE_ITEM.sub(b"", item)
    return hashlib.blake2b(item, digest_size=16).hexdigest()


def cleaned_hash(data: bytes) -> str:
    """A hash of a body without build dates, counts and the like: the same means that nothing of substance changed."""
    first = min((at for name in (b"<item", b"<entry") if (at := data.find(name)) >= 0), default=len(data))
    head, items = _VOLATILE_HEAD.sub(b"", data[:first]), data[first:]
    if _STATISTICS in items:
        items = _UPDATED.sub(b"", items)
    if any(mark in items for mark in _MARKS_OF_VOLATILE):
        items = _VOLATILE_ITEM.sub(b"", items)
    digest = hashlib.sha256(head)
    digest.update(items)
    return digest.hexdigest()


def delta(parts: Split, wanted: Sequence[int]) -> bytes:
    """A document with only some of the items, by their number, in their order."""
    return b"".join((parts.head, *(parts.items[number] for number in wanted), parts.tail))


def _begins(data: bytes, opening: bytes) -> list[int]:
    found, at, length = [], data.find(opening), len(opening)
    while at >= 0:
        if data[at + length : at + length + 1] in _AFTER_NAME and at + length < len(data):
            found.append(at)
        at = data.find(opening, at + length)
    return found


def _cut(data: bytes, begins: Sequence[int], closing: bytes) -> Split | None:
    """Pieces where every item ends before the next begins and no comment or CDATA reaches over a cut."""
    if data.count(closing) != len(begins):
        return None
    items, end = [], begins[0]
    for at, following in zip(begins, [*begins[1:], len(data)], strict=True):
        if at < end or not (at == begins[0] or _empty(data, end, at)):
            return None
        stop = data.find(closing, at)
        if stop < 0 or stop > following:
            return None
        end = stop + len(closing)
        items.append(data[at:end])
    head, tail = data[: begins[0]], data[end:]
    if not all(_balanced(piece) for piece in (head, *items, tail)):
        return None
    return Split(head, tuple(items), tail)


def _empty(data: bytes, begin: int, stop: int) -> bool:
    """Whether nothing but white space, or other whole elements, stands between two items."""
    between = data[begin:stop]
    return not between.strip() or _balanced(between)


def _balanced(piece: bytes) -> bool:
    return piece.count(b"<![CDATA[") == piece.count(b"]]>") and piece.count(b"<!--") == piece.count(b"-->")
