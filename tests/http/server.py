"""A server on loopback that behaves as badly as it is told: it takes a request, and then anything may happen."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PAUSE = 0.05


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def line(self) -> str:
        """Its first line, by which requests are told apart whose paths begin alike."""
        return f"{self.method} {self.path} HTTP/1.1"


@dataclass(frozen=True)
class Said:
    """What the service behind the server answers when nothing goes wrong on the way."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Fate(StrEnum):
    """What happens to one request. Up to REDIRECT the service never sees it; from DROP_AFTER on it has counted."""

    DROP_BEFORE = "the connection is dropped before the service saw the request"
    RESET_BEFORE = "the connection is reset before the service saw the request"
    ERROR_BEFORE = "500, and the service never saw it"
    BUSY = "503 with Retry-After, and the service never saw it"
    TIMED_OUT = "408, and the service never saw it"
    SLOW_DOWN = "429 with Retry-After in seconds"
    SLOW_DOWN_UNTIL = "429 with Retry-After as a date"
    REDIRECT = "302 to elsewhere"
    DROP_AFTER = "the connection is dropped after it counted"
    RESET_AFTER = "the connection is reset after it counted"
    ERROR_AFTER = "500 after it counted"
    GATEWAY_AFTER = "504 with an HTML page after it counted"
    SILENCE_AFTER = "no answer after it counted"
    DRIP_HEAD = "the head of the answer comes a byte at a time, for ever"
    DRIP_BODY = "the body of the answer comes a byte at a time, for ever"
    CUT = "the body breaks off in the middle"
    HTML = "200 with an HTML page"
    HUGE = "200 with three megabytes"
    PACKED = "200 with a compressed body that nobody asked for"
    GARBAGE = "bytes that are not HTTP"
    FINE = "the service's own answer"


BEFORE = tuple(Fate)[: tuple(Fate).index(Fate.DROP_AFTER)]
AFTER = tuple(Fate)[tuple(Fate).index(Fate.DROP_AFTER) : -1]
SLOW = (Fate.SILENCE_AFTER, Fate.DRIP_HEAD, Fate.DRIP_BODY)


class Server:
    """`fates` are used up in order by the requests whose first line contains `at`; every other request goes well."""

    def __init__(self, service: Callable[[Request], Said], address: str) -> None:
        self.service = service
        self.url = address
        self.fates: deque[Fate] = deque()
        self.at = ""
        self.requests: list[Request] = []
        self.stopping = threading.Event()

    def fate(self, request: Request) -> Fate:
        self.requests.append(request)
        if self.fates and self.at in request.line:
            return self.fates.popleft()
        return Fate.FINE


@contextmanager
def serving(service: Callable[[Request], Said], certificate: tuple[Path, Path] | None = None) -> Iterator[Server]:
    """A running server; with a `certificate` and its key it speaks TLS, as localhost."""
    listener = _Listener(("127.0.0.1", 0), _Handler)
    address = f"http://127.0.0.1:{listener.server_address[1]}"
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        listener.socket = context.wrap_socket(listener.socket, server_side=True)
        address = f"https://localhost:{listener.server_address[1]}"
    server = Server(service, address)
    listener.world = server  # type: ignore[attr-defined]
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.002}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        listener.shutdown()
        listener.server_close()
        thread.join()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asked is gone: that is what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self) -> None:
        world: Server = self.server.world  # type: ignore[attr-defined]
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:  # whoever asked died in the middle: no server counts half of a request
            self.close_connection = True
            return
        request = Request(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
        fate = world.fate(request)
        if fate not in BEFORE:
            said = world.service(request)
        match fate:
            case Fate.DROP_BEFORE | Fate.DROP_AFTER:
                self.close_connection = True
            case Fate.RESET_BEFORE | Fate.RESET_AFTER:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                self.close_connection = True
            case Fate.ERROR_BEFORE | Fate.ERROR_AFTER:
                self._say(Said(500, b'{"error": "Internal Server Error"}'))
            case Fate.BUSY:
                self._say(Said(503, b"", {"Retry-After": "30"}))
            case Fate.TIMED_OUT:
                self._say(Said(408))
            case Fate.SLOW_DOWN:
                self._say(Said(429, b'{"error": "Too many requests"}', {"Retry-After": "120"}))
            case Fate.SLOW_DOWN_UNTIL:
                until = self.date_time_string(int(time.time()) + 120)
                self._say(Said(429, b"", {"Retry-After": until}))
            case Fate.REDIRECT:
                self._say(Said(302, b"", {"Location": "https://elsewhere.example/path?token=secret"}))
            case Fate.GATEWAY_AFTER:
                self._say(Said(504, b"<html>Gateway Time-out</html>"))
            case Fate.SILENCE_AFTER:
                world.stopping.wait(5)
                self.close_connection = True
            case Fate.DRIP_HEAD:
                self._drip(b"HTTP/1.1 200 OK\r\nx-long: ")
            case Fate.DRIP_BODY:
                self._drip(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n{")
            case Fate.CUT:
                half = said.body[: len(said.body) // 2]
                self._raw(f"HTTP/1.1 200 OK\r\ncontent-length: {len(said.body) + 1}\r\n\r\n".encode() + half)
            case Fate.HTML:
                self._say(Said(200, b"<html>Welcome</html>", {"Content-Type": "text/html"}))
            case Fate.HUGE:
                self._say(Said(200, b'"' + b"x" * 3_000_000 + b'"'))
            case Fate.PACKED:
                self._say(Said(200, gzip.compress(said.body), {"Content-Encoding": "gzip"}))
            case Fate.GARBAGE:
                self._raw(b"\x00\x01 this is no HTTP\r\n\r\n")
            case Fate.FINE:
                self._say(said)

    do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = do_PATCH = _answer  # noqa: N815 (http.server looks for these names)

    def _say(self, said: Said) -> None:
        self.send_response(said.status)
        for name, value in said.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(said.body)))
        self.end_headers()
        self._write(said.body)

    def _raw(self, data: bytes) -> None:
        self._write(data)
        self.close_connection = True

    def _drip(self, head: bytes) -> None:
        self._write(head)
        world: Server = self.server.world  # type: ignore[attr-defined]
        while self._write(b" ") and not world.stopping.wait(PAUSE):
            pass
        self.close_connection = True

    def _write(self, data: bytes) -> bool:
        try:
            self.wfile.write(data)
            self.wfile.flush()
        except OSError:
            return False
        return True
