"""Takes in what services of mails tell later: who got it, whose address is none, who complained, who wants no more.

What is repeated changes nothing. An address that is none, and one whose reader complained, is never mailed again by any
newsletter; one that wants no more, not by this one.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from bot.errors import Refused
from bot.house import House
from bot.model.address import Address
from bot.model.states import Fate
from bot.model.subscriber import Why
from bot.platforms.letters import proof, read_mark
from bot.platforms.telling import Happening, Tells, TellsThrough, Told
from bot.reading.report import Ending, Report, report
from bot.store import mailings, receipts, subscribers, tellings
from bot.store.database import Db
from bot.store.receipts import Recipient
from bot.store.subscribers import EVERYWHERE, Subscription
from bot.ways import Ways

# After so many mails in a row that could not be handed over, an address is taken for dead.
_SOFT_BOUNCES = 5
_ADDRESS = re.compile(r"[^\s<>\"';,:()\[\]]+@[^\s<>\"';,:()\[\]]+")


def hear(house: House, channel: str, headers: Mapping[str, str], body: bytes, now: datetime) -> int:
    """Take in one request of a service's webhook. Returns how many events were new.

    Raises Forged where it does not prove itself, Refused where the channel's service tells nothing, NotSent where its
    proof cannot be fetched now, ValueError for nonsense.
    """
    try:
        told = _events(house, channel, headers, body, now)
    except (LookupError, TypeError, AttributeError, RecursionError) as error:
        # It proved whose it is, and yet misses what every event has: its sender is told so, and nothing of ours fails.
        raise ValueError("It is no event of this service's.") from error
    new = 0
    with house.store.write() as db:
        for each in told:
            if not tellings.told_before(db, channel, each.event, at=now):
                new += 1
                _take_in(db, house, channel, each, now)
    return new


def _events(house: House, channel: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[Told]:
    platform: object = house.channels.get(channel)
    match platform:
        case Tells():
            return platform.events(headers, body, now=now)
        case TellsThrough():
            with Ways(clock=lambda: now) as http:
                return platform.events_through(headers, body, http, now=now)
        case _:
            raise Refused(f"Nothing is told to '{channel}'.")


class Heard(StrEnum):
    """What came of a mail that reports of a mail."""

    BOUNCED = "bounced"
    DEFERRED = "deferred"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    REPEATED = "repeated"
    NOTHING = "nothing"
    UNPROVEN = "unproven"


def hear_mail(house: House, content: bytes, now: datetime) -> Heard:
    """Take in a mail that came back: a bounce or a complaint (RFC 3464, 5965), of whatever channel.

    It counts where it proves that who wrote it had our mail: by the mark in the address that it came to, or by the way
    out in the headers that it gives back. What is unclear changes nothing. Raises UnreadableDocument where it is huge.
    """
    found = report(content)
    happening = _HAPPENED.get(found.ending) if found is not None else None
    if found is None or happening is None:
        return Heard.NOTHING
    with house.store.write() as db:
        recipient = _returned(db, found)
        if recipient is None:
            return Heard.UNPROVEN
        said = {Address(each).hash for each in found.addresses}
        # A provider leaves out who complained. A dead address that we never wrote to is one that ours is forwarded to.
        if recipient.address_hash not in said and (said or found.ending in (Ending.GONE, Ending.FAILED)):
            return Heard.NOTHING
        channel, letter = receipts.letter_of(db, recipient)
        if tellings.told_before(db, channel, f"{found.ending} {letter}", at=now):
            return Heard.REPEATED
        if found.ending is Ending.FAILED:
            _forgive(db, channel, recipient)
        told = Told(event="", happening=happening, at=now, address="", letter=letter, reason=found.reason)
        _take_in(db, house, channel, told, now)
    return Heard(happening)


_HAPPENED = {
    Ending.GONE: Happening.BOUNCED,
    Ending.FAILED: Happening.DEFERRED,
    Ending.COMPLAINED: Happening.COMPLAINED,
    Ending.UNSUBSCRIBED: Happening.UNSUBSCRIBED,
}


def _returned(db: Db, found: Report) -> Recipient | None:
    """The mail that a report proves to have had."""
    for key, shown in filter(None, map(read_mark, sorted(found.came_to))):
        recipient = receipts.by_letter(db, key)
        if recipient is not None and recipient.token and hmac.compare_digest(proof(key, recipient.token), shown):
            return recipient
    candidates = [each for one in found.ids for each in receipts.by_remote_id(db, one)]
    candidates += [each for key in found.letters if (each := receipts.by_letter(db, key)) is not None]
    tokens = [each.rpartition("/")[2].encode("utf-8", "replace") for each in found.ways_out]
    return next(
        (
            each
            for each in candidates
            if each.token and any(hmac.compare_digest(each.token.encode(), one) for one in tokens)
        ),
        None,
    )


def _forgive(db: Db, channel: str, recipient: Recipient) -> None:
    """Forget earlier failures where the mail before this one did not fail: no mail server says that one arrived."""
    newsletter = mailings.newsletter_of(db, recipient.delivery_id)
    before = receipts.the_one_before(db, recipient, newsletter) if newsletter is not None else None
    if before is None or newsletter is None:
        return
    _, letter = receipts.letter_of(db, before)
    wanted = subscribers.get(db, recipient.subscriber_id, newsletter)
    if wanted is not None and not tellings.was_told(db, channel, f"{Ending.FAILED} {letter}"):
        subscribers.arrived(db, wanted)


def _take_in(db: Db, house: House, channel: str, told: Told, now: datetime) -> None:
    # Servers repeat the address in their words, and a suppression must not keep it.
    told = replace(told, reason=_ADDRESS.sub("…", told.reason))
    recipient = _whose(db, told)
    newsletter = mailings.newsletter_of(db, recipient.delivery_id) if recipient is not None else None
    address_hash = recipient.address_hash if recipient is not None else Address(told.address.strip()).hash
    wanted = _subscription(db, house, channel, told, recipient, newsletter)
    match told.happening:
        case Happening.DELIVERED:
            _fate(db, recipient, Fate.DELIVERED, told, now)
            if wanted is not None:
                subscribers.arrived(db, wanted)
        case Happening.DEFERRED:
            if wanted is not None and subscribers.bounced_softly(db, wanted) >= _SOFT_BOUNCES:
                said = f"{_SOFT_BOUNCES} mails in a row could not be handed over: {told.reason}"
                subscribers.end(db, wanted, Why.BOUNCED, at=now, detail=said)
        case Happening.BOUNCED:
            _fate(db, recipient, Fate.BOUNCED, told, now)
            _bar(db, address_hash, wanted, Why.BOUNCED, told, now)
        case Happening.COMPLAINED:
            _fate(db, recipient, Fate.COMPLAINED, told, now)
            _bar(db, address_hash, wanted, Why.COMPLAINED, told, now)
        case Happening.UNSUBSCRIBED:
            if wanted is not None:
                subscribers.end(db, wanted, Why.UNSUBSCRIBED, at=now, detail=f"told by {channel}")


def _whose(db: Db, told: Told) -> Recipient | None:
    """The mail that is meant: by our own key, else by the service's id where that is of one reader."""
    if told.letter and (found := receipts.by_letter(db, told.letter)) is not None:
        return found
    if not told.remote_id:
        return None
    wanted = Address(told.address.strip())
    found_by_id = receipts.by_remote_id(db, told.remote_id)
    return next((each for each in found_by_id if not told.address or each.address_hash == wanted.hash), None)


def _subscription(
    db: Db, house: House, channel: str, told: Told, recipient: Recipient | None, newsletter: str | None
) -> Subscription | None:
    if recipient is not None and newsletter is not None:
        return subscribers.get(db, recipient.subscriber_id, newsletter)
    mine = {name for name, table in house.config.newsletters.items() if table.channel == channel}
    wanted = [each for each in subscribers.every(db, Address(told.address.strip())) if each.newsletter in mine]
    return wanted[0] if len(wanted) == 1 else None


def _fate(db: Db, recipient: Recipient | None, fate: Fate, told: Told, now: datetime) -> None:
    if recipient is not None:
        receipts.tell(db, recipient, fate, reason=told.reason[:300], at=now)


def _bar(db: Db, address_hash: str, wanted: Subscription | None, why: Why, told: Told, now: datetime) -> None:
    if wanted is not None:
        subscribers.end(db, wanted, why, at=now, detail=told.reason[:300])
    subscribers.suppress(db, address_hash, why, newsletter=EVERYWHERE, at=now, detail=told.reason)
