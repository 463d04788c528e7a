"""Says when a schedule is due: cron expressions in wall-clock time of an IANA zone, as instants in UTC.

Pure: `now` comes in as an argument. The rule for clock changes, stated once: a local time that does not exist runs at
the first instant that does; a local time that comes twice runs once, the first time. Cron's weekday numbers are the
standard ones (0 and 7 are Sunday).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from itertools import islice, pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

# Where the look at what a schedule does within a year begins, and how many of its times are looked at: one that comes
# more often than that comes twice in a week.
_SOME_MONDAY, _LOOKED_AT = datetime(2026, 1, 5), 60  # noqa: DTZ001 - wall-clock time is naive on purpose

# A day of the week in cron, or a span of them; both 0 and 7 are Sunday.
_DAYS = re.compile(r"([0-7])(?:-([0-7]))?")
_WEEK = 7


@dataclass(frozen=True)
class Schedule:
    """A cron expression of five fields, read in the wall-clock time of `zone`."""

    cron: str
    zone: str


@dataclass(frozen=True)
class Occurrence:
    """One time at which a schedule is due. `wall` is naive local time and names the slot; `due` is the instant."""

    wall: datetime
    due: datetime


@dataclass(frozen=True)
class Rhythm:
    """On which days a schedule comes, where that has a simple name. `weekdays` count from Monday, 0; none is all."""

    weekdays: tuple[int, ...]


def rhythm(schedule: Schedule) -> Rhythm | None:
    """The rhythm of a schedule that comes once a day, on all days or on some of the week, else None."""
    match schedule.cron.split():
        case [minute, hour, "*", "*", days] if minute.isdigit() and hour.isdigit():
            if days == "*":
                return Rhythm(())
            named = [_DAYS.fullmatch(each) for each in days.split(",")]
            spans = [(int(each[1]), int(each[2] or each[1])) for each in named if each]
            if len(spans) < len(named):
                return None
            found = {(day - 1) % 7 for first, last in spans for day in range(first, last + 1)}
            return Rhythm(tuple(sorted(found)) if len(found) < _WEEK else ())
        case _:
            return None


@cache
def oftener_than_weekly(schedule: Schedule) -> bool:
    """Whether a schedule comes twice in some week from Monday to Sunday. What it does within a year counts."""
    wall = CronSim(schedule.cron, _SOME_MONDAY)
    weeks = (each.isocalendar()[:2] for each in islice(wall, _LOOKED_AT) if each < _SOME_MONDAY + timedelta(weeks=53))
    return any(week == next_one for week, next_one in pairwise(weeks))


def fault(schedule: Schedule) -> str | None:
    """What is wrong with a schedule, in a sentence, or None."""
    try:
        ZoneInfo(schedule.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"'{schedule.zone}' is no IANA time zone; write one such as 'Europe/Berlin' or 'UTC'."
    try:
        CronSim(schedule.cron, datetime(2026, 1, 1))  # noqa: DTZ001 - wall-clock time is naive on purpose
    except CronSimError as error:
        return (
            f"'{schedule.cron}' is no cron expression ({error}); write minute, hour, day, month and weekday, "
            "for example '0 9 * * 4' for Thursdays at 09:00."
        )
    return None


def occurrences(schedule: Schedule, after: datetime) -> Iterator[Occurrence]:
    """Every time at which `schedule` is due later than `after`, in order; ends only where the expression does."""
    zone = ZoneInfo(schedule.zone)
    # Two hours back, because the wall clock repeats at most that much when summer time ends.
    start = after.astimezone(zone).replace(tzinfo=None) - timedelta(hours=2)
    previous: datetime | None = None
    for wall in CronSim(schedule.cron, start):
        due = instant(wall, zone)
        if due > after and due != previous:
            yield Occurrence(wall, due)
        previous = due


def at_hour(after: datetime, at: time, zone: ZoneInfo) -> datetime:
    """The first instant from `after` on at which the clocks of `zone` show `at`, and never more than a day later."""
    day = after.astimezone(zone).date()
    for each in (day, day + timedelta(days=1)):
        found = instant(datetime.combine(each, at), zone)
        if found >= after:
            return min(found, after + timedelta(days=1))
    return after + timedelta(days=1)


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which the clocks of `zone` show `wall` for the first time, or jump past it."""
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return first
    return _first_after_gap(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), first, zone)


def _first_after_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The moment at which the clocks jump, known to lie between two instants that stand on either side of it."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
