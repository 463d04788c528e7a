"""The few things of which there is only one: the freeze, the plan shown last, where notices began, broken templates;
for each newsletter how far its episodes are settled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.store.database import Db, put
from bot.store.schema import flags

_FREEZE = "freeze"
_PLAN = "plan"
_NOTICES = "notices"
_TEMPLATES = "templates"
_SETTLED = "settled:"


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


def keep_template_faults(db: Db, faults: Sequence[str], *, at: datetime) -> None:
    """Remember what the last pass found wrong with templates; nothing is written where it is as before."""
    said = "\n".join(faults)
    if said == "\n".join(template_faults(db)):
        return
    if said:
        _set(db, _TEMPLATES, value=said, actor="pullquote", at=at)
    else:
        db.execute(sa.delete(flags).where(flags.c.name == _TEMPLATES))


def template_faults(db: Db) -> list[str]:
    """What is wrong with templates, as of the last pass: for that something waits, or is held."""
    found = _get(db, _TEMPLATES)
    return found.value.splitlines() if found else []


def keep_settled_upto(db: Db, newsletter: str, number: int, *, at: datetime) -> None:
    """Remember up to which number no episode waits for an edition of a newsletter."""
    _set(db, f"{_SETTLED}{newsletter}", value=str(number), actor="pullquote", at=at)


def settled_upto(db: Db, newsletter: str) -> int:
    """Up to which number no episode waits for an edition of a newsletter; 0 where nobody looked yet."""
    found = _get(db, f"{_SETTLED}{newsletter}")
    return int(found.value) if found else 0


def _set(db: Db, name: str, *, value: str, actor: str, at: datetime) -> None:
    put(db, flags, {"name": name}, {"value": value, "actor": actor, "at": at})


def _get(db: Db, name: str) -> Flag | None:
    row = db.execute(_ONE, {"name": name}).one_or_none()
    return Flag(row.value, row.actor, row.at) if row else None
