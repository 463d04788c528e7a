"""How fast one channel may go: its service's rates against the ledger, what answers said, rests after failures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta

from bot.errors import NotSent, Unsent
from bot.house import House
from bot.model.secret import Secret
from bot.pacing import free_at, rest, used_up_until
from bot.platforms.contract import Http, Reply, Timed
from bot.platforms.facts import Per, Rate
from bot.platforms.relaying import Relays, Session, Tls
from bot.store import deliveries, events, gates
from bot.store.database import Db
from bot.store.gates import Gate


def shut_until(house: House, db: Db, channel: str, now: datetime) -> tuple[datetime, str] | None:
    """Until when a channel may not send, and why in words; None where it may."""
    gate = gates.get(db, channel)
    if gate.shut_until is not None and gate.shut(now):
        return gate.shut_until, gate.reason
    return _rate(house, db, channel, now)


class Pace:
    """Says whether a channel may go on, and learns from what became of each request."""

    def __init__(self, house: House, channel: str, clock: Callable[[], datetime], db: Db) -> None:
        self._house = house
        self._channel = channel
        self._clock = clock
        self._gate = gates.get(db, channel)

    def may_go(self, db: Db) -> bool:
        now = self._clock()
        return not self._gate.shut(now) and _rate(self._house, db, self._channel, now) is None

    def heard(self, headers: Mapping[str, str]) -> None:
        """Listen to what an answer says is left."""
        now = self._clock()
        until = used_up_until(headers, now)
        if until is not None and not (self._gate.shut_until and self._gate.shut_until >= until):
            self._gate = replace(self._gate, shut_until=until, reason="the service says that nothing more is left")

    def went_well(self, db: Db) -> None:
        """A request was accepted: failures are forgotten, a wait that was asked for is not."""
        now = self._clock()
        waits = self._gate.shut(now)
        if not waits and self._gate == Gate(self._channel):
            return
        before = gates.get(db, self._channel)
        self._gate = replace(self._gate, failures=0) if waits else Gate(self._channel)
        if before.failures >= 1 or waits or before.shut_until:
            gates.put(db, self._gate, at=now)
        if rest(before.failures) is not None:
            self._tell(db, "open again", "what was sent was accepted")

    def failed(self, db: Db, failure: Unsent) -> None:
        """A request was not accepted: wait as long as the service asked for, or rest after too many in a row."""
        now = self._clock()
        if isinstance(failure, NotSent) and failure.retry_after is not None:
            until: datetime | None = now + timedelta(seconds=failure.retry_after)
            self._gate = replace(self._gate, shut_until=until, reason=f"the service asks to wait: {failure}")
            gates.put(db, self._gate, at=now)
            return
        failures = self._gate.failures + 1
        pause = rest(failures)
        reason = f"{failures} attempts in a row failed, the last one because: {failure}" if pause else ""
        waits = self._gate.shut_until if self._gate.shut(now) else None
        until = max((each for each in (waits, now + pause if pause else None) if each), default=None)
        self._gate = Gate(self._channel, failures, until, reason or self._gate.reason)
        gates.put(db, self._gate, at=now)
        if pause is not None:
            self._tell(db, "shut", f"until {now + pause:%H:%M} UTC: {reason}")

    def _tell(self, db: Db, what: str, detail: str) -> None:
        events.note(
            db, at=self._clock(), actor="pullquote", subject=f"channel:{self._channel}", what=what, detail=detail
        )


class Listening:
    """A way out that lets a pace hear the head of every answer; otherwise the one that it stands before."""

    def __init__(self, http: Http, pace: Pace) -> None:
        self._http = http
        self._pace = pace

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
        self._pace.heard(reply.headers)
        return reply


def _rate(house: House, db: Db, channel: str, now: datetime) -> tuple[datetime, str] | None:
    for each in house.channels[channel].facts.rates:
        newest = deliveries.nth_newest_attempt(db, _sharing(house, channel, each), each.number, since=now - each.within)
        until = free_at(newest, each.within)
        if until is not None and until > now:
            return until, f"{each.number} within {each.within} is all that the service takes"
    return None


def _sharing(house: House, channel: str, rate: Rate) -> list[str]:
    """The channels that are counted together for a rate."""
    own = house.channels[channel]
    match rate.per:
        case Per.ACCOUNT:
            return [channel]
        case Per.HOST:
            server = getattr(own, "server", "")
            return [name for name, each in house.channels.items() if getattr(each, "server", None) == server]
        case Per.SERVICE:
            return [name for name, each in house.channels.items() if each.name == own.name]
