"""The worker as a process: it wakes when a file comes, tells each fault once, and ends when it is asked to."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot import clock
from bot.clock import Pass
from bot.collect import Collected
from bot.deliver import Delivered
from bot.house import House
from bot.prepare.everything import Prepared
from tests.conftest import CONFIG as WEEKLY
from tests.http.server import Fate, serving
from tests.platforms.services import Inbox
from tests.work.desk import BENCH, POT, SEEDS

# A tick that never comes in a test: whatever happens, the watch has brought about.
CONFIG = """
data = "data"
tick = "12h"

[[sources]]
path = "inbox"
still = "1s"
{more}
[channels.posts]
platform = "outbox"
"""
PATIENCE = 90.0


class Worker:
    """`pullquote run` in a folder, and the lines that it says."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        for stream in (process.stdout, process.stderr):
            threading.Thread(target=self._hear, args=(stream,), daemon=True).start()

    def hear(self, words: str) -> str:
        """Wait for a line that holds `words`."""
        said = []
        deadline = time.monotonic() + PATIENCE
        while (left := deadline - time.monotonic()) > 0:
            try:
                said.append(self._lines.get(timeout=left))
            except queue.Empty:
                break
            if words in said[-1]:
                return said[-1]
        pytest.fail(f"nothing said '{words}' but {said}")

    def _hear(self, stream: Iterator[str]) -> None:
        for line in stream:
            self._lines.put(line.rstrip())


@contextmanager
def working(home: Path, more: str = "", config: str = CONFIG) -> Iterator[Worker]:
    (home / "pullquote.toml").write_text(config.format(more=more), encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if "DATABASE_URL" not in name}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "run"],
        cwd=home, env=clean | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(SEEDS.parent)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        worker = Worker(process)
        worker.hear("Working on")
        yield worker
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def drop(home: Path, seed: str) -> None:
    (home / "inbox" / seed).write_bytes((SEEDS / seed).read_bytes())


def test_files_that_come_are_read_long_before_the_tick_and_sigterm_ends_it(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    drop(tmp_path, POT)
    with working(tmp_path) as worker:
        worker.hear("1 new episodes")
        drop(tmp_path, BENCH)
        worker.hear("1 new episodes")
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(PATIENCE) == 0


def test_a_worker_loads_nothing_of_ours_after_it_has_begun(tmp_path: Path) -> None:
    """A program that is upgraded under a running worker is not mixed with it."""
    (tmp_path / "inbox").mkdir()
    drop(tmp_path, BENCH)
    (tmp_path / "pullquote.toml").write_text(WEEKLY, encoding="utf-8")
    code = (
        "import sys\nfrom pathlib import Path\nfrom bot import clock, lazily, present, review\n"
        "from bot.config import load\nfrom bot.house import opened\nfrom bot.store import drafts\n"
        "with opened(load(Path('pullquote.toml'))) as house:\n"
        "    lazily.load(*clock.LOADED_LATE)\n"
        "    before = set(sys.modules)\n"
        "    assert clock.one_pass(house).prepared.drafted\n"
        "    with house.store.read() as db:\n"
        "        waiting = drafts.listed(db, drafts.OPEN)\n"
        "    for draft in waiting:\n"
        "        review.approve(house, draft.id, actor='Ada', now=present.now(), at_once=True)\n"
        "    assert clock.one_pass(house).delivered.accepted == len(waiting)\n"
        "print(sorted(name for name in set(sys.modules) - before if name.startswith('bot')))"
    )
    clean = {name: value for name, value in os.environ.items() if "DATABASE_URL" not in name}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, env=clean | {"PYTHONPATH": str(SEEDS.parent)}, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


def test_a_folder_on_another_machine_is_looked_through(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    with working(tmp_path, more="poll = true") as worker:
        drop(tmp_path, POT)
        worker.hear("1 new episodes")


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with working(tmp_path) as worker:
        worker.hear("there is no such folder")
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(PATIENCE) == 0


class Job:
    """Stands for the scheduler's: notes for when the next pass is asked."""

    def __init__(self) -> None:
        self.next_run_time = clock.now() + clock.timedelta(hours=12)
        self.asked: list[float] = []

    def modify(self, *, next_run_time: clock.datetime) -> None:
        self.next_run_time = next_run_time
        self.asked.append((next_run_time - clock.now()).total_seconds())


@pytest.fixture
def passes(house: House) -> clock.Passes:
    made = clock.Passes(house, lambda _: None, lambda _: None)
    made.job = Job()
    return made


def ending(monkeypatch: pytest.MonkeyPatch, *outcomes: Callable[[], Collected]) -> None:
    """Passes that end so, one after the other."""
    left = iter(outcomes)
    monkeypatch.setattr(clock, "one_pass", lambda *_, **__: Pass(next(left)(), Prepared(), 0, Delivered()))


def test_a_hint_during_a_pass_makes_another_follow(passes: clock.Passes, monkeypatch: pytest.MonkeyPatch) -> None:
    def hinted() -> Collected:
        passes.soon()
        assert passes.job.asked == []
        return Collected()

    ending(monkeypatch, hinted, Collected)
    passes.make()
    assert [0 < seconds < 1 for seconds in passes.job.asked] == [True]
    passes.make()
    assert len(passes.job.asked) == 1


def test_a_hint_between_passes_has_the_next_come_at_once(passes: clock.Passes) -> None:
    passes.soon()
    assert 0 < passes.job.asked[0] < 1


def test_unfinished_files_are_looked_at_again_when_they_may_be_still(
    passes: clock.Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending(monkeypatch, lambda: Collected(unfinished=1))
    passes.make()
    assert 1 < passes.job.asked[0] <= 2


def test_each_fault_is_said_once_until_it_is_mended(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    passes = clock.Passes(house, lambda _: None, said.append)
    passes.job = Job()
    faults = [("a",), ("a", "b"), ("b",), ("a", "b")]
    ending(monkeypatch, *[lambda each=each: Collected(faults=each) for each in faults])
    for _ in faults:
        passes.make()
    assert said == ["a", "b", "a"]


TELLING = """
data = "data"
tick = "1s"

[[sources]]
path = "inbox"
still = "0s"

[notices]
kind = "slack"
url_env = "TEST_NOTICES_URL"

[channels.posts]
platform = "outbox"
posts = ["quote"]
"""


def test_a_receiver_of_notices_that_hangs_delays_no_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "inbox").mkdir()
    with serving(Inbox()) as server:
        server.fates.append(Fate.SILENCE_AFTER)
        monkeypatch.setenv("TEST_NOTICES_URL", f"{server.url}/hook")
        with working(tmp_path, config=TELLING) as worker:
            time.sleep(3)  # Telling begins with the first tick; what came before it is not told.
            drop(tmp_path, POT)
            worker.hear("1 new episodes")
            deadline = time.monotonic() + PATIENCE
            while not server.requests and time.monotonic() < deadline:
                time.sleep(0.05)
            begun = time.monotonic()
            drop(tmp_path, BENCH)
            worker.hear("1 new episodes")
            assert time.monotonic() - begun < 10
            assert len(server.requests) == 1, "the first notice still waits for its answer"
