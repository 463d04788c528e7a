"""One pass of preparing: every episode that was read since, then every newsletter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.house import House
from bot.model.provenance import EpisodeRef
from bot.prepare.drafting import draughts
from bot.prepare.editions import prepare_edition
from bot.prepare.posts import prepare_episode
from bot.store import episodes

# How many references are taken at once: memory does not grow with the backlog.
_BATCH = 200


@dataclass(frozen=True)
class Prepared:
    """What one pass prepared: episodes digested, drafts written, drafts that got a new revision.

    `held` approved drafts were stopped because their source has changed.
    """

    episodes: int = 0
    drafted: int = 0
    revised: int = 0
    held: int = 0

    def plus(self, other: Prepared) -> Prepared:
        return Prepared(
            self.episodes + other.episodes,
            self.drafted + other.drafted,
            self.revised + other.revised,
            self.held + other.held,
        )


def prepare(house: House, now: datetime, told: Callable[[int, int], None] = lambda *_: None) -> Prepared:
    """Bring drafts up to date with the episodes. `told` hears of progress: episodes done, and how many there are."""
    digested = drafted = revised = 0
    with house.store.read() as db:
        waiting = episodes.count_unprepared(db, now)
    with draughts(house) as model:
        while batch := _next(house, now):
            for ref in batch:
                made, changed = prepare_episode(house, ref, now, model)
                digested, drafted, revised = digested + 1, drafted + made, revised + changed
                told(digested, max(waiting, digested))
    for name in house.config.newsletters:
        made, changed = prepare_edition(house, name, now)
        drafted, revised = drafted + made, revised + changed
    return Prepared(digested, drafted, revised)


def _next(house: House, now: datetime) -> list[EpisodeRef]:
    with house.store.read() as db:
        return episodes.unprepared(db, _BATCH, now)
