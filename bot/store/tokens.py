"""Keys to the HTTP API. What is kept of one is its SHA-256: who reads the database cannot use it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.model.scope import Scope
from bot.store import events
from bot.store.database import Db
from bot.store.schema import api_tokens, editors


@dataclass(frozen=True)
class Token:
    """`login` is the editor whom it stands for. `used_at` is when it was last noted to be used."""

    id: int
    editor_id: int
    login: str
    name: str
    scopes: tuple[Scope, ...]
    made_by: str
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


def make(
    db: Db, *, token: str, editor: int, name: str, scopes: tuple[Scope, ...], made_by: str, at: datetime, ends: datetime
) -> Token:
    """Keep a token."""
    number = db.scalar(
        sa.insert(api_tokens)
        .values(
            token_hash=_hash(token),
            editor_id=editor,
            name=name,
            scopes=" ".join(scopes),
            made_by=made_by,
            made_at=at,
            expires_at=ends,
        )
        .returning(api_tokens.c.id)
    )
    made = _token(db.execute(_whole().where(api_tokens.c.id == number)).one())
    said = f"“{name}” for {made.login}, until {ends:%d %B %Y}: {', '.join(scopes)}"
    events.note(db, at=at, actor=made_by, subject="desk", what="token made", detail=said)
    return made


def known(db: Db, token: str) -> Token | None:
    """The token that somebody shows, whatever became of it; None where there is none.

    How long this takes tells nothing of any other: the index compares hashes, and nobody can choose theirs.
    """
    row = db.execute(_whole().where(api_tokens.c.token_hash == _hash(token))).one_or_none()
    return _token(row) if row is not None else None


def get(db: Db, number: int) -> Token | None:
    row = db.execute(_whole().where(api_tokens.c.id == number)).one_or_none()
    return _token(row) if row is not None else None


def listed(db: Db, *, editor: int | None = None) -> list[Token]:
    """Every token, the newest first: those of one editor, or all."""
    query = _whole().order_by(api_tokens.c.id.desc())
    return [_token(row) for row in db.execute(query if editor is None else query.where(editors.c.id == editor))]


def revoke(db: Db, token: Token, *, actor: str, at: datetime) -> None:
    """End a token now; one that was revoked stays as it is."""
    ended = db.execute(
        sa.update(api_tokens)
        .where(api_tokens.c.id == token.id, api_tokens.c.revoked_at.is_(None))
        .values(revoked_at=at)
    )
    if ended.rowcount:
        said = f"“{token.name}” of {token.login}"
        events.note(db, at=at, actor=actor, subject="desk", what="token revoked", detail=said)


def used(db: Db, token: Token, *, at: datetime) -> None:
    db.execute(sa.update(api_tokens).where(api_tokens.c.id == token.id).values(used_at=at))


def _whole() -> sa.Select[Any]:
    return sa.select(*(each for each in api_tokens.c if each.name != "token_hash"), editors.c.login).join(
        editors, editors.c.id == api_tokens.c.editor_id
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _token(row: sa.Row[Any]) -> Token:
    values = dict(row._mapping)
    # A scope that a newer program knew opens nothing here.
    values["scopes"] = tuple(Scope(each) for each in values["scopes"].split() if each in set(Scope))
    return Token(**values)
