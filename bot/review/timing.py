"""When a draft goes out: another time, another slot, and the slot that it leaves. An approval stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.errors import Refused, WrongField
from bot.house import House
from bot.intend import intend, platform_of, take_slot
from bot.model.publication import Kind
from bot.model.states import DraftState
from bot.store import drafts, slots
from bot.store.database import Db
from bot.store.drafts import Draft
from bot.store.slots import SlotState

# The last time there is has no name in a zone to the east.
_LAST_YEAR = 2999


def reschedule(house: House, number: int, *, due: datetime, actor: str, now: datetime) -> Draft:
    """Give a draft another time; what was approved stays approved, because its content is the same."""
    if due < now - timedelta(minutes=1):
        raise WrongField(
            f"{due.isoformat()} lies in the past.",
            field="due",
            page="Give a time to come, or approve it to go out at once.",
            terminal="Give a time to come, or approve with --now.",
        )
    if due.year > _LAST_YEAR:
        raise WrongField(f"{due.isoformat()} is later than an editor could mean; give an earlier time.", field="due")
    with house.store.write() as db:
        draft = drafts.get(db, number, keep_others_off=True)
        if draft.state in (DraftState.PUBLISHED, DraftState.REJECTED):
            raise Refused(f"Draft {number} is {draft.state}; it has no time any more.")
        leave_slot(db, draft, f"draft {number} was moved to another time by {actor}")
        moved = drafts.schedule(db, draft, slot_id=None, due_at=due)
        drafts.remark(db, moved, actor=actor, at=now, what="rescheduled", detail=due.isoformat())
        return intend(house, db, moved, now) if draft.state is DraftState.SCHEDULED else moved


def move_to_slot(house: House, number: int, *, due: datetime, actor: str, now: datetime) -> Draft:
    """Give a post the free slot of its channel at `due`, and its old slot back; an approval stays. Raises Refused."""
    with house.store.write() as db:
        draft = drafts.get(db, number, keep_others_off=True)
        if draft.newsletter is not None or draft.after_id is not None:
            raise Refused(f"Draft {number} goes with its newsletter, not into a slot: give it another time instead.")
        if draft.state in (DraftState.PUBLISHED, DraftState.REJECTED):
            raise Refused(f"Draft {number} is {draft.state}; it has no time any more.")
        platform_of(house, draft.channel)
        leave_slot(db, draft, "")
        moved = take_slot(house, db, draft, due, now)
        drafts.remark(db, moved, actor=actor, at=now, what="moved to a slot", detail=due.isoformat())
        return intend(house, db, moved, now) if draft.state is DraftState.SCHEDULED else moved


def leave_slot(db: Db, draft: Draft, reason: str, *, edition: SlotState = SlotState.TAKEN) -> None:
    """Give a post's slot to the next post. An edition's slot is not filled again: it stays taken, or is skipped."""
    if draft.slot_id is not None:
        slots.give_up(db, draft.slot_id, edition if draft.kind is Kind.EDITION else SlotState.OPEN, reason)


def due_in_words(house: House, draft: Draft) -> str:
    """When a draft goes out, by the clock of those for whom it is: "Tue 24 Nov 2026 09:00 Europe/Berlin"."""
    assert draft.due_at is not None  # noqa: S101 - it was given one before
    zone = house.zone_of(draft.channel, draft.newsletter)
    return f"{draft.due_at.astimezone(ZoneInfo(zone)):%a %d %b %Y %H:%M} {zone}"
