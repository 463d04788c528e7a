"""The big red button: everything outgoing stops before its next request, and goes on when it is released."""

from __future__ import annotations

from datetime import datetime

from bot.house import House
from bot.store import deliveries, events, flags
from bot.store.deliveries import Delivery

_HOUSE = "house"


def freeze(house: House, *, reason: str, actor: str, now: datetime) -> list[Delivery]:
    """Let nothing go out any more. Returns what that stopped, in the order of its time."""
    with house.store.write() as db:
        flags.freeze(db, reason=reason, actor=actor, at=now)
        events.note(db, at=now, actor=actor, subject=_HOUSE, what="frozen", detail=reason)
        return deliveries.pending(db)


def release(house: House, *, actor: str, now: datetime) -> str | None:
    """Let things go out again. Returns why they still do not, in words: a file in the data folder freezes too."""
    with house.store.write() as db:
        flags.thaw(db)
        events.note(db, at=now, actor=actor, subject=_HOUSE, what="thawed")
    return house.frozen()
