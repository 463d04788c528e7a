"""One pass of preparing: every episode that was read since, then every newsletter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.errors import TemplateFault
from bot.house import House
from bot.model.provenance import EpisodeRef
from bot.prepare.drafting import draughts
from bot.prepare.editions import prepare_edition
from bot.prepare.posts import prepare_episode
from bot.store import episodes, events, flags

ACTOR = "pullquote"
# How many references are taken at once: memory does not grow with the backlog.
_BATCH = 200
# After so many episodes that no template could be rendered for, the rest waits as well: they all need the same ones.
_MOST_IN_VAIN = 50


@dataclass(frozen=True)
class Prepared:
    """What one pass prepared: episodes digested, drafts written, drafts that got a new revision.

    `held` approved drafts were stopped because their source has changed. `faults` are of templates: what needed them
    waits, or is held.
    """

    episodes: int = 0
    drafted: int = 0
    revised: int = 0
    held: int = 0
    faults: tuple[str, ...] = ()

    def plus(self, other: Prepared) -> Prepared:
        return Prepared(
            self.episodes + other.episodes,
            self.drafted + other.drafted,
            self.revised + other.revised,
            self.held + other.held,
            tuple(dict.fromkeys((*self.faults, *other.faults))),
        )


def prepare(house: House, now: datetime, told: Callable[[int, int], None] = lambda *_: None) -> Prepared:
    """Bring drafts up to date with the episodes. `told` hears of progress: episodes done, and how many there are."""
    digested = drafted = revised = 0
    in_vain: set[EpisodeRef] = set()
    faults: list[str] = []
    with house.store.read() as db:
        waiting = episodes.count_unprepared(db, now)
    with draughts(house) as model:
        while len(in_vain) < _MOST_IN_VAIN and (batch := _next(house, now, besides=in_vain)):
            for ref in batch:
                try:
                    made, changed = prepare_episode(house, ref, now, model)
                except TemplateFault as fault:
                    in_vain.add(ref)
                    faults += fault.faults
                    _tell(house, f"episode:{ref.episode}", "posts not drafted", f"{fault} It waits until then.", now)
                    continue
                digested, drafted, revised = digested + 1, drafted + made, revised + changed
                told(digested, max(waiting, digested))
    for name in house.config.newsletters:
        try:
            made, changed = prepare_edition(house, name, now)
        except TemplateFault as fault:
            faults += fault.faults
            continue
        drafted, revised = drafted + made, revised + changed
    found = tuple(dict.fromkeys(faults))
    with house.store.read() as db:
        known = flags.template_faults(db)
    if known != list(found):
        house.store.together(lambda db: flags.keep_template_faults(db, found, at=now))
    return Prepared(digested, drafted, revised, faults=found)


def _next(house: House, now: datetime, *, besides: set[EpisodeRef]) -> list[EpisodeRef]:
    with house.store.read() as db:
        found = episodes.unprepared(db, _BATCH + len(besides), now)
    return [ref for ref in found if ref not in besides]


def _tell(house: House, subject: str, what: str, detail: str, now: datetime) -> None:
    with house.store.write() as db:
        events.note_new(db, at=now, actor=ACTOR, subject=subject, what=what, detail=detail)
