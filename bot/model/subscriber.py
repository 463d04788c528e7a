"""Who gets a newsletter, what they asked for, and who must never get one again."""

from __future__ import annotations

from enum import StrEnum


class Cadence(StrEnum):
    """How often a subscriber wants a newsletter: each edition, or the first one of each calendar month."""

    EVERY = "every"
    MONTHLY = "monthly"
