"""The inside of the sandbox: a process that reads one document after another until nobody asks any more.

It loads a reader when it is asked for it for the first time, so that it stays as small as its work allows.
"""

from __future__ import annotations

import os
import pickle
import traceback
from importlib import import_module
from typing import NamedTuple

from bot.child.inside import allow, serve
from bot.errors import UnreadableDocument

# What can be asked for, and where it lives.
JOBS = {"feed": ("bot.sources.feed", "parse"), "page": ("bot.sources.page", "read_page")}
# No answer is longer: what was read is never much longer than what it was read from.
LONGEST = 400_000_000


class Call(NamedTuple):
    """A job, what it is given, and how many seconds of the processor it may take."""

    job: str
    data: bytes
    name: str
    options: dict[str, str]
    seconds: float


def live(memory: int) -> None:
    """Jobs in, answers out. `memory` is in bytes of address space, for all that the process does."""
    serve(_told, memory=memory, longest=LONGEST)


def _told(job: bytes) -> bytes:
    call: Call = pickle.loads(job)  # noqa: S301 - from our parent
    return pickle.dumps((*_answer(call), _resident()), protocol=pickle.HIGHEST_PROTOCOL)


def _answer(call: Call) -> tuple[str, object]:
    module, function = JOBS[call.job]
    try:
        read = getattr(import_module(module), function)
        allow(call.seconds)
        return "found", read(call.data, call.name, **call.options)
    except UnreadableDocument as error:
        return "unreadable", (error.name, error.expected, error.remedy, error.line)
    except MemoryError:
        return "memory", None
    except Exception as error:  # noqa: BLE001 - this is where a reading ends, and the next begins
        place = traceback.extract_tb(error.__traceback__)[-1]
        return "fault", f"{type(error).__name__}: {error}"[:200] + f", {place.filename}:{place.lineno}"


def _resident() -> int | None:
    """How many bytes of memory this process holds; None where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return None
