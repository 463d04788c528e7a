"""Who gets a newsletter, what they asked for, and who must never get one again."""

from __future__ import annotations

from enum import StrEnum


class Standing(StrEnum):
    """Where a subscription stands: asked for and not confirmed yet, active, or over."""

    PENDING = "pending"
    ACTIVE = "active"
    ENDED = "ended"


class Why(StrEnum):
    """Why somebody gets nothing any more. It outlives the subscription, the subscriber and the service that sends."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    ERASED = "erased"
    BY_HAND = "by hand"


class Cadence(StrEnum):
    """How often a subscriber wants a newsletter: each edition, or the first one of each calendar month."""

    EVERY = "every"
    MONTHLY = "monthly"
