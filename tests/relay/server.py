"""A mail server on loopback that behaves as badly as it is told, at whichever command it is told."""

from __future__ import annotations

import base64
import socket
import socketserver
import ssl
import struct
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from tests.http.server import Fate

PAUSE = 0.05


class Fault(StrEnum):
    """What a server does instead of answering."""

    DROP = "closes the connection"
    RESET = "resets the connection"
    SILENCE = "says nothing"
    DRIP = "answers a byte at a time, for ever"
    GARBAGE = "sends bytes that are no answer"
    LONG = "sends an answer of three megabytes"
    LINE = "sends a line that does not end"
    TWO_CODES = "sends an answer with two codes"
    NO_CODE = "sends a code that there is not"
    HALF = "sends half of an answer and closes the connection"


@dataclass(frozen=True)
class Taken:
    sender: str
    to: str
    data: bytes


@dataclass
class Service:
    """What stands behind the server: the mails that it took, whom it does not know, and who may log in."""

    mails: list[Taken] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    account: tuple[str, str] | None = None


@dataclass
class Server:
    """`instead` is what happens at a command (CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, END, QUIT): a fault, or
    an answer of this number and words; each is used up once. `fates` are used up by one mail after the other.
    """

    service: Service
    port: int = 0
    extensions: tuple[str, ...] = ("SIZE 10000000", "SMTPUTF8", "AUTH PLAIN LOGIN")
    certificate: tuple[Path, Path] | None = None
    implicit: bool = False
    fates: deque[Fate] = field(default_factory=deque)
    instead: dict[str, deque[Fault | str]] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    at: str = ""
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def at_command(self, name: str, *what: Fault | str) -> None:
        self.instead[name] = deque(what)


# What a fate is in this protocol: at which command, and what happens there. A mail counts from END on, if at all.
_FATES: dict[Fate, tuple[str, Fault | str]] = {
    Fate.DROP_BEFORE: ("RCPT", Fault.DROP),
    Fate.RESET_BEFORE: ("DATA", Fault.RESET),
    Fate.ERROR_BEFORE: ("MAIL", "451 4.3.0 Try later"),
    Fate.BUSY: ("MAIL", "421 4.3.2 Shutting down"),
    Fate.TIMED_OUT: ("DATA", "451 4.4.2 Too slow"),
    Fate.SLOW_DOWN: ("RCPT", "450 4.7.1 Greylisted"),
    Fate.SLOW_DOWN_UNTIL: ("END", "452 4.3.1 Insufficient storage"),
    Fate.REDIRECT: ("RCPT", "551 5.1.6 User not local; try <elsewhere@example.org>"),
    Fate.DROP_AFTER: ("END", Fault.DROP),
    Fate.RESET_AFTER: ("END", Fault.RESET),
    Fate.ERROR_AFTER: ("END", Fault.NO_CODE),
    Fate.GATEWAY_AFTER: ("END", Fault.TWO_CODES),
    Fate.SILENCE_AFTER: ("END", Fault.SILENCE),
    Fate.DRIP_HEAD: ("END", Fault.DRIP),
    Fate.DRIP_BODY: ("END", Fault.DRIP),
    Fate.CUT: ("END", Fault.HALF),
    Fate.HTML: ("END", "354 Go on"),
    Fate.HUGE: ("END", Fault.LONG),
    Fate.PACKED: ("END", Fault.LINE),
    Fate.GARBAGE: ("END", Fault.GARBAGE),
}


@contextmanager
def serving(service: Service, **how: object) -> Iterator[Server]:
    server = Server(service, **how)  # type: ignore[arg-type]
    listener = _Listener(("127.0.0.1", 0), _Handler)
    listener.world = server  # type: ignore[attr-defined]
    server.port = listener.server_address[1]
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.002}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        listener.shutdown()
        listener.server_close()
        thread.join()


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64


class _Over(Exception):
    """The connection is at its end."""


class _Handler(socketserver.BaseRequestHandler):
    """One connection."""

    def handle(self) -> None:
        self.world: Server = self.server.world  # type: ignore[attr-defined]
        self.world.connections += 1
        self.fate = Fate.FINE
        self.sender: str | None = None
        self.to = ""
        self.trusted = self.world.service.account is None
        with suppress(_Over, OSError):
            if self.world.implicit:
                self._encrypt()
            self.file = self.request.makefile("rb")
            self._say("CONNECT", "220 mail.example.org ready")
            while line := self.file.readline():
                text = line.decode().rstrip("\r\n")
                self.world.commands.append(text)
                self._obey(text)

    def finish(self) -> None:
        with suppress(OSError):
            self.request.shutdown(socket.SHUT_RDWR)
        self.request.close()

    def _obey(self, text: str) -> None:
        verb, _, rest = text.partition(" ")
        match verb.upper():
            case "EHLO":
                offered = list(self.world.extensions)
                if self.world.certificate and not isinstance(self.request, ssl.SSLSocket):
                    offered.append("STARTTLS")
                lines = ["mail.example.org", *offered]
                self._say("EHLO", "\r\n".join(f"250{'-' if each is not lines[-1] else ' '}{each}" for each in lines))
            case "STARTTLS":
                self._say("STARTTLS", "220 Go on")
                self._encrypt()
                self.file = self.request.makefile("rb")
            case "AUTH":
                self._log_in(rest)
            case "MAIL":
                self.fate = self.world.fates.popleft() if self.world.fates else Fate.FINE
                self.sender = rest.partition("<")[2].partition(">")[0]
                self._say("MAIL", "250 2.1.0 Ok" if self.trusted else "530 5.7.0 Authentication required")
            case "RCPT":
                self.to = rest.partition("<")[2].partition(">")[0]
                known = self.to not in self.world.service.unknown
                self._say("RCPT", "250 2.1.5 Ok" if known else "550 5.1.1 No such user")
            case "DATA":
                if self._say("DATA", "354 End with a dot").startswith("354"):
                    self._take()
            case "RSET":
                self._say("RSET", "250 2.0.0 Ok")
            case "QUIT":
                self._say("QUIT", "221 2.0.0 Bye")
                raise _Over
            case _:
                self._say(verb, "500 5.5.2 What?")

    def _take(self) -> None:
        lines = []
        while (line := self.file.readline()) != b".\r\n":
            if not line:
                raise _Over  # Half a mail is none.
            lines.append(line[1:] if line.startswith(b".") else line)
        refused = [each for each in self.world.instead.get("END", ()) if not isinstance(each, Fault)][:1]
        by_fate = _FATES.get(self.fate, ("", ""))
        if by_fate[0] == "END" and not isinstance(by_fate[1], Fault):
            refused = [by_fate[1]]
        if not refused or refused[0].startswith(("2", "3")):
            assert self.sender is not None
            self.world.service.mails.append(Taken(self.sender, self.to, b"".join(lines)))
        self._say("END", f"250 2.0.0 Ok: queued as {len(self.world.service.mails)}")

    def _log_in(self, rest: str) -> None:
        kind, _, first = rest.partition(" ")
        if kind == "PLAIN":
            _, user, password = base64.b64decode(first).decode().split("\0")
        else:
            user = base64.b64decode(first).decode()
            self._write(b"334 UGFzc3dvcmQ6\r\n")
            password = base64.b64decode(self.file.readline()).decode()
        self.trusted = (user, password) == self.world.service.account
        # A rude server, which repeats what it was told.
        self._say("AUTH", "235 2.7.0 Welcome" if self.trusted else f"535 5.7.8 No: {rest} {password}")

    def _encrypt(self) -> None:
        assert self.world.certificate is not None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.world.certificate)
        self.request = context.wrap_socket(self.request, server_side=True)

    def _say(self, command: str, answer: str) -> str:
        planned = self.world.instead.get(command)
        what: Fault | str = planned.popleft() if planned else answer
        at, fated = _FATES.get(self.fate, ("", ""))
        if at == command:
            self.fate = Fate.FINE
            what = fated
        if isinstance(what, Fault):
            self._misbehave(what)
        self._write(f"{what}\r\n".encode())
        if what.startswith("421"):
            raise _Over
        return what

    def _misbehave(self, fault: Fault) -> None:
        match fault:
            case Fault.RESET:
                self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.request.close()
            case Fault.SILENCE:
                self.world.stopping.wait(5)
            case Fault.DRIP:
                with suppress(OSError):
                    while not self.world.stopping.wait(PAUSE):
                        self._write(b"250-x\r\n")
            case Fault.GARBAGE:
                self._write(b"\x00\x01 this is no SMTP\r\n\r\n")
            case Fault.LONG:
                self._write(b"250-" + b"x" * 100 + b"\r\n" + b"250-y\r\n" * 400_000 + b"250 z\r\n")
            case Fault.LINE:
                self._write(b"250 " + b"x" * 3_000_000)
            case Fault.TWO_CODES:
                self._write(b"250-Ok\r\n451 Or not\r\n")
            case Fault.NO_CODE:
                self._write(b"999 Ok\r\n")
            case Fault.HALF:
                self._write(b"25")
            case Fault.DROP:
                pass
        raise _Over

    def _write(self, data: bytes) -> None:
        self.request.sendall(data)
