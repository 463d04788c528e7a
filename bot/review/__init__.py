"""What editors do with drafts: edit, approve, hold, reject, reschedule. Approving writes the deliveries, sends nothing.

Every step names its actor. A step that the draft's state or its quotations do not allow is refused in a sentence, and
nothing is changed.
"""

from bot.review.approving import (
    BY_LINK,
    approve,
    approve_by_policy,
    approve_once,
    approve_within,
    approvers,
    by_itself,
    clip_to_come,
    refuse_the_same_person,
)
from bot.review.editing import LONGEST_FIELD, edit, rewritten, tried
from bot.review.quoting import choose_card, own_words, stretch_quote, take_quote
from bot.review.stopping import hold, hold_within, reject, reopen, request_changes
from bot.review.timing import move_to_slot, reschedule

__all__ = [
    "BY_LINK",
    "LONGEST_FIELD",
    "approve",
    "approve_by_policy",
    "approve_once",
    "approve_within",
    "approvers",
    "by_itself",
    "choose_card",
    "clip_to_come",
    "edit",
    "hold",
    "hold_within",
    "move_to_slot",
    "own_words",
    "refuse_the_same_person",
    "reject",
    "reopen",
    "request_changes",
    "reschedule",
    "rewritten",
    "stretch_quote",
    "take_quote",
    "tried",
]
