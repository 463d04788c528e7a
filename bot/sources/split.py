"""Takes a feed apart into its items without parsing it, so that only those that are new need to be read.

Pure, on bytes, in linear time: it runs outside the sandbox. Where a cut cannot be trusted there is none (`split` gives
None), and the whole is read instead.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass

# What changes by itself in an item: a mark, and where it stands what is cut out, from where to where.
_VOLATILE: tuple[tuple[bytes, tuple[tuple[bytes, bytes], ...]], ...] = (
    # Views and likes; how many have commented.
    (b"<media:st", ((b"<media:statistics", b">"), (b"<media:starRating", b">"))),
    (b"</slash:comments>", ((b"<slash:comments>", b"</slash:comments>"),)),
    (b"thr:", ((b"<thr:total>", b"</thr:total>"), (b' thr:count="', b'"'), (b' thr:updated="', b'"'))),
    # YouTube moves the date of an entry with its views, and names another of its picture servers at each request.
    (b"<yt:videoId>", ((b"<updated>", b"</updated>"), (b"<media:thumbnail", b">"))),
)
# The version of a script or a picture, renewed with every release of the software that made the feed.
_STAMP = b"ver="
_STAMPED = re.compile(rb"[\w.%-]*")
# What says when a feed was made, not what it says.
_MADE = re.compile(rb"<(lastBuildDate|pubDate|updated|modified|dc:date|sy:updateBase)>[^<]*</\1>")
_ENDS = (b"</rss", b"</feed", b"</rdf:RDF")
_ITEM = re.compile(rb"<(?:item|entry)(?=[\s>/])")
_TOKEN = re.compile(rb"<(?:(/?)(item|entry)(?=[\s>/])|!--|!\[CDATA\[)")
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
# In these a byte that looks like "<" may be half of another character.
_STATEFUL = re.compile(rb"encoding\s*=\s*[\"'](?:iso-2022|csiso2022|hz|utf-?7|unicode-1-1|ebcdic|cp037|ibm)", re.I)
_HEAD = 1_000
# The longest real feeds have a tenth of these; whoever sends more is not to be counted for.
_MOST_TOKENS = 200_000


@dataclass(frozen=True)
class Split:
    """A feed in pieces: `head`, then each item followed by what stands between it and the next, or after the last."""

    head: bytes
    items: tuple[bytes, ...]
    gaps: tuple[bytes, ...]


def split(body: bytes) -> Split | None:
    """The pieces of an RSS or Atom document; None where they cannot be told apart safely, or there is no item."""
    spans = _spans(body) if _plain_bytes(body) else None
    if not spans:
        return None
    ends = [*(begin for begin, _ in spans[1:]), len(body)]
    return Split(
        head=body[: spans[0][0]],
        items=tuple(body[begin:stop] for begin, stop in spans),
        gaps=tuple(body[stop:end] for (_, stop), end in zip(spans, ends, strict=True)),
    )


def fingerprint(item: bytes) -> str:
    """A hash of what an item says, without what changes by itself."""
    return hashlib.blake2b(_still(item), digest_size=16).hexdigest()


def cleaned_hash(body: bytes) -> str:
    """A hash of a body without build dates, counts and the like: the same means that nothing of substance changed.

    What stands after the end of the feed and comments before its first item (how long it took to make it) do not count.
    """
    found = _ITEM.search(body)
    first = found.start() if found else len(body)
    last = max((at for end in _ENDS if (at := body.rfind(end)) >= first), default=len(body))
    head = _MADE.sub(b"", _still(_without(body[:first], b"<!--", b"-->")))
    digest = hashlib.blake2b(head, digest_size=16)
    digest.update(_still(body[first:last]))
    return digest.hexdigest()


def delta(parts: Split, wanted: Collection[int]) -> bytes:
    """A document with only those items whose numbers are `wanted`, in the order of the document.

    Whatever stands outside the items stays: channels have been seen to go on after their first item.
    """
    chosen = frozenset(wanted)
    pieces = [parts.head]
    for number, (item, gap) in enumerate(zip(parts.items, parts.gaps, strict=True)):
        if number in chosen:
            pieces.append(item)
        if not gap.isspace():
            pieces.append(gap)
    return b"".join(pieces)


def _still(piece: bytes) -> bytes:
    for mark, parts in _VOLATILE:
        if mark in piece:
            for begin, end in parts:
                piece = _without(piece, begin, end)
    return _unstamped(piece)


def _without(piece: bytes, begin: bytes, end: bytes) -> bytes:
    kept, at = [], 0
    found = piece.find(begin)
    while found >= 0:
        stop = piece.find(end, found + len(begin))
        if stop < 0:
            break
        kept.append(piece[at:found])
        at = stop + len(end)
        found = piece.find(begin, at)
    return b"".join((*kept, piece[at:])) if kept else piece


def _unstamped(piece: bytes) -> bytes:
    kept, at = [], 0
    found = piece.find(_STAMP)
    while found >= 0:
        stop = found + len(_STAMP)
        if piece[found - 1 : found] in (b"?", b"&", b";") and (stamp := _STAMPED.match(piece, stop)):
            kept.append(piece[at:found])
            at = stop = stamp.end()
        found = piece.find(_STAMP, stop)
    return b"".join((*kept, piece[at:])) if kept else piece


def _plain_bytes(body: bytes) -> bool:
    """Whether every byte that looks like "<" is one, whatever the encoding; a JSON Feed has none."""
    head = body[:_HEAD]
    if body.startswith(_WIDE) or b"\0" in head or b"\x1b" in body or _STATEFUL.search(head):
        return False
    return not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"["))


def _spans(body: bytes) -> list[tuple[int, int]] | None:
    """Where each item begins and stops, past what only looks like one in comments and CDATA.

    None where a comment or CDATA section does not end (a parser guesses then, and so would we), where an item does not
    end or stands inside another, where a document has both items and entries, and where there are too many.
    """
    found: list[tuple[int, int]] = []
    kind, begin, at, tokens = b"", -1, 0, 0
    while (match := _TOKEN.search(body, at)) is not None:
        tokens += 1
        if tokens > _MOST_TOKENS:
            return None
        slash, name = match[1], match[2]
        if name is None:
            at = body.find(b"-->" if match[0] == b"<!--" else b"]]>", match.end()) + 3
            if at < 3:
                return None
            continue
        kind = kind or name
        # An end must follow a beginning, and nothing else.
        if name != kind or (begin < 0) == bool(slash):
            return None
        at = body.find(b">", match.end()) + 1
        if not at:
            return None
        if not slash:
            begin = match.start()
        if slash or body[at - 2 : at - 1] == b"/":
            found.append((begin, at))
            begin = -1
    return found if begin < 0 else None
