"""The inside of `bot.render.apart`: a process that renders one text after another until nobody asks any more."""

from __future__ import annotations

import contextlib
import json
import pickle
import signal
from collections.abc import Iterator
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from bot.child.inside import serve
from bot.errors import TemplateFault
from bot.model.publication import Version
from bot.render.faults import OverLimit
from bot.render.renderer import Renderer
from bot.render.theme import Theme

# No answer is longer: the two parts of a mail, escaped.
LONGEST = 100_000_000


class Job(NamedTuple):
    """A method of a renderer with what it is given, and how many seconds of the processor it may take."""

    folders: tuple[Path, ...]
    theme: Theme
    method: str
    given: tuple[object, ...]
    seconds: float


def live(memory: int) -> None:
    """Jobs in, answers out as JSON. `memory` is in bytes of address space, for all that the process does."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGPROF, _strike)
    serve(_told, memory=memory, longest=LONGEST)


def _told(given: bytes) -> bytes:
    job: Job = pickle.loads(given)  # noqa: S301 - from our parent
    return json.dumps(_answer(job)).encode()


def _answer(job: Job) -> dict[str, object]:
    try:
        with _allowed(job.seconds):
            made = getattr(_renderer(job.folders, job.theme), job.method)(*job.given)
            return {"faults": [], "value": asdict(made) if isinstance(made, Version) else made}
    except TemplateFault as error:
        return {"faults": list(error.faults)}


@lru_cache(maxsize=4)
def _renderer(folders: tuple[Path, ...], theme: Theme) -> Renderer:
    return Renderer(folders, theme)


@contextlib.contextmanager
def _allowed(seconds: float) -> Iterator[None]:
    """For the length of the block, so much of the processor."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _strike(_signal: int, _frame: FrameType | None) -> None:
    raise OverLimit("it takes too long; look for a loop that never ends.")
