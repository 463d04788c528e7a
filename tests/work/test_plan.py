"""The plan: what would go out, and how it differs from what was shown last."""

from __future__ import annotations

from dataclasses import replace

from bot import plan, review
from bot.errors import NotSent
from bot.house import House
from bot.model.publication import Kind, Part, Post
from bot.model.secret import Secret
from bot.plan import Change
from bot.platforms.contract import Receipt
from bot.platforms.x import X
from bot.store import flags
from tests.work.desk import (
    BENCH,
    MINUTE,
    POT,
    THURSDAY,
    TUESDAY,
    a_post,
    approve_now,
    delivery,
    draft,
    lay,
    with_config,
    work,
)
from tests.work.readers import PostOffice, an_edition, passes, with_readers


def _plan(house: House, *, keep: bool = True) -> dict[int, plan.PlanLine]:
    return {line.planned.draft: line for line in plan.make(house, actor="eve", now=TUESDAY, keep=keep)}


def test_the_first_plan_is_all_new_and_the_next_all_the_same(house: House) -> None:
    lay(house, POT)
    work(house)
    assert {line.change for line in _plan(house).values()} == {Change.NEW}
    assert {line.change for line in _plan(house).values()} == {Change.SAME}


def test_the_plan_shows_what_is_new_changed_and_gone(house: House) -> None:
    lay(house, POT)
    work(house)
    _plan(house)
    post, edition = draft(house, Kind.QUOTE_POST), draft(house, Kind.EDITION)
    approve_now(house, post)
    work(house)
    lay(house, BENCH)
    work(house, TUESDAY + MINUTE)
    changes = {number: line.change for number, line in _plan(house).items()}
    assert changes[post.id] is Change.GONE
    assert changes[edition.id] is Change.CHANGED
    assert changes[draft(house, Kind.QUOTE_POST, 1).id] is Change.NEW


def test_a_look_that_is_not_kept_does_not_count_as_shown(house: House) -> None:
    lay(house, POT)
    work(house)
    _plan(house, keep=False)
    assert {line.change for line in _plan(house).values()} == {Change.NEW}


def test_the_plan_says_what_goes_out_when_and_what_the_rest_waits_for(house: House) -> None:
    lay(house, POT)
    work(house)
    edition, post = draft(house, Kind.EDITION), draft(house, Kind.QUOTE_POST)
    review.approve(house, edition.id, actor="eve", now=TUESDAY)
    review.hold(house, post.id, reason="ask the guest", actor="eve", now=TUESDAY)
    lines = _plan(house)
    assert lines[edition.id].planned.goes_out
    assert lines[edition.id].planned.when == THURSDAY.isoformat()
    assert lines[edition.id].planned.reaches == "nobody: one folder of files"
    assert lines[post.id].planned.waits_for == "held: ask the guest"
    assert lines[draft(house, Kind.EDITION_POST).id].planned.waits_for == "approval"
    with house.store.write() as db:
        flags.freeze(db, reason="stop", actor="eve", at=TUESDAY)
    assert _plan(house)[edition.id].planned.waits_for == "thaw: everything is frozen"


def test_an_edition_to_our_own_list_says_how_many_it_reaches_and_by_whose_clock(house: House) -> None:
    tokyo = with_config(house, lambda text: text.replace('zone = "UTC"', 'zone = "Asia/Tokyo"', 1))
    house = with_readers(tokyo, PostOffice(), 3)
    edition = an_edition(house)
    planned = _plan(house)[edition.id].planned
    assert (planned.reaches, planned.zone) == ("3 readers of our list", "Asia/Tokyo")


def test_of_an_edition_that_is_half_out_the_plan_says_when_the_rest_follows(house: House) -> None:
    busy = NotSent("busy", retry_after=1_800)
    house = with_readers(house, PostOffice(script=[lambda letters: [Receipt("1", None)] * len(letters), busy]), 30)
    edition = approve_now(house, an_edition(house))
    passes(house, 1)
    planned = _plan(house)[edition.id].planned
    assert planned.reaches == "20 more of 30 readers of our list"
    assert planned.when == delivery(house, edition).due_at.isoformat() > TUESDAY.isoformat()


def test_the_plan_sends_nothing_and_changes_no_draft(house: House) -> None:
    lay(house, POT)
    work(house)
    before = draft(house, Kind.EDITION)
    _plan(house)
    assert draft(house, Kind.EDITION) == before
    assert work(house, TUESDAY + MINUTE).idle


def test_the_plan_says_what_a_service_asks_for_a_post(house: House) -> None:
    linked = a_post(house, Post("Listen: https://pod.example.org/31", None, "en", (), ()))
    thread = a_post(house, Post("One", None, "en", (), (), parts=(Part("Two"),)), key="thread")
    files = a_post(house, Post("One", None, "en", (), ()), key="files", channel="mail")
    keys = {name: Secret(name, name) for name in ("api_key", "api_secret", "access_token", "access_secret")}
    house = replace(house, channels={**house.channels, "posts": X(**keys)})  # type: ignore[arg-type]
    costs = {number: line.planned.cost for number, line in _plan(house).items()}
    assert costs == {linked.id: "0.200 USD", thread.id: "0.030 USD", files.id: ""}
