"""What is known of a service, as data: limits with their units, media, links, rates, dates. Each platform has its own.

Limits and prices move: what a running server says of itself wins over these, and each set says when it was read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from bot.ledger import LOOK_UP_LAG
from bot.model.publication import MediaKind

# How far a service's clock may be behind ours for a post of ours still to be found.
SKEW = timedelta(minutes=15)


class CardBy(StrEnum):
    """Who makes the card behind a link."""

    US = "us"  # we send title, description and picture
    SERVICE = "service"  # the service or its readers' programs look the page up
    NOBODY = "nobody"


class Per(StrEnum):
    """What a rate is counted for."""

    ACCOUNT = "account"  # one channel
    HOST = "host"  # everything that we send to one server
    SERVICE = "service"  # everything that we send to the platform


@dataclass(frozen=True)
class MediaLimit:
    """What a service takes of one kind of media: at most `number` of them, each of at most `size` bytes.

    `width`, `height` and `pixels` (width × height) are maxima, `duration` is in seconds; None where none is known.
    """

    kind: MediaKind
    number: int
    size: int
    mimes: tuple[str, ...]
    width: int | None = None
    height: int | None = None
    pixels: int | None = None
    duration: float | None = None


@dataclass(frozen=True)
class Rate:
    """At most `number` publications within `within`."""

    number: int
    within: timedelta
    per: Per = Per.ACCOUNT


@dataclass(frozen=True)
class Price:
    """What a service asks for one `what`: an exact `amount` of a `currency` (ISO 4217)."""

    what: str
    amount: Decimal
    currency: str = "USD"


@dataclass(frozen=True)
class Sunset:
    """Something of the service that we rely on and that ends on a day: a version of its API, say."""

    what: str
    on: date
    remedy: str


@dataclass(frozen=True)
class Facts:
    """The facts of one service. `docs` are where they were read, `read` is when.

    `media` is empty where posts bear none; `together` is how many media of any kind one post may bear, and with
    `needs_media` a post without any is refused. `alt` is the longest description, in characters; None where the service
    has no place for one, and then it is ours alone. `lag` is how long a post may take to show in a look-up.
    `uploads_last` is how long an upload that no post bears is kept, `works` how soon to ask a service that works on one
    whether it is done (later more seldom). `edit_within` and `delete_within` end the time in which a post can still be
    changed; None: no end. `prices` are what the service asks for a request.
    """

    docs: tuple[str, ...]
    read: date
    media: tuple[MediaLimit, ...] = ()
    together: int = 0
    needs_media: bool = False
    alt: int | None = None
    links: str = ""
    card: CardBy = CardBy.SERVICE
    warnings: bool = False
    quoting: bool = False
    rates: tuple[Rate, ...] = ()
    lag: timedelta = LOOK_UP_LAG
    uploads_last: timedelta = timedelta(hours=1)
    works: timedelta = timedelta(seconds=5)
    edit_within: timedelta | None = None
    delete_within: timedelta | None = None
    sunsets: tuple[Sunset, ...] = ()
    prices: tuple[Price, ...] = ()
    remarks: tuple[str, ...] = ()

    def limit(self, kind: MediaKind) -> MediaLimit | None:
        return next((each for each in self.media if each.kind is kind), None)

    def ending(self, today: date, *, within: timedelta) -> Iterator[Sunset]:
        """What ends within some time from today, or has ended."""
        return (each for each in self.sunsets if each.on - today <= within)
