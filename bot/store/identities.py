"""By which names an OpenID provider knows our editors."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.errors import Refused
from bot.store import events
from bot.store.database import Db
from bot.store.editors import Editor
from bot.store.schema import identities


def connect(db: Db, editor: Editor, *, issuer: str, subject: str, at: datetime) -> None:
    """Keep that this is the editor. Raises Refused where somebody else is it, or they have another there."""
    known = owner(db, issuer=issuer, subject=subject)
    if known is not None and known != editor.id:
        raise Refused("Somebody else here is connected to that account.")
    if connected(db, editor, issuer=issuer):
        raise Refused("You are connected already; disconnect first.")
    db.execute(sa.insert(identities).values(editor_id=editor.id, issuer=issuer, subject=subject, made_at=at))
    events.note(db, at=at, actor=editor.login, subject="desk", what="connected", detail=issuer)


def owner(db: Db, *, issuer: str, subject: str) -> int | None:
    """The number of the editor who is connected to that name."""
    return db.scalar(
        sa.select(identities.c.editor_id).where(identities.c.issuer == issuer, identities.c.subject == subject)
    )


def connected(db: Db, editor: Editor, *, issuer: str) -> bool:
    query = sa.select(identities.c.editor_id).where(identities.c.editor_id == editor.id, identities.c.issuer == issuer)
    return db.scalar(query) is not None


def disconnect(db: Db, editor: Editor, *, issuer: str, at: datetime) -> None:
    db.execute(sa.delete(identities).where(identities.c.editor_id == editor.id, identities.c.issuer == issuer))
    events.note(db, at=at, actor=editor.login, subject="desk", what="disconnected", detail=issuer)
