"""Lists every page for search engines (sitemaps.org), in several files where one would be too long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from xml.sax.saxutils import escape

# The protocol allows five times as many addresses in one file; so each is about a megabyte.
MOST = 10_000
MIME = "application/xml"
WHOLE = "sitemap.xml"
_SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True)
class Address:
    """The whole address of a page; `changed` is when what it says did last, None where that is not known."""

    whole: str
    changed: datetime | None = None


def sitemaps(addresses: Iterable[Address], base: str, *, most: int = MOST) -> Iterator[tuple[str, bytes]]:
    """The files by name: `sitemap.xml`, and before it those that it names where there are more than `most` addresses.

    Addresses are taken as they are needed: no more than two files are in memory at once.
    """
    left = iter(addresses)
    first, names = list(islice(left, most)), list[str]()
    following = list(islice(left, most))
    if following:
        names.append("sitemap-1.xml")
        yield names[-1], _list("urlset", "url", first)
    while following:
        names.append(f"sitemap-{len(names) + 1}.xml")
        yield names[-1], _list("urlset", "url", following)
        following = list(islice(left, most))
    if names:
        yield WHOLE, _list("sitemapindex", "sitemap", [Address(f"{base}/{name}") for name in names])
    else:
        yield WHOLE, _list("urlset", "url", first)


def _list(root: str, each: str, addresses: Sequence[Address]) -> bytes:
    lines = "".join(f"<{each}><loc>{escape(one.whole)}</loc>{_changed(one)}</{each}>\n" for one in addresses)
    return f"{_HEAD}<{root} {_SPACE}>\n{lines}</{root}>\n".encode()


def _changed(address: Address) -> str:
    if address.changed is None:
        return ""
    return f"<lastmod>{address.changed.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</lastmod>"
