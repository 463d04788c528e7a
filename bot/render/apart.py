"""Runs templates that others wrote in a process of its own, which is ended when it takes too long or too much.

A template may be copied from anywhere, and a slip of the hand is enough for a loop without end. Jinja's sandbox keeps
it from our files and secrets; this keeps it from our time and memory.
"""

from __future__ import annotations

import json
import pickle
import threading
import weakref
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from bot.child.process import Child
from bot.drafting.payload import read_version
from bot.errors import TemplateFault
from bot.model.archive import Here
from bot.model.digest import Edition, Imprint
from bot.model.publication import Version
from bot.model.subscriber import Length
from bot.render.apart_child import LONGEST, Job
from bot.render.renderer import PAGE_ROOMS, Renderer
from bot.render.theme import Theme
from bot.schedule import Rhythm

# Of the processor. An edition of sixty episodes takes a tenth of it.
SECONDS = 2.0
# A busy machine gives a job less than a whole processor: it may take so many times longer by the clock on the wall.
_PATIENCE = 10
# Of address space: the process needs a third of it by itself.
MEMORY = 600_000_000


class Apart(Renderer):
    """A renderer whose templates run elsewhere; it says the same and raises the same. Safe to share between threads.

    `seconds` (of the processor) and `memory` (bytes of address space) are what one text may take.
    """

    def __init__(
        self, folders: tuple[Path, ...], theme: Theme | None = None, *, seconds: float = SECONDS, memory: int = MEMORY
    ) -> None:
        self.theme = theme or Theme()
        self._folders = tuple(folder.resolve() for folder in folders)
        self._seconds = seconds
        self._memory = memory
        self._lock = threading.Lock()
        self._child: Child | None = None
        # What no folder before the shipped one can reach.
        self._ours = Renderer(self._folders[-1:], self.theme)

    def state(self) -> str | None:
        """Others' templates may lie anywhere and print what they like, another thing each time."""
        return None

    def version(self, edition: Edition, imprint: Imprint, length: Length = Length.FULL) -> Version:
        return read_version(self._asked("version", edition, imprint, length))

    def confirmation(self, imprint: Imprint, link: str) -> tuple[str, str, str]:
        subject, html, text = self._asked("confirmation", imprint, link)
        return subject, html, text

    def promises(self, tongue: str, rhythm: Rhythm | None, day: date) -> tuple[tuple[str, str], ...]:
        return tuple((cadence, words) for cadence, words in self._asked("promises", tongue, rhythm, day))

    def post(self, template: str, context: Mapping[str, object]) -> str:
        return str(self._asked("post", template, dict(context)))

    def page(self, template: str, tongue: str, context: Mapping[str, object], here: Here | None = None) -> str:
        """Anybody may ask for a page: where all of its templates are ours, it waits for no other process."""
        if not any((folder / room).exists() for folder in self._folders[:-1] for room in PAGE_ROOMS):
            return self._ours.page(template, tongue, context, here)
        return str(self._asked("page", template, tongue, dict(context), here))

    def check(self) -> list[str]:
        try:
            return [str(each) for each in self._asked("check")]
        except TemplateFault as error:
            return list(error.faults)

    def _asked(self, method: str, *given: object) -> Any:
        with self._lock:
            if self._child is None or not self._child.alive:
                self._child = Child("bot.render.apart_child", self._memory)
                weakref.finalize(self, self._child.end)
            answer = _answer(self._child, Job(self._folders, self.theme, method, given, self._seconds))
        if answer is None:
            names = ", ".join(str(folder) for folder in self._folders[:-1])
            raise TemplateFault(
                [
                    f"{names}: a template took more than {self._seconds:g} seconds or "
                    f"{self._memory // 1_000_000} MB, and was stopped. "
                    "Look for a loop that never ends, or for a text that doubles itself."
                ]
            )
        if answer["faults"]:
            raise TemplateFault(answer["faults"])
        return answer["value"]


def _answer(child: Child, job: Job) -> dict[str, Any] | None:
    """The answer, or None where the child gave none and is gone."""
    watch = threading.Timer(job.seconds * _PATIENCE, child.kill)
    watch.daemon = True
    watch.start()
    try:
        told = child.ask(pickle.dumps(job, protocol=pickle.HIGHEST_PROTOCOL), longest=LONGEST)
        found: dict[str, Any] = json.loads(told)
    except (OSError, EOFError, ValueError):
        child.end()
        return None
    finally:
        watch.cancel()
    return found
