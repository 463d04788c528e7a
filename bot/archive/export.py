"""Writes the whole archive as plain files that any web server can give out, and only those files that changed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bot.archive import feeding, pages
from bot.archive.dress import worn
from bot.archive.mapped import addresses
from bot.archive.pages import FEEDS, Page
from bot.archive.site import shown
from bot.archive.sitemap import sitemaps
from bot.errors import Refused
from bot.house import House
from bot.model.archive import Site
from bot.store import archive, media

# What was written the last time stands in this file: only that is ever taken away again.
MANIFEST = ".pullquote-archive.json"
_INDEX = "index.html"
# So many quotes are looked up at once.
_AT_ONCE = 1_000


@dataclass(frozen=True)
class Exported:
    """How many files there are, how many of them were new or changed, and how many were taken away."""

    files: int
    written: int
    removed: int


def export(house: House, folder: Path, site: Site, told: Callable[[int], None] = lambda _: None) -> Exported:
    """Write everything that anybody may see into a folder. The same archive gives the same files.

    Files of an earlier export that belong there no more are removed; others in the folder are left alone. `told` hears
    how many files are done. Raises Refused where the folder holds files of somebody else's under our names.
    """
    before = _earlier(folder)
    ours = before is not None
    done: set[str] = set()
    written = 0
    # From here on the folder is known to be ours, also where this run is cut short.
    _write(folder, MANIFEST, _listed(before or frozenset()), ours=ours)
    for name, content in _files(house, site):
        done.add(name)
        written += _write(folder, name, content, ours=ours)
        told(len(done))
    gone = sorted((before or frozenset()) - done)
    for name in gone:
        _remove(folder, name)
    _write(folder, MANIFEST, _listed(done), ours=True)
    return Exported(len(done), written, len(gone))


def _files(house: House, site: Site) -> Iterator[tuple[str, bytes]]:
    pictures: dict[str, str] = {}
    for page in _pages(house, site):
        pictures |= {each.path: each.sha256 for each in page.pictures if each.sha256 is not None}
        yield _name(page), page.body
    for path, sha256 in sorted(pictures.items()):
        with house.store.read() as db:
            yield path.removeprefix("/"), media.content(db, sha256)
    yield from sitemaps(addresses(house, site), site.base)


def _pages(house: House, site: Site) -> Iterator[Page]:
    """Every page, each made when it is asked for."""
    for theme in worn(house):
        yield from _there(pages.style(house, site, theme))
    yield pages.home(house, site, path="/")
    yield pages.home(house, site)
    seen = shown(house)
    for newsletter in seen.newsletters:
        yield from _shelves(house, site, newsletter)
        yield from _feeds(house, site, newsletter)
        above = 0
        while True:
            with house.store.read() as db:
                following = archive.after(db, newsletter, above)
            if following is None:
                break
            yield from _there(pages.edition(house, site, newsletter, following.number))
            yield from _there(pages.picture_of_edition(house, site, newsletter, following.number))
            above = following.number
    after = ""
    while True:
        with house.store.read() as db:
            keys = archive.keys(db, seen, after=after, limit=_AT_ONCE, standing=False)
        for key in keys:
            yield from _there(pages.quote(house, site, key))
        if len(keys) < _AT_ONCE:
            return
        after = keys[-1]


def _feeds(house: House, site: Site, newsletter: str) -> Iterator[Page]:
    upto: int | None = None
    while True:
        for kind in FEEDS:
            yield from _there(feeding.feed(house, site, newsletter, kind, upto))
        upto = feeding.older(house, newsletter, upto)
        if upto is None:
            return


def _shelves(house: House, site: Site, newsletter: str) -> Iterator[Page]:
    upto: int | None = None
    while True:
        page = pages.shelf(house, site, newsletter, upto)
        yield from _there(page)
        with house.store.read() as db:
            upto = pages.older_than(db, newsletter, upto)
        if page is None or upto is None:
            return


def _there(page: Page | None) -> Iterator[Page]:
    # A correction, or a hold, may come while the export runs.
    if page is not None:
        yield page


def _name(page: Page) -> str:
    name = page.path.strip("/")
    return name if page.mime != "text/html" else str(PurePosixPath(name) / _INDEX)


def _listed(names: Iterable[str]) -> bytes:
    return json.dumps(sorted(names), indent=0).encode() + b"\n"


def _earlier(folder: Path) -> frozenset[str] | None:
    """The files that an earlier export wrote, without names that lead elsewhere; None where there was no export."""
    try:
        names = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise Refused(f"{folder / MANIFEST} cannot be read ({error}); export into an empty folder.") from None
    safe = (name for name in names if not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts)
    return frozenset(safe)


def _write(folder: Path, name: str, content: bytes, *, ours: bool) -> int:
    """Put one file in its place, at once and whole. Returns whether that changed anything."""
    target = folder / name
    if target.is_file():
        if target.read_bytes() == content:
            return 0
        if not ours:
            raise Refused(f"{target} is there and no export wrote it: move it away, or name another folder.")
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.new")
    beside.write_bytes(content)
    os.replace(beside, target)
    return 1


def _remove(folder: Path, name: str) -> None:
    target = folder / name
    target.unlink(missing_ok=True)
    for above in target.parents:
        if above == folder or any(above.iterdir()):
            return
        above.rmdir()
