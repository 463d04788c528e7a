"""Cuts sound and films audiograms in a process of its own, which is ended when it takes too long or too much.

A recording comes from anywhere, and its decoder is a hundred thousand lines of C. The process that decodes asks no
address: what it reads of a recording elsewhere is fetched here, a part at a time. Each clip has a process of its own:
nothing of one recording is there for the next.
"""

from __future__ import annotations

import pickle
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.child.process import Child
from bot.errors import PullquoteError, Refused
from bot.media.card import Drawn
from bot.media.ranged import Elsewhere
from bot.media.sound import library
from bot.media.workshop_child import LONGEST, PART, Job, Wanted, unpacked

# Of the processor: the longest audiogram takes a fourth of it on a slow machine. By the clock on the wall it is longer,
# because a recording elsewhere has to be fetched.
SECONDS, PATIENCE = 120.0, 180.0
# Of address space. The longest audiogram in the largest size was measured to need half of it.
MEMORY = 900_000_000
# Clips that are made at once in one process, whoever asks.
_AT_ONCE = 2
_SIGXCPU = getattr(signal, "SIGXCPU", 0)
_FAULT = "the sound of this episode cannot be read: "


class Ended(Exception):
    """The workshop was closed while something was being made; nothing is wrong with it."""


@dataclass(frozen=True)
class Limits:
    """What one clip may take: `seconds` of the processor, `patience` by the clock, `memory` bytes of address space."""

    seconds: float = SECONDS
    patience: float = PATIENCE
    memory: int = MEMORY


class Workshop:
    """Makes clips, each in a child process. Safe to share between threads."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._places = threading.BoundedSemaphore(_AT_ONCE)
        self._lock = threading.Lock()
        self._running: set[Child] = set()
        self._closed = False

    def make(self, source: Path | Elsewhere, wanted: Wanted) -> Drawn:
        """A clip of a recording. Raises Refused, with the reason, for whatever stands in the way; Ended once closed.

        Raises, too, what the reading of a recording elsewhere did (`Elsewhere.fault`).
        """
        library()
        with self._places, TemporaryDirectory(prefix="pullquote-") as folder:
            job = Job(
                source.size if isinstance(source, Elsewhere) else str(source.resolve()),
                wanted,
                folder,
                self._limits.seconds,
            )
            child = self._begun()
            try:
                return self._answered(child, pickle.dumps(job), source)
            finally:
                with self._lock:
                    self._running.discard(child)
                child.end()

    def close(self) -> None:
        """End what is being made, and make nothing more."""
        with self._lock:
            self._closed = True
            for child in self._running:
                child.kill()

    def _begun(self) -> Child:
        with self._lock:
            if self._closed:
                raise Ended
            child = Child("bot.media.workshop_child", self._limits.memory)
            self._running.add(child)
            return child

    def _answered(self, child: Child, job: bytes, source: Path | Elsewhere) -> Drawn:
        deadline = time.monotonic() + self._limits.patience
        watch = threading.Timer(self._limits.patience, child.kill)
        watch.daemon = True
        watch.start()
        try:
            head, content = unpacked(child.ask(job, longest=LONGEST))
            while "read" in head:
                head, content = unpacked(child.ask(b"=" + _part(source, *head["read"]), longest=LONGEST))
        except (OSError, EOFError, ValueError, TypeError):
            raise self._why(child, source, late=time.monotonic() >= deadline) from None
        finally:
            watch.cancel()
        if (fault := _fault(source)) is not None:
            raise fault
        match head:
            case {"made": [str(mime), int() | None as width, int() | None as height, float() | None as duration]}:
                return Drawn(content, mime, width, height, duration)
            case {"refused": str(why)}:
                raise Refused(why)
            case {"memory": _}:
                raise Refused(f"{_FAULT}it takes more than {self._limits.memory // 1_000_000} MB of memory.")
            case _:
                raise Refused(f"{_FAULT}reading it failed in a way that we did not foresee ({head.get('fault')}).")

    def _why(self, child: Child, source: Path | Elsewhere, *, late: bool) -> Exception:
        """Why a child gave no answer."""
        if self._closed:
            return Ended()
        if (fault := _fault(source)) is not None:
            return fault
        code = child.ended()
        if late:
            return Refused(f"{_FAULT}its clip was not made within {self._limits.patience:g} seconds, and was given up.")
        if code == -_SIGXCPU:
            return Refused(f"{_FAULT}it took more than {self._limits.seconds:g} seconds of work, and was given up.")
        return Refused(f"{_FAULT}it broke the decoder (exit code {code}), perhaps for want of memory.")


def _part(source: Path | Elsewhere, at: int, size: int) -> bytes:
    """What the child may have of a recording elsewhere. Raises ValueError where it asks for something else."""
    if not isinstance(source, Elsewhere) or not 0 <= size <= PART:
        raise ValueError("the child asked for what it has no use for")
    source.seek(at)
    return source.read(size)


def _fault(source: Path | Elsewhere) -> PullquoteError | None:
    return source.fault if isinstance(source, Elsewhere) else None
