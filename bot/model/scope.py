"""What a token of the HTTP API may be used for, and which right of its editor each use needs."""

from __future__ import annotations

from enum import StrEnum

from bot.model.editor import Right


class Scope(StrEnum):
    """What a token opens. It never opens more than its editor's role does."""

    DRAFTS_READ = "drafts:read"
    DRAFTS_WRITE = "drafts:write"
    APPROVE = "approve"
    QUOTES_READ = "quotes:read"
    STATUS_READ = "status:read"
    SETTLE = "settle"
    FREEZE = "freeze"


# What each scope opens, in words, and the least right without which it opens nothing.
OPENS: dict[Scope, tuple[str, Right]] = {
    Scope.DRAFTS_READ: ("read drafts, their texts, versions and remarks, and the calendar", Right.READ),
    Scope.DRAFTS_WRITE: ("edit, remark, choose quotes; hold, send back, reject and reopen", Right.EDIT),
    Scope.APPROVE: ("approve, and move to another time", Right.APPROVE),
    Scope.QUOTES_READ: ("read episodes and their quotes, check words against a transcript", Right.READ),
    Scope.STATUS_READ: ("read how things stand: deliveries, mailings, channels", Right.READ),
    Scope.SETTLE: ("settle deliveries in doubt", Right.SETTLE),
    Scope.FREEZE: ("freeze everything, and let it go again", Right.FREEZE),
}
