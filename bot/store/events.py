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


def note_new(db: Db, *, at: datetime, actor: str, subject: str, what: str, detail: str) -> None:
    """Write one line of history, unless the last one of its subject says the same."""
    found = last(db, subject)
    if found is None or (found.what, found.detail) != (what, detail):
        note(db, at=at, actor=actor, subject=subject, what=what, detail=detail)


def last(db: Db, subject: str) -> Event | None:
    """What happened to one subject last."""
    query = sa.select(events).where(events.c.subject == subject).order_by(events.c.id.desc()).limit(1)
    return next(iter(_read(db, query)), None)


# So many lines before the last are looked at for those that came late.
_BACK = 2_000
# What the history calls the line that names the token by which a step was taken.
BY_TOKEN = "by token"  # noqa: S105 - words of the history
_IN_BETWEEN = ("claimed", "sending", "planned", BY_TOKEN)


def of(db: Db, subject: str) -> list[Event]:
    """Everything that happened to one subject, oldest first."""
    return _read(db, sa.select(events).where(events.c.subject == subject).order_by(events.c.id))


def latest(db: Db, number: int) -> list[Event]:
    """The newest lines of history, newest first, without the steps that only a worker cares about."""
    query = sa.select(events).where(events.c.what.not_in(_IN_BETWEEN)).order_by(events.c.id.desc())
    return _read(db, query.limit(number))


def mark(db: Db) -> tuple[int, int]:
    """What is another one as soon as a line of history is written, and with it nearly everything that may be seen.

    A transaction that ends late may write a line with a lower number than others that were seen: so those before the
    last are counted.
    """
    last = db.scalar(sa.select(sa.func.max(events.c.id))) or 0
    return last, db.scalar(sa.select(sa.func.count()).where(events.c.id > last - _BACK)) or 0


def _read(db: Db, query: sa.Select[tuple[object, ...]]) -> list[Event]:
    return [Event(row.at, row.actor, row.subject, row.what, row.detail) for row in db.execute(query)]
