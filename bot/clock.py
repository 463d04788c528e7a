"""The alarm clock: APScheduler wakes the worker, and the rows in the store say what is due.

The scheduler keeps no state. A tick that was late, doubled or lost changes nothing, because every pass looks at what is
due and not done.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot import collect, deliver, lazily, notify, review, watch
from bot.collect import Collected, Patience, Place
from bot.deliver import Delivered
from bot.house import House
from bot.prepare.changed import hold_changed
from bot.prepare.cutting import make_clips
from bot.prepare.everything import Prepared, prepare
from bot.present import now
from bot.sources.watch import Watch

# So long a pass by itself makes clips, at its end; what is left comes in the next.
_CUTTING = timedelta(minutes=2)
# So long a watcher has to end when the process is asked to.
_FAREWELL = 5.0
# The scheduler drops a pass that comes before it has put down the last one.
_SOON = timedelta(milliseconds=200)
# What passes load only when it is asked for.
LOADED_LATE = (
    "bot.collect",
    "bot.deliver",
    "bot.http",
    "bot.media",
    "bot.platforms.paging",
    "bot.platforms.paging_by_mail",
    "bot.preflight",
    "bot.render",
    "bot.ways",
)

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
        return (self.collected, replace(self.prepared, faults=()), self.approved, self.delivered) == (
            Collected(),
            Prepared(),
            0,
            Delivered(stopped=self.delivered.stopped),
        )


def one_pass(
    house: House,
    places: tuple[Place, ...] | None = None,
    *,
    told: Told = _nobody,
    clock: Callable[[], datetime] = now,
    polling: bool = True,
    patience: Patience | None = None,
    rest: Callable[[float], object] = lambda _: None,
) -> Pass:
    """Collect, prepare, approve by policy, deliver: everything that is due, once. `told` hears step, done and total.

    `places` are folders to read in place of the configured sources. Without `polling` no feed is asked, but for those
    of what is about to go out, no clip is made, and nobody is told outside the desk: `run` does this beside the passes.
    With `patience` a file that is being written is not read before it is still. `rest` waits for so many seconds, as a
    service asked.
    """
    collected = collect.collect(
        house,
        collect.places(house) if places is None else places,
        clock(),
        lambda name, number, total: told(f"reading {name}", number, total),
        patience=patience,
    )
    if polling:
        collected = collected.plus(poll(house, told=told, clock=clock, feeds=places is None))
    prepared = _prepare(house, told, clock)
    approved = review.approve_by_policy(house, clock())
    changed = collect.look_again(house, clock) if house.frozen() is None else Collected()
    if changed.revised or changed.withdrawn:
        prepared = prepared.plus(_prepare(house, told, clock))
    delivered = deliver.deliver(house, clock, lambda line: told(line, 0, 0), rest)
    watch.watch(house, clock)
    if polling:
        prepared = prepared.plus(Prepared(revised=make_clips(house, clock, within=_CUTTING)))
        notify.notify(house, clock)
    return Pass(collected.plus(changed), prepared, approved, delivered)


def poll(house: House, *, told: Told = _nobody, clock: Callable[[], datetime] = now, feeds: bool = True) -> Collected:
    """Ask the feeds that are due, their hubs, what their episodes point to, and for the pictures of their shows."""
    asked = collect.poll(house, clock, told) if feeds else Collected()
    collect.subscribe(house, clock)
    supplied = collect.supply(house, clock, told)
    collect.copy_artworks(house, clock)
    return asked.plus(supplied)


def _prepare(house: House, told: Told, clock: Callable[[], datetime]) -> Prepared:
    """What was approved of a source that has changed is held before anything new is made of it."""
    held = hold_changed(house, clock())
    prepared = prepare(house, clock(), lambda done, total: told("digesting", done, total))
    return replace(prepared, held=held)


def patience() -> Patience:
    """Waits a moment for files that are being written."""
    return Patience(time.time, time.sleep)


def run(
    house: House,
    told: Callable[[Pass], None],
    noticed: Callable[[str], None] = lambda _: None,
    asked_to_stop: Callable[[], object] = lambda: threading.Event().wait(),
) -> None:
    """Make a pass at every tick until `asked_to_stop` comes back, or Ctrl-C is pressed. `told` hears of each pass.

    A change in a watched folder makes the next pass come at once. Feeds are asked, clips are made and editors are told
    beside it: however slowly anybody answers, what is due goes out in time. `noticed` hears in words of folders that
    cannot be looked into or watched.
    """
    # One pass by itself needs no scheduler.
    from apscheduler.schedulers.background import BackgroundScheduler

    lazily.load(*LOADED_LATE)
    scheduler = BackgroundScheduler(timezone=UTC)
    # A pass that outlasts its tick is no fault: the next one comes when it has ended.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    every = {
        "trigger": "interval",
        "seconds": max(1, int(house.config.tick.total_seconds())),
        "next_run_time": now(),
        "max_instances": 1,
        "coalesce": True,
        "misfire_grace_time": None,
    }
    passes = Passes(house, told, noticed)
    passes.job = scheduler.add_job(passes.make, **every)
    scheduler.add_job(lambda: told(Pass(poll(house), Prepared(), 0, Delivered())), **every)
    scheduler.add_job(lambda: told(_of_clips(make_clips(house, now))), **every)
    scheduler.add_job(lambda: notify.notify(house, now), **every)
    stop = threading.Event()
    watchers = [
        threading.Thread(target=_wake, args=(watch, passes, stop, noticed), name="watch", daemon=True)
        for watch in _watches(house, stop)
    ]
    for watcher in watchers:
        watcher.start()
    try:
        with suppress(KeyboardInterrupt, SystemExit):
            scheduler.start()
            asked_to_stop()
    finally:
        stop.set()
        house.workshop.close()
        scheduler.shutdown(wait=True)
        for watcher in watchers:
            watcher.join(timeout=_FAREWELL)


def _of_clips(made: int) -> Pass:
    return Pass(Collected(), Prepared(revised=made), 0, Delivered())


class Passes:
    """Makes passes, one at a time, and has the next one come early where there is something to be done."""

    job: Any = None

    def __init__(self, house: House, told: Callable[[Pass], None], noticed: Callable[[str], None]) -> None:
        self._house = house
        self._told = told
        self._noticed = noticed
        self._faults: frozenset[str] = frozenset()
        self._patience = Patience(time.time)
        self._lock = threading.Lock()
        self._busy = False
        self._again = False

    def make(self) -> None:
        """One pass. Files that are being written are looked at again as soon as they may be still."""
        with self._lock:
            self._busy, self._again = True, False
        try:
            done = one_pass(self._house, polling=False, patience=self._patience, rest=time.sleep)
            self._told(done)
            self.notice((*done.collected.faults, *done.prepared.faults))
        finally:
            with self._lock:
                self._busy = False
                again = self._again
        if again or done.delivered.unfinished:
            self.job.modify(next_run_time=now() + _SOON)
        elif done.collected.unfinished:
            still = max((place.still for place in collect.places(self._house)), default=_SOON)
            self.job.modify(next_run_time=min(now() + max(still, _SOON), self.job.next_run_time))

    def soon(self) -> None:
        """Have a pass at once, or right after the one that is being made."""
        with self._lock:
            self._again = self._busy
            if self._busy:
                return
        self.job.modify(next_run_time=now() + _SOON)

    def notice(self, faults: Iterable[str]) -> None:
        """Say each fault once, until it is mended."""
        present = frozenset(faults)
        for fault in sorted(present - self._faults):
            self._noticed(fault)
        self._faults = present


def _watches(house: House, stop: threading.Event) -> list[Watch]:
    """One for the folders of this machine, one for those of others."""
    places = collect.places(house)
    most = house.config.tick.total_seconds()
    here, elsewhere = ([place.folder for place in places if place.poll is poll] for poll in (False, True))
    return [
        Watch(folders, stop=stop, most=most, poll=polled)
        for folders, polled in ((here, False), (elsewhere, True))
        if folders
    ]


def _wake(watch: Watch, passes: Passes, stop: threading.Event, noticed: Callable[[str], None]) -> None:
    said = ""
    while not stop.is_set():
        if watch.wait():
            passes.soon()
        if watch.why != said:
            said = watch.why
            if said:
                noticed(f"Folders: {said}.")
