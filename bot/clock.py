"""The alarm clock: APScheduler wakes the worker, and the rows in the store say what is due.

The scheduler keeps no state. A tick that was late, doubled or lost changes nothing, because every pass looks at what is
due and not done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from apscheduler.schedulers.blocking import BlockingScheduler

from bot import collect, deliver, review
from bot.collect import Collected, Place
from bot.deliver import Delivered
from bot.house import House
from bot.prepare.changed import hold_changed
from bot.prepare.everything import Prepared, prepare

Told = Callable[[str, int, int], None]


def _nobody(_step: str, _done: int, _total: int) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Pass:
    """What one pass did."""

    collected: Collected
    prepared: Prepared
    approved: int
    delivered: Delivered

    @property
    def idle(self) -> bool:
        """Whether nothing at all was to be done."""
        return (self.collected, self.prepared, self.approved, self.delivered) == (
            Collected(),
            Prepared(),
            0,
            Delivered(stopped=self.delivered.stopped),
        )


def now() -> datetime:
    """The present, in UTC: the only place where the time is read."""
    return datetime.now(UTC)


def one_pass(
    house: House,
    places: tuple[Place, ...] | None = None,
    *,
    told: Told = _nobody,
    clock: Callable[[], datetime] = now,
    polling: bool = True,
) -> Pass:
    """Collect, prepare, approve by policy, deliver: everything that is due, once. `told` hears step, done and total.

    `places` are folders to read in place of the configured sources. Without `polling` no feed is asked, but for those
    of what is about to go out.
    """
    collected = collect.collect(
        house,
        collect.places(house) if places is None else places,
        clock(),
        lambda name, number, total: told(f"reading {name}", number, total),
    )
    if polling:
        collected = collected.plus(poll(house, told=told, clock=clock, feeds=places is None))
    prepared = _prepare(house, told, clock)
    approved = review.approve_by_policy(house, clock())
    changed = collect.look_again(house, clock) if house.frozen() is None else Collected()
    if changed.revised or changed.withdrawn:
        prepared = prepared.plus(_prepare(house, told, clock))
    delivered = deliver.deliver(house, clock, lambda line: told(line, 0, 0))
    return Pass(collected.plus(changed), prepared, approved, delivered)


def poll(house: House, *, told: Told = _nobody, clock: Callable[[], datetime] = now, feeds: bool = True) -> Collected:
    """Ask the feeds that are due, their hubs, and what their episodes point to."""
    asked = collect.poll(house, clock, told) if feeds else Collected()
    collect.subscribe(house, clock)
    return asked.plus(collect.supply(house, clock, told))


def _prepare(house: House, told: Told, clock: Callable[[], datetime]) -> Prepared:
    """What was approved of a source that has changed is held before anything new is made of it."""
    held = hold_changed(house, clock())
    prepared = prepare(house, clock(), lambda done, total: told("digesting", done, total))
    return replace(prepared, held=held)


def run(house: House, told: Callable[[Pass], None]) -> None:
    """Make a pass at every tick until the process is asked to stop. `told` hears of each.

    Feeds are asked beside it: however slowly they answer, what is due goes out in time.
    """
    scheduler = BlockingScheduler(timezone=UTC)
    every = {
        "trigger": "interval",
        "seconds": max(1, int(house.config.tick.total_seconds())),
        "next_run_time": now(),
        "max_instances": 1,
        "coalesce": True,
        "misfire_grace_time": None,
    }
    scheduler.add_job(lambda: told(one_pass(house, polling=False)), **every)
    scheduler.add_job(lambda: told(Pass(poll(house), Prepared(), 0, Delivered())), **every)
    try:
        scheduler.start()
    except (KeyboardInterrupt, SystemExit):
        scheduler.shutdown(wait=True)
