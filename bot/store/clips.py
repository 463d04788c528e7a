"""Clips that are still to be made: for which draft, of which quote, and when that is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.store.database import Db, put
from bot.store.schema import wanted_clips


@dataclass(frozen=True)
class WantedClip:
    """A draft waits for the clip of the quote at `begin` to `stop` of its transcript, which was tried so often."""

    draft_id: int
    begin: int
    stop: int
    tries: int
    next_at: datetime


def want(db: Db, draft: int, *, begin: int, stop: int, at: datetime) -> None:
    """Have a clip made for a draft, in place of whichever it waited for before."""
    put(db, wanted_clips, {"draft_id": draft}, {"begin": begin, "stop": stop, "tries": 0, "next_at": at})


def of(db: Db, draft: int) -> WantedClip | None:
    """What a draft waits for."""
    row = db.execute(sa.select(wanted_clips).where(wanted_clips.c.draft_id == draft)).one_or_none()
    return WantedClip(*row) if row is not None else None


def next_due(db: Db, *, at: datetime) -> WantedClip | None:
    """The clip whose turn it is."""
    query = sa.select(wanted_clips).where(wanted_clips.c.next_at <= at)
    row = db.execute(query.order_by(wanted_clips.c.next_at, wanted_clips.c.draft_id).limit(1)).one_or_none()
    return WantedClip(*row) if row is not None else None


def claim(db: Db, clip: WantedClip, *, until: datetime) -> bool:
    """Take a clip up for this worker alone; it is free again then, should this one die. Counts as a try."""
    claimed = sa.update(wanted_clips).where(*_is(clip)).values(tries=clip.tries + 1, next_at=until)
    return db.execute(claimed).rowcount == 1


def put_off(db: Db, clip: WantedClip, *, tries: int, until: datetime) -> None:
    """Try a claimed clip again at that time, unless another is wanted meanwhile."""
    db.execute(sa.update(wanted_clips).where(*_same(clip)).values(tries=tries, next_at=until))


def done(db: Db, clip: WantedClip) -> None:
    """Nothing is to be made any more, unless another clip is wanted meanwhile."""
    db.execute(sa.delete(wanted_clips).where(*_same(clip)))


def _same(clip: WantedClip) -> tuple[sa.ColumnElement[bool], ...]:
    columns = wanted_clips.c
    return (columns.draft_id == clip.draft_id, columns.begin == clip.begin, columns.stop == clip.stop)


def _is(clip: WantedClip) -> tuple[sa.ColumnElement[bool], ...]:
    return (*_same(clip), wanted_clips.c.next_at == clip.next_at)
