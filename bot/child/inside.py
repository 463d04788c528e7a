"""The inside of a child: one job after another until nobody asks any more.

It loads nothing that its work does not need.
"""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import IO

from bot.child.pipes import receive, send

# Not every system has such limits.
resource = import_module("resource") if find_spec("resource") else None


Ask = Callable[[bytes], bytes]


def serve(answer: Callable[[bytes], bytes], *, memory: int, longest: int) -> None:
    """Jobs in, answers out, as `answer` makes them. Returns when the parent closes its end.

    `memory` is in bytes of address space, for all that the process does; `longest` is in bytes of one job.
    """
    converse(lambda job, _ask: answer(job), memory=memory, longest=longest)


def converse(answer: Callable[[bytes, Ask], bytes], *, memory: int, longest: int) -> None:
    """`serve`, whose `answer` may ask the parent for something before it answers: by a message, for a message."""
    jobs, answers = begin(memory)

    def ask(question: bytes) -> bytes:
        send(answers, question)
        return receive(jobs, longest=longest)

    with contextlib.suppress(EOFError):
        while True:
            send(answers, answer(receive(jobs, longest=longest), ask))


def begin(memory: int) -> tuple[IO[bytes], IO[bytes]]:
    """Limit this process, and give the pipe of its jobs and that of its answers."""
    if resource is not None:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Whatever a library prints must not get among the answers.
    jobs, answers, sys.stdout = sys.stdin.buffer, sys.stdout.buffer, sys.stderr
    return jobs, answers


def allow(seconds: float) -> None:
    """The system ends this process when it has used so much more of the processor, even if its parent is gone."""
    if resource is None:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    until = math.ceil(used.ru_utime + used.ru_stime + seconds)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (until, hard))


def write_at_most(size: int) -> None:
    """No file that this process writes gets longer than so many bytes: writing more fails."""
    if resource is not None:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
