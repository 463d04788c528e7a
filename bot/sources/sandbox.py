"""A place for reading what strangers wrote: a process of its own, which is killed when it takes too long or too much.

The parent never parses. The child does one job after another with a limit on its memory and its time; it is started at
the first job, begun anew after many or when it has grown, and whatever becomes of it concerns that job alone.
"""

from __future__ import annotations

import atexit
import io
import pickle
import signal
import subprocess
import threading
from functools import cache
from types import TracebackType
from typing import Any, Self

from bot.child.process import Child
from bot.errors import UnreadableDocument
from bot.model.episode import Reading
from bot.model.feed import Feed
from bot.sources.sandbox_child import JOBS, LONGEST, Call

_SECONDS = 10.0
# A busy machine gives a job less than a whole processor: it may take so many times longer by the clock on the wall.
_PATIENCE = 3
# Of address space. Reading the largest feed that is allowed was measured to need half of it, an ordinary one a tenth.
_MEMORY = 800_000_000
# A child that is this large when it is idle has read something enormous, and makes room.
_LARGE = 250_000_000
_JOBS_OF_ONE_CHILD = 500
_REMEDY = "If it is meant to be read, look at its source for something that never ends."
# What an answer may be made of. The child reads hostile bytes, so what it says is not unpickled blindly.
_MADE_OF = {
    "bot.model.episode": (
        "Chapter", "Enclosure", "Episode", "Event", "Person", "Reading", "Related", "Remark", "Segment", "Soundbite",
        "Transcript", "TranscriptLink", "Word",
    ),
    "bot.model.feed": ("Feed", "Item"),
    "datetime": ("datetime", "timezone", "timedelta"),
}  # fmt: skip


@cache
def shared() -> Sandbox:
    """The one sandbox of this process: its child is started once, and ended with us."""
    sandbox = Sandbox()
    atexit.register(sandbox.close)
    return sandbox


class Sandbox:
    """Reads feeds and pages in a child process. Safe to share between threads: one job at a time.

    `seconds` (of the processor) and `memory` (bytes of address space) are what one job may take, where the system can
    limit them.
    """

    def __init__(self, *, seconds: float = _SECONDS, memory: int = _MEMORY) -> None:
        self._seconds = seconds
        self._memory = memory
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def parse(self, data: bytes, name: str, content_type: str = "", url: str = "") -> Feed:
        """A feed, as `bot.sources.feed.parse` reads it. Raises UnreadableDocument, also for what takes too much."""
        found = self.run("feed", data, name, {"content_type": content_type, "url": url})
        if not isinstance(found, Feed):
            raise TypeError(f"the child answered with {type(found).__name__} for a feed")
        return found

    def read_page(self, data: bytes, url: str, content_type: str = "") -> Reading:
        """A page, as `bot.sources.page.read_page` reads it. Raises UnreadableDocument, also for what takes too much."""
        found = self.run("page", data, url, {"content_type": content_type})
        if not isinstance(found, Reading):
            raise TypeError(f"the child answered with {type(found).__name__} for a page")
        return found

    def run(self, job: str, data: bytes, name: str, options: dict[str, str]) -> object:
        """What a job of `sandbox_child.JOBS` makes of a document. `name` is what messages call it."""
        if job not in JOBS:
            raise KeyError(job)
        with self._lock:
            call = Call(job, data, name, options, self._seconds)
            try:
                kind, answer = self._asked(call)
            except _Overdue:
                expected = f"it took longer than {self._seconds:g} seconds to read, and reading it was stopped."
                raise UnreadableDocument(name, expected, _REMEDY) from None
            except _Dead as death:
                expected = f"reading it broke the reader ({death}), perhaps for want of memory."
                raise UnreadableDocument(name, expected, _REMEDY) from None
        match kind, answer:
            case "found", found:
                return found
            case "unreadable", (str(what), str(expected), str(remedy), line):
                raise UnreadableDocument(what, expected, remedy, line=line)
            case "memory", _:
                expected = f"reading it needed more than {self._memory // 1_000_000} MB of memory."
                raise UnreadableDocument(name, expected, _REMEDY)
            case _:
                expected = f"reading it failed in a way that we did not foresee ({answer})."
                raise UnreadableDocument(name, expected, "Please report it with the document.")

    @property
    def resident(self) -> int | None:
        """How many bytes of memory the child held after its last job; None while there is none, or where unknown."""
        child = self._child
        return child.resident if child is not None else None

    def close(self) -> None:
        """End the child. Another job would start another."""
        with self._lock:
            self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def _asked(self, call: Call) -> tuple[str, Any]:
        """The answer of a child, which is gone afterwards unless it answered well."""
        child = self._ready()
        answer: tuple[str, Any] | None = None
        try:
            answer = child.answer(call)
        except _Dead:
            # One that did other work before may have died of something else meanwhile.
            if child.jobs == 1:
                raise
        finally:
            if answer is None or answer[0] == "memory":
                self._end()
        return answer if answer is not None else self._asked(call)

    def _ready(self) -> _Child:
        if self._child is not None and self._child.spent:
            self._end()
        if self._child is None:
            self._child = _Child(self._memory)
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()


class _Overdue(Exception):
    """The child was ended because its time was up."""


class _Dead(Exception):
    """The child died without an answer; the text says how."""


class _Child(Child):
    """One that counts its jobs and knows how large it was after the last."""

    def __init__(self, memory: int) -> None:
        super().__init__("bot.sources.sandbox_child", memory)
        self.jobs = 0
        self.resident: int | None = None

    @property
    def spent(self) -> bool:
        """Whether another should take its place."""
        large = self.resident is not None and self.resident > _LARGE
        return large or self.jobs >= _JOBS_OF_ONE_CHILD or not self.alive

    def answer(self, call: Call) -> tuple[str, Any]:
        """Give a job and wait for its answer. Raises _Overdue when time is up, _Dead where there is no answer."""
        self.jobs += 1
        overdue = threading.Event()
        watch = threading.Timer(call.seconds * _PATIENCE, _strike, (self._process, overdue))
        watch.daemon = True
        watch.start()
        try:
            told = self.ask(pickle.dumps(call, protocol=pickle.HIGHEST_PROTOCOL), longest=LONGEST)
            kind, answer, self.resident = _Unpickler(io.BytesIO(told)).load()
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            self._process.kill()
            code = self._process.wait()
            if overdue.is_set() or code == -getattr(signal, "SIGXCPU", 0):
                raise _Overdue from None
            raise _Dead(f"exit code {code}, {type(error).__name__}") from error
        finally:
            watch.cancel()
            watch.join()
            if overdue.is_set():
                self._process.wait()
        return kind, answer


def _strike(process: subprocess.Popen[bytes], overdue: threading.Event) -> None:
    overdue.set()
    process.kill()


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if name not in _MADE_OF.get(module, ()):
            raise pickle.UnpicklingError(f"{module}.{name} is no part of an answer")
        return super().find_class(module, name)
