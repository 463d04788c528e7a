"""What was read from which file or address, and what was set aside with which message."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from bot.model.episode import Remark
from bot.store.database import Db
from bot.store.schema import documents

READ = "read"
SET_ASIDE = "set_aside"


@dataclass(frozen=True)
class Document:
    """One file or address as it was read last. `message` says why it was set aside."""

    locator: str
    content_hash: str
    signature: str
    reader: int
    state: str
    message: str
    remarks: tuple[str, ...]
    read_at: datetime


class Known(NamedTuple):
    """What tells whether a document has to be read again, as `Document` has it."""

    content_hash: str
    signature: str
    reader: int
    state: str


def known(db: Db) -> dict[str, Known]:
    """All documents by their locator: as little of each as a pass needs that finds them unchanged."""
    columns = [documents.c[name] for name in ("locator", *Known._fields)]
    return {locator: Known(*rest) for locator, *rest in db.execute(sa.select(*columns))}


def get(db: Db, locator: str) -> Document | None:
    row = db.execute(sa.select(documents).where(documents.c.locator == locator)).one_or_none()
    return _document(row) if row else None


def set_aside(db: Db) -> list[Document]:
    """The documents that could not be understood, by name."""
    query = sa.select(documents).where(documents.c.state == SET_ASIDE).order_by(documents.c.locator)
    return [_document(row) for row in db.execute(query)]


def keep(
    db: Db,
    *,
    locator: str,
    content_hash: str,
    signature: str,
    reader: int,
    state: str,
    at: datetime,
    message: str = "",
    remarks: Sequence[Remark] = (),
) -> None:
    """Remember how the reading of a document went, in place of what was remembered of it before."""
    db.execute(sa.delete(documents).where(documents.c.locator == locator))
    db.execute(
        sa.insert(documents).values(
            locator=locator,
            content_hash=content_hash,
            signature=signature,
            reader=reader,
            state=state,
            message=message,
            remarks=json.dumps([_shown(remark) for remark in remarks], ensure_ascii=False),
            read_at=at,
        )
    )


def touch(db: Db, *, locator: str, signature: str) -> None:
    """Note that a file was written anew with the same bytes."""
    db.execute(sa.update(documents).where(documents.c.locator == locator).values(signature=signature))


def _shown(remark: Remark) -> str:
    return f"line {remark.line}: {remark.text}" if remark.line is not None else remark.text


def _document(row: sa.Row[tuple[object, ...]]) -> Document:
    return Document(
        row.locator,
        row.content_hash,
        row.signature,
        row.reader,
        row.state,
        row.message,
        tuple(json.loads(row.remarks)),
        row.read_at,
    )
