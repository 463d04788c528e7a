"""The states of a draft, of a delivery and of what it consists of, and which may follow which.

Both tables are data: the store refuses a step that is not in them, the desk and the command line offer only the steps
that are.
"""

from __future__ import annotations

from enum import StrEnum


class DraftState(StrEnum):
    """Where a draft stands on its way from written to published."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    HELD = "held"
    REJECTED = "rejected"


class DeliveryState(StrEnum):
    """Where a delivery stands. Only PLANNED may be claimed; SENDING may become UNKNOWN, never PLANNED by itself."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    HELD = "held"
    CANCELLED = "cancelled"


class Act(StrEnum):
    """What a delivery does: it publishes, or it corrects a published one by editing, deleting or answering it."""

    PUBLISH = "publish"
    EDIT = "edit"
    DELETE = "delete"
    ANSWER = "answer"


class StepKind(StrEnum):
    """The steps of a delivery that has several: a medium that goes ahead, a text of a thread."""

    UPLOAD = "upload"
    TEXT = "text"


class StepState(StrEnum):
    """WAITING is not done yet, WORKING is with the service that still works on it, DONE has its receipt."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"


class BatchState(StrEnum):
    """Where one request of a mailing stands. UNKNOWN is never made again by itself where nobody can be asked."""

    WAITING = "waiting"
    SENDING = "sending"
    DONE = "done"
    UNKNOWN = "unknown"


class RecipientState(StrEnum):
    """What became of an edition for one reader. Together they are the audience: it always balances."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"


class Fate(StrEnum):
    """What a service told of an accepted mail later on."""

    NONE = ""
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


_D = DraftState
DRAFT_STEPS: dict[DraftState, frozenset[DraftState]] = {
    _D.DRAFT: frozenset({_D.IN_REVIEW, _D.HELD, _D.REJECTED}),
    # A doubtful delivery of a draft that was held and reopened may turn out to have arrived.
    _D.IN_REVIEW: frozenset({_D.DRAFT, _D.CHANGES_REQUESTED, _D.APPROVED, _D.HELD, _D.REJECTED, _D.PUBLISHED}),
    _D.CHANGES_REQUESTED: frozenset({_D.IN_REVIEW, _D.HELD, _D.REJECTED}),
    _D.APPROVED: frozenset({_D.SCHEDULED, _D.IN_REVIEW, _D.HELD, _D.REJECTED}),
    _D.SCHEDULED: frozenset({_D.PUBLISHED, _D.IN_REVIEW, _D.HELD, _D.REJECTED}),
    _D.HELD: frozenset({_D.IN_REVIEW, _D.REJECTED, _D.PUBLISHED}),
    _D.REJECTED: frozenset({_D.IN_REVIEW}),
    _D.PUBLISHED: frozenset(),
}

_V = DeliveryState
DELIVERY_STEPS: dict[DeliveryState, frozenset[DeliveryState]] = {
    # ACCEPTED where the rest of a mailing is cancelled.
    _V.PLANNED: frozenset({_V.CLAIMED, _V.HELD, _V.CANCELLED, _V.ACCEPTED}),
    # REJECTED where a medium or a container was turned away before the post itself could leave. A mailing stays CLAIMED
    # while its requests go out, and ends from there.
    _V.CLAIMED: frozenset({_V.PLANNED, _V.SENDING, _V.HELD, _V.CANCELLED, _V.REJECTED, _V.ACCEPTED, _V.UNKNOWN}),
    # CLAIMED where one text of a thread was accepted and the next follows.
    _V.SENDING: frozenset({_V.ACCEPTED, _V.REJECTED, _V.UNKNOWN, _V.PLANNED, _V.CLAIMED}),
    _V.UNKNOWN: frozenset({_V.ACCEPTED, _V.REJECTED, _V.PLANNED, _V.CANCELLED}),
    _V.HELD: frozenset({_V.PLANNED, _V.CANCELLED, _V.ACCEPTED}),
    _V.ACCEPTED: frozenset(),
    _V.REJECTED: frozenset({_V.PLANNED, _V.CANCELLED}),
    _V.CANCELLED: frozenset(),
}
