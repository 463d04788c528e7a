"""Wakes early when something happens in watched folders. A hint only: the full look at every tick is the truth.

Watchers miss files, lose folders that are made anew, and run out of their system's limits; none of that is an error
here. Where nothing can be watched, waiting is all that is left, and `Watch.why` says so.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Sequence
from pathlib import Path

import watchfiles
from watchfiles import Change

from bot.sources.folder import is_document, is_looked_into

# Changes that come in one stroke, such as a folder moved in, wake once.
_QUIET_MS = 200
_LONGEST_MS = 1_000
# Where the system does not tell of changes (network mounts) the folder is looked through so often.
_POLL_MS = 5_000


class Watch:
    """Waits for changes in folders. To be used by one thread.

    `most` is how many seconds one `wait` may take; `poll` looks by itself instead of asking the system, for network
    mounts. `why` says in words why nothing is watched, or what is not; "" where all is well.
    """

    def __init__(self, folders: Sequence[Path], *, stop: threading.Event, most: float, poll: bool = False) -> None:
        self.why = ""
        self._folders = tuple(folders)
        self._stop = stop
        self._most = most
        self._poll = poll
        self._changes: Generator[set[tuple[Change, str]], None, None] | None = None
        self._watched: tuple[tuple[int, int] | None, ...] = ()

    def wait(self) -> bool:
        """Whether a document came or changed; False after `most` seconds, or when `stop` was set."""
        if self._changes is None or self._watched != self._present():
            self._begin()
        if self._changes is None:
            self._stop.wait(self._most)
            return False
        try:
            changes = next(self._changes, None)
        except (OSError, RuntimeError) as error:
            self.why = f"cannot be watched ({error}): new files are found at the next tick instead"
            changes = None
        if changes is None:
            self._end()
            self._stop.wait(self._most)
        return bool(changes)

    def _end(self) -> None:
        if self._changes is not None:
            self._changes.close()
        self._changes = None

    def _begin(self) -> None:
        """Watch those folders that are there. One that is made, or made anew, is found at the next wait."""
        self._watched = self._present()
        there = [folder for folder, seen in zip(self._folders, self._watched, strict=True) if seen is not None]
        missing = [str(folder) for folder in self._folders if folder not in there]
        self.why = f"not there, so not watched: {', '.join(missing)}" if missing else ""
        self._end()
        if there:
            self._changes = watchfiles.watch(
                *there,
                watch_filter=_matters,
                debounce=_LONGEST_MS,
                step=_QUIET_MS,
                stop_event=self._stop,
                rust_timeout=max(1, int(self._most * 1000)),
                yield_on_timeout=True,
                raise_interrupt=False,
                force_polling=self._poll,
                poll_delay_ms=_POLL_MS,
                ignore_permission_denied=True,
            )

    def _present(self) -> tuple[tuple[int, int] | None, ...]:
        return tuple(_identity(folder) for folder in self._folders)


def _matters(change: Change, path: str) -> bool:
    """Whether a change may bring a document: a deleted file deletes nothing, a temporary one is not there yet."""
    if change is Change.deleted:
        return False
    name = os.path.basename(path)
    return is_document(name) or (is_looked_into(name) and os.path.isdir(path))


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
