"""The ways out that platforms are handed: HTTP, SMTP for those that ask for it, and one whose answers others hear."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Protocol

from bot import relay
from bot.http import Door, Patience
from bot.model.secret import Secret
from bot.platforms.contract import Http, Reply, Timed
from bot.platforms.relaying import Relays, Session, Tls


class Ways(Door):
    """Both doors in one hand; meets `bot.platforms.contract.Http`, `Timed` and `bot.platforms.relaying.Relays`."""

    def __init__(
        self,
        patience: Patience | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        relaying: relay.Patience | None = None,
    ) -> None:
        super().__init__(patience, clock)
        self._relaying = relaying

    def relay(
        self, host: str, port: int, *, tls: str, user: str, password: Secret | None
    ) -> AbstractContextManager[relay.Session]:
        return relay.session(host, port, tls=tls, user=user, password=password, patience=self._relaying)


class Hears(Protocol):
    """Whoever learns from the head of an answer."""

    def heard(self, headers: Mapping[str, str]) -> None: ...


class Listening:
    """A way out whose answers' heads `hears` gets to hear; otherwise the one that it stands before."""

    def __init__(self, http: Http, hears: Hears) -> None:
        self._http = http
        self._hears = hears

    def once(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes) -> Reply:
        return self._heard(self._http.once(method, url, headers=headers, body=body))

    def repeatable(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        return self._heard(self._http.repeatable(method, url, headers=headers, body=body))

    def now(self) -> datetime:
        if not isinstance(self._http, Timed):
            raise TypeError("this way out does not tell the time")
        return self._http.now()

    def relay(
        self, host: str, port: int, *, tls: Tls, user: str, password: Secret | None
    ) -> AbstractContextManager[Session]:
        if not isinstance(self._http, Relays):
            raise TypeError("this way out does not speak SMTP")
        return self._http.relay(host, port, tls=tls, user=user, password=password)

    def _heard(self, reply: Reply) -> Reply:
        self._hears.heard(reply.headers)
        return reply
