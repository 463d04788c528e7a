"""What readers do with a newsletter: ask for it, say that they meant it, choose how often, leave, and be forgotten.

Whoever asks from outside gets the same answer whether we know the address or not.
"""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from bot.addresses import MOST_LEANINGS, Fault, Line, read_name
from bot.barring import Barred
from bot.drafting.payload import thaw
from bot.enlisting import sort_out
from bot.errors import Refused
from bot.house import House
from bot.model.address import Address
from bot.model.publication import Mail
from bot.model.subscriber import TRIAL, Cadence, Standing, Why, Wishes
from bot.platforms.letters import Letters
from bot.store import confirmations, drafts, episodes, subscribers
from bot.store.database import Db, alone
from bot.store.subscribers import EVERYWHERE, LISTS, Joining, Subscription

PAUSE = timedelta(days=30)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
# So many questions "did you mean it?" go to one address in a day, whoever fills in the form.
_QUESTIONS_A_DAY = 3
_PAGE = 1_000
FAULTS_KEPT = 20
"""So many of the rows that are left out stand in a report; whoever wants all takes them as they pass by."""
# What readers choose from is what so many editions had, and so many of their topics.
_LATELY = 12
_TOPICS = 30
_READ_LATELY = 60


@dataclass
class Imported:
    """What came of a list: how many are new, were there, were barred, how many rows were left out and the first."""

    added: int = 0
    known: int = 0
    suppressed: int = 0
    left_out: int = 0
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class Offered:
    """What readers may leave out or want more of, by name, in the order of the alphabet."""

    shows: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


@dataclass
class Barring:
    """What came of a list of whom not to mail: how many are new, were barred before, are left out; and those first."""

    added: int = 0
    known: int = 0
    left_out: int = 0
    faults: list[Fault] = field(default_factory=list)


def new_token() -> str:
    """What stands in a reader's own addresses: 192 bits that nobody can guess."""
    return secrets.token_urlsafe(24)


def may_be_a_token(text: str) -> bool:
    """Whether a text looks like a token of ours, whoever's; so does what stands in a mail that was sent as a trial."""
    return text == TRIAL or _TOKEN.fullmatch(text) is not None


def ask(house: House, newsletter: str, address: Address, *, name: str, consent: str, now: datetime) -> None:
    """Somebody filled in the form: ask them by mail whether they meant it. Tells the caller nothing.

    Raises Refused where the newsletter's list is not ours.
    """
    refuse_a_foreign_list(house, newsletter)
    with house.store.write() as db:
        barred = subscribers.suppressed(db, address.hash, newsletter)
        if barred is not None and barred.why not in subscribers.LIFTED_BY_A_YES:
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


def prefer(
    house: House,
    token: str,
    *,
    cadence: Cadence,
    pause: bool,
    now: datetime,
    wishes: Wishes | None = None,
) -> Subscription | None:
    """The reader of this token chooses how often and what, or to be left alone for 30 days. None leaves the wishes."""
    with house.store.write() as db:
        found = subscribers.by_token(db, token)
        if found is None:
            return None
        until = None
        if pause:
            running = found.paused_until is not None and found.paused_until > now
            until = found.paused_until if running else now + PAUSE
        subscribers.prefer(db, found, cadence=cadence, paused_until=until, at=now, wishes=wishes)
        return subscribers.get(db, found.subscriber_id, found.newsletter)


def offered(house: House, newsletter: str) -> Offered:
    """The shows and topics that the newest editions of a newsletter had, and the shows of what was read lately.

    The latter are there to choose from before a first edition has gone out.
    """
    with house.store.read() as db:
        payloads = drafts.newest_published(db, newsletter, limit=_LATELY)
        read = episodes.shows_lately(db, _READ_LATELY)
    shows, topics = {read_name(each) for each in read} - {""}, Counter[str]()
    for payload in payloads:
        mail = thaw(payload)
        for story in mail.stories if isinstance(mail, Mail) else ():
            shows |= {read_name(story.show)} - {""}
            topics.update({read_name(each) for each in story.topics} - {""})
    often = [topic for topic, _ in topics.most_common(_TOPICS)]
    return Offered(tuple(sorted(shows, key=str.casefold)[:MOST_LEANINGS]), tuple(sorted(often, key=str.casefold)))


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


def take_over(
    house: House, rows: Iterable[Barred | Fault], now: datetime, *, source: str, rehearse: bool = False
) -> Barring:
    """Keep from being mailed whoever a list names. Only fingerprints are kept; the first reason of each stays."""
    report = Barring()
    waiting = iter(rows)
    while page := list(islice(waiting, _PAGE)):
        with house.store.read() if rehearse else house.store.write() as db:
            if not rehearse:
                alone(db, LISTS)
            for row in page:
                if isinstance(row, Fault):
                    _leave_out(row, report)
                elif _bar(db, row, now, source=source, rehearse=rehearse):
                    report.added += 1
                else:
                    report.known += 1
    return report


def _bar(db: Db, row: Barred, now: datetime, *, source: str, rehearse: bool) -> bool:
    if rehearse:
        return subscribers.suppressed(db, row.address_hash, row.newsletter) is None
    for each in subscribers.of_hash(db, row.address_hash):
        if row.newsletter in (EVERYWHERE, each.newsletter):
            subscribers.end(db, each, row.why, at=now, detail=source)
    return subscribers.suppress(db, row.address_hash, row.why, newsletter=row.newsletter, at=now, detail=source)


def take_in(
    house: House, newsletter: str, rows: Iterable[Line | Fault], now: datetime, *, rehearse: bool = False
) -> Imported:
    """Import readers who agreed elsewhere. Who is suppressed stays so, who is there stays as they are.

    A page of them is kept at a time. Where it breaks off, the same list once more finishes the rest and finds those who
    were taken in before among the known.
    """
    refuse_a_foreign_list(house, newsletter)
    report = Imported()
    page: list[Line] = []
    for row in rows:
        if isinstance(row, Fault):
            _leave_out(row, report)
            continue
        page.append(row)
        if len(page) == _PAGE:
            _take_in(house, newsletter, page, report, now, rehearse=rehearse)
            page = []
    if page:
        _take_in(house, newsletter, page, report, now, rehearse=rehearse)
    return report


def _take_in(
    house: House, newsletter: str, page: Sequence[Line], report: Imported, now: datetime, *, rehearse: bool
) -> None:
    with house.store.read() if rehearse else house.store.write() as db:
        if not rehearse:
            alone(db, LISTS)
        found = sort_out(
            page,
            barred=subscribers.barred(db, [row.address.hash for row in page], newsletter),
            active=subscribers.active(db, [row.address.key for row in page], newsletter),
        )
        if not rehearse:
            subscribers.join(db, newsletter, [_joining(row, now) for row in found.joining], at=now)
    report.added += len(found.joining)
    report.known += found.known
    report.suppressed += found.suppressed


def _joining(row: Line, now: datetime) -> Joining:
    paused = row.paused_until if row.paused_until is not None and row.paused_until > now else None
    return Joining(row.address, row.name, row.cadence, paused, new_token(), row.consent, row.wishes)


def _leave_out(fault: Fault, report: Imported | Barring) -> None:
    report.left_out += 1
    if len(report.faults) < FAULTS_KEPT:
        report.faults.append(fault)


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
