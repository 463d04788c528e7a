"""What stands in which slot in the weeks to come, and what stands in each other's way. Sends and changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

from bot.house import House
from bot.model.states import DraftState
from bot.schedule import Schedule, occurrences
from bot.store import drafts, slots
from bot.store.database import Db
from bot.store.drafts import OPEN, Draft
from bot.store.slots import Slot, SlotState

AHEAD = timedelta(weeks=4)
_STANDS = (*OPEN, DraftState.HELD, DraftState.APPROVED, DraftState.SCHEDULED)
# So many drafts are laid out at the most, those due first.
_MOST = 1_000

SAME_EPISODE = "next to another post of the same episode"
SAME_TIME = "at the same time as another post"
FULL = "the day has all its posts"
TOO_MANY = "more posts than this day may have"
PASSED = "its time has passed"
NO_CHANNEL = "its channel is in the configuration no more"


@dataclass(frozen=True)
class Lane:
    """A channel or a newsletter with its times. `per_day` is how many posts a day of `zone` may have; None: any."""

    name: str
    newsletter: bool
    schedules: tuple[Schedule, ...]
    zone: str
    per_day: int | None = None


@dataclass(frozen=True)
class Entry:
    """One time of a lane: what stands there (None: it is free), whether it is a slot, and what is wrong with it.

    `closed` says in words why a slot in which nothing stands cannot be taken; "" where it can be.
    """

    due: datetime
    lane: str
    newsletter: bool
    draft: Draft | None
    slot: bool
    conflicts: tuple[str, ...] = ()
    closed: str = ""

    @property
    def free(self) -> bool:
        return self.draft is None and not self.closed


@dataclass(frozen=True)
class Agenda:
    """`entries` in order of time; `waiting` are the drafts that have no time yet."""

    entries: tuple[Entry, ...]
    waiting: tuple[Draft, ...]


def lanes(house: House) -> tuple[Lane, ...]:
    """Every newsletter, then every channel that takes posts."""
    of_newsletters = (
        Lane(name, newsletter=True, schedules=(table.when,), zone=table.zone)
        for name, table in house.config.newsletters.items()
    )
    of_channels = (
        Lane(name, newsletter=False, schedules=table.schedules, zone=table.zone, per_day=table.per_day)
        for name, table in house.config.channels.items()
        if table.posts
    )
    return (*of_newsletters, *of_channels)


def agenda(house: House, db: Db, now: datetime, *, ahead: timedelta = AHEAD) -> Agenda:
    """The weeks to come as they stand."""
    standing = drafts.listed(db, _STANDS, limit=_MOST, until=now + ahead)
    known = slots.coming(db, since=now, until=now + ahead)
    return laid_out(lanes(house), standing, known, now=now, until=now + ahead)


def laid_out(
    lanes: Sequence[Lane], standing: Sequence[Draft], known: Sequence[Slot], *, now: datetime, until: datetime
) -> Agenda:
    """Drafts laid into the times of their lanes. Pure."""
    found: list[Entry] = []
    named = set()
    for lane in lanes:
        own = [each for each in standing if _lane_of(each) == (lane.newsletter, lane.name)]
        named |= {each.id for each in own}
        found += _lane(lane, own, known, now=now, until=until)
    strangers = [each for each in standing if each.id not in named and each.due_at is not None and each.due_at < until]
    found += [
        Entry(each.due_at, each.channel, newsletter=False, draft=each, slot=False, conflicts=(NO_CHANNEL,))
        for each in strangers
        if each.due_at is not None
    ]
    waiting = tuple(each for each in standing if each.due_at is None)
    return Agenda(tuple(sorted(found, key=lambda entry: (entry.due, entry.lane))), waiting)


def free_for(agenda: Agenda, draft: Draft) -> tuple[Entry, ...]:
    """The free slots of a post's channel, each with what would be wrong with it there."""
    own = [each for each in agenda.entries if each.lane == draft.channel and not each.newsletter]
    beside = [each for each in own if each.draft is not None and each.draft.id != draft.id]
    found = []
    for entry in own:
        if not entry.free:
            continue
        around = sorted([*beside, replace(entry, draft=draft)], key=lambda each: each.due)
        at = next(index for index, each in enumerate(around) if each.draft is draft and each.due == entry.due)
        neighbours = around[max(0, at - 1) : at] + around[at + 1 : at + 2]
        alike = any(_same_episode(draft, each.draft) for each in neighbours)
        found.append(replace(entry, conflicts=(SAME_EPISODE,) if alike else ()))
    return tuple(found)


def _lane_of(draft: Draft) -> tuple[bool, str]:
    return (True, draft.newsletter) if draft.newsletter is not None else (False, draft.channel)


def _lane(
    lane: Lane, own: Sequence[Draft], known: Sequence[Slot], *, now: datetime, until: datetime
) -> Iterable[Entry]:
    schedule = f"{'newsletter' if lane.newsletter else 'channel'}:{lane.name}"
    closed = {each.due_at: each for each in known if each.schedule == schedule and each.state is not SlotState.OPEN}
    times = {
        each.due
        for schedule in lane.schedules
        for each in takewhile(lambda found: found.due < until, occurrences(schedule, now))
    }
    entries = [
        Entry(each.due_at, lane.name, lane.newsletter, each, slot=each.slot_id is not None or each.due_at in times)
        for each in own
        if each.due_at is not None and each.due_at < until
    ]
    per_day = Counter(_day(each.due, lane) for each in entries if each.draft is not None)
    full = {day for day, number in per_day.items() if lane.per_day is not None and number >= lane.per_day}
    taken = {each.due for each in entries}
    for at in times - taken:
        why = FULL if _day(at, lane) in full else ""
        if (slot := closed.get(at)) is not None:
            why = slot.reason or str(slot.state)
        entries.append(Entry(at, lane.name, lane.newsletter, None, slot=True, closed=why))
    crowded = {day for day, number in per_day.items() if lane.per_day is not None and number > lane.per_day}
    return _with_conflicts(entries, lane, crowded, now)


def _with_conflicts(entries: list[Entry], lane: Lane, crowded: set[date], now: datetime) -> list[Entry]:
    ordered = sorted(entries, key=lambda each: each.due)
    standing = [each for each in ordered if each.draft is not None]
    wrong: dict[int, list[str]] = {id(each): [] for each in standing}
    for one, other in pairwise(standing):
        said = [SAME_TIME] if one.due == other.due else []
        said += [SAME_EPISODE] if _same_episode(one.draft, other.draft) else []
        for each in (one, other):
            wrong[id(each)] += said
    for each in standing:
        wrong[id(each)] += [TOO_MANY] if _day(each.due, lane) in crowded else []
        wrong[id(each)] += [PASSED] if each.due < now else []
    return [replace(each, conflicts=tuple(dict.fromkeys(wrong.get(id(each), ())))) for each in ordered]


def _same_episode(one: Draft | None, other: Draft | None) -> bool:
    return one is not None and other is not None and one.episode_id is not None and one.episode_id == other.episode_id


def _day(at: datetime, lane: Lane) -> date:
    return at.astimezone(ZoneInfo(lane.zone)).date()
