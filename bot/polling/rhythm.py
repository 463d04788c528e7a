"""Learns when a show publishes, and from that when to look for the next episode.

Most shows keep a weekday and an hour. Around such a slot a feed is asked every few minutes, at other times rarely: an
average alone would be late by days for a weekly show, or ask hundreds of times for nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

WEEK = 7 * 24 * 60
# Minutes to either side of a slot in which dates count as keeping it: wide enough for a change of the clocks.
_WIDTH = 90
# A slot needs so many dates, and all slots together this share of them, or the show keeps none.
_LEAST = 3
_SHARE = 0.7
_SLOTS = 7
# How many of the newest dates are looked at.
_LOOKED_AT = 30
# How long before and after a slot its episode is looked for.
_BEFORE = timedelta(minutes=15)
_AFTER = timedelta(hours=3)
# Without slots a feed is asked so many times in its usual gap between two episodes, or in the time it has been silent.
_A_GAP = 12
_DEFAULT = timedelta(hours=1)
# With slots, so rarely outside of them.
_ELSEWHERE = timedelta(days=1)


@dataclass(frozen=True)
class Rhythm:
    """When a show publishes. `slots` are minutes of the week (UTC, Monday 00:00 is 0), `gap` seconds between episodes.

    `gap` is the median, None where fewer than two dates are known.
    """

    slots: tuple[int, ...] = ()
    gap: float | None = None


UNKNOWN = Rhythm()


def learn(dates: Sequence[datetime]) -> Rhythm:
    """The rhythm that lies in the dates of a show's items, whatever their order."""
    newest = sorted(set(dates), reverse=True)[:_LOOKED_AT]
    if len(newest) < 2:
        return UNKNOWN
    gaps = sorted((later - earlier).total_seconds() for later, earlier in pairwise(newest))
    minutes = [_minute(date) for date in newest]
    return Rhythm(_slots(minutes), gaps[len(gaps) // 2])


def pause(rhythm: Rhythm, *, silent: timedelta | None, now: datetime) -> timedelta:
    """How long to wait before asking again, before any bound.

    `silent` is how long ago the newest episode that we know came, None where none is known.
    """
    if rhythm.slots:
        return _until_slot(rhythm.slots, silent=silent, now=now)
    if rhythm.gap is None or silent is None:
        return _DEFAULT
    return max(timedelta(seconds=rhythm.gap), silent) / _A_GAP


def _slots(minutes: Sequence[int]) -> tuple[int, ...]:
    """Centres of the stretches of the week that hold most dates; () where all of them hold too few."""
    left = sorted(minutes)
    found: list[int] = []
    held = 0
    while left and len(found) < _SLOTS:
        centre, inside = max(((c, _near(left, c)) for c in set(left)), key=lambda pair: (len(pair[1]), -pair[0]))
        if len(inside) < _LEAST:
            break
        offsets = sorted(((minute - centre + WEEK // 2) % WEEK) - WEEK // 2 for minute in inside)
        found.append((centre + offsets[len(offsets) // 2]) % WEEK)
        held += len(inside)
        for minute in inside:
            left.remove(minute)
    return tuple(sorted(found)) if held >= _SHARE * len(minutes) else ()


def _near(minutes: Sequence[int], centre: int) -> list[int]:
    return [minute for minute in minutes if abs((minute - centre + WEEK // 2) % WEEK - WEEK // 2) <= _WIDTH]


def _until_slot(slots: Sequence[int], *, silent: timedelta | None, now: datetime) -> timedelta:
    """Nothing while a slot is open and its episode has not come, else the time until the next one opens."""
    here = _minute(now)
    for slot in slots:
        since = (here - slot + int(_BEFORE.total_seconds() // 60)) % WEEK
        opened = timedelta(minutes=since)
        if opened < _BEFORE + _AFTER and (silent is None or silent > opened):
            return timedelta()
    later = bisect_left(slots, here + 1)
    ahead = slots[later] - here if later < len(slots) else slots[0] + WEEK - here
    wait = timedelta(minutes=ahead) - _BEFORE
    return min(max(wait, timedelta()), _ELSEWHERE)


def _minute(moment: datetime) -> int:
    there = moment.astimezone(UTC)
    return there.weekday() * 24 * 60 + there.hour * 60 + there.minute
