"""The inside of the sandbox: a process that reads one document after another until nobody asks any more.

It loads a reader when it is asked for it for the first time, so that it stays as small as its work allows.
"""

from __future__ import annotations

import contextlib
import math
import os
import pickle
import struct
import sys
import traceback
from importlib import import_module
from importlib.util import find_spec
from typing import IO, NamedTuple

from bot.errors import UnreadableDocument

# Not every system has such limits.
resource = import_module("resource") if find_spec("resource") else None

# What can be asked for, and where it lives.
JOBS = {"feed": ("bot.sources.feed", "parse"), "page": ("bot.sources.page", "read_page")}
# No answer is longer: what was read is never much longer than what it was read from.
_LONGEST = 400_000_000
_LENGTH = struct.Struct("!Q")


class Call(NamedTuple):
    """A job, what it is given, and how many seconds of the processor it may take."""

    job: str
    data: bytes
    name: str
    options: dict[str, str]
    seconds: float


def send(pipe: IO[bytes], value: object) -> None:
    """Write one value to a pipe."""
    data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(_LENGTH.pack(len(data)))
    pipe.write(data)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes:
    """The bytes of the next value, pickled. Raises EOFError where the other end has closed, or talks nonsense."""
    head = pipe.read(_LENGTH.size)
    (length,) = _LENGTH.unpack(head) if len(head) == _LENGTH.size else (0,)
    data = pipe.read(length) if 0 < length <= _LONGEST else b""
    if not data or len(data) < length:
        raise EOFError
    return data


def live(memory: int) -> None:
    """Jobs in, answers out. `memory` is in bytes of address space, for all that the process does."""
    if resource is not None:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Whatever a library prints must not get among the answers.
    jobs, answers, sys.stdout = sys.stdin.buffer, sys.stdout.buffer, sys.stderr
    with contextlib.suppress(EOFError):
        while True:
            call: Call = pickle.loads(receive(jobs))  # noqa: S301 - from our parent
            answer = _answer(call)
            send(answers, (*answer, _resident()))


def _answer(call: Call) -> tuple[str, object]:
    module, function = JOBS[call.job]
    try:
        read = getattr(import_module(module), function)
        _allow(call.seconds)
        return "found", read(call.data, call.name, **call.options)
    except UnreadableDocument as error:
        return "unreadable", (error.name, error.expected, error.remedy, error.line)
    except MemoryError:
        return "memory", None
    except Exception as error:  # noqa: BLE001 - this is where a reading ends, and the next begins
        place = traceback.extract_tb(error.__traceback__)[-1]
        return "fault", f"{type(error).__name__}: {error}"[:200] + f", {place.filename}:{place.lineno}"


def _allow(seconds: float) -> None:
    """The system ends this process when it has used so much more of the processor, even if its parent is gone."""
    if resource is None:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    until = math.ceil(used.ru_utime + used.ru_stime + seconds)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (until, hard))


def _resident() -> int | None:
    """How many bytes of memory this process holds; None where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return None
