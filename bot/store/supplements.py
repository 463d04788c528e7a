"""What belongs to an episode and stands elsewhere: transcripts, chapters, pages; what is still wanted, and when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from bot.model.episode import Episode
from bot.store.codec import decode, encode
from bot.store.database import Db, add
from bot.store.schema import supplements


class SupplementKind(StrEnum):
    """What kind of thing it is. A DOCUMENT was laid into a folder; all others are fetched."""

    DOCUMENT = "document"
    TRANSCRIPT = "transcript"
    CHAPTERS = "chapters"
    PAGE = "page"


class SupplementState(StrEnum):
    """WANTED is tried again at its time; READ is in the episode; UNNEEDED was not asked for, as another one served."""

    WANTED = "wanted"
    READ = "read"
    UNNEEDED = "unneeded"
    GIVEN_UP = "given up"


@dataclass(frozen=True)
class Supplement:
    """One address that belongs to an episode. `message` says how the last try ended."""

    id: int
    episode_id: int
    kind: SupplementKind
    url: str
    mime: str
    state: SupplementState
    tries: int
    next_at: datetime | None
    etag: str
    last_modified: str
    body_hash: str
    content: Episode | None
    message: str
    added_at: datetime
    read_at: datetime | None


def want(db: Db, episode: int, kind: SupplementKind, url: str, *, mime: str, at: datetime) -> None:
    """Remember that an address is to be read for an episode; nothing changes where it is remembered already."""
    row = {
        "episode_id": episode,
        "kind": kind,
        "url": url,
        "mime": mime,
        "state": SupplementState.WANTED,
        "tries": 0,
        "next_at": at,
        "added_at": at,
    }
    add(db, supplements, row)


def keep_document(db: Db, episode: int, locator: str, content: Episode, *, at: datetime) -> None:
    """Remember what another source says of an episode, in place of what it said before."""
    wanted = supplements.c.episode_id == episode, supplements.c.url == locator
    db.execute(sa.delete(supplements).where(*wanted, supplements.c.kind == SupplementKind.DOCUMENT))
    db.execute(
        sa.insert(supplements).values(
            episode_id=episode,
            kind=SupplementKind.DOCUMENT,
            url=locator,
            state=SupplementState.READ,
            content=encode(content),
            added_at=at,
            read_at=at,
        )
    )


def claim_due(db: Db, *, at: datetime, until: datetime, limit: int) -> list[Supplement]:
    """Take up to `limit` that are due, in the order in which they were asked for, and put them off `until` then."""
    query = (
        sa.select(supplements)
        .where(supplements.c.state == SupplementState.WANTED, supplements.c.next_at <= at)
        .order_by(supplements.c.next_at, supplements.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    due = [_supplement(row) for row in db.execute(query)]
    if due:
        numbers = [each.id for each in due]
        db.execute(sa.update(supplements).where(supplements.c.id.in_(numbers)).values(next_at=until))
    return due


def of_episode(db: Db, episode: int) -> list[Supplement]:
    query = sa.select(supplements).where(supplements.c.episode_id == episode).order_by(supplements.c.id)
    return [_supplement(row) for row in db.execute(query)]


def read(
    db: Db, number: int, content: Episode, *, etag: str, last_modified: str, body_hash: str, message: str, at: datetime
) -> None:
    """It was read: `content` is what it holds."""
    _put(
        db,
        number,
        state=SupplementState.READ,
        etag=etag,
        last_modified=last_modified,
        body_hash=body_hash,
        content=encode(content),
        message=message,
        next_at=None,
        read_at=at,
    )


def postpone(db: Db, number: int, *, tries: int, message: str, next_at: datetime) -> None:
    """It could not be read this time."""
    _put(db, number, tries=tries, message=message, next_at=next_at)


def give_up(db: Db, number: int, *, tries: int, message: str) -> None:
    _put(db, number, state=SupplementState.GIVEN_UP, tries=tries, message=message, next_at=None)


def unneeded(db: Db, numbers: Collection[int], message: str) -> None:
    """Others served; these are not asked for any more."""
    if numbers:
        db.execute(
            sa.update(supplements)
            .where(supplements.c.id.in_(list(numbers)))
            .values(state=SupplementState.UNNEEDED, message=message, next_at=None)
        )


def _put(db: Db, number: int, **values: object) -> None:
    db.execute(sa.update(supplements).where(supplements.c.id == number).values(**values))


def _supplement(row: sa.Row[tuple[object, ...]]) -> Supplement:
    values = dict(row._mapping)
    values["kind"] = SupplementKind(values["kind"])
    values["state"] = SupplementState(values["state"])
    values["content"] = decode(Episode, values["content"]) if values["content"] else None
    return Supplement(**values)
