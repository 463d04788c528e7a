"""The pages of the archive as bytes: the newsletters, the list of editions, an edition, a quote, feeds, the style."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from bot.archive.cards import card, drawn
from bot.archive.dress import dress, sheet, style_path
from bot.archive.pictures import picture
from bot.archive.printed import Printed, filled, known_as, printed
from bot.archive.quoted import quoted
from bot.archive.site import shown
from bot.drafting import moments, pages
from bot.drafting.payload import thaw
from bot.errors import Refused
from bot.house import House
from bot.model.archive import Here, Picture, Quoted, Row, Site, Source
from bot.model.digest import Edition
from bot.model.publication import Medium
from bot.store import archive
from bot.store.archive import Content, Sent
from bot.store.codec import decode
from bot.store.database import Db
from bot.subscribe import refuse_a_foreign_list

FEEDS = {"xml": "application/atom+xml", "json": "application/feed+json"}
# The numbers of the editions on one page of the list. Pages begin at multiples of it, so that a new edition changes
# the first page only.
_TO_A_PAGE = 40


@dataclass(frozen=True)
class Page:
    """One address of the archive and what it answers. `changed` is when its content did last, where that is known.

    `pictures` are what it shows where its address is shared.
    """

    path: str
    body: bytes
    mime: str = "text/html"
    status: int = 200
    changed: datetime | None = None
    pictures: tuple[Picture, ...] = ()


def style(house: House, site: Site, theme: str) -> Page | None:
    """The style sheet of the pages that wear a theme, in its colours, faces and measures."""
    wears, path = sheet(house, site, theme), style_path(theme)
    if wears is None:
        return None
    return Page(path, wears.page("web/archive/archive.css", "en", {}, Here(site, path)).encode(), "text/css")


def home(house: House, site: Site, *, path: str = pages.HOME) -> Page:
    """The newsletters that have an archive, each with its newest edition."""
    with house.store.read() as db:
        found = [
            (house.imprint(name), pages.shelf_path(name), _listed(house, name, newest) if newest else None)
            for name in shown(house).newsletters
            for newest in [archive.newest(db, name)]
        ]
    tongue = found[0][0].language if found else "en"
    context = {"newsletters": found}
    return _page(house, site, "home.html", path, context, tongue=tongue, whole=site.whole(pages.HOME))


def newest(house: House, newsletter: str) -> Row | None:
    """The newest edition of a newsletter that anybody may read."""
    if newsletter not in shown(house).newsletters:
        return None
    with house.store.read() as db:
        found = archive.newest(db, newsletter)
    return _listed(house, newsletter, found) if found is not None else None


def shelf(house: House, site: Site, newsletter: str, upto: int | None = None) -> Page | None:
    """The editions of a newsletter, newest first: the first page of them, or the one that ends with a number."""
    if newsletter not in shown(house).newsletters:
        return None
    with house.store.read() as db:
        first = _first(db, newsletter)
        if upto is not None and (upto % _TO_A_PAGE or upto > first):
            return None
        above = first if upto is None else upto - _TO_A_PAGE
        found = archive.editions(db, newsletter, above=above, upto=upto, limit=2 * _TO_A_PAGE)
        if upto is not None and not found:
            return None
        older = older_than(db, newsletter, upto)
        newer = archive.after(db, newsletter, upto) if upto is not None else None
    rows = [_listed(house, newsletter, each) for each in found]
    context = {
        "years": [(year, list(of_year)) for year, of_year in groupby(rows, key=lambda row: row.day.year)],
        "older": pages.shelf_path(newsletter, older) if older is not None else None,
        "newer": _shelf_of(newsletter, newer.number, first) if newer else None,
        "upto": upto,
    }
    return _page(house, site, "shelf.html", pages.shelf_path(newsletter, upto), context, newsletter=newsletter)


def older_than(db: Db, newsletter: str, upto: int | None) -> int | None:
    """With which number the page of the list ends that follows another; None where that is the last."""
    above = _first(db, newsletter) if upto is None else upto - _TO_A_PAGE
    found = archive.newest(db, newsletter, upto=above)
    return _end(found.number) if found is not None else None


def edition(house: House, site: Site, newsletter: str, number: int) -> Page | None:
    """One edition as it was sent, with what was put right since."""
    if newsletter not in shown(house).newsletters:
        return None
    path = pages.edition_path(newsletter, number)
    with house.store.read() as db:
        content = archive.content(db, newsletter, number)
        if content is None:
            return None
        found = printed(house, db, content, lambda to: site.link(to, here=path))
        before, after = archive.newest(db, newsletter, upto=number - 1), archive.after(db, newsletter, number)
        shows = _card_of(house, site, content.sent, found.edition) or _picture_of(house, db, content)
    context = {
        **known_as(found),
        "before": _listed(house, newsletter, before) if before else None,
        "after": _listed(house, newsletter, after) if after else None,
        "picture": shows,
        "pictures": {
            episode: site.link(house.path_of(each.medium), here=path)
            for episode, each in found.edition.pictures.items()
        },
        "sent_at": found.sent.at,
    }
    page = _page(house, site, "edition.html", path, context, newsletter=newsletter, tongue=found.language)
    covers = tuple(_cover(house, each.medium) for each in found.edition.artwork)
    return _without_places(replace(page, pictures=(*page.pictures, *covers)), found)


def quote(house: House, site: Site, key: str) -> Page | None:
    """The page of one quote. 410 where whoever published it took it back."""
    path = pages.quote_path(key)
    with house.store.read() as db:
        found = quoted(house, db, key)
        if found is None:
            return None
        shows = _picture_for(house, site, db, found)
    by = found.speaker or found.show or ""
    context = {
        "quote": found,
        "withdrawn": found.source is Source.WITHDRAWN,
        "appearances": [
            (house.imprint(each.newsletter).title, pages.edition_path(each.newsletter, each.number), each)
            for each in found.editions
            if each.newsletter is not None and each.number is not None
        ],
        "description": f"{by}: {found.episode}" if by else found.episode,
        "picture": shows,
        "moment": moments.shown(found.moment),
    }
    tongue = house.config.newsletters[found.newsletter].language if found.newsletter else found.language or "en"
    status = 410 if found.taken_back else 200
    return _page(house, site, "quote.html", path, context, newsletter=found.newsletter, tongue=tongue, status=status)


def picture_of_edition(house: House, site: Site, newsletter: str, number: int) -> Page | None:
    """The card of an edition; None where there is no such edition, or none can be drawn."""
    if newsletter not in shown(house).newsletters:
        return None
    with house.store.read() as db:
        content = archive.content(db, newsletter, number)
    if content is None:
        return None
    found = card(house, site, content.sent, decode(Edition, content.basis))
    file = drawn(house, content.sent, found) if found is not None else None
    return Page(found.picture.path, file, found.picture.mime) if found is not None and file is not None else None


def _listed(house: House, newsletter: str, sent: Sent) -> Row:
    day = sent.at.astimezone(ZoneInfo(house.config.newsletters[newsletter].zone)).date()
    return Row(sent.number, sent.subject, day, pages.edition_path(newsletter, sent.number))


def _first(db: Db, newsletter: str) -> int:
    """The number above which editions stand on the first page: those of the newest page that is full, and what came
    since."""
    newest = archive.newest(db, newsletter)
    return max(0, _before(newest.number) - _TO_A_PAGE) if newest is not None else 0


def _before(number: int) -> int:
    """The last number of the page before the one that holds `number`."""
    return (number - 1) // _TO_A_PAGE * _TO_A_PAGE


def _end(number: int) -> int:
    """The last number of the page that holds `number`."""
    return _before(number) + _TO_A_PAGE


def _shelf_of(newsletter: str, number: int, first: int) -> str:
    """The page of the list that holds a number; those above `first` stand on the first page."""
    return pages.shelf_path(newsletter, None if number > first else _end(number))


def _card_of(house: House, site: Site, sent: Sent, edition: Edition) -> Picture | None:
    found = card(house, site, sent, edition)
    return found.picture if found is not None else None


def _picture_for(house: House, site: Site, db: Db, quote: Quoted) -> Picture | None:
    """The card that a quote was published with, else that of the edition in which it ran first."""
    if quote.taken_back:
        return None
    if quote.picture is not None or not quote.editions:
        return quote.picture
    content = archive.content(db, quote.editions[0].newsletter, quote.editions[0].number)
    return _card_of(house, site, content.sent, decode(Edition, content.basis)) if content is not None else None


def _cover(house: House, of: Medium) -> Picture:
    return Picture(house.path_of(of), of.mime, of.alt, of.width, of.height, of.sha256)


def _picture_of(house: House, db: Db, content: Content) -> Picture | None:
    """The card of the first quotation of an edition, where it was posted with one."""
    quotes = thaw(content.payload).quotes[:1]
    identities = archive.identities(db, {each.ref.episode for each in quotes})
    keys = [pages.quote_key(identities[each.ref.episode], each.text) for each in quotes]
    runs = [each for key in keys for each in archive.ran(db, key, shown(house))]
    return picture(house, (thaw(each.payload) for each in runs))


def _page(
    house: House,
    site: Site,
    template: str,
    path: str,
    context: Mapping[str, object],
    *,
    newsletter: str | None = None,
    tongue: str | None = None,
    whole: str | None = None,
    status: int = 200,
) -> Page:
    imprint = house.imprint(newsletter) if newsletter is not None else None
    feeds = (
        [(kind, mime, pages.feed_path(newsletter, kind)) for kind, mime in FEEDS.items()]
        if newsletter is not None
        else []
    )
    shows = context.get("picture")
    wears = dress(house, site, newsletter)
    html = wears.renderer.page(
        f"web/archive/{template}",
        tongue or (imprint.language if imprint else "en"),
        {
            "imprint": imprint,
            "publisher": imprint.publisher if imprint else "",
            "shelf": pages.shelf_path(newsletter) if newsletter is not None else None,
            "home": pages.HOME,
            "subscribe": _subscribe(house, site, newsletter),
            "feeds": feeds,
            "style": wears.style,
            "canonical": whole or site.whole(path),
            "picture": None,
            **context,
        },
        Here(site, path),
    )
    return Page(path, html.encode(), status=status, pictures=(shows,) if isinstance(shows, Picture) else ())


def _subscribe(house: House, site: Site, newsletter: str | None) -> str | None:
    """Where somebody becomes a reader of a newsletter; None where its list is not ours or cannot be reached."""
    if newsletter is None:
        return None
    try:
        refuse_a_foreign_list(house, newsletter)
    except Refused:
        return None
    if house.config.web.public is None and site.files:
        return None
    return f"{house.config.web.public if site.files else ''}/subscribe/{newsletter}"


def _without_places(page: Page, found: Printed) -> Page:
    return Page(page.path, filled(page.body.decode(), found).encode(), pictures=page.pictures)
