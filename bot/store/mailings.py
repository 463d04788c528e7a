"""The ledger of a mailing: who is to get an edition, in which request, and what became of each reader's mail.

A mailing is a delivery to our own list. Its audience is written down before anything leaves; each request is a batch
whose state is kept before and after it. Whatever happens: audience = accepted + rejected + unknown + suppressed +
cancelled + pending.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.model.states import BatchState, DeliveryState, Fate, RecipientState
from bot.model.subscriber import Addressee, Cadence, Standing
from bot.store.database import Db, add, alone, for_each
from bot.store.deliveries import Delivery
from bot.store.deliveries import get as get_delivery
from bot.store.schema import (
    attempts,
    batches,
    confirmations,
    deliveries,
    drafts,
    recipients,
    subscribers,
    subscriptions,
    suppressions,
    tellings,
    turns,
    written,
)
from bot.store.subscribers import LISTS

# Those who have an edition, or may have it: none of them gets it again, whatever becomes of its draft.
_HAVE_IT = (RecipientState.ACCEPTED, RecipientState.UNKNOWN)
_PAGE = 5_000
# In the statement that gathers: who is barred is 1.
_NOTHING_LEFT = 2


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


class Edition(NamedTuple):
    """Which edition of which newsletter a mailing is; `title` is its subject."""

    newsletter: str
    number: int
    title: str


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
    version: str


@dataclass(frozen=True)
class Turn:
    """What readers of one kind get of a mailing (`bot.model.choices`), and when; None where nothing of it is left."""

    kind: str
    version: str | None
    due_at: datetime


class Result(NamedTuple):
    """What became of one reader's mail."""

    subscriber_id: int
    state: RecipientState
    remote_id: str = ""
    reason: str = ""


def gather(
    db: Db,
    delivery: Delivery,
    newsletter: str,
    *,
    most: int,
    month: datetime,
    week: datetime,
    awake: datetime,
    at: datetime,
    wanted: Iterable[Turn] = (),
    newest_first: bool = False,
) -> int:
    """Write down who is to get a mailing, in requests of at most `most`. Returns how many that are.

    Active subscriptions whose pause is over before `awake`; those of monthly readers where no other edition since
    `month` is theirs, those of weekly readers where none since `week` is. Suppressed ones are written down as such.
    Whoever has, or may have, this very draft already is left out. Readers of the kinds that `wanted` names get what it
    says when it says, all others the whole mail now; each request bears one version and is due at one time. Of those
    that are due together the first are of the oldest readers, or of those who confirmed last (`newest_first`).
    """
    alone(db, LISTS)
    rows = [
        {
            "delivery_id": delivery.id,
            "kind": each.kind,
            "version": each.version or "",
            "left_out": int(each.version is None),
            "due_at": each.due_at,
        }
        for each in wanted
    ]
    for start in range(0, len(rows), _PAGE):
        db.execute(sa.insert(turns), rows[start : start + _PAGE])
    gathering = _gathering(
        delivery,
        newsletter,
        most=most,
        month=month,
        week=week,
        awake=awake,
        at=at,
        in_turns=bool(rows),
        newest_first=newest_first,
    )
    db.execute(gathering)
    db.execute(_batching(delivery, newsletter, at=at, in_turns=bool(rows)))
    db.execute(sa.delete(turns).where(turns.c.delivery_id == delivery.id))
    number = sa.select(sa.func.count()).where(recipients.c.delivery_id == delivery.id)
    return int(db.scalar(number) or 0)


def allow_late(db: Db, delivery: Delivery, *, patience: timedelta) -> None:
    """Let a mailing whose readers get it later, by what they asked for, be too late only `patience` after that."""
    untried = sa.and_(batches.c.delivery_id == delivery.id, batches.c.attempts == 0, batches.c.rounds == 0)
    last = db.scalar(sa.select(sa.func.max(batches.c.due_at)).where(untried))
    if last is not None and last + patience > delivery.late_at:
        db.execute(sa.update(deliveries).where(deliveries.c.id == delivery.id).values(late_at=last + patience))


def _batching(delivery: Delivery, newsletter: str, *, at: datetime, in_turns: bool) -> sa.Insert:
    """A row for each request, due when its readers want it."""
    due: sa.ColumnElement[Any] = sa.literal(at, batches.c.due_at.type)
    readers: sa.FromClause = recipients
    if in_turns:
        theirs = sa.and_(
            subscriptions.c.subscriber_id == recipients.c.subscriber_id, subscriptions.c.newsletter == newsletter
        )
        turn = sa.and_(turns.c.delivery_id == recipients.c.delivery_id, turns.c.kind == subscriptions.c.kind)
        readers = recipients.join(subscriptions, theirs).outerjoin(turns, turn)
        due = sa.func.min(sa.func.coalesce(turns.c.due_at, due), type_=batches.c.due_at.type)
    values: dict[str, sa.ColumnElement[Any]] = {
        "delivery_id": recipients.c.delivery_id,
        "number": recipients.c.batch,
        "state": sa.literal(BatchState.WAITING.value),
        "body_hash": sa.literal(""),
        "attempts": sa.literal(0),
        "first_at": sa.cast(sa.null(), batches.c.first_at.type),
        "doubted": sa.literal(0),
        "rounds": sa.literal(0),
        "due_at": due,
        "reason": sa.literal(""),
        "evidence": sa.literal(""),
        "looked_at": sa.cast(sa.null(), batches.c.looked_at.type),
        "changed_at": sa.literal(at, batches.c.changed_at.type),
    }
    query = (
        sa.select(*values.values())
        .select_from(readers)
        .where(recipients.c.delivery_id == delivery.id, recipients.c.batch > 0)
        .group_by(recipients.c.delivery_id, recipients.c.batch)
    )
    return sa.insert(batches).from_select(list(values), query)


def _gathering(
    delivery: Delivery,
    newsletter: str,
    *,
    most: int,
    month: datetime,
    week: datetime,
    awake: datetime,
    at: datetime,
    in_turns: bool,
    newest_first: bool,
) -> sa.Insert:
    mine, others = recipients.alias("mine"), recipients.alias("others")
    of_this, of_other = deliveries.alias("of_this"), deliveries.alias("of_other")
    other_draft = drafts.alias("other_draft")
    since_week, since_month = (sa.literal(each, of_other.c.composed_at.type) for each in (week, month))
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
        of_other.c.composed_at >= sa.case((subscriptions.c.cadence == Cadence.WEEKLY, since_week), else_=since_month),
        of_other.c.state.not_in((DeliveryState.CANCELLED, DeliveryState.REJECTED)),
        others.c.state.in_((*_HAVE_IT, RecipientState.PENDING)),
    )
    barred = sa.exists().where(
        suppressions.c.address_hash == subscribers.c.address_hash,
        suppressions.c.newsletter.in_([newsletter, ""]),
    )
    readers: sa.FromClause = subscribers.join(subscriptions, subscriptions.c.subscriber_id == subscribers.c.id)
    version: sa.ColumnElement[Any] = sa.literal("")
    nothing: sa.ColumnElement[Any] = sa.literal(0)
    due: sa.ColumnElement[Any] = sa.literal(at, turns.c.due_at.type)
    if in_turns:
        turn = sa.and_(turns.c.delivery_id == delivery.id, turns.c.kind == subscriptions.c.kind)
        readers = readers.outerjoin(turns, turn)
        version, nothing = sa.func.coalesce(turns.c.version, ""), sa.func.coalesce(turns.c.left_out, 0)
        due = sa.func.coalesce(turns.c.due_at, due)
    chosen = (
        sa.select(
            subscribers.c.id,
            subscribers.c.address,
            subscribers.c.address_hash,
            subscribers.c.name,
            subscriptions.c.token,
            subscriptions.c.cadence,
            version.label("version"),
            due.label("due"),
            sa.case((barred, 1), (nothing == 1, _NOTHING_LEFT), else_=0).label("left_out"),
            sa.func.coalesce(subscriptions.c.confirmed_at, subscriptions.c.asked_at).label("agreed_at"),
        )
        .select_from(readers)
        .where(
            subscriptions.c.newsletter == newsletter,
            subscriptions.c.standing == Standing.ACTIVE,
            sa.or_(subscriptions.c.paused_until.is_(None), subscriptions.c.paused_until < awake),
            sa.or_(subscriptions.c.cadence == Cadence.EVERY, ~has_another),
            ~has_it,
        )
        .subquery("chosen")
    )
    first = (chosen.c.agreed_at.desc(), chosen.c.id) if newest_first else (chosen.c.id,)
    if not in_turns:
        place = sa.func.row_number().over(partition_by=chosen.c.left_out, order_by=first)
        batch: sa.ColumnElement[Any] = (place - 1) // most + 1
        source: sa.FromClause = chosen
    else:
        # Those of one version and one time are counted out among themselves, and then their requests through.
        group = (chosen.c.left_out, chosen.c.due, chosen.c.version)
        place = sa.func.row_number().over(partition_by=group, order_by=first)
        source = sa.select(*chosen.c, ((place - 1) // most).label("share")).subquery("shared")
        order = (source.c.left_out, source.c.due, source.c.share, source.c.version)
        batch = sa.func.dense_rank().over(order_by=order)
    given = source.c
    suppressed = RecipientState.SUPPRESSED.value
    values: dict[str, sa.ColumnElement[Any]] = {
        "delivery_id": sa.literal(delivery.id),
        "subscriber_id": given.id,
        "batch": sa.case((given.left_out > 0, 0), else_=batch),
        "address": given.address,
        "address_hash": given.address_hash,
        "name": given.name,
        "token": given.token,
        "cadence": given.cadence,
        "state": sa.case((given.left_out > 0, suppressed), else_=RecipientState.PENDING.value),
        "remote_id": sa.literal(""),
        "reason": sa.case((given.left_out == _NOTHING_LEFT, "left out all that is in it"), else_=""),
        "fate": sa.literal(Fate.NONE.value),
        "changed_at": sa.literal(at, recipients.c.changed_at.type),
        "version": given.version,
    }
    return sa.insert(recipients).from_select(list(values), sa.select(*values.values()))


def gathered(db: Db, delivery: int) -> bool:
    """Whether the audience of a delivery is written down."""
    return (
        db.scalar(sa.select(recipients.c.delivery_id).where(recipients.c.delivery_id == delivery).limit(1)) is not None
    )


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
                recipients.c.state.in_(_HAVE_IT),
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
        sa.exists().where(recipients.c.delivery_id == delivery, recipients.c.state.in_(_HAVE_IT)),
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

    `besides` is the draft that comes next. Those who read one edition a week or a month come and go by
    themselves.
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


def readers_of_the_next(db: Db, newsletter: str, *, awake: datetime) -> int:
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
            sa.or_(subscriptions.c.paused_until.is_(None), subscriptions.c.paused_until < awake),
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


def exported(
    db: Db, delivery: int, *, states: Sequence[RecipientState] = tuple(RecipientState)
) -> Iterator[tuple[Recipient, str, datetime | None]]:
    """As `listed`; with each the hash of the request that bore their mail, and when that first left."""
    after = 0
    while True:
        rows = db.execute(
            sa.select(recipients, batches.c.body_hash, batches.c.first_at)
            .join(
                batches,
                sa.and_(batches.c.delivery_id == recipients.c.delivery_id, batches.c.number == recipients.c.batch),
                isouter=True,
            )
            .where(
                recipients.c.delivery_id == delivery,
                recipients.c.subscriber_id > after,
                recipients.c.state.in_(states),
            )
            .order_by(recipients.c.subscriber_id)
            .limit(_PAGE)
        ).all()
        for row in rows:
            own = {each.name: row._mapping[each.name] for each in recipients.columns}
            yield _of(own), row.body_hash or "", row.first_at
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


def letter_of(db: Db, recipient: Recipient) -> tuple[str, str]:
    """The channel that a mail went out by, and the key of its letter."""
    row = db.execute(
        sa.select(deliveries.c.channel, deliveries.c.key).where(deliveries.c.id == recipient.delivery_id)
    ).one()
    return row.channel, f"{row.key}-s{recipient.subscriber_id}"


def the_one_before(db: Db, recipient: Recipient, newsletter: str) -> Recipient | None:
    """The mail of a newsletter that the same reader got before this one."""
    query = (
        sa.select(recipients)
        .join(deliveries, deliveries.c.id == recipients.c.delivery_id)
        .join(drafts, drafts.c.id == deliveries.c.draft_id)
        .where(
            recipients.c.subscriber_id == recipient.subscriber_id,
            recipients.c.delivery_id < recipient.delivery_id,
            recipients.c.state == RecipientState.ACCEPTED,
            drafts.c.newsletter == newsletter,
        )
        .order_by(recipients.c.delivery_id.desc())
        .limit(1)
    )
    row = db.execute(query).one_or_none()
    return _recipient(row) if row is not None else None


def was_told(db: Db, channel: str, event: str) -> bool:
    """Whether this was told of a channel."""
    return (
        db.scalar(sa.select(tellings.c.at).where(tellings.c.channel == channel, tellings.c.event == event)) is not None
    )


def told_before(db: Db, channel: str, event: str, *, at: datetime) -> bool:
    """Whether a service told this before; from now on it has."""
    return not add(db, tellings, {"channel": channel, "event": event, "at": at})


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


def newest_of(db: Db, address_hash: str, *, limit: int) -> Iterator[tuple[Recipient, Edition]]:
    """The newest mails to an address and the editions that they were, the newest first."""
    query = (
        sa.select(recipients, drafts.c.newsletter, drafts.c.number, drafts.c.title)
        .join(subscribers, subscribers.c.id == recipients.c.subscriber_id)
        .join(deliveries, deliveries.c.id == recipients.c.delivery_id)
        .join(drafts, drafts.c.id == deliveries.c.draft_id)
        .where(subscribers.c.address_hash == address_hash)
        .order_by(recipients.c.delivery_id.desc())
        .limit(limit)
    )
    for row in db.execute(query):
        values = dict(row._mapping)
        edition = Edition(*(values.pop(name) for name in Edition._fields))
        yield _of(values), edition


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


def _recipient(row: sa.Row[Any]) -> Recipient:
    return _of(dict(row._mapping))


def _of(values: dict[str, Any]) -> Recipient:
    values["state"] = RecipientState(values["state"])
    values["cadence"] = Cadence(values["cadence"])
    values["fate"] = Fate(values["fate"])
    return Recipient(**values)
