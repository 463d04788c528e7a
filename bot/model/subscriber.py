"""Who gets a newsletter, what they asked for, and who must never get one again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

# Stands for a reader's token in a mail that was sent as a trial, so that who tries it ends nobody's subscription.
TRIAL = "trial"


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
    """How often a subscriber wants a newsletter: each edition, or the first one of each week or calendar month."""

    EVERY = "every"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Length(StrEnum):
    """How much of an edition a subscriber wants: its headlines, three minutes of it, or all of it."""

    BRIEF = "brief"
    SHORT = "short"
    FULL = "full"


class Leaning(StrEnum):
    """What somebody wants of a show or of a topic, where it is not what comes by itself."""

    LESS = "less"
    MORE = "more"


@dataclass(frozen=True)
class Wishes:
    """What a subscriber chose beside how often: how long, what of it, and at which hour.

    `zone` is an IANA name, "" where none was given; `hour` is one of 24 in it. `shows` and `topics` are names, in the
    order of the alphabet, each once.
    """

    length: Length = Length.FULL
    zone: str = ""
    hour: int | None = None
    shows: tuple[tuple[str, Leaning], ...] = ()
    topics: tuple[tuple[str, Leaning], ...] = ()

    @property
    def key(self) -> str:
        """The same for whoever has chosen the same, "" for who has chosen nothing."""
        if self == UNCHOSEN:
            return ""
        said = [self.length, self.zone, self.hour, self.shows, self.topics]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


class Addressee(NamedTuple):
    """What a request of a mailing needs of one of its readers, as it was when the audience was written down."""

    subscriber_id: int
    address: str
    name: str
    token: str
    cadence: str
    version: str
    state: str


UNCHOSEN = Wishes()
"""What everybody gets who has chosen nothing."""
