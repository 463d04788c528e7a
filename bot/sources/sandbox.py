"""A place for reading what strangers wrote: a process of its own, which is killed when it takes too long or too much.

The parent never parses. The child does one job after another, with a limit on its memory; it is started at the first
job, begun anew after many, and whatever becomes of it concerns that job alone.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import selectors
import struct
import subprocess
import sys
import threading
import time
from functools import cache
from importlib import import_module
from types import TracebackType
from typing import IO, Any, Self

from bot.errors import UnreadableDocument
from bot.model.episode import Reading
from bot.model.feed import Feed

# What can be asked for, and where it lives; loaded in the child only, when it is asked for the first time.
JOBS = {"feed": ("bot.sources.feed", "parse"), "page": ("bot.sources.page", "read_page")}
_SECONDS = 10.0
# Reading the largest feed that is allowed takes less than half of this.
_MEMORY = 1_000_000_000
_JOBS_OF_ONE_CHILD = 500
_LENGTH = struct.Struct("!Q")
_REMEDY = "If it is meant to be read, look at its source for something that never ends."


@cache
def shared() -> Sandbox:
    """The one sandbox of this process: its child is started once, and ended with us."""
    sandbox = Sandbox()
    atexit.register(sandbox.close)
    return sandbox


class Sandbox:
    """Reads feeds and pages in a child process. Safe to share between threads: one job at a time."""

    def __init__(self, *, seconds: float = _SECONDS, memory: int = _MEMORY) -> None:
        self._seconds = seconds
        self._memory = memory
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._done = 0

    def parse(self, data: bytes, name: str, content_type: str = "") -> Feed:
        """A feed, as `bot.sources.feed.parse` reads it. Raises UnreadableDocument, also for what takes too long."""
        found = self.run("feed", name, (data, name), {"content_type": content_type})
        if not isinstance(found, Feed):
            raise TypeError("the child answered with something else")
        return found

    def read_page(self, data: bytes, url: str, content_type: str = "") -> Reading:
        """A page, as `bot.sources.page.read_page` reads it. Raises UnreadableDocument, also for what takes too long."""
        found = self.run("page", url, (data, url), {"content_type": content_type})
        if not isinstance(found, Reading):
            raise TypeError("the child answered with something else")
        return found

    def run(self, job: str, name: str, arguments: tuple[object, ...], options: dict[str, object]) -> object:
        """What a job gives back. `name` is what messages call its document."""
        with self._lock:
            child = self._ready()
            try:
                answer = _exchange(child, (job, arguments, options), self._seconds)
            except TimeoutError:
                self._end()
                expected = f"it took longer than {self._seconds:g} seconds to read, and reading it was stopped."
                raise UnreadableDocument(name, expected, _REMEDY) from None
            except (OSError, EOFError, pickle.UnpicklingError):
                self._end()
                expected = "reading it needed more memory than is allowed, or broke the reader."
                raise UnreadableDocument(name, expected, _REMEDY) from None
            self._done += 1
        match answer:
            case ("found", found):
                return found
            case ("unreadable", (what, expected, remedy, line)):
                raise UnreadableDocument(what, expected, remedy, line=line)
            case ("fault", text):
                expected = f"reading it failed in a way that we did not foresee ({text})."
                raise UnreadableDocument(name, expected, "Please report it with the document.")
            case _:
                raise TypeError("the child answered with something else")

    def close(self) -> None:
        with self._lock:
            self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._child is not None and (self._done >= _JOBS_OF_ONE_CHILD or self._child.poll() is not None):
            self._end()
        if self._child is None:
            # The parent's own paths, so that the child finds what the parent found, wherever it was started.
            environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
            self._child = subprocess.Popen(  # noqa: S603 - our own module, no shell
                [sys.executable, "-m", "bot.sources.sandbox", str(self._memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                # Ctrl-C is for the parent, which then ends the child itself.
                start_new_session=True,
            )
            self._done = 0
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        child.wait()


def _exchange(child: subprocess.Popen[bytes], job: object, seconds: float) -> Any:
    """Give a job and wait for its answer. Raises TimeoutError, EOFError, or OSError for a child that died."""
    if child.stdin is None or child.stdout is None:
        raise EOFError
    until = time.monotonic() + seconds
    _write(child.stdin, job)
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)

        def read(size: int) -> bytes:
            received = bytearray()
            while len(received) < size:
                left = until - time.monotonic()
                if left <= 0 or not selector.select(left):
                    raise TimeoutError
                piece = os.read(child.stdout.fileno(), min(size - len(received), 1 << 20))  # type: ignore[union-attr]
                if not piece:
                    raise EOFError
                received += piece
            return bytes(received)

        (length,) = _LENGTH.unpack(read(_LENGTH.size))
        # What is unpickled was pickled by our own code in our own child.
        return pickle.loads(read(length))  # noqa: S301


def _write(pipe: IO[bytes], value: object) -> None:
    data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(_LENGTH.pack(len(data)))
    pipe.write(data)
    pipe.flush()


def _child() -> None:
    """The life of the child: jobs in, answers out, until nobody asks any more."""
    _limit(int(sys.argv[1]))
    answers, sys.stdout = sys.stdout.buffer, sys.stderr
    while head := sys.stdin.buffer.read(_LENGTH.size):
        (length,) = _LENGTH.unpack(head)
        name, arguments, options = pickle.loads(sys.stdin.buffer.read(length))  # noqa: S301 - from our parent
        _write(answers, _answer(name, arguments, options))


def _answer(name: str, arguments: tuple[object, ...], options: dict[str, object]) -> tuple[str, object]:
    module, function = JOBS[name]
    try:
        return "found", getattr(import_module(module), function)(*arguments, **options)
    except UnreadableDocument as error:
        return "unreadable", (error.name, error.expected, error.remedy, error.line)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - this is where a reading ends, and the next begins
        return "fault", f"{type(error).__name__}: {error}"[:200]


def _limit(memory: int) -> None:
    """Keep the child within its memory, where the system knows how."""
    try:
        import resource
    except ImportError:
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    _child()
