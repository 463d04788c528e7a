"""A program that calls the HTTP API with a token of its own."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot import tokens
from bot.model.editor import Role
from bot.model.scope import Scope
from bot.store import editors
from tests.desk.kit import Desk, hired

V1 = "/api/v1"


def a_token(desk: Desk, role: Role = Role.OWNER, scopes: Collection[Scope] | None = None, login: str = "") -> str:
    """A token for somebody of that role, who is hired where need be; without `scopes` with all that the role can."""
    login = login or ("olga" if role is Role.OWNER else f"{role}-1")
    with desk.house.store.read() as db:
        editor = editors.by_login(db, login)
    editor = editor or hired(desk.house, login, role)
    token = f"{tokens.PREFIX}{secrets.token_urlsafe(8)}"
    wanted = tokens.within(editor) if scopes is None else scopes
    tokens.make(desk.house, token=token, login=login, name=token[-8:], scopes=wanted, actor="olga", now=desk.now)
    return token


@dataclass
class Caller:
    """One program. Its answers are as they come; `get` and `post` give what stands in those that say "done"."""

    client: FlaskClient
    token: str

    def send(self, method: str, path: str, body: object = None, **headers: str) -> TestResponse:
        named = {"Authorization": f"Bearer {self.token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        return self.client.open(V1 + path, method=method, json=body, headers=named)

    def get(self, path: str) -> Any:
        answer = self.send("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json

    def post(self, path: str, body: object = None) -> Any:
        answer = self.send("POST", path, body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json


def caller(desk: Desk, role: Role = Role.OWNER, scopes: Collection[Scope] | None = None, login: str = "") -> Caller:
    return Caller(desk.app.test_client(), a_token(desk, role, scopes, login))
