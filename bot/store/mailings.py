"""The ledger of a mailing: its requests, before and after they leave.

A mailing is a delivery to our own list. Its audience is written down before anything leaves (`bot.store.audiences`).
Each request is a batch whose state is kept before and after it, and so is that of each mail (`bot.store.receipts`).
Whatever happens: audience = accepted + rejected + unknown + suppressed + cancelled + pending.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, takewhile
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.model.states import BatchState, DeliveryState, RecipientState
from bot.model.subscriber import Addressee, Standing
from bot.store.database import Db, for_each
from bot.store.deliveries import Delivery
from bot.store.deliveries import get as get_delivery
from bot.store.receipts import HAVE_IT
from bot.store.schema import (
    attempts,
    batches,
    confirmations,
    deliveries,
    drafts,
    recipients,
    subscriptions,
    suppressions,
    written,
)

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


class Result(NamedTuple):
    """What became of one reader's mail."""

    subscriber_id: int
    state: RecipientState
    remote_id: str = ""
    reason: str = ""


def never_left(db: Db, delivery: int, *, limit: int | None = None) -> list[tuple[int, datetime]]:
    """The numbers of the requests that wait and were never made, and when each is due, in the order of that."""
    query = (
        sa.select(batches.c.number, batches.c.due_at)
        .where(batches.c.delivery_id == delivery, batches.c.state == BatchState.WAITING, batches.c.first_at.is_(None))
        .order_by(batches.c.due_at, batches.c.number)
        .limit(limit)
    )
    return [(row.number, row.due_at) for row in db.execute(query)]


def number_of_requests(db: Db, delivery: int) -> int:
    """How many requests a mailing has, those that are over too."""
    return int(db.scalar(sa.select(sa.func.count()).where(batches.c.delivery_id == delivery)) or 0)


def put_off(db: Db, delivery: int, due: Iterable[tuple[int, datetime]]) -> None:
    """Give requests another time, by their numbers."""
    rows = ({"of": delivery, "place": number, "due_at": at} for number, at in due)
    while page := list(islice(rows, _PAGE)):
        db.execute(_STEP, page)


def left_since(db: Db, channel: str, *, since: datetime) -> int:
    """How many mails of a channel left since then, or may have; those that were certainly not sent do not count."""
    begun = (
        sa.select(attempts.c.delivery_id)
        .join(deliveries, deliveries.c.id == attempts.c.delivery_id)
        .where(attempts.c.started_at >= since, deliveries.c.channel == channel)
    )
    of_editions = (
        sa.select(sa.func.count())
        .select_from(recipients)
        .join(
            batches,
            sa.and_(batches.c.delivery_id == recipients.c.delivery_id, batches.c.number == recipients.c.batch),
        )
        .where(
            batches.c.delivery_id.in_(begun),
            batches.c.changed_at >= since,
            sa.or_(
                recipients.c.state.in_(HAVE_IT),
                sa.and_(
                    recipients.c.state == RecipientState.PENDING,
                    sa.or_(batches.c.state == BatchState.SENDING, batches.c.doubted == 1),
                ),
            ),
        )
    )
    of_questions = sa.select(sa.func.count()).where(
        confirmations.c.channel == channel,
        confirmations.c.state.in_((DeliveryState.SENDING, DeliveryState.ACCEPTED, DeliveryState.UNKNOWN)),
        confirmations.c.due_at >= since,
    )
    return int(db.scalar(of_editions) or 0) + int(db.scalar(of_questions) or 0)


def cancelled_for_all(db: Db, delivery: int) -> bool:
    """Whether a mailing was cancelled before anybody got it."""
    others = sa.select(recipients.c.delivery_id).where(
        recipients.c.delivery_id == delivery,
        recipients.c.state.not_in((RecipientState.CANCELLED, RecipientState.SUPPRESSED)),
    )
    cancelled = sa.select(recipients.c.delivery_id).where(
        recipients.c.delivery_id == delivery, recipients.c.state == RecipientState.CANCELLED
    )
    return db.scalar(others.limit(1)) is None and db.scalar(cancelled.limit(1)) is not None


def keep(db: Db, delivery: Delivery, *, worker: str, lease_until: datetime) -> bool:
    """Go on holding a mailing. False where it was held, cancelled or taken meanwhile: then nothing more may leave."""
    changed = db.execute(
        _KEEP,
        {"of": delivery.id, "state_is": DeliveryState.CLAIMED, "worker_is": worker, "lease_until": lease_until},
    )
    return changed.rowcount == 1


def next_batches(db: Db, delivery: int, *, at: datetime, limit: int) -> list[Batch]:
    """The requests that are due next, in their order."""
    return [_batch(row) for row in db.execute(_NEXT, {"of": delivery, "now": at, "most": limit})]


def due_at_least(db: Db, delivery: int, number: int, *, at: datetime) -> bool:
    """Whether so many requests are due."""
    query = (
        sa.select(batches.c.number)
        .where(batches.c.delivery_id == delivery, batches.c.state == BatchState.WAITING, batches.c.due_at <= at)
        .offset(number - 1)
        .limit(1)
    )
    return db.scalar(query) is not None


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
    """Why the newest requests of a mailing were turned away whole, the newest first, back to one that was not.

    Those that have no answer yet say nothing.
    """
    rows = db.execute(_NEWEST_ATTEMPTS, {"of": delivery})
    return [row.reason for row in takewhile(lambda row: row.outcome == "Rejected", rows)]


def of_batch(db: Db, batch: Batch) -> list[Addressee]:
    """The readers of a request, in their order."""
    rows = db.execute(_OF_BATCH, {"of": batch.delivery_id, "place": batch.number})
    return [Addressee._make(row) for row in rows.all()]


def begin(
    db: Db, delivery: Delivery, batch: Batch, *, body_hash: str, worker: str, lease_until: datetime, at: datetime
) -> int | None:
    """Note that a request is about to leave, and go on holding its mailing. Gives the number of the attempt.

    None where the mailing was held, cancelled or taken meanwhile: then nothing may leave. Once this is kept only the
    service knows what happened.
    """
    # From here on something may be with the readers: the draft gets no other content until that is known.
    attempt: int | None = db.scalar(
        _BEGIN,
        {"of": delivery.id, "state_is": DeliveryState.CLAIMED, "worker_is": worker, "lease_until": lease_until},
    )
    if attempt is None:
        return None
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
    return attempt


def note_what_is_out(db: Db, delivery: int) -> None:
    """Note whether anybody has a mailing, or may have it, once a request of it has brought nothing to anybody."""
    out = sa.or_(
        sa.exists().where(batches.c.delivery_id == delivery, batches.c.state == BatchState.SENDING),
        sa.exists().where(recipients.c.delivery_id == delivery, recipients.c.state.in_(HAVE_IT)),
    )
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
    if not results:
        return
    moment = written(at)
    for_each(
        db,
        _RESULT,
        ("now_is", "called", "why", "moment", "of", "reader"),
        [(str(state), remote, reason, moment, delivery, reader) for reader, state, remote, reason in results],
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
    """Make a request in doubt again as it was: its readers are waiting once more.

    It keeps its place before those that never left, because its key does not count once for ever.
    """
    if get(db, batch).state is not BatchState.UNKNOWN:
        return
    db.execute(
        _STEP,
        {
            "of": batch.delivery_id,
            "place": batch.number,
            "state": BatchState.WAITING,
            "reason": reason,
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


def as_it_stands(db: Db, batch: Batch, newsletter: str) -> tuple[tuple[tuple[Any, ...], ...], frozenset[int]]:
    """The rows of a request's readers, as those of `of_batch`, and who went away since the audience was written down.

    Rows that are the same are equal to an `Addressee`, and nearly all are: none is made of them.
    """
    rows = db.execute(_AS_IT_STANDS, {"of": batch.delivery_id, "place": batch.number, "list": newsletter}).all()
    return tuple([row[:-1] for row in rows]), frozenset(row[0] for row in rows if row[-1])


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


def newest(db: Db, *, limit: int = 20) -> list[Delivery]:
    """The newest mailings."""
    # One step through the index for each: neither the deliveries to others nor the readers of a mailing are walked.
    newest_of_all, found = sa.select(sa.func.max(recipients.c.delivery_id)), list[Delivery]()
    number = db.scalar(newest_of_all)
    while number is not None and len(found) < limit:
        found.append(get_delivery(db, number))
        number = db.scalar(newest_of_all.where(recipients.c.delivery_id < number))
    return found


def newsletter_of(db: Db, delivery: int) -> str | None:
    """The newsletter that a delivery is an edition of."""
    query = (
        sa.select(drafts.c.newsletter)
        .join(deliveries, deliveries.c.draft_id == drafts.c.id)
        .where(deliveries.c.id == delivery)
    )
    found: str | None = db.scalar(query)
    return found


# Made once: see bot.store.deliveries.
_NEXT = (
    sa.select(batches)
    .where(
        batches.c.delivery_id == sa.bindparam("of"),
        batches.c.state == BatchState.WAITING,
        batches.c.due_at <= sa.bindparam("now"),
    )
    .order_by(batches.c.due_at, batches.c.number)
    .limit(sa.bindparam("most"))
)


_GONE = sa.or_(
    ~sa.exists().where(
        subscriptions.c.subscriber_id == recipients.c.subscriber_id,
        subscriptions.c.newsletter == sa.bindparam("list"),
        subscriptions.c.standing == Standing.ACTIVE,
    ),
    sa.exists().where(
        suppressions.c.address_hash == recipients.c.address_hash,
        suppressions.c.newsletter.in_([sa.bindparam("list"), ""]),
    ),
)


_OF_BATCH = (
    sa.select(*(recipients.c[each] for each in Addressee._fields))
    .where(
        recipients.c.delivery_id == sa.bindparam("of"),
        recipients.c.batch == sa.bindparam("place"),
    )
    .order_by(recipients.c.subscriber_id)
)


_AS_IT_STANDS = _OF_BATCH.add_columns(sa.case((_GONE, 1), else_=0))


_STEP = sa.update(batches).where(batches.c.delivery_id == sa.bindparam("of"), batches.c.number == sa.bindparam("place"))


_KEEP = sa.update(deliveries).where(
    deliveries.c.id == sa.bindparam("of"),
    deliveries.c.state == sa.bindparam("state_is"),
    deliveries.c.worker == sa.bindparam("worker_is"),
)


_BEGIN = _KEEP.values(
    attempts=deliveries.c.attempts + 1, texts_out=1, lease_until=sa.bindparam("lease_until")
).returning(deliveries.c.attempts)


_NEWEST_ATTEMPTS = (
    sa.select(attempts.c.outcome, attempts.c.reason)
    .where(attempts.c.delivery_id == sa.bindparam("of"), attempts.c.outcome.is_not(None))
    .order_by(attempts.c.number.desc())
    .limit(20)
)


_RESULT = (
    sa.update(recipients)
    .where(recipients.c.delivery_id == sa.bindparam("of"), recipients.c.subscriber_id == sa.bindparam("reader"))
    .values(
        state=sa.bindparam("now_is"),
        remote_id=sa.bindparam("called"),
        reason=sa.bindparam("why"),
        changed_at=sa.bindparam("moment"),
    )
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
