"""Decides which addresses of others may be connected to, and holds a connection to its time.

The address that is checked is the one that is connected to, so a name that answers differently the second time changes
nothing. Every step waits for at most what is left of the whole, so a server that drips is cut off in time.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass
from typing import Any

import httpcore

from bot.errors import Unfetched

PORTS = frozenset({80, 443, 8000, 8080, 8443})
_LONGEST_HEAD = 65_536
_TRANSLATED = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))

Resolver = Callable[[str, int], Sequence[str]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_public(text: str) -> bool:
    """Whether an IP address is one of the open network, also when it is wrapped in another (mapped, 6to4, NAT64)."""
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return all(each.is_global and not each.is_multicast for each in (address, *_inside(address)))


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, as the system gives them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@dataclass(frozen=True)
class Guard:
    """What may be connected to: public addresses on `ports`, and whatever a host in `allowed` has.

    `allowed` are names or addresses in lower case, with or without a port.
    """

    allowed: frozenset[str] = frozenset()
    ports: frozenset[int] = PORTS
    resolver: Resolver = resolve

    def trusts(self, host: str, port: int) -> bool:
        return not self.allowed.isdisjoint((host, f"{host}:{port}", f"[{host}]:{port}"))

    def addresses(self, host: str, port: int, *, within: float, pool: Executor) -> list[str]:
        """The addresses of a host that may be connected to, in order. Raises Unfetched where there is none."""
        trusted = self.trusts(host, port)
        if not trusted and port not in self.ports:
            raise Unfetched(f"{host} is to be read at port {port}, which is not a port of the web; nothing was sent.")
        found = self._resolved(host, port, within=within, pool=pool)
        usable = found if trusted else [each for each in found if is_public(each)]
        if not usable:
            raise Unfetched(
                f"{host} stands at {found[0]}, an address on this machine or its network; nothing was sent. "
                "If it is meant to be read, name it in [fetch] allow."
            )
        return usable

    def _resolved(self, host: str, port: int, *, within: float, pool: Executor) -> list[str]:
        literal = host.strip("[]").partition("%")[0]
        try:
            return [str(ipaddress.ip_address(literal))]
        except ValueError:
            pass
        try:
            # The system's resolver knows no time limit of its own.
            found = pool.submit(self.resolver, host, port).result(timeout=within)
        except NotInTime:
            raise Unfetched(f"{host} was not found in the domain name system in time.") from None
        except (OSError, UnicodeError):
            raise Unfetched(f"{host} is not known to the domain name system.") from None
        if not found:
            raise Unfetched(f"{host} has no address in the domain name system.")
        return list(found)


class Timed(httpcore.NetworkBackend):
    """Opens connections for one exchange, past a guard and within `seconds` altogether."""

    def __init__(self, guard: Guard, pool: Executor, *, seconds: float) -> None:
        self._guard = guard
        self._pool = pool
        self._seconds = seconds
        self._until = time.monotonic() + seconds
        self._inner = httpcore.SyncBackend()
        self._received = bytearray()
        self._total = 0

    def left(self, step: float | None) -> float:
        """What remains for a step that may take `step` seconds. Raises Unfetched when the time is over."""
        remaining = self._until - time.monotonic()
        if remaining <= 0:
            raise httpcore.ReadTimeout(f"not finished within {self._seconds:g} seconds")
        return remaining if step is None else min(step, remaining)

    def note(self, piece: bytes) -> None:
        """Count what is received of one answer, and keep its beginning."""
        self._total += len(piece)
        if len(self._received) < _LONGEST_HEAD:
            self._received += piece

    def body_bytes(self) -> int | None:
        """How much was received behind the head of the last answer; None where its head has no end."""
        end = self._received.find(b"\r\n\r\n")
        return self._total - end - 4 if end >= 0 else None

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        self._received, self._total = bytearray(), 0
        addresses = self._guard.addresses(host, port, within=self.left(timeout), pool=self._pool)
        for number, address in enumerate(addresses, start=1):
            try:
                stream = self._inner.connect_tcp(address, port, self.left(timeout), local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(addresses):
                    raise
            else:
                return _TimedStream(stream, self)
        raise httpcore.ConnectError("no address")


class _TimedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, time: Timed) -> None:
        self._stream = stream
        self._time = time

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        piece = self._stream.read(max_bytes, self._time.left(timeout))
        self._time.note(piece)
        return piece

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._time.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._time.left(timeout))
        return _TimedStream(stream, self._time)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _inside(address: Address) -> list[Address]:
    """The addresses that an IPv6 address leads on to."""
    if not isinstance(address, ipaddress.IPv6Address):
        return []
    found: list[Address | None] = [address.ipv4_mapped, address.sixtofour]
    if address.teredo is not None:
        found += address.teredo
    if any(address in network for network in _TRANSLATED):
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [each for each in found if each is not None]
