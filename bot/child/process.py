"""The outside of a child: one process and the two pipes to it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

from bot.child.pipes import receive, send

# What it may know of its parent's surroundings: no key and no password.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "PYTHONPATH", "VIRTUAL_ENV")
# Nothing is imported from the folder it happens to be started in (-P); where this package lies it is told.
_CODE = (
    "import sys; sys.path.append(sys.argv[1]); from importlib import import_module; "
    "import_module(sys.argv[2]).live(int(sys.argv[3]))"
)
# Seconds: who has closed its pipes ends at once, if it is not killed at this very moment.
_A_MOMENT = 1.0
_PACKAGE = Path(__file__).resolve().parents[2]


class Child:
    """A running child. `inside` is the module whose `live(memory)` it runs, `memory` its bytes of address space.

    `knows` are further variables of our surroundings that it may know, `told` such as are for it alone.
    """

    def __init__(
        self, inside: str, memory: int, *, knows: Collection[str] = (), told: Mapping[str, str] | None = None
    ) -> None:
        passed_on = {key: value for key in (*_PASSED_ON, *knows) if (value := os.environ.get(key)) is not None}
        self._process = subprocess.Popen(  # noqa: S603 - our own code, no shell
            [sys.executable, "-P", "-c", _CODE, str(_PACKAGE), inside, str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**passed_on, **(told or {})},
            # Ctrl-C is for the parent, which then ends the child itself.
            start_new_session=True,
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise OSError("a process was started without the pipes that were asked for")
        self._to, self._from = self._process.stdin, self._process.stdout

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, job: bytes, *, longest: int) -> bytes:
        """Its answer, of at most `longest` bytes. Raises OSError or EOFError where it gives none."""
        self.tell(job)
        return self.hear(longest=longest)

    def tell(self, message: bytes) -> None:
        """Give it a message and wait for nothing. Raises OSError where it takes none."""
        send(self._to, message)

    def hear(self, *, longest: int) -> bytes:
        """Its next message, of at most `longest` bytes. Raises OSError or EOFError once it has ended."""
        return receive(self._from, longest=longest)

    def kill(self) -> None:
        """Kill it from another thread; whoever asked it hears nothing any more."""
        self._process.kill()

    def ended(self) -> int:
        """Its exit code, once it has ended; it is killed where it lives still."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(_A_MOMENT)
        self._process.kill()
        return self._process.wait()

    def end(self) -> None:
        """Kill it, where it lives still, and leave nothing of it behind."""
        self._process.kill()
        for pipe in (self._to, self._from):
            with contextlib.suppress(OSError):
                pipe.close()
        self._process.wait()
