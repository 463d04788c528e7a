"""One's own account: sessions are seen and ended, a new password ends all others, and cookies keep to themselves."""

from __future__ import annotations

import re

from bot.desk.sessions import COOKIE
from bot.house import House
from bot.model.editor import Role
from tests.desk.kit import PASSWORD, Desk, Visitor
from tests.work.desk import HOUR, MINUTE, with_config

NEW = "another four words here"


def keys(visitor: Visitor) -> list[str]:
    """The names of the sessions that the page offers to end."""
    return re.findall(r'name="session" value="([0-9a-f]{64})"', visitor.text("/account"))


def test_sessions_are_shown_with_where_and_since_when_and_can_be_ended(desk: Desk) -> None:
    here = desk.at()
    desk.now += 2 * HOUR
    there = desk.visitor()
    form = {"login": "olga", "password": PASSWORD}
    agent = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1"}
    there.client.post("/sign-in", data=form, headers=agent, environ_base={"REMOTE_ADDR": "198.51.100.4"})
    text = here.text("/account")
    assert "Safari, iPhone" in text
    assert "by password from 198.51.100.4" in text
    assert "2 h ago" in text
    author = desk.at(Role.AUTHOR)
    assert "0 sessions ended" in author.send("/account/sessions/end", session=keys(here)[0]).text, "not somebody else's"
    assert there.get("/").status_code == 200
    assert "One session ended" in here.send("/account/sessions/end", session=keys(here)[0]).text
    assert there.get("/").status_code == 303
    assert here.get("/").status_code == 200


def test_signing_out_everywhere_else_leaves_this_one(desk: Desk) -> None:
    here, others, author = desk.at(), [desk.at() for _ in range(3)], desk.at(Role.AUTHOR)
    assert "3 sessions ended" in here.send("/account/sessions/end").text
    assert [each.get("/").status_code for each in (here, author, *others)] == [200, 200, 303, 303, 303]
    desk.now += 13 * HOUR
    assert keys(desk.at()) == [], "what is over is not shown"


def test_a_new_password_ends_all_sessions_and_this_one_goes_on_under_a_new_token(desk: Desk) -> None:
    here, there = desk.at(), desk.at()
    before = here.token()
    form = {"password": PASSWORD, "new": NEW, "again": NEW}
    for wrong, said in (
        ({"password": "a wrong one, long enough"}, "not your present password"),
        ({"again": "something else"}, "not the same"),
        ({"new": "short", "again": "short"}, "at least 12"),
    ):
        answer = here.send("/account/password", **{**form, **wrong})
        assert answer.status_code == 400
        assert said in answer.text
    assert here.send("/account/password", **form).status_code == 200
    assert here.token() not in ("", before)
    assert here.get("/").status_code == 200
    old = desk.visitor()
    old.client.set_cookie(COOKIE, before)
    assert [each.get("/").status_code for each in (old, there)] == [303, 303]
    assert desk.visitor().sign_in("olga").status_code == 401
    assert desk.visitor().sign_in("olga", NEW).status_code == 303


def test_a_password_that_was_typed_into_a_form_is_not_shown_again_to_whoever_signs_in_next(desk: Desk) -> None:
    here = desk.at()
    here.get("/")
    here.send("/account/sessions/end")
    desk.now += 13 * HOUR + MINUTE
    answer = here.send("/account/password", password=PASSWORD, new=NEW, again=NEW)
    assert answer.status_code == 401
    assert NEW not in answer.text
    assert PASSWORD not in answer.text


def test_cookies_are_kept_from_scripts_and_other_sites_and_travel_over_tls_alone_where_there_is_tls(
    house: House,
) -> None:
    desk = Desk(with_config(house, lambda text: text + '\n[web]\npublic = "https://desk.example.org"\n'))
    form = {"login": "olga", "password": PASSWORD}
    for base, secure in (
        ("https://desk.example.org", True),
        ("http://desk.example.org", True),
        ("http://[::1]", False),
    ):
        answer = desk.app.test_client().post("/sign-in", data=form, base_url=base)
        cookies = answer.headers.getlist("Set-Cookie")
        assert len(cookies) == 2
        for each in cookies:
            assert "HttpOnly" in each
            assert "SameSite=Lax" in each
            assert ("Secure" in each) == secure
        assert "Domain" not in "".join(cookies)
