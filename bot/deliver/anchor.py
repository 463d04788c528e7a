"""After a downtime: what is late, but not too late, is spread over the next slots instead of going out at once."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.errors import Refused
from bot.house import House
from bot.intend import intend, take_free_slot
from bot.model.states import DeliveryState, DraftState
from bot.store import deliveries, drafts, slots
from bot.store.database import Db
from bot.store.deliveries import Delivery
from bot.store.slots import SlotState

ACTOR = "pullquote"
# A post that goes out so soon after its time counts as in time.
GRACE = timedelta(minutes=15)


def spread_out(house: House, channels: list[str], now: datetime) -> None:
    """Of the posts of a channel whose time passed, let the first go now and give each other the next free slot."""
    for name in channels:
        with house.store.read() as db:
            overdue = _overdue(db, name, now)
        if len(overdue) < 2:
            continue
        with house.store.write() as db:
            for each in _overdue(db, name, now)[1:]:
                _move(house, db, each, now)


def _overdue(db: Db, channel: str, now: datetime) -> list[Delivery]:
    return [each for each in deliveries.waiting(db, channel, due_before=now - GRACE) if each.late_at >= now]


def _move(house: House, db: Db, delivery: Delivery, now: datetime) -> None:
    draft = drafts.get(db, delivery.draft_id, keep_others_off=True)
    if draft.state is not DraftState.SCHEDULED or draft.slot_id is None:
        return
    passed = draft.slot_id
    try:
        moved = take_free_slot(house, db, draft, now)
        intend(house, db, moved, now)
    except Refused as error:
        deliveries.put(db, delivery, DeliveryState.HELD, reason=str(error), at=now)
        drafts.withdraw(db, draft, to=DraftState.HELD, actor=ACTOR, at=now, reason=str(error))
        return
    slots.give_up(db, passed, SlotState.MISSED, f"draft {draft.id} could not go out in time and was moved on")
    detail = f"from {delivery.due_at.isoformat(timespec='minutes')}, which passed without it, to {moved.due_at}"
    drafts.remark(db, moved, actor=ACTOR, at=now, what="moved to the next slot", detail=detail)
