"""Looks at the sources of what is about to go out once more, so that a correction of the last minute is not missed.

A source that does not answer stops nothing: then nothing says that it has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from bot.collect import feeds, folders, pages, supplying
from bot.collect.outcome import Collected
from bot.house import House
from bot.store import deliveries, episodes, sources, supplements
from bot.store.supplements import Supplement, SupplementKind, SupplementState

# What was asked so recently is not asked again.
_RECENT = timedelta(minutes=2)


def look_again(house: House, clock: Callable[[], datetime]) -> Collected:
    """Ask the sources of every delivery that is due now; what changed becomes a revision of its episode."""
    now = clock()
    ready = [name for name in house.channels if house.may_send(name)]
    with house.store.read() as db:
        due = deliveries.episodes_due(db, at=now, ready=ready)
        if not due:
            return Collected()
        keys = {key for each in due for key, _ in sources.of_episode(db, each)}
        recent = {each.key for each in sources.listed(db, keys) if each.polled_at and now - each.polled_at < _RECENT}
        read = [found for each in due for found in supplements.of_episode(db, each)]
        places = {locator for each in due if (locator := episodes.locator_of(db, each))}
    feeds_asked = sorted(keys - recent)
    total = feeds.poll(house, clock, only=feeds_asked) if feeds_asked else Collected()
    for each in read:
        if each.kind is SupplementKind.TRANSCRIPT and each.state is SupplementState.READ:
            total = total.plus(_transcript(house, each, clock()))
    for place in sorted(places):
        if place.startswith(("http://", "https://")) and "#" not in place:
            total = total.plus(pages.read_again(house, place, clock()))
    return total.plus(_files(house, sorted(places), clock()))


def _transcript(house: House, supplement: Supplement, now: datetime) -> Collected:
    if supplement.read_at is not None and now - supplement.read_at < _RECENT:
        return Collected()
    found = supplying.fetch(supplement, house.fetcher, now, if_changed=True)
    if found.content is None:
        return Collected(
            unanswered=(f"transcript of episode {supplement.episode_id}: {found.message}",) * bool(found.message)
        )
    with house.store.write() as db:
        revised = supplying.store(db, found)
    return Collected(supplied=1, revised=int(revised))


def _files(house: House, locators: Sequence[str], now: datetime) -> Collected:
    """Files that were read by name and that no configured folder holds: the folders were looked at in this pass."""
    paths = [Path(each.partition("#")[0]) for each in locators if not each.startswith(("http://", "https://"))]
    there = [folders.Place(path, newest=0) for path in paths if path.is_file()]
    return folders.collect(house, there, now) if there else Collected()
