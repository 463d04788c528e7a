"""Delivery reduced to what the ledger says of each outcome, to see what a platform does to the world over attempts."""

from __future__ import annotations

from datetime import timedelta

from bot.errors import NotSent, Unsent
from bot.ledger import absence_holds, state_after
from bot.model.states import DeliveryState
from bot.platforms.contract import Finds, Http, Outgoing, Platform, Receipt
from tests.platforms.services import AT

LONG = timedelta(days=1)


def deliver(
    platform: Platform, outgoing: Outgoing, http: Http, *, attempts: int = 12
) -> tuple[DeliveryState, Receipt | None]:
    """What becomes of one delivery when its worker comes back `attempts` times, each a day after the other."""
    state = DeliveryState.PLANNED
    for _ in range(attempts):
        if state is DeliveryState.UNKNOWN:
            try:
                receipt = platform.find(outgoing, http) if isinstance(platform, Finds) else None
            except NotSent:
                continue
            if receipt is not None:
                return DeliveryState.ACCEPTED, receipt
            if not absence_holds(platform.tier, since=AT, now=AT + LONG):
                return state, None
        try:
            return DeliveryState.ACCEPTED, platform.publish(outgoing, http)
        except Unsent as failure:
            state = state_after(failure)
        if state is DeliveryState.REJECTED:
            return state, None
    return state, None
