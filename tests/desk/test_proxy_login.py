"""Signing in by the word of a reverse proxy: believed of that proxy alone, for editors of ours alone."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass
from http.cookiejar import CookieJar

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.desk import app
from bot.errors import ConfigError
from bot.house import House
from bot.model.editor import Role, Way
from bot.store import editors
from tests.desk.kit import PASSWORD, Desk, Visitor, hired
from tests.desk.test_beside import PATIENCE, free_port
from tests.work.desk import HOUR, with_config

PROXY = "192.0.2.1"


def proxied(house: House, proxy: str = PROXY) -> House:
    table = f'\n[web]\nproxy = "{proxy}"\n[web.proxy_login]\nheader = "Remote-User"\n'
    return with_config(house, lambda text: text + table)


@dataclass
class Through:
    """A browser whose requests come through a machine of that address; `names` is what stands in the header."""

    client: FlaskClient
    names: str = ""
    machine: str = PROXY

    def get(self, path: str = "/") -> TestResponse:
        return self.client.get(path, headers=self._headers(), environ_base={"pullquote.peer": self.machine})

    def post(self, path: str, **form: str) -> TestResponse:
        environ = {"pullquote.peer": self.machine}
        return self.client.post(path, data=form, headers=self._headers(), environ_base=environ)

    def _headers(self) -> dict[str, str]:
        return {"Remote-User": self.names} if self.names else {}


@pytest.fixture
def behind(house: House) -> Desk:
    return Desk(proxied(house))


def way(desk: Desk, client: FlaskClient) -> Way | None:
    with desk.house.store.read() as db:
        return editors.way(db, Visitor(client).token())


def test_whom_the_proxy_names_is_in_with_the_role_that_stands_with_us(behind: Desk) -> None:
    hired(behind.house, "ada", Role.AUTHOR)
    ada = Through(behind.app.test_client(), "Ada ")
    answer = ada.get("/drafts")
    assert answer.status_code == 200
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert way(behind, ada.client) is Way.PROXY
    assert ada.get("/editors").status_code == 403, "an author rules nothing, whatever the proxy thinks"
    with behind.house.store.write() as db:
        found = editors.by_login(db, "ada")
        assert found is not None
        editors.change(db, found, at=behind.now, actor="olga", role=Role.OWNER)
    assert ada.get("/editors").status_code == 200, "a role counts at once"
    with behind.house.store.write() as db:
        editors.change(db, found, at=behind.now, actor="olga", closed=True)
    assert ada.get("/editors").status_code == 403


def test_whom_nobody_invited_gets_nothing(behind: Desk) -> None:
    for name in ("mallory", "olga, mallory", "olga@example.org", "1 or 1=1"):
        answer = Through(behind.app.test_client(), name).get()
        assert answer.status_code == 403
        assert "Set-Cookie" not in answer.headers
        assert "ask an owner" in answer.text


def test_the_header_is_nobodys_word_but_the_proxys(behind: Desk, house: House) -> None:
    for machine in ("192.0.2.2", "127.0.0.1", ""):
        assert Through(behind.app.test_client(), "olga", machine).get().status_code == 303
    elsewhere = behind.app.test_client()
    assert elsewhere.get("/", headers={"Remote-User": "olga"}, environ_base={"REMOTE_ADDR": PROXY}).status_code == 303
    off = Through(Desk(house, owned=False).app.test_client(), "olga")
    assert off.get().status_code == 303, "without the setting it is a header like others"


def test_a_session_lasts_only_while_the_proxy_says_the_same(behind: Desk) -> None:
    hired(behind.house, "ada", Role.AUTHOR)
    browser = Through(behind.app.test_client(), "olga")
    assert "Olga" in browser.get().text
    browser.machine = "192.0.2.2"
    assert browser.get().status_code == 303, "the cookie alone is no proof where the proxy is passed by"
    browser.machine, browser.names = PROXY, "ada"
    assert "Ada" in browser.get().text, "somebody else sits there now"
    browser.names = ""
    assert browser.get().status_code == 303, "they signed out at the proxy"
    assert browser.post("/sign-in", login="olga", password=PASSWORD).status_code == 303
    assert way(behind, browser.client) is Way.PASSWORD
    assert browser.get().status_code == 200, "who signs in here needs no proxy"


def test_a_form_is_kept_when_the_session_ended_in_the_meantime_and_is_done_by_nobody_else(behind: Desk) -> None:
    browser = Through(behind.app.test_client(), "olga")
    browser.get()
    behind.now += 13 * HOUR
    answer = browser.post("/freeze", reason="the whole reason")
    assert answer.status_code == 200
    assert "the whole reason" in answer.text
    assert "Nothing was done yet" in answer.text
    assert browser.post("/freeze", reason="x").status_code == 403, "a form needs the word of its session as ever"
    assert "sign out there too" in browser.post("/sign-out", csrf=csrf(browser)).text


def csrf(browser: Through) -> str:
    return browser.get().text.partition('name="csrf" value="')[2][:64]


@pytest.mark.parametrize("proxy", ["127.0.0.1", "192.0.2.1"])
def test_over_real_connections_only_the_named_machine_can_say_it(house: House, proxy: str) -> None:
    named, port = proxied(house, proxy), free_port()
    hired(named, "olga", Role.OWNER)
    with app.beside(named, host="127.0.0.1", port=port):
        assert opened(port, {"Remote-User": "olga"}) == (200 if proxy == "127.0.0.1" else 303)
        # Whom the proxy speaks for is not who speaks, and a header with another dash is not the same one.
        assert opened(port, {"Remote-User": "olga", "X-Forwarded-For": PROXY}) == (200 if proxy == "127.0.0.1" else 303)
        assert opened(port, {"Remote_User": "olga", "X-Forwarded-For": PROXY}) == 303


class _Stays(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def opened(port: int, headers: dict[str, str]) -> int:
    opener = urllib.request.build_opener(_Stays, urllib.request.HTTPCookieProcessor(CookieJar()))
    try:
        asked = urllib.request.Request(f"http://127.0.0.1:{port}/", headers=headers)
        with opener.open(asked, timeout=PATIENCE) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as other:
        return other.code


@pytest.mark.parametrize(
    ("web", "said"),
    [
        ('[web.proxy_login]\nheader = "Remote-User"\n', "write proxy ="),
        ('[web]\nproxy = "127.0.0.1"\n[web.proxy_login]\nheader = "Cookie"\n', "never names a person"),
        ('[web]\nproxy = "127.0.0.1"\n[web.proxy_login]\nheder = "Remote-User"\n', "unknown setting 'heder'"),
        ('[web]\nproxy = "127.0.0.1"\n[web.proxy_login]\n', "'header' is missing"),
    ],
)
def test_a_setting_that_would_let_anybody_in_is_refused(house: House, web: str, said: str) -> None:
    with pytest.raises(ConfigError, match=r"(?s).*" + said):
        with_config(house, lambda text: text + "\n" + web)
