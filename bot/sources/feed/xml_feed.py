"""Reads RSS and Atom with feedparser, and makes what it gives into what an entry tells.

Without its sanitiser, which is quadratic on unclosed comments, and without its resolving of links inside texts; what is
printed is made plain here and sanitised where it is rendered.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import feedparser

from bot.errors import UnreadableDocument
from bot.model.episode import Chapter, Enclosure, Remark
from bot.model.feed import Feed
from bot.reading import dates
from bot.reading.plain import one_line
from bot.sources.feed import podcast
from bot.sources.feed.address import absolute
from bot.sources.feed.document import REMEDY, body_of, without_prefix
from bot.sources.feed.entry import Told, items_of
from bot.sources.feed.media import choose
from bot.sources.feed.podcast import Extras
from bot.sources.feed.words import Words, line_of

_DECLARATION = b"<?xml version='1.0' encoding='utf-8'?>\n"
_ITEM = re.compile(rb"<(?:\w{1,20}:)?(?:item|entry)[\s>]", re.IGNORECASE)
_FIRST_ITEM = re.compile(rb"<item(?=[\s>/])")
# feedparser takes what it saw of the channel's texts into the first item, so that this one would be read differently
# in a document that holds only some of the items. This one takes it upon itself and is left out.
_SCAPEGOAT = "pullquote:no-item"
_PERIODS = {"hourly": 3600.0, "daily": 86_400.0, "weekly": 604_800.0, "monthly": 2_592_000.0, "yearly": 31_536_000.0}
# feedparser lets these faults of its own parsers out on broken input.
_FAULTS = (ValueError, AssertionError, LookupError, TypeError, AttributeError, RecursionError)

Entry = Mapping[str, object]


def read(text: str, name: str, *, url: str = "", marks: tuple[str, ...] = (), remarks: tuple[Remark, ...] = ()) -> Feed:
    """The feed in `text`, which came from `url`.

    `marks` are fingerprints of its items in order, () where they are not known; `remarks` is what was noticed before.

    Raises UnreadableDocument where it is no feed, declares entities, or has items that cannot be read.
    """
    body = body_of(text, name)
    parsed = _parsed(body, name)
    if not parsed.entries and (bare := without_prefix(body)) is not None:
        body = bare
        parsed = _parsed(body, name)
    if not parsed.entries and _ITEM.search(body):
        reason = str(parsed.get("bozo_exception") or "the items are not where a feed has them")[:200]
        raise UnreadableDocument(name, f"the feed has items that cannot be read ({reason}).", REMEDY)
    if not parsed.entries and not parsed.feed:
        raise UnreadableDocument(name, "expected a feed, but it holds neither a channel nor items.", REMEDY, line=1)
    atom = str(parsed.get("version") or "").startswith("atom")
    channel: Entry = parsed.feed
    topic = absolute(_linked(channel, "self"), url)
    site = absolute(_string(channel, "link"), url or topic)
    # Feeds are often served by another host than the pages that they tell of.
    base = site or url or topic
    about, extras = _extras(parsed, body, base)
    told = [_told(entry, extra, base=base, atom=atom) for entry, extra in zip(parsed.entries, extras, strict=True)]
    show = line_of(_words(channel, "title", atom=atom), name)
    language = _string(channel, "language")[:35] or None
    items, left_out = items_of(told, name, show=show or None, language=language, marks=marks)
    return Feed(
        title=show,
        items=items,
        site=site,
        guid=about.show_guid,
        language=language,
        hub=absolute(_linked(channel, "hub"), base),
        topic=topic,
        every=_every(channel),
        moved_to=absolute(_string(channel, "itunes_new-feed-url") or _string(channel, "newlocation"), base),
        complete=about.complete or _string(channel, "itunes_complete").casefold() == "yes",
        author=one_line(_string(_detail(channel, "author"), "name") or _string(channel, "author")),
        medium=about.medium,
        blocked=bool(channel.get("itunes_block")),
        image=absolute(_image(channel), base),
        remarks=(*remarks, *_salvaged(parsed), *left_out),
    )


def _image(holder: Entry) -> str:
    """The picture of a channel or an entry: `itunes:image` or `image`, or Atom's logo and icon."""
    image = holder.get("image")
    return (
        (_string(image, "href") if isinstance(image, Mapping) else "")
        or _string(holder, "logo")
        or _string(holder, "icon")
    )


def _parsed(body: bytes, name: str) -> feedparser.FeedParserDict:
    scapegoat = f"<item><guid>{_SCAPEGOAT}</guid></item>".encode()
    body = _FIRST_ITEM.sub(lambda first: scapegoat + first[0], body, count=1)
    try:
        # A stream, because feedparser takes bare bytes for a file name first.
        parsed = feedparser.parse(io.BytesIO(_DECLARATION + body), sanitize_html=False, resolve_relative_uris=False)
    except _FAULTS as error:
        raise UnreadableDocument(name, f"the feed is broken beyond reading ({error}).", REMEDY) from error
    parsed.entries = [entry for entry in parsed.entries if _string(entry, "id") != _SCAPEGOAT]
    return parsed


def _salvaged(parsed: feedparser.FeedParserDict) -> tuple[Remark, ...]:
    """A word on a feed that is not well-formed, of which everything was read that can be."""
    error = parsed.get("bozo_exception")
    if not parsed.get("bozo") or error is None:
        return ()
    message = getattr(error, "getMessage", lambda: str(error))()
    return (Remark(f"The feed is not well-formed XML ({str(message)[:100]}) and was read all the same."),)


def _extras(parsed: feedparser.FeedParserDict, body: bytes, base: str | None) -> tuple[Extras, list[Extras]]:
    """What the second look found for each entry: by its place, or by its guid or title where the places differ."""
    entries = parsed.entries
    if not podcast.present(body):
        return Extras(), [Extras()] * len(entries)
    about, found = podcast.read(body, base)
    keys = [(one_line(_string(entry, "id")), one_line(_string(entry, "title"))) for entry in entries]
    if len(found) == len(entries) and all(
        not each.guid or not guid or each.guid == guid for each, (guid, _) in zip(found, keys, strict=True)
    ):
        return about, found
    by_guid = {each.guid: each for each in found if each.guid}
    by_title = {each.title: each for each in found if each.title}
    # One that the second look missed has at least the persons of the channel.
    missed = replace(Extras(), persons=about.persons)
    return about, [by_guid.get(guid) or by_title.get(title) or missed for guid, title in keys]


def _told(entry: Entry, extras: Extras, *, base: str | None, atom: bool) -> Told:
    base = absolute(_string(_detail(entry, "title"), "base")) or base
    media = Words(_string(entry, "media_description"), plain=True)
    # feedparser answers for "updated" with "published" where there is none.
    updated = _moment(entry, "updated_parsed") if "updated_parsed" in entry else None
    return Told(
        guid=_string(entry, "id"),
        title=_words(entry, "title", atom=atom) or Words(_string(entry, "itunes_title")),
        description=_words(entry, "summary", atom=atom) or media,
        contents=tuple(_contents(entry, atom=atom)),
        link=_link(entry, base),
        audio=_audio(entry, base, atom=atom),
        published=_moment(entry, "published_parsed") or updated,
        updated=updated,
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
        blocked=bool(entry.get("itunes_block")),
        picture=absolute(_image(entry), base),
    )


def _words(holder: Entry, key: str, *, atom: bool) -> Words:
    """Atom says whether a text bears markup and is believed; RSS says nothing, and feedparser guesses."""
    return Words(_string(holder, key), plain=atom and _string(_detail(holder, key), "type") == "text/plain")


def _detail(holder: Entry, key: str) -> Entry:
    value = holder.get(f"{key}_detail")
    return value if isinstance(value, Mapping) else {}


def _contents(entry: Entry, *, atom: bool) -> list[Words]:
    """What an entry says at length; pictures and the like that are written into it are no text."""
    found = []
    for content in _mappings(entry, "content"):
        mime = _string(content, "type").casefold()
        if not mime or mime.startswith("text/") or "html" in mime:
            found.append(Words(_string(content, "value"), plain=atom and mime == "text/plain"))
    return found


def _link(entry: Entry, base: str | None) -> str | None:
    """The entry's page. feedparser takes a guid for a link where there is none: only what leads to the web is one."""
    address = _string(entry, "link")
    bare_guid = bool(entry.get("guidislink")) and address == _string(entry, "id")
    return absolute(address, None if bare_guid else base)


def _audio(entry: Entry, base: str | None, *, atom: bool) -> Enclosure | None:
    """The first audio or video file; what Media RSS lists counts where nothing is enclosed."""
    # feedparser takes an Atom link without a type for a page.
    untyped = "text/html" if atom else ""
    enclosed = [
        (absolute(_string(each, "href"), base), "" if mime == untyped else mime, _string(each, "length"))
        for each in _mappings(entry, "enclosures")
        for mime in [_string(each, "type")]
    ]
    listed = [
        (absolute(_string(each, "url"), base), _string(each, "type"), _string(each, "filesize"))
        for each in _mappings(entry, "media_content")
        if (_string(each, "type") or _string(each, "medium") + "/").casefold().startswith(("audio/", "video/"))
    ]
    return choose(enclosed) or choose(listed)


def _chapters(entry: Entry) -> tuple[Chapter, ...]:
    """Podlove's simple chapters, which stand in the feed itself."""
    holder = entry.get("psc_chapters")
    found = []
    for each in _mappings(holder, "chapters") if isinstance(holder, Mapping) else []:
        start = dates.duration(_string(each, "start"))
        title = one_line(_string(each, "title"))
        if start is not None and title:
            found.append(Chapter(start, title, url=absolute(_string(each, "href"))))
    return tuple(found)


def _kind(entry: Entry) -> str:
    kind = _string(entry, "itunes_episodetype").strip().casefold()
    return kind if kind in ("full", "trailer", "bonus") else ""


def _linked(channel: Entry, relation: str) -> str:
    return next(
        (
            address
            for link in _mappings(channel, "links")
            if _string(link, "rel").casefold() == relation and (address := _string(link, "href"))
        ),
        "",
    )


def _every(channel: Entry) -> float | None:
    """How long a feed asks to be left alone, in seconds: `<ttl>` in minutes, or the syndication module's period."""
    wishes = []
    if ttl := _whole(_string(channel, "ttl")):
        wishes.append(ttl * 60.0)
    if period := _PERIODS.get(_string(channel, "sy_updateperiod").strip().casefold()):
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
