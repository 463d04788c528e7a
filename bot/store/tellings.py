"""What services told by webhook, remembered so that the same told again changes nothing."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.store.database import Db, add
from bot.store.schema import tellings


def was_told(db: Db, channel: str, event: str) -> bool:
    """Whether this was told of a channel."""
    return (
        db.scalar(sa.select(tellings.c.at).where(tellings.c.channel == channel, tellings.c.event == event)) is not None
    )


def told_before(db: Db, channel: str, event: str, *, at: datetime) -> bool:
    """Whether a service told this before; from now on it has."""
    return not add(db, tellings, {"channel": channel, "event": event, "at": at})


def told_earlier(db: Db, *, before: datetime) -> bool:
    """Whether something is remembered that was told before then."""
    return db.scalar(sa.select(tellings.c.event).where(tellings.c.at < before).limit(1)) is not None


def forget(db: Db, *, before: datetime) -> None:
    """Forget what was told so long ago that no service repeats it."""
    db.execute(sa.delete(tellings).where(tellings.c.at < before))
