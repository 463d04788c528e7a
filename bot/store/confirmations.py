"""Mails to one person that are no edition, on their way: above all the question whether they meant it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.model.states import DeliveryState
from bot.model.subscriber import Standing
from bot.store.database import Db
from bot.store.schema import confirmations, subscribers, subscriptions


@dataclass(frozen=True)
class Confirmation:
    """One such mail, with what it is made of."""

    id: int
    channel: str
    newsletter: str
    subscriber_id: int
    state: DeliveryState
    attempts: int
    due_at: datetime
    reason: str
    address: str
    name: str
    token: str


def plan(db: Db, *, channel: str, newsletter: str, subscriber: int, at: datetime) -> None:
    """Write the intention to ask. One that still waits is not written twice."""
    waits = sa.select(confirmations.c.id).where(
        confirmations.c.subscriber_id == subscriber,
        confirmations.c.newsletter == newsletter,
        confirmations.c.state == DeliveryState.PLANNED,
    )
    if db.scalar(waits) is None:
        db.execute(
            sa.insert(confirmations).values(
                channel=channel,
                newsletter=newsletter,
                subscriber_id=subscriber,
                state=DeliveryState.PLANNED,
                attempts=0,
                due_at=at,
                reason="",
                made_at=at,
                changed_at=at,
            )
        )


def number_since(db: Db, subscriber: int, *, since: datetime) -> int:
    """How many were written for somebody since then."""
    query = sa.select(sa.func.count()).where(
        confirmations.c.subscriber_id == subscriber, confirmations.c.made_at > since
    )
    return int(db.scalar(query) or 0)


def due(db: Db, *, at: datetime, limit: int = 200) -> list[Confirmation]:
    """What is to go out now, the longest waiting first; nothing to those who answered meanwhile."""
    query: sa.Select[Any] = (
        sa.select(
            confirmations.c.id,
            confirmations.c.channel,
            confirmations.c.newsletter,
            confirmations.c.subscriber_id,
            confirmations.c.state,
            confirmations.c.attempts,
            confirmations.c.due_at,
            confirmations.c.reason,
            subscribers.c.address,
            subscribers.c.name,
            subscriptions.c.token,
        )
        .join(subscribers, subscribers.c.id == confirmations.c.subscriber_id)
        .join(
            subscriptions,
            sa.and_(
                subscriptions.c.subscriber_id == confirmations.c.subscriber_id,
                subscriptions.c.newsletter == confirmations.c.newsletter,
            ),
        )
        .where(
            confirmations.c.state == DeliveryState.PLANNED,
            confirmations.c.due_at <= at,
            subscriptions.c.standing == Standing.PENDING,
        )
        .order_by(confirmations.c.due_at, confirmations.c.id)
        .limit(limit)
    )
    return [_confirmation(row) for row in db.execute(query)]


def begin(db: Db, confirmation: Confirmation, *, at: datetime) -> bool:
    """Note that it is about to leave. False where another worker has it: nobody is asked twice by accident."""
    changed = db.execute(
        sa.update(confirmations)
        .where(confirmations.c.id == confirmation.id, confirmations.c.state == DeliveryState.PLANNED)
        .values(state=DeliveryState.SENDING, attempts=confirmation.attempts + 1, changed_at=at)
    )
    return changed.rowcount == 1


def end(
    db: Db,
    confirmation: Confirmation,
    state: DeliveryState,
    *,
    reason: str,
    at: datetime,
    due_at: datetime | None = None,
) -> None:
    """Record what became of it."""
    values: dict[str, Any] = {"state": state, "reason": reason, "changed_at": at}
    if due_at is not None:
        values["due_at"] = due_at
    db.execute(sa.update(confirmations).where(confirmations.c.id == confirmation.id).values(values))


def doubt_what_was_sending(db: Db, *, before: datetime, at: datetime) -> None:
    """What a worker left in the middle is not sent again: whoever did not get it asks once more."""
    db.execute(
        sa.update(confirmations)
        .where(confirmations.c.state == DeliveryState.SENDING, confirmations.c.changed_at < before)
        .values(state=DeliveryState.UNKNOWN, reason="the worker died while sending", changed_at=at)
    )


def tally(db: Db) -> dict[DeliveryState, int]:
    query = sa.select(confirmations.c.state, sa.func.count()).group_by(confirmations.c.state)
    return {DeliveryState(state): number for state, number in db.execute(query)}


def _confirmation(row: sa.Row[Any]) -> Confirmation:
    values = dict(row._mapping)
    values["state"] = DeliveryState(values["state"])
    return Confirmation(**values)
