"""Reads a feed of any kind: RSS, Atom, JSON Feed. Fetching is no business of this room.

feedparser reads the XML kinds, without its sanitiser (which is quadratic on unclosed comments) and without resolving
links; `podcast` looks a second time for what feedparser drops. What is printed is made plain or sanitised later.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urljoin

import feedparser

from bot.errors import UnreadableDocument
from bot.model.episode import Chapter, Enclosure, Episode, Reading, Remark
from bot.model.feed import Feed, Item
from bot.reading import dates, html_page, stamps
from bot.reading.encoding import decode
from bot.reading.facts import web_address
from bot.reading.limits import check_size
from bot.reading.plain import one_line
from bot.sources.feed import json_feed, podcast
from bot.sources.feed.entry import Told, item_of
from bot.sources.feed.podcast import Extras
from bot.sources.split import fingerprint, split

__all__ = ["looks_like_feed", "parse", "read_feed"]

_ROOT = re.compile(rb"<(?:\w{1,20}:)?(rss|feed|rdf|html)(?=[\s>])", re.IGNORECASE)
_DECLARATION = re.compile(rb"\s*(<\?xml[^>]{0,200}\?>)")
_DECLARED = re.compile(rb"^[\s\xef\xbb\xbf]*<\?xml[^>]{0,200}\?>")
_ITEM = re.compile(rb"<(?:\w{1,20}:)?(?:item|entry)[\s>]", re.IGNORECASE)
_PREFIXED_ITEM = re.compile(rb"<(\w{1,20}):(?:item|entry)[\s>]")
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_HEAD = 20_000
_MAX_BYTES = 30_000_000
_REMEDY = "Give the address, or a saved file, of an RSS, Atom or JSON Feed."
_PERIODS = {"hourly": 3600.0, "daily": 86_400.0, "weekly": 604_800.0, "monthly": 2_592_000.0, "yearly": 31_536_000.0}
# feedparser lets these faults of its own parsers out on broken input.
_FAULTS = (ValueError, AssertionError, LookupError, TypeError, AttributeError, RecursionError)

Entry = Mapping[str, object]


def looks_like_feed(data: bytes) -> bool:
    """Whether `data` begins like a feed, whatever its name says."""
    if json_feed.looks_like_json_feed(data):
        return True
    head = _narrow(data[: 2 * _HEAD])[:_HEAD]
    return _root(head) is not None


def parse(data: bytes, name: str, *, content_type: str = "") -> Feed:
    """A feed with its items in the order of the document.

    `content_type` is what the server said of it; its charset counts where the document names none. Raises
    UnreadableDocument for data that is no feed, declares entities, or is larger than 30 MB. A feed without items is no
    error.
    """
    if len(data) > _MAX_BYTES:
        raise UnreadableDocument(name, f"expected a feed of at most {_MAX_BYTES // 1_000_000} MB.", _REMEDY)
    if json_feed.looks_like_json_feed(data):
        return json_feed.read(data, name)
    narrow = _narrow(data)
    root = _root(narrow)
    if root is None:
        raise UnreadableDocument(name, f"expected a feed, but {_instead(data)}.", _REMEDY, line=1)
    prolog = narrow[:root]
    if b"<!entity" in prolog.lower():
        line = prolog.lower().count(b"\n", 0, prolog.lower().index(b"<!entity")) + 1
        raise UnreadableDocument(name, "the feed declares entities, which no honest feed needs.", _REMEDY, line=line)
    # What stands before the root (comments, stylesheets, document types) tells us nothing and trips the parser.
    declaration = _DECLARATION.match(prolog)
    parsed = _parsed((declaration[1] if declaration else b"") + b"\n" + narrow[root:], name, content_type)
    body = narrow[root:]
    if not parsed.entries and (bare := _without_prefix(body)) is not None:
        body = bare
        parsed = _parsed(b"\n" + bare, name, content_type)
    if not parsed.entries and _ITEM.search(body):
        reason = str(parsed.get("bozo_exception") or "the items are not where a feed has them")[:200]
        raise UnreadableDocument(name, f"the feed has items that cannot be read ({reason}).", _REMEDY)
    if not parsed.entries and not parsed.feed:
        raise UnreadableDocument(name, "expected a feed, but it holds neither a channel nor items.", _REMEDY, line=1)
    return _feed(parsed, data, body, name)


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


def _feed(parsed: feedparser.FeedParserDict, data: bytes, body: bytes, name: str) -> Feed:
    channel: Entry = parsed.feed
    show = one_line(html_page.plain_text(_string(channel, "title"), name)) or None
    language = _string(channel, "language")[:35] or None
    site = web_address(_string(channel, "link"))
    about, extras = _extras(parsed, body)
    parts = split(data)
    marks = [fingerprint(item) for item in parts.items] if parts else []
    if len(marks) != len(parsed.entries):
        marks = [""] * len(parsed.entries)
    items: list[Item] = []
    remarks: list[Remark] = []
    for number, entry in enumerate(parsed.entries, start=1):
        told = _told(entry, extras[number - 1] if extras else Extras(), base=site or "")
        item = item_of(told, name, show=show, language=language, fingerprint=marks[number - 1])
        if item is None:
            remarks.append(Remark(f"Item {number} has neither a title nor a text and was left out."))
        else:
            items.append(item)
    return Feed(
        title=show or "",
        items=tuple(items),
        site=site,
        guid=about.show_guid,
        language=language,
        hub=_linked(channel, "hub"),
        topic=_linked(channel, "self"),
        every=_every(channel),
        moved_to=web_address(_string(channel, "itunes_new-feed-url")),
        complete=_string(channel, "itunes_complete").casefold() == "yes",
        remarks=tuple(remarks),
    )


def _extras(parsed: feedparser.FeedParserDict, body: bytes) -> tuple[Extras, list[Extras]]:
    """What the second look found for each entry: by its place, or by its guid and title where the counts differ."""
    if not podcast.present(body):
        return Extras(), []
    try:
        text = body.decode(parsed.get("encoding") or "utf-8", "replace")
    except LookupError:
        text = body.decode("utf-8", "replace")
    about, found = podcast.read(_DECLARED.sub(b"", text.encode()))
    entries = parsed.entries
    keys = [(one_line(_string(entry, "id")), one_line(_string(entry, "title"))) for entry in entries]
    if len(found) == len(entries) and all(
        not each.guid or not guid or each.guid == guid for each, (guid, _) in zip(found, keys, strict=True)
    ):
        return about, found
    by_guid = {each.guid: each for each in found if each.guid}
    by_title = {each.title: each for each in found if each.title}
    return about, [by_guid.get(guid) or by_title.get(title) or Extras() for guid, title in keys]


def _told(entry: Entry, extras: Extras, *, base: str) -> Told:
    media = _string(entry, "media_description")
    return Told(
        guid=_string(entry, "id"),
        title=_string(entry, "title"),
        description=_string(entry, "summary") or media,
        contents=tuple(_string(content, "value") for content in _mappings(entry, "content")),
        link=_link(entry, base),
        audio=_enclosure(entry, base),
        published=_moment(entry, "published_parsed") or _moment(entry, "updated_parsed"),
        # feedparser answers for "updated" with "published" where there is none.
        updated=_moment(entry, "updated_parsed") if "updated_parsed" in entry else None,
        duration=dates.duration(_string(entry, "itunes_duration")),
        keywords=tuple(_string(tag, "term") for tag in _mappings(entry, "tags")),
        persons=extras.persons,
        soundbites=extras.soundbites,
        transcripts=extras.transcripts,
        chapters=_chapters(entry),
        chapters_url=extras.chapters,
        season=extras.season if extras.season is not None else _whole(_string(entry, "itunes_season")),
        number=extras.number if extras.number is not None else _whole(_string(entry, "itunes_episode")),
        kind=_kind(entry),
        location=extras.location,
    )


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


def _without_prefix(body: bytes) -> bytes | None:
    """A feed whose own elements bear a prefix that it forgot to declare, without it; None for any other."""
    found = _PREFIXED_ITEM.search(body)
    if found is None or b"xmlns:" + found[1] in body:
        return None
    return re.sub(rb"(</?)" + re.escape(found[1]) + rb":(?=[A-Za-z])", rb"\1", body)


def _instead(data: bytes) -> str:
    head = data[:_HEAD].lstrip().lower()
    if not head:
        return "it is empty"
    if b"<html" in head or head.startswith(b"<!doctype html"):
        return "it is a web page"
    return "found no <rss>, <feed> or JSON Feed in it"


def _parsed(data: bytes, name: str, content_type: str) -> feedparser.FeedParserDict:
    headers = {"content-type": content_type} if content_type else {}
    try:
        # A stream, because feedparser takes bare bytes for a file name first.
        return feedparser.parse(
            io.BytesIO(data), sanitize_html=False, resolve_relative_uris=False, response_headers=headers
        )
    except _FAULTS as error:
        raise UnreadableDocument(name, f"the feed is broken beyond reading ({error}).", _REMEDY) from error


def _link(entry: Entry, base: str) -> str:
    """The entry's page. feedparser takes a guid for a link where it is none: only what leads to the web is one."""
    return _absolute(_string(entry, "link"), base)


def _absolute(address: str, base: str) -> str:
    if not address.startswith(("/", "./", "../")) or not base:
        return address
    try:
        return urljoin(base, address)
    except ValueError:
        return address


def _enclosure(entry: Entry, base: str) -> Enclosure | None:
    """The first audio or video file; an enclosed picture is none."""
    for found in _mappings(entry, "enclosures"):
        address = web_address(_absolute(_string(found, "href"), base))
        mime = _string(found, "type").casefold()
        if address and not mime.startswith(("image/", "text/")):
            length = _string(found, "length")
            size = int(length) if length.isdecimal() and 0 < len(length) < 16 else None
            return Enclosure(url=address, mime=mime, length=size or None)
    return None


def _chapters(entry: Entry) -> tuple[Chapter, ...]:
    """Podlove's simple chapters, which stand in the feed itself."""
    holder = entry.get("psc_chapters")
    found = []
    for each in _mappings(holder, "chapters") if isinstance(holder, Mapping) else []:
        start = stamps.seconds(_string(each, "start"))
        title = one_line(_string(each, "title"))
        if start is not None and title:
            found.append(Chapter(start, title, url=web_address(_string(each, "href"))))
    return tuple(found)


def _kind(entry: Entry) -> str:
    kind = _string(entry, "itunes_episodetype").casefold()
    return kind if kind in ("full", "trailer", "bonus") else ""


def _linked(channel: Entry, relation: str) -> str | None:
    for link in _mappings(channel, "links"):
        if _string(link, "rel").casefold() == relation and (address := web_address(_string(link, "href"))):
            return address
    return None


def _every(channel: Entry) -> float | None:
    """How long a feed asks to be left alone, in seconds: `<ttl>` in minutes, or the syndication module's period."""
    wishes = []
    if ttl := _whole(_string(channel, "ttl")):
        wishes.append(ttl * 60.0)
    if period := _PERIODS.get(_string(channel, "sy_updateperiod").casefold()):
        wishes.append(period / max(_whole(_string(channel, "sy_updatefrequency")) or 1, 1))
    return max(wishes, default=None)


def _moment(entry: Entry, key: str) -> datetime | None:
    parsed = entry.get(key)
    if not isinstance(parsed, tuple):
        return None
    try:
        year, month, day, hour, minute, second = (int(part) for part in parsed[:6])
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None


def _whole(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else None


def _string(holder: Entry, key: str) -> str:
    value = holder.get(key)
    return value if isinstance(value, str) else ""


def _mappings(holder: Entry, key: str) -> list[Entry]:
    value = holder.get(key)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
