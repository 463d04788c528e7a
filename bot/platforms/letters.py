"""What a service of single mails is: many readers' mails go out in one request, and each gets an outcome of its own.

The list, its suppressions and the ledger are ours (`bot.deliver.mailing`); a service gets addresses and hands mails
over. A service that owns the list is an ordinary platform instead: draft, look, send.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.header import Header
from email.utils import parseaddr
from functools import lru_cache
from hashlib import sha256
from html import escape
from json.encoder import encode_basestring
from typing import Any, ClassVar, Protocol, runtime_checkable

from bot.errors import NotSent, Refused, Rejected, Unknown
from bot.model.places import Place, filled, parts, with_promise
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
        return filled(mail, self.places, cadence=self.cadence)

    @property
    def places(self) -> dict[Place, str]:
        """What stands in the places of this reader's mail, but for the promise."""
        return {Place.UNSUBSCRIBE: self.unsubscribe, Place.PREFERENCES: self.preferences}


SPECIMEN = Letter(
    key="specimen",
    address="reader@example.org",
    name="",
    unsubscribe=Place.UNSUBSCRIBE,
    preferences=Place.PREFERENCES,
    cadence="",
)
"""Nobody's letter: what an edition is composed with when it is approved, so that whatever is wrong shows then."""


# Where the two parts of a mail stand in a message that `messages` writes: no header and no address can hold these.
HTML_PART, TEXT_PART = "\0html", "\0text"
# And where what is a reader's own does. Control characters that JSON leaves as they are.
_OWN = {name: f"\x80{name}\x80" for name in ("key", "address", "name", "unsubscribe", "preferences")}


def messages(mail: Mail, letters: Sequence[Letter], one: Callable[[Letter], Mapping[str, Any]]) -> bytes:
    """A JSON list of what `one` makes for each letter, with the reader's mail for HTML_PART and TEXT_PART.

    Exactly what `json.dumps` would make of the whole; but `one` is asked once, and what is a reader's own is put into
    what it said. So it may only put the key, the address and the ways out of a letter into its texts as they are, and
    look at nothing of them but how the way out begins (`list_headers`).
    """
    frames: dict[str, tuple[bytes | int, ...]] = {}
    promises: dict[str, tuple[bytes, bytes]] = {}
    written: list[bytes] = []
    for each in letters:
        way = "https://" if each.unsubscribe.startswith("https://") else each.unsubscribe[:1]
        if (frame := frames.get(way)) is None:
            frame = frames[way] = _frame(mail, one, way)
        if (promise := promises.get(each.cadence)) is None:
            said = with_promise(mail, {}, cadence=each.cadence)[Place.PROMISE]
            promise = promises[each.cadence] = _in_both(said)
        # In the order of _SLOTS.
        own = (
            _within_json(each.key),
            _within_json(each.address),
            *_in_both(each.unsubscribe),
            *_in_both(each.preferences),
            *promise,
        )
        written += [own[part] if isinstance(part, int) else part for part in frame]
    if written:
        written[0] = written[0].removeprefix(b", ")
    return b"".join([b"[", *written, b"]"])


# Made once: `json.dumps` with a setting of its own makes one at every call.
_json = json.JSONEncoder(ensure_ascii=False).encode
_JSON_HTML, _JSON_TEXT = _json(HTML_PART), _json(TEXT_PART)
# What is a reader's own, by what stands for it: in the frame, and in the parts of the mail.
_SLOTS = {
    _OWN["key"]: 0,
    _OWN["address"]: 1,
    _OWN["unsubscribe"]: 2,
    _OWN["preferences"]: 4,
}
_IN_TEXT: dict[bytes, int] = {
    place.encode(): slot for place, slot in ((Place.UNSUBSCRIBE, 2), (Place.PREFERENCES, 4), (Place.PROMISE, 6))
}
_IN_HTML = {place: slot + 1 for place, slot in _IN_TEXT.items()}
_TAKEN_APART = re.compile(f"({'|'.join(re.escape(each) for each in (_JSON_HTML, _JSON_TEXT, *_SLOTS))})")


def _frame(mail: Mail, one: Callable[[Letter], Mapping[str, Any]], way: str) -> tuple[bytes | int, ...]:
    """One message, taken apart where something is a reader's own: those places by their number."""
    # The whole way out stands in the place of what it begins with, too.
    own = {**_OWN, "unsubscribe": way and way + _OWN["unsubscribe"]}
    said = _json(one(Letter(**own, cadence="")))
    if way:
        said = said.replace(_json(own["unsubscribe"])[1:-1], _OWN["unsubscribe"])
    found: list[bytes | int] = [b", "]
    for part in _TAKEN_APART.split(said):
        if part == _JSON_HTML:
            found += [_IN_HTML.get(each, each) for each in _json_parts(mail.html)]
        elif part == _JSON_TEXT:
            found += [_IN_TEXT.get(each, each) for each in _json_parts(mail.text)]
        elif "\x80" in part and part not in _SLOTS:
            raise ValueError("a message may bear a reader's key, address and ways out only, and these as they are")
        else:
            found.append(_SLOTS.get(part, part.encode()))
    return tuple(found)


# Requests that are made at the same time may bear different versions.
@lru_cache(maxsize=32)
def _json_parts(text: str) -> tuple[bytes, ...]:
    """A text as JSON, taken apart at its places: these stand alone."""
    return tuple(part.encode() for part in parts(_json(text)))


def _within_json(value: str) -> bytes:
    """A value as it is written within a text of JSON."""
    return encode_basestring(value)[1:-1].encode()


def _in_both(value: str) -> tuple[bytes, bytes]:
    """A value as it is written within a text of JSON that is plain, and within one that is HTML."""
    plain = _within_json(value)
    return plain, _within_json(escape(value)) if _MARKUP.search(value) else plain


# What `escape` changes.
_MARKUP = re.compile("[&<>\"']")


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


@runtime_checkable
class Vouches(Protocol):
    """A service of single mails that tells for which domains it signs."""

    def vouched(self, http: Http) -> Sequence[str] | None:
        """The domains for which the account may send; None where it does not tell. Raises Rejected or NotSent."""
        ...


@dataclass(frozen=True)
class Rehearsal:
    """How a service takes a mail for a trial: `service` is the account in its test mode, `address` its own sink.

    Where it has none (""), it checks a mail to any address and delivers none. `how` says it in words.
    """

    service: Letters
    how: str
    address: str = ""


@runtime_checkable
class Rehearses(Protocol):
    """A service of single mails with a test mode: it does everything but deliver."""

    def rehearsal(self) -> Rehearsal: ...


# So many characters prove a mark: 64 bits, which nobody tries out by sending mails.
_PROOF = 16
_MARKED = re.compile(rf"(?:.*\+)?([a-z0-9-]+)\.([0-9a-f]{{{_PROOF}}})")


def mark(letter: Letter) -> str:
    """What can stand in the address to which a letter comes back: which one it is, and the proof of it."""
    return f"{letter.key}.{proof(letter.key, letter.unsubscribe.rpartition('/')[2])}"


def read_mark(address: str) -> tuple[str, str] | None:
    """The key of a letter and its proof, as `mark` wrote them into an address; None where there is none."""
    found = _MARKED.fullmatch(address.rpartition("@")[0].casefold())
    return (found[1], found[2]) if found is not None else None


def proof(key: str, token: str) -> str:
    """What only who knows the token of a letter's reader can say of its key; in small letters, which servers keep."""
    return hmac.new(token.encode(), key.encode(), sha256).hexdigest()[:_PROOF]


# What stands between or around addresses in a header, and in no address that we take.
_SEPARATOR = re.compile('[ ,;<>"]')
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


def refuse_controls(mail: Mail, letters: Sequence[Letter]) -> None:
    """Raise Refused where what becomes a header holds a control character, or an address is not one address."""
    said = [("subject", [mail.subject]), ("sender", [mail.sender])]
    said += [("address of a reader", [each.address for each in letters])]
    said += [("name of a reader", [each.name for each in letters])]
    for what, texts in said:
        if _CONTROL.search("".join(texts)):
            raise Refused(f"The {what} holds a line break or another control character; write it anew.")
    if any(_SEPARATOR.search(each.address) for each in letters):
        raise Refused("The address of a reader is not one plain address; services would take it for several.")


def refuse_forgotten(http: Http, *, since: datetime, kept: timedelta) -> None:
    """Raise NotSent where a service may have forgotten what left at `since`: "not there" would prove nothing then."""
    if isinstance(http, Timed) and http.now() - since >= kept:
        raise NotSent(f"It left at {since:%Y-%m-%d %H:%M} UTC, and the service may have forgotten it; decide yourself.")


def refuse_a_strange_sender(sender: str, domains: Sequence[str], *, service: str, newsletter: str) -> None:
    """Raise Rejected where a service signs for none of `domains` that agrees with the one of a From header.

    As DMARC in its relaxed way does, one that lies under the other agrees with it.
    """
    ours = parseaddr(sender)[1].rpartition("@")[2].casefold()
    theirs = [each.casefold() for each in domains]
    if not any(ours == each or ours.endswith(f".{each}") or each.endswith(f".{ours}") for each in theirs):
        raise Rejected(
            f"{service} may send for {', '.join(domains)}; newsletter '{newsletter}' goes out as {sender}.",
            remedy=f"Have {ours} confirmed there, or write another 'sender' under [newsletters.{newsletter}].",
        )


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
