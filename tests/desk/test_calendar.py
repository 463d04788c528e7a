"""The calendar: what stands in each slot, what is in each other's way, and moving a post by a form."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot import agenda, review
from bot.agenda import FULL, NO_CHANNEL, PASSED, SAME_EPISODE, SAME_TIME, TOO_MANY, Lane, laid_out
from bot.errors import Refused
from bot.house import House
from bot.model.editor import Role
from bot.model.publication import Kind, Post
from bot.model.states import DraftState
from bot.schedule import Schedule
from bot.store import deliveries, drafts, slots
from bot.store.drafts import Draft
from bot.store.slots import SlotState
from tests.desk.visits import Visit
from tests.work.desk import DAY, HOUR, POT, TUESDAY, WEEK, a_post, draft, lay, with_config, work
from tests.work.test_slots_of_channels import episode

NOON = TUESDAY + 4 * HOUR
UNTIL = TUESDAY + 4 * WEEK
LANE = Lane("posts", newsletter=False, schedules=(Schedule("0 12 * * *", "UTC"),), zone="UTC")


def made(number: int, due: datetime | None, *, of: int | None = None, channel: str = "posts") -> Draft:
    return Draft(
        id=number,
        key=str(number),
        kind=Kind.QUOTE_POST,
        channel=channel,
        newsletter=None,
        number=None,
        episode_id=of,
        state=DraftState.SCHEDULED,
        title=f"T{number}",
        revision=1,
        edits={},
        slot_id=None,
        due_at=due,
        after_id=None,
        held_reason="",
        made_at=TUESDAY,
        changed_at=TUESDAY,
    )


def wrong(*standing: Draft, lane: Lane = LANE) -> dict[int, tuple[str, ...]]:
    found = laid_out([lane], standing, [], now=TUESDAY, until=UNTIL)
    return {each.draft.id: each.conflicts for each in found.entries if each.draft is not None}


def test_every_slot_of_four_weeks_is_there_once_taken_or_free() -> None:
    found = laid_out([LANE], [made(1, NOON), made(2, NOON + HOUR), made(3, None)], [], now=TUESDAY, until=UNTIL)
    assert [each.due for each in found.entries if each.slot] == [NOON + day * DAY for day in range(28)]
    assert [each.draft.id for each in found.entries if each.draft] == [1, 2]
    assert [each.slot for each in found.entries if each.draft] == [True, False]
    assert sum(each.free for each in found.entries) == 27
    assert [each.id for each in found.waiting] == [3]


def test_two_posts_of_one_episode_in_a_row_are_in_conflict_and_others_are_not() -> None:
    assert wrong(made(1, NOON, of=7), made(2, NOON + DAY, of=7)) == {1: (SAME_EPISODE,), 2: (SAME_EPISODE,)}
    assert wrong(made(1, NOON, of=7), made(2, NOON + DAY, of=8), made(3, NOON + 2 * DAY, of=7)) == {1: (), 2: (), 3: ()}
    assert wrong(made(1, NOON), made(2, NOON + DAY)) == {1: (), 2: ()}, "posts of no episode say nothing alike"


def test_what_is_late_doubled_too_many_or_homeless_is_said() -> None:
    assert wrong(made(1, TUESDAY - HOUR)) == {1: (PASSED,)}
    assert wrong(made(1, NOON), made(2, NOON)) == {1: (SAME_TIME,), 2: (SAME_TIME,)}
    one_a_day = replace(LANE, per_day=1)
    assert wrong(made(1, NOON), made(2, NOON + HOUR), lane=one_a_day) == {1: (TOO_MANY,), 2: (TOO_MANY,)}
    assert wrong(made(1, NOON, channel="gone")) == {1: (NO_CHANNEL,)}


def test_a_full_day_has_no_free_slot_in_the_zone_of_its_channel() -> None:
    lane = replace(LANE, schedules=(Schedule("0 8,23 * * *", "Asia/Tokyo"),), zone="Asia/Tokyo", per_day=1)
    # 23:00 in Tokyo is 14:00 UTC of the same day there; 8:00 of the next day is 23:00 UTC of this one.
    found = laid_out([lane], [made(1, datetime(2026, 11, 25, 23, 0, tzinfo=UTC))], [], now=TUESDAY, until=UNTIL)
    closed = {each.due: each.closed for each in found.entries if each.closed}
    assert closed == {datetime(2026, 11, 26, 14, 0, tzinfo=UTC): FULL}


def test_a_slot_next_to_its_own_episode_is_offered_with_a_warning() -> None:
    moving = made(2, NOON + 6 * DAY, of=7)
    found = laid_out([LANE], [made(1, NOON + 2 * DAY, of=7), moving], [], now=TUESDAY, until=UNTIL)
    free = {each.due: each.conflicts for each in agenda.free_for(found, moving)}
    assert free[NOON + 3 * DAY] == (SAME_EPISODE,)
    assert NOON + 2 * DAY not in free
    assert NOON + 6 * DAY not in free


@pytest.fixture
def visit(house: House) -> Visit:
    episode(house, 7)
    for number in (1, 2):
        a_post(house, Post(f"Words number {number}.", None, "en", (), ()), key=str(number), episode=7)
    return Visit(house)


def again(visit: Visit, number: int) -> Draft:
    with visit.house.store.read() as db:
        return drafts.get(db, number)


def test_a_post_moves_by_a_form_and_its_slot_is_free_again(visit: Visit) -> None:
    review.approve(visit.house, 1, actor="eve", now=TUESDAY)
    assert again(visit, 1).due_at == NOON
    assert 'href="/drafts/1/slot"' in visit.text("/calendar")
    shown = visit.text("/drafts/1/slot")
    times = re.findall(r'<option value="([^"]+)"', shown)
    assert NOON.isoformat() not in times
    assert len(times) == 27
    assert visit.post("/drafts/1/slot", due=times[3]).status_code == 303
    moved = again(visit, 1)
    assert (moved.state, moved.due_at) == (DraftState.SCHEDULED, datetime.fromisoformat(times[3]))
    with visit.house.store.read() as db:
        assert [(each.state, each.due_at) for each in deliveries.of_draft(db, 1)] == [("planned", moved.due_at)]
        states = {each.due_at: each.state for each in slots.coming(db, since=TUESDAY, until=UNTIL)}
    assert states == {NOON: SlotState.OPEN, moved.due_at: SlotState.TAKEN}
    assert review.approve(visit.house, 2, actor="eve", now=TUESDAY).due_at is not None


def test_a_slot_may_be_given_before_the_approval(visit: Visit) -> None:
    due = NOON + 5 * DAY
    assert visit.post("/drafts/2/slot", due=due.isoformat()).status_code == 303
    assert again(visit, 2).state is DraftState.IN_REVIEW
    assert review.approve(visit.house, 2, actor="eve", now=TUESDAY).due_at == due
    assert "T" in visit.text("/calendar?of=posts")


@pytest.mark.parametrize(
    "due",
    [
        "",
        "noon",
        "2026-11-25T12:00",
        "2026-11-25T12:01:00+00:00",
        "2026-11-23T12:00:00+00:00",
        "9999-12-31T23:59:59+00:00",
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_a_time_that_is_no_free_slot_is_refused(visit: Visit, due: str) -> None:
    assert visit.post("/drafts/1/slot", due=due).status_code in (400, 409)
    assert again(visit, 1).due_at is None


def test_a_taken_slot_and_a_full_day_are_refused(visit: Visit) -> None:
    review.approve(visit.house, 1, actor="eve", now=TUESDAY)
    answer = visit.post("/drafts/2/slot", due=NOON.isoformat())
    assert answer.status_code == 409
    assert "taken" in answer.text
    full = with_config(
        visit.house, lambda text: text.replace('slots = ["12:00"]', 'slots = ["12:00", "18:00"]\nper_day = 1')
    )
    with pytest.raises(Refused, match="per_day"):
        review.move_to_slot(full, 2, due=NOON + 6 * HOUR, actor="eve", now=TUESDAY)
    assert again(visit, 2).due_at is None


def test_an_edition_and_its_announcement_go_with_the_newsletter(house: House) -> None:
    lay(house, POT)
    work(house)
    visit = Visit(house)
    for kind in (Kind.EDITION, Kind.EDITION_POST):
        number = draft(house, kind).id
        assert "goes with its newsletter" in visit.text(f"/drafts/{number}/slot")
        assert visit.post(f"/drafts/{number}/slot", due=(NOON + DAY).isoformat()).status_code == 409
    shown = visit.text("/calendar?of=weekly")
    assert draft(house, Kind.EDITION).title in shown.replace("&#39;", "'")


def test_only_who_may_approve_moves(house: House) -> None:
    a_post(house, Post("Words.", None, "en", (), ()))
    visit = Visit(house, role=Role.EDITOR)
    assert visit.post("/drafts/1/slot", due=(NOON + DAY).isoformat()).status_code == 403
    assert "/slot" not in visit.text("/calendar")


def test_the_calendar_is_in_the_editors_own_zone_and_in_whole_weeks(house: House) -> None:
    a_post(house, Post("Words.", None, "en", (), ()))
    review.approve(house, 1, actor="eve", now=TUESDAY)
    visit = Visit(house, zone="Pacific/Auckland")
    shown = visit.text("/calendar")
    # Noon in UTC is one o'clock of the next morning there.
    assert re.search(
        r'<h3>Wed 25</h3>\s*<ul class="entries" data-list><li[^>]*><span class="of"><time [^>]*>01:00', shown
    )
    assert shown.count('class="days"') * 7 == len(re.findall(r'<li class="day[ "]', shown))


def test_500_drafts_make_no_heavy_page(house: House) -> None:
    with house.store.write() as db:
        for number in range(500):
            new = drafts.NewDraft(
                key=str(number),
                kind=Kind.EPISODE_POST,
                channel="posts",
                title=f"T{number}",
                payload=b"{}",
                due_at=TUESDAY + timedelta(hours=number),
            )
            drafts.create(db, new, actor="eve", at=TUESDAY)
    visit = Visit(house)
    shown = visit.text("/calendar")
    assert len(shown) < 100_000
    assert "16 more on this day" in shown
    assert visit.text("/calendar?of=posts&day=2026-11-26").count("/slot") == 24
    for day in ("x", "0001-01-01", "2026-02-30"):
        assert visit.get(f"/calendar?day={day}").status_code == 200
