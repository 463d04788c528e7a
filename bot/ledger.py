"""What an outcome means and when to try again: the whole retry policy, readable as data.

Pure. Nothing retries anywhere else: a platform tries once, the row waits.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from bot.errors import NotSent, Rejected, Unknown, Unsent
from bot.model.states import DeliveryState

# How long to wait after the first, second, third … attempt that was not sent; the last entry repeats.
BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180))
# While a request is under way its worker holds the row this long; a worker elsewhere that is silent longer is dead.
LEASE = timedelta(minutes=10)
# What was published may show up late in a list; before this time "not there" proves nothing. A platform states its own
# in its facts.
LOOK_UP_LAG = timedelta(minutes=10)

# A doubt is young for so long, and looked up at every pass; an older one is looked up this seldom.
_YOUNG, _SELDOM = timedelta(minutes=30), timedelta(minutes=15)


class Tier(StrEnum):
    """What a platform lets us know after an answer that never came."""

    KEYED = "keyed"  # the same bytes under the same key count once: send again
    FINDABLE = "findable"  # what was published can be looked up: look, then decide
    BLIND = "blind"  # neither: a person must decide, nothing is sent again by itself


def state_after(failure: Unsent) -> DeliveryState:
    """The state of a delivery whose attempt ended without a receipt."""
    match failure:
        case NotSent():
            return DeliveryState.PLANNED
        case Rejected():
            return DeliveryState.REJECTED
        case Unknown():
            return DeliveryState.UNKNOWN
        case _:
            raise TypeError(f"{type(failure).__name__} is no outcome of an attempt")


def next_try(attempts: int, now: datetime, retry_after: float | None = None) -> datetime:
    """When a delivery that was not sent is due again. What the platform asked for (seconds) is a floor."""
    wait = BACKOFF[min(attempts, len(BACKOFF)) - 1] if attempts else timedelta()
    if retry_after is not None:
        wait = max(wait, timedelta(seconds=retry_after))
    return now + wait


def slowed_down(attempts: int, now: datetime, asked: float) -> datetime:
    """When a request is due again whose service asked to wait so many seconds, because others of ours came too fast.

    It waits as long as asked, twice as long the next time, and so on up to what `next_try` says.
    """
    grown = now + timedelta(seconds=asked * 2 ** min(attempts - 1, 12))
    return min(grown, next_try(attempts, now, asked))


def next_look(since: datetime, now: datetime, first: timedelta) -> datetime:
    """When to ask a service again that has worked on something since then: after `first`, later more seldom.

    The pause grows to a quarter of the time that it has taken, so a film of an hour is not asked for every few seconds.
    """
    return now + max(first, (now - since) / 4)


def absence_holds(tier: Tier, *, since: datetime, now: datetime, lag: timedelta = LOOK_UP_LAG) -> bool:
    """Whether a delivery that was looked up and not found may be sent again without asking anybody.

    `since` is when the doubt arose, `lag` how long the platform may take to show what it has.
    """
    match tier:
        case Tier.KEYED:
            return True
        case Tier.FINDABLE:
            return now - since >= lag
        case Tier.BLIND:
            return False


def looks_again(*, since: datetime, looked_at: datetime | None, now: datetime, lag: timedelta) -> bool:
    """Whether a doubt that arose at `since` is looked up now: at every pass while young, later every 15 minutes."""
    return now >= looks_at(since=since, looked_at=looked_at, now=now, lag=lag)


def looks_at(*, since: datetime, looked_at: datetime | None, now: datetime, lag: timedelta) -> datetime:
    """From when on a pass looks a doubt up that arose at `since`; `now` where the next one does."""
    if looked_at is None or now - since < max(_YOUNG, lag * 2):
        return now
    return looked_at + _SELDOM
