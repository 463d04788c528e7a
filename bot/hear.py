"""Takes in what services of mails tell later: who got it, whose address is none, who complained, who wants no more.

What is repeated changes nothing. An address that is none, and one whose reader complained, is never mailed again by any
newsletter; one that wants no more, not by this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.errors import Refused
from bot.house import House
from bot.model.address import Address
from bot.model.states import Fate
from bot.model.subscriber import Why
from bot.platforms.telling import Happening, Tells, Told
from bot.store import mailings, subscribers
from bot.store.database import Db
from bot.store.mailings import Recipient
from bot.store.subscribers import EVERYWHERE, Subscription

# After so many mails in a row that could not be handed over, an address is taken for dead.
_SOFT_BOUNCES = 5


def hear(house: House, channel: str, headers: Mapping[str, str], body: bytes, now: datetime) -> int:
    """Take in one request of a service's webhook. Returns how many events were new.

    Raises Forged where it does not prove itself, Refused where the channel's service tells nothing, ValueError for
    nonsense.
    """
    platform: object = house.channels.get(channel)
    if not isinstance(platform, Tells):
        raise Refused(f"Nothing is told to '{channel}'.")
    told = platform.events(headers, body, now=now)
    new = 0
    with house.store.write() as db:
        for each in told:
            if not mailings.told_before(db, channel, each.event, at=now):
                new += 1
                _take_in(db, house, channel, each, now)
    return new


def _take_in(db: Db, house: House, channel: str, told: Told, now: datetime) -> None:
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
    if told.letter and (found := mailings.by_letter(db, told.letter)) is not None:
        return found
    if not told.remote_id:
        return None
    wanted = Address(told.address.strip())
    found_by_id = mailings.by_remote_id(db, told.remote_id)
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
        mailings.tell(db, recipient, fate, reason=told.reason[:300], at=now)


def _bar(db: Db, address_hash: str, wanted: Subscription | None, why: Why, told: Told, now: datetime) -> None:
    subscribers.suppress(db, address_hash, why, newsletter=EVERYWHERE, at=now, detail=told.reason)
    if wanted is not None:
        subscribers.end(db, wanted, why, at=now, detail=told.reason[:300])
