"""Writes feeds: Atom (RFC 4287) and JSON Feed 1.1 (jsonfeed.org/version/1.1). The same feed gives the same bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree

from bot.render.plain import printable

_ATOM = "http://www.w3.org/2005/Atom"
_HISTORY = "http://purl.org/syndication/history/1.0"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True)
class Entry:
    """One entry: `html` is its whole content, every address in it whole."""

    id: str
    address: str
    title: str
    summary: str
    html: str
    published: datetime
    changed: datetime


@dataclass(frozen=True)
class Feed:
    """`address` is the feed's own, `home` that of the page for people.

    A feed that goes on elsewhere comes in several documents (RFC 5005, section 4): `current` is the address of the one
    that holds the newest entries, None where this is it; `older` and `newer` are those of its neighbours.
    """

    address: str
    home: str
    title: str
    author: str
    language: str
    changed: datetime
    entries: tuple[Entry, ...]
    current: str | None = None
    older: str | None = None
    newer: str | None = None


def atom(feed: Feed) -> bytes:
    """The feed as Atom."""
    ElementTree.register_namespace("", _ATOM)
    ElementTree.register_namespace("fh", _HISTORY)
    root = ElementTree.Element(f"{{{_ATOM}}}feed", {_LANGUAGE: feed.language})
    _add(root, "id", feed.home)
    _add(root, "title", feed.title)
    _add(root, "updated", _instant(feed.changed))
    _add(_add(root, "author"), "name", feed.author)
    _add(root, "link", rel="self", type="application/atom+xml", href=feed.address)
    _add(root, "link", rel="alternate", type="text/html", href=feed.home)
    if feed.current is not None:
        ElementTree.SubElement(root, f"{{{_HISTORY}}}archive")
    for rel, there in (("current", feed.current), ("prev-archive", feed.older), ("next-archive", feed.newer)):
        if there is not None:
            _add(root, "link", rel=rel, type="application/atom+xml", href=there)
    for each in feed.entries:
        entry = _add(root, "entry")
        _add(entry, "id", each.id)
        _add(entry, "title", each.title)
        _add(entry, "link", rel="alternate", type="text/html", href=each.address)
        _add(entry, "published", _instant(each.published))
        _add(entry, "updated", _instant(each.changed))
        _add(entry, "summary", each.summary)
        _add(entry, "content", each.html, type="html")
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def json_feed(feed: Feed) -> bytes:
    """The feed as JSON Feed."""
    made = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.address,
        **({"next_url": feed.older} if feed.older is not None else {}),
        "language": feed.language,
        "authors": [{"name": feed.author}],
        "items": [
            {
                "id": each.id,
                "url": each.address,
                "title": each.title,
                "summary": each.summary,
                "content_html": each.html,
                "date_published": _instant(each.published),
                "date_modified": _instant(each.changed),
            }
            for each in feed.entries
        ],
    }
    return json.dumps(made, ensure_ascii=False, indent=1).encode() + b"\n"


def _add(to: ElementTree.Element, name: str, text: str = "", **attributes: str) -> ElementTree.Element:
    made = ElementTree.SubElement(to, f"{{{_ATOM}}}{name}", attributes)
    made.text = printable(text) or None
    return made


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
