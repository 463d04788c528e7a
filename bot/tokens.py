"""Keys to the HTTP API: made for an editor, shown once, over after some time, never worth more than their role."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors import Over, Refused
from bot.house import House
from bot.model.editor import RIGHTS
from bot.model.scope import OPENS, Scope
from bot.store import editors, tokens
from bot.store.database import Db
from bot.store.editors import Editor
from bot.store.tokens import Token

LASTS = timedelta(days=90)
LONGEST = timedelta(days=366)
# A token begins so: people and programs that look for lost secrets know it by that.
PREFIX = "pullquote_"
_LONGEST_NAME = 60
# So many that work one editor may have.
_MOST = 20


@dataclass(frozen=True)
class Holder:
    """Who comes with a token that works, and what it opens as things stand now."""

    token: Token
    editor: Editor

    @property
    def scopes(self) -> frozenset[Scope]:
        return frozenset(each for each in self.token.scopes if each in within(self.editor))


def within(editor: Editor) -> tuple[Scope, ...]:
    """The scopes that an editor's role can fill."""
    return tuple(scope for scope, (_, right) in OPENS.items() if right in RIGHTS[editor.role])


def make(
    house: House,
    *,
    token: str,
    login: str,
    name: str,
    scopes: Collection[Scope],
    actor: str,
    now: datetime,
    lasts: timedelta = LASTS,
) -> Token:
    """Keep `token` (the caller's random text) for an editor. Raises Refused."""
    named = " ".join(name.split())
    if not named or len(named) > _LONGEST_NAME or not named.isprintable():
        raise Refused(f"Give the token a name of at most {_LONGEST_NAME} characters that says what uses it.")
    if not scopes:
        raise Refused(f"A token without a scope opens nothing; scopes are {', '.join(Scope)}.")
    if not timedelta(minutes=1) <= lasts <= LONGEST:
        raise Refused(f"A token works for a minute at least and for {LONGEST.days} days at most.")
    with house.store.write() as db:
        editor = editors.by_login(db, login)
        if editor is None or editor.closed_at is not None:
            raise Refused(f"Nobody works here as '{login}'.", terminal="'pullquote editors' lists who does.")
        if beyond := [each for each in scopes if each not in within(editor)]:
            raise Refused(f"{login} is {editor.role} and may not do what '{beyond[0]}' opens; leave it out.")
        working = [each for each in tokens.listed(db, editor=editor.id) if over(each, editor, now) is None]
        if any(each.name == named for each in working):
            raise Refused(f"{login} has a token '{named}' that works; revoke it, or take another name.")
        if len(working) >= _MOST:
            raise Refused(f"{login} has {_MOST} tokens that work; revoke those that nothing uses.")
        ordered = tuple(each for each in Scope if each in scopes)
        return tokens.make(
            db, token=token, editor=editor.id, name=named, scopes=ordered, made_by=actor, at=now, ends=now + lasts
        )


def holder(db: Db, token: str, *, now: datetime) -> Holder | None:
    """Who comes with a token; None where there is no such token. Raises Over, with why it works no more."""
    found = tokens.known(db, token)
    if found is None:
        return None
    editor = editors.get(db, found.editor_id)
    if (why := over(found, editor, now)) is not None:
        raise Over(why)
    return Holder(found, editor)


def over(token: Token, editor: Editor, now: datetime) -> str | None:
    """Why a token works no more, in a sentence, or None. Pure."""
    if editor.closed_at is not None:
        return f"The account of {editor.login}, for whom the token “{token.name}” was made, is closed."
    if token.revoked_at is not None:
        return f"The token “{token.name}” was revoked at {token.revoked_at:%d %B %Y, %H:%M} UTC; make another one."
    if token.expires_at <= now:
        return f"The token “{token.name}” worked until {token.expires_at:%d %B %Y, %H:%M} UTC; make another one."
    return None


def revoke(house: House, number: int, *, actor: str, now: datetime, login: str | None = None) -> Token:
    """End a token now. `login` is who alone may own it, None where any may be ended. Raises Refused."""
    with house.store.write() as db:
        found = tokens.get(db, number)
        if found is None or (login is not None and found.login != login):
            raise Refused(f"There is no token {number}.", terminal="'pullquote tokens' lists those that are.")
        tokens.revoke(db, found, actor=actor, at=now)
        return found
