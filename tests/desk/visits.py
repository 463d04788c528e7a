"""An editor at the desk of a test: signed in, with the word that proves a form to be theirs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.desk.app import application
from bot.house import House
from bot.model.editor import Role
from bot.store import editors
from tests.work.desk import TUESDAY

_NO_HASH = "nobody signs in with this"


@dataclass
class Visit:
    """`role` is what the editor may do; every form is sent with the word of the session."""

    house: House
    role: Role = Role.OWNER
    now: datetime = TUESDAY
    zone: str = "UTC"
    client: FlaskClient = field(init=False)
    csrf: str = field(init=False)

    def __post_init__(self) -> None:
        self.client = application(self.house, now=lambda: self.now).test_client()
        login, token = f"eve-{self.role}", f"token-of-{self.role}"
        with self.house.store.write() as db:
            editor = editors.create(
                db, login=login, name="Eve", role=self.role, password=_NO_HASH, zone=self.zone, at=TUESDAY
            )
            editors.begin_session(db, editor, token=token, agent="", at=TUESDAY)
        self.client.set_cookie("pullquote", token)
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.text("/"))
        assert found is not None
        self.csrf = found[1]

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def text(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:500])
        return answer.text

    def post(self, path: str, **form: str) -> TestResponse:
        return self.client.post(path, data={"csrf": self.csrf, **form})
