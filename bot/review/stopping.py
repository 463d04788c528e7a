"""What stops a draft, and takes it up again: hold, reject, send back, reopen. Its approval is void."""

from __future__ import annotations

from datetime import datetime

from bot.errors import Refused
from bot.house import House
from bot.model.publication import Kind
from bot.model.states import DraftState
from bot.review.judging import judge
from bot.review.timing import leave_slot
from bot.store import drafts
from bot.store.database import Db
from bot.store.drafts import Draft
from bot.store.labels import Verdict
from bot.store.slots import SlotState

# From these a draft can be taken up again; one that is approved would go out while it is being looked at.
_STOPPED = (DraftState.HELD, DraftState.REJECTED, DraftState.CHANGES_REQUESTED)


def hold(house: House, number: int, *, reason: str, actor: str, now: datetime) -> Draft:
    """Stop a draft until somebody takes it up again: its approval is void and nothing of it goes out.

    Of an edition whose mails are leaving at this moment no further request leaves; those under way come to their end.
    """
    with house.store.write() as db:
        return hold_within(db, number, reason=reason, actor=actor, now=now)


def hold_within(db: Db, number: int, *, reason: str, actor: str, now: datetime) -> Draft:
    """`hold` as part of a transaction."""
    draft = drafts.get(db, number, keep_others_off=True)
    return drafts.withdraw(db, draft, to=DraftState.HELD, actor=actor, at=now, reason=reason)


def reject(house: House, number: int, *, reason: str, actor: str, now: datetime) -> Draft:
    """Decide that a draft never goes out. The episodes of a rejected edition are free for the next."""
    return _withdraw(house, number, DraftState.REJECTED, reason=reason, actor=actor, now=now)


def request_changes(house: House, number: int, *, reason: str, actor: str, now: datetime) -> Draft:
    """Send a draft back with what is to be changed."""
    return _withdraw(house, number, DraftState.CHANGES_REQUESTED, reason=reason, actor=actor, now=now)


def reopen(house: House, number: int, *, actor: str, now: datetime) -> Draft:
    """Put a held or rejected draft, or one sent back, before the editors again."""
    with house.store.write() as db:
        draft = drafts.get(db, number, keep_others_off=True)
        if draft.kind is Kind.EDITION and draft.state is DraftState.REJECTED:
            raise Refused(f"Draft {number} is a rejected edition; its episodes are free and come in the next one.")
        if draft.state not in _STOPPED:
            raise Refused(f"Draft {number} is {draft.state}, not stopped; hold it first if it is not to go out.")
        return drafts.move(db, draft, DraftState.IN_REVIEW, actor=actor, at=now, detail="taken up again")


def _withdraw(house: House, number: int, to: DraftState, *, reason: str, actor: str, now: datetime) -> Draft:
    with house.store.write() as db:
        draft = drafts.get(db, number, keep_others_off=True)
        moved = drafts.withdraw(db, draft, to=to, actor=actor, at=now, reason=reason)
        # A rejected edition says nothing of its quotes: its episodes come again in the next.
        if to is DraftState.REJECTED and draft.kind is not Kind.EDITION:
            judge(db, draft, Verdict.SKIPPED, actor=actor, now=now)
        return _let_go(db, moved, reason=reason, actor=actor, now=now) if to is DraftState.REJECTED else moved


def _let_go(db: Db, draft: Draft, *, reason: str, actor: str, now: datetime) -> Draft:
    """Free what a rejected draft held: its slot, the episodes of an edition, and the posts that would announce it."""
    why = f"draft {draft.id} was rejected by {actor}: {reason}"
    leave_slot(db, draft, why, edition=SlotState.SKIPPED)
    if draft.kind is Kind.EDITION:
        drafts.take_from_edition(db, draft, drafts.edition_of(db, draft))
    for announcement in drafts.announcing(db, draft):
        if announcement.state is not DraftState.REJECTED:
            drafts.withdraw(db, announcement, to=DraftState.REJECTED, actor=actor, at=now, reason=reason)
    return drafts.schedule(db, draft, slot_id=None, due_at=None)
