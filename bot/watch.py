"""The watchdogs: accounts are tried once a day, read-only, and people hear a week ahead of a credential that ends.

A credential that can be renewed is renewed then. What was found is kept, so that a restart tries nothing again.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.config import Config
from bot.errors import Rejected, Unsent
from bot.house import House
from bot.platforms.contract import Checks, Expires, Http, Platform, Refreshes
from bot.platforms.letters import Vouches, refuse_a_strange_sender
from bot.store import checkups, events, media, subscribers, tellings
from bot.store.checkups import Checkup
from bot.store.database import Db

EVERY = timedelta(days=1)
# An account on which something was wrong is tried again sooner.
AFTER_A_FAULT = timedelta(hours=1)
AHEAD = timedelta(days=7)
UNANSWERED = timedelta(days=14)
# No service repeats an event of a mail for so long.
REPEATED = timedelta(days=60)
# So many files at the most are looked at in one pass.
_MEDIA_AT_ONCE = 20
SUNSET_AHEAD = timedelta(days=60)


@dataclass(frozen=True)
class Warned:
    """Something about a channel that somebody should see to."""

    channel: str
    said: str


def watch(house: House, clock: Callable[[], datetime]) -> int:
    """Try every account whose time has come, and forget who never said yes. Returns how many accounts were tried.

    Media that nothing needs any more are removed, too.
    """
    _forget(house, clock())
    due = [name for name in house.channels if _due(house, name, clock())]
    if not due:
        return 0
    from bot.ways import Ways

    with Ways() as http, ThreadPoolExecutor(house.config.senders, thread_name_prefix="watch") as pool:
        for each in [pool.submit(_try, house, name, http, clock) for name in due]:
            each.result()
    return len(due)


def _forget(house: House, now: datetime) -> None:
    """Somebody who asked for a newsletter and did not confirm it is none of our business after two weeks."""
    with house.store.read() as db:
        stale = subscribers.unanswered(db, asked_before=now - UNANSWERED)
        old = tellings.told_earlier(db, before=now - REPEATED)
        looked_at = media.to_be_looked_at(db, at=now)
    if stale:
        house.store.together(lambda db: subscribers.forget(db, stale))
    if old:
        house.store.together(lambda db: tellings.forget(db, before=now - REPEATED))
    if looked_at:
        house.store.together(lambda db: media.tidy(db, at=now, most=_MEDIA_AT_ONCE))


def warnings(house: House, now: datetime) -> list[Warned]:
    """What the watchdogs have to say, read from what was found last; asks nobody."""
    with house.store.read() as db:
        found = {each.channel: each for each in checkups.listed(db)}
    said = []
    for name, platform in house.channels.items():
        if (kept := found.get(name)) is not None:
            if kept.fault:
                said.append(Warned(name, kept.said))
            if kept.ends_at is not None and kept.ends_at - now <= AHEAD:
                said.append(Warned(name, f"its credential ends at {kept.ends_at:%d %B %Y, %H:%M} UTC; {kept.said}"))
        said += [Warned(name, each) for each in _sunsets(platform, now.date())]
    return said


def _due(house: House, name: str, now: datetime) -> bool:
    platform = house.channels[name]
    if not platform.leaves_home or not house.may_send(name) or not isinstance(platform, Checks | Expires):
        return False
    with house.store.read() as db:
        last = checkups.latest(db, name)
    return last is None or now - last.at >= (AFTER_A_FAULT if last.fault else EVERY)


def _try(house: House, name: str, http: Http, clock: Callable[[], datetime]) -> None:
    platform = house.channels[name]
    with house.store.read() as db:
        before = checkups.latest(db, name)
    said, fault, ends_at = "", False, before.ends_at if before else None
    try:
        said, ends_at = _found(platform, http, clock())
        refuse_strange_senders(house.config, name, platform, http)
    except Unsent as error:
        said = f"{error} {error.remedy}" if isinstance(error, Rejected) else str(error)
        fault = True
    now = clock()
    found = Checkup(name, now, fault, said, ends_at)

    def keep(db: Db) -> None:
        checkups.keep(db, found)
        for what, detail in _news(before, found, now):
            events.note(db, at=now, actor="pullquote", subject=f"channel:{name}", what=what, detail=detail)

    house.store.together(keep)


def refuse_strange_senders(config: Config, channel: str, platform: Platform, http: Http) -> None:
    """Raise Rejected where a service that tells its domains signs for none of a newsletter's sender."""
    ours = {name: table.sender for name, table in config.newsletters.items() if table.channel == channel}
    if not ours or not isinstance(platform, Vouches) or (domains := platform.vouched(http)) is None:
        return
    for newsletter, sender in ours.items():
        refuse_a_strange_sender(sender, domains, service=platform.name.capitalize(), newsletter=newsletter)


def _found(platform: Platform, http: Http, now: datetime) -> tuple[str, datetime | None]:
    """Try an account, and renew its credential where that is due. Raises Unsent."""
    ends = platform.expiry(http) if isinstance(platform, Expires) else None
    if ends is not None and ends.at - now <= AHEAD and isinstance(platform, Refreshes):
        platform.refresh(http)
        ends = platform.expiry(http) if isinstance(platform, Expires) else None
    said = platform.check(http) if isinstance(platform, Checks) else ""
    if ends is not None and ends.at - now <= AHEAD:
        said = f"{ends.what}: {ends.remedy}"
    return said, ends.at if ends is not None else None


def _news(before: Checkup | None, found: Checkup, now: datetime) -> list[tuple[str, str]]:
    """What is worth a line of history: a fault that is new or over, and each day that a credential is about to end."""
    news = []
    if found.fault and (before is None or not before.fault):
        news.append(("account at fault", found.said))
    if before is not None and before.fault and not found.fault:
        news.append(("account in order again", found.said))
    if found.ends_at is not None and found.ends_at - now <= AHEAD:
        news.append(("credential ends", f"{found.ends_at:%d %B %Y, %H:%M} UTC; {found.said}"))
    return news


def _sunsets(platform: Platform, today: date) -> list[str]:
    return [
        f"{each.what} ends on {each.on:%d %B %Y}: {each.remedy}"
        for each in platform.facts.ending(today, within=SUNSET_AHEAD)
    ]
