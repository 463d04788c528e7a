"""Who is to get an edition, in which request and when: written down by one statement, before anything leaves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.model.states import BatchState, DeliveryState, Fate, RecipientState
from bot.model.subscriber import Cadence, Standing
from bot.store.database import Db, alone
from bot.store.deliveries import Delivery
from bot.store.receipts import HAVE_IT
from bot.store.schema import batches, deliveries, drafts, recipients, subscribers, subscriptions, suppressions, turns
from bot.store.subscribers import LISTS

_PAGE = 5_000
# In the statement that gathers: who is barred is 1.
_NOTHING_LEFT = 2


@dataclass(frozen=True)
class Turn:
    """What readers of one kind get of a mailing (`bot.model.choices`), and when; None where nothing of it is left."""

    kind: str
    version: str | None
    due_at: datetime


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
        mine.c.state.in_(HAVE_IT),
    )
    has_another = sa.exists().where(
        others.c.subscriber_id == subscribers.c.id,
        others.c.delivery_id == of_other.c.id,
        of_other.c.draft_id == other_draft.c.id,
        other_draft.c.newsletter == newsletter,
        other_draft.c.id != delivery.draft_id,
        of_other.c.composed_at >= sa.case((subscriptions.c.cadence == Cadence.WEEKLY, since_week), else_=since_month),
        of_other.c.state.not_in((DeliveryState.CANCELLED, DeliveryState.REJECTED)),
        others.c.state.in_((*HAVE_IT, RecipientState.PENDING)),
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
