"""Subscriptions at hubs, by the source that they are for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from bot.polling.websub import HubState, Subscription
from bot.store import database
from bot.store.database import Db
from bot.store.schema import hub_subscriptions, sources


def all_of(db: Db, keys: Collection[str]) -> dict[str, Subscription]:
    """The subscriptions of some sources."""
    rows = db.execute(sa.select(hub_subscriptions))
    return {row.source: _subscription(row) for row in rows if row.source in keys}


def get(db: Db, source: str) -> Subscription | None:
    row = db.execute(sa.select(hub_subscriptions).where(hub_subscriptions.c.source == source)).one_or_none()
    return _subscription(row) if row else None


def put(db: Db, subscription: Subscription) -> None:
    """Store how a subscription stands now."""
    values = asdict(subscription)
    database.put(db, hub_subscriptions, {"source": values.pop("source")}, values)


def pushed(db: Db, source: str, at: datetime) -> None:
    """A hub says that a source has changed: it is due at once, unless it is gone."""
    db.execute(sa.update(hub_subscriptions).where(hub_subscriptions.c.source == source).values(pushed_at=at))
    db.execute(
        sa.update(sources)
        .where(sources.c.key == source, sources.c.condition != "gone", sources.c.next_at > at)
        .values(next_at=at)
    )


def _subscription(row: sa.Row[tuple[object, ...]]) -> Subscription:
    values = dict(row._mapping)
    values["state"] = HubState(values["state"])
    return Subscription(**values)
