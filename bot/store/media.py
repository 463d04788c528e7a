"""The bytes of pictures, sounds and films, each once, under their SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol

import sqlalchemy as sa

from bot.errors import Refused
from bot.store.database import Db, add
from bot.store.schema import approvals, covers, deliveries, drafts, media, media_uses

# Clips of a minute in the best form that any platform takes stay well below.
MAXIMUM = 64_000_000
# How long media are kept that nothing needs any more, and how often somebody looks.
KEPT = timedelta(days=30)

# Of what is left nobody will ask again: it was replaced before anybody approved it, and nothing of it was to be sent.
_USED = (
    sa.select(media_uses.c.sha256)
    .join(drafts, drafts.c.id == media_uses.c.draft_id)
    .where(
        media_uses.c.sha256 == media.c.sha256,
        sa.or_(
            media_uses.c.revision == drafts.c.revision,
            sa.exists().where(
                approvals.c.draft_id == media_uses.c.draft_id, approvals.c.revision == media_uses.c.revision
            ),
            sa.exists().where(
                deliveries.c.draft_id == media_uses.c.draft_id, deliveries.c.revision == media_uses.c.revision
            ),
        ),
    )
    .correlate(media)
    .exists()
)
# Copies of shows' pictures stay: mails that were sent load them.
_NEEDED = sa.or_(_USED, sa.select(covers.c.sha256).where(covers.c.sha256 == media.c.sha256).correlate(media).exists())


class Readable(Protocol):
    def read(self) -> AbstractContextManager[Db]: ...


def keep(db: Db, content: bytes, *, mime: str, at: datetime) -> str:
    """Keep some bytes and give their SHA-256; what is there already stays. Raises Refused for what is too large."""
    if len(content) > MAXIMUM:
        raise Refused(f"A file of {len(content):,} bytes is too large to keep; {MAXIMUM:,} is the most.")
    name = hashlib.sha256(content).hexdigest()
    fresh = {"unused_since": None, "look_at": at + KEPT}
    # Also where it is there: whoever is about to remove it waits for us, and finds it needed.
    if not db.execute(sa.update(media).where(media.c.sha256 == name).values(fresh)).rowcount:
        row = {"sha256": name, "mime": mime, "size": len(content), "content": content, "made_at": at, **fresh}
        add(db, media, row)
    return name


def to_be_looked_at(db: Db, *, at: datetime) -> bool:
    """Whether there is anything for `tidy`."""
    return bool(db.scalar(sa.select(sa.exists().where(media.c.look_at <= at))))


def tidy(db: Db, *, at: datetime, most: int) -> int:
    """Remove what nothing has needed for `KEPT`, looking at `most` files; the others come in their turn.

    Needed is what the present revision of a draft bears, one that was ever approved, and one of which anything was to
    be sent: so whatever went out stays, and with it every page that shows it. Returns how many were removed.
    """
    due = sa.select(media.c.sha256, media.c.unused_since, _NEEDED.label("needed"))
    found = db.execute(due.where(media.c.look_at <= at).order_by(media.c.look_at).limit(most)).all()
    gone = [row.sha256 for row in found if not row.needed and row.unused_since and row.unused_since <= at - KEPT]
    removed = db.execute(
        sa.delete(media).where(media.c.sha256.in_(gone), media.c.unused_since.is_not(None), ~_NEEDED)
    ).rowcount
    for row in found:
        since = None if row.needed else row.unused_since or at
        db.execute(
            sa.update(media)
            .where(media.c.sha256 == row.sha256, media.c.look_at <= at)
            .values(unused_since=since, look_at=at + KEPT)
        )
    return removed


def content(db: Db, name: str) -> bytes:
    """The bytes of that SHA-256, held against it. Raises Refused where they are not there or were changed."""
    row = db.execute(sa.select(media.c.content).where(media.c.sha256 == name)).one_or_none()
    if row is None:
        raise Refused(f"The media file {name[:12]} is not in the store any more; make the post anew.")
    found = bytes(row.content)
    if hashlib.sha256(found).hexdigest() != name:
        raise Refused(f"The media file {name[:12]} is not what was approved; make the post anew.")
    return found


def mime(db: Db, name: str) -> str | None:
    """What kind of file it is, None where there is none."""
    return db.scalar(sa.select(media.c.mime).where(media.c.sha256 == name))


class Shelf(Mapping[str, bytes]):
    """Some media by their SHA-256, each read from the store when it is asked for."""

    def __init__(self, store: Readable, names: tuple[str, ...]) -> None:
        self._store = store
        self._names = names

    def __getitem__(self, name: str) -> bytes:
        if name not in self._names:
            raise KeyError(name)
        with self._store.read() as db:
            return content(db, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
