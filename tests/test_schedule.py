"""When a schedule is due: wall-clock time stays wall-clock time, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.schedule import Schedule, fault, instant, occurrences, oftener_than_weekly

BERLIN = ZoneInfo("Europe/Berlin")


def walls(cron: str, zone: str, after: datetime, number: int) -> list[str]:
    """Local times with their offsets, as a person in that zone would read them."""
    found = islice(occurrences(Schedule(cron, zone), after), number)
    return [each.due.astimezone(ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M %z") for each in found]


def test_weekly_at_nine_in_berlin_stays_at_nine_across_both_clock_changes() -> None:
    assert walls("0 9 * * 4", "Europe/Berlin", datetime(2026, 3, 20, tzinfo=UTC), 2) == [
        "Thu 2026-03-26 09:00 +0100",
        "Thu 2026-04-02 09:00 +0200",
    ]
    assert walls("0 9 * * 4", "Europe/Berlin", datetime(2026, 10, 21, tzinfo=UTC), 2) == [
        "Thu 2026-10-22 09:00 +0200",
        "Thu 2026-10-29 09:00 +0100",
    ]


@pytest.mark.parametrize(
    ("cron", "often"),
    [
        ("0 9 * * *", True),
        ("0 9 * * 1,4", True),
        ("0 9 * * 0,1", True),
        ("0 9 1-3 * *", True),
        ("*/5 * * * *", True),
        ("0 9 * * 4", False),
        ("0 9 1,15 * *", False),
        ("0 9 31 12 *", False),
        ("0 9 1 1 *", False),
    ],
)
def test_a_schedule_that_comes_twice_in_some_week_comes_more_than_weekly(cron: str, often: bool) -> None:
    assert oftener_than_weekly(Schedule(cron, "UTC")) is often


def test_weekday_numbers_are_those_of_cron_and_not_of_python() -> None:
    for sunday in ("0 9 * * 0", "0 9 * * 7", "0 9 * * SUN"):
        assert walls(sunday, "UTC", datetime(2026, 11, 24, tzinfo=UTC), 1) == ["Sun 2026-11-29 09:00 +0000"]


def test_a_local_time_that_does_not_exist_runs_at_the_first_instant_that_does() -> None:
    assert walls("30 2 * * *", "Europe/Berlin", datetime(2026, 3, 28, 12, tzinfo=UTC), 2) == [
        "Sun 2026-03-29 03:00 +0200",
        "Mon 2026-03-30 02:30 +0200",
    ]


def test_a_local_time_that_comes_twice_runs_once() -> None:
    assert walls("30 2 * * *", "Europe/Berlin", datetime(2026, 10, 24, 12, tzinfo=UTC), 2) == [
        "Sun 2026-10-25 02:30 +0200",
        "Mon 2026-10-26 02:30 +0100",
    ]
    between = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
    assert walls("30 2 * * *", "Europe/Berlin", between, 1) == ["Mon 2026-10-26 02:30 +0100"]


def test_several_times_inside_one_gap_are_one_occurrence() -> None:
    found = walls("*/15 2 * * *", "Europe/Berlin", datetime(2026, 3, 28, 12, tzinfo=UTC), 2)
    assert found == ["Sun 2026-03-29 03:00 +0200", "Mon 2026-03-30 02:00 +0200"]


@pytest.mark.parametrize(
    ("cron", "zone", "says"),
    [
        ("0 9 * *", "UTC", "no cron expression"),
        ("0 25 * * *", "UTC", "no cron expression"),
        ("0 9 30 2 *", "UTC", "no cron expression"),
        ("0 9 * * 4", "Europe/Bonn", "no IANA time zone"),
        ("0 9 * * 4", "../etc/passwd", "no IANA time zone"),
    ],
)
def test_a_fault_says_what_to_write_instead(cron: str, zone: str, says: str) -> None:
    sentence = fault(Schedule(cron, zone))
    assert sentence is not None
    assert says in sentence
    assert "write" in sentence


@given(
    after=st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2035, 1, 1), timezones=st.just(UTC)),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]),
)
def test_a_daily_schedule_is_due_exactly_once_on_each_local_day(
    after: datetime, hour: int, minute: int, zone: str
) -> None:
    found = list(islice(occurrences(Schedule(f"{minute} {hour} * * *", zone), after), 5))
    assert all(each.due > after for each in found)
    days = [each.wall.date() for each in found]
    assert days == [days[0] + timedelta(days=n) for n in range(5)]
    assert all(instant(each.wall, ZoneInfo(zone)) == each.due for each in found)
