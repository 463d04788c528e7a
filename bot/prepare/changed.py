"""Holds what was approved of a source that changed since: an editor sees the difference before anything goes out."""

from __future__ import annotations

from datetime import datetime

from bot.drafting.differences import differences
from bot.drafting.payload import thaw
from bot.errors import Refused
from bot.house import House
from bot.model.states import DraftState
from bot.store import deliveries, drafts, episodes, events, sources
from bot.store.database import Db
from bot.store.drafts import Draft

ACTOR = "pullquote"


def hold_changed(house: House, now: datetime) -> int:
    """Hold every approved draft of an episode that says something else now, or was withdrawn. Returns how many."""
    held = 0
    with house.store.read() as db:
        suspects = drafts.approved_of_changed(db)
    for number in suspects:
        with house.store.write() as db:
            draft = drafts.get(db, number, keep_others_off=True)
            if draft.state not in (DraftState.APPROVED, DraftState.SCHEDULED) or deliveries.in_doubt(db, draft.id):
                continue  # What may have arrived already is settled first.
            reason = _reason(db, draft)
            if reason:
                try:
                    with db.begin_nested():
                        drafts.withdraw(db, draft, to=DraftState.HELD, actor=ACTOR, at=now, reason=reason)
                    held += 1
                except Refused as error:
                    # It is going out at this very moment; what goes out is what was approved.
                    events.note(
                        db, at=now, actor=ACTOR, subject=f"draft:{draft.id}", what="changed too late", detail=str(error)
                    )
    return held


def _reason(db: Db, draft: Draft) -> str:
    for ref in thaw(drafts.revision(db, draft).payload).episodes:
        newest = episodes.newest(db, ref.episode)
        if newest is not None and newest != ref:
            found = differences(episodes.load(db, ref), episodes.load(db, newest))
            if found:
                title = episodes.load(db, newest).title
                return f"the source of “{title}” changed since this was approved: {'; '.join(found)}"
        items = sources.of_episode(db, ref.episode)
        if items and all(seen.missing_since is not None for _, seen in items):
            return f"the show has taken “{episodes.load(db, ref).title}” out of its feed"
    return ""
