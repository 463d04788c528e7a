"""What keeps a channel from sending for a while, kept so that a restart does not forget it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.store import database
from bot.store.database import Db
from bot.store.schema import gates


@dataclass(frozen=True)
class Gate:
    """`failures` in a row since the last success; shut until an instant, or open (None), for a `reason` in words."""

    channel: str
    failures: int = 0
    shut_until: datetime | None = None
    reason: str = ""

    def shut(self, now: datetime) -> bool:
        return self.shut_until is not None and now < self.shut_until


def get(db: Db, channel: str) -> Gate:
    row = db.execute(sa.select(gates).where(gates.c.channel == channel)).one_or_none()
    return Gate(channel, row.failures, row.shut_until, row.reason) if row else Gate(channel)


def put(db: Db, gate: Gate, *, at: datetime) -> None:
    values = {"failures": gate.failures, "shut_until": gate.shut_until, "reason": gate.reason, "changed_at": at}
    database.put(db, gates, {"channel": gate.channel}, values)


def listed(db: Db, now: datetime) -> list[Gate]:
    """Every gate that is shut."""
    query = sa.select(gates).where(gates.c.shut_until > now).order_by(gates.c.channel)
    return [Gate(row.channel, row.failures, row.shut_until, row.reason) for row in db.execute(query)]
