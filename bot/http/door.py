"""The way out over HTTP: makes one request, once, and says truly how it ended. httpx is known here and nowhere else.

What may enter is only what holds for every service. Nothing is tried a second time (the ledger is the retry policy),
no redirect is followed, no cookie is kept, and every request has a connection of its own, so that a keep-alive
connection that died unnoticed never leaves a doubt.

    how it ended                                          once        repeatable
    no connection, an address or header that is none      NotSent     NotSent
    broken off, timed out, not HTTP, after connecting     Unknown     NotSent
    1xx, 408, 5xx and whatever has no meaning             Unknown     NotSent
    429                                                   NotSent     NotSent, both with the wait that was asked for
    3xx                                                   Rejected    NotSent
    2xx and any other 4xx                                 a reply     a reply

A reply is a definite status, for the platform to read: it alone knows what its service's refusals mean. Whether the
body can be read is a second question, which `Answer.json` answers.

Addresses and headers may hold secrets: errors name the host only, refusals are cleaned of what was sent to
authenticate, and httpx's own log lines lose everything behind the host.
"""

from __future__ import annotations

import json
import logging
import os
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import httpx

from bot import __version__
from bot.errors import NotSent, Rejected, Unknown

BODY_MAXIMUM = 1_000_000
_SHOWN = 2_000
# In bytes: a longer body is written in pieces, of so many. Of each piece two copies are made on its way out.
_LONG, _PIECE = 65_536, 1_000_000
# No answer may put a delivery off for longer, whatever it asks for (seconds).
_LONGEST_WAIT = 7 * 86_400.0
# A reset time above this is an instant (Unix seconds), below it a number of seconds.
_INSTANT = 1_000_000_000
# How headers end that authenticate beside Authorization, such as X-Kit-Api-Key.
_CREDENTIALS = ("api-key", "-token")
# When a limit is open again, as services name it; and X's limits of a day, which have a number left beside it.
_RESETS = ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")
_DAYS = ("x-app-limit-24hour", "x-user-limit-24hour")
_SHORTEST_SECRET = 8
_SHORTEST_PART = 16
_QUOTED = re.compile(r'="([^"]+)"')

_NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)

_Doubt = type[Unknown] | type[NotSent]


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds: for each step, and in `total` for the whole, however slowly an answer drips."""

    connect: float = 10.0
    read: float = 30.0
    write: float = 30.0
    pool: float = 10.0
    total: float = 60.0


@dataclass
class Answer:
    """A definite status and what came with it. `fault` says why the body cannot be trusted; "" where it is whole.

    `headers` are found whatever their case. `json` of a success that cannot be read raises `doubt`.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    host: str
    fault: str
    doubt: _Doubt

    def json(self) -> Any:
        """What the body says. Raises Unknown (NotSent where repeatable) for a success that cannot be read.

        A refusal that cannot be read, such as an error page, gives None.
        """
        fault = self.fault
        if not fault:
            try:
                return json.loads(self.body)
            except (ValueError, RecursionError):
                fault = "is not JSON"
        if self.status >= 300:
            return None
        evidence = _shown(self.body) if self.doubt is Unknown else ""
        raise self.doubt(f"{self.host} answered {self.status}, but the answer {fault}.", answer=evidence)


@lru_cache(maxsize=4)
def _trusted(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    """Whom we trust, as httpx reads it: from these places, where the environment names them. It is read once, because
    each pass opens a door and reading takes longer than a pass that has nothing to do.
    """
    return httpx.create_ssl_context()


class Door:
    """Makes requests for platforms; meets `bot.platforms.contract.Http` and `Timed`. Safe to share between threads."""

    def __init__(self, patience: Patience | None = None, clock: Callable[[], datetime] = lambda: datetime.now(UTC)):
        self._patience = patience or Patience()
        self._clock = clock
        self._watch = _Watch(self._patience.total)
        self._client = httpx.Client(
            verify=_trusted(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")),
            timeout=httpx.Timeout(
                connect=self._patience.connect,
                read=self._patience.read,
                write=self._patience.write,
                pool=self._patience.pool,
            ),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            follow_redirects=False,
            # A compressed answer could be small on the wire and huge in memory: none is asked for.
            headers={"accept": "*/*", "accept-encoding": "identity", "user-agent": f"pullquote/{__version__}"},
            # A cookie that was kept would carry one account's session into another's requests.
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=())),
        )

    def once(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
        """The one irreversible request of a delivery. Raises NotSent, Rejected (3xx) or Unknown."""
        return self._ask(method, url, headers=headers, body=body, doubt=Unknown)

    def repeatable(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """A request that does no harm twice. Raises nothing but NotSent."""
        return self._ask(method, url, headers=headers, body=body, doubt=NotSent)

    def now(self) -> datetime:
        """The moment of sending, for signatures that must bear it."""
        return self._clock()

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes, doubt: _Doubt) -> Answer:
        host = _host(url)
        with _Deadline(self._watch) as deadline, _Written(body) as written:
            try:
                request = self._client.build_request(
                    method,
                    url,
                    headers={**headers, **written.headers},
                    content=written.content,
                    extensions={"trace": deadline.watch},
                )
            except (httpx.InvalidURL, ValueError, TypeError):
                raise NotSent(_malformed(host)) from None
            try:
                response = self._client.send(request, stream=True)
            except (*_NEVER_LEFT, UnicodeError) as error:
                raise NotSent(_never_left(host, error)) from None
            except httpx.HTTPError as error:
                raise doubt(f"{host} gave no clear answer ({deadline.words or _kind(error)}).") from None
            try:
                received, fault = _read(response)
            finally:
                with suppress(httpx.HTTPError):
                    response.close()
        if response.status_code >= 300:
            received = _clean(received, _secrets(url, request.headers))
        answer = Answer(response.status_code, response.headers, received, host, fault, doubt)
        self._judge(answer)
        return answer

    def _judge(self, answer: Answer) -> None:
        """Raise for every status that means the same everywhere."""
        status, shown = answer.status, _shown(answer.body)
        if 200 <= status < 300 or (400 <= status < 500 and status not in (408, 429)):
            return
        if status == 429:
            wait = _wait(answer.headers, self._clock())
            raise NotSent(f"{answer.host} asks to slow down (429).", answer=shown, retry_after=wait)
        if 300 <= status < 400:
            location = answer.headers.get("location", "")
            to = _host(location) if "//" in location else "another path"
            said = f"{answer.host} answered {status}, a redirect to {to}; redirects are never followed."
            remedy = "Write the address that it leads to into the channel's settings."
            if answer.doubt is Unknown:
                raise Rejected(said, remedy=remedy, answer=shown)
            raise NotSent(f"{said} {remedy}", answer=shown)
        said = f"{answer.host} answered {status}, which does not say whether the request counted."
        if answer.doubt is NotSent:
            raise NotSent(said, answer=shown, retry_after=_wait(answer.headers, self._clock()))
        raise Unknown(said, answer=shown)


class _Written:
    """A body on its way out. A long one is let go at the end of the block: httpx keeps its requests until Python looks
    for rings of objects, and some of their bodies would fill the memory meanwhile.
    """

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._long = len(body) > _LONG

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._body = b""

    def __iter__(self) -> Iterator[bytes]:
        for begin in range(0, len(self._body), _PIECE):
            yield self._body[begin : begin + _PIECE]

    @property
    def headers(self) -> dict[str, str]:
        return {"content-length": str(len(self._body))} if self._long else {}

    @property
    def content(self) -> bytes | Iterable[bytes]:
        return self if self._long else self._body


class _Watch:
    """Cuts connections whose time is over: time-outs of each read do not stop a slow drip.

    One thread looks after all exchanges of a door while there are any: a timer for each would be a thread for each.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._under_way: set[_Deadline] = set()
        self._changing = threading.Lock()
        self._looking = False

    def add(self, deadline: _Deadline) -> None:
        with self._changing:
            self._under_way.add(deadline)
            if not self._looking:
                self._looking = True
                threading.Thread(target=self._look, name="deadlines", daemon=True).start()

    def drop(self, deadline: _Deadline) -> None:
        with self._changing:
            self._under_way.discard(deadline)

    def _look(self) -> None:
        # Often enough that no exchange lasts a hundredth longer than it may.
        while True:
            time.sleep(max(self.seconds / 100, 0.001))
            with self._changing:
                over = [each for each in self._under_way if each.over]
                self._looking = bool(self._under_way)
                if not self._looking:
                    return
            for each in over:
                each.cut()


class _Deadline:
    """The end of one exchange."""

    def __init__(self, watch: _Watch) -> None:
        self.words = ""
        self._watch = watch
        self._ends = time.monotonic() + watch.seconds
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        self._watch.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._watch.drop(self)

    @property
    def over(self) -> bool:
        return not self.words and time.monotonic() >= self._ends

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """httpx's `trace` extension: learn the socket as soon as there is one, before anything is sent over it."""
        if not event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            return
        self._socket = info["return_value"].get_extra_info("socket")
        if self.words or self.over:
            self.cut()
            raise httpx.ConnectTimeout(self.words)

    def cut(self) -> None:
        self.words = f"not finished within {self._watch.seconds:g} seconds"
        if self._socket is not None:
            with suppress(OSError):
                # The plain socket's own method: that of a TLS socket would first tear down the state a reader uses.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def _read(response: httpx.Response) -> tuple[bytes, str]:
    """The body as far as it came, and what is wrong with it."""
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        return b"", "is compressed, which was not asked for"
    received = bytearray()
    try:
        for piece in response.iter_raw():
            received += piece
            if len(received) > BODY_MAXIMUM:
                return bytes(received[:BODY_MAXIMUM]), f"is longer than {BODY_MAXIMUM:,} bytes"
    except httpx.HTTPError:
        return bytes(received), "broke off"
    return bytes(received), ""


def _wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """How many seconds a server asks to wait.

    Retry-After (RFC 9110) counts seconds or names a date, which is held against the server's own clock where it shows
    one. Mastodon sends only X-RateLimit-Reset, an ISO time there and Unix seconds on GoToSocial; Bluesky's
    RateLimit-Reset is Unix seconds. X has limits of a quarter of an hour and, where they are used up, of a day.
    """
    there = _date(headers.get("date", "")) or now
    days = [each for each in _DAYS if headers.get(f"{each}-remaining", "").strip() == "0"]
    for name in ("retry-after", *(f"{each}-reset" for each in days), *_RESETS):
        text = headers.get(name, "").strip()
        if text.isascii() and text.isdigit():
            number = int(text[:12])
            wait = float(number) if number < _INSTANT else number - there.timestamp()
        elif (moment := _date(text)) is not None:
            wait = (moment - there).total_seconds()
        else:
            continue
        return min(max(wait, 0.0), _LONGEST_WAIT)
    return None


def _date(text: str) -> datetime | None:
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _never_left(host: str, error: Exception) -> str:
    if isinstance(error, httpx.LocalProtocolError | httpx.UnsupportedProtocol | UnicodeError):
        return _malformed(host)
    return f"{host} cannot be reached ({str(error) or _kind(error)}); nothing was sent."


def _malformed(host: str) -> str:
    """In our words: what httpx says of a bad address or header would show it, and it may be a secret."""
    return f"{host}: the address or a header is malformed; nothing was sent. Correct the channel's settings."


def _kind(error: Exception) -> str:
    match error:
        case httpx.TimeoutException():
            return "no answer in time"
        case httpx.RemoteProtocolError():
            return "the connection ended before a whole answer came"
        case _:
            return "the connection broke"


def _host(url: str) -> str:
    """The only part of an address that is ever shown."""
    try:
        return urlsplit(url).hostname or "(no host)"
    except ValueError:
        return "(no host)"


def _secrets(url: str, headers: httpx.Headers) -> list[str]:
    """What was sent that could be a secret: the credentials, and long parts of the address, longest first.

    A part of several words with colons between them (Telegram's `bot<number>:<secret>`) is also cleaned of each word,
    and credentials that are a list (OAuth 1.0a's `name="value", ...`) of each value.
    """
    credentials = [each for name, each in headers.items() if name == "authorization" or name.endswith(_CREDENTIALS)]
    sent = " ".join(credentials)
    parts = [*sent.split(), *(each for quoted in _QUOTED.findall(sent) for each in (quoted, unquote(quoted)))]
    found = [part for part in parts if len(part) >= _SHORTEST_SECRET]
    address = urlsplit(url)
    for part in (*address.path.split("/"), *address.query.replace("=", "&").split("&"), address.password or ""):
        pieces = (part, unquote(part), *unquote(part).split(":"))
        found += [each for each in pieces if len(each) >= _SHORTEST_PART]
    return sorted(set(found), key=len, reverse=True)


def _clean(body: bytes, secrets: list[str]) -> bytes:
    for secret in secrets:
        body = body.replace(secret.encode(), b"***")
    return body


def _shown(body: bytes) -> str:
    return body[:_SHOWN].decode("utf-8", "replace")


def _without_address(record: logging.LogRecord) -> bool:
    """Let a log line of httpx pass with every address in it cut down to its host."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            _host(str(each)) if isinstance(each, httpx.URL) or "://" in str(each) else each for each in record.args
        )
    return True


logging.getLogger("httpx").addFilter(_without_address)
# Below this level httpcore writes the headers of every answer.
logging.getLogger("httpcore").setLevel(logging.INFO)
