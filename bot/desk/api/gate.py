"""Who may ask: the token of a request, how often it comes, its scope, and what its editor may do at this moment."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from flask import request

from bot import tokens
from bot.desk.api.operations import Operation
from bot.desk.api.problems import Problem
from bot.desk.rates import Rates
from bot.errors import Over
from bot.house import House
from bot.model.editor import RIGHTS
from bot.store import tokens as kept
from bot.tokens import Holder

_MINUTE = timedelta(minutes=1)
# The database is asked once for so many parts of what a token may in a minute, not at every request.
_PORTIONS = 20
# The time of the last use is written down this often, not at every request.
_NOTED = timedelta(minutes=5)
# Ours are far shorter; longer ones are not even hashed.
_LONGEST = 200
_REALM = 'Bearer realm="pullquote"'


class Gate:
    """Lets a request in, or raises Problem. A cookie counts for nothing here."""

    def __init__(self, house: House, now: Callable[[], datetime]) -> None:
        self._house = house
        self._now = now
        self._most = house.config.web.api_per_minute
        portion = max(1, self._most // _PORTIONS)
        self._known = Rates(house.store, "API, token", self._most, _MINUTE, portion=portion)
        self._strangers = Rates(house.store, "API, stranger", self._most, _MINUTE, portion=portion)

    def let_in(self, operation: Operation) -> Holder:
        """Who asks. Raises Problem."""
        now, shown = self._now(), _shown()
        found = self._holder(shown, now)
        if not self._known.take(hashlib.sha256(shown.encode()).hexdigest(), now):
            raise _too_many(f"This token was used {self._most} times within a minute")
        self._note(found, now)
        if operation.scope is not None and operation.scope not in found.token.scopes:
            raise Problem(
                "scope",
                f"This needs '{operation.scope}'; “{found.token.name}” opens {', '.join(found.token.scopes)}.",
                headers={"WWW-Authenticate": f'{_REALM}, error="insufficient_scope", scope="{operation.scope}"'},
            )
        if operation.right not in RIGHTS[found.editor.role]:
            raise Problem("role", f"{found.editor.login} is {found.editor.role} here and may not {operation.right}.")
        return found

    def _holder(self, shown: str, now: datetime) -> Holder:
        why, error = "There is no such token: look whether all of it was copied.", ', error="invalid_token"'
        if not shown:
            why, error = "Send “Authorization: Bearer …”; tokens are made at the page Tokens or by command.", ""
        elif len(shown) <= _LONGEST:
            try:
                with self._house.store.read() as db:
                    found = tokens.holder(db, shown, now=now)
                if found is not None:
                    return found
            except Over as over:
                why = str(over)
        if not self._strangers.take(request.remote_addr or "", now):
            raise _too_many(f"This machine came {self._most} times within a minute without a token that works")
        raise Problem("no-token", why, headers={"WWW-Authenticate": f"{_REALM}{error}"})

    def _note(self, found: Holder, now: datetime) -> None:
        last = found.token.used_at
        if last is None or now - last >= _NOTED:
            self._house.store.together(lambda db: kept.used(db, found.token, at=now))


def _shown() -> str:
    """The token of this request; "" where none is shown."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.casefold() == "bearer" and token.isascii() else ""


def _too_many(said: str) -> Problem:
    return Problem("too-many", f"{said}; wait a minute.", headers={"Retry-After": str(int(_MINUTE.total_seconds()))})
