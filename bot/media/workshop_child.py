"""The inside of the workshop: a process that makes one clip, of a recording that may be broken, forged or hostile."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from bot.child.inside import Ask, allow, converse, write_at_most
from bot.errors import Refused
from bot.media.card import Drawn, Look
from bot.media.film import Spoken, film
from bot.media.look import Format
from bot.media.ranged import Elsewhere
from bot.media.sound import cut, encoded
from bot.model.card import Words

# No clip is larger, nor what the parent gives of a recording at once.
LONGEST = 64_000_000
# Bytes of a recording that the parent gives for one question.
PART = 1_000_000
# How willingly this process lets others go first (nice): what is due for readers, above all.
_GIVES_WAY = 10


@dataclass(frozen=True)
class Filmed:
    """What an audiogram shows. `spoken` is in seconds of the recording."""

    words: Words
    spoken: Spoken
    form: Format
    look: Look


@dataclass(frozen=True)
class Wanted:
    """Seconds `begin` to `end` of a recording that should run `lasts` seconds, as sound, or `filmed`."""

    begin: float
    end: float
    lasts: float | None
    mime: str
    filmed: Filmed | None = None


class Job(NamedTuple):
    """A clip. `source` is a path, or the size of what the parent reads; `folder` is for files of the moment."""

    source: str | int
    wanted: Wanted
    folder: str
    seconds: float


def live(memory: int) -> None:
    """Clips out, jobs in. `memory` is in bytes of address space, for all that the process does."""
    write_at_most(LONGEST)
    with contextlib.suppress(AttributeError, OSError):
        os.nice(_GIVES_WAY)
    converse(_told, memory=memory, longest=LONGEST)


def packed(head: dict[str, Any], content: bytes = b"") -> bytes:
    """An answer, or a question: what it says as JSON, and a file."""
    return json.dumps(head).encode() + b"\n" + content


def unpacked(told: bytes) -> tuple[dict[str, Any], bytes]:
    """What `packed` packed. Raises ValueError for what is nothing of the kind."""
    head, _, content = told.partition(b"\n")
    found = json.loads(head)
    if not isinstance(found, dict):
        raise ValueError("an answer says what it is")
    return found, content


def _told(job: bytes, ask: Ask) -> bytes:
    wanted: Job = pickle.loads(job)  # noqa: S301 - from our parent
    tempfile.tempdir = wanted.folder
    allow(wanted.seconds)
    try:
        made = _made(wanted, ask)
    except Refused as error:
        return packed({"refused": str(error)})
    except MemoryError:
        return packed({"memory": True})
    except Exception as error:  # noqa: BLE001 - this is where a clip ends, and with it this process
        place = traceback.extract_tb(error.__traceback__)[-1]
        return packed(
            {"fault": f"{type(error).__name__}: {error}"[:200] + f", {Path(place.filename).name}:{place.lineno}"}
        )
    return packed({"made": [made.mime, made.width, made.height, made.duration]}, made.content)


def _made(job: Job, ask: Ask) -> Drawn:
    wanted = job.wanted
    source = Path(job.source) if isinstance(job.source, str) else _Asked(job.source, ask)
    sound = cut(source, wanted.begin, wanted.end, lasts=wanted.lasts)
    if wanted.filmed is None:
        return Drawn(encoded(sound, wanted.mime), wanted.mime, duration=sound.duration)
    shown = wanted.filmed
    return film(shown.words, sound, shown.spoken.since(sound.begin), shown.form, shown.look)


class _Asked(Elsewhere):
    """A recording that the parent reads for us."""

    def __init__(self, size: int, ask: Ask) -> None:
        super().__init__(size)
        self._ask = ask

    def read(self, size: int = -1) -> bytes:
        wanted = min(self.size - self._at, size if size >= 0 else LONGEST, PART)
        if wanted <= 0:
            return b""
        given = self._ask(packed({"read": [self._at, wanted]})).removeprefix(b"=")
        self._at += len(given)
        return given
