"""Slots: the times at which something may go out, each at most once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from bot.schedule import Occurrence
from bot.store.database import Db, add
from bot.store.schema import slots


class SlotState(StrEnum):
    """OPEN waits for a draft; TAKEN has one; SKIPPED and MISSED passed without one, `reason` says why."""

    OPEN = "open"
    TAKEN = "taken"
    SKIPPED = "skipped"
    MISSED = "missed"


@dataclass(frozen=True)
class Slot:
    """One time of one schedule. `wall` is the local time that names it, `due_at` the instant."""

    id: int
    schedule: str
    wall: str
    zone: str
    due_at: datetime
    state: SlotState
    reason: str


def ensure(db: Db, *, schedule: str, zone: str, occurrence: Occurrence, state: SlotState) -> Slot:
    """The slot of an occurrence, made if it is not there. `schedule` names what fires: "newsletter:weekly"."""
    wall = occurrence.wall.isoformat(timespec="minutes")
    found = _find(db, schedule, wall)
    if found is not None:
        return found
    # Where another worker made it since our look, theirs is the slot.
    values = {"schedule": schedule, "wall": wall, "zone": zone, "due_at": occurrence.due, "state": state, "reason": ""}
    add(db, slots, values)
    made = _find(db, schedule, wall)
    if made is None:
        raise LookupError(f"slot {schedule} {wall} was not stored")
    return made


def take_first_free(db: Db, *, schedule: str, zone: str, occurrence: Occurrence) -> Slot | None:
    """Take the slot of an occurrence, or None where somebody has it."""
    slot = ensure(db, schedule=schedule, zone=zone, occurrence=occurrence, state=SlotState.OPEN)
    return get(db, slot.id) if settle(db, slot, SlotState.TAKEN) else None


def settle(db: Db, slot: Slot, state: SlotState, reason: str = "") -> bool:
    """Bring a slot that is open into another state; False where it was open no more."""
    changed = db.execute(
        sa.update(slots)
        .where(slots.c.id == slot.id, slots.c.state == SlotState.OPEN)
        .values(state=state, reason=reason)
    )
    return changed.rowcount == 1


def give_up(db: Db, slot_id: int, state: SlotState, reason: str) -> None:
    """End a taken slot without a delivery, or open it again for another draft."""
    db.execute(sa.update(slots).where(slots.c.id == slot_id).values(state=state, reason=reason))


def get(db: Db, number: int) -> Slot:
    return _slot(db.execute(sa.select(slots).where(slots.c.id == number)).one())


def past_and_open(db: Db, now: datetime) -> list[Slot]:
    """Slots whose time has come and that nothing has taken."""
    query = sa.select(slots).where(slots.c.state == SlotState.OPEN, slots.c.due_at <= now).order_by(slots.c.due_at)
    return [_slot(row) for row in db.execute(query)]


def latest(db: Db, schedule: str) -> Slot | None:
    """The slot of a schedule that lies furthest ahead."""
    row = db.execute(
        sa.select(slots).where(slots.c.schedule == schedule).order_by(slots.c.due_at.desc()).limit(1)
    ).one_or_none()
    return _slot(row) if row else None


def coming(db: Db, *, since: datetime, until: datetime) -> list[Slot]:
    """The slots of a stretch of time that are known, of every schedule; those that nothing asked for yet are not."""
    query = sa.select(slots).where(slots.c.due_at >= since, slots.c.due_at < until).order_by(slots.c.due_at, slots.c.id)
    return [_slot(row) for row in db.execute(query)]


def passed_over(db: Db, *, limit: int) -> list[Slot]:
    """Slots that passed without a delivery, newest first: a silent skip would look like a fault."""
    query = (
        sa.select(slots)
        .where(slots.c.state.in_([SlotState.SKIPPED, SlotState.MISSED]))
        .order_by(slots.c.due_at.desc())
        .limit(limit)
    )
    return [_slot(row) for row in db.execute(query)]


def _find(db: Db, schedule: str, wall: str) -> Slot | None:
    row = db.execute(sa.select(slots).where(slots.c.schedule == schedule, slots.c.wall == wall)).one_or_none()
    return _slot(row) if row else None


def _slot(row: sa.Row[tuple[object, ...]]) -> Slot:
    values = dict(row._mapping)
    values["state"] = SlotState(values["state"])
    return Slot(**values)
