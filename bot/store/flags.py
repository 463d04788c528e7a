"""The few things of which there is only one: whether everything is frozen, the plan shown last, where notices began."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.store.database import Db
from bot.store.schema import flags

_FREEZE = "freeze"
_PLAN = "plan"
_NOTICES = "notices"


_ONE = sa.select(flags).where(flags.c.name == sa.bindparam("name"))


@dataclass(frozen=True)
class Flag:
    value: str
    actor: str
    at: datetime


def freeze(db: Db, *, reason: str, actor: str, at: datetime) -> None:
    """Stop everything outgoing until `thaw`."""
    _set(db, _FREEZE, value=reason, actor=actor, at=at)


def thaw(db: Db) -> None:
    db.execute(sa.delete(flags).where(flags.c.name == _FREEZE))


def frozen(db: Db) -> Flag | None:
    """Who froze everything, when and why; None where things may go out."""
    return _get(db, _FREEZE)


def keep_plan(db: Db, *, plan: str, actor: str, at: datetime) -> None:
    """Remember a plan that was shown, so that the next one can be shown as a difference."""
    _set(db, _PLAN, value=plan, actor=actor, at=at)


def last_plan(db: Db) -> Flag | None:
    return _get(db, _PLAN)


def keep_notices_from(db: Db, event: int, *, at: datetime) -> None:
    """Remember after which event of the history editors are told outside the desk."""
    _set(db, _NOTICES, value=str(event), actor="pullquote", at=at)


def notices_from(db: Db) -> int | None:
    """The last event that is not told any more; None where telling has not begun."""
    found = _get(db, _NOTICES)
    return int(found.value) if found else None


def _set(db: Db, name: str, *, value: str, actor: str, at: datetime) -> None:
    db.execute(sa.delete(flags).where(flags.c.name == name))
    db.execute(sa.insert(flags).values(name=name, value=value, actor=actor, at=at))


def _get(db: Db, name: str) -> Flag | None:
    row = db.execute(_ONE, {"name": name}).one_or_none()
    return Flag(row.value, row.actor, row.at) if row else None
