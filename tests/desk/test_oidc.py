"""Signing in through an OpenID provider: who is connected gets in, and nothing counts that is not proved."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from bot.errors import ConfigError
from bot.house import House
from bot.model.editor import Role, Way
from bot.store import editors
from tests.desk.kit import PASSWORD, Desk, Visitor
from tests.desk.provider import CLIENT, SECRET, Provider, serving
from tests.work.desk import HOUR, MINUTE, TUESDAY, with_config

ADDRESS = "http://localhost"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving(Provider(TUESDAY)) as provider:
        yield provider


@pytest.fixture
def desk(house: House, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("PULLQUOTE_OIDC_SECRET", SECRET)
    table = f'[web]\npublic = "{ADDRESS}"\n[web.oidc]\nissuer = "{provider.issuer}"\nclient_id = "{CLIENT}"\n'
    return Desk(with_config(house, lambda text: f"{text}\n{table}"))


def goes(visitor: Visitor, path: str = "/sign-in/oidc") -> str:
    """Where the desk sends a browser."""
    answer = visitor.get(path)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def returns(visitor: Visitor, address: str) -> TestResponse:
    assert address.startswith(ADDRESS)
    parts = urlsplit(address)
    return visitor.get(f"{parts.path}?{parts.query}")


def sign_in(desk: Desk, provider: Provider) -> tuple[Visitor, str]:
    """Somebody who signs in through the provider, and what the desk says: "" where they are in."""
    visitor = desk.visitor()
    return visitor, fault(visitor, returns(visitor, provider.sign_in(goes(visitor))))


def fault(visitor: Visitor, answer: TestResponse) -> str:
    assert (answer.status_code == 303) == (visitor.token() != "")
    return html.unescape(answer.text.partition('role="alert">')[2].partition("<")[0])


def connect(visitor: Visitor, provider: Provider, password: str = PASSWORD) -> TestResponse:
    page = visitor.send("/account/oidc", password=password)
    link = re.search(r'href="(http://127[^"]+)"', page.text)
    return returns(visitor, provider.sign_in(html.unescape(link[1]))) if link else page


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_who_has_connected_their_account_gets_in_and_nobody_else(
    desk: Desk, provider: Provider, algorithm: str
) -> None:
    provider.algorithm = algorithm
    assert "Nobody here is connected" in sign_in(desk, provider)[1]
    olga = desk.at()
    assert "not your present password" in connect(olga, provider, "a wrong one, long enough").text
    assert connect(olga, provider).headers["Location"] == "/account"
    assert "You are connected" in olga.text("/account")
    visitor = desk.visitor()
    answer = returns(visitor, provider.sign_in(goes(visitor, "/sign-in/oidc?next=/drafts%3Fstate%3Dheld")))
    assert answer.headers["Location"] == "/drafts?state=held"
    with desk.house.store.read() as db:
        assert editors.way(db, visitor.token()) is Way.OIDC
    provider.subject = "user-8"
    assert "Nobody here is connected" in sign_in(desk, provider)[1]
    provider.subject = "user-7"
    author = desk.at(Role.AUTHOR)
    assert "Somebody else here" in connect(author, provider).text
    olga.send("/account/oidc/end")
    assert "Nobody here is connected" in sign_in(desk, provider)[1]


LIES: list[dict[str, Any]] = [
    {"claims": {"nonce": "of another question"}},
    {"claims": {"nonce": None}},
    {"claims": {"iss": "https://elsewhere.example"}},
    {"claims": {"aud": "another-client"}},
    {"claims": {"aud": [CLIENT, "another-client"]}},
    {"claims": {"azp": "another-client"}},
    {"claims": {"exp": int((TUESDAY - timedelta(hours=1)).timestamp())}},
    {"claims": {"exp": None}},
    {"claims": {"sub": None}},
    {"claims": {"iat": int((TUESDAY + timedelta(hours=1)).timestamp())}},
    {"algorithm": "none"},
    {"algorithm": "HS256"},
    {"foreign_key": True},
]


def test_a_token_that_proves_nothing_lets_nobody_in(desk: Desk, provider: Provider) -> None:
    assert connect(desk.at(), provider).status_code == 303
    for lie in LIES:
        honest = {name: getattr(provider, name) for name in lie}
        for name, value in lie.items():
            setattr(provider, name, value)
        assert "is not proved" in sign_in(desk, provider)[1], lie
        for name, value in honest.items():
            setattr(provider, name, value)
    assert sign_in(desk, provider)[1] == ""


def test_an_answer_counts_once_in_its_time_and_in_the_browser_that_asked(desk: Desk, provider: Provider) -> None:
    assert connect(desk.at(), provider).status_code == 303
    mine, other = desk.visitor(), desk.visitor()
    goes(other)
    address = provider.sign_in(goes(mine))
    assert "did not begin in this browser" in fault(other, returns(other, address))
    cookie = mine.client.get_cookie("pullquote-oidc", path="/sign-in/oidc/back")
    assert cookie is not None
    assert cookie.http_only
    assert fault(mine, returns(mine, address)) == ""
    thief = desk.visitor()
    thief.client.set_cookie("pullquote-oidc", cookie.value, path="/sign-in/oidc/back")
    assert "used already" in fault(thief, returns(thief, address))
    late = desk.visitor()
    address = provider.sign_in(goes(late))
    desk.now += 16 * MINUTE
    assert "too long" in fault(late, returns(late, address))
    assert "too long" in fault(late, late.get("/sign-in/oidc/back?state=zz&code=x"))
    provider.now = desk.now
    refused = desk.visitor()
    address = provider.sign_in(goes(refused)).replace("code=", "error=access_denied&was=")
    assert "let nobody in" in fault(refused, returns(refused, address))


def test_what_was_begun_to_sign_in_connects_nobody(desk: Desk, provider: Provider) -> None:
    """Else somebody's own account could be slipped under an editor who is signed in."""
    olga = desk.at()
    answer = returns(olga, provider.sign_in(goes(olga)))
    assert answer.status_code == 401
    assert "You are connected" not in olga.text("/account")


def test_a_closed_account_stays_closed_and_a_provider_that_is_gone_is_told(desk: Desk, provider: Provider) -> None:
    author = desk.at(Role.AUTHOR)
    assert connect(author, provider).status_code == 303
    with desk.house.store.write() as db:
        found = editors.by_login(db, "author-1")
        assert found is not None
        editors.change(db, found, at=desk.now, actor="olga", closed=True)
    assert "Nobody here is connected" in sign_in(desk, provider)[1]
    provider.calls_itself = "https://elsewhere.example"
    desk.now += 2 * HOUR
    answer = desk.visitor().get("/sign-in/oidc")
    assert answer.status_code == 409
    assert "calls itself otherwise" in answer.text


def test_without_a_provider_there_is_no_way_through_one(house: House) -> None:
    desk = Desk(house)
    assert "connected to no provider" in desk.visitor().get("/sign-in/oidc").text
    assert "through" not in desk.visitor().text("/sign-in")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('[web.oidc]\nissuer = "https://id.example"\nclient_id = "x"\n', "write public ="),
        (
            '[web]\npublic = "https://d.example"\n[web.oidc]\nissuer = "http://id.example"\nclient_id = "x"\n',
            "letter by",
        ),
        ('[web]\npublic = "https://d.example"\n[web.oidc]\nissuer = "https://id.example"\n', "'client_id' is missing"),
    ],
)
def test_a_provider_that_is_half_described_is_refused(house: House, table: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        with_config(house, lambda text: f"{text}\n{table}")
