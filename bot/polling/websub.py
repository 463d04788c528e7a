"""WebSub: when to ask a hub for its pushes, what its answers mean, and whether a push is genuine (W3C Recommendation).

A push is a hint and nothing more: the feed is asked at once, and what it says there is what counts. So a forged or a
stale push does no harm, and a hub that dies silently costs only speed.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode

# Hubs die silently, so no lease is believed for longer; one that is shorter than an hour would be renewed for ever.
_LONGEST_LEASE = timedelta(days=14)
_SHORTEST_LEASE = timedelta(hours=1)
_ASKED_FOR = timedelta(days=10)
# A hub that does not answer is asked again after so long, doubled each time.
_AGAIN = timedelta(hours=1)
_LONGEST_AGAIN = timedelta(days=7)
# A subscription that was asked for and not confirmed within this time was lost.
_CONFIRMED_WITHIN = timedelta(hours=1)
# A hub is relied on for as long as its last push is not older than this.
_RELIED_ON = timedelta(days=30)
_METHODS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}


class HubState(StrEnum):
    """ASKED waits for the hub's question; ACTIVE gets pushes; REFUSED was turned down."""

    ASKED = "asked"
    ACTIVE = "active"
    REFUSED = "refused"


@dataclass(frozen=True)
class Subscription:
    """What we have with a hub about one source. `tries` counts requests in a row that led to nothing."""

    source: str
    hub: str
    topic: str
    state: HubState
    next_at: datetime
    lease_until: datetime | None = None
    pushed_at: datetime | None = None
    tries: int = 0
    reason: str = ""


def due(known: Subscription | None, *, hub: str, topic: str, now: datetime) -> bool:
    """Whether a hub is to be asked now: for the first time, again, or because the feed names another one."""
    return known is None or (known.hub, known.topic) != (hub, topic) or known.next_at <= now


def asked(known: Subscription | None, source: str, *, hub: str, topic: str, now: datetime, fault: str) -> Subscription:
    """After a request to a hub; `fault` says why it was not taken, "" where it was."""
    same = known is not None and (known.hub, known.topic) == (hub, topic)
    base = known if same and known is not None else Subscription(source, hub, topic, HubState.ASKED, now)
    tries = base.tries + 1
    wait = min(_AGAIN * 2 ** min(tries - 1, 8), _LONGEST_AGAIN)
    live = base.state is HubState.ACTIVE and base.lease_until is not None and base.lease_until > now
    state = base.state if live else HubState.REFUSED if fault else HubState.ASKED
    return replace(base, state=state, tries=tries, reason=fault, next_at=now + (wait if fault else _CONFIRMED_WITHIN))


def confirmed(known: Subscription, *, lease_seconds: float | None, now: datetime) -> Subscription:
    """After the hub's question whether we meant it: renewed when nine tenths of the lease are over."""
    asked_for = timedelta(seconds=lease_seconds) if lease_seconds is not None else _ASKED_FOR
    lease = min(max(asked_for, _SHORTEST_LEASE), _LONGEST_LEASE)
    return replace(known, state=HubState.ACTIVE, lease_until=now + lease, next_at=now + lease * 0.9, tries=0, reason="")


def denied(known: Subscription, *, reason: str, now: datetime) -> Subscription:
    """The hub or the publisher does not want us; asked again in a week."""
    return replace(known, state=HubState.REFUSED, lease_until=None, reason=reason, next_at=now + _LONGEST_AGAIN)


def relied_on(known: Subscription | None, now: datetime) -> bool:
    """Whether pushes can be counted on, so that the feed is asked rarely."""
    return (
        known is not None
        and known.state is HubState.ACTIVE
        and known.lease_until is not None
        and known.lease_until > now
        and known.pushed_at is not None
        and now - known.pushed_at < _RELIED_ON
    )


def request(*, mode: str, topic: str, callback: str, signing_key: str) -> bytes:
    """The form that asks a hub."""
    return urlencode(
        {
            "hub.mode": mode,
            "hub.topic": topic,
            "hub.callback": callback,
            "hub.lease_seconds": str(int(_ASKED_FOR.total_seconds())),
            "hub.secret": signing_key,
        }
    ).encode()


def path_key(secret: str, source: str) -> str:
    """The part of our address that a hub calls for one source: nobody can guess it who does not know `secret`."""
    return hmac.new(secret.encode(), f"websub path {source}".encode(), hashlib.sha256).hexdigest()[:40]


def signing_key(secret: str, source: str) -> str:
    """What a hub signs its pushes for one source with."""
    return hmac.new(secret.encode(), f"websub signature {source}".encode(), hashlib.sha256).hexdigest()


def genuine(header: str, body: bytes, *, key: str) -> bool:
    """Whether `X-Hub-Signature` is that of the body, compared in constant time."""
    name, _, signature = header.strip().partition("=")
    method = _METHODS.get(name.casefold())
    if method is None or not signature.isascii():
        return False
    return hmac.compare_digest(hmac.new(key.encode(), body, method).hexdigest(), signature.casefold())
