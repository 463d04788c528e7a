"""Somebody at the desk: signs in, opens pages, sends the forms that stand on them."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from bot.desk.app import application
from bot.house import House
from bot.model.editor import Role
from bot.model.states import DraftState
from bot.render.compiled import Compiled
from bot.store import drafts, editors
from bot.store.editors import Editor
from tests.work.desk import TUESDAY

PASSWORD = "four quiet green chairs"  # noqa: S105 - of tests
TOKEN = "a-link-that-works-once"  # noqa: S105 - of tests
# One process has one desk, and these tests have hundreds: they compile the same pages once.
_PAGES = Compiled()
# A third of the time of an application's making goes into functions that write addresses, one for each of its rules.
_written: dict[tuple[object, ...], Any] = {}
_write = Rule._compile_builder


def _writer(rule: Rule, append_unknown: bool = True) -> Any:
    known = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
    if known not in _written:
        _written[known] = _write(rule, append_unknown)
    return _written[known]


Rule._compile_builder = _writer
_WORD = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


@cache
def hashed() -> str:
    """Hashing is slow on purpose; tests sign in so often that theirs is quick. A hash bears what it was made with."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def hired(house: House, login: str, role: Role, *, name: str = "", zone: str = "UTC", at: datetime = TUESDAY) -> Editor:
    """An editor with PASSWORD."""
    with house.store.write() as db:
        return editors.create(
            db, login=login, name=name or login.title(), role=role, password=hashed(), zone=zone, at=at
        )


@dataclass
class Desk:
    """The desk's web application at a time that can be moved, with an owner called `olga` unless told otherwise."""

    house: House
    now: datetime = TUESDAY
    owned: bool = True
    app: Flask = field(init=False)

    def __post_init__(self) -> None:
        self.app = application(self.house, now=lambda: self.now)
        self.app.jinja_env.bytecode_cache = _PAGES
        if self.owned:
            hired(self.house, "olga", Role.OWNER)

    def visitor(self) -> Visitor:
        return Visitor(self.app.test_client())

    def at(self, role: Role = Role.OWNER, login: str = "") -> Visitor:
        """Somebody of that role, signed in."""
        login = login or ("olga" if role is Role.OWNER else f"{role}-1")
        with self.house.store.read() as db:
            known = editors.by_login(db, login)
        if known is None:
            hired(self.house, login, role)
        visitor = self.visitor()
        assert visitor.sign_in(login).status_code == 303
        return visitor

    def state(self, number: int) -> DraftState:
        with self.house.store.read() as db:
            return drafts.get(db, number).state

    def revision(self, number: int) -> int:
        with self.house.store.read() as db:
            return drafts.get(db, number).revision


@dataclass
class Visitor:
    """One browser."""

    client: FlaskClient
    word: str = ""

    def sign_in(self, login: str, password: str = PASSWORD, **more: str) -> TestResponse:
        answer = self.client.post("/sign-in", data={"login": login, "password": password, **more})
        self.word = ""
        return answer

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def text(self, path: str) -> str:
        """The page as it is written, with what is escaped in it as people read it."""
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return html.unescape(answer.text)

    def send(self, path: str, **form: str) -> TestResponse:
        """Send a form that bears the word of this session, as it stands on every page."""
        if not self.word:
            found = _WORD.search(self.client.get("/").text)
            assert found is not None, "the first page bears a form"
            self.word = found.group(1)
        return self.client.post(path, data={"csrf": self.word, **form})

    def token(self) -> str:
        cookie = self.client.get_cookie("pullquote")
        return cookie.value if cookie else ""
