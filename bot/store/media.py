"""The bytes of pictures, sounds and films, each once, under their SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa

from bot.errors import Refused
from bot.store.database import Db
from bot.store.schema import media

# Clips of a minute in the best form that any platform takes stay well below.
MAXIMUM = 64_000_000


class Readable(Protocol):
    def read(self) -> AbstractContextManager[Db]: ...


def keep(db: Db, content: bytes, *, mime: str, at: datetime) -> str:
    """Keep some bytes and give their SHA-256; what is there already stays. Raises Refused for what is too large."""
    if len(content) > MAXIMUM:
        raise Refused(f"A file of {len(content):,} bytes is too large to keep; {MAXIMUM:,} is the most.")
    name = hashlib.sha256(content).hexdigest()
    if db.scalar(sa.select(media.c.size).where(media.c.sha256 == name)) is None:
        db.execute(sa.insert(media).values(sha256=name, mime=mime, size=len(content), content=content, made_at=at))
    return name


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
