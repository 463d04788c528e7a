"""The whole job in a process that kills itself at a given step.

A step is a moment at which the world outside changes or is about to: before and after every statement that writes,
before and after every commit, and at each folder made, file opened for writing, and rename below the data folder.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot import clock, review
from bot.collect import Place
from bot.config import load
from bot.house import opened
from bot.store import drafts
from bot.store.drafts import OPEN

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
_WRITES = ("INSERT", "UPDATE", "DELETE")
_FILE_EVENTS = frozenset({"os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree"})


class Steps:
    """Counts the steps and ends the process, without any goodbye, at the wanted one."""

    def __init__(self, wanted: int, data: Path) -> None:
        self.wanted = wanted
        self.seen = 0
        self._data = str(data)

    def step(self, *_: Any) -> None:
        self.seen += 1
        if self.seen == self.wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    def around_writes(self, statement: str) -> None:
        if statement.lstrip().upper().startswith(_WRITES):
            self.step()

    def heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        changes = event in _FILE_EVENTS or (event == "open" and _for_writing(arguments))
        if changes and str(arguments[0]).startswith(self._data):
            self.step()


def _for_writing(arguments: tuple[Any, ...]) -> bool:
    _path, mode, flags = arguments
    return "w" in mode if mode else bool((flags or 0) & (os.O_WRONLY | os.O_RDWR))


def work(wanted: int, config: Path, documents: Path, report: Path) -> None:
    """Collect, prepare, approve everything at once, deliver; die at step `wanted`, or write down how many there are."""
    loaded = load(config)
    steps = Steps(wanted, loaded.data)
    _watch(steps)
    with opened(loaded) as house:
        places = (Place(documents, newest=1),)
        clock.one_pass(house, places, clock=lambda: NOW)
        with house.store.read() as db:
            waiting = drafts.listed(db, OPEN)
        for draft in waiting:
            review.approve(house, draft.id, actor="driver", now=NOW, at_once=True)
        clock.one_pass(house, places, clock=lambda: NOW)
    report.write_text(str(steps.seen), encoding="utf-8")


def _watch(steps: Steps) -> None:
    @sa.event.listens_for(sa.Engine, "before_cursor_execute")
    def before(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        steps.around_writes(statement)

    @sa.event.listens_for(sa.Engine, "after_cursor_execute")
    def after(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        steps.around_writes(statement)

    sa.event.listen(sa.Engine, "commit", steps.step)
    # The first moment after a commit at which we are told: its connection is given back.
    sa.event.listen(sa.pool.Pool, "checkin", steps.step)
    sys.addaudithook(steps.heard)
