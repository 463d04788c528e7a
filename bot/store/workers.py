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
    """Whether the worker that holds a delivery is gone."""
    name = delivery.worker or ""
    if name.partition(":")[0] != _host():
        return delivery.lease_until is None or delivery.lease_until < now
    path = _path(folder, name)
    if not path.exists():
        return True
    try:
        with FileLock(path, timeout=0):
            path.unlink(missing_ok=True)
            return True
    except Timeout:
        return False


def _host() -> str:
    return socket.gethostname().replace(":", "-")


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name.replace(':', '_')}.lock"
