"""How sources and channels stand. The file is the truth: nothing of it is edited here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, request

from bot import agenda
from bot.config import Channel, FolderSource
from bot.deliver.pace import shut_until
from bot.desk.sessions import Desk, page
from bot.desk.words import When, when
from bot.house import House
from bot.model.editor import Right
from bot.platforms.contract import Checks, Expires, Finds
from bot.platforms.facts import Sunset
from bot.polling.standing import Condition, Standing
from bot.store import checkups, sources
from bot.store.checkups import Checkup
from bot.store.database import Db
from bot.watch import warnings

_NEXT = 3
# So many feeds stand on one page.
_PAGE = 100
_HELD = 50
_WRONG = (Condition.FAILING, Condition.BLOCKED, Condition.FROZEN, Condition.GONE, Condition.HELD)


@dataclass(frozen=True)
class Feed:
    """One feed: its address without what may be secret in it, and how it answered."""

    name: str
    address: str
    condition: str
    reason: str
    wrong: bool
    failures: int
    answered: When | None
    next: When | None
    held: int


@dataclass(frozen=True)
class Line:
    """One channel as it stands; `shut` is until when it sends nothing and why."""

    name: str
    platform: str
    settings: Channel
    known: bool
    sends: bool
    checked: When | None
    checkup: Checkup | None
    ends: When | None
    next: tuple[When | None, ...]
    shut: tuple[When | None, str] | None
    warnings: tuple[str, ...]
    sunsets: tuple[Sunset, ...]
    abilities: tuple[str, ...]


def pages(desk: Desk) -> Blueprint:
    """The pages that show how things stand outside."""
    blueprint = Blueprint("standing", __name__)

    @blueprint.get("/sources")
    @desk.needs(Right.READ)
    def of_sources() -> Response:
        now, zone = desk.now(), str(g.editor.zone)
        wanted = request.args.get("page", "")
        at = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 6 else 0
        known = desk.house.config.feeds
        with desk.house.store.read() as db:
            standings = {each.key: each for each in sources.listed(db, known)}
            held = sources.held(db)
        feeds = sorted(
            (_feed(key, standings.get(key), sum(each.source == key for each in held), zone, now) for key in known),
            key=lambda feed: (not feed.wrong and not feed.held, feed.name.casefold()),
        )
        return page(
            "sources.html",
            feeds=feeds[at * _PAGE : (at + 1) * _PAGE],
            number=len(feeds),
            at=at,
            more=len(feeds) > (at + 1) * _PAGE,
            folders=[each for each in desk.house.config.sources if isinstance(each, FolderSource)],
            held=[(each, when(each.claimed_at or each.first_seen_at, zone, now)) for each in held[:_HELD]],
            held_number=len(held),
        )

    @blueprint.get("/channels")
    @desk.needs(Right.READ)
    def of_channels() -> Response:
        house = desk.house
        lines = lines_of(house, str(g.editor.zone), desk.now())
        of_newsletters = {
            name: [newsletter for newsletter, table in house.config.newsletters.items() if table.channel == name]
            for name in house.config.channels
        }
        return page("channels.html", channels=lines, newsletters=of_newsletters, live=house.config.live)

    return blueprint


def lines_of(house: House, zone: str, now: datetime) -> list[Line]:
    """Every channel as it stands, with times in `zone`."""
    said: dict[str, list[str]] = {}
    for each in warnings(house, now):
        said.setdefault(each.channel, []).append(each.said)
    with house.store.read() as db:
        found = {each.channel: each for each in checkups.listed(db)}
        free = _next_times(house, db, now)
        return [
            _channel(house, db, name, found.get(name), free.get(name, ()), tuple(said.get(name, ())), zone, now)
            for name in house.config.channels
        ]


def _feed(key: str, standing: Standing | None, held: int, zone: str, now: datetime) -> Feed:
    if standing is None:
        return Feed(
            _shown(key),
            _shown(key),
            str(Condition.NEW),
            "",
            wrong=False,
            failures=0,
            answered=None,
            next=None,
            held=held,
        )
    over = standing.condition is Condition.GONE
    return Feed(
        standing.title or _shown(key),
        _shown(key),
        str(standing.condition),
        standing.reason,
        wrong=standing.condition in _WRONG,
        failures=standing.failures,
        answered=when(standing.succeeded_at, zone, now),
        next=None if over else when(standing.next_at, zone, now),
        held=held,
    )


def _next_times(house: House, db: Db, now: datetime) -> dict[str, tuple[datetime, ...]]:
    """The next free times of every channel that takes posts."""
    found: dict[str, list[datetime]] = {}
    for each in agenda.agenda(house, db, now, ahead=timedelta(weeks=1)).entries:
        if each.free and not each.newsletter:
            found.setdefault(each.lane, []).append(each.due)
    return {name: tuple(times[:_NEXT]) for name, times in found.items()}


def _channel(
    house: House,
    db: Db,
    name: str,
    checkup: Checkup | None,
    free: tuple[datetime, ...],
    said: tuple[str, ...],
    zone: str,
    now: datetime,
) -> Line:
    settings = house.config.channels[name]
    platform = house.channels.get(name)
    shut = shut_until(house, db, name, now) if platform is not None else None
    abilities = []
    if platform is not None:
        abilities += ["can be asked what arrived"] if isinstance(platform, Finds) else ["cannot be asked what arrived"]
        abilities += ["is tried once a day"] if isinstance(platform, Checks | Expires) else ["cannot be tried"]
    return Line(
        name,
        settings.platform,
        settings,
        known=platform is not None,
        sends=house.may_send(name),
        checked=when(checkup.at, zone, now) if checkup else None,
        checkup=checkup,
        ends=when(checkup.ends_at, zone, now) if checkup else None,
        next=tuple(when(each, zone, now) for each in free),
        shut=(when(shut[0], zone, now), shut[1]) if shut else None,
        warnings=said,
        sunsets=platform.facts.sunsets if platform is not None else (),
        abilities=tuple(abilities),
    )


def _shown(url: str) -> str:
    """An address without what may be secret in it: no name, no password, no query."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}{parts.path}" or url.partition("?")[0]
