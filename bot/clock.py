"""The alarm clock: APScheduler wakes the worker, and the rows in the store say what is due.

The scheduler keeps no state. A tick that was late, doubled or lost changes nothing, because every pass looks at what is
due and not done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from apscheduler.schedulers.blocking import BlockingScheduler

from bot import collect, deliver, review, watch
from bot.collect import Collected, Place
from bot.deliver import Delivered
from bot.house import House
from bot.prepare.everything import Prepared, prepare


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
    told: Callable[[str, int, int], None] = lambda *_: None,
    clock: Callable[[], datetime] = now,
) -> Pass:
    """Collect, prepare, approve by policy, deliver: everything that is due, once. `told` hears step, done and total."""
    collected = collect.collect(
        house,
        collect.places(house) if places is None else places,
        clock(),
        lambda name, number, total: told(f"reading {name}", number, total),
    )
    prepared = prepare(house, clock(), lambda done, total: told("digesting", done, total))
    approved = review.approve_by_policy(house, clock())
    delivered = deliver.deliver(house, clock, lambda line: told(line, 0, 0))
    watch.watch(house, clock)
    return Pass(collected, prepared, approved, delivered)


def run(house: House, told: Callable[[Pass], None]) -> None:
    """Make a pass at every tick until the process is asked to stop. `told` hears of each."""
    scheduler = BlockingScheduler(timezone=UTC)
    scheduler.add_job(
        lambda: told(one_pass(house)),
        "interval",
        seconds=max(1, int(house.config.tick.total_seconds())),
        next_run_time=now(),
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
    )
    try:
        scheduler.start()
    except (KeyboardInterrupt, SystemExit):
        scheduler.shutdown(wait=True)
