"""What a platform is: the few verbs that delivery calls, and the optional ones it asks for by name.

What a platform does not define, it does not support, and delivery says so instead of pretending. `docs/platforms.md`
tells how to write one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Protocol, runtime_checkable

from bot.ledger import Tier
from bot.model.publication import Card, Mail, Medium, Post, PostRef, Publication
from bot.platforms.facts import Facts
from bot.text import Limit


@dataclass(frozen=True)
class Receipt:
    """Proof of acceptance: the platform's own id, where to see it, and what it answered.

    `memo` is whatever the platform will need to answer, edit or delete this very post, in a form of its own.
    """

    remote_id: str
    permalink: str | None = None
    answer: str = ""
    memo: str = ""

    @property
    def ref(self) -> PostRef:
        return PostRef(self.remote_id, self.permalink, self.memo)


@dataclass(frozen=True)
class Outgoing:
    """What a platform is asked to publish: exact bytes under a key that never changes between attempts.

    `media` gives the bytes of each medium by its SHA-256, read when asked for. `addresses` says where the service can
    fetch a medium itself, by SHA-256; empty where no public address is configured. `uploads` are the references that
    `upload` gave, by SHA-256, and `prepared` is what `prepare` gave. `before` are the receipts of the texts that this
    one follows, the first one first; empty where it begins something.
    """

    key: str
    body: bytes
    media: Mapping[str, bytes] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)
    uploads: Mapping[str, str] = field(default_factory=dict)
    prepared: str = ""
    before: tuple[Receipt, ...] = ()


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


class Memory(Protocol):
    """A small memory of one channel that outlives the process: sessions, tokens that were renewed.

    A platform that wants one has a field of this type; it is no setting. What it holds is as secret as a password.
    """

    def recall(self, name: str) -> str | None: ...

    def keep(self, name: str, value: str) -> None:
        """Remember; an empty value is refused with a ValueError, so that a good one is never lost to it."""
        ...


class Platform(Protocol):
    """A configured account. Its annotated fields are its settings; its bare class names are facts about the service."""

    name: ClassVar[str]
    tier: ClassVar[Tier]
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]]
    # Whether anything leaves this machine: such a platform sends only where the config says `live = true`.
    leaves_home: ClassVar[bool]
    facts: ClassVar[Facts]

    def limits(self) -> tuple[Limit, ...]:
        """How long the text of a post may be."""
        ...

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:
        """The exact bytes to publish. Pure: the same arguments always give the same bytes.

        Of a thread it is asked for each text by itself, as a post without parts. Raises Refused.
        """
        ...


@runtime_checkable
class Publishes(Protocol):
    """A platform on which one request publishes: all but the services of single mails (`bot.platforms.letters`)."""

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


@runtime_checkable
class Threads(Protocol):
    """A platform on which a post can answer another one of ours: threads, and corrections that answer."""

    def follow(self, outgoing: Outgoing, http: Http, *, root: Receipt, parent: Receipt) -> Receipt:
        """Publish once as an answer to `parent`, in the thread that began with `root`. Otherwise like `publish`."""
        ...


@dataclass(frozen=True)
class Uploaded:
    """A medium that the service has. `ready` is False while it is still working on it."""

    reference: str
    ready: bool = True


@runtime_checkable
class Uploads(Protocol):
    """A platform to which media go ahead of the post. One that sends them within the post defines none of this."""

    def upload(self, medium: Medium, content: bytes, http: Http) -> Uploaded:
        """Hand over the bytes of a medium: repeatable, shows nothing to anybody. Raises Rejected or NotSent."""
        ...

    def uploaded(self, reference: str, http: Http) -> Uploaded:
        """How far the service is with an upload that was not ready. Raises Rejected where it cannot use it."""
        ...


@runtime_checkable
class Prepares(Protocol):
    """A platform that publishes in two phases: a container or an upload session first, which shows nothing yet."""

    def prepare(self, outgoing: Outgoing, http: Http) -> Uploaded:
        """Make the container: repeatable. Its reference is stored, and stands in `Outgoing.prepared` from then on."""
        ...

    def prepared(self, reference: str, http: Http) -> Uploaded:
        """How far the service is with a container that was not ready. Raises Rejected where it cannot be used."""
        ...


@runtime_checkable
class Edits(Protocol):
    """A platform on which a published post can be changed."""

    def edit(self, receipt: Receipt, outgoing: Outgoing, http: Http) -> Receipt:
        """Put other composed bytes in the place of a post; the same again changes nothing. Raises like `publish`."""
        ...


@runtime_checkable
class Deletes(Protocol):
    """A platform on which a published post can be taken away."""

    def delete(self, receipt: Receipt, http: Http) -> None:
        """Take a post away; one that is gone already is a success. Raises like `publish`."""
        ...


@dataclass(frozen=True)
class Mark:
    """A stretch of shown text that leads somewhere: characters `begin` to `stop`, and where to."""

    begin: int
    stop: int
    leads_to: str


@dataclass(frozen=True)
class Counted:
    """How long a text is in one of the platform's units; `words` is what people call that."""

    number: int
    maximum: int
    unit: str
    words: str


@dataclass(frozen=True)
class Shown:
    """One text of a post as readers will see it. `cut_at` is the character from which on it does not fit, or None."""

    text: str
    marks: tuple[Mark, ...]
    counted: tuple[Counted, ...]
    cut_at: int | None
    media: tuple[Medium, ...]


@dataclass(frozen=True)
class Cost:
    """What a service asks for a publication: an exact `amount` of a `currency` (ISO 4217)."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


@dataclass(frozen=True)
class Preview:
    """What a post will look like, as data. `card` is the link's card and who makes it; `cost` what the service asks."""

    parts: tuple[Shown, ...]
    link: str | None = None
    card: Card | None = None
    card_by: str = ""
    warning: str | None = None
    cost: Cost | None = None
    remarks: tuple[str, ...] = ()


@runtime_checkable
class Previews(Protocol):
    """A platform that shows texts in another way than they are written: shortened links, a price, marks of its own."""

    def preview(self, post: Post) -> Preview:
        """What this post (never one with parts) will look like here. Pure."""
        ...


@dataclass(frozen=True)
class Expiry:
    """When a credential ends, and what to do before."""

    what: str
    at: datetime
    remedy: str


@runtime_checkable
class Expires(Protocol):
    """A platform whose credentials end some day."""

    def expiry(self, http: Http) -> Expiry | None:
        """When, as far as it is known. Raises NotSent where it cannot be asked now."""
        ...


@runtime_checkable
class Refreshes(Protocol):
    """A platform whose credentials can be renewed without a person. It keeps the new ones in its Memory."""

    def refresh(self, http: Http) -> None:
        """Renew them, and keep what came back only if it is whole. Raises NotSent or Rejected."""
        ...
