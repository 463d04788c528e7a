"""The address of every page that anybody may see, and when it changed last, without making one of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from bot import __version__
from bot.archive.pages import older_than
from bot.archive.printed import printed
from bot.archive.site import shown
from bot.archive.sitemap import Address
from bot.drafting import pages
from bot.house import House
from bot.model.archive import Site
from bot.store import archive
from bot.store.archive import Sent
from bot.store.database import Db

# So many are read from the store at once: as many as one file of the sitemap holds.
_AT_ONCE = 10_000


def addresses(house: House, site: Site) -> Iterator[Address]:
    """The lists, the editions, the quotes. When a quote's page changed is not told: its source may have, unseen."""
    seen = shown(house)
    yield Address(
        site.whole(pages.HOME), max(filter(None, (_newest(house, each) for each in seen.newsletters)), default=None)
    )
    for newsletter in seen.newsletters:
        yield from _lists(house, site, newsletter)
        for sent, changed in _editions(house, newsletter):
            yield Address(site.whole(pages.edition_path(newsletter, sent.number)), changed)
    after = ""
    while True:
        with house.store.read() as db:
            keys = archive.keys(db, seen, after=after, limit=_AT_ONCE, standing=True)
        yield from (Address(site.whole(pages.quote_path(key))) for key in keys)
        if len(keys) < _AT_ONCE:
            return
        after = keys[-1]


def map_state(house: House, site: Site) -> str:
    """What is another one as soon as `addresses` may be: found without going through the archive."""
    with house.store.read() as db:
        made_of = __version__, site, shown(house), archive.mark(db)
    return hashlib.sha256(repr(made_of).encode()).hexdigest()[:32]


def _newest(house: House, newsletter: str) -> datetime | None:
    with house.store.read() as db:
        found = archive.newest(db, newsletter)
    return found.at if found is not None else None


def _lists(house: House, site: Site, newsletter: str) -> Iterator[Address]:
    upto: int | None = None
    while True:
        with house.store.read() as db:
            newest = archive.newest(db, newsletter, upto=upto)
            following = older_than(db, newsletter, upto)
        yield Address(site.whole(pages.shelf_path(newsletter, upto)), newest.at if newest is not None else None)
        if following is None:
            return
        upto = following


def _editions(house: House, newsletter: str) -> Iterator[tuple[Sent, datetime]]:
    """The editions, oldest first, each with when it was sent, or corrected last."""
    above = 0
    with house.store.read() as db:
        doubtful = archive.perhaps_corrected(db, newsletter)
    while True:
        with house.store.read() as db:
            found = archive.from_above(db, newsletter, above, limit=_AT_ONCE)
            changed = [_corrected(house, db, each) if each.draft_id in doubtful else each.at for each in found]
        yield from zip(found, changed, strict=True)
        if len(found) < _AT_ONCE:
            return
        above = found[-1].number


def _corrected(house: House, db: Db, sent: Sent) -> datetime:
    content = archive.content(db, sent.newsletter, sent.number)
    if content is None:
        return sent.at
    return printed(house, db, content, str).changed
