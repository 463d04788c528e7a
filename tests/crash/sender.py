"""Delivering to services in a process that kills itself at a given step, or is killed when a service has counted.

A step is a moment at which the world outside changes or is about to: before and after every statement that writes,
before and after every commit, and before every connection to a service.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot import deliver
from bot.config import load
from bot.house import opened
from tests.crash.driver import Steps, _watch
from tests.platforms.services import PASSWORD, SECRET, TOKEN

# Longer than any wait, rest and lag that a service or the policy may ask for in these tests.
PASS_EVERY = timedelta(hours=4)


def environment(hook: str) -> dict[str, str]:
    """What the configuration of these tests names."""
    return {"FEDI_TOKEN": TOKEN, "SKY_PASSWORD": PASSWORD, "HOOK_URL": f"{hook}/hook/1", "HOOK_SECRET": SECRET}


def send(wanted: int, config: Path, hook: str, begin: datetime, passes: int, report: Path, database: str = "") -> None:
    """Make some passes, each a while after the other; die at step `wanted`, or write down how many steps there are.

    `database` is the address of one that is no file.
    """
    os.environ.update(environment(hook))
    if database:
        os.environ["PULLQUOTE_DATABASE_URL"] = database
    loaded = load(config)
    steps = Steps(wanted, loaded.data)
    _watch(steps)

    def heard(event: str, _arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            steps.step()

    sys.addaudithook(heard)
    with opened(loaded) as house:
        for number in range(passes):
            now = begin + number * PASS_EVERY
            deliver.deliver(house, lambda now=now: now)  # type: ignore[misc]
    report.write_text(str(steps.seen), encoding="utf-8")
