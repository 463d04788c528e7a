"""The check before an edition may go out: a mail and its circumstances in, findings with their remedies out.

Pure: no clock, no network, no store. What a finding is held against is handed in; who is refused is decided elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import lazily

if TYPE_CHECKING:
    from bot.preflight.domain import known
    from bot.preflight.findings import Finding, Level, Rule, blocking
    from bot.preflight.inspection import Circumstances, inspect, last_look
else:
    __getattr__ = lazily.names(
        __name__,
        {
            "domain": ("known",),
            "findings": ("Finding", "Level", "Rule", "blocking"),
            "inspection": ("Circumstances", "inspect", "last_look"),
        },
    )

__all__ = [
    "Circumstances",
    "Finding",
    "Level",
    "Rule",
    "blocking",
    "inspect",
    "known",
    "last_look",
]
