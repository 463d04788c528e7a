"""The ways out that platforms are handed: HTTP, and SMTP for those that ask for it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from bot import relay
from bot.http import Door, Patience
from bot.model.secret import Secret


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
