"""What a platform is: the few verbs that delivery calls, and the optional ones it asks for by name.

What a platform does not define, it does not support, and delivery says so instead of pretending.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol, runtime_checkable

from bot.ledger import Tier
from bot.model.publication import Mail, Post, Publication
from bot.text import Limit


@dataclass(frozen=True)
class Receipt:
    """Proof of acceptance: the platform's own id, where to see it, and what it answered."""

    remote_id: str
    permalink: str | None = None
    answer: str = ""


@dataclass(frozen=True)
class Outgoing:
    """What a platform is asked to publish: exact bytes under a key that never changes between attempts."""

    key: str
    body: bytes


class Reply(Protocol):
    """What a server answered. `json` raises Unknown where a success cannot be read."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any: ...


class Http(Protocol):
    """The way out, handed to a platform. It alone turns failures into NotSent, Rejected and Unknown."""

    def once(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes) -> Reply:
        """The one irreversible request of a delivery: sent at most once, its doubts are Unknown."""
        ...

    def repeatable(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """A request that may be made again without harm: a look-up, a log-in, an upload. Its doubts are NotSent."""
        ...


@runtime_checkable
class Timed(Protocol):
    """A way out that also tells the moment of sending, for services whose signature must bear it."""

    def now(self) -> datetime: ...


class Platform(Protocol):
    """A configured account. Its annotated fields are its settings; its bare class names are facts about the service."""

    name: ClassVar[str]
    tier: ClassVar[Tier]
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]]
    # Whether anything leaves this machine: such a platform sends only where the config says `live = true`.
    leaves_home: ClassVar[bool]

    def limits(self) -> tuple[Limit, ...]:
        """How long a post may be."""
        ...

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:
        """The exact bytes to publish. Pure: the same arguments always give the same bytes."""
        ...

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        """Publish once. Raises NotSent, Rejected or Unknown; never tries a second time."""
        ...


@runtime_checkable
class Finds(Protocol):
    """A platform on which what was published can be looked up."""

    def find(self, outgoing: Outgoing, http: Http) -> Receipt | None:
        """The receipt of what was published under this key, None where it is not there. Raises NotSent if unclear."""
        ...


@runtime_checkable
class Checks(Protocol):
    """A platform whose account can be tried without publishing."""

    def check(self, http: Http) -> str:
        """Try the account, read-only; a sentence on what was found. Raises Rejected or NotSent."""
        ...
