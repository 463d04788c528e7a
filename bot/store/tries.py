"""How often something was tried, for every process that answers: a row for each who tries, until their time is over."""

from __future__ import annotations

import hashlib
from datetime import datetime

import sqlalchemy as sa

from bot.store.database import Db, insert
from bot.store.schema import tries


def key(what: str, who: str) -> str:
    """The key of a row. It is a hash, because addresses and names that somebody typed are nobody's to keep."""
    return hashlib.sha256(f"{what}\0{who}".encode("utf-8", "replace")).hexdigest()


def take(
    db: Db, key: str, *, number: int, portion: int, ends_at: datetime, now: datetime
) -> tuple[int, datetime] | None:
    """Count `portion` tries of at most `number`: how many of them are granted, and when their stretch ends.

    A stretch begins with the first try and ends at `ends_at`; then the count begins anew. None where none is left. One
    statement, so that of two processes each sees what the other counted.
    """
    over = tries.c.ends_at <= now
    more = sa.case((tries.c.count + portion > number, number), else_=tries.c.count + portion)
    statement = insert(db, tries).values(key=key, ends_at=ends_at, count=min(portion, number))
    row = db.execute(
        statement.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "ends_at": sa.case((over, sa.literal(ends_at, tries.c.ends_at.type)), else_=tries.c.ends_at),
                "count": sa.case((over, min(portion, number)), else_=more),
            },
            where=sa.or_(over, tries.c.count < number),
        ).returning(tries.c.count, tries.c.ends_at)
    ).one_or_none()
    if row is None:
        return None
    # Whoever shares a key takes portions of one size: the last one may be smaller.
    counted, until = row
    return (counted - 1) % portion + 1, until


def ends(db: Db, key: str) -> datetime | None:
    """When the stretch of a key ends; None where there is none."""
    found: datetime | None = db.scalar(sa.select(tries.c.ends_at).where(tries.c.key == key))
    return found


def forget(db: Db, now: datetime) -> None:
    """Remove what is over. What somebody counts at this moment is passed over, so that nobody waits for another."""
    over = sa.select(tries.c.key).where(tries.c.ends_at <= now).with_for_update(skip_locked=True)
    db.execute(sa.delete(tries).where(tries.c.key.in_(over)))
