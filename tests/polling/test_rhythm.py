"""A show's rhythm is learned from its dates, and decides when the next episode is looked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.polling.rhythm import UNKNOWN, Rhythm, learn, pause

THURSDAY = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
MINUTE = timedelta(minutes=1)


def weekly(count: int, *, late_by: int = 0) -> list[datetime]:
    return [THURSDAY - number * WEEK + (number % 3) * late_by * MINUTE for number in range(count)]


def test_a_weekly_show_keeps_a_slot() -> None:
    rhythm = learn(weekly(10, late_by=20))
    (slot,) = rhythm.slots
    assert abs(slot - (3 * 24 * 60 + 6 * 60)) <= 40
    assert rhythm.gap == pytest.approx(WEEK.total_seconds(), rel=0.01)


def test_a_slot_survives_the_change_of_the_clocks() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    dates = [datetime(2026, 10, 1, 7, 0, tzinfo=berlin) + number * WEEK for number in range(9)]
    assert len(learn(dates).slots) == 1


def test_a_show_of_three_days_a_week_keeps_three_slots() -> None:
    dates = [date + timedelta(days=shift) for date in weekly(8) for shift in (0, 1, 4)]
    assert len(learn(dates).slots) == 3


def test_a_slot_may_lie_across_the_end_of_the_week() -> None:
    sunday = datetime(2026, 11, 29, 23, 55, tzinfo=UTC)
    dates = [sunday - number * WEEK + (number % 2) * 20 * MINUTE for number in range(8)]
    assert len(learn(dates).slots) == 1


def test_a_show_without_habits_keeps_none() -> None:
    dates = [THURSDAY - timedelta(hours=number * number * 31 + number * 7) for number in range(12)]
    assert learn(dates).slots == ()
    assert learn(dates).gap is not None


@pytest.mark.parametrize("dates", [[], [THURSDAY], [THURSDAY, THURSDAY]])
def test_too_few_dates_teach_nothing(dates: list[datetime]) -> None:
    assert learn(dates) == UNKNOWN


def test_around_its_slot_a_show_is_asked_until_its_episode_has_come() -> None:
    rhythm = learn(weekly(10))
    last_week = timedelta(days=7)
    assert pause(rhythm, silent=last_week, now=THURSDAY + 10 * MINUTE) == timedelta()
    assert pause(rhythm, silent=5 * MINUTE, now=THURSDAY + 10 * MINUTE) > timedelta(hours=12)


def test_between_slots_a_show_is_asked_daily_and_the_poll_never_sleeps_through_the_next_slot() -> None:
    rhythm = learn(weekly(10))
    assert pause(rhythm, silent=timedelta(days=2), now=THURSDAY + timedelta(days=2)) == timedelta(days=1)
    shortly_before = THURSDAY - timedelta(hours=2)
    assert pause(rhythm, silent=timedelta(days=6, hours=22), now=shortly_before) <= timedelta(hours=2)


def test_without_a_slot_a_feed_is_asked_more_rarely_the_longer_it_is_silent() -> None:
    rhythm = Rhythm((), gap=timedelta(days=1).total_seconds())
    lively = pause(rhythm, silent=timedelta(hours=3), now=THURSDAY)
    asleep = pause(rhythm, silent=timedelta(days=90), now=THURSDAY)
    assert lively == timedelta(hours=2)
    assert asleep > timedelta(days=7)


@given(st.lists(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2030, 1, 1)), max_size=40))
def test_any_dates_give_a_rhythm_and_any_rhythm_a_pause(dates: list[datetime]) -> None:
    rhythm = learn([date.replace(tzinfo=UTC) for date in dates])
    assert len(rhythm.slots) <= 7
    assert all(0 <= slot < 7 * 24 * 60 for slot in rhythm.slots)
    assert pause(rhythm, silent=timedelta(days=3), now=THURSDAY) >= timedelta()
    assert learn(list(reversed([date.replace(tzinfo=UTC) for date in dates]))) == rhythm
