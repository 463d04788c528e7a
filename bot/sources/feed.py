"""Reads a saved RSS or Atom feed into episodes, newest first; fetching is no business of this module."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime

import feedparser

from bot.errors import UnreadableDocument
from bot.model.episode import Enclosure, Episode, Reading, Remark
from bot.reading import dates, grammar, html_page
from bot.reading.encoding import decode
from bot.reading.facts import web_address
from bot.reading.gate import strip
from bot.reading.hashtags import split_title, unique
from bot.reading.headings import heading_of
from bot.reading.limits import check_size
from bot.reading.plain import one_line
from bot.text import shorten

_ROOT = re.compile(rb"<(rss|feed|rdf:RDF|html)(?=[\s>])", re.IGNORECASE)
_DECLARATION = re.compile(rb"\s*(<\?xml[^>]{0,200}\?>)")
_ITEM = re.compile(rb"<(?:\w{1,20}:)?(?:item|entry)[\s>]", re.IGNORECASE)
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_HEAD = 20_000
_TITLE_LENGTH = 80
_REMEDY = "Give a saved RSS or Atom feed."
# feedparser lets these faults of its own parsers out on broken input.
_FAULTS = (ValueError, AssertionError, LookupError, TypeError, AttributeError, RecursionError)

Entry = Mapping[str, object]


def looks_like_feed(data: bytes) -> bool:
    """Whether `data` begins like an RSS or Atom document, whatever its name says."""
    head = _narrow(data[: 2 * _HEAD])[:_HEAD]
    return _root(head) is not None


def read_feed(data: bytes, name: str) -> Reading:
    """The episodes of a saved feed, newest first; those without a date stand last.

    Raises UnreadableDocument for data that is no feed, declares entities, or is larger than `MAX_BYTES`. A feed
    without items is no error. An item that occurs twice under one guid is taken once.
    """
    check_size(data, name)
    narrow = _narrow(data)
    root = _root(narrow)
    if root is None:
        raise UnreadableDocument(name, "expected an RSS or Atom feed, but found no <rss> or <feed>.", _REMEDY, line=1)
    prolog = narrow[:root]
    if b"<!entity" in prolog.lower():
        line = prolog.lower().count(b"\n", 0, prolog.lower().index(b"<!entity")) + 1
        raise UnreadableDocument(name, "the feed declares entities, which no honest feed needs.", _REMEDY, line=line)
    # What stands before the root (comments, stylesheets, document types) tells us nothing and trips the parser.
    declaration = _DECLARATION.match(prolog)
    parsed = _parse((declaration[1] if declaration else b"") + b"\n" + narrow[root:], name)
    if not parsed.entries and _ITEM.search(narrow, root):
        reason = str(parsed.get("bozo_exception") or "the items are not where a feed has them")[:200]
        raise UnreadableDocument(name, f"the feed has items that cannot be read ({reason}).", _REMEDY)
    remarks: list[Remark] = []
    show = one_line(html_page.plain_text(_string(parsed.feed, "title"), name)) or None
    language = _string(parsed.feed, "language")[:35] or None
    episodes: dict[str, Episode] = {}
    for number, entry in enumerate(parsed.entries, start=1):
        episode = _episode(entry, name, show=show, language=language)
        if episode is None:
            remarks.append(Remark(f"Item {number} has neither a title nor a text and was left out."))
            continue
        key = episode.guid or f"item {number}"
        if key in episodes:
            remarks.append(Remark(f"Item {number} has the guid of an earlier one, '{key[:80]}', and was left out."))
            continue
        episodes[key] = episode
    oldest = datetime.min.replace(tzinfo=UTC)
    ordered = sorted(episodes.values(), key=lambda episode: episode.published or oldest, reverse=True)
    return Reading(episodes=tuple(ordered), remarks=tuple(remarks), feed=True)


def _narrow(data: bytes) -> bytes:
    """UTF-16 as UTF-8, without its declaration; any other bytes as they are, for feedparser to decode."""
    if not data.startswith(_WIDE_MARKS) and b"\0" not in data[:200]:
        return data
    try:
        text, _ = decode(data, "feed")
    except UnreadableDocument:
        return data
    return re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", text).encode("utf-8", errors="replace")


def _root(data: bytes) -> int | None:
    """Where the root element of a feed begins, past comments and what else may stand before it; None for HTML."""
    at = 0
    while True:
        found = _ROOT.search(data, at)
        if found is None:
            return None
        comment = data.find(b"<!--", at, found.start())
        if comment < 0:
            return None if found[1].lower() == b"html" else found.start()
        end = data.find(b"-->", comment)
        if end < 0:
            return None
        at = end + 3


def _parse(data: bytes, name: str) -> feedparser.FeedParserDict:
    try:
        # A stream, because feedparser takes bare bytes for a file name first.
        return feedparser.parse(io.BytesIO(data), sanitize_html=False, resolve_relative_uris=False)
    except _FAULTS as error:
        raise UnreadableDocument(name, f"the feed is broken beyond reading ({error}).", _REMEDY) from error


def _episode(entry: Entry, name: str, *, show: str | None, language: str | None) -> Episode | None:
    description = _string(entry, "summary") or _string(entry, "media_description")
    contents = [_string(content, "value") for content in _mappings(entry, "content")]
    longest = max(contents, key=len, default="")
    blurb, gated = strip(html_page.plain_text(description or longest, name))
    title, tags = split_title(html_page.plain_text(_string(entry, "title"), name))
    if not title and not blurb:
        return None
    page = _headed(longest or description, name, title=title or "Untitled")
    return Episode(
        title=title or shorten(blurb.split("\n")[0], _TITLE_LENGTH),
        show=show,
        blurb=(page.blurb if page else "") or blurb,
        summary=page.summary if page else "",
        insights=page.insights if page else (),
        topics=(page.topics if page else ()) or _keywords(entry) or tags,
        transcript=page.transcript if page else None,
        gated=gated or (page.gated if page else False),
        related=page.related if page else (),
        guid=_string(entry, "id")[:1000] or None,
        url=web_address(_string(entry, "link")),
        audio=_enclosure(entry),
        published=_moment(entry),
        duration=dates.duration(_string(entry, "itunes_duration")),
        language=language,
    )


def _headed(fragment: str, name: str, *, title: str) -> Episode | None:
    """The notes of an item read as a page, where they bear the headings of one."""
    sheet = html_page.sheet(f"<h1>{title}</h1>{fragment}", name)
    if not any(heading_of(line) for line in sheet.lines):
        return None
    try:
        return grammar.read(sheet).episodes[0]
    except UnreadableDocument:
        return None


def _keywords(entry: Entry) -> tuple[str, ...]:
    return unique(_string(tag, "term") for tag in _mappings(entry, "tags"))


def _enclosure(entry: Entry) -> Enclosure | None:
    """The first audio or video file; an enclosed picture is none."""
    for found in _mappings(entry, "enclosures"):
        address, mime = web_address(_string(found, "href")), _string(found, "type").casefold()
        if address and not mime.startswith(("image/", "text/")):
            length = _string(found, "length")
            size = int(length) if length.isdecimal() and 0 < len(length) < 16 else None
            return Enclosure(url=address, mime=mime, length=size or None)
    return None


def _moment(entry: Entry) -> datetime | None:
    parsed = entry.get("published_parsed") or entry.get("updated_parsed")
    if not isinstance(parsed, tuple):
        return None
    try:
        year, month, day, hour, minute, second = (int(part) for part in parsed[:6])
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None


def _string(holder: Entry, key: str) -> str:
    value = holder.get(key)
    return value if isinstance(value, str) else ""


def _mappings(holder: Entry, key: str) -> list[Entry]:
    value = holder.get(key)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
