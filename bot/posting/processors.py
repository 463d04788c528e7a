"""How many processors this process may use: those it is bound to, or less where a container gets part of their time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from math import floor
from pathlib import Path, PurePosixPath


def processors(root: Path = Path("/")) -> int:
    """At least one; only whole ones count. `root` is where the system tells of itself."""
    shares: list[float] = [_bound()]
    for path, group in _groups(_said(root / "proc/self/cgroup")):
        for each in (PurePosixPath(group), *PurePosixPath(group).parents):
            # What a container is in may be given less than itself. What it cannot see of that is not there.
            share = share_of(*(_said(root / path / str(each).strip("/") / name) for name in _FILES[path]))
            shares += [share] if share is not None else []
    return max(1, floor(min(shares)))


def share_of(quota: str, period: str = "") -> float | None:
    """How many processors a group may use at once, by what the system says of it; None where as many as there are.

    Version 2 says both in one file ("150000 100000", "max 100000"), version 1 in one each ("150000", "-1" for no end).
    """
    try:
        allowed, per = (int(each) for each in (quota.split() if not period else (quota, period)))
    except ValueError:
        return None
    return allowed / per if allowed > 0 and per > 0 else None


# Where groups lie, and the files in which one says how much of the processors' time it is given.
_SECOND, _FIRST = "sys/fs/cgroup", "sys/fs/cgroup/cpu"
_FILES = {_SECOND: ("cpu.max",), _FIRST: ("cpu.cfs_quota_us", "cpu.cfs_period_us")}


def _groups(told: str) -> Iterator[tuple[str, str]]:
    """The groups that this process is in, of those that may be about processors, and where they lie."""
    for line in told.splitlines():
        number, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if number == "0":
            yield _SECOND, group
        elif "cpu" in controllers.split(","):
            yield _FIRST, group


def _said(path: Path) -> str:
    with suppress(OSError, UnicodeDecodeError):
        return path.read_text(encoding="ascii").strip()
    return ""


def _bound() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
