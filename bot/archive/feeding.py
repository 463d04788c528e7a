"""The feeds of editions, as Atom and as JSON Feed, whole, in documents of twenty.

The newest twenty are what readers ask for again and again. All before them stand in documents that end at multiples of
twenty, so that they stay as they are while the archive grows (RFC 5005, section 4).
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from uuid import UUID

from bot import __version__
from bot.archive.dress import dress
from bot.archive.pages import FEEDS, Page
from bot.archive.printed import Printed, filled, known_as, printed
from bot.archive.site import shown
from bot.drafting import pages
from bot.house import House
from bot.model.archive import Here, Site
from bot.render.feeds import Entry, Feed, atom, json_feed
from bot.store import archive
from bot.store.archive import Content
from bot.store.database import Db
from bot.text import fold

_IN_A_DOCUMENT = 20
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def feed(house: House, site: Site, newsletter: str, kind: str, upto: int | None = None) -> Page | None:
    """A newsletter's editions as Atom ("xml") or as JSON Feed ("json"): the newest, or those that end with a number."""
    if newsletter not in shown(house).newsletters or kind not in FEEDS:
        return None
    imprint = house.imprint(newsletter)

    def address(there: int | None) -> str:
        return site.whole(pages.feed_path(newsletter, kind, there))

    with house.store.read() as db:
        if upto is not None and not _whole(db, newsletter, upto):
            return None
        contents = archive.contents(db, newsletter, above=_above(upto), upto=upto, limit=_IN_A_DOCUMENT)
        if upto is not None and not contents:
            return None
        entries = tuple(_entry(house, site, each, printed(house, db, each, site.whole)) for each in contents)
        before, after = _before(db, newsletter, upto), _after(db, newsletter, upto)
    made = Feed(
        address=address(upto),
        home=site.whole(pages.shelf_path(newsletter)),
        title=imprint.title,
        author=imprint.publisher or imprint.title,
        language=imprint.language,
        changed=max((each.changed for each in entries), default=_LONG_AGO),
        entries=entries,
        current=address(None) if upto is not None else None,
        older=address(before) if before is not None else None,
        newer=address(after) if after is not None else None,
    )
    path = pages.feed_path(newsletter, kind, upto)
    return Page(path, atom(made) if kind == "xml" else json_feed(made), FEEDS[kind], changed=made.changed)


def state(house: House, site: Site, newsletter: str, kind: str, upto: int | None = None) -> str | None:
    """What is another one as soon as a feed may be: a hash of all that it is made of, found without making it.

    None where there is no such newsletter or kind.
    """
    if newsletter not in shown(house).newsletters or kind not in FEEDS:
        return None
    with house.store.read() as db:
        neighbours = _before(db, newsletter, upto), _after(db, newsletter, upto)
        stands = archive.revisions(db, newsletter, above=_above(upto), upto=upto, limit=_IN_A_DOCUMENT)
        corrected = archive.corrected(db)
    made_of = (
        __version__,
        site,
        kind,
        upto,
        house.imprint(newsletter),
        shown(house),
        dress(house, site, newsletter).renderer.stamp(),
        neighbours,
        stands,
        corrected,
    )
    return hashlib.sha256(repr(made_of).encode()).hexdigest()[:32]


def older(house: House, newsletter: str, upto: int | None) -> int | None:
    """With which number the document ends that follows another one; None where that is the last."""
    with house.store.read() as db:
        return _before(db, newsletter, upto)


def _before(db: Db, newsletter: str, upto: int | None) -> int | None:
    if upto is None:
        shown = archive.editions(db, newsletter, above=0, upto=None, limit=_IN_A_DOCUMENT)
        if not shown:
            return None
        below = shown[-1].number - 1
    else:
        below = _above(upto)
    found = archive.newest(db, newsletter, upto=below)
    return _end(found.number) if found is not None else None


def _after(db: Db, newsletter: str, upto: int | None) -> int | None:
    """With which number the document ends that is newer than another one; None where only the newest editions are."""
    found = archive.after(db, newsletter, upto) if upto is not None else None
    return _end(found.number) if found is not None and _whole(db, newsletter, _end(found.number)) else None


def _whole(db: Db, newsletter: str, upto: int) -> bool:
    """Whether a document may end with a number: no new edition will come into it."""
    newest = archive.newest(db, newsletter)
    return upto % _IN_A_DOCUMENT == 0 and newest is not None and 0 < upto <= newest.number


def _above(upto: int | None) -> int:
    return upto - _IN_A_DOCUMENT if upto is not None else 0


def _end(number: int) -> int:
    """The last number of the document that holds `number`."""
    return -(-number // _IN_A_DOCUMENT) * _IN_A_DOCUMENT


def _entry(house: House, site: Site, content: Content, found: Printed) -> Entry:
    sent = content.sent
    body = dress(house, site, sent.newsletter).renderer.page(
        "web/archive/entry.html",
        found.language,
        {**known_as(found), "above": found.edition.page},
        Here(site, pages.edition_path(sent.newsletter, sent.number)),
    )
    return Entry(
        # What was sent never changes, and neither does this, wherever the archive moves.
        id=UUID(bytes=hashlib.sha256(content.payload).digest()[:16], version=5).urn,
        address=site.whole(pages.edition_path(sent.newsletter, sent.number)),
        title=fold(found.edition.subject.text),
        summary=fold(found.edition.preheader.text),
        html=filled(body, found),
        published=sent.at,
        changed=found.changed,
    )
