"""Shows that publish feeds: what they hold at a moment, and a server that answers for them, well or badly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256
from html import escape

from bot.house import House
from tests.http.server import Request, Said, Server, serving
from tests.work.desk import with_config


@dataclass(frozen=True)
class Entry:
    """One item as a publisher writes it. `more` is XML put in as it is."""

    guid: str | None
    title: str
    at: datetime | None
    text: str = ""
    link: str | None = None
    audio: str | None = None
    more: str = ""

    def xml(self) -> str:
        parts = [f"<title>{escape(self.title)}</title>"]
        parts += [f'<guid isPermaLink="false">{escape(self.guid)}</guid>'] if self.guid else []
        parts += [f"<link>{escape(self.link)}</link>"] if self.link else []
        parts += [f"<pubDate>{format_datetime(self.at)}</pubDate>"] if self.at else []
        parts += [f'<enclosure url="{escape(self.audio)}" type="audio/mpeg" length="1000"/>'] if self.audio else []
        parts += [f"<description>{escape(self.text)}</description>"] if self.text else []
        return f"<item>{''.join(parts)}{self.more}</item>"


def episode(number: int, at: datetime | None, *, show: str = "show", **more: object) -> Entry:
    """Episode `number` of a show, as an honest publisher writes it."""
    values: dict[str, object] = {
        "guid": f"{show}-{number}",
        "title": f"{show} {number}",
        "at": at,
        "text": f"In episode {number} of {show} we talk about the matter of number {number} for a while.",
        "audio": f"https://cdn.example/{show}/{number}.mp3",
    }
    return Entry(**{**values, **more})  # type: ignore[arg-type]


def rss(title: str, entries: Sequence[Entry], *, head: str = "") -> bytes:
    items = "\n".join(entry.xml() for entry in entries)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
        'xmlns:podcast="https://podcastindex.org/namespace/1.0" '
        'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:atom="http://www.w3.org/2005/Atom">'
        f"<channel><title>{escape(title)}</title><language>en</language>{head}\n{items}\n</channel></rss>"
    ).encode()


def fresh(request: Request, body: bytes) -> Said:
    """An honest answer: validators, and 304 for those who have the body already."""
    tag = f'"{sha256(body).hexdigest()[:16]}"'
    if request.headers.get("if-none-match") == tag:
        return Said(304, b"", {"ETag": tag})
    return Said(200, body, {"ETag": tag, "Content-Type": "application/rss+xml"})


@dataclass
class Web:
    """What stands at which path. A page is bytes, or a function of the request."""

    pages: dict[str, bytes | Callable[[Request], Said]] = field(default_factory=dict)

    def __call__(self, request: Request) -> Said:
        page = self.pages.get(request.path)
        if page is None:
            return Said(404, b"there is nothing here")
        return page(request) if callable(page) else fresh(request, page)


@contextmanager
def web(pages: Mapping[str, bytes | Callable[[Request], Said]] | None = None) -> Iterator[tuple[Server, Web]]:
    """A running server for some pages, which may be changed while it runs."""
    service = Web(dict(pages or {}))
    with serving(service) as server:
        yield server, service


def following(house: House, server: Server, *paths: str, **settings: str) -> House:
    """The same house, following feeds of a server."""
    tables = "".join(
        f'\n[[sources]]\nkind = "feed"\nurl = "{server.url}{path}"\n'
        + "".join(f"{key} = {value}\n" for key, value in settings.items())
        for path in paths
    )
    allowed = server.url.removeprefix("http://")
    return with_config(house, lambda text: _with_fetch(text, allowed) + tables)


def _with_fetch(text: str, allowed: str) -> str:
    return text if "[fetch]" in text else f'{text}\n[fetch]\nallow = ["{allowed}"]\n'
