"""Delivers what is approved and due: the intention is written first, then the bytes leave, then the receipt is kept.

The ledger row is the queue. Before the request leaves, everything is checked again: the freeze, the approval, the bytes
and every quotation. A delivery whose outcome is not known is looked up where the platform can be asked, and waits for
a person where it cannot; it is never sent again by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.drafting.payload import fingerprint, thaw
from bot.errors import NotSent, Refused, Rejected, Unsent
from bot.house import House
from bot.http import Door
from bot.ledger import LEASE, absence_holds, next_try, state_after
from bot.model.states import DRAFT_STEPS, DeliveryState, DraftState
from bot.platforms.contract import Finds, Http, Outgoing, Platform, Receipt
from bot.prepare.evidence import prove_publication
from bot.store import deliveries, drafts, workers
from bot.store.database import Db
from bot.store.deliveries import Delivery

ACTOR = "pullquote"


@dataclass
class Delivered:
    """What one pass did, by outcome, and why nothing went out where nothing could."""

    accepted: int = 0
    rejected: int = 0
    not_sent: int = 0
    unknown: int = 0
    held: int = 0
    stopped: str | None = None


def deliver(house: House, clock: Callable[[], datetime], told: Callable[[str], None] = lambda _: None) -> Delivered:
    """Send everything that is due. `clock` gives the time, `told` hears a line for each delivery."""
    done = Delivered()
    with workers.at_work(house.lock_folder) as worker, Door() as http:
        _take_up(house, clock())
        if (why := house.frozen()) is not None:
            done.stopped = why
            return done
        _reconcile(house, http, clock, done)
        ready = [name for name in house.channels if house.may_send(name)]
        while True:
            now = clock()
            with house.store.write() as db:
                claimed = deliveries.claim(db, worker=worker, at=now, lease_until=now + LEASE, ready=ready)
            if claimed is None:
                return done
            told(_send(house, http, claimed, worker, clock, done))
            if done.stopped is not None:
                return done


def settle(
    house: House, number: int, *, there: bool, actor: str, now: datetime, permalink: str | None = None
) -> Delivery:
    """A person's word on a delivery in doubt: "it is there" (`there`), or "send again". Raises Refused elsewhere."""
    with house.store.write() as db:
        delivery = deliveries.get(db, number)
        if there:
            settled = deliveries.confirm(db, delivery, actor=actor, permalink=permalink, at=now)
            _publish_if_done(db, settled.draft_id, now)
            return settled
        return deliveries.put(
            db, delivery, DeliveryState.PLANNED, reason=f"{actor} asked to send it again", at=now, actor=actor
        )


def _take_up(house: House, now: datetime) -> None:
    """Take up what dead workers held: what they had only claimed is due again, what they were sending is unknown."""
    with house.store.read() as db:
        held = deliveries.in_hands(db)
    for delivery in held:
        if not workers.dead(delivery, folder=house.lock_folder, now=now):
            continue
        with house.store.write() as db:
            current = deliveries.get(db, delivery.id, keep_others_off=True)
            if current.worker != delivery.worker or current.state is not delivery.state:
                continue
            if current.state is DeliveryState.CLAIMED:
                deliveries.put(db, current, DeliveryState.PLANNED, reason="", at=now)
            else:
                reason = "the worker died while sending; whether it arrived is not known"
                deliveries.put(db, current, DeliveryState.UNKNOWN, reason=reason, at=now)
    workers.sweep(house.lock_folder)


def _reconcile(house: House, http: Http, clock: Callable[[], datetime], done: Delivered) -> None:
    """Look up every doubtful delivery where the platform can be asked; where it cannot, leave it to a person."""
    with house.store.read() as db:
        doubtful = deliveries.unknown(db)
    for delivery in doubtful:
        platform = house.channels.get(delivery.channel)
        if platform is None or not house.may_send(delivery.channel):
            continue
        try:
            receipt = _found(platform, delivery, http)
        except Unsent:
            continue  # It could not be looked up now; it stays unknown and is looked up again at the next pass.
        now = clock()
        with house.store.write() as db:
            if deliveries.get(db, delivery.id, keep_others_off=True).state is not DeliveryState.UNKNOWN:
                continue  # Another worker, or a person, has settled it meanwhile.
            if receipt is not None:
                _accept(db, delivery, receipt, now)
                done.accepted += 1
            elif absence_holds(platform.tier, since=delivery.changed_at, now=now):
                reason = "looked up: it did not arrive" if isinstance(platform, Finds) else "counts once under its key"
                deliveries.put(db, delivery, DeliveryState.PLANNED, reason=reason, at=now)


def _found(platform: Platform, delivery: Delivery, http: Http) -> Receipt | None:
    return platform.find(Outgoing(delivery.key, delivery.body), http) if isinstance(platform, Finds) else None


def _send(
    house: House, http: Http, delivery: Delivery, worker: str, clock: Callable[[], datetime], done: Delivered
) -> str:
    """Check everything once more, send once, record the outcome. Returns a line that tells what happened."""
    now = clock()
    if (why := house.frozen()) is not None:
        done.stopped = why
        with house.store.write() as db:
            deliveries.put(db, delivery, DeliveryState.PLANNED, reason="", at=now)
        return f"{delivery.key}: stopped, {why}"
    if (doubt := _doubt(house, delivery, now)) is not None:
        with house.store.write() as db:
            _hold(db, delivery, doubt, now)
        done.held += 1
        return f"{delivery.key}: held, {doubt}"
    with house.store.write() as db:
        sending = deliveries.begin(db, delivery, worker=worker, at=now, lease_until=now + LEASE)
    try:
        receipt = house.channels[delivery.channel].publish(Outgoing(delivery.key, delivery.body), http)
    except Unsent as failure:
        return _failed(house, sending, failure, clock(), done)
    with house.store.write() as db:
        _accept(db, sending, receipt, clock())
    done.accepted += 1
    return f"{delivery.key}: accepted by {delivery.channel}"


def _doubt(house: House, delivery: Delivery, now: datetime) -> str | None:
    """Why this must not go out after all, in words; None where everything still holds."""
    if now > delivery.late_at:
        return f"too late: it was due at {delivery.due_at.isoformat(timespec='minutes')}"
    if fingerprint(delivery.body) != delivery.body_hash:
        return "the bytes to send are not those that were written down"
    with house.store.read() as db:
        draft = drafts.get(db, delivery.draft_id)
        content = drafts.revision(db, draft)
        approval = drafts.approval(db, draft)
        if approval is None or approval.hash != content.hash or delivery.revision != approval.revision:
            return "what is to be sent is not what was approved"
        if fingerprint(content.payload) != content.hash:
            return "the stored content does not match its hash"
        publication = thaw(content.payload)
        try:
            platform = house.channels[delivery.channel]
            composed = platform.compose(publication, key=delivery.key, at=delivery.composed_at)
            prove_publication(db, publication)
        except Refused as error:
            return str(error)
        if fingerprint(composed) != delivery.body_hash:
            return "the approved content no longer makes the bytes that were written down: approve it again"
    return None


def _failed(house: House, sending: Delivery, failure: Unsent, now: datetime, done: Delivered) -> str:
    to = state_after(failure)
    retry_after = failure.retry_after if isinstance(failure, NotSent) else None
    reason = f"{failure} {failure.remedy}" if isinstance(failure, Rejected) else str(failure)
    with house.store.write() as db:
        deliveries.end_attempt(
            db,
            sending,
            to,
            outcome=type(failure).__name__,
            reason=reason,
            answer=failure.answer,
            at=now,
            due_at=next_try(sending.attempts, now, retry_after) if to is DeliveryState.PLANNED else sending.due_at,
        )
    match to:
        case DeliveryState.PLANNED:
            done.not_sent += 1
        case DeliveryState.REJECTED:
            done.rejected += 1
        case _:
            done.unknown += 1
    return f"{sending.key}: {to}, {reason}"


def _accept(db: Db, delivery: Delivery, receipt: Receipt, now: datetime) -> None:
    deliveries.accept(
        db, delivery, remote_id=receipt.remote_id, permalink=receipt.permalink, answer=receipt.answer, at=now
    )
    _publish_if_done(db, delivery.draft_id, now)


def _publish_if_done(db: Db, number: int, now: datetime) -> None:
    """A draft is published when every delivery of its present revision that was not withdrawn has been accepted."""
    draft = drafts.get(db, number)
    present = [each for each in deliveries.of_draft(db, number) if each.revision == draft.revision]
    states = {each.state for each in present} - {DeliveryState.CANCELLED}
    if states == {DeliveryState.ACCEPTED} and DraftState.PUBLISHED in DRAFT_STEPS[draft.state]:
        drafts.move(db, draft, DraftState.PUBLISHED, actor=ACTOR, at=now)


def _hold(db: Db, delivery: Delivery, reason: str, now: datetime) -> None:
    deliveries.put(db, delivery, DeliveryState.HELD, reason=reason, at=now)
    draft = drafts.get(db, delivery.draft_id)
    if draft.state is DraftState.SCHEDULED:
        drafts.withdraw(db, draft, to=DraftState.HELD, actor=ACTOR, at=now, reason=reason)
