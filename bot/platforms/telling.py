"""What a service of mails tells later, through its webhooks: arrived, came back, complained about, no more wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from bot.errors import PullquoteError
from bot.platforms.contract import Http


class Happening(StrEnum):
    """BOUNCED is for good (no such address); DEFERRED is not (a full mailbox), and may be followed by DELIVERED."""

    DELIVERED = "delivered"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True)
class Told:
    """One event. `event` is the service's own id of it, by which a repetition is known.

    `letter` is the key of our letter where the service gives it back, else "", and then `remote_id` (its own id of the
    mail) and `address` say which it is.
    """

    event: str
    happening: Happening
    at: datetime
    address: str
    letter: str = ""
    remote_id: str = ""
    reason: str = ""


class Forged(PullquoteError):
    """A webhook that does not prove where it comes from: nothing of it is believed."""


@runtime_checkable
class Tells(Protocol):
    """A service that tells of its mails. Pure: `now` is the moment, for signatures that bear one."""

    def events(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Sequence[Told]:
        """The events of one request, header names in small letters. Raises Forged, or ValueError for nonsense."""
        ...


@runtime_checkable
class TellsThrough(Protocol):
    """A service whose word is proven by what has to be fetched for it, and that may want an answer of its own."""

    def events_through(self, headers: Mapping[str, str], body: bytes, http: Http, *, now: datetime) -> Sequence[Told]:
        """Like `Tells.events`. Raises NotSent too, where the proof cannot be fetched now."""
        ...
