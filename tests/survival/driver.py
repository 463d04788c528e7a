"""Runs the real command line and kills itself, without warning, at one of its steps.

`python -m tests.survival.driver STEP ARGUMENTS…`: a step is a commit, a statement that writes, or a file that is opened
for writing, renamed, made or removed. STEP 0 kills nothing and prints to standard error how many steps there were.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import sqlalchemy as sa

from bot.cli.main import main

KILL_AT = int(sys.argv[1])
_WRITES = ("INSERT", "UPDATE", "DELETE", "CREATE")
_FILES = ("os.rename", "os.mkdir", "os.remove", "os.rmdir")
steps = 0


def step() -> None:
    global steps
    steps += 1
    if steps == KILL_AT:
        os.kill(os.getpid(), signal.SIGKILL)


def heard(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _FILES or (event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax")):
        step()


@sa.event.listens_for(sa.Engine, "before_cursor_execute")
def before(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    if statement.lstrip().upper().startswith(_WRITES):
        step()


@sa.event.listens_for(sa.Engine, "commit")
def committing(_connection: Any) -> None:
    step()


sys.addaudithook(heard)
sys.argv = ["pullquote", *sys.argv[2:]]
try:
    main()
finally:
    print(f"steps: {steps}", file=sys.stderr)
