"""The history: who did what when. Rows are added and read, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.store.database import Db
from bot.store.schema import events

# Made once: what SQLAlchemy does to make a statement costs more than what the database does with it.
_INSERT = sa.insert(events)


@dataclass(frozen=True)
class Event:
    at: datetime
    actor: str
    subject: str
    what: str
    detail: str


def note_all(db: Db, lines: Sequence[Event]) -> None:
    """Write several lines of history at once."""
    if lines:
        db.execute(_INSERT, [vars(each) for each in lines])


def note(db: Db, *, at: datetime, actor: str, subject: str, what: str, detail: str = "") -> None:
    """Write one line of history. `subject` is "draft:12", "delivery:7", "episode:3" or "house"."""
    db.execute(_INSERT, {"at": at, "actor": actor, "subject": subject, "what": what, "detail": detail})


_IN_BETWEEN = ("claimed", "sending", "planned")


def of(db: Db, subject: str) -> list[Event]:
    """Everything that happened to one subject, oldest first."""
    return _read(db, sa.select(events).where(events.c.subject == subject).order_by(events.c.id))


def latest(db: Db, number: int) -> list[Event]:
    """The newest lines of history, newest first, without the steps that only a worker cares about."""
    query = sa.select(events).where(events.c.what.not_in(_IN_BETWEEN)).order_by(events.c.id.desc())
    return _read(db, query.limit(number))


def _read(db: Db, query: sa.Select[tuple[object, ...]]) -> list[Event]:
    return [Event(row.at, row.actor, row.subject, row.what, row.detail) for row in db.execute(query)]
