"""The real process is killed at every step of the job and started again: nothing is lost, nothing goes out twice."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.model.states import DeliveryState, DraftState
from bot.store import deliveries
from bot.store.database import Store, sqlite_url
from bot.store.schema import drafts as drafts_table
from bot.store.schema import episode_revisions, events
from bot.store.schema import slots as slots_table
from tests.crash import driver

pytestmark = pytest.mark.crash

ROOT = Path(__file__).resolve().parents[2]
SHARES = 12
# By default every eleventh step (before a write and after one in turns); PULLQUOTE_CRASH=all takes each.
STRIDE = 1 if os.environ.get("PULLQUOTE_CRASH") == "all" else 11

# Imports once, then forks: each run is a process of its own that can be killed, at a tenth of the price.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(
    [
        "tests.crash.driver",
        "alembic.command",
        "alembic.runtime.migration",
        "sqlalchemy.dialects.sqlite.pysqlite",
        "httpcore",
    ]
)

CONFIG = """
data = "data"

[newsletters.weekly]
title = "The Test Post"
address = "The Test Post, 2 Proof Lane, Setterby"
zone = "UTC"
channel = "mail"

[channels.mail]
platform = "outbox"

[channels.posts]
platform = "outbox"
posts = ["quote", "announcement"]
zone = "UTC"
"""


@dataclass(frozen=True)
class World:
    """What can be seen from outside after the job: the files that went out, and what the store says of it."""

    published: dict[str, bytes]
    drafts: list[tuple[str, str, int]]
    deliveries: dict[DeliveryState, int]
    accepted: Counter[str]
    revisions: int
    slots: int


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, World]:
    """How many steps the job has, and the world after a run that nobody disturbed."""
    home = _home(tmp_path_factory.mktemp("undisturbed"))
    assert _run(home, step=0) == 0
    return int((home / "report").read_text()), _world(home)


def test_the_undisturbed_job_sends_everything_once(undisturbed: tuple[int, World]) -> None:
    steps, world = undisturbed
    assert steps > 200
    assert world.deliveries[DeliveryState.ACCEPTED] == 3 == sum(world.deliveries.values())
    assert {state for _key, state, _revision in world.drafts} == {DraftState.PUBLISHED}
    assert len({Path(name).parent for name in world.published}) == 3


@pytest.mark.parametrize("share", range(SHARES))
def test_a_worker_killed_at_any_step_leaves_nothing_lost_and_nothing_doubled(
    share: int, undisturbed: tuple[int, World], tmp_path: Path
) -> None:
    steps, expected = undisturbed
    for step in range(1 + share * STRIDE, steps + 1, SHARES * STRIDE):
        home = _home(tmp_path / str(step))
        if _run(home, step=step) != -signal.SIGKILL:
            # Two channels beside each other take a few steps more or fewer: only the last ones may not be reached.
            assert int((home / "report").read_text()) < step, f"step {step} was reached, and the job lived on"
            assert step > 0.9 * steps, f"step {step} of {steps} was not reached"
        _assert_nothing_half_done_is_seen(home, expected, step)
        for time_after in ("first", "second"):
            assert _run(home, step=0) == 0, f"the {time_after} run after a kill at step {step} failed"
            assert _world(home) == expected, f"the {time_after} run after a kill at step {step}"
        shutil.rmtree(home)


def test_a_worker_killed_twice_in_one_job_leaves_nothing_lost_and_nothing_doubled(
    undisturbed: tuple[int, World], tmp_path: Path
) -> None:
    steps, expected = undisturbed
    chosen = random.Random(7)  # noqa: S311 - the same steps each time
    for number in range(4):
        home = _home(tmp_path / str(number))
        for step in (chosen.randrange(1, steps), chosen.randrange(1, steps // 3)):
            _run(home, step=step)
        assert _run(home, step=0) == 0
        assert _world(home) == expected


def test_the_command_line_killed_at_random_times_sends_everything_once(
    undisturbed: tuple[int, World], tmp_path: Path
) -> None:
    """Nobody tells the process when to die: it is killed from outside, wherever it stands."""
    _steps, expected = undisturbed
    home = _home(tmp_path / "home")
    chosen = random.Random(11)  # noqa: S311
    commands = (["once", "docs"], ["drafts", "approve", "--all", "--now"], ["once", "docs"])
    killed = 0
    for command in commands:
        for _ in range(3):
            process = _start(home, command)
            time.sleep(chosen.uniform(0.25, 0.9))
            process.kill()
            killed += process.wait() == -signal.SIGKILL
        assert _start(home, command).wait() in (0, 4)
    assert killed >= 4
    seen = _world(home)
    assert seen.deliveries == expected.deliveries
    assert set(seen.accepted.values()) == {1}
    assert len({Path(name).parent for name in seen.published}) == 3
    assert [(key, state) for key, state, _ in seen.drafts] == [(key, state) for key, state, _ in expected.drafts]


def _home(path: Path) -> Path:
    (path / "docs").mkdir(parents=True)
    (path / "c.toml").write_text(CONFIG, encoding="utf-8")
    shutil.copy(ROOT / "seeds" / "unhurried-pot-14.txt", path / "docs")
    return path


def _run(home: Path, *, step: int) -> int | None:
    process = _PROCESSES.Process(target=driver.work, args=(step, home / "c.toml", home / "docs", home / "report"))
    process.start()
    process.join(60)
    return process.exitcode


def _start(home: Path, command: list[str]) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if "DATABASE_URL" not in name}
    return subprocess.Popen(
        [sys.executable, "-m", "bot", *command, "--config", "c.toml"],
        cwd=home,
        env=environment | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _assert_nothing_half_done_is_seen(home: Path, expected: World, step: int) -> None:
    for name, content in _published(home).items():
        assert expected.published.get(name) == content, f"{name} after a kill at step {step}"
    folders = Counter(str(Path(name).parent) for name in _published(home))
    whole = Counter(str(Path(name).parent) for name in expected.published)
    assert all(whole[folder] == files for folder, files in folders.items()), f"a folder of half the files, step {step}"


def _published(home: Path) -> dict[str, bytes]:
    """Every file in the outbox that a person would see, by its path there."""
    outbox = home / "data" / "outbox"
    return {
        str(path.relative_to(outbox)): path.read_bytes()
        for path in sorted(outbox.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(outbox).parts)
    }


def _world(home: Path) -> World:
    store = Store(sqlite_url(home / "data" / "pullquote.db"))
    with store.read() as db:
        accepted = sa.select(events.c.subject).where(
            events.c.subject.startswith("delivery:"), events.c.what == DeliveryState.ACCEPTED
        )
        world = World(
            published=_published(home),
            drafts=[
                (row.key, row.state, row.revision)
                for row in db.execute(sa.select(drafts_table).order_by(drafts_table.c.key))
            ],
            deliveries=deliveries.tally(db),
            accepted=Counter(db.scalars(accepted)),
            revisions=db.scalar(sa.select(sa.func.count()).select_from(episode_revisions)) or 0,
            slots=db.scalar(sa.select(sa.func.count()).select_from(slots_table)) or 0,
        )
    store.close()
    return world
