"""Who gets in, who does not, and who may do what once they are in."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.desk import guesses
from bot.desk.accounts import FIRST_FOR, INVITED_FOR, first_link
from bot.house import House
from bot.model.editor import RIGHTS, Right, Role
from bot.store import editors, flags
from bot.store.drafts import Draft
from bot.store.editors import IDLE, LONGEST
from bot.store.schema import sessions
from tests.desk.kit import PASSWORD, TOKEN, Desk, Visitor, hashed, hired
from tests.work.desk import HOUR, MINUTE, TUESDAY, hash_of

WRONG = "Nobody of this name has this password."
WRONG_ONE = "a wrong one, long enough"


def tried(visitor: Visitor, login: str, password: str, *, at: str) -> int:
    """The answer to a try from a machine of that address."""
    form = {"login": login, "password": password}
    return visitor.client.post("/sign-in", data=form, environ_base={"REMOTE_ADDR": at}).status_code


def test_the_right_password_opens_the_desk_and_the_cookie_is_kept_from_scripts(desk: Desk) -> None:
    visitor = desk.visitor()
    assert visitor.get("/").headers["Location"] == "/sign-in?next=/"
    answer = visitor.sign_in("Olga ")
    assert answer.headers["Location"] == "/"
    assert re.fullmatch(r"pullquote=[\w-]{43}; HttpOnly; Path=/; SameSite=Lax", answer.headers["Set-Cookie"])
    assert "Needs you" in visitor.text("/")


def test_a_wrong_password_an_unknown_name_and_a_closed_account_are_told_the_same(desk: Desk) -> None:
    gone = hired(desk.house, "gone", Role.AUTHOR)
    with desk.house.store.write() as db:
        editors.change(db, gone, at=desk.now, actor="olga", closed=True)
    pages = []
    for login, password in (("olga", "not this one at all"), ("nobody", PASSWORD), ("gone", PASSWORD), ("olga", "")):
        answer = desk.visitor().sign_in(login, password)
        assert answer.status_code == 401
        assert "Set-Cookie" not in answer.headers
        pages.append(answer.text)
    assert WRONG in pages[0]
    assert len(set(pages)) == 1


def test_closing_an_account_ends_its_sessions_at_once(desk: Desk) -> None:
    author = desk.at(Role.AUTHOR)
    with desk.house.store.read() as db:
        number = next(each.id for each in editors.listed(db) if each.login == "author-1")
    owner = desk.at()
    assert author.get("/").status_code == 200
    owner.send(f"/editors/{number}", do="close")
    assert author.get("/").status_code == 303
    owner.send(f"/editors/{number}", do="open")
    assert author.get("/").status_code == 303, "the old session stays over"
    assert author.sign_in("author-1").status_code == 303


def test_passwords_cannot_be_tried_without_end(desk: Desk) -> None:
    visitor = desk.visitor()
    codes = [visitor.sign_in("olga", WRONG_ONE).status_code for _ in range(12)]
    assert codes == [401] * 10 + [429] * 2
    assert visitor.sign_in("olga").status_code == 429, "not even the right one, or a guess could be told from the rest"
    desk.now += timedelta(minutes=11)
    assert visitor.sign_in("olga").status_code == 303


def test_somebody_who_keeps_guessing_does_not_shut_the_owner_out(desk: Desk) -> None:
    at_home = desk.at()
    for round_ in range(5):
        for _ in range(12):
            guess = tried(desk.visitor(), "olga", WRONG_ONE, at="192.0.2.7")
        assert guess == 429, round_
        assert tried(desk.visitor(), "olga", PASSWORD, at="198.51.100.4") == 303, "a browser that is new to the desk"
        assert tried(at_home, "olga", PASSWORD, at="192.0.2.7") == 303, "even from the guesser's own address"
        desk.now += 10 * MINUTE


def test_many_machines_together_are_braked_but_a_browser_that_is_known_is_not(desk: Desk) -> None:
    known = desk.at()
    other = desk.at(Role.AUTHOR)
    codes = [tried(desk.visitor(), "olga", WRONG_ONE, at=f"203.0.113.{number}") for number in range(100)]
    assert codes == [401] * 99 + [429], "the sign-in of the known browser was the first of the hundred"
    assert tried(desk.visitor(), "olga", PASSWORD, at="198.51.100.4") == 429
    assert tried(other, "olga", PASSWORD, at="198.51.100.4") == 429, "the mark of somebody else is none for this login"
    assert tried(desk.visitor(), "author-1", PASSWORD, at="198.51.100.4") == 303, "other logins are open"
    assert tried(known, "olga", PASSWORD, at="198.51.100.4") == 303
    desk.now += 61 * MINUTE
    assert tried(desk.visitor(), "olga", PASSWORD, at="198.51.100.4") == 303


def test_a_known_browser_has_no_more_tries_than_others_and_its_mark_dies_with_the_password(desk: Desk) -> None:
    known = desk.at()
    mark = known.client.get_cookie("pullquote-known", path="/sign-in")
    assert mark is not None
    assert mark.http_only
    assert [tried(known, "olga", WRONG_ONE, at="192.0.2.7") for _ in range(11)] == [401] * 10 + [429]
    with desk.house.store.read() as db:
        olga = editors.by_login(db, "olga")
    assert olga is not None
    assert guesses.known(mark.value, "olga", olga.password)
    for forged in ("", ".", mark.value[:-1], mark.value.replace(".", "x."), "ü.ü"):
        assert not guesses.known(forged, "olga", olga.password)
    assert not guesses.known(mark.value, "olga", hashed.__wrapped__()), "another hash of the same password"


def test_one_machine_cannot_try_all_names_and_a_whole_ipv6_net_is_one_machine(house: House) -> None:
    def take(login: str, address: str) -> bool:
        return counted.take(login, address=address, mark="", password=hashed(), now=TUESDAY)

    counted = guesses.Guesses(house.store)
    assert [take(f"name-{number}", "192.0.2.7") for number in range(31)] == [True] * 30 + [False]
    assert [take("olga", f"2001:db8::{number:x}:1") for number in range(11)] == [True] * 10 + [False]
    assert take("olga", "2001:db8:1:2::7")
    assert guesses.network("::ffff:192.0.2.7") == guesses.network("192.0.2.7")


def test_a_session_ends_when_it_is_not_used_and_in_any_case_in_the_end(desk: Desk) -> None:
    visitor = desk.at()
    desk.now += IDLE - MINUTE
    assert visitor.get("/").status_code == 200
    desk.now += IDLE - MINUTE
    assert visitor.get("/").status_code == 200, "it was used in between"
    desk.now += IDLE + MINUTE
    assert visitor.get("/").status_code == 303
    visitor = desk.at()
    for _ in range(int(LONGEST / (6 * HOUR))):
        assert visitor.get("/").status_code == 200
        desk.now += 6 * HOUR
    desk.now += MINUTE
    assert visitor.get("/").status_code == 303, "however busy, not for longer than two weeks"


def test_signing_in_gives_a_new_token_and_ends_the_one_before(desk: Desk) -> None:
    visitor = desk.visitor()
    visitor.client.set_cookie("pullquote", "chosen-by-somebody-else")
    visitor.sign_in("olga")
    first = visitor.token()
    assert first != "chosen-by-somebody-else"
    visitor.sign_in("olga")
    assert visitor.token() != first
    replay = desk.visitor()
    replay.client.set_cookie("pullquote", first)
    assert replay.get("/").status_code == 303
    with desk.house.store.read() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(sessions)) == 1


def test_reading_pages_writes_nothing_down_most_of_the_time(desk: Desk) -> None:
    visitor = desk.at()

    def noted() -> object:
        with desk.house.store.read() as db:
            return editors.last_seen(db, visitor.token())

    begun = noted()
    desk.now += MINUTE
    visitor.get("/")
    assert noted() == begun
    desk.now += 10 * MINUTE
    visitor.get("/")
    assert noted() == desk.now


def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(desk: Desk) -> None:
    visitor = desk.at()
    token = visitor.token()
    assert visitor.send("/sign-out").headers["Location"] == "/sign-in"
    assert visitor.token() == ""
    copy = desk.visitor()
    copy.client.set_cookie("pullquote", token)
    assert copy.get("/").status_code == 303


def test_the_first_owner_comes_by_a_link_that_works_once(house: House) -> None:
    desk = Desk(house, owned=False)
    visitor = desk.visitor()
    assert "no owner yet" in visitor.text("/sign-in")
    link = first_link(house, desk.now)
    assert link is not None
    assert visitor.get(link).status_code == 200
    form = {"name": "Ada", "login": "ada", "password": PASSWORD, "again": PASSWORD, "zone": "Europe/Berlin"}
    assert visitor.client.post(link, data={**form, "again": "something else entirely"}).status_code == 400
    assert visitor.client.post(link, data={**form, "password": "short", "again": "short"}).status_code == 400
    assert visitor.client.post(link, data={**form, "login": "Ada Lovelace!"}).status_code == 400
    assert visitor.client.post(link, data=form).headers["Location"] == "/"
    assert "Editors" in visitor.text("/editors"), "the owner is in, and rules"
    other = desk.visitor()
    assert other.get(link).status_code == 404
    assert other.client.post(link, data={**form, "login": "mallory"}).status_code == 404
    with house.store.read() as db:
        assert [each.login for each in editors.listed(db)] == ["ada"]
    assert first_link(house, desk.now) is None, "a desk with an owner gives no such link"


def test_a_link_that_nobody_used_is_over_after_its_time(house: House) -> None:
    desk = Desk(house)
    form = {"login": "ada", "password": PASSWORD, "again": PASSWORD}
    owner = desk.at()
    made = re.search(r"/join/[\w-]+", owner.send("/editors/invite", role="author").text)
    assert made is not None
    with house.store.write() as db:
        editors.invite(db, token=TOKEN, role=Role.OWNER, made_by="x", at=desk.now, lasts=FIRST_FOR)
    desk.now += FIRST_FOR
    assert desk.visitor().get(f"/join/{TOKEN}").status_code == 404
    assert desk.visitor().client.post(f"/join/{TOKEN}", data=form).status_code == 404
    assert desk.visitor().get(made.group()).status_code == 200
    desk.now += INVITED_FOR
    assert desk.visitor().get(made.group()).status_code == 404


def test_an_invitation_gives_the_role_it_names_and_no_other(desk: Desk) -> None:
    for role in list(Role):
        made = re.search(r"/join/[\w-]+", desk.at().send("/editors/invite", role=role).text)
        assert made is not None
        form = {"login": f"new-{role}", "password": PASSWORD, "again": PASSWORD, "role": "owner"}
        desk.visitor().client.post(made.group(), data=form)
        with desk.house.store.read() as db:
            found = editors.by_login(db, f"new-{role}")
        assert found is not None
        assert found.role is role
        desk.now += HOUR


def test_a_login_that_is_taken_is_told_and_the_link_stays_good(desk: Desk) -> None:
    made = re.search(r"/join/[\w-]+", desk.at().send("/editors/invite", role="author").text)
    assert made is not None
    form = {"login": "olga", "password": PASSWORD, "again": PASSWORD}
    answer = desk.visitor().client.post(made.group(), data=form)
    assert answer.status_code == 400
    assert "take another name" in answer.text
    assert desk.visitor().client.post(made.group(), data={**form, "login": "olga2"}).status_code == 303


def test_the_last_owner_cannot_close_or_demote_themselves(desk: Desk) -> None:
    owner = desk.at()
    assert owner.send("/editors/1", do="close").status_code == 409
    assert owner.send("/editors/1", role="author").status_code == 409
    assert owner.send("/editors/1", do="nothing", role="king").status_code == 303
    assert owner.get("/editors").status_code == 200


# Each right with a step that needs it. Every lesser role is turned away, and nothing is changed.
STEPS: list[tuple[Right, str, dict[str, str]]] = [
    (Right.STOP, "/drafts/{post}/hold", {"reason": "wait"}),
    (Right.STOP, "/drafts/{post}/changes", {"reason": "wait"}),
    (Right.STOP, "/drafts/{post}/reject", {"reason": "wait"}),
    (Right.STOP, "/drafts/{post}/reopen", {}),
    (Right.FREEZE, "/freeze", {"reason": "wait"}),
    (Right.FREEZE, "/thaw", {}),
    (Right.APPROVE, "/drafts/{post}/approve", {"seen": "{seen}"}),
    (Right.APPROVE, "/drafts/{post}/reschedule", {"due": "2026-12-01T10:00"}),
    (Right.SETTLE, "/deliveries/1/there", {}),
    (Right.SETTLE, "/deliveries/1/again", {}),
    (Right.RULE, "/editors/invite", {"role": "owner"}),
    (Right.RULE, "/editors/1", {"role": "owner"}),
]


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.EDITOR, Role.APPROVER])
def test_what_is_not_a_roles_right_is_refused_and_changes_nothing(desk: Desk, post: Draft, role: Role) -> None:
    visitor, seen = desk.at(role), hash_of(desk.house, post)
    refused = 0
    for right, path, form in STEPS:
        if right in RIGHTS[role]:
            continue
        answer = visitor.send(path.format(post=post.id), **{k: v.format(seen=seen) for k, v in form.items()})
        assert answer.status_code == 403, path
        assert "Not yours to do" in answer.text
        refused += 1
    assert refused == {Role.AUTHOR: 12, Role.EDITOR: 6, Role.APPROVER: 2}[role]
    if Right.RULE not in RIGHTS[role]:
        assert visitor.get("/editors").status_code == 403
    assert desk.state(post.id) is post.state
    with desk.house.store.read() as db:
        assert flags.frozen(db) is None
        assert {each.login for each in editors.listed(db)} == {"olga", f"{role}-1"}


def test_nothing_can_be_read_without_signing_in(desk: Desk, post: Draft) -> None:
    for path in ["/", "/drafts", "/drafts/1", "/drafts/1/mail", "/deliveries/1", "/readers", "/editors"]:
        answer = desk.visitor().get(path)
        assert answer.status_code == 303
        assert answer.headers["Location"] == f"/sign-in?next={path}"
        desk.now += HOUR


def test_signing_in_leads_on_to_the_page_that_was_asked_for(desk: Desk) -> None:
    visitor = desk.visitor()
    assert visitor.get("/drafts?state=held&page=2").headers["Location"] == (
        "/sign-in?next=/drafts%3Fstate%3Dheld%26page%3D2"
    )
    assert 'value="/drafts?state=held&page=2"' in visitor.text("/sign-in?next=/drafts%3Fstate%3Dheld%26page%3D2")
    assert visitor.sign_in("olga", next="/drafts?state=held").headers["Location"] == "/drafts?state=held"
