"""When posts go out: apart from their own kind, not too many a day, never the same line twice, never in a burst."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa

from bot import review
from bot.errors import Refused
from bot.house import House
from bot.model.publication import Post, QuotedSpan
from bot.model.states import DeliveryState, DraftState
from bot.store import drafts
from bot.store.schema import episodes
from tests.work.desk import (
    DAY,
    HOUR,
    MINUTE,
    TUESDAY,
    Scripted,
    a_post,
    all_deliveries,
    all_drafts,
    history,
    over,
    with_config,
    work,
)

NOON = TUESDAY + 4 * HOUR


def episode(house: House, number: int) -> int:
    with house.store.write() as db:
        db.execute(
            sa.insert(episodes).values(
                id=number,
                identity=f"e{number}",
                title="T",
                title_key=f"t{number}",
                locator=f"l{number}",
                first_seen_at=TUESDAY,
                announced=0,
                revision=1,
                prepared_revision=1,
            )
        )
    return number


def post(text: str) -> Post:
    return Post(text, None, "en", (), ())


def scheduled(house: House, text: str, *, of: int | None = None, now: datetime = TUESDAY) -> drafts.Draft:
    return review.approve(house, a_post(house, post(text), key=text, episode=of).id, actor="eve", now=now)


def test_a_post_that_fits_nowhere_but_into_a_taken_slot_goes_some_days_later(house: House) -> None:
    house = over(
        with_config(house, lambda text: text.replace('slots = ["12:00"]', 'slots = ["12:00", "18:00"]')), Scripted()
    )
    one, two = episode(house, 1), episode(house, 2)
    scheduled(house, "First of two.", of=two)
    scheduled(house, "First of one.", of=one)
    assert scheduled(house, "Second of one.", of=one).due_at == NOON + DAY + 6 * HOUR


def test_two_posts_of_one_episode_never_follow_each_other(house: House) -> None:
    house = over(
        with_config(house, lambda text: text.replace('slots = ["12:00"]', 'slots = ["12:00", "18:00"]')), Scripted()
    )
    one, two = episode(house, 1), episode(house, 2)
    first = scheduled(house, "First of one.", of=one)
    other = scheduled(house, "First of two.", of=two)
    again = scheduled(house, "Second of one.", of=one)
    other_again = scheduled(house, "Second of two.", of=two)
    assert [each.due_at for each in (first, other, again, other_again)] == [
        NOON,
        NOON + 6 * HOUR,
        NOON + DAY,
        NOON + DAY + 6 * HOUR,
    ]
    by_time = sorted((each for each in all_drafts(house)), key=lambda each: each.due_at or NOON)
    assert all(before.episode_id != after.episode_id for before, after in pairwise(by_time))


def test_a_gap_before_a_post_of_the_same_episode_is_not_filled_with_another_of_it(house: House) -> None:
    house = over(
        with_config(house, lambda text: text.replace('slots = ["12:00"]', 'slots = ["12:00", "18:00"]')), Scripted()
    )
    one, two = episode(house, 1), episode(house, 2)
    gap = scheduled(house, "To be moved.", of=two)
    scheduled(house, "First of one.", of=one)
    review.reschedule(house, gap.id, due=TUESDAY + 20 * DAY, actor="eve", now=TUESDAY)
    assert scheduled(house, "Second of one.", of=one).due_at == NOON + 20 * DAY


def test_with_nothing_to_put_between_two_posts_of_an_episode_stand_apart(house: House) -> None:
    house = over(
        with_config(house, lambda text: text.replace('slots = ["12:00"]', 'slots = ["12:00", "18:00"]')), Scripted()
    )
    one = episode(house, 1)
    times = [scheduled(house, f"Number {number}.", of=one).due_at for number in range(3)]
    assert times == [NOON, NOON + DAY, NOON + 2 * DAY]


def test_no_more_posts_a_day_than_the_channel_has(house: House) -> None:
    house = over(
        with_config(
            house, lambda text: text.replace('slots = ["12:00"]', 'slots = ["12:00", "14:00", "18:00"]\nper_day = 2')
        ),
        Scripted(),
    )
    times = [scheduled(house, f"Number {number}.").due_at for number in range(3)]
    assert times == [NOON, NOON + 2 * HOUR, NOON + DAY]
    extra = a_post(house, post("At once."), key="extra")
    with pytest.raises(Refused, match="its 2 posts of this day"):
        review.approve(house, extra.id, actor="eve", now=TUESDAY, at_once=True)


def test_the_same_line_never_runs_twice_on_a_channel_also_in_other_words(house: House) -> None:
    house = over(house, Scripted())
    scheduled(house, "You do not own what you may not switch off.")
    repeated = a_post(house, post("Remember: you do not own what you may not switch off!"), key="again")
    with pytest.raises(Refused, match="says what draft 1 says"):
        review.approve(house, repeated.id, actor="eve", now=TUESDAY)
    work(house, NOON)
    with pytest.raises(Refused, match="says what draft 1 says"):
        review.approve(house, repeated.id, actor="eve", now=NOON + 200 * DAY)
    review.edit(house, repeated.id, {"text": "Something else entirely, about bread."}, actor="eve", now=NOON)
    assert review.approve(house, repeated.id, actor="eve", now=NOON).state is DraftState.SCHEDULED


def test_a_line_that_was_given_up_may_run(house: House) -> None:
    house = over(house, Scripted())
    first = scheduled(house, "You do not own what you may not switch off.")
    review.reject(house, first.id, reason="no", actor="eve", now=TUESDAY)
    assert scheduled(house, "You do not own what you may not switch off!").state is DraftState.SCHEDULED


def test_after_a_downtime_what_is_late_is_spread_over_the_next_slots(house: House) -> None:
    house = over(
        with_config(
            house, lambda text: text.replace('slots = ["12:00"]', 'slots = ["12:00", "13:00", "14:00", "20:00"]')
        ),
        service := Scripted(),
    )
    posts = [scheduled(house, f"Number {number}.") for number in range(3)]
    back = NOON + 3 * HOUR  # all three times have passed, none is too late
    assert work(house, back).delivered.accepted == 1
    assert work(house, back + MINUTE).delivered.accepted == 0
    with house.store.read() as db:
        moved = [drafts.get(db, each.id) for each in posts]
    assert [each.state for each in moved] == [DraftState.PUBLISHED, DraftState.SCHEDULED, DraftState.SCHEDULED]
    assert [each.due_at for each in moved] == [NOON, NOON + 8 * HOUR, NOON + DAY]
    assert any("moved to the next slot" in line for line in history(house, f"draft:{posts[1].id}"))
    assert work(house, NOON + 8 * HOUR).delivered.accepted == 1
    assert work(house, NOON + DAY).delivered.accepted == 1
    assert b"20:00" in service.bodies[1], "composed for the time at which it goes out"


def test_what_is_too_late_is_held_and_not_moved(house: House) -> None:
    house = over(
        with_config(house, lambda text: text.replace('slots = ["12:00"]', 'slots = ["12:00", "13:00"]')), Scripted()
    )
    posts = [scheduled(house, f"Number {number}.") for number in range(2)]
    done = work(house, NOON + 8 * HOUR).delivered
    assert (done.accepted, done.held) == (0, 2)
    assert {each.state for each in all_deliveries(house)} == {DeliveryState.HELD}
    assert len(posts) == 2


def test_a_retry_is_no_downtime(house: House) -> None:
    from bot.errors import NotSent

    house = over(
        with_config(house, lambda text: text.replace('slots = ["12:00"]', 'slots = ["12:00", "12:30"]')),
        service := Scripted(script=[NotSent("busy"), NotSent("busy")]),
    )
    for number in range(2):
        scheduled(house, f"Number {number}.")
    work(house, NOON + 5 * MINUTE)
    work(house, NOON + 31 * MINUTE)
    work(house, NOON + HOUR)
    work(house, NOON + 2 * HOUR)
    assert {each.state for each in all_deliveries(house)} == {DeliveryState.ACCEPTED}
    assert len(service.bodies) >= 3


def test_the_day_of_a_channel_is_that_of_its_zone() -> None:
    from bot.intend import _day

    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert _day(late, "UTC").day == 24
    assert _day(late, "Europe/Berlin").day == 25


def test_quotes_decide_what_a_post_says() -> None:
    from bot.intend import line_of
    from bot.model.provenance import EpisodeRef

    quote = QuotedSpan(EpisodeRef(1, 1), 0, 4, "Rest does the work.", "Ada")
    assert line_of(Post("“Rest does the work.” — Ada, https://x.example", None, None, (quote,), ())) == quote.text
    assert timedelta(hours=20) > timedelta()
