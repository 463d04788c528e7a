"""What editors are told outside the desk: which events were taken up, and how telling them ended.

Every event that is looked at gets one row, told or not, so that no event is taken up twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.model.notice import Notice, What
from bot.model.states import DeliveryState, DraftState
from bot.store import flags
from bot.store.database import Db, alone
from bot.store.drafts import IN_PART, READY
from bot.store.events import Event
from bot.store.schema import editor_notices as rows
from bot.store.schema import events

# What is older is no news any more: a table that was out of the configuration for a month tells nothing of that month.
NEWS = timedelta(hours=24)
_FIRST = "revision 1"
_STATES = (DraftState.IN_REVIEW, DraftState.HELD, DraftState.REJECTED, DeliveryState.UNKNOWN)
# A transaction that ends late may write an event with a lower number than others that were seen: so many are looked
# at again.
_BACK = 2_000


@dataclass(frozen=True)
class Fresh:
    """An event that was not taken up yet. `what` is the state that its subject reached."""

    id: int
    what: str
    event: Event


@dataclass(frozen=True)
class Message:
    """Notices that go out in one request."""

    number: int
    notices: tuple[Notice, ...]
    attempts: int
    made_at: datetime


def fresh(db: Db, *, at: datetime) -> list[Fresh]:
    """The events of drafts and deliveries that may be worth telling, oldest first; nothing from before it began.

    Keeps every other worker from doing the same until the transaction ends.
    """
    alone(db, "editor notices")
    newest = int(db.scalar(sa.select(sa.func.max(events.c.id))) or 0)
    began = flags.notices_from(db)
    if began is None:
        flags.keep_notices_from(db, newest, at=at)
        return []
    if newest - began > 2 * _BACK:
        flags.keep_notices_from(db, newest - _BACK, at=at)
    drafted = sa.and_(events.c.what == _FIRST, events.c.detail == READY)
    query = (
        sa.select(events)
        .where(
            events.c.id > began,
            events.c.at > at - NEWS,
            sa.or_(events.c.what.in_([*_STATES, IN_PART]), drafted),
            sa.or_(events.c.subject.like("draft:%"), events.c.subject.like("delivery:%")),
            events.c.id.not_in(sa.select(rows.c.event_id)),
        )
        .order_by(events.c.id)
    )
    return [
        Fresh(
            row.id,
            DraftState.IN_REVIEW if row.what in (_FIRST, IN_PART) else row.what,
            Event(row.at, row.actor, row.subject, row.what, row.detail),
        )
        for row in db.execute(query)
    ]


def take_up(db: Db, told: Sequence[tuple[int, Notice]], passed_over: Sequence[int], *, at: datetime) -> None:
    """Write down what will be told in one message, by its event, and which events need no telling."""
    message = told[0][0] if told else 0
    written = [
        {"event_id": event, "what": each.what, "words": each.words, "path": each.path, "state": DeliveryState.PLANNED}
        for event, each in told
    ]
    written += [
        {"event_id": event, "what": "", "words": "", "path": "", "state": DeliveryState.CANCELLED}
        for event in passed_over
    ]
    same = {"message": message, "attempts": 0, "due_at": at, "reason": "", "made_at": at, "changed_at": at}
    if written:
        db.execute(sa.insert(rows), [each | same for each in written])


def due(db: Db, *, at: datetime) -> list[Message]:
    """The messages whose time has come, oldest first."""
    query = sa.select(rows).where(rows.c.state == DeliveryState.PLANNED, rows.c.due_at <= at)
    found: dict[int, list[sa.Row[tuple[object, ...]]]] = {}
    for row in db.execute(query.order_by(rows.c.message, rows.c.event_id)):
        found.setdefault(int(row.message), []).append(row)
    return [
        Message(
            number,
            tuple(Notice(What(row.what), row.words, row.path) for row in lines),
            lines[0].attempts,
            lines[0].made_at,
        )
        for number, lines in found.items()
    ]


def begin(db: Db, message: Message, *, at: datetime) -> bool:
    """Say that a message is being sent, before it is. False where another worker was faster."""
    begun = db.execute(
        sa.update(rows)
        .where(rows.c.message == message.number, rows.c.state == DeliveryState.PLANNED)
        .values(state=DeliveryState.SENDING, attempts=message.attempts + 1, changed_at=at)
    )
    return begun.rowcount > 0


def end(
    db: Db, number: int, state: DeliveryState, *, reason: str, at: datetime, due_at: datetime | None = None
) -> None:
    """Keep how sending a message ended; `due_at` is when it is tried again, for PLANNED."""
    db.execute(
        sa.update(rows)
        .where(rows.c.message == number, rows.c.state.in_([DeliveryState.SENDING, DeliveryState.PLANNED]))
        .values(state=state, reason=reason, due_at=due_at or at, changed_at=at)
    )


def doubt_what_was_sending(db: Db, *, before: datetime, at: datetime) -> None:
    """A worker died while it sent these: nobody knows whether they arrived, and they are not sent again."""
    db.execute(
        sa.update(rows)
        .where(rows.c.state == DeliveryState.SENDING, rows.c.changed_at < before)
        .values(state=DeliveryState.UNKNOWN, reason="the worker ended while it was being sent", changed_at=at)
    )
