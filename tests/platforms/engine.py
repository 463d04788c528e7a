"""Delivery reduced to what the ledger says of each outcome, to see what a platform does to the world over attempts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from bot.errors import NotSent, Unsent
from bot.ledger import absence_holds, state_after
from bot.model.publication import Medium
from bot.model.states import DeliveryState
from bot.platforms.contract import Finds, Http, Outgoing, Platform, Prepares, Receipt, Uploads
from tests.platforms.services import AT

LONG = timedelta(days=1)
ROUNDS = 12


def deliver(
    platform: Platform,
    outgoing: Outgoing,
    http: Http,
    *,
    media: tuple[Medium, ...] = (),
    after: tuple[Receipt, Receipt] | None = None,
    attempts: int = ROUNDS,
) -> tuple[DeliveryState, Receipt | None]:
    """What becomes of one delivery when its worker comes back `attempts` times, each a day after the other.

    `media` go ahead where the platform uploads; `after` are the root and the parent of a text that follows others.
    """
    state = DeliveryState.PLANNED
    outgoing = replace(outgoing, before=after or ())
    for _ in range(attempts):
        if state is DeliveryState.UNKNOWN:
            try:
                receipt = platform.find(outgoing, http) if isinstance(platform, Finds) else None
            except NotSent:
                continue
            if receipt is not None:
                return DeliveryState.ACCEPTED, receipt
            if not absence_holds(platform.tier, since=AT, now=AT + LONG, lag=platform.facts.lag):
                return state, None
        try:
            outgoing = ahead(platform, outgoing, http, media)
        except Unsent as failure:
            state = state_after(failure)
            if state is DeliveryState.REJECTED:
                return state, None
            continue
        try:
            return DeliveryState.ACCEPTED, publishing(platform, http, after)(outgoing)
        except Unsent as failure:
            state = state_after(failure)
        if state is DeliveryState.REJECTED:
            return state, None
    return state, None


def ahead(platform: Platform, outgoing: Outgoing, http: Http, media: tuple[Medium, ...] = ()) -> Outgoing:
    """Everything that goes before the irreversible request: uploads, and the container where there is one."""
    uploads = dict(outgoing.uploads)
    for medium in media if isinstance(platform, Uploads) else ():
        if medium.sha256 not in uploads:
            uploads[medium.sha256] = _when_ready(
                platform.upload(medium, outgoing.media[medium.sha256], http), platform.uploaded, http
            )
    outgoing = replace(outgoing, uploads=uploads)
    if isinstance(platform, Prepares) and not outgoing.prepared:
        made = platform.prepare(outgoing, http)
        outgoing = replace(outgoing, prepared=_when_ready(made, platform.prepared, http))
    return outgoing


def publishing(platform: Platform, http: Http, after: tuple[Receipt, Receipt] | None) -> Callable[[Outgoing], Receipt]:
    if after is None:
        return lambda outgoing: platform.publish(outgoing, http)
    root, parent = after
    return lambda outgoing: platform.follow(outgoing, http, root=root, parent=parent)  # type: ignore[attr-defined]


def _when_ready(made: object, ask: Callable[..., object], http: Http) -> str:
    for _ in range(ROUNDS):
        if made.ready:  # type: ignore[attr-defined]
            return str(made.reference)  # type: ignore[attr-defined]
        made = ask(made.reference, http)  # type: ignore[attr-defined]
    raise NotSent("the service is still working on it")
