"""Notes that put right in the archive what an edition said. What they are about went out and is never touched."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.store.codec import content_hash
from bot.store.database import Db
from bot.store.drafts import Draft, remark
from bot.store.schema import archive_notes, drafts

# Made once, because the pages of editions and quotes ask.
_OF_DRAFTS = (
    sa.select(archive_notes)
    .where(archive_notes.c.draft_id.in_(sa.bindparam("of", expanding=True)))
    .order_by(archive_notes.c.draft_id, archive_notes.c.id)
)


@dataclass(frozen=True)
class ArchiveNote:
    """A note on an edition, or on what it says of one episode. `taken_back_at` is when it stood no longer."""

    id: int
    draft_id: int
    episode_id: int | None
    text: str
    actor: str
    at: datetime
    taken_back_at: datetime | None


def add(db: Db, draft: Draft, text: str, *, episode: int | None, actor: str, at: datetime) -> bool:
    """Keep a note; others have to be kept off the draft. False where the same note stands already."""
    key = _key(draft, text, episode)
    if db.scalar(sa.select(archive_notes.c.id).where(archive_notes.c.key == key)) is not None:
        return False
    db.execute(
        sa.insert(archive_notes).values(
            draft_id=draft.id, episode_id=episode, key=key, text=text, actor=actor, at=at, taken_back_at=None
        )
    )
    remark(db, draft, actor=actor, at=at, what="corrected in the archive", detail=_said(text, episode))
    return True


def take_back(db: Db, draft: Draft, text: str, *, episode: int | None, actor: str, at: datetime) -> bool:
    """Let a note stand no longer. False where no such note stands."""
    gone = db.execute(
        sa.update(archive_notes)
        .where(archive_notes.c.key == _key(draft, text, episode))
        .values(key=None, taken_back_at=at)
    )
    if not gone.rowcount:
        return False
    remark(db, draft, actor=actor, at=at, what="took a correction back from the archive", detail=_said(text, episode))
    return True


def of(db: Db, drafts: Collection[int]) -> list[ArchiveNote]:
    """The notes on some editions, oldest first, with those that were taken back."""
    return [
        ArchiveNote(row.id, row.draft_id, row.episode_id, row.text, row.actor, row.at, row.taken_back_at)
        for row in db.execute(_OF_DRAFTS, {"of": list(drafts)})
    ]


def noted(newsletter: str) -> sa.Select[tuple[int]]:
    """A question: the drafts of a newsletter's editions on which a note stands or stood."""
    return (
        sa.select(archive_notes.c.draft_id)
        .join(drafts, drafts.c.id == archive_notes.c.draft_id)
        .where(drafts.c.newsletter == newsletter)
        .distinct()
    )


def mark(db: Db) -> tuple[int, int]:
    """What is another one as soon as a note was added or taken back: both only ever grow."""
    added, taken_back = db.execute(sa.select(sa.func.count(), sa.func.count(archive_notes.c.taken_back_at))).one()
    return added, taken_back


def _key(draft: Draft, text: str, episode: int | None) -> str:
    return f"{draft.id}:{episode or ''}:{content_hash(text)}"


def _said(text: str, episode: int | None) -> str:
    return f"episode {episode}: {text}" if episode is not None else text
