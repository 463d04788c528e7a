"""How an edition gathers, waits, is carried over or skipped."""

from __future__ import annotations

import sqlalchemy as sa

from bot import review
from bot.house import House
from bot.model.places import filled
from bot.model.publication import Kind, Mail
from bot.model.states import DeliveryState, DraftState
from bot.store import drafts, flags, slots
from bot.store import sources as stored_sources
from bot.store.schema import edition_episodes, episodes, source_items, sources
from bot.store.schema import flags as flag_rows
from bot.store.slots import SlotState
from bot.store.sources import ItemState
from tests.work.desk import (
    BENCH,
    DAY,
    HOUR,
    LANES,
    MINUTE,
    POT,
    SEEDS,
    THURSDAY,
    TUESDAY,
    WEEK,
    all_drafts,
    approve_now,
    content,
    delivery,
    draft,
    history,
    lay,
    sent,
    tamper,
    with_config,
    work,
)


def _editions(house: House) -> list[drafts.Draft]:
    return [each for each in all_drafts(house) if each.kind is Kind.EDITION]


def _members(house: House) -> list[list[int]]:
    with house.store.read() as db:
        return [drafts.edition_of(db, each) for each in _editions(house)]


def test_an_edition_gathers_until_it_is_approved(house: House) -> None:
    lay(house, POT)
    work(house)
    lay(house, BENCH)
    assert work(house, TUESDAY + HOUR).prepared.revised == 1
    assert _members(house) == [[1, 2]]
    approved = review.approve(house, draft(house, Kind.EDITION).id, actor="eve", now=TUESDAY + HOUR)
    assert approved.due_at == THURSDAY
    lay(house, LANES)
    work(house, TUESDAY + 2 * HOUR)
    assert _members(house)[0] == [1, 2]


def test_each_episode_stands_in_one_edition(house: House) -> None:
    lay(house, POT)
    work(house)
    review.approve(house, draft(house, Kind.EDITION).id, actor="eve", now=TUESDAY)
    work(house, THURSDAY)
    lay(house, BENCH)
    work(house, THURSDAY + HOUR)
    work(house, THURSDAY + WEEK - DAY)
    assert _members(house) == [[1], [2]]
    assert [each.number for each in _editions(house)] == [1, 2]
    assert _editions(house)[1].due_at == THURSDAY + WEEK


def test_an_edition_is_put_before_the_editors_some_time_before_it_is_due(house: House) -> None:
    lay(house, POT)
    work(house)
    assert draft(house, Kind.EDITION).state is DraftState.DRAFT
    work(house, THURSDAY - 2 * DAY)
    assert draft(house, Kind.EDITION).state is DraftState.IN_REVIEW


def test_an_approved_edition_goes_out_at_its_time_as_it_was_shown(house: House) -> None:
    lay(house, POT)
    work(house)
    edition = draft(house, Kind.EDITION)
    review.approve(house, edition.id, actor="eve", now=TUESDAY)
    assert work(house, THURSDAY - MINUTE).delivered.accepted == 0
    assert work(house, THURSDAY).delivered.accepted == 1
    mail = content(house, edition)
    assert isinstance(mail, Mail)
    (folder,) = (house.data / "outbox" / "mail").iterdir()
    assert (folder / "message.html").read_bytes() == filled(mail, {}).html.encode()
    assert work(house, THURSDAY + MINUTE).delivered.accepted == 0


def test_an_edition_that_nobody_approved_is_carried_over_and_the_slot_is_missed(house: House) -> None:
    lay(house, POT)
    work(house)
    first = draft(house, Kind.EDITION)
    lay(house, BENCH)
    work(house, THURSDAY + HOUR)
    (edition,) = _editions(house)
    assert (edition.id, edition.number, edition.due_at) == (first.id, 1, THURSDAY + WEEK)
    assert _members(house) == [[1, 2]]
    with house.store.read() as db:
        (missed,) = slots.passed_over(db, limit=5)
    assert (missed.state, missed.due_at) == (SlotState.MISSED, THURSDAY)
    assert "was not approved in time" in missed.reason
    assert any("carried over" in line for line in history(house, f"draft:{edition.id}"))
    assert draft(house, Kind.EDITION_POST).due_at == THURSDAY + WEEK
    assert sent(house) == []


def test_a_week_without_episodes_is_skipped_with_a_line_that_says_so(house: House) -> None:
    work(house)
    work(house, THURSDAY + HOUR)
    with house.store.read() as db:
        (skipped,) = slots.passed_over(db, limit=5)
    assert (skipped.state, skipped.due_at, skipped.reason) == (SlotState.SKIPPED, THURSDAY, "no new episodes")
    (line,) = history(house, "newsletter:weekly")
    assert "the next is due on Thursday 03 December, 09:00 (UTC)" in line
    assert all_drafts(house) == []


def test_a_week_with_too_few_episodes_is_skipped_with_their_number_and_they_come_in_the_next(house: House) -> None:
    house = with_config(house, lambda text: text.replace("channel =", "min_episodes = 2\nchannel =", 1))
    lay(house, POT)
    work(house)
    work(house, THURSDAY + HOUR)
    with house.store.read() as db:
        (skipped,) = slots.passed_over(db, limit=5)
    assert skipped.reason == "only 1 new episode, and min_episodes asks for 2"
    lay(house, BENCH)
    work(house, THURSDAY + 2 * HOUR)
    assert draft(house, Kind.EDITION).due_at == THURSDAY + WEEK
    assert _members(house) == [[1, 2]]


def test_after_a_long_absence_every_missed_week_is_accounted_for(house: House) -> None:
    work(house)
    work(house, THURSDAY + 3 * WEEK + HOUR)
    with house.store.read() as db:
        assert [each.due_at for each in slots.passed_over(db, limit=9)] == [THURSDAY + n * WEEK for n in (3, 2, 1, 0)]


def test_the_episodes_of_a_rejected_edition_come_in_the_next(house: House) -> None:
    lay(house, POT)
    work(house)
    first = draft(house, Kind.EDITION)
    review.approve(house, first.id, actor="eve", now=TUESDAY)
    review.reject(house, first.id, reason="not this week", actor="eve", now=TUESDAY)
    assert delivery(house, first).state is DeliveryState.CANCELLED
    assert draft(house, Kind.EDITION_POST).state is DraftState.REJECTED
    work(house, TUESDAY + HOUR)
    assert len(_editions(house)) == 1
    work(house, THURSDAY + HOUR)
    assert _members(house) == [[], [1]]
    assert (_editions(house)[1].number, _editions(house)[1].due_at) == (2, THURSDAY + WEEK)


def test_what_is_settled_is_not_looked_at_again_and_nothing_that_waits_is(house: House) -> None:
    def settled() -> int:
        with house.store.read() as db:
            return flags.settled_upto(db, "weekly")

    for seed in (POT, BENCH, LANES):
        lay(house, seed)
        work(house)
    later = TUESDAY + 2 * DAY
    # One that is only remembered, though somebody may yet have it drafted; it stands in no edition then.
    tamper(house, sa.update(episodes).where(episodes.c.id == 3).values(announced=0))
    tamper(house, sa.delete(edition_episodes).where(edition_episodes.c.episode_id == 3))
    tamper(house, sa.insert(sources).values(key="f", url="f", condition="ok", added_at=TUESDAY, next_at=later))
    item = {"source": "f", "key": "k", "title_key": "t", "fingerprint": "p", "first_seen_at": TUESDAY}
    tamper(house, sa.insert(source_items).values(item | {"state": "held", "episode_id": 3}))
    work(house, later)
    assert settled() == 0, "the edition that they stand in may yet be rejected"
    approve_now(house, draft(house, Kind.EDITION), later)
    work(house, later)
    work(house, later)
    assert settled() == 2
    with house.store.write() as db:
        held = db.scalars(sa.select(source_items.c.id)).one()
        stored_sources.settle_held(db, [held], ItemState.ANNOUNCED)
    work(house, THURSDAY + HOUR)
    assert _members(house) == [[1, 2], [3]]
    assert settled() == 2
    with house.store.write() as db:
        db.execute(sa.update(episodes).values(first_seen_at=THURSDAY))
        db.execute(sa.delete(flag_rows))
    work(house, THURSDAY + 2 * HOUR)
    assert settled() == 0, "what came today may have another before it that is not kept yet"


def test_a_small_edition_waits_for_more_episodes(house: House) -> None:
    house = with_config(house, lambda text: text.replace('channel = "mail"', 'channel = "mail"\nmin_episodes = 2'))
    lay(house, POT)
    work(house)
    assert _editions(house) == []
    lay(house, BENCH)
    work(house)
    assert _members(house) == [[1, 2]]


def test_what_does_not_fit_into_an_edition_comes_in_the_next(house: House) -> None:
    house = with_config(house, lambda text: text.replace('channel = "mail"', 'channel = "mail"\nmax_episodes = 1'))
    lay(house, POT)
    lay(house, BENCH)
    work(house)
    (members,) = _members(house)
    assert len(members) == 1
    approve_now(house, draft(house, Kind.EDITION))
    work(house)
    work(house, THURSDAY + HOUR)
    assert sorted(_members(house)) == [[1], [2]]


def test_the_announcement_waits_for_its_edition(house: House) -> None:
    lay(house, POT)
    work(house)
    edition, announcement = draft(house, Kind.EDITION), draft(house, Kind.EDITION_POST)
    approve_now(house, announcement)
    assert work(house).delivered.accepted == 0
    approve_now(house, edition)
    assert work(house).delivered.accepted == 2
    assert delivery(house, edition).changed_at <= delivery(house, announcement).changed_at
    assert {each.state for each in all_drafts(house)} == {DraftState.PUBLISHED, DraftState.IN_REVIEW}


def test_the_announcement_says_what_the_edition_says(house: House) -> None:
    lay(house, POT)
    work(house)
    edition, announcement = draft(house, Kind.EDITION), draft(house, Kind.EDITION_POST)
    approve_now(house, announcement)
    review.edit(house, edition.id, {"subject": "Another subject"}, actor="eve", now=TUESDAY)
    assert "Another subject" in content(house, announcement).text
    assert draft(house, Kind.EDITION_POST).state is DraftState.IN_REVIEW


def test_a_pass_without_news_makes_no_revision(house: House) -> None:
    """Whatever the order in which its episodes were published: what an editor has looked at stays what it was."""
    for page in SEEDS.iterdir():
        if page.suffix in {".txt", ".md", ".html", ".json"}:
            lay(house, page.name)
    work(house)
    before = [(each.id, each.revision) for each in all_drafts(house)]
    work(house, TUESDAY + HOUR)
    assert [(each.id, each.revision) for each in all_drafts(house)] == before
