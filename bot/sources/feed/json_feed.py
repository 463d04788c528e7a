"""Reads JSON Feed 1 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot.errors import UnreadableDocument
from bot.model.episode import Enclosure, Person
from bot.model.feed import Feed
from bot.reading import dates
from bot.reading.encoding import decode
from bot.reading.facts import web_address
from bot.reading.plain import one_line
from bot.sources.feed.entry import Told, item_of

_REMEDY = "A JSON Feed has a version, a title and a list of items: https://www.jsonfeed.org/version/1.1/."
_MEDIA = ("audio/", "video/")


def looks_like_json_feed(data: bytes) -> bool:
    head = data[:2_000]
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and b"jsonfeed.org" in head


def read(data: bytes, name: str) -> Feed:
    """The feed in `data`. Raises UnreadableDocument where it is no JSON or has no list of items."""
    try:
        value = json.loads(decode(data, name)[0].removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        raise UnreadableDocument(name, "expected a JSON Feed, but it is not JSON.", _REMEDY, line=1) from None
    items = value.get("items") if isinstance(value, dict) else None
    if not isinstance(items, list):
        raise UnreadableDocument(name, "expected a JSON Feed with a list of items.", _REMEDY, line=1)
    title, language = _text(value, "title"), _text(value, "language")[:35] or None
    hubs = value.get("hubs")
    found = [
        item_of(_told(each), name, show=title or None, language=language) for each in items if isinstance(each, dict)
    ]
    return Feed(
        title=one_line(title),
        items=tuple(each for each in found if each is not None),
        site=web_address(_text(value, "home_page_url")),
        language=language,
        hub=next((web_address(_text(h, "url")) for h in hubs if isinstance(h, dict)), None)
        if isinstance(hubs, list)
        else None,
        topic=web_address(_text(value, "feed_url")),
        complete=value.get("expired") is True,
    )


def _told(item: Mapping[str, Any]) -> Told:
    identifier = item.get("id")
    tags = item.get("tags")
    return Told(
        guid=str(identifier)[:1000] if isinstance(identifier, str | int | float) else "",
        title=_text(item, "title"),
        description=_text(item, "summary"),
        contents=tuple(text for key in ("content_html", "content_text") if (text := _text(item, key))),
        link=_text(item, "url") or _text(item, "external_url"),
        audio=_audio(item),
        published=dates.moment(_text(item, "date_published")),
        updated=dates.moment(_text(item, "date_modified")),
        duration=_duration(item),
        keywords=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        persons=_persons(item),
        language=_text(item, "language")[:35] or None,
    )


def _audio(item: Mapping[str, Any]) -> Enclosure | None:
    for each in _attachments(item):
        address, mime = web_address(_text(each, "url")), _text(each, "mime_type").casefold()
        if address and mime.startswith(_MEDIA):
            size = each.get("size_in_bytes")
            return Enclosure(address, mime, size if isinstance(size, int) and size > 0 else None)
    return None


def _duration(item: Mapping[str, Any]) -> float | None:
    for each in _attachments(item):
        seconds = each.get("duration_in_seconds")
        if isinstance(seconds, int | float) and 0 < seconds < 10_000_000:
            return float(seconds)
    return None


def _attachments(item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = item.get("attachments")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _persons(item: Mapping[str, Any]) -> tuple[Person, ...]:
    authors = item.get("authors")
    names = [_text(each, "name") for each in authors if isinstance(each, dict)] if isinstance(authors, list) else []
    return tuple(Person(one_line(name)) for name in names if one_line(name))


def _text(holder: Mapping[str, Any], key: str) -> str:
    value = holder.get(key)
    return value if isinstance(value, str) else ""
