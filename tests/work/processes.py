"""The processes that a worker has for posting, and whether they live, as the system tells it."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

_PATIENCE = 20.0


def posting(worker: int | str = "self") -> set[int]:
    """Those of a process; "self" is this one."""
    found = set[int]()
    with suppress(FileNotFoundError, ProcessLookupError):
        for path in Path(f"/proc/{worker}/task").glob("*/children"):
            for each in path.read_text().split():
                if b"bot.posting.child" in Path(f"/proc/{each}/cmdline").read_bytes():
                    found.add(int(each))
    return found


def ends(process: int) -> bool:
    """Whether it ends, if it is waited for; who has nobody to bury it has ended too."""
    until = time.monotonic() + _PATIENCE
    with suppress(FileNotFoundError, ProcessLookupError):
        while Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
            if time.monotonic() > until:
                return False
            time.sleep(0.01)
    return True
