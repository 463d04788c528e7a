"""What was found when an account was last tried, read-only, and when its credential ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.store.database import Db, put
from bot.store.schema import checkups


@dataclass(frozen=True)
class Checkup:
    """`fault`: whether something is wrong; `said`: what was found; `ends_at`: when the credential ends, if ever."""

    channel: str
    at: datetime
    fault: bool
    said: str
    ends_at: datetime | None = None


def latest(db: Db, channel: str) -> Checkup | None:
    row = db.execute(sa.select(checkups).where(checkups.c.channel == channel)).one_or_none()
    return _checkup(row) if row else None


def keep(db: Db, found: Checkup) -> None:
    values = {"at": found.at, "fault": int(found.fault), "said": found.said, "ends_at": found.ends_at}
    put(db, checkups, {"channel": found.channel}, values)


def listed(db: Db) -> list[Checkup]:
    return [_checkup(row) for row in db.execute(sa.select(checkups).order_by(checkups.c.channel))]


def _checkup(row: sa.Row[tuple[object, ...]]) -> Checkup:
    return Checkup(**{**row._mapping, "fault": bool(row.fault)})
