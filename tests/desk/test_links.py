"""Links to decide by without an account: one revision, one decision, some days, and harmless to open."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot import links, review
from bot.errors import Refused
from bot.house import House
from bot.model.editor import Role
from bot.model.publication import Kind
from bot.model.states import DraftState
from bot.store import drafts, editors
from bot.store.drafts import Draft
from tests.desk.people import Desk, Person, link_in
from tests.work.desk import HOUR, POT, TUESDAY, all_deliveries, draft, hash_of, history, lay, work


@pytest.fixture
def post(house: House) -> Draft:
    lay(house, POT)
    work(house)
    return draft(house, Kind.QUOTE_POST)


@pytest.fixture
def desk(house: House, post: Draft) -> Desk:
    return Desk(house)


@pytest.fixture
def guest(desk: Desk) -> Person:
    return desk.stranger()


def made(desk: Desk, of: Draft, *, name: str = "Bob") -> str:
    """The path of a link that ada made at the desk."""
    return link_in(desk.sign_in("ada").post(f"/drafts/{of.id}/link", name=name))


def now_is(house: House, of: Draft) -> Draft:
    with house.store.read() as db:
        return drafts.get(db, of.id)


def test_somebody_without_an_account_approves_on_a_phone(house: House, desk: Desk, guest: Person, post: Draft) -> None:
    path = made(desk, post)
    page = guest.get(path)
    assert page.status_code == 200
    assert hash_of(house, post)[:8] in page.text
    assert "word for word" in page.text, "its quotations stand there with their proof"
    assert b"Sign out" not in page.data
    answer = guest.post(path, do="approve")
    assert answer.status_code == 200
    assert "It goes out Tue 24 Nov, 12:00" in answer.text
    assert now_is(house, post).state is DraftState.SCHEDULED
    with house.store.read() as db:
        approval = drafts.approval(db, drafts.get(db, post.id))
    assert approval is not None
    assert (approval.actor, approval.vouched_by) == ("link:Bob", "ada")


def test_opening_a_link_a_hundred_times_decides_nothing(house: House, desk: Desk, guest: Person, post: Draft) -> None:
    path = made(desk, post)
    before = history(house, f"draft:{post.id}")
    for _ in range(100):
        assert guest.get(path).status_code == 200
        assert guest.client.head(path).status_code == 200
    assert history(house, f"draft:{post.id}") == before
    assert now_is(house, post).state is DraftState.IN_REVIEW


def test_a_link_decides_once(house: House, desk: Desk, guest: Person, post: Draft) -> None:
    path = made(desk, post)
    guest.post(path, do="approve")
    for answer in (guest.post(path, do="approve"), guest.post(path, do="hold", words="stop"), guest.get(path)):
        assert answer.status_code == 410
        assert "It was used at 24 November, 08:00 UTC: approved." in answer.text
    assert now_is(house, post).state is DraftState.SCHEDULED
    assert len(all_deliveries(house)) == 1


def test_a_link_is_over_after_three_days(house: House, desk: Desk, guest: Person, post: Draft) -> None:
    path = made(desk, post)
    desk.now += timedelta(hours=72) - timedelta(seconds=1)
    assert guest.get(path).status_code == 200
    desk.now += timedelta(seconds=1)
    assert guest.get(path).status_code == 410
    assert guest.post(path, do="approve").status_code == 410
    assert now_is(house, post).state is DraftState.IN_REVIEW


def test_a_link_dies_with_any_change(house: House, desk: Desk, guest: Person, post: Draft) -> None:
    path = made(desk, post)
    review.edit(house, post.id, {"text": "Do listen to this one."}, actor="eve", now=TUESDAY)
    answer = guest.post(path, do="approve")
    assert answer.status_code == 410
    assert "was changed" in answer.text
    assert "Do listen" not in answer.text, "what was not asked about is not shown"
    assert guest.get(f"{path}/mail").status_code == 410
    assert now_is(house, post).state is DraftState.IN_REVIEW


def test_holding_needs_a_reason_and_uses_the_link_up(house: House, desk: Desk, guest: Person, post: Draft) -> None:
    path = made(desk, post)
    assert guest.post(path, do="hold", words=" ").status_code == 409
    assert now_is(house, post).state is DraftState.IN_REVIEW
    assert guest.post(path, do="hold", words="I did not say\nthat").status_code == 200
    assert (now_is(house, post).state, now_is(house, post).held_reason) == (DraftState.HELD, "I did not say that")
    assert guest.get(path).status_code == 410


def test_a_remark_reaches_the_editors_and_leaves_the_link_as_it_is(
    house: House, desk: Desk, guest: Person, post: Draft
) -> None:
    path = made(desk, post)
    assert guest.post(path, do="say", words="<script>alert(1)</script> fine by me").status_code == 200
    shown = desk.sign_in("eve").get(f"/drafts/{post.id}").text
    assert "<strong>link:Bob</strong>" in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt; fine by me" in shown
    for _ in range(19):
        guest.post(path, do="say", words="and another thing")
    assert guest.post(path, do="say", words="one too many").status_code == 409
    with house.store.read() as db:
        assert len(editors.remarks(db, post.id)) == 20
    assert guest.post(path, do="approve").status_code == 200


def test_what_the_house_refuses_leaves_the_link_as_it_is(house: House, desk: Desk, guest: Person, post: Draft) -> None:
    path = made(desk, post)
    review.hold(house, post.id, reason="wait", actor="eve", now=TUESDAY)
    assert guest.post(path, do="approve").status_code == 409
    review.reopen(house, post.id, actor="eve", now=TUESDAY)
    assert guest.post(path, do="approve").status_code == 200


def test_a_link_is_worth_what_its_maker_may(house: House, desk: Desk, guest: Person, post: Draft) -> None:
    path = made(desk, post)
    with house.store.write() as db:
        editors.create(db, login="olga", name="Olga", role=Role.OWNER, password="", zone="UTC", at=TUESDAY)
        found = editors.by_login(db, "ada")
        assert found is not None
        editors.change(db, found, at=TUESDAY, actor="olga", closed=True)
    assert guest.post(path, do="approve").status_code == 410
    assert now_is(house, post).state is DraftState.IN_REVIEW


def test_a_link_can_be_withdrawn(house: House, desk: Desk, guest: Person, post: Draft) -> None:
    path = made(desk, post)
    ada = desk.sign_in("ada")
    assert "A link for Bob" in ada.get(f"/drafts/{post.id}").text
    ada.post(f"/drafts/{post.id}/links/1/withdraw")
    assert "withdrawn" in guest.get(path).text
    assert "A link for Bob" not in ada.get(f"/drafts/{post.id}").text


def test_only_approvers_make_links_and_only_with_their_own_form(house: House, desk: Desk, post: Draft) -> None:
    assert desk.sign_in("ed", Role.EDITOR).post(f"/drafts/{post.id}/link", name="Bob").status_code == 403
    assert desk.stranger().post(f"/drafts/{post.id}/link", name="Bob").status_code == 401
    ada = desk.sign_in("ada")
    assert ada.client.post(f"/drafts/{post.id}/link", data={"name": "Bob"}).status_code == 403
    assert ada.post(f"/drafts/{post.id}/link", name="  ").status_code == 409
    assert not [line for line in history(house, f"draft:{post.id}") if line.startswith("link made")]


def test_a_link_opens_nothing_else(house: House, desk: Desk, guest: Person, post: Draft) -> None:
    path = made(desk, post)
    token = path.rpartition("/")[2]
    assert guest.get(f"/drafts/{post.id}").status_code == 303
    assert guest.get(f"/drafts/{post.id}/mail?token={token}").status_code == 303
    assert guest.get(f"{path}x").status_code == 404
    assert (
        guest.client.post(path, data={"do": "approve"}, headers={"Origin": "https://evil.example"}).status_code == 403
    )
    assert now_is(house, post).state is DraftState.IN_REVIEW


def test_the_mail_of_an_edition_is_framed_without_a_session(house: House, desk: Desk, guest: Person) -> None:
    edition = draft(house, Kind.EDITION)
    path = made(desk, edition)
    assert f'src="{path}/mail?revision=1"' in guest.get(path).text
    mail = guest.get(f"{path}/mail?revision=1")
    assert mail.status_code == 200
    assert "sandbox; default-src 'none'" in mail.headers["Content-Security-Policy"]
    with house.store.read() as db:
        subject = drafts.get(db, edition.id).title
    page = guest.get(path).text
    assert subject in page
    assert "Pre-flight" in page, "whoever decides sees what the check found"
    assert "Mend it here" not in page


def test_the_database_holds_no_link(house: House, desk: Desk, post: Draft) -> None:
    token = made(desk, post).rpartition("/")[2]
    with house.store.read() as db:
        for table in sa.inspect(db).get_table_names():
            for row in db.execute(sa.text(f'SELECT * FROM "{table}"')):
                assert token not in str(tuple(row))


def test_a_link_is_made_for_what_waits_and_for_a_while(house: House, post: Draft) -> None:
    for lasts in (timedelta(), timedelta(days=15)):
        with pytest.raises(Refused, match="14 days at most"):
            links.make(house, post.id, token="t", name="Bob", actor="ada", now=TUESDAY, lasts=lasts)  # noqa: S106
    review.approve(house, post.id, actor="eve", now=TUESDAY)
    with pytest.raises(Refused, match="waits for a decision"):
        links.make(house, post.id, token="t", name="Bob", actor="ada", now=TUESDAY)  # noqa: S106


def test_after_somebody_else_approved_a_link_can_still_stop_it(
    house: House, desk: Desk, guest: Person, post: Draft
) -> None:
    path = made(desk, post)
    review.approve(house, post.id, actor="eve", now=TUESDAY)
    assert "Approve " not in guest.get(path).text
    assert guest.post(path, do="hold", words="not yet").status_code == 200
    assert work(house, TUESDAY + 4 * HOUR).delivered.accepted == 0


def test_of_many_presses_one_counts(house: House, desk: Desk, post: Draft) -> None:
    path = made(desk, post)
    guests = [desk.stranger() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda guest: guest.post(path, do="approve").status_code, guests))
    assert sorted(said) == [200] + [410] * 7
    assert len(all_deliveries(house)) == 1
