"""The check of an edition at the desk: an editor sees what stops it before pressing the button, and after."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from bot.desk.app import application
from bot.desk.sessions import COOKIE
from bot.house import House
from bot.model.editor import Role
from bot.model.states import DraftState
from bot.store import drafts, editors
from tests.work.desk import TUESDAY, hash_of
from tests.work.readers import MAIL, an_edition

TOKEN = "a-session-of-eve"  # noqa: S105


@pytest.fixture
def eve(house: House) -> FlaskClient:
    with house.store.write() as db:
        who = editors.create(
            db,
            login="eve",
            name="Eve",
            role=Role.APPROVER,
            password="unused",  # noqa: S106
            zone="UTC",
            at=TUESDAY,
        )
        editors.begin_session(db, who, token=TOKEN, agent="test", at=TUESDAY)
    client = application(house, now=lambda: TUESDAY).test_client()
    client.set_cookie(COOKIE, TOKEN)
    return client


def test_what_stops_an_edition_stands_on_its_page_with_the_remedy(house: House, eve: FlaskClient) -> None:
    shouted = an_edition(house, mail=replace(MAIL, subject="DEADLINES <B>", text=MAIL.text.replace("2 Proof Lane", "")))
    page = eve.get(f"/drafts/{shouted.id}").get_data(as_text=True)
    assert "<strong>Mend</strong> The postal address does not stand in the plain text." in page
    assert "It cannot be approved yet" in page
    assert "<strong>Look at</strong> The subject is in capitals only" in page
    assert "<B>" not in page
    unclear = '<a href="https://a.example/">here</a>'
    linked = an_edition(
        house, mail=replace(MAIL, html=MAIL.html + unclear, text=f"{MAIL.text}https://a.example/"), number=2
    )
    found = eve.get(f"/drafts/{linked.id}").get_data(as_text=True)
    assert re.search(r"Links that do not say where they lead.*?<a href=\"#words\">Mend it here</a></li>", found)
    pressed = eve.post(
        f"/drafts/{shouted.id}/approve",
        data={"seen": hash_of(house, shouted), "csrf": hashlib.sha256(f"form:{TOKEN}".encode()).hexdigest()},
    )
    assert pressed.status_code == 409
    assert "is not ready to go out:" in pressed.get_data(as_text=True)
    with house.store.read() as db:
        assert drafts.get(db, shouted.id).state is DraftState.IN_REVIEW
