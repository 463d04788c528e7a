"""The inside of a process that makes and posts requests of a mailing. It ends, whatever it does, when its parent has.

It posts nothing that it was not told to: what it is told, its parent has noted for good.
"""

from __future__ import annotations

import logging
import os
import pickle
import signal
import threading
import traceback
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import IO, Any, NamedTuple

from bot.child.inside import begin
from bot.child.pipes import receive, send
from bot.drafting.payload import fingerprint
from bot.errors import Refused, Unsent
from bot.model.subscriber import Addressee
from bot.platforms.contract import Receipt
from bot.platforms.letters import Letter
from bot.posting.edition import Edition
from bot.ways import Listening, Ways

# Of one message, in bytes: an edition with all its versions, or the outcomes of a request.
LONGEST = 64_000_000


class Setup(NamedTuple):
    """What the parent says first. `level` is from which on what is logged here is told to it."""

    edition: Edition
    at_once: int
    level: int


def live(memory: int) -> None:
    """Requests in, outcomes out. `memory` is in bytes of address space."""
    # Whoever stops the worker may tell all its processes to: the worker then waits for what is under way.
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, signal.SIG_IGN)
    parent = os.getppid()
    jobs, answers = begin(memory)
    # What is under way breaks off at the end, as if the parent had made it itself: no thread is waited for.
    try:
        setup: Setup = pickle.loads(receive(jobs, longest=LONGEST))  # noqa: S301 - from our parent
        _Inside(setup, Ways(), answers, parent).work(jobs)
    except EOFError:
        os._exit(0)
    finally:
        os._exit(1)


class _Inside:
    def __init__(self, setup: Setup, http: Ways, answers: IO[bytes], parent: int) -> None:
        self._edition = setup.edition
        self._http = http
        self._answers = answers
        self._parent = parent
        self._telling = threading.Lock()
        self._made: dict[int, tuple[int, tuple[Letter, ...], bytes]] = {}
        self._maker = ThreadPoolExecutor(1)
        self._posters = ThreadPoolExecutor(setup.at_once)
        logging.basicConfig(level=setup.level, handlers=[_Told(self)])

    def work(self, jobs: IO[bytes]) -> None:
        """Raises EOFError once the parent says nothing any more."""
        while True:
            match pickle.loads(receive(jobs, longest=LONGEST)):  # noqa: S301 - from our parent
                case "make", int(place), int(number), readers:
                    self._maker.submit(self._make, place, number, readers)
                case "post", int(place):
                    self._posters.submit(self._post, place, *self._made.pop(place))
                case "drop", int(place):
                    del self._made[place]

    def tell(self, *message: object) -> None:
        with self._telling:
            send(self._answers, pickle.dumps(message))

    def _make(self, place: int, number: int, readers: Sequence[Addressee]) -> None:
        try:
            letters, body = self._edition.write(number, readers)
        except Refused as fault:
            self.tell("refused", place, str(fault))
        except Exception:  # noqa: BLE001 - raised by the parent
            self.tell("fault", place, traceback.format_exc())
        else:
            self._made[place] = number, letters, body
            self.tell("made", place, fingerprint(body))

    def _post(self, place: int, number: int, letters: tuple[Letter, ...], body: bytes) -> None:
        if os.getppid() != self._parent:
            # It died after it told us to: another worker takes this for in doubt already, and may look it up.
            os._exit(1)
        heard = _Heard()
        ends = self._edition.post(number, letters, body, Listening(self._http, heard))
        # Of a receipt the ledger keeps its number alone; a whole request of them is told as such.
        short: tuple[Sequence[Any], Unsent | None]
        if isinstance(ends, Unsent):
            short = (), ends
        else:
            short = [each.remote_id if isinstance(each, Receipt) else each for each in ends], None
        self.tell("ended", place, short, heard.heads)


class _Heard:
    """Keeps the heads of answers, for the parent to learn from."""

    def __init__(self) -> None:
        self.heads: list[dict[str, str]] = []

    def heard(self, headers: Mapping[str, str]) -> None:
        self.heads.append({name.lower(): value for name, value in headers.items()})


class _Told(logging.Handler):
    """Tells the parent what is logged: nobody reads what this process writes."""

    def __init__(self, inside: _Inside) -> None:
        super().__init__()
        self._inside = inside

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):
            self._inside.tell("log", record.name, record.levelno, self.format(record))
