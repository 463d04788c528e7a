"""Mailgun: single mails, each in a request of its own, looked up in its events after a doubt.

It would take a thousand readers in a request, and fill their places itself; but then it replaces whatever looks like
such a place, and a transcript may say "%recipient.name%". With one reader it replaces nothing of the kind, a doubt is
about one reader, and a bad address turns nobody else away.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

import regex

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown, Unsent
from bot.ledger import Tier
from bot.model.publication import Mail, Post, Publication
from bot.model.secret import Secret
from bot.platforms.contract import Http, Receipt, Reply
from bot.platforms.facts import SKEW, CardBy, Facts
from bot.platforms.letters import (
    SPECIMEN,
    Letter,
    Outcome,
    Rehearsal,
    list_headers,
    mailbox,
    refuse_controls,
    refuse_forgotten,
    sender_of,
)
from bot.platforms.multipart import form
from bot.platforms.replies import field, objects, shown, words
from bot.platforms.telling import Forged, Happening, Told
from bot.text import Limit, fold

_LETTER = "pullquote-letter"
_PAGE = 300
# How long its events can be read at least (a day, on the smallest plan), less an hour.
_KEPT = timedelta(hours=23)
# What it says, with 200, on a path that it does not know: nothing was sent then.
_NO_SUCH_PATH = b"Mailgun Magnificent API"
# What it replaces even in a mail to one reader, wherever it stands.
_VARIABLE = regex.compile(
    r"%(?:tag_|mailing_list_)?unsubscribe_(?:url|email)%|%recipient(?:_[a-z]+)?%", regex.IGNORECASE
)
# Refusals that are about the account, the domain or the sender and not about a reader, by Mailgun's words.
_ABOUT_US = regex.compile(
    r"not allowed to send|domain not found|unverified|sandbox subdomain|^'?from'? parameter", regex.I
)
_DOMAIN = regex.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
# How old a webhook's signature may be: it repeats a request for eight hours.
_OLDEST = timedelta(days=1)


@dataclass(frozen=True)
class Mailgun:
    """One sending domain. `token` is an API key, `domain` the domain as Mailgun knows it, `server` that of its region.

    `reply_to` is where answers go, if not to the sender; `webhook_secret` the account's webhook signing key. With
    `sandbox` Mailgun takes mails and delivers none.
    """

    domain: str
    token: Secret
    reply_to: str = ""
    sandbox: bool = False
    webhook_secret: Secret | None = None
    server: str = "https://api.mailgun.net"

    name: ClassVar[str] = "mailgun"
    tier: ClassVar[Tier] = Tier.FINDABLE
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Mail,)
    leaves_home: ClassVar[bool] = True
    most: ClassVar[int] = 1
    keys_last: ClassVar[timedelta] = timedelta(0)
    facts: ClassVar[Facts] = Facts(
        docs=(
            "documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages",
            "documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/batch-sending",
            "documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/events",
            "documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks",
        ),
        read=date(2026, 11, 28),
        card=CardBy.NOBODY,
        # Events come late and not in their order; others who poll them look half an hour back.
        lag=timedelta(minutes=30),
        remarks=(
            "25 MB a mail; 16 KB of headers and options.",
            "The events are kept for 30 days and shown for as long as the plan says, a day at least.",
            "Mailgun calls its events API deprecated in favour of its logs API, and names no end.",
        ),
    )

    def __post_init__(self) -> None:
        if not _DOMAIN.fullmatch(self.domain):
            raise ConfigError([f"'domain' is the sending domain as Mailgun lists it, not '{self.domain}'"])

    def limits(self) -> tuple[Limit, ...]:
        return ()

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:
        """One request with nobody's letter: what an edition is approved with."""
        if not isinstance(publication, Mail):
            raise Refused("Mailgun sends newsletters; take another channel for posts.")
        return self.enclose(publication, (SPECIMEN,), key=key, at=at)

    def enclose(self, mail: Mail, letters: Sequence[Letter], *, key: str, at: datetime) -> bytes:  # noqa: ARG002
        refuse_controls(mail, letters)
        for part in (mail.subject, mail.html, mail.text):
            if found := _VARIABLE.search(part):
                raise Refused(f"The mail says '{found[0]}', which Mailgun replaces with something else; take it out.")
        (letter,) = letters
        _, body = form(self._fields(mail, letter), ())
        return body

    def post(self, body: bytes, letters: Sequence[Letter], http: Http, *, key: str) -> Sequence[Outcome]:  # noqa: ARG002
        boundary = body.partition(b"\r\n")[0].removeprefix(b"--").decode()
        headers = {**self._headers, "Content-Type": f"multipart/form-data; boundary={boundary}"}
        reply = http.once("POST", f"{self.server}/v3/{self.domain}/messages", headers=headers, body=body)
        if reply.status >= 300:
            raise self._refusal(reply)
        if _NO_SUCH_PATH in reply.body:
            raise NotSent(
                "Mailgun knows no such path. Look at 'server' and 'domain' in the channel's settings.",
                answer=shown(reply),
            )
        remote = field(reply.json(), "id").strip("<>")
        if not remote:
            raise Unknown("Mailgun took a mail and gave no id for it.", answer=shown(reply))
        return [Receipt(remote)] * len(letters)

    def trace(
        self,
        letters: Sequence[Letter],
        http: Http,
        *,
        key: str,  # noqa: ARG002
        subject: str,  # noqa: ARG002
        since: datetime,
    ) -> Sequence[Receipt | None]:
        """Ask for what happened to mails to a reader since then; each event bears the key of its letter."""
        refuse_forgotten(http, since=since, kept=_KEPT)
        return [self._traced(each, http, since - SKEW) for each in letters]

    def rehearsal(self) -> Rehearsal:
        return Rehearsal(replace(self, sandbox=True), "test mode, in which Mailgun takes mails and delivers none")

    def vouched(self, http: Http) -> Sequence[str]:  # noqa: ARG002 - it is a setting
        return [self.domain]

    def check(self, http: Http) -> str:
        """Ask for the domain: whether it may send, and whether Mailgun puts a way out of its own into mails."""
        reply = http.repeatable("GET", f"{self.server}/v4/domains/{self.domain}", headers=self._headers)
        if reply.status >= 300:
            raise self._refusal(reply)
        if (state := field(reply.json(), "domain", "state")) != "active":
            raise Rejected(
                f"Mailgun says that {self.domain} is {state or 'not there'}.",
                remedy="Verify the domain there, or correct 'domain' and 'server' in the channel's settings.",
                answer=shown(reply),
            )
        tracking = http.repeatable("GET", f"{self.server}/v3/domains/{self.domain}/tracking", headers=self._headers)
        said = f"may send for {self.domain}"
        if self.sandbox:
            said += "; the channel says 'sandbox', so Mailgun delivers nothing"
        if tracking.status < 300 and _is_on(tracking.json(), "tracking", "unsubscribe", "active"):
            said += "; switch its unsubscribe tracking off there, or Mailgun puts a second way out below each mail"
        return said

    def events(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Sequence[Told]:  # noqa: ARG002
        if self.webhook_secret is None:
            raise Forged("No webhook is expected here: set 'webhook_secret_env' in the channel first.")
        said = json.loads(body)
        token, moment = field(said, "signature", "token"), field(said, "signature", "timestamp")
        wanted = hmac.new(
            self.webhook_secret.reveal().encode(), f"{moment}{token}".encode(), hashlib.sha256
        ).hexdigest()
        if not token or not hmac.compare_digest(field(said, "signature", "signature").encode(), wanted.encode()):
            raise Forged(f"A webhook was not signed with the key of {self.webhook_secret.variable}.")
        if not now - _OLDEST < _at(int(moment) if moment.isdecimal() and len(moment) <= 10 else None) < now + SKEW:
            raise Forged("A webhook was signed too long ago, or in the future.")
        told = _told(said.get("event-data"), event=token)
        return () if told is None else (told,)

    @property
    def _headers(self) -> dict[str, str]:
        credentials = base64.b64encode(f"api:{self.token.reveal()}".encode()).decode()
        return {"Authorization": f"Basic {credentials}", "Accept": "application/json"}

    def _fields(self, mail: Mail, letter: Letter) -> list[tuple[str, str]]:
        own = letter.filled(mail)
        name, address = sender_of(mail)
        headers = list_headers(mail, letter, domain=address.rpartition("@")[2])
        if self.reply_to:
            headers["Reply-To"] = self.reply_to
        return [
            ("from", mailbox(name, address)),
            ("to", letter.address),
            ("subject", mail.subject),
            ("text", own.text),
            ("html", own.html),
            *((f"h:{name}", value) for name, value in headers.items()),
            (f"v:{_LETTER}", letter.key),
            ("o:tracking", "no"),
            ("o:tracking-clicks", "no"),
            ("o:tracking-opens", "no"),
            *([("o:testmode", "yes")] if self.sandbox else []),
        ]

    def _traced(self, letter: Letter, http: Http, begin: datetime) -> Receipt | None:
        # How it writes capitals of an address is not said.
        for recipient in dict.fromkeys((letter.address, letter.address.casefold())):
            for each in self._events_of(recipient, http, begin):
                remote = field(each, "message", "headers", "message-id")
                if remote and field(each, "user-variables", _LETTER) == letter.key:
                    return Receipt(remote)
        return None

    def _events_of(self, recipient: str, http: Http, begin: datetime) -> list[Mapping[str, Any]]:
        asked = {"recipient": recipient, "begin": int(begin.timestamp()), "ascending": "yes", "limit": _PAGE}
        address = f"{self.server}/v3/{self.domain}/events?{urlencode(asked)}"
        reply = http.repeatable("GET", address, headers=self._headers)
        said = reply.json()
        if reply.status >= 300 or not isinstance(said, Mapping) or not isinstance(said.get("items"), list):
            raise NotSent(f"Mailgun does not show its events: {words(reply, ('message',))}", answer=shown(reply))
        listed = objects(said, "items")
        if len(listed) >= _PAGE:
            raise NotSent("Mailgun lists more events of a reader than can be read; look at Logs there.")
        return listed

    def _refusal(self, reply: Reply) -> Unsent:
        said = words(reply, ("message",))
        if reply.status == 401:
            return NotSent(
                f"Mailgun refuses the key: {said}. Set {self.token.variable} anew; a key of one region does not work "
                "in the other, and one for sending does nothing else.",
                answer=shown(reply),
            )
        if reply.status == 403 or _ABOUT_US.search(said):
            return NotSent(
                f"Mailgun does not let this account send so: {said}. Look at the domain there.", answer=shown(reply)
            )
        return Rejected(f"Mailgun refuses it: {said}", remedy="Mend what it names.", answer=shown(reply))


def _is_on(value: Any, *path: str) -> bool:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value is True


def _at(seconds: object) -> datetime:
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds < 10**10:
        raise ValueError("no moment in Unix seconds")
    return datetime.fromtimestamp(seconds, UTC)


def _told(said: object, *, event: str) -> Told | None:
    """One event; None for those that nobody needs to know of (taken, opened, clicked)."""
    if not isinstance(said, Mapping) or not field(said, "event"):
        raise ValueError("no event of Mailgun's")
    happening = _happening(said)
    if happening is None:
        return None
    why = (("delivery-status", "message"), ("delivery-status", "description"), ("reject", "reason"), ("reason",))
    return Told(
        event=event,
        happening=happening,
        at=_at(said.get("timestamp")),
        address=field(said, "recipient") or field(said, "message", "headers", "to"),
        letter=field(said, "user-variables", _LETTER),
        remote_id=field(said, "message", "headers", "message-id"),
        reason=next((text for path in why if (text := fold(field(said, *path)))), ""),
    )


def _happening(said: Mapping[str, Any]) -> Happening | None:
    match field(said, "event"), field(said, "severity"):
        case "delivered", _:
            return Happening.DELIVERED
        case "failed", "permanent":
            return _of_failure(field(said, "reason"), field(said, "delivery-status", "bounce-type"))
        case (("failed" | "rejected"), _):
            return Happening.DEFERRED
        case "complained", _:
            return Happening.COMPLAINED
        case "unsubscribed", _:
            return Happening.UNSUBSCRIBED
        case _:
            return None


def _of_failure(reason: str, kind: str) -> Happening:
    """Why Mailgun gave a mail up; "suppress-…" is what it remembers of the address."""
    match reason:
        case "suppress-complaint":
            return Happening.COMPLAINED
        case "suppress-unsubscribe":
            return Happening.UNSUBSCRIBED
        case "suppress-bounce":
            return Happening.BOUNCED
        case "bounce":
            return Happening.DEFERRED if kind == "soft" else Happening.BOUNCED
        case _:
            return Happening.DEFERRED
