"""Links by which somebody without an account decides on one revision of a draft. Kept as their SHA-256 only."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.store import events
from bot.store.database import Db
from bot.store.drafts import Revision
from bot.store.schema import review_links


@dataclass(frozen=True)
class Link:
    """`name` is whom it was made for, `made_by` who made it. `used_for` says what was done; "" while it is unused."""

    id: int
    draft_id: int
    revision: int
    hash: str
    name: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None
    used_for: str


def make(db: Db, *, token: str, content: Revision, name: str, made_by: str, at: datetime, lasts: timedelta) -> None:
    """Keep a link to a revision."""
    db.execute(
        sa.insert(review_links).values(
            token_hash=_hash(token),
            draft_id=content.draft_id,
            revision=content.number,
            hash=content.hash,
            name=name,
            made_by=made_by,
            made_at=at,
            expires_at=at + lasts,
            used_for="",
        )
    )
    said = f"for {name}, until {at + lasts:%d %B %H:%M} UTC: revision {content.number}, {content.hash[:8]}"
    events.note(db, at=at, actor=made_by, subject=f"draft:{content.draft_id}", what="link made", detail=said)


def by_token(db: Db, token: str) -> Link | None:
    row = db.execute(sa.select(review_links).where(review_links.c.token_hash == _hash(token))).one_or_none()
    return _link(row) if row is not None else None


def use(db: Db, link: Link, *, what: str, at: datetime) -> bool:
    """Use a link up. False where somebody was faster, or its time has passed."""
    used = db.execute(
        sa.update(review_links)
        .where(review_links.c.id == link.id, review_links.c.used_at.is_(None), review_links.c.expires_at > at)
        .values(used_at=at, used_for=what)
    )
    return used.rowcount == 1


def unused(db: Db, draft: int, *, hashed: str, at: datetime) -> list[Link]:
    """The links to this content of a draft that still work."""
    query = sa.select(review_links).where(
        review_links.c.draft_id == draft,
        review_links.c.hash == hashed,
        review_links.c.used_at.is_(None),
        review_links.c.expires_at > at,
    )
    return [_link(row) for row in db.execute(query.order_by(review_links.c.id))]


def withdraw(db: Db, number: int, *, draft: int, actor: str, at: datetime) -> None:
    """Take a link of a draft back; one that is used stays as it is."""
    found = db.execute(
        sa.update(review_links)
        .where(review_links.c.id == number, review_links.c.draft_id == draft, review_links.c.used_at.is_(None))
        .values(used_at=at, used_for="withdrawn")
        .returning(review_links.c.name)
    ).one_or_none()
    if found is not None:
        events.note(db, at=at, actor=actor, subject=f"draft:{draft}", what="link withdrawn", detail=f"for {found.name}")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _link(row: sa.Row[Any]) -> Link:
    values = dict(row._mapping)
    del values["token_hash"]
    return Link(**values)
