"""How fast one channel may go: its service's rates against the ledger, what answers said, rests after failures."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.errors import NotSent, Unsent
from bot.house import House
from bot.pacing import free_at, rest, used_up_until
from bot.platforms.facts import Per, Rate
from bot.store import deliveries, events, gates
from bot.store.database import Db
from bot.store.gates import Gate
from bot.text import lasting


def shut_until(house: House, db: Db, channel: str, now: datetime) -> tuple[datetime, str] | None:
    """Until when a channel may not send, and why in words; None where it may."""
    gate = gates.get(db, channel)
    if gate.shut_until is not None and gate.shut(now):
        return gate.shut_until, gate.reason
    return _rate(house, db, channel, now)


class Pace:
    """Says whether a channel may go on, and learns from what became of each request.

    Several requests of a mailing may be under way: what answers say is heard in their threads, and one thread decides.
    """

    def __init__(self, house: House, channel: str, clock: Callable[[], datetime], db: Db) -> None:
        self._house = house
        self._channel = channel
        self._clock = clock
        self._gate = gates.get(db, channel)
        self._hearing = threading.Lock()

    def may_go(self, db: Db) -> bool:
        return self.waits_until(db) is None

    def waits_until(self, db: Db) -> datetime | None:
        """Until when the channel has to wait; None where it may go on."""
        now, gate = self._clock(), self._gate
        if gate.shut(now):
            return gate.shut_until
        found = _rate(self._house, db, self._channel, now)
        return found[0] if found is not None else None

    def heard(self, headers: Mapping[str, str]) -> None:
        """Listen to what an answer says is left."""
        now = self._clock()
        until = used_up_until(headers, now)
        with self._hearing:
            if until is not None and not (self._gate.shut_until and self._gate.shut_until >= until):
                self._gate = replace(self._gate, shut_until=until, reason="the service says that nothing more is left")

    def went_well(self, db: Db) -> None:
        """A request was accepted: failures are forgotten, a wait that was asked for is not."""
        with self._hearing:
            self._went_well(db, self._clock())

    def _went_well(self, db: Db, now: datetime) -> None:
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
        with self._hearing:
            self._failed(db, failure, self._clock())

    def _failed(self, db: Db, failure: Unsent, now: datetime) -> None:
        if isinstance(failure, NotSent) and failure.retry_after is not None:
            asked = now + timedelta(seconds=failure.retry_after)
            # The answer to another request may have asked for more.
            if self._gate.shut_until is None or self._gate.shut_until < asked:
                self._gate = replace(self._gate, shut_until=asked, reason=f"the service asks to wait: {failure}")
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


def _rate(house: House, db: Db, channel: str, now: datetime) -> tuple[datetime, str] | None:
    for each in house.channels[channel].facts.rates:
        newest = deliveries.nth_newest_attempt(db, _sharing(house, channel, each), each.number, since=now - each.within)
        until = free_at(newest, each.within)
        if until is not None and until > now:
            return until, f"{each.number} within {lasting(each.within)} is all that the service takes"
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
