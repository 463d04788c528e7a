"""Settles doubts: what dead workers left, what can be looked up, and what a person says of the rest."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.deliver.mailing import Mailing, settle_mailing
from bot.deliver.pace import Pace
from bot.deliver.sending import Sending
from bot.deliver.texts import ACTOR, accepted_text, next_text, publication_of, taken
from bot.errors import Refused, Unsent, WrongField
from bot.house import House
from bot.ledger import Tier, absence_holds, looks_again, looks_at
from bot.model.publication import Mail
from bot.model.states import Act, DeliveryState
from bot.platforms.contract import Finds, Platform, Receipt
from bot.platforms.letters import Letters, Traces
from bot.store import audiences, deliveries, drafts, mailings, steps, workers
from bot.store.database import Db
from bot.store.deliveries import Delivery
from bot.ways import Listening


def take_up(house: House, now: datetime) -> None:
    """Take up what dead workers held: what they had only claimed is due again, what they were sending is unknown.

    A mailing that somebody held meanwhile stays held; but it may be approved again, or cancelled, from then on.
    """
    with house.store.read() as db:
        held = deliveries.in_hands(db)
    for delivery in held:
        if not workers.dead(delivery, folder=house.lock_folder, now=now):
            continue
        with house.store.write() as db:
            current = deliveries.get(db, delivery.id, keep_others_off=True)
            if current.worker != delivery.worker:
                continue
            match current.state:
                case DeliveryState.CLAIMED:
                    deliveries.put(db, current, DeliveryState.PLANNED, reason="", at=now)
                case DeliveryState.SENDING:
                    reason = "the worker died while sending; whether it arrived is not known"
                    deliveries.put(db, current, DeliveryState.UNKNOWN, reason=reason, at=now)
                case DeliveryState.HELD:
                    deliveries.let_go(db, current)
    workers.sweep(house.lock_folder)


def reconcile(sending: Sending, ready: list[str]) -> None:
    """Look up every doubtful delivery where the platform can be asked; where it cannot, leave it to a person."""
    house = sending.house
    with house.store.read() as db:
        doubtful = deliveries.unknown(db)
    for delivery in doubtful:
        if delivery.channel not in ready:
            continue
        platform = house.channels[delivery.channel]
        with house.store.read() as db:
            pace = Pace(house, delivery.channel, sending.clock, db)
            free = pace.may_go(db)
            content = publication_of(db, delivery) if isinstance(platform, Letters) else None
        if not free:
            continue
        if isinstance(content, Mail):
            Mailing(sending, delivery, content, pace).reconsider()
        elif looks_again(
            since=delivery.changed_at,
            looked_at=delivery.looked_at,
            now=sending.clock(),
            lag=platform.facts.lag,
        ):
            _look_up(sending, platform, delivery, pace)


def settle(
    house: House,
    number: int,
    *,
    there: bool,
    actor: str,
    now: datetime,
    permalink: str | None = None,
    remote_id: str | None = None,
) -> Delivery:
    """A person's word on a delivery in doubt: "it is there" (`there`), or "send again". Raises Refused elsewhere.

    Of a thread whose next texts still have to answer the one in doubt, the service's own id of it is needed too. Of a
    mailing it is about all of its readers in doubt.
    """
    with house.store.read() as db:
        of_readers = audiences.gathered(db, number)
    if of_readers:
        return settle_mailing(house, number, there=there, actor=actor, now=now)
    with house.store.write() as db:
        delivery = taken(db, number)
        if not there:
            reason = f"{actor} asked to send it again"
            return deliveries.put(db, delivery, DeliveryState.PLANNED, reason=reason, at=now, actor=actor)
        if delivery.state is not DeliveryState.UNKNOWN:
            raise Refused(f"Delivery {number} is {delivery.state}; only one in doubt can be said to be there.")
        text = next_text(delivery, steps.of(db, delivery.id))
        if not text.last and remote_id is None:
            raise WrongField(
                f"Delivery {number} is a thread, and the texts to come answer the one in doubt: look at it and give "
                "the service's own id of it",
                field="id",
                page="(id).",
                terminal="with --id.",
            )
        if text.last and text.number == 1:
            settled = deliveries.confirm(db, delivery, actor=actor, permalink=permalink, at=now)
            drafts.publish_what_is_there(db, [settled.draft_id], actor=ACTOR, at=now)
            return settled
        receipt = Receipt(remote_id or f"confirmed by {actor}", permalink, answer=f"confirmed by {actor}")
        return accepted_text(db, delivery, text, receipt, now)


def by_itself(house: House, db: Db, delivery: Delivery, now: datetime) -> str:
    """What the worker does about a delivery in doubt without anybody, and when, as a sentence; "" where it cannot."""
    platform = house.channels.get(delivery.channel)
    if platform is None or not house.may_send(delivery.channel):
        return ""
    zone = ZoneInfo(house.zone_of(delivery.channel, drafts.get(db, delivery.draft_id).newsletter))
    since, looked_at = delivery.changed_at, delivery.looked_at
    lag = platform.facts.lag
    if isinstance(platform, Letters):
        batches = mailings.doubtful(db, delivery.id)
        if not batches:
            return ""
        counts_once = all(now - (each.first_at or each.changed_at) < platform.keys_last for each in batches)
        asked = isinstance(platform, Traces)
        since = max(each.changed_at for each in batches)
        looks = [each.looked_at for each in batches if each.looked_at is not None]
        looked_at = min(looks) if len(looks) == len(batches) else None
    else:
        counts_once = platform.tier is Tier.KEYED or delivery.act in (Act.EDIT, Act.DELETE)
        asked = isinstance(platform, Finds)
    if not counts_once and not asked:
        return ""
    next_look = looks_at(since=since, looked_at=looked_at, now=now, lag=lag)
    when = "at its next pass" if next_look <= now else f"at {next_look.astimezone(zone):%H:%M} ({zone.key})"
    if counts_once:
        return f"The worker sends the same bytes again {when}; the service counts them once."
    until = since + lag
    sure = "" if until <= now else f" What is not there by {until.astimezone(zone):%H:%M} ({zone.key}) is sent again."
    return f"The worker asks the service by itself {when}.{sure}"


def _look_up(sending: Sending, platform: Platform, delivery: Delivery, pace: Pace) -> None:
    """Ask the platform, keep what it said, and settle the doubt where that settles it."""
    house = sending.house
    repeatable = delivery.act in (Act.EDIT, Act.DELETE)
    asked = isinstance(platform, Finds) and not repeatable
    with house.store.read() as db:
        known = steps.of(db, delivery.id)
        publication = publication_of(db, delivery)
    text = next_text(delivery, known)
    outgoing = sending.outgoing(delivery, text, known, publication)
    receipt, said = None, "counts once under its key: the same bytes may go again"
    try:
        if isinstance(platform, Finds) and asked:
            receipt = platform.find(outgoing, Listening(sending.http, pace))
            said = f"found: {receipt.permalink or receipt.remote_id}" if receipt else "looked up: it did not arrive"
        elif platform.tier is Tier.BLIND and not repeatable:
            said = f"'{platform.name}' cannot be asked: look at the account"
    except Unsent as failure:
        # It could not be looked up now; it stays unknown and is looked up again.
        with house.store.write() as db:
            deliveries.looked_up(db, delivery, evidence=f"could not be looked up: {failure}", at=sending.clock())
        return
    now = sending.clock()
    with house.store.write() as db:
        current = taken(db, delivery.id)
        if current.state is not DeliveryState.UNKNOWN:
            return  # Another worker, or a person, has settled it meanwhile.
        tier = Tier.KEYED if repeatable else platform.tier
        holds = absence_holds(tier, since=delivery.changed_at, now=now, lag=platform.facts.lag)
        if receipt is None and not holds and asked:
            said += f"; that is believed from {delivery.changed_at + platform.facts.lag:%H:%M} UTC on"
        deliveries.looked_up(db, current, evidence=said, at=now)
        if receipt is not None:
            if accepted_text(db, current, text, receipt, now).state is DeliveryState.ACCEPTED:
                sending.done.add(accepted=1)
        elif holds:
            deliveries.put(db, current, DeliveryState.PLANNED, reason=said, at=now)
