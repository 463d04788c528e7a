"""What a service of single mails is: many readers' mails go out in one request, and each gets an outcome of its own.

The list, its suppressions and the ledger are ours (`bot.deliver.mailing`); a service gets addresses and hands mails
over. A service that owns the list is an ordinary platform instead: draft, look, send.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.header import Header
from typing import ClassVar, Protocol, runtime_checkable

from bot.errors import NotSent, Refused, Rejected, Unknown
from bot.model.places import Place, filled
from bot.model.publication import Mail
from bot.platforms.contract import Http, Receipt, Timed

Outcome = Receipt | Rejected | NotSent | Unknown
"""What became of one mail of a request: accepted, never, not now, or nobody knows."""


@dataclass(frozen=True)
class Letter:
    """One reader's mail. `key` (at most 64 ASCII letters, digits, "-") stays the same at every attempt.

    `address` is a plain mail address, `name` "" where none is known. `unsubscribe` takes a POST (RFC 8058) and shows a
    page to a browser; `preferences` is a page. `cadence` chooses the promise that is printed.
    """

    key: str
    address: str
    name: str
    unsubscribe: str
    preferences: str
    cadence: str

    def filled(self, mail: Mail) -> Mail:
        """The mail as this reader gets it."""
        places = {Place.UNSUBSCRIBE: self.unsubscribe, Place.PREFERENCES: self.preferences}
        return filled(mail, places, cadence=self.cadence)


SPECIMEN = Letter(
    key="specimen",
    address="reader@example.org",
    name="",
    unsubscribe=Place.UNSUBSCRIBE,
    preferences=Place.PREFERENCES,
    cadence="",
)
"""Nobody's letter: what an edition is composed with when it is approved, so that whatever is wrong shows then."""


@runtime_checkable
class Letters(Protocol):
    """A service of single mails. `most` is how many letters one request may bear.

    `keys_last` is how long the same bytes under the same key count once, zero where they do not: within that time a
    request in doubt is made again; later it is traced, or left to a person.
    """

    most: ClassVar[int]
    keys_last: ClassVar[timedelta]

    def enclose(self, mail: Mail, letters: Sequence[Letter], *, key: str, at: datetime) -> bytes:
        """The exact bytes of the request. Pure: the same arguments make the same bytes, for ever. Raises Refused."""
        ...

    def post(self, body: bytes, letters: Sequence[Letter], http: Http, *, key: str) -> Sequence[Outcome]:
        """Make the request, once (`http.once`); the outcome of every letter, in their order.

        Raises NotSent, Rejected or Unknown where the request as a whole came to that.
        """
        ...


@runtime_checkable
class Traces(Protocol):
    """A service of single mails that can be asked what it has."""

    def trace(
        self, letters: Sequence[Letter], http: Http, *, key: str, subject: str, since: datetime
    ) -> Sequence[Receipt | None]:
        """For every letter of a request that left at `since`: its receipt, or None where it is not there.

        Raises NotSent where that cannot be told now.
        """
        ...


# What stands between or around addresses in a header, and in no address that we take.
_SEPARATORS = frozenset(' ,;<>"')


def refuse_controls(mail: Mail, letters: Sequence[Letter]) -> None:
    """Raise Refused where what becomes a header holds a control character, or an address is not one address."""
    said = [("subject", mail.subject), ("sender", mail.sender)]
    said += [
        pair for each in letters for pair in (("address of a reader", each.address), ("name of a reader", each.name))
    ]
    for what, text in said:
        if any(character < " " or "\x7f" <= character <= "\x9f" for character in text):
            raise Refused(f"The {what} holds a line break or another control character; write it anew.")
    if any(_SEPARATORS & set(each.address) for each in letters):
        raise Refused("The address of a reader is not one plain address; services would take it for several.")


def refuse_forgotten(http: Http, *, since: datetime, kept: timedelta) -> None:
    """Raise NotSent where a service may have forgotten what left at `since`: "not there" would prove nothing then."""
    if isinstance(http, Timed) and http.now() - since >= kept:
        raise NotSent(f"It left at {since:%Y-%m-%d %H:%M} UTC, and the service may have forgotten it; decide yourself.")


def sender_of(mail: Mail) -> tuple[str, str]:
    """The name and the plain address of whom a mail is from; the name is "" where there is none."""
    before, _, after = mail.sender.rpartition("<")
    name = before.strip()
    if len(name) >= 2 and name[0] == name[-1] == '"':
        name = name[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return name, after.strip().removesuffix(">").strip()


def mailbox(name: str, address: str) -> str:
    """A name and an address as one header value. The name is quoted, so that no comma or dot in it means anything."""
    if not name:
        return address
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{address}>'


def list_headers(mail: Mail, letter: Letter, *, domain: str) -> dict[str, str]:
    """The headers by which mail programs know a list and offer the way out (RFC 2369, 2919, 8058).

    All ASCII. Without an https address there is no one-click header: programs would not honour it.
    """
    headers = {"List-Id": f"<{_label(mail.newsletter)}.{domain}>"}
    if letter.unsubscribe.startswith("https://"):
        headers["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    elif letter.unsubscribe:
        headers["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
    # Out-of-office robots answer whatever does not say that a machine sent it.
    return {**headers, "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply"}


def encoded(words: str) -> str:
    """Words as a header may hold them (RFC 2047): ASCII, in pieces of at most 75 characters with spaces between."""
    return " ".join(Header(words, "utf-8", maxlinelen=76, header_name="Subject").encode().split())


def _label(newsletter: str) -> str:
    return newsletter.replace("_", "-").strip("-") or "newsletter"
