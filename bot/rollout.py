"""When each request of a mailing leaves: spread over a window, and at most so many mails a day during a warm-up.

Pure: the time comes in as an argument. What has left is read from the ledger, so a restart never bursts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.schedule import instant


@dataclass(frozen=True)
class WarmUp:
    """How many mails may leave on each day of the wall clock of `zone`, from `start` on; later as many as there are.

    Before `start` every day is like the first.
    """

    days: tuple[int, ...]
    start: date
    zone: str

    def most(self, now: datetime) -> int | None:
        """How many may leave on the day of `now`; None: any number."""
        day = (self._day(now) - self.start).days
        return self.days[max(day, 0)] if day < len(self.days) else None

    def since(self, now: datetime) -> datetime:
        """When the day of `now` began."""
        return instant(datetime.combine(self._day(now), time()), ZoneInfo(self.zone))

    def next_day(self, now: datetime, *, like: datetime) -> datetime:
        """The day after that of `now`, at the time of day that the clocks showed at `like`."""
        zone = ZoneInfo(self.zone)
        clock = like.astimezone(zone).time().replace(fold=0)
        return instant(datetime.combine(self._day(now) + timedelta(days=1), clock), zone)

    def _day(self, now: datetime) -> date:
        return now.astimezone(ZoneInfo(self.zone)).date()


def spread_out(earliest: Sequence[datetime], window: timedelta) -> list[datetime]:
    """When each request is due: those that may leave at the same time go evenly over the window that begins then."""
    number, gone = Counter(earliest), Counter[datetime]()
    due = []
    for each in earliest:
        due.append(each + window * gone[each] / number[each])
        gone[each] += 1
    return due


def caught_up(due: Sequence[datetime], now: datetime, *, gap: timedelta) -> list[datetime]:
    """When requests are due that waited too long, in their order: the first now, the others no faster than planned.

    Each goes a `gap` after the one before it at the earliest, and none before its own time.
    """
    found: list[datetime] = []
    for each in due:
        found.append(max(each, found[-1] + gap if found else now))
    return found
