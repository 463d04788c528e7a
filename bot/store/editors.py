"""Editors, who of them is signed in, the links that work once, and what they say to each other about a draft.

What a browser or a link holds is kept as its SHA-256 only: who reads the database cannot sign in with it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.errors import Refused
from bot.model.editor import Role, Way
from bot.store import events
from bot.store.database import Db
from bot.store.schema import api_tokens, comments, editors, invitations, sessions

# A session ends when nobody used it for so long, and in any case after so long.
IDLE, LONGEST = timedelta(hours=12), timedelta(days=14)


@dataclass(frozen=True)
class Editor:
    """`password` is a hash. `zone` is where their clock is."""

    id: int
    login: str
    name: str
    role: Role
    password: str
    zone: str
    made_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class Invitation:
    role: Role
    editor_id: int | None
    made_by: str
    made_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Session:
    """Somebody signed in: `key` names it and lets nobody in."""

    key: str
    way: Way
    address: str
    agent: str
    made_at: datetime
    seen_at: datetime


@dataclass(frozen=True)
class Comment:
    revision: int
    actor: str
    text: str
    at: datetime


def create(db: Db, *, login: str, name: str, role: Role, password: str, zone: str, at: datetime) -> Editor:
    """A new editor. Raises Refused where the login is taken."""
    if by_login(db, login) is not None:
        raise Refused(f"Somebody works here as '{login}' already; take another name.")
    db.execute(sa.insert(editors).values(login=login, name=name, role=role, password=password, zone=zone, made_at=at))
    made = by_login(db, login)
    assert made is not None  # noqa: S101 - it was just written
    events.note(db, at=at, actor=login, subject="desk", what="joined", detail=f"as {role}")
    return made


def by_login(db: Db, login: str) -> Editor | None:
    row = db.execute(sa.select(editors).where(editors.c.login == login)).one_or_none()
    return _editor(row) if row is not None else None


def get(db: Db, number: int) -> Editor:
    """Raises Refused where there is none."""
    row = db.execute(sa.select(editors).where(editors.c.id == number)).one_or_none()
    if row is None:
        raise Refused(f"There is no editor {number}.")
    return _editor(row)


def listed(db: Db) -> list[Editor]:
    return [_editor(row) for row in db.execute(sa.select(editors).order_by(editors.c.login))]


def owned(db: Db) -> bool:
    """Whether somebody rules this desk."""
    query = sa.select(editors.c.id).where(editors.c.role == Role.OWNER, editors.c.closed_at.is_(None)).limit(1)
    return db.scalar(query) is not None


def change(
    db: Db,
    editor: Editor,
    *,
    at: datetime,
    actor: str,
    role: Role | None = None,
    password: str | None = None,
    zone: str | None = None,
    closed: bool | None = None,
) -> None:
    """Change what is given. A new password or role, and closing, end the editor's sessions; closing also their tokens.

    Raises Refused where nobody would rule the desk any more.
    """
    values: dict[str, Any] = {}
    if role is not None:
        values["role"] = role
    if password is not None:
        values["password"] = password
    if zone is not None:
        values["zone"] = zone
    if closed is not None:
        values["closed_at"] = at if closed else None
    if not values:
        return
    db.execute(sa.update(editors).where(editors.c.id == editor.id).values(values))
    if not owned(db):
        raise Refused(f"{editor.login} is the last owner; make somebody else an owner first.")
    if role is not None or password is not None or closed:
        db.execute(sa.delete(sessions).where(sessions.c.editor_id == editor.id))
    if closed:
        of_editor = sa.and_(api_tokens.c.editor_id == editor.id, api_tokens.c.revoked_at.is_(None))
        db.execute(sa.update(api_tokens).where(of_editor).values(revoked_at=at))
    told = ", ".join(name for name in ("role", "password", "zone", "closed_at") if name in values)
    events.note(db, at=at, actor=actor, subject="desk", what="editor changed", detail=f"{editor.login}: {told}")


def begin_session(
    db: Db, editor: Editor, *, token: str, agent: str, at: datetime, way: Way = Way.PASSWORD, address: str = ""
) -> None:
    """Let somebody in who has proved who they are; `address` is the machine's."""
    values = {"editor_id": editor.id, "made_at": at, "seen_at": at, "agent": agent[:200]}
    db.execute(sa.insert(sessions).values(token_hash=_hash(token), way=way, address=address[:60], **values))
    db.execute(sa.delete(sessions).where(sessions.c.seen_at < at - LONGEST))


def of_session(db: Db, token: str, *, at: datetime) -> Editor | None:
    """Who is signed in with this token, or None."""
    row = db.execute(
        sa.select(editors, sessions.c.made_at.label("begun"), sessions.c.seen_at)
        .join(sessions, sessions.c.editor_id == editors.c.id)
        .where(sessions.c.token_hash == _hash(token), editors.c.closed_at.is_(None))
    ).one_or_none()
    if row is None or at - row.seen_at > IDLE or at - row.begun > LONGEST:
        return None
    values = dict(row._mapping)
    del values["begun"], values["seen_at"]
    return Editor(**{**values, "role": Role(values["role"])})


def last_seen(db: Db, token: str) -> datetime | None:
    """When a session was last noted to be used."""
    return db.scalar(sa.select(sessions.c.seen_at).where(sessions.c.token_hash == _hash(token)))


def sessions_of(db: Db, editor: Editor, *, at: datetime) -> list[Session]:
    """Where an editor is signed in, the latest used first."""
    query = (
        sa.select(sessions)
        .where(sessions.c.editor_id == editor.id, sessions.c.seen_at >= at - IDLE, sessions.c.made_at >= at - LONGEST)
        .order_by(sessions.c.seen_at.desc(), sessions.c.token_hash)
    )
    return [
        Session(row.token_hash, Way(row.way), row.address, row.agent, row.made_at, row.seen_at)
        for row in db.execute(query)
    ]


def session_key(token: str) -> str:
    """What names the session of a token."""
    return _hash(token)


def end_sessions(db: Db, editor: Editor, *, key: str | None = None, but: str | None = None) -> int:
    """End the editor's session of that key, or all of them, or all but one; tells how many ended."""
    query = sa.delete(sessions).where(sessions.c.editor_id == editor.id)
    if key is not None:
        query = query.where(sessions.c.token_hash == key)
    if but is not None:
        query = query.where(sessions.c.token_hash != but)
    return db.execute(query).rowcount


def way(db: Db, token: str) -> Way | None:
    """How whoever holds this token signed in."""
    found = db.scalar(sa.select(sessions.c.way).where(sessions.c.token_hash == _hash(token)))
    return Way(found) if found is not None else None


def seen(db: Db, token: str, *, at: datetime) -> None:
    db.execute(sa.update(sessions).where(sessions.c.token_hash == _hash(token)).values(seen_at=at))


def end_session(db: Db, token: str) -> None:
    db.execute(sa.delete(sessions).where(sessions.c.token_hash == _hash(token)))


def invite(
    db: Db, *, token: str, role: Role, made_by: str, at: datetime, lasts: timedelta, editor: int | None = None
) -> None:
    """Keep a link that works once."""
    db.execute(
        sa.insert(invitations).values(
            token_hash=_hash(token), role=role, editor_id=editor, made_by=made_by, made_at=at, expires_at=at + lasts
        )
    )
    events.note(db, at=at, actor=made_by, subject="desk", what="invited", detail=f"as {role}")


def invitation(db: Db, token: str, *, at: datetime) -> Invitation | None:
    """The invitation of a link, None where it is used up, over, or none."""
    row = db.execute(
        sa.select(invitations).where(
            invitations.c.token_hash == _hash(token), invitations.c.used_at.is_(None), invitations.c.expires_at > at
        )
    ).one_or_none()
    if row is None:
        return None
    return Invitation(Role(row.role), row.editor_id, row.made_by, row.made_at, row.expires_at)


def use(db: Db, token: str, *, at: datetime) -> bool:
    """Use a link up. False where somebody was faster."""
    used = db.execute(
        sa.update(invitations)
        .where(invitations.c.token_hash == _hash(token), invitations.c.used_at.is_(None), invitations.c.expires_at > at)
        .values(used_at=at)
    )
    return used.rowcount == 1


def remark(db: Db, *, draft: int, revision: int, actor: str, text: str, at: datetime) -> None:
    """Keep what an editor says of a draft to the others."""
    db.execute(sa.insert(comments).values(draft_id=draft, revision=revision, actor=actor, text=text, at=at))


def remarks(db: Db, draft: int) -> list[Comment]:
    query = sa.select(comments).where(comments.c.draft_id == draft).order_by(comments.c.id)
    return [Comment(row.revision, row.actor, row.text, row.at) for row in db.execute(query)]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _editor(row: sa.Row[Any]) -> Editor:
    values = dict(row._mapping)
    values["role"] = Role(values["role"])
    return Editor(**values)
