"""Reads JSON Feed 1 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.errors import UnreadableDocument
from bot.model.episode import Enclosure, Person
from bot.model.feed import Feed
from bot.reading import dates
from bot.reading.encoding import decode
from bot.reading.plain import one_line
from bot.sources.feed.address import absolute
from bot.sources.feed.entry import Told, items_of
from bot.sources.feed.media import choose
from bot.sources.feed.words import Words

VERSION = b"jsonfeed.org/version"
_VERSION = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/1(?:\.\d)?/?")
_REMEDY = "A JSON Feed has a version, a title and a list of items: https://www.jsonfeed.org/version/1.1/."

Object = Mapping[str, Any]


def looks_like_json(data: bytes) -> bool:
    return data[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"["))


def read(data: bytes, name: str, *, url: str = "") -> Feed:
    """The feed in `data`, which came from `url`.

    Raises UnreadableDocument where it is no JSON, or no JSON Feed with a list of items.
    """
    try:
        value = json.loads(decode(data, name)[0].removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        raise UnreadableDocument(name, "expected a JSON Feed, but it is not JSON.", _REMEDY, line=1) from None
    if not isinstance(value, dict) or not _VERSION.fullmatch(_text(value, "version").strip()):
        raise UnreadableDocument(name, "expected a JSON Feed, but it is other JSON.", _REMEDY, line=1)
    entries = value.get("items")
    if not isinstance(entries, list):
        raise UnreadableDocument(name, "expected a JSON Feed with a list of items.", _REMEDY, line=1)
    topic = absolute(_text(value, "feed_url"), url)
    site = absolute(_text(value, "home_page_url"), url or topic)
    base = site or url or topic
    title, language = one_line(_text(value, "title")), one_line(_text(value, "language"))[:35] or None
    told = [_told(each, base) for each in entries if isinstance(each, dict)]
    items, remarks = items_of(told, name, show=title or None, language=language)
    return Feed(
        title=title,
        items=items,
        site=site,
        language=language,
        hub=_hub(value, base),
        topic=topic,
        complete=value.get("expired") is True,
        author=", ".join(person.name for person in _persons(value)),
        image=absolute(_text(value, "icon"), base),
        remarks=remarks,
    )


def _told(item: Object, base: str | None) -> Told:
    identifier = item.get("id")
    tags = item.get("tags")
    texts = (Words(_text(item, "content_html")), Words(_text(item, "content_text"), plain=True))
    return Told(
        # The standard wants a text, and numbers are common.
        guid=str(identifier) if isinstance(identifier, str | int | float) and not isinstance(identifier, bool) else "",
        title=Words(_text(item, "title")),
        description=Words(_text(item, "summary")),
        contents=tuple(text for text in texts if text),
        link=absolute(_text(item, "url"), base) or absolute(_text(item, "external_url"), base),
        audio=_audio(item, base),
        published=_moment(item, "date_published"),
        updated=_moment(item, "date_modified"),
        duration=_duration(item),
        keywords=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        persons=_persons(item),
        language=one_line(_text(item, "language"))[:35] or None,
        picture=absolute(_text(item, "image"), base) or absolute(_text(item, "banner_image"), base),
    )


def _moment(item: Object, key: str) -> datetime | None:
    return dates.moment(_text(item, key))


def _audio(item: Object, base: str | None) -> Enclosure | None:
    return choose(
        (absolute(_text(each, "url"), base), _text(each, "mime_type"), str(each.get("size_in_bytes") or ""))
        for each in _objects(item, "attachments")
    )


def _duration(item: Object) -> float | None:
    for each in _objects(item, "attachments"):
        seconds = each.get("duration_in_seconds")
        if isinstance(seconds, int | float) and 0 < seconds < 10_000_000:
            return float(seconds)
    return None


def _persons(holder: Object) -> tuple[Person, ...]:
    """Its authors; version 1 had one."""
    author = holder.get("author")
    found = _objects(holder, "authors") or ([author] if isinstance(author, dict) else [])
    return tuple(Person(name) for each in found if (name := one_line(_text(each, "name"))))


def _hub(value: Object, base: str | None) -> str | None:
    hubs = (absolute(_text(each, "url"), base) for each in _objects(value, "hubs") if _is_websub(each))
    return next((hub for hub in hubs if hub), None)


def _is_websub(hub: Object) -> bool:
    return _text(hub, "type").casefold() in ("websub", "pubsubhubbub", "")


def _objects(holder: Object, key: str) -> list[Object]:
    found = holder.get(key)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _text(holder: Object, key: str) -> str:
    value = holder.get(key)
    return value if isinstance(value, str) else ""
