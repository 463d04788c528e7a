"""The two-person rule: two different people approve the same bytes, and any change voids both."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from bot import deliver, links, review
from bot.config import load
from bot.errors import ConfigError, Refused, Unknown
from bot.house import House
from bot.model.publication import Kind
from bot.model.states import DeliveryState, DraftState
from bot.store import drafts
from bot.store.drafts import Draft
from tests.desk.people import Desk
from tests.work.desk import (
    HOUR,
    POT,
    TUESDAY,
    Scripted,
    all_deliveries,
    delivery,
    draft,
    hash_of,
    history,
    lay,
    over,
    with_config,
    work,
)

NOON = TUESDAY + 4 * HOUR


@pytest.fixture
def strict(house: House) -> House:
    """The same house, where posts need two people."""
    return with_config(house, lambda text: text.replace('posts = ["quote"', 'approvers = 2\nposts = ["quote"'))


@pytest.fixture
def post(strict: House) -> Draft:
    lay(strict, POT)
    work(strict)
    return draft(strict, Kind.QUOTE_POST)


def approved_by(house: House, of: Draft) -> list[str]:
    with house.store.read() as db:
        return [each.actor for each in drafts.approvals_of(db, drafts.get(db, of.id))]


def test_the_first_approval_plans_nothing_and_the_second_does(strict: House, post: Draft) -> None:
    first = review.approve(strict, post.id, actor="ada", now=TUESDAY)
    assert (first.state, first.due_at) == (DraftState.IN_REVIEW, None)
    assert all_deliveries(strict) == []
    assert work(strict, NOON).delivered.accepted == 0
    second = review.approve(strict, post.id, actor="bob", now=TUESDAY)
    assert (second.state, second.due_at) == (DraftState.SCHEDULED, NOON)
    assert approved_by(strict, post) == ["ada", "bob"]
    assert work(strict, NOON).delivered.accepted == 1


@pytest.mark.parametrize("again", ["ada", "Ada ", "link:ada"])
def test_nobody_is_two_people(strict: House, post: Draft, again: str) -> None:
    review.approve(strict, post.id, actor="ada", now=TUESDAY)
    with pytest.raises(Refused, match="two different people"):
        review.approve(strict, post.id, actor=again, now=TUESDAY)
    assert approved_by(strict, post) == ["ada"]


@pytest.mark.parametrize("link_first", [True, False])
def test_who_makes_a_link_cannot_be_both_sides_of_it(strict: House, post: Draft, link_first: bool) -> None:
    links.make(strict, post.id, token="token", name="Bob", actor="ada", now=TUESDAY)  # noqa: S106
    steps = [
        lambda: links.approve(strict, "token", now=TUESDAY),
        lambda: review.approve(strict, post.id, actor="ada", now=TUESDAY),
    ]
    first, second = steps if link_first else reversed(steps)
    first()
    with pytest.raises(Refused, match="whoever made it counts"):
        second()
    assert all_deliveries(strict) == []
    assert review.approve(strict, post.id, actor="cleo", now=TUESDAY).state is DraftState.SCHEDULED


def test_any_change_voids_the_first_approval(strict: House, post: Draft) -> None:
    review.approve(strict, post.id, actor="ada", now=TUESDAY)
    review.edit(strict, post.id, {"text": "Do listen to this one."}, actor="eve", now=TUESDAY)
    assert approved_by(strict, post) == []
    assert "approval void: the content changed: edited: text" in history(strict, f"draft:{post.id}")
    assert review.approve(strict, post.id, actor="bob", now=TUESDAY).state is DraftState.IN_REVIEW


def test_any_change_voids_both(strict: House, post: Draft) -> None:
    for actor in ("ada", "bob"):
        review.approve(strict, post.id, actor=actor, now=TUESDAY)
    review.edit(strict, post.id, {"text": "Do listen to this one."}, actor="eve", now=TUESDAY)
    assert approved_by(strict, post) == []
    assert work(strict, NOON).delivered.accepted == 0


def test_holding_voids_the_first_approval(strict: House, post: Draft) -> None:
    review.approve(strict, post.id, actor="ada", now=TUESDAY)
    review.hold(strict, post.id, reason="wait", actor="eve", now=TUESDAY)
    review.reopen(strict, post.id, actor="eve", now=TUESDAY)
    assert review.approve(strict, post.id, actor="bob", now=TUESDAY).state is DraftState.IN_REVIEW


def test_what_was_rejected_takes_no_approval(strict: House, post: Draft) -> None:
    review.reject(strict, post.id, reason="no", actor="eve", now=TUESDAY)
    with pytest.raises(Refused, match="rejected"):
        review.approve(strict, post.id, actor="ada", now=TUESDAY)
    assert approved_by(strict, post) == []


def test_one_of_two_does_not_send_what_was_in_doubt(strict: House, post: Draft) -> None:
    scripted = Scripted(script=[Unknown("no answer")])
    house = over(strict, scripted)
    for actor in ("ada", "bob"):
        review.approve(house, post.id, actor=actor, now=TUESDAY)
    work(house, NOON)
    assert delivery(house, post).state is DeliveryState.UNKNOWN
    review.hold(house, post.id, reason="look", actor="eve", now=NOON)
    review.reopen(house, post.id, actor="eve", now=NOON)
    review.approve(house, post.id, actor="ada", now=NOON)
    deliver.settle(house, delivery(house, post).id, there=False, actor="ada", now=NOON)
    work(house, NOON)
    assert len(scripted.bodies) == 1
    assert "not what was approved" in delivery(house, post).reason


def test_the_stricter_of_newsletter_and_channel_counts(house: House) -> None:
    lay(house, POT)
    work(house)
    strict = with_config(house, lambda text: text.replace('channel = "mail"', 'channel = "mail"\napprovers = 2'))
    edition = draft(strict, Kind.EDITION)
    assert review.approvers(strict, edition) == 2
    assert review.approvers(strict, draft(strict, Kind.QUOTE_POST)) == 1
    assert review.approve(strict, edition.id, actor="ada", now=TUESDAY).state is DraftState.IN_REVIEW


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('posts = ["quote"', 'approvers = 2\napproval = "auto"\nposts = ["quote"'),
        lambda text: text.replace('channel = "mail"', 'channel = "mail"\napprovers = 2').replace(
            "[channels.mail]", '[channels.mail]\napproval = "auto"'
        ),
        lambda text: text.replace('posts = ["quote"', 'approvers = 3\nposts = ["quote"'),
    ],
)
def test_two_people_and_no_people_contradict_each_other(house: House, change: object) -> None:
    assert callable(change)
    house.loaded.path.write_text(change(house.loaded.path.read_text()))
    with pytest.raises(ConfigError, match="approvers"):
        load(house.loaded.path)


def test_the_desk_shows_who_approved_and_takes_a_double_click_for_one(strict: House, post: Draft) -> None:
    desk = Desk(strict)
    ada, bob = desk.sign_in("ada"), desk.sign_in("bob")
    assert "needs 2 people" in ada.get(f"/drafts/{post.id}").text
    for _ in range(2):
        assert ada.post(f"/drafts/{post.id}/approve", seen=hash_of(strict, post)).status_code == 303
    for path in (f"/drafts/{post.id}", "/"):
        assert "1 of 2: ada" in bob.get(path).text
    bob.post(f"/drafts/{post.id}/approve", seen=hash_of(strict, post))
    assert "approved by ada, bob" in bob.get(f"/drafts/{post.id}").text


def test_the_clock_of_a_channel_that_approves_by_itself_is_shown(house: House) -> None:
    auto = with_config(
        house, lambda text: text.replace('posts = ["quote"', 'approval = "auto"\nveto = "3h"\nposts = ["quote"')
    )
    lay(auto, POT)
    work(auto)
    post = draft(auto, Kind.QUOTE_POST)
    eve = Desk(auto).sign_in("eve")
    assert "approved by itself in 3 h unless held" in eve.get("/").text
    assert "Approved by itself in 3 h (Tue 24 Nov, 11:00)" in eve.get(f"/drafts/{post.id}").text
    assert "by itself" not in eve.get(f"/drafts/{draft(auto, Kind.EDITION).id}").text
    review.hold(auto, post.id, reason="wait", actor="eve", now=TUESDAY)
    assert "by itself" not in eve.get(f"/drafts/{post.id}").text
    work(auto, TUESDAY + 3 * HOUR)
    assert draft(auto, Kind.QUOTE_POST).state is DraftState.HELD


def test_two_people_at_the_same_moment_make_one_delivery(strict: House, post: Draft) -> None:
    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(lambda actor: review.approve(strict, post.id, actor=actor, now=TUESDAY), ["ada", "bob"]))
    assert sorted(each.state for each in ends) == [DraftState.IN_REVIEW, DraftState.SCHEDULED]
    assert len(all_deliveries(strict)) == 1
