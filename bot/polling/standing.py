"""How a source stands: what the poll remembers of it, and the bounds that its host set."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.polling.rhythm import UNKNOWN, Rhythm


class Condition(StrEnum):
    """The honest state of a source, as `pullquote sources` lists it. `Standing.reason` says more in words."""

    NEW = "new"  # never asked yet
    OK = "ok"  # answered, with something that we had not seen
    NOT_MODIFIED = "not modified"  # answered, with nothing new
    SLOW = "slow"  # asks to be left alone: 429, or 503 with a time
    FAILING = "failing"  # no usable answer this time; tried again, later each time
    BLOCKED = "blocked"  # a wall between us and the feed answers in its place
    MOVED = "moved"  # answers from another address, which is adopted when it has stayed
    FROZEN = "frozen"  # says "not modified" for far longer than its rhythm allows
    GONE = "gone"  # 410: not asked any more until somebody wants it to be
    HELD = "held"  # too much of it turned new at once: a person decides


@dataclass(frozen=True)
class Move:
    """Where a source seems to be going, and since when. `own_word`: the feed itself says so, no redirect does."""

    to: str
    since: datetime
    own_word: bool = False


@dataclass(frozen=True)
class Bounds:
    """What the host allows: never more often than `least`, never less often than `most`."""

    least: timedelta = timedelta(minutes=10)
    most: timedelta = timedelta(days=1)


@dataclass(frozen=True)
class Standing:
    """A feed as the poll knows it.

    `key` is the address that the configuration names, `url` the one that is asked. `failures` counts attempts without
    an answer that can be used, in a row. `newest_at` is the date of the newest episode that is known. `distrusted` says
    that its validators were found lying and are not used. `every` is what the feed asks for between two polls, in
    seconds. `transcribed` says that its items point to transcripts.
    """

    key: str
    url: str
    added_at: datetime
    next_at: datetime
    title: str = ""
    site: str | None = None
    guid: str | None = None
    condition: Condition = Condition.NEW
    reason: str = ""
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    cleaned_hash: str = ""
    reader: int = 0
    failures: int = 0
    polled_at: datetime | None = None
    succeeded_at: datetime | None = None
    changed_at: datetime | None = None
    unconditional_at: datetime | None = None
    newest_at: datetime | None = None
    distrusted: bool = False
    move: Move | None = None
    every: float | None = None
    rhythm: Rhythm = field(default=UNKNOWN)
    transcribed: bool = False
    hub: str | None = None
    topic: str | None = None

    @property
    def known(self) -> bool:
        """Whether the source was ever read: before that, everything in it is its past."""
        return self.succeeded_at is not None
