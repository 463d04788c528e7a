"""What editors are told outside the desk."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class What(StrEnum):
    """The kinds of notices that somebody may want."""

    REVIEW = "review"
    HELD = "held"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Notice:
    """One thing to be told, in a line, and the path of the desk's page that it is about."""

    what: What
    words: str
    path: str
