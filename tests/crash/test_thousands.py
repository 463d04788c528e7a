"""Thousands of deliveries of every tier, through misfortunes, with workers that are killed over and over.

By default 600 on SQLite, and as many on PostgreSQL, where two workers send at once and both are killed;
PULLQUOTE_CRASH=all sends 6,000 on each. What must come out: exactly one post of each where the service lets us know,
never two where it does not, and every doubtful one parked and counted.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.config import load
from bot.drafting.payload import freeze
from bot.house import House, channel_platforms
from bot.intend import intend
from bot.model.publication import Kind, Post
from bot.model.states import DeliveryState, DraftState
from bot.store import deliveries, drafts
from bot.store.database import Db, Store
from bot.store.drafts import NewDraft
from bot.store.schema import deliveries as table
from tests.crash import sender
from tests.crash.outside import MISFORTUNES, NAMES, NOW, Outside, config, opened_outside
from tests.crash.sender import PASS_EVERY
from tests.http.server import Fate

pytestmark = pytest.mark.crash

ALL = os.environ.get("PULLQUOTE_CRASH") == "all"
SEEDS = range(5 if ALL else 1)
# The list of a Mastodon account is looked through for 200 posts; these passes send all at one moment of a still clock.
_MANY = {"sky": 450, "fedi": 150, "goto": 150, "hook": 450}
POSTS = _MANY if ALL else {name: many // 2 for name, many in _MANY.items()}
MOST = 60 if ALL else 20
# One request in so many meets a misfortune; two refusals for speed in a row among them.
EVERY = 12
ROUNDS = 400
PLANNED = sum(POSTS.values())
PUBLISHING = {"sky": "putRecord", "fedi": "/statuses", "goto": "/statuses", "hook": "/hook/"}
ASKABLE = ("sky", "fedi", "goto")
_PENDING = (DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.SENDING)

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.crash.sender", "tests.crash.driver", "httpcore"])


@dataclass
class Crowd:
    """Some workers on one house, that may be killed: at a step, at a moment, or when a service has counted."""

    home: Path
    url: str
    outside: Outside
    workers: int
    chance: random.Random
    kills: int = 0

    def run(self, begin: datetime, *, deadly: bool) -> list[int | None]:
        """One pass of each worker; gives how each ended."""
        self.outside.counted, self.outside.kill_at = 0, 0
        how = self.chance.choice(("step", "moment", "counted")) if deadly else ""
        processes = [self._start(begin, how) for _ in range(self.workers)]
        self.outside.worker = processes[0].pid or 0
        if how == "counted":
            self.outside.kill_at = self.chance.randrange(1, 60)
        timers = []
        if how == "moment":
            timers = [threading.Timer(self.chance.uniform(0.1, 0.9), each.kill) for each in processes]
            for timer in timers:
                timer.start()
        for each in processes:
            each.join(120)
        for timer in timers:
            timer.cancel()
        ended = [each.exitcode for each in processes]
        self.kills += ended.count(-signal.SIGKILL)
        return ended

    def _start(self, begin: datetime, how: str) -> BaseProcess:
        step = self.chance.randrange(20, 400) if how == "step" else 0
        hook = self.outside.servers["hook"].url
        report = self.home / "report"
        process = _PROCESSES.Process(
            target=sender.send, args=(step, self.home / "c.toml", hook, begin, 1, report, self.url)
        )
        process.start()
        return process


@pytest.fixture
def outside() -> Iterator[Outside]:
    with opened_outside() as found:
        found.begin()
        yield found


@pytest.mark.parametrize("seed", SEEDS)
def test_of_thousands_of_deliveries_none_is_lost_and_none_goes_twice(
    seed: int, database_url: str, outside: Outside, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same misfortunes each time
    home = tmp_path / "home"
    home.mkdir()
    workers = 1 if database_url.startswith("sqlite") else 2
    crowd = Crowd(home, database_url, outside, workers, chance)
    for name in NAMES:
        outside.servers[name].at = PUBLISHING[name]
        for _ in range(POSTS[name] // EVERY):
            fate = chance.choice([*MISFORTUNES, Fate.SLOW_DOWN])
            outside.servers[name].fates.extend([Fate.FINE] * chance.randrange(EVERY) + [fate])
            if fate is Fate.SLOW_DOWN:
                outside.servers[name].fates.append(Fate.SLOW_DOWN)
    with ExitStack() as stack:
        store = Store(database_url)
        stack.callback(store.close)
        plan_them(home, store, outside)
        begin = NOW
        for _ in range(ROUNDS):
            begin += PASS_EVERY
            for name in ("fedi", "goto"):
                outside.services[name].at = begin
            ended = crowd.run(begin, deadly=crowd.kills < MOST)
            assert set(ended) <= {0, -signal.SIGKILL}
            found = assert_the_balance_holds(store, outside)
            unsettled = sum(found[state] for state in _PENDING) + _askable_in_doubt(store)
            if not unsettled:
                break
        else:
            pytest.fail(f"not done after {ROUNDS} rounds: {found}")
        posts, parked = assert_one_of_each(store, outside)
        with store.read() as db:
            assert len(deliveries.needing_somebody(db)) == parked
    assert crowd.kills >= MOST // 3
    with capsys.disabled():
        print(
            f" {database_url.partition(':')[0]}: {PLANNED} deliveries, {workers} at once, {crowd.kills} kills: {posts} "
            f"posts, 0 doubles, {parked} of the blind service parked;",
            end="",
        )


def plan_them(home: Path, store: Store, outside: Outside) -> None:
    """Approve as many posts on each channel, all due, with the store's own means."""
    (home / "c.toml").write_text(config(outside), encoding="utf-8")
    (home / "data").mkdir()
    os.environ.update(sender.environment(outside.servers["hook"].url))
    loaded = load(home / "c.toml")
    house = House(loaded, store, channel_platforms(loaded))
    for name in NAMES:
        with store.write() as db:
            for number in range(POSTS[name]):
                _approve(house, db, name, number)


def _approve(house: House, db: Db, channel: str, number: int) -> None:
    post = Post(_text(channel, number), None, "en", (), ())
    new = NewDraft(f"{channel}:{number}", Kind.EDITION_POST, channel, "T", freeze(post), due_at=NOW)
    draft = drafts.create(db, new, actor="eve", at=NOW)
    drafts.approve(db, draft, actor="eve", at=NOW)
    intend(house, db, draft, NOW)
    drafts.move(db, drafts.get(db, draft.id), DraftState.SCHEDULED, actor="eve", at=NOW)


def _text(channel: str, number: int) -> str:
    return f"Post {number} of {channel}."


def arrived(outside: Outside, name: str) -> Counter[str]:
    """The texts that a service shows, each with its number."""
    if name == "hook":
        return Counter(json.loads(each)["data"]["text"] for each in outside.texts(name))
    return Counter(outside.texts(name))


def assert_the_balance_holds(store: Store, outside: Outside) -> dict[DeliveryState, int]:
    """Planned = accepted + rejected + unknown + held + cancelled + pending, and what is accepted is there."""
    with store.read() as db:
        found = deliveries.tally(db)
        accepted = db.scalars(sa.select(table.c.channel).where(table.c.state == DeliveryState.ACCEPTED))
        there_by_ledger = Counter(accepted)
    assert sum(found.values()) == PLANNED
    assert not found[DeliveryState.REJECTED] + found[DeliveryState.HELD] + found[DeliveryState.CANCELLED]
    for name, number in there_by_ledger.items():
        there = arrived(outside, name)
        assert set(there.values()) == {1}, f"{name}: {[text for text, times in there.items() if times > 1]}"
        assert number <= len(there), f"{name}: more accepted than there are"
    return found


def _askable_in_doubt(store: Store) -> int:
    with store.read() as db:
        return sum(each.channel in ASKABLE for each in deliveries.unknown(db))


def assert_one_of_each(store: Store, outside: Outside) -> tuple[int, int]:
    """Gives how many posts there are, and how many deliveries wait for a person."""
    for name in ASKABLE:
        assert arrived(outside, name) == Counter(_text(name, number) for number in range(POSTS[name])), name
    on_hook = arrived(outside, "hook")
    assert set(on_hook.values()) == {1}, "never two on a blind service"
    with store.read() as db:
        found = deliveries.tally(db)
        doubtful = deliveries.unknown(db)
        there = {json.loads(each.body)["data"]["text"] for each in doubtful} & set(on_hook)
    assert {each.channel for each in doubtful} <= {"hook"}
    parked = found[DeliveryState.UNKNOWN]
    assert found[DeliveryState.ACCEPTED] + parked == PLANNED
    # Every post of the blind service is either known, or one of the parked.
    assert len(on_hook) == POSTS["hook"] - parked + len(there)
    return sum(sum(arrived(outside, name).values()) for name in NAMES), parked
