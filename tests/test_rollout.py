"""When each request of a mailing leaves: windows, catching up, and a warm-up by the wall clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rollout import WarmUp, caught_up, spread_out

NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
BERLIN = WarmUp((50, 100), date(2026, 10, 24), "Europe/Berlin")


def test_requests_go_evenly_over_the_window_and_each_local_hour_has_one_of_its_own() -> None:
    due = spread_out([NINE] * 4 + [NINE + 6 * HOUR] * 2, HOUR)
    assert [each - NINE for each in due[:4]] == [0 * MINUTE, 15 * MINUTE, 30 * MINUTE, 45 * MINUTE]
    assert [each - NINE for each in due[4:]] == [6 * HOUR, 6 * HOUR + 30 * MINUTE]
    assert spread_out([NINE] * 3, timedelta()) == [NINE] * 3


@settings(max_examples=40)
@given(st.lists(st.integers(0, 600), max_size=30).map(sorted), st.integers(0, 900), st.integers(1, 60))
def test_after_a_downtime_nothing_goes_before_its_time_nor_faster_than_planned(
    planned: list[int], now: int, gap: int
) -> None:
    due = [NINE + each * MINUTE for each in planned]
    moved = caught_up(due, NINE + now * MINUTE, gap=gap * MINUTE)
    assert all(after >= before for before, after in zip(due, moved, strict=True))
    assert all(later - earlier >= gap * MINUTE for earlier, later in pairwise(moved))
    assert not moved or moved[0] == max(due[0], NINE + now * MINUTE)


@pytest.mark.parametrize(
    ("now", "most"),
    [
        (datetime(2026, 10, 1, 12, tzinfo=UTC), 50),  # before it begins
        (datetime(2026, 10, 23, 22, tzinfo=UTC), 50),  # the 24th has begun in Berlin
        (datetime(2026, 10, 24, 21, 59, tzinfo=UTC), 50),
        (datetime(2026, 10, 24, 22, tzinfo=UTC), 100),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), 100),  # a day of 25 hours
        (datetime(2026, 10, 25, 23, tzinfo=UTC), None),
    ],
)
def test_a_warm_up_counts_the_days_of_its_zone(now: datetime, most: int | None) -> None:
    assert BERLIN.most(now) == most


def test_the_rest_goes_on_the_next_day_at_the_same_time_of_day() -> None:
    now = datetime(2026, 10, 24, 14, tzinfo=UTC)
    assert BERLIN.since(now) == datetime(2026, 10, 23, 22, tzinfo=UTC)
    # 10:00 in Berlin, before and after the clocks change.
    slot = datetime(2026, 10, 24, 8, tzinfo=UTC)
    assert BERLIN.next_day(now, like=slot) == datetime(2026, 10, 25, 9, tzinfo=UTC)
