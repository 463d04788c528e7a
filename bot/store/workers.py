"""Tells living workers from dead ones, so that only what a dead one held is taken up again.

On one machine a worker holds a lock file for as long as it lives: the system lets go of it however the process ends.
A worker on another machine counts as dead when its lease has run out.
"""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from bot.store.deliveries import Delivery


@contextmanager
def at_work(folder: Path) -> Iterator[str]:
    """Be a worker for the length of the block; gives the worker's name. `folder` holds the lock files."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{_host()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    path = _path(folder, name)
    with FileLock(path):
        try:
            yield name
        finally:
            path.unlink(missing_ok=True)


def dead(delivery: Delivery, *, folder: Path, now: datetime) -> bool:
    """Whether the worker that holds a delivery is gone.

    Only a lock file that is there and not locked proves a death. Without one (another machine, another data folder, a
    worker that failed in an orderly way) the lease has to run out first.
    """
    name = delivery.worker or ""
    path = _path(folder, name)
    if name.partition(":")[0] == _host() and path.exists():
        return _free(path)
    return delivery.lease_until is None or delivery.lease_until < now


def sweep(folder: Path) -> None:
    """Remove the lock files of workers that are gone."""
    for path in folder.glob("*.lock"):
        if _free(path):
            path.unlink(missing_ok=True)


def _free(path: Path) -> bool:
    try:
        with FileLock(path, timeout=0):
            return True
    except Timeout:
        return False


def _host() -> str:
    return socket.gethostname().replace(":", "-")


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name.replace(':', '_')}.lock"
