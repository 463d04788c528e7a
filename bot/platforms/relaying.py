"""What a platform may ask of a way out that speaks SMTP: a session with one server, and one mail after the other.

The server's refusals are told as they are, for the platform to read; whatever means the same everywhere is raised.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Literal, Protocol, runtime_checkable

from bot.model.secret import Secret

Tls = Literal["starttls", "implicit", "none"]
"""STARTTLS before anything else is said, TLS from the first byte, or neither."""


class Answered(Protocol):
    """How a mail ended definitely: the answer that ended it. `step` is MAIL, RCPT, DATA or END (of the mail)."""

    step: str
    code: int
    words: str

    @property
    def accepted(self) -> bool: ...


class Session(Protocol):
    """A connection that is logged in. With `over` nothing more can be handed to it."""

    over: bool

    @property
    def takes_unicode(self) -> bool:
        """Whether it takes addresses outside ASCII (SMTPUTF8)."""
        ...

    def hand_over(self, message: bytes, *, sender: str, to: str) -> Answered:
        """Hand a mail over, once, for one recipient. `sender` is where it comes back to.

        Raises NotSent where it was put off or the connection was lost before the whole mail was there, and Unknown
        where the whole mail was there and no answer came.
        """
        ...


@runtime_checkable
class Relays(Protocol):
    """A way out that also speaks SMTP."""

    def relay(
        self, host: str, port: int, *, tls: Tls, user: str, password: Secret | None
    ) -> AbstractContextManager[Session]:
        """A session, logged in where there is a password. Entering raises NotSent where there can be none."""
        ...
