"""Passkeys of editors: the public halves, how often each signed, and the challenges that were answered already."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.errors import Refused
from bot.store import database, events
from bot.store.database import Db
from bot.store.editors import Editor
from bot.store.schema import answered, passkeys

# So many one editor may have; nobody has more devices.
MOST = 20


@dataclass(frozen=True)
class Passkey:
    """`credential` names it (base64url), `public` is its public half as the authenticator gave it (base64url).

    `count` is how often it signed, as it last said itself; many always say 0.
    """

    id: int
    credential: str
    editor_id: int
    public: str
    count: int
    name: str
    made_at: datetime
    used_at: datetime | None


def add(db: Db, editor: Editor, *, credential: str, public: str, count: int, name: str, at: datetime) -> None:
    """Keep a new one. Raises Refused where it is known, or the editor has too many."""
    if by_credential(db, credential) is not None:
        raise Refused("This passkey is known here already.")
    if len(of_editor(db, editor)) >= MOST:
        raise Refused(f"You have {MOST} passkeys; remove one that you do not use.")
    values = {"credential": credential, "public": public, "count": count, "name": name, "made_at": at}
    db.execute(sa.insert(passkeys).values(editor_id=editor.id, **values))
    events.note(db, at=at, actor=editor.login, subject="desk", what="passkey added", detail=f"“{name}”")


def by_credential(db: Db, credential: str) -> Passkey | None:
    row = db.execute(sa.select(passkeys).where(passkeys.c.credential == credential)).one_or_none()
    return Passkey(**row._mapping) if row is not None else None


def of_editor(db: Db, editor: Editor) -> list[Passkey]:
    query = sa.select(passkeys).where(passkeys.c.editor_id == editor.id).order_by(passkeys.c.id)
    return [Passkey(**row._mapping) for row in db.execute(query)]


def used(db: Db, passkey: Passkey, *, count: int, at: datetime) -> bool:
    """Note that it signed. False where its count did not grow: then two devices hold the same key.

    A count that is 0 and stays 0 means that the authenticator does not count.
    """
    grew = sa.or_(passkeys.c.count < count, sa.and_(passkeys.c.count == 0, sa.literal(count) == 0))
    noted = db.execute(sa.update(passkeys).where(passkeys.c.id == passkey.id, grew).values(count=count, used_at=at))
    return noted.rowcount == 1


def remove(db: Db, editor: Editor, number: int, *, at: datetime) -> None:
    """Remove one of the editor's own. Raises Refused where they have no such one."""
    found = next((each for each in of_editor(db, editor) if each.id == number), None)
    if found is None:
        raise Refused("You have no such passkey.")
    db.execute(sa.delete(passkeys).where(passkeys.c.id == number))
    events.note(db, at=at, actor=editor.login, subject="desk", what="passkey removed", detail=f"“{found.name}”")


def answer(db: Db, challenge: bytes, *, until: datetime, at: datetime) -> bool:
    """Note that a challenge was answered. False where it was before; it is remembered until it is over."""
    db.execute(sa.delete(answered).where(answered.c.until < at))
    hashed = hashlib.sha256(challenge).hexdigest()
    return database.add(db, answered, {"challenge_hash": hashed, "until": until})
