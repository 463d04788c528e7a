"""What each kind of reader gets of an edition, and when: worked out once for all who have chosen the same. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.model.choices import Choice
from bot.model.publication import Story
from bot.model.subscriber import Leaning, Length, Wishes
from bot.schedule import at_hour, instant
from bot.text import fold

# Every kind of mail is a request of its own at the least. Beyond so many kinds "more" is left aside for an edition:
# it is a kindness, where "less" is a promise.
MOST_KINDS = 200
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Hours:
    """At which hour readers get an edition that is due at `slot`, and not before `now`.

    `ours` is the newsletter's zone; `local` says whether a reader's own hour counts, `usual` is the hour of those who
    gave a zone and no hour.
    """

    slot: datetime
    now: datetime
    ours: str
    local: bool = False
    usual: time | None = None


@dataclass(frozen=True)
class Turn:
    """What those get who have chosen what `key` stands for, and when. `choice` is None where nothing is left of it."""

    key: str
    choice: Choice | None
    due_at: datetime


@dataclass(frozen=True)
class Days:
    """When the month and the week of an edition's day begin, and the next day, in the newsletter's own zone."""

    month: datetime
    week: datetime
    tomorrow: datetime


def days_of(slot: datetime, zone: ZoneInfo) -> Days:
    """The days by which promises are kept: one edition in each month or in each week from Monday to Sunday (ISO 8601),
    and a pause that is over on its last day.
    """
    day = slot.astimezone(zone).date()
    begins = (day.replace(day=1), day - _DAY * day.weekday(), day + _DAY)
    return Days(*(instant(datetime.combine(each, time()), zone) for each in begins))


def turns(kinds: Callable[[], Iterable[tuple[str, Wishes]]], stories: Sequence[Story], hours: Hours) -> Iterator[Turn]:
    """The turn of each kind of reader. `kinds` is asked twice, because a long list of them stands nowhere whole."""
    different: set[Choice | None] = set()
    for _, wishes in kinds():
        different.add(choice_of(wishes, stories))
        if len(different) > MOST_KINDS:
            break
    plain = len(different) > MOST_KINDS
    for key, wishes in kinds():
        choice = choice_of(wishes, stories)
        if plain and choice is not None:
            choice = replace(choice, more=frozenset())
        yield Turn(key, choice, due_at(wishes, hours))


def choice_of(wishes: Wishes, stories: Sequence[Story]) -> Choice | None:
    """What a reader gets of an edition; None where they left out all of it.

    A show that is left out is left out. A topic that is left out takes its episodes with it, unless more of their show
    or of another of their topics is wanted. Who gets the whole edition has no more to get.
    """
    shows, topics = _by_key(wishes.shows), _by_key(wishes.topics)
    out, more = set(), set()
    for story in stories:
        show = shows.get(_key(story.show)) if story.show else None
        leanings = {topics.get(_key(topic)) for topic in story.topics}
        if show is Leaning.LESS:
            out.add(story.episode)
        elif show is Leaning.MORE or Leaning.MORE in leanings:
            more.add(story.episode)
        elif Leaning.LESS in leanings:
            out.add(story.episode)
    if stories and len(out) == len({each.episode for each in stories}):
        return None
    return Choice(wishes.length, frozenset(out), frozenset(more) if wishes.length is not Length.FULL else frozenset())


def due_at(wishes: Wishes, hours: Hours) -> datetime:
    """When a reader's mail is due: at their hour on the day of the edition, within 24 hours of its slot; else now."""
    if not hours.local or (not wishes.zone and wishes.hour is None):
        return hours.now
    at = time(wishes.hour) if wishes.hour is not None else hours.usual
    try:
        zone = ZoneInfo(wishes.zone or hours.ours)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return hours.now  # a name that this machine knows no more keeps nobody from their edition
    return max(hours.now, at_hour(hours.slot, at, zone)) if at is not None else hours.now


def _by_key(names: Iterable[tuple[str, Leaning]]) -> dict[str, Leaning]:
    return {_key(name): leaning for name, leaning in names}


def _key(name: str) -> str:
    """A name as it is compared: capitals and spaces make no difference."""
    return fold(name).casefold()
