"""The real process is killed at each of its steps and started again: everything is sent, and everything once."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """
data = "data"
[newsletters.weekly]
title = "The Weekly"
sender = "The Weekly <weekly@example.org>"
schedule = "0 9 * * 4"
zone = "Europe/Berlin"
channel = "mail"
[channels.mail]
platform = "outbox"
[channels.social]
platform = "outbox"
posts = ["quote", "episode", "announcement"]
"""
PAGE = """Let the Dough Rest #bread #podcast
A baker explains why rest does more for bread than kneading.
Summary
A baker describes a slow dough. The baker adds that a cold night is worth ten minutes of kneading.
Key Insights
- The baker argues that time is the cheapest ingredient of all.
- The baker warns that a warm kitchen hides mistakes until it is too late.
Topics
Transcript
[0:04] Ada Krumm: People ask me what the secret is. Rest does the work, and you only have to leave it alone.
[0:31] Ada Krumm: A dough that was hurried tells on you by noon. You never get back the hour that you saved.
[1:02] Ada Krumm: Good bread is mostly the courage to do nothing for a while.
More from The Slow Loaf
Where Salt Comes From
A walk along a salt pan with the woman who rakes it.
"""
# A pass has some two hundred steps; by default every so-manieth is tried, with PULLQUOTE_CRASH=all each of them.
STRIDE = 1 if os.environ.get("PULLQUOTE_CRASH") == "all" else 23

pytestmark = pytest.mark.crash


def desk(folder: Path) -> Path:
    (folder / "in").mkdir(parents=True)
    (folder / "pullquote.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "in" / "bread.txt").write_text(PAGE, encoding="utf-8")
    return folder


def call(folder: Path, kill_at: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.survival.driver", str(kill_at), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PULLQUOTE_CONFIG": str(folder / "pullquote.toml")}
    environment.pop("PULLQUOTE_DATABASE_URL", None)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def steps_of(done: subprocess.CompletedProcess[str]) -> int:
    found = re.search(r"steps: (\d+)", done.stderr)
    assert found, done.stderr
    return int(found[1])


def whole_job(folder: Path, kill_at: int = 0, kill_in: str = "") -> int:
    """Read, draft, approve, send, with one of the three commands killed at a step. Returns the steps of that one."""
    counted = 0
    for name, arguments in (
        ("read", ("once", "in")),
        ("approve", ("drafts", "approve", "--all", "--now")),
        ("send", ("once", "in")),
    ):
        if name == kill_in:
            killed = call(folder, kill_at, *arguments)
            if kill_at:
                assert killed.returncode in (-signal.SIGKILL, 0), killed.stderr
            else:
                counted = steps_of(killed)
        again = call(folder, 0, *arguments)
        assert again.returncode == 0, again.stderr
    return counted


def sent(folder: Path) -> list[str]:
    """What went out, by channel and content, without the numbers that a fresh start may count differently."""
    found = []
    for place in sorted((folder / "data" / "outbox").glob("*/*")):
        assert not place.name.startswith("."), f"half-written: {place}"
        content = place / "post.txt" if (place / "post.txt").exists() else place / "message.txt"
        found.append(f"{place.parent.name}: {content.read_text(encoding='utf-8')}")
    return sorted(found)


def ledger(folder: Path) -> dict[str, int]:
    database = sqlite3.connect(folder / "data" / "pullquote.db")
    try:
        return dict(database.execute("SELECT state, count(*) FROM deliveries GROUP BY state").fetchall())
    finally:
        database.close()


@pytest.fixture(scope="module")
def unharmed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = desk(tmp_path_factory.mktemp("unharmed"))
    whole_job(folder)
    return sent(folder)


def test_the_whole_job_sends_an_edition_and_posts(unharmed: list[str]) -> None:
    assert [each.split(":")[0] for each in unharmed] == ["mail", "social", "social", "social"]


@pytest.mark.parametrize("kill_in", ["read", "approve", "send"])
def test_killed_at_any_step_and_started_again_everything_is_sent_once(
    tmp_path: Path, unharmed: list[str], kill_in: str
) -> None:
    total = whole_job(desk(tmp_path / "counted"), 0, kill_in)
    assert total > 10
    # The seed makes the choice of steps differ between the three and stay the same between runs.
    first = random.Random(kill_in).randrange(1, STRIDE + 1)  # noqa: S311 - no secret
    for kill_at in range(first, total + 1, STRIDE):
        folder = desk(tmp_path / f"{kill_at}")
        whole_job(folder, kill_at, kill_in)
        assert sent(folder) == unharmed, f"killed at step {kill_at} of {total} of {kill_in}"
        assert ledger(folder) == {"accepted": 4}, f"killed at step {kill_at} of {total} of {kill_in}"


def test_killed_from_outside_at_random_moments_everything_is_sent_once(tmp_path: Path, unharmed: list[str]) -> None:
    folder = desk(tmp_path / "random")
    chance = random.Random(7)  # noqa: S311 - no secret
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PULLQUOTE_CONFIG": str(folder / "pullquote.toml")}
    environment.pop("PULLQUOTE_DATABASE_URL", None)
    for arguments in (["once", "in"], ["drafts", "approve", "--all", "--now"], ["once", "in"]):
        for _ in range(3):
            process = subprocess.Popen(
                [sys.executable, "-m", "bot", *arguments], cwd=folder, env=environment, stdout=subprocess.DEVNULL
            )
            time.sleep(chance.uniform(0.2, 1.2))
            process.kill()
            process.wait()
        assert call(folder, 0, *arguments).returncode == 0
    assert sent(folder) == unharmed
    assert ledger(folder) == {"accepted": 4}


def test_a_second_and_a_third_pass_send_nothing(tmp_path: Path) -> None:
    folder = desk(tmp_path / "again")
    whole_job(folder)
    before = sent(folder)
    for _ in range(2):
        done = call(folder, 0, "once", "in", "--json")
        assert json.loads(done.stdout)["delivered"]["accepted"] == 0
    assert sent(folder) == before
