"""Tokens of the HTTP API, made at the desk and by command: shown once, kept as a hash, each with its end."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot import tokens
from bot.errors import Over, Refused
from bot.house import House
from bot.model.editor import Role
from bot.model.scope import Scope
from bot.store import editors
from bot.store.schema import api_tokens
from bot.store.tokens import Token
from tests.desk.kit import Desk, hired
from tests.work.desk import DAY, TUESDAY, history


def make(house: House, login: str = "olga", token: str = "t", **more: object) -> Token:  # noqa: S107 - of tests
    given: dict[str, object] = {"name": f"by {token}", "scopes": [Scope.DRAFTS_READ], "actor": "olga", "now": TUESDAY}
    return tokens.make(house, token=token, login=login, **{**given, **more})  # type: ignore[arg-type]


def test_a_token_is_shown_once_kept_as_a_hash_and_revoked(desk: Desk) -> None:
    owner = desk.at()
    answer = owner.send("/tokens", name="nightly", scope="drafts:read", days="30")
    shown = re.search(r"<code>(pullquote_[\w-]{43})</code>", answer.text)
    assert shown is not None
    assert shown[1] not in owner.text("/tokens")
    with desk.house.store.read() as db:
        rows = db.execute(sa.select(api_tokens)).all()
        holder = tokens.holder(db, shown[1], now=TUESDAY)
    assert all(shown[1] not in str(each) for each in rows)
    assert holder is not None
    assert holder.scopes == {Scope.DRAFTS_READ}
    assert "token made" in "".join(history(desk.house, "desk"))
    assert owner.send("/tokens", name="nightly", scope="drafts:read", days="30").status_code == 409
    assert owner.send(f"/tokens/{holder.token.id}/revoke").status_code == 303
    assert "was revoked at" in owner.text("/tokens")
    with desk.house.store.read() as db, pytest.raises(Over, match="revoked"):
        tokens.holder(db, shown[1], now=TUESDAY)


def test_nobody_gets_at_the_tokens_of_others_or_at_more_than_their_role(desk: Desk) -> None:
    number = make(desk.house).id
    author = desk.at(Role.AUTHOR)
    assert "by t" not in author.text("/tokens")
    assert author.send(f"/tokens/{number}/revoke").status_code == 404
    answer = author.send("/tokens", name="<script>alert(1)</script>", scope="approve", days="30")
    assert answer.status_code == 409
    assert "may not do what" in answer.text
    assert "<script>alert" not in answer.text
    assert author.client.post("/tokens", data={"name": "x", "scope": "drafts:read", "days": "30"}).status_code == 403
    with desk.house.store.read() as db:
        assert tokens.holder(db, "t", now=TUESDAY) is not None


def test_what_a_token_opens_follows_its_editor_and_the_clock(house: House) -> None:
    hired(house, "olga", Role.OWNER)
    ada = hired(house, "ada", Role.APPROVER)
    make(house, "ada", scopes=[Scope.DRAFTS_READ, Scope.APPROVE, Scope.FREEZE], lasts=2 * DAY)

    def scopes(after: timedelta = timedelta(0)) -> set[Scope]:
        with house.store.read() as db:
            found = tokens.holder(db, "t", now=TUESDAY + after)
        assert found is not None
        return set(found.scopes)

    assert scopes() == {Scope.DRAFTS_READ, Scope.APPROVE, Scope.FREEZE}
    with house.store.write() as db:
        editors.change(db, ada, at=TUESDAY, actor="olga", role=Role.AUTHOR)
    assert scopes() == {Scope.DRAFTS_READ}
    with pytest.raises(Over, match="worked until"):
        scopes(2 * DAY)
    with house.store.write() as db:
        editors.change(db, ada, at=TUESDAY, actor="olga", closed=True)
    with pytest.raises(Over, match="is closed"):
        scopes()
    with house.store.write() as db:
        editors.change(db, ada, at=TUESDAY, actor="olga", closed=False)
    with pytest.raises(Over, match="was revoked"):
        scopes()
    with house.store.read() as db:
        assert tokens.holder(db, "another", now=TUESDAY) is None
        assert tokens.holder(db, "\ud800", now=TUESDAY) is None


def test_a_token_needs_a_name_a_scope_an_end_and_somebody(desk: Desk) -> None:
    for wrong, said in (
        ({"name": " "}, "name"),
        ({"name": "a\x1b[2Jb"}, "name"),
        ({"scopes": []}, "opens nothing"),
        ({"lasts": 400 * DAY}, "366 days"),
        ({"login": "nobody"}, "Nobody works here"),
    ):
        with pytest.raises(Refused, match=said):
            make(desk.house, **wrong)
    for number in range(20):
        make(desk.house, token=f"t{number}")
    with pytest.raises(Refused, match="20 tokens"):
        make(desk.house, token=str(20))
