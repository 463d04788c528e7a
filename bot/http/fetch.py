"""Reads an address of somebody else: a feed, a transcript, a page. What comes back is bytes and what was said of them.

Nothing of it is trusted: where it leads, how long it takes and how much it becomes are bounded (`guard`, `inflate`).
httpx's own client costs about a millisecond for a request, most of it for what is not needed here (its pool, its
cookies, its auth); so its engine, httpcore, is used as it is, with one connection for one exchange. Any status is an
answer; only what is no answer raises.
"""

from __future__ import annotations

import base64
import re
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

import certifi
import httpcore
import idna

from bot import __version__
from bot.errors import Unfetched
from bot.http.guard import Guard, Timed
from bot.http.inflate import ENCODINGS, Garbled, unpacker

_REDIRECTS = (301, 302, 303, 307, 308)
# Waits and ages beyond this are no more believed than this (seconds).
_LONGEST = 366 * 86_400.0
_ANYTHING = "*/*"
_CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")


@dataclass(frozen=True)
class Limits:
    """Seconds for each step and in `total`; bytes as they come over the wire and as they are unpacked."""

    connect: float = 10.0
    read: float = 20.0
    total: float = 60.0
    wire_bytes: int = 20_000_000
    body_bytes: int = 30_000_000
    redirects: int = 5


@dataclass(frozen=True)
class Validators:
    """What a server gave to ask it "anything new?" by, word for word."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True)
class Hop:
    """A redirect: its status, and the address that it led to."""

    status: int
    url: str


@dataclass(frozen=True)
class Fetched:
    """An answer. `url` is where it came from in the end; the names in `headers` are in lower case.

    `retry_after` and `max_age` are seconds, None where the server says nothing of it.
    """

    status: int
    url: str
    hops: tuple[Hop, ...]
    headers: Mapping[str, str]
    body: bytes
    validators: Validators = field(default=Validators())
    retry_after: float | None = None
    max_age: float | None = None


class Fetcher:
    """Reads addresses; safe to share between threads. `contact` is shown to those who are asked."""

    def __init__(self, guard: Guard | None = None, limits: Limits | None = None, *, contact: str = "") -> None:
        self._guard = guard or Guard()
        self._limits = limits or Limits()
        said = f" (+{contact})" if contact and contact.isascii() and contact.isprintable() else ""
        self._agent = f"pullquote/{__version__}{said}"
        self._names = ThreadPoolExecutor(16, thread_name_prefix="names")

    def get(self, url: str, *, validators: Validators | None = None, accept: str = _ANYTHING) -> Fetched:
        """What stands at an address, redirects followed. Raises Unfetched where no whole answer came."""
        return self._ask("GET", url, self._headers(accept, validators or Validators()), b"")

    def part(self, url: str, begin: int, stop: int) -> tuple[bytes, int]:
        """Bytes `begin` to `stop` of what stands at an address (fewer at its end), and how many it has in all.

        Raises Unfetched, too, where its server gives no parts: the whole is never read instead (RFC 9110, 14).
        """
        headers = self._headers(_ANYTHING, Validators())
        asked = headers | {"Accept-Encoding": "identity", "Range": f"bytes={begin}-{stop - 1}"}
        answer = self._ask("GET", url, asked, b"")
        given = _CONTENT_RANGE.fullmatch(answer.headers.get("content-range", ""))
        if answer.status != 206 or given is None or int(given[1]) != begin or len(answer.body) > stop - begin:
            raise Unfetched(f"{_host(url)} did not give the part of its file that was asked for ({answer.status}).")
        return answer.body, int(given[3])

    def post(self, url: str, *, form: bytes) -> Fetched:
        """Give a form (`application/x-www-form-urlencoded`) to an address, such as a hub's. Raises Unfetched."""
        headers = self._headers(_ANYTHING, Validators())
        return self._ask("POST", url, headers | {"Content-Type": "application/x-www-form-urlencoded"}, form)

    def _headers(self, accept: str, validators: Validators) -> dict[str, str]:
        headers = {"Accept": accept, "Accept-Encoding": ENCODINGS, "User-Agent": self._agent, "Connection": "close"}
        if validators.etag:
            headers["If-None-Match"] = validators.etag
        if validators.last_modified:
            headers["If-Modified-Since"] = validators.last_modified
        return headers

    def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Fetched:
        time = Timed(self._guard, self._names, seconds=self._limits.total)
        target = _Target.of(url)
        hops: list[Hop] = []
        credentials = target.credentials
        while True:
            own = {"Authorization": credentials} if credentials else {}
            answer = self._exchange(method, target, {**headers, **own}, body, time)
            location = answer.headers.get("location", "")
            if answer.status not in _REDIRECTS or not location or method != "GET":
                return _told(answer, tuple(hops))
            if len(hops) == self._limits.redirects:
                raise Unfetched(
                    f"{_host(url)} redirects more than {self._limits.redirects} times, perhaps in a circle."
                )
            onwards = _Target.of(urljoin(target.url, location.strip()))
            # A name and a word for one host are nothing for another to know.
            credentials = onwards.credentials or (credentials if onwards.place == target.place else "")
            target = onwards
            hops.append(Hop(answer.status, target.url))

    def _exchange(self, method: str, target: _Target, headers: Mapping[str, str], body: bytes, time: Timed) -> Fetched:
        try:
            request = httpcore.Request(
                method,
                httpcore.URL(
                    scheme=target.scheme, host=target.host.encode("ascii"), port=target.port, target=target.path
                ),
                headers=[(b"Host", target.authority), *_written(headers), *_length(method, body)],
                content=body or None,
                extensions={
                    "timeout": {
                        "connect": self._limits.connect,
                        "read": self._limits.read,
                        "write": self._limits.read,
                        "pool": self._limits.connect,
                    }
                },
            )
            with httpcore.HTTPConnection(
                origin=request.url.origin,
                ssl_context=self._tls if target.scheme == b"https" else None,
                network_backend=time,
                socket_options=((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),),
            ) as connection:
                response = connection.handle_request(request)
                try:
                    said = _headers_of(response)
                    if response.status == 200 and "Range" in headers:
                        raise Unfetched(f"{target.host} gives its file only whole, not in parts.")
                    body = self._body(target, response, said)
                    _refuse_a_surplus(target.host, said, time)
                    return Fetched(response.status, target.url, (), said, body)
                finally:
                    response.close()
        except httpcore.LocalProtocolError:
            raise Unfetched(f"{target.host}: the address or what was to be sent along is malformed.") from None
        except httpcore.RemoteProtocolError:
            raise Unfetched(f"{target.host} broke off, or answered with something that is not HTTP.") from None
        except (httpcore.ReadTimeout, httpcore.WriteTimeout):
            raise Unfetched(f"{target.host} did not answer whole within {self._limits.total:g} seconds.") from None
        except httpcore.ConnectTimeout:
            raise Unfetched(f"{target.host} cannot be reached: no connection in time.") from None
        except httpcore.ConnectError as error:
            raise Unfetched(_unconnected(target.host, error)) from None
        except httpcore.NetworkError:
            raise Unfetched(f"{target.host} broke the connection off.") from None

    def _body(self, target: _Target, response: httpcore.Response, said: Mapping[str, str]) -> bytes:
        # Only a success has something to read; what a refusal looks like to people is of no use to us.
        if not 200 <= response.status < 300:
            return b""
        received, unpacked = 0, bytearray()
        try:
            unpack = unpacker(said.get("content-encoding", ""))
            for piece in response.iter_stream():
                received += len(piece)
                if received > self._limits.wire_bytes:
                    raise Unfetched(f"{target.host} sends more than {self._limits.wire_bytes / 1e6:g} MB.")
                for part in unpack.feed(piece):
                    unpacked += part
                    if len(unpacked) > self._limits.body_bytes:
                        much = f"{self._limits.body_bytes / 1e6:g} MB"
                        raise Unfetched(f"{target.host} sends what becomes more than {much} when it is unpacked.")
            unpack.end()
        except Garbled as error:
            raise Unfetched(f"What {target.host} answered {error}.") from None
        return bytes(unpacked)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.load_verify_locations(cafile=certifi.where())
        context.set_alpn_protocols(["http/1.1"])
        return context


@dataclass(frozen=True)
class _Target:
    """An address taken apart. `credentials` is an Authorization header made of what stood before its host."""

    url: str
    scheme: bytes
    host: str
    port: int
    path: bytes
    credentials: str

    @property
    def place(self) -> tuple[bytes, str, int]:
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> bytes:
        shown = f"[{self.host}]" if ":" in self.host else self.host
        standard = {b"http": 80, b"https": 443}[self.scheme]
        return (shown if self.port == standard else f"{shown}:{self.port}").encode("ascii")

    @classmethod
    def of(cls, url: str) -> _Target:
        """Raises Unfetched for what is no address of the web."""
        try:
            parts = urlsplit(url)
            name, port = parts.hostname or "", parts.port
            host = name if ":" in name or name.isascii() else idna.encode(name, uts46=True).decode("ascii")
        except (ValueError, UnicodeError):
            raise Unfetched("The address is malformed; nothing was sent.") from None
        if parts.scheme not in ("http", "https"):
            if not parts.scheme:
                raise Unfetched("The address begins neither with https:// nor with http://; nothing was sent.")
            raise Unfetched(f"An address that begins with '{parts.scheme[:20]}:' is not read; nothing was sent.")
        if not host:
            raise Unfetched("The address names no host; nothing was sent.")
        path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        credentials = ""
        if parts.username:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            credentials = f"Basic {base64.b64encode(pair.encode()).decode()}"
        return cls(
            url=urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path or "/", parts.query, "")),
            scheme=parts.scheme.encode(),
            host=host,
            port=port or {"http": 80, "https": 443}[parts.scheme],
            path=_quoted(path),
            credentials=credentials,
        )


def _quoted(path: str) -> bytes:
    """A path as it may be sent: what is no printable ASCII is percent-encoded, all else stays as it was given."""
    return b"".join(
        bytes((each,)) if 0x20 < each < 0x7F else f"%{each:02X}".encode() for each in path.encode("utf-8", "replace")
    )


def _written(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), value.encode("latin-1", "replace")) for name, value in headers.items()]


def _length(method: str, body: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"Content-Length", str(len(body)).encode())] if method == "POST" else []


def _refuse_a_surplus(host: str, said: Mapping[str, str], time: Timed) -> None:
    """An answer that is longer than it says would be cut at a place that its server did not mean."""
    length, received = said.get("content-length", ""), time.body_bytes()
    if length.isascii() and length.isdigit() and received is not None and received > int(length[:18]):
        raise Unfetched(f"{host} broke off, or sends more than the length that it names.")


def _headers_of(response: httpcore.Response) -> dict[str, str]:
    """Headers by their name in lower case; of one that comes twice the values are joined by a comma."""
    found: dict[str, str] = {}
    for raw, value in response.headers:
        name, text = raw.decode("latin-1").lower(), value.decode("latin-1").strip()
        found[name] = f"{found[name]}, {text}" if name in found else text
    return found


def _told(answer: Fetched, hops: tuple[Hop, ...]) -> Fetched:
    headers = answer.headers
    now = _date(headers.get("date", "")) or datetime.now(UTC)
    return Fetched(
        answer.status,
        answer.url,
        hops,
        headers,
        answer.body,
        Validators(headers.get("etag", "")[:1000], headers.get("last-modified", "")[:200]),
        _retry_after(headers.get("retry-after", ""), now),
        _max_age(headers, now),
    )


def _retry_after(text: str, now: datetime) -> float | None:
    """Seconds or a date (RFC 9110), held against the server's own clock."""
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), _LONGEST)
    moment = _date(text)
    return min(max((moment - now).total_seconds(), 0.0), _LONGEST) if moment else None


def _max_age(headers: Mapping[str, str], now: datetime) -> float | None:
    """For how many seconds the answer holds, by Cache-Control, else by Expires (RFC 9111)."""
    rules = [rule.strip().casefold() for rule in headers.get("cache-control", "").split(",")]
    for rule in rules:
        name, _, value = rule.partition("=")
        value = value.strip('" ')
        if name == "max-age" and value.isascii() and value.isdigit():
            return min(float(value[:12]), _LONGEST)
    if "no-cache" in rules or "no-store" in rules:
        return None
    until = _date(headers.get("expires", ""))
    return min(max((until - now).total_seconds(), 0.0), _LONGEST) if until else None


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _unconnected(host: str, error: Exception) -> str:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"{host} does not prove who it is ({cause.verify_message}); nothing was sent."
    if cause is not None:
        return f"{host} cannot be talked to in private (TLS); nothing was sent."
    return f"{host} cannot be reached; nothing was sent."


def _host(url: str) -> str:
    """The only part of an address that is ever shown: the rest may be a secret."""
    try:
        return urlsplit(url).hostname or "(no host)"
    except ValueError:
        return "(no host)"
