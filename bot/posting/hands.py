"""Who makes and posts the requests of a mailing: this process, or a child that it has for that.

A child is a process because threads wait for one interpreter. It knows the edition and the service's account, told over
its pipe; the ledger stays with us. It posts a request that it made when it is told to, and then only. One that dies has
left in doubt what it was told to post, and nothing else.
"""

from __future__ import annotations

import logging
import pickle
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import Any, Protocol

from bot.child.process import Child
from bot.drafting.payload import fingerprint
from bot.errors import NotSent, Refused, Unknown
from bot.model.subscriber import Addressee
from bot.platforms.contract import Http, Receipt
from bot.posting.child import LONGEST, Setup
from bot.posting.edition import Edition, Ends
from bot.ways import Hears

# Of address space. It holds a few requests of some megabytes; each thread sets some aside that it never uses.
_MEMORY = 4_000_000_000
# What the way out of this machine is made of: whom it trusts, and which proxies it has to take.
_WAY_OUT = tuple(
    form(name)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
    for form in (str.upper, str.lower)
)
# Where each thread keeps the room of requests that were posted for itself, a child has half as much again.
_TIDY = {"MALLOC_ARENA_MAX": "1"}


class Gone(Exception):
    """Whoever was to make a request has ended: it is to be made anew, by others."""


@dataclass(frozen=True)
class Written:
    """A request that was made: the hash of its bytes, which lie with whoever made it, or why there are none.

    `post` makes it, once; `drop` lets go of it instead.
    """

    hashed: str
    fault: Refused | None
    post: Callable[[], Future[Ends]]
    drop: Callable[[], None]


class Hand(Protocol):
    """Makes requests, in the order in which they are asked for. `load` is how many it has in hand."""

    @property
    def lives(self) -> bool: ...

    @property
    def load(self) -> int: ...

    def make(self, number: int, readers: Sequence[Addressee]) -> Future[Written]:
        """Make a request. The future fails with Gone where the hand ends before it is made."""
        ...

    def give_up(self) -> None:
        """Wait no longer for what it posts."""
        ...

    def close(self) -> None: ...


class Here:
    """This process: one thread makes, `at_once` post. More makers would only wait for the interpreter."""

    lives, load = True, 0

    def __init__(self, edition: Edition, http: Http, *, at_once: int) -> None:
        self._edition = edition
        self._http = http
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="making")
        self._posters = ThreadPoolExecutor(at_once, thread_name_prefix="mailing")

    def make(self, number: int, readers: Sequence[Addressee]) -> Future[Written]:
        return self._maker.submit(self._make, number, readers)

    def _make(self, number: int, readers: Sequence[Addressee]) -> Written:
        try:
            letters, body = self._edition.write(number, readers)
        except Refused as fault:
            return Written("", fault, _never, _nothing)
        post = partial(self._posters.submit, self._edition.post, number, letters, body, self._http)
        return Written(fingerprint(body), None, post, _nothing)

    def give_up(self) -> None:
        """Nothing to do: the way out has patience of its own, and an end of it."""

    def close(self) -> None:
        self._maker.shutdown(cancel_futures=True)
        self._posters.shutdown()


class There:
    """A child. `setup` is what it works on, as `packed` packs it; `hears` learns from the head of every answer."""

    def __init__(self, setup: bytes, hears: Hears) -> None:
        self._hears = hears
        self._child = Child("bot.posting.child", _MEMORY, knows=_WAY_OUT, told=_TIDY)
        self._changing = threading.Lock()
        # What is awaited of it, by the number under which it was asked for; and what it has made and was not told to
        # post yet.
        self._awaited: dict[int, Future[Any]] = {}
        self._held: set[int] = set()
        self._places = 0
        self._lives, self._closing = True, False
        # Whoever asks for something does not wait until the child, which is busy, takes it out of the pipe.
        self._to_tell: SimpleQueue[bytes] = SimpleQueue()
        self._to_tell.put(setup)
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._speak, self._listen)]
        for each in self._threads:
            each.start()

    @property
    def lives(self) -> bool:
        return self._lives

    @property
    def load(self) -> int:
        return len(self._awaited) + len(self._held)

    def make(self, number: int, readers: Sequence[Addressee]) -> Future[Written]:
        made: Future[Written] = Future()
        made.set_running_or_notify_cancel()
        self._places += 1
        place = self._places
        if self._expect(place, made):
            self._tell("make", place, number, tuple(readers))
        else:
            made.set_exception(Gone())
        return made

    def give_up(self) -> None:
        logging.error("a process that sends a mailing does not answer any more; it is ended")
        self._child.kill()

    def close(self) -> None:
        self._closing = True
        self._child.kill()
        self._to_tell.put(b"")
        for each in self._threads:
            each.join()
        self._child.end()

    def _post(self, place: int) -> Future[Ends]:
        ends: Future[Ends] = Future()
        self._held.discard(place)
        if self._expect(place, ends):
            self._tell("post", place)
        else:
            ends.set_result(NotSent("The process that was to send it had ended before; nothing was sent."))
        return ends

    def _drop(self, place: int) -> None:
        if place in self._held:
            self._held.discard(place)
            self._tell("drop", place)

    def _expect(self, place: int, awaited: Future[Any]) -> bool:
        with self._changing:
            if self._lives:
                self._awaited[place] = awaited
            return self._lives

    def _tell(self, *message: object) -> None:
        self._to_tell.put(pickle.dumps(message))

    def _speak(self) -> None:
        with suppress(OSError):  # Whoever listens finds out that it has ended.
            while message := self._to_tell.get():
                self._child.tell(message)

    def _listen(self) -> None:
        try:
            while True:
                self._heard(pickle.loads(self._child.hear(longest=LONGEST)))  # noqa: S301 - from our child
        except (OSError, EOFError):
            pass
        except Exception:
            logging.exception("what a process that sends a mailing says cannot be understood")
            self._child.kill()
        self._ended()

    def _heard(self, message: tuple[Any, ...]) -> None:
        match message:
            case "made", int(place), str(hashed):
                self._held.add(place)
                self._done(place, Written(hashed, None, partial(self._post, place), partial(self._drop, place)))
            case "refused", int(place), str(said):
                self._done(place, Written("", Refused(said), _never, _nothing))
            case "fault", int(place), str(said):
                self._taken(place).set_exception(RuntimeError(f"A request could not be made:\n{said}"))
            case "ended", int(place), ends, heads:
                for head in heads:
                    self._hears.heard(head)
                self._done(place, [Receipt(each) if isinstance(each, str) else each for each in ends[0]] or ends[1])
            case "log", str(name), int(level), str(said):
                logging.getLogger(name).log(level, "%s", said)
            case _:
                raise ValueError(message)

    def _done(self, place: int, result: object) -> None:
        self._taken(place).set_result(result)

    def _taken(self, place: int) -> Future[Any]:
        with self._changing:
            return self._awaited.pop(place)

    def _ended(self) -> None:
        with self._changing:
            self._lives = False
            left, self._awaited = self._awaited, {}
        if not self._closing:
            logging.error("a process that sends a mailing has ended (exit code %s)", self._child.ended())
        for each in left.values():
            # Requests that are made are `running`; those that are posted are not, because nobody may take them back.
            if each.running():
                each.set_exception(Gone())
            else:
                each.set_result(Unknown("The process that was sending it died; whether it arrived is not known."))


def packed(edition: Edition, *, at_once: int) -> bytes | None:
    """What a child is told first; None where a service cannot be told to another process."""
    try:
        return pickle.dumps(Setup(edition, at_once, logging.getLogger().getEffectiveLevel()))
    except (TypeError, AttributeError, pickle.PicklingError):
        return None


def beside(setup: bytes, hears: Hears, *, number: int) -> list[There]:
    """So many children, or as many of them as the system lets us have."""
    found = list[There]()
    try:
        for _ in range(number):
            found.append(There(setup, hears))
    except OSError as error:
        logging.warning("only %s of %s processes that send a mailing could be started: %s", len(found), number, error)
    return found


def _never() -> Future[Ends]:
    raise AssertionError("there is nothing to post")


def _nothing() -> None:
    pass
