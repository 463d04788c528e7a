"""The ledger of a mailing: who is to get an edition, in which request, and what became of each reader's mail.

A mailing is a delivery to our own list. Its audience is written down before anything leaves; each request is a batch
whose state is kept before and after it. Whatever happens: audience = accepted + rejected + unknown + suppressed +
cancelled + pending.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any

import sqlalchemy as sa

from bot.model.states import BatchState, DeliveryState, Fate, RecipientState
from bot.model.subscriber import Cadence, Standing
from bot.store.database import Db
from bot.store.deliveries import Delivery
from bot.store.deliveries import get as get_delivery
from bot.store.schema import (
    attempts,
    batches,
    deliveries,
    drafts,
    recipients,
    subscribers,
    subscriptions,
    suppressions,
    tellings,
)

# Those who have an edition, or may have it: none of them gets it again, whatever becomes of its draft.
_HAVE_IT = (RecipientState.ACCEPTED, RecipientState.UNKNOWN)
_PAGE = 5_000


@dataclass(frozen=True)
class Batch:
    """One request of a mailing. `first_at` is when it first left, `doubted` whether it ever was in doubt."""

    delivery_id: int
    number: int
    state: BatchState
    body_hash: str
    attempts: int
    first_at: datetime | None
    doubted: bool
    rounds: int
    due_at: datetime
    reason: str
    evidence: str
    looked_at: datetime | None
    changed_at: datetime


@dataclass(frozen=True)
class Recipient:
    """What one reader's mail is made of, as it was when the audience was written down, and what became of it."""

    delivery_id: int
    subscriber_id: int
    batch: int
    address: str
    address_hash: str
    name: str
    token: str
    cadence: Cadence
    state: RecipientState
    remote_id: str
    reason: str
    fate: Fate
    changed_at: datetime


@dataclass(frozen=True)
class Result:
    """What became of one reader's mail."""

    subscriber_id: int
    state: RecipientState
    remote_id: str = ""
    reason: str = ""


def gather(db: Db, delivery: Delivery, newsletter: str, *, most: int, month: datetime, at: datetime) -> int:
    """Write down who is to get a mailing, in requests of at most `most`. Returns how many that are.

    Active subscriptions that are not paused; those of monthly readers where no other edition since `month` is theirs.
    Suppressed ones are written down as such. Whoever has, or may have, this very draft already is left out.
    """
    db.execute(_gathering(delivery, newsletter, most=most, month=month, at=at))
    number = sa.select(sa.func.count()).where(recipients.c.delivery_id == delivery.id)
    db.execute(
        sa.insert(batches).from_select(
            [
                "delivery_id",
                "number",
                "state",
                "body_hash",
                "attempts",
                "first_at",
                "doubted",
                "rounds",
                "due_at",
                "reason",
                "evidence",
                "looked_at",
                "changed_at",
            ],
            sa.select(
                recipients.c.delivery_id,
                recipients.c.batch,
                sa.literal(BatchState.WAITING.value),
                sa.literal(""),
                sa.literal(0),
                sa.cast(sa.null(), batches.c.first_at.type),
                sa.literal(0),
                sa.literal(0),
                sa.literal(at, batches.c.due_at.type),
                sa.literal(""),
                sa.literal(""),
                sa.cast(sa.null(), batches.c.looked_at.type),
                sa.literal(at, batches.c.changed_at.type),
            )
            .where(recipients.c.delivery_id == delivery.id, recipients.c.batch > 0)
            .group_by(recipients.c.delivery_id, recipients.c.batch),
        )
    )
    return int(db.scalar(number) or 0)


def _gathering(delivery: Delivery, newsletter: str, *, most: int, month: datetime, at: datetime) -> sa.Insert:
    mine, others = recipients.alias("mine"), recipients.alias("others")
    of_this, of_other = deliveries.alias("of_this"), deliveries.alias("of_other")
    other_draft = drafts.alias("other_draft")
    has_it = sa.exists().where(
        mine.c.subscriber_id == subscribers.c.id,
        mine.c.delivery_id == of_this.c.id,
        of_this.c.draft_id == delivery.draft_id,
        mine.c.state.in_(_HAVE_IT),
    )
    has_another = sa.exists().where(
        others.c.subscriber_id == subscribers.c.id,
        others.c.delivery_id == of_other.c.id,
        of_other.c.draft_id == other_draft.c.id,
        other_draft.c.newsletter == newsletter,
        other_draft.c.id != delivery.draft_id,
        of_other.c.composed_at >= month,
        of_other.c.state.not_in((DeliveryState.CANCELLED, DeliveryState.REJECTED)),
        others.c.state.in_((*_HAVE_IT, RecipientState.PENDING)),
    )
    barred = sa.exists().where(
        suppressions.c.address_hash == subscribers.c.address_hash,
        suppressions.c.newsletter.in_([newsletter, ""]),
    )
    chosen = (
        sa.select(
            subscribers.c.id,
            subscribers.c.address,
            subscribers.c.address_hash,
            subscribers.c.name,
            subscriptions.c.token,
            subscriptions.c.cadence,
            sa.case((barred, 1), else_=0).label("barred"),
        )
        .join(subscriptions, subscriptions.c.subscriber_id == subscribers.c.id)
        .where(
            subscriptions.c.newsletter == newsletter,
            subscriptions.c.standing == Standing.ACTIVE,
            sa.or_(subscriptions.c.paused_until.is_(None), subscriptions.c.paused_until <= at),
            sa.or_(subscriptions.c.cadence != Cadence.MONTHLY, ~has_another),
            ~has_it,
        )
        .subquery("chosen")
    )
    place = sa.func.row_number().over(partition_by=chosen.c.barred, order_by=chosen.c.id)
    return sa.insert(recipients).from_select(
        [
            "delivery_id",
            "subscriber_id",
            "batch",
            "address",
            "address_hash",
            "name",
            "token",
            "cadence",
            "state",
            "remote_id",
            "reason",
            "fate",
            "changed_at",
        ],
        sa.select(
            sa.literal(delivery.id),
            chosen.c.id,
            sa.case((chosen.c.barred == 1, 0), else_=(place - 1) // most + 1),
            chosen.c.address,
            chosen.c.address_hash,
            chosen.c.name,
            chosen.c.token,
            chosen.c.cadence,
            sa.case((chosen.c.barred == 1, RecipientState.SUPPRESSED.value), else_=RecipientState.PENDING.value),
            sa.literal(""),
            sa.literal(""),
            sa.literal(Fate.NONE.value),
            sa.literal(at, recipients.c.changed_at.type),
        ),
    )


def gathered(db: Db, delivery: int) -> bool:
    """Whether the audience of a delivery is written down."""
    return (
        db.scalar(sa.select(recipients.c.delivery_id).where(recipients.c.delivery_id == delivery).limit(1)) is not None
    )


def keep(db: Db, delivery: Delivery, *, worker: str, lease_until: datetime) -> bool:
    """Go on holding a mailing. False where it was held, cancelled or taken meanwhile: then nothing more may leave."""
    changed = db.execute(
        _KEEP,
        {"of": delivery.id, "state_is": DeliveryState.CLAIMED, "worker_is": worker, "lease_until": lease_until},
    )
    return changed.rowcount == 1


def next_batch(db: Db, delivery: int, *, at: datetime) -> Batch | None:
    """The request that is due next, or None."""
    row = db.execute(_NEXT, {"of": delivery, "now": at}).one_or_none()
    return _batch(row) if row is not None else None


def next_due(db: Db, delivery: int) -> datetime | None:
    """When the next waiting request is due; None where none waits."""
    found: datetime | None = db.scalar(
        sa.select(sa.func.min(batches.c.due_at)).where(
            batches.c.delivery_id == delivery, batches.c.state == BatchState.WAITING
        )
    )
    return found


def get(db: Db, batch: Batch) -> Batch:
    """A request as it stands now; others are kept off it until the transaction ends."""
    row = db.execute(
        sa.select(batches)
        .where(batches.c.delivery_id == batch.delivery_id, batches.c.number == batch.number)
        .with_for_update()
    ).one()
    return _batch(row)


def refusals_in_a_row(db: Db, delivery: int) -> list[str]:
    """Why the newest requests of a mailing were turned away whole, the newest first, back to one that was not."""
    rows = db.execute(
        sa.select(attempts.c.outcome, attempts.c.reason)
        .where(attempts.c.delivery_id == delivery)
        .order_by(attempts.c.number.desc())
        .limit(20)
    ).all()
    return [row.reason for row in takewhile(lambda row: row.outcome == "Rejected", rows)]


def of_batch(db: Db, batch: Batch) -> list[Recipient]:
    """The readers of a request, in their order."""
    rows = db.execute(_OF_BATCH, {"of": batch.delivery_id, "place": batch.number})
    return [_recipient(row) for row in rows]


def begin(db: Db, delivery: Delivery, batch: Batch, *, attempt: int, body_hash: str, worker: str, at: datetime) -> None:
    """Note that a request is about to leave. After this line only the service knows what happened."""
    db.execute(
        _STEP,
        {
            "of": batch.delivery_id,
            "place": batch.number,
            "state": BatchState.SENDING,
            "body_hash": body_hash,
            "attempts": batch.attempts + 1,
            "first_at": batch.first_at or at,
            "changed_at": at,
        },
    )
    db.execute(
        _ATTEMPT, {"delivery_id": delivery.id, "number": attempt, "worker": worker, "started_at": at, "reason": ""}
    )
    # From here on something may be with the readers: the draft gets no other content until that is known.
    db.execute(sa.update(deliveries).where(deliveries.c.id == delivery.id).values(attempts=attempt, texts_out=1))


def note_what_is_out(db: Db, delivery: int) -> None:
    """Note whether anybody has a mailing, or may have it, once a request has come to its end."""
    out = sa.exists().where(recipients.c.delivery_id == delivery, recipients.c.state.in_(_HAVE_IT))
    db.execute(sa.update(deliveries).where(deliveries.c.id == delivery).values(texts_out=sa.case((out, 1), else_=0)))


def end(
    db: Db,
    batch: Batch,
    state: BatchState,
    *,
    attempt: int,
    outcome: str,
    reason: str,
    answer: str,
    at: datetime,
    due_at: datetime | None = None,
) -> None:
    """Record what became of a request as a whole."""
    changed: dict[str, object] = {"state": state, "reason": reason, "changed_at": at}
    if state is BatchState.UNKNOWN:
        changed["doubted"] = 1
    if due_at is not None:
        changed["due_at"] = due_at
    db.execute(_STEP, {"of": batch.delivery_id, "place": batch.number, **changed})
    db.execute(
        _ATTEMPT_ENDS,
        {
            "of": batch.delivery_id,
            "place": attempt,
            "ended_at": at,
            "outcome": outcome,
            "reason": reason,
            "answer": answer,
        },
    )


def record(db: Db, delivery: int, results: Sequence[Result], *, at: datetime) -> None:
    """Record what became of readers' mails."""
    if results:
        db.execute(
            _RESULT,
            [
                {
                    "of": delivery,
                    "reader": each.subscriber_id,
                    "state": each.state,
                    "remote_id": each.remote_id,
                    "reason": each.reason,
                    "changed_at": at,
                }
                for each in results
            ],
        )


def doubt(db: Db, batch: Batch, *, reason: str, at: datetime) -> None:
    """Nobody knows what became of a request: its readers are in doubt until that is settled."""
    db.execute(
        _STEP,
        {
            "of": batch.delivery_id,
            "place": batch.number,
            "state": BatchState.UNKNOWN,
            "doubted": 1,
            "reason": reason,
            "changed_at": at,
        },
    )
    db.execute(
        sa.update(recipients)
        .where(
            recipients.c.delivery_id == batch.delivery_id,
            recipients.c.batch == batch.number,
            recipients.c.state == RecipientState.PENDING,
        )
        .values(state=RecipientState.UNKNOWN, reason=reason, changed_at=at)
    )


def doubt_what_was_sending(db: Db, delivery: int, *, reason: str, at: datetime) -> int:
    """What a dead worker was sending is in doubt. Returns how many requests that were."""
    query = sa.select(batches).where(batches.c.delivery_id == delivery, batches.c.state == BatchState.SENDING)
    found = [_batch(row) for row in db.execute(query)]
    for batch in found:
        doubt(db, batch, reason=reason, at=at)
    return len(found)


def doubtful(db: Db, delivery: int) -> list[Batch]:
    """The requests in doubt."""
    query = (
        sa.select(batches)
        .where(batches.c.delivery_id == delivery, batches.c.state == BatchState.UNKNOWN)
        .order_by(batches.c.number)
    )
    return [_batch(row) for row in db.execute(query)]


def looked_up(db: Db, batch: Batch, *, evidence: str, at: datetime) -> None:
    db.execute(
        _STEP,
        {"of": batch.delivery_id, "place": batch.number, "evidence": evidence, "looked_at": at},
    )


def again(db: Db, batch: Batch, *, at: datetime, reason: str) -> None:
    """Make a request in doubt again as it was: its readers are waiting once more."""
    if get(db, batch).state is not BatchState.UNKNOWN:
        return
    db.execute(
        _STEP,
        {
            "of": batch.delivery_id,
            "place": batch.number,
            "state": BatchState.WAITING,
            "reason": reason,
            "due_at": at,
            "changed_at": at,
        },
    )
    db.execute(
        sa.update(recipients)
        .where(
            recipients.c.delivery_id == batch.delivery_id,
            recipients.c.batch == batch.number,
            recipients.c.state == RecipientState.UNKNOWN,
        )
        .values(state=RecipientState.PENDING, reason="", changed_at=at)
    )


def regroup(
    db: Db, batch: Batch, subscribers_left: Sequence[int], *, due_at: datetime, at: datetime, put_off: bool = False
) -> None:
    """Put readers of a request that is over into a new one: other bytes need another key. `put_off` counts a round."""
    if not subscribers_left:
        return
    last = db.scalar(sa.select(sa.func.max(batches.c.number)).where(batches.c.delivery_id == batch.delivery_id))
    number = int(last or 0) + 1
    db.execute(
        sa.insert(batches).values(
            delivery_id=batch.delivery_id,
            number=number,
            state=BatchState.WAITING,
            body_hash="",
            attempts=0,
            doubted=0,
            rounds=batch.rounds + put_off,
            due_at=due_at,
            reason=f"left of request {batch.number}",
            evidence="",
            changed_at=at,
        )
    )
    for start in range(0, len(subscribers_left), 500):
        db.execute(
            sa.update(recipients)
            .where(
                recipients.c.delivery_id == batch.delivery_id,
                recipients.c.batch == batch.number,
                recipients.c.state.in_((RecipientState.PENDING, RecipientState.UNKNOWN)),
                recipients.c.subscriber_id.in_(list(subscribers_left[start : start + 500])),
            )
            .values(batch=number, state=RecipientState.PENDING, reason="", changed_at=at)
        )


def gone(db: Db, batch: Batch, newsletter: str) -> set[int]:
    """Those of a request who went away since the audience was written down."""
    active = sa.exists().where(
        subscriptions.c.subscriber_id == recipients.c.subscriber_id,
        subscriptions.c.newsletter == newsletter,
        subscriptions.c.standing == Standing.ACTIVE,
    )
    barred = sa.exists().where(
        suppressions.c.address_hash == recipients.c.address_hash, suppressions.c.newsletter.in_([newsletter, ""])
    )
    query = sa.select(recipients.c.subscriber_id).where(
        recipients.c.delivery_id == batch.delivery_id,
        recipients.c.batch == batch.number,
        sa.or_(~active, barred),
    )
    return set(db.scalars(query))


def leave_out(db: Db, batch: Batch, subscribers_gone: Iterable[int], *, at: datetime) -> None:
    """Take readers out of a request that never left."""
    db.execute(
        sa.update(recipients)
        .where(
            recipients.c.delivery_id == batch.delivery_id,
            recipients.c.subscriber_id.in_(list(subscribers_gone)),
            recipients.c.state == RecipientState.PENDING,
        )
        .values(batch=0, state=RecipientState.SUPPRESSED, reason="went away meanwhile", changed_at=at)
    )


def cancel_what_waits(db: Db, delivery: int, *, reason: str, at: datetime) -> int:
    """Take the readers who wait out of a mailing. Returns how many."""
    db.execute(
        sa.update(batches)
        .where(batches.c.delivery_id == delivery, batches.c.state == BatchState.WAITING)
        .values(state=BatchState.DONE, reason=reason, changed_at=at)
    )
    return db.execute(
        sa.update(recipients)
        .where(recipients.c.delivery_id == delivery, recipients.c.state == RecipientState.PENDING)
        .values(state=RecipientState.CANCELLED, reason=reason, changed_at=at)
    ).rowcount


def tally(db: Db, delivery: int) -> dict[RecipientState, int]:
    """What became of the readers of a mailing; together they are its audience."""
    query = (
        sa.select(recipients.c.state, sa.func.count())
        .where(recipients.c.delivery_id == delivery)
        .group_by(recipients.c.state)
    )
    found = {RecipientState(state): number for state, number in db.execute(query)}
    return {state: found.get(state, 0) for state in RecipientState}


def newest(db: Db, *, limit: int = 20) -> list[Delivery]:
    """The newest mailings."""
    # One step through the index for each: neither the deliveries to others nor the readers of a mailing are walked.
    newest_of_all, found = sa.select(sa.func.max(recipients.c.delivery_id)), list[Delivery]()
    number = db.scalar(newest_of_all)
    while number is not None and len(found) < limit:
        found.append(get_delivery(db, number))
        number = db.scalar(newest_of_all.where(recipients.c.delivery_id < number))
    return found


def readers_of_the_last(db: Db, newsletter: str, *, besides: int) -> int | None:
    """How many readers of every edition the last mailing of a newsletter was for; None where there was none.

    `besides` is the draft that comes next. Those who read one edition a month come and go by themselves.
    """
    last = db.scalar(
        sa.select(deliveries.c.id)
        .join(drafts, drafts.c.id == deliveries.c.draft_id)
        .where(
            drafts.c.newsletter == newsletter,
            drafts.c.id != besides,
            sa.exists().where(recipients.c.delivery_id == deliveries.c.id),
        )
        .order_by(deliveries.c.composed_at.desc(), deliveries.c.id.desc())
        .limit(1)
    )
    if last is None:
        return None
    query = sa.select(sa.func.count()).where(
        recipients.c.delivery_id == last,
        recipients.c.cadence == Cadence.EVERY,
        recipients.c.state != RecipientState.SUPPRESSED,
    )
    return int(db.scalar(query) or 0)


def readers_of_the_next(db: Db, newsletter: str, *, at: datetime) -> int:
    """How many readers of every edition the next mailing of a newsletter would be for, as things stand."""
    barred = sa.exists().where(
        suppressions.c.address_hash == subscribers.c.address_hash,
        suppressions.c.newsletter.in_([newsletter, ""]),
    )
    query = (
        sa.select(sa.func.count())
        .select_from(subscribers.join(subscriptions, subscriptions.c.subscriber_id == subscribers.c.id))
        .where(
            subscriptions.c.newsletter == newsletter,
            subscriptions.c.standing == Standing.ACTIVE,
            subscriptions.c.cadence == Cadence.EVERY,
            sa.or_(subscriptions.c.paused_until.is_(None), subscriptions.c.paused_until <= at),
            ~barred,
        )
    )
    return int(db.scalar(query) or 0)


def fates(db: Db, delivery: int) -> dict[Fate, int]:
    """What services told later of the mails of a mailing."""
    query = (
        sa.select(recipients.c.fate, sa.func.count())
        .where(recipients.c.delivery_id == delivery, recipients.c.fate != Fate.NONE)
        .group_by(recipients.c.fate)
    )
    return {Fate(fate): number for fate, number in db.execute(query)}


def listed(db: Db, delivery: int, *, states: Sequence[RecipientState] = tuple(RecipientState)) -> Iterator[Recipient]:
    """The readers of a mailing in some states, read page by page."""
    after = 0
    while True:
        rows = db.execute(
            sa.select(recipients)
            .where(
                recipients.c.delivery_id == delivery,
                recipients.c.subscriber_id > after,
                recipients.c.state.in_(states),
            )
            .order_by(recipients.c.subscriber_id)
            .limit(_PAGE)
        ).all()
        yield from map(_recipient, rows)
        if len(rows) < _PAGE:
            return
        after = rows[-1].subscriber_id


def by_remote_id(db: Db, remote_id: str) -> list[Recipient]:
    """The mails that a service calls by this id."""
    query = sa.select(recipients).where(recipients.c.remote_id == remote_id).limit(1_000)
    return [_recipient(row) for row in db.execute(query)]


def by_letter(db: Db, key: str) -> Recipient | None:
    """The mail of a letter's key, as `bot.deliver.mailing` makes it; None where it is none of ours."""
    delivery_key, _, number = key.rpartition("-s")
    if not delivery_key or not number.isdigit() or len(number) > 18:
        return None
    row = db.execute(
        sa.select(recipients)
        .join(deliveries, deliveries.c.id == recipients.c.delivery_id)
        .where(deliveries.c.key == delivery_key, recipients.c.subscriber_id == int(number))
    ).one_or_none()
    return _recipient(row) if row is not None else None


def told_before(db: Db, channel: str, event: str, *, at: datetime) -> bool:
    """Whether a service told this before; from now on it has."""
    known = sa.select(tellings.c.at).where(tellings.c.channel == channel, tellings.c.event == event)
    if db.scalar(known) is not None:
        return True
    db.execute(sa.insert(tellings).values(channel=channel, event=event, at=at))
    return False


def told_earlier(db: Db, *, before: datetime) -> bool:
    """Whether something is remembered that was told before then."""
    return db.scalar(sa.select(tellings.c.event).where(tellings.c.at < before).limit(1)) is not None


def forget_tellings(db: Db, *, before: datetime) -> None:
    """Forget what was told so long ago that no service repeats it."""
    db.execute(sa.delete(tellings).where(tellings.c.at < before))


def newsletter_of(db: Db, delivery: int) -> str | None:
    """The newsletter that a delivery is an edition of."""
    query = (
        sa.select(drafts.c.newsletter)
        .join(deliveries, deliveries.c.draft_id == drafts.c.id)
        .where(deliveries.c.id == delivery)
    )
    found: str | None = db.scalar(query)
    return found


def newest_of(db: Db, address_hash: str, *, limit: int = 50) -> list[Recipient]:
    """The newest mails to an address, the newest first."""
    query = (
        sa.select(recipients)
        .join(subscribers, subscribers.c.id == recipients.c.subscriber_id)
        .where(subscribers.c.address_hash == address_hash)
        .order_by(recipients.c.delivery_id.desc())
        .limit(limit)
    )
    return [_recipient(row) for row in db.execute(query)]


def tell(db: Db, recipient: Recipient, fate: Fate, *, reason: str, at: datetime) -> None:
    """Keep what a service told of a mail later. A complaint is not undone by a late "delivered"."""
    weaker = {Fate.DELIVERED: (Fate.NONE,), Fate.BOUNCED: (Fate.NONE, Fate.DELIVERED)}
    db.execute(
        sa.update(recipients)
        .where(
            recipients.c.delivery_id == recipient.delivery_id,
            recipients.c.subscriber_id == recipient.subscriber_id,
            recipients.c.fate.in_(weaker.get(fate, tuple(Fate))),
        )
        .values(fate=fate, reason=reason or recipients.c.reason, changed_at=at)
    )


# Made once: see bot.store.deliveries.
_NEXT = (
    sa.select(batches)
    .where(
        batches.c.delivery_id == sa.bindparam("of"),
        batches.c.state == BatchState.WAITING,
        batches.c.due_at <= sa.bindparam("now"),
    )
    .order_by(batches.c.due_at, batches.c.number)
    .limit(1)
)
_OF_BATCH = (
    sa.select(recipients)
    .where(
        recipients.c.delivery_id == sa.bindparam("of"),
        recipients.c.batch == sa.bindparam("place"),
    )
    .order_by(recipients.c.subscriber_id)
)
_STEP = sa.update(batches).where(batches.c.delivery_id == sa.bindparam("of"), batches.c.number == sa.bindparam("place"))
_KEEP = sa.update(deliveries).where(
    deliveries.c.id == sa.bindparam("of"),
    deliveries.c.state == sa.bindparam("state_is"),
    deliveries.c.worker == sa.bindparam("worker_is"),
)
_RESULT = sa.update(recipients).where(
    recipients.c.delivery_id == sa.bindparam("of"), recipients.c.subscriber_id == sa.bindparam("reader")
)
_ATTEMPT = sa.insert(attempts)
_ATTEMPT_ENDS = sa.update(attempts).where(
    attempts.c.delivery_id == sa.bindparam("of"), attempts.c.number == sa.bindparam("place")
)


def _batch(row: sa.Row[Any]) -> Batch:
    values = dict(row._mapping)
    values["state"] = BatchState(values["state"])
    values["doubted"] = bool(values["doubted"])
    return Batch(**values)


def _recipient(row: sa.Row[Any]) -> Recipient:
    values = dict(row._mapping)
    values["state"] = RecipientState(values["state"])
    values["cadence"] = Cadence(values["cadence"])
    values["fate"] = Fate(values["fate"])
    return Recipient(**values)
