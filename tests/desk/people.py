"""Browsers of people at the desk, each with a cookie of their own, and of somebody without an account."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.desk.app import application
from bot.desk.sessions import COOKIE
from bot.house import House
from bot.model.editor import Role
from bot.store import editors
from tests.work.desk import TUESDAY

_LINK = re.compile(r"https?://[^/\s]+(/review/[\w-]+)")


@dataclass
class Person:
    """Somebody at the desk, and their browser. `token` is "" for one who is not signed in."""

    client: FlaskClient
    token: str = ""

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def post(self, path: str, **form: str) -> TestResponse:
        """Send a form as a page of ours has it."""
        word = hashlib.sha256(f"form:{self.token}".encode()).hexdigest()
        return self.client.post(path, data={"csrf": word, **form})


@dataclass
class Desk:
    """The web process over a house, at a time that tests move."""

    house: House
    now: datetime = TUESDAY

    def __post_init__(self) -> None:
        self._app = application(self.house, now=lambda: self.now)

    def sign_in(self, login: str, role: Role = Role.APPROVER) -> Person:
        token = secrets.token_urlsafe(8)
        with self.house.store.write() as db:
            found = editors.by_login(db, login) or editors.create(
                db, login=login, name=login.title(), role=role, password="", zone="UTC", at=self.now
            )
            editors.begin_session(db, found, token=token, agent="", at=self.now)
        client = self._app.test_client()
        client.set_cookie(COOKIE, token)
        return Person(client, token)

    def stranger(self) -> Person:
        return Person(self._app.test_client())


def link_in(answer: TestResponse) -> str:
    """The path of the link that a page shows."""
    found = _LINK.search(answer.text)
    assert found is not None, answer.text
    return found[1]
