"""What readers do with a newsletter: ask for it, say that they meant it, choose how often, leave, and be forgotten.

Whoever asks from outside gets the same answer whether we know the address or not.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.addresses import Fault, Line
from bot.errors import Refused
from bot.house import House
from bot.model.address import Address
from bot.model.subscriber import Cadence, Standing, Why
from bot.platforms.letters import Letters
from bot.store import confirmations, subscribers
from bot.store.database import Db
from bot.store.subscribers import EVERYWHERE, Subscription

PAUSE = timedelta(days=30)
# So many questions "did you mean it?" go to one address in a day, whoever fills in the form.
_QUESTIONS_A_DAY = 3
_PAGE = 1_000


@dataclass
class Imported:
    """What came of a list: how many are new, were there, were barred; and the rows that name nobody."""

    added: int = 0
    known: int = 0
    suppressed: int = 0
    faults: list[Fault] = field(default_factory=list)


def new_token() -> str:
    """What stands in a reader's own addresses: 192 bits that nobody can guess."""
    return secrets.token_urlsafe(24)


def ask(house: House, newsletter: str, address: Address, *, name: str, consent: str, now: datetime) -> None:
    """Somebody filled in the form: ask them by mail whether they meant it. Tells the caller nothing.

    Raises Refused where the newsletter's list is not ours.
    """
    refuse_a_foreign_list(house, newsletter)
    with house.store.write() as db:
        barred = subscribers.suppressed(db, address.hash, newsletter)
        if barred is not None and barred.why not in (Why.UNSUBSCRIBED, Why.ERASED):
            return
        found = subscribers.ask(db, address, newsletter, token=new_token(), consent=consent, at=now, name=name)
        if found.standing is not Standing.PENDING:
            return
        if confirmations.number_since(db, found.subscriber_id, since=now - timedelta(days=1)) < _QUESTIONS_A_DAY:
            channel = house.config.newsletters[newsletter].channel
            confirmations.plan(db, channel=channel, newsletter=newsletter, subscriber=found.subscriber_id, at=now)


def confirm(house: House, token: str, now: datetime) -> Subscription | None:
    """The reader of this token said that they meant it. None where it is nobody's."""
    with house.store.write() as db:
        found = subscribers.by_token(db, token)
        if found is None:
            return None
        subscribers.confirm(db, found, at=now)
        return subscribers.get(db, found.subscriber_id, found.newsletter)


def leave(house: House, token: str, now: datetime, *, how: str) -> Subscription | None:
    """The reader of this token wants no more. Once more changes nothing. None where it is nobody's."""
    with house.store.write() as db:
        found = subscribers.by_token(db, token)
        if found is not None:
            subscribers.end(db, found, Why.UNSUBSCRIBED, at=now, detail=how)
        return found


def prefer(house: House, token: str, *, cadence: Cadence, pause: bool, now: datetime) -> Subscription | None:
    """The reader of this token chooses how often, or to be left alone for 30 days."""
    with house.store.write() as db:
        found = subscribers.by_token(db, token)
        if found is None:
            return None
        until = None
        if pause:
            running = found.paused_until is not None and found.paused_until > now
            until = found.paused_until if running else now + PAUSE
        subscribers.prefer(db, found, cadence=cadence, paused_until=until, at=now)
        return subscribers.get(db, found.subscriber_id, found.newsletter)


def erase(house: House, address: Address, now: datetime) -> bool:
    """Forget a person. False where nobody of the address is known; it is kept from being mailed all the same."""
    with house.store.write() as db:
        return subscribers.erase(db, address, at=now)


def suppress(house: House, address: Address, *, reason: str, now: datetime) -> bool:
    """Never mail an address again, by a person's decision. False where it was kept from being mailed before."""
    with house.store.write() as db:
        for each in subscribers.every(db, address):
            subscribers.end(db, each, Why.BY_HAND, at=now, detail=reason)
        return subscribers.suppress(db, address.hash, Why.BY_HAND, newsletter=EVERYWHERE, at=now, detail=reason)


def take_in(
    house: House, newsletter: str, rows: Iterable[Line | Fault], now: datetime, *, rehearse: bool = False
) -> Imported:
    """Import readers who agreed elsewhere. Who is suppressed stays so, who is there stays as they are."""
    refuse_a_foreign_list(house, newsletter)
    report = Imported()
    page: list[Line] = []
    for row in rows:
        if isinstance(row, Fault):
            report.faults.append(row)
            continue
        page.append(row)
        if len(page) == _PAGE:
            _take_in(house, newsletter, page, report, now, rehearse=rehearse)
            page = []
    if page:
        _take_in(house, newsletter, page, report, now, rehearse=rehearse)
    return report


def _take_in(
    house: House, newsletter: str, page: list[Line], report: Imported, now: datetime, *, rehearse: bool
) -> None:
    with house.store.read() if rehearse else house.store.write() as db:
        for row in page:
            _take(db, newsletter, row, report, now, rehearse=rehearse)


def _take(db: Db, newsletter: str, row: Line, report: Imported, now: datetime, *, rehearse: bool) -> None:
    if subscribers.suppressed(db, row.address.hash, newsletter) is not None:
        report.suppressed += 1
        return
    found = subscribers.of(db, row.address, newsletter)
    if found is not None and found.standing is Standing.ACTIVE:
        report.known += 1
        return
    report.added += 1
    if not rehearse:
        subscribers.ask(
            db,
            row.address,
            newsletter,
            token=new_token(),
            consent=row.consent,
            at=now,
            name=row.name,
            standing=Standing.ACTIVE,
            cadence=row.cadence,
        )


def refuse_a_foreign_list(house: House, newsletter: str) -> None:
    """Raise Refused where a newsletter goes out by a service that keeps its own list."""
    if newsletter not in house.config.newsletters:
        raise Refused(f"There is no newsletter '{newsletter}' in the configuration.")
    channel = house.config.newsletters[newsletter].channel
    platform = house.channels.get(channel)
    if not isinstance(platform, Letters):
        raise Refused(
            f"The readers of '{newsletter}' are not kept here: its channel '{channel}' is no service of single mails. "
            "Take one such as smtp, resend or postmark, or keep the list at the service."
        )
