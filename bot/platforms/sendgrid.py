"""Twilio SendGrid: one mail for up to five hundred readers in a request, with the places of each filled there.

It counts no key and names no mail when it takes one, but its logs can be asked for the mails of a request. What it
takes it may still drop, and only its webhook tells.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

import regex

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown, Unsent
from bot.ledger import Tier
from bot.model.places import Place
from bot.model.publication import Mail, Post, Publication
from bot.model.secret import Secret
from bot.platforms.contract import Http, Receipt, Reply
from bot.platforms.ecdsa import is_key, proves
from bot.platforms.facts import SKEW, CardBy, Facts
from bot.platforms.letters import (
    SPECIMEN,
    Letter,
    Outcome,
    Rehearsal,
    list_headers,
    refuse_controls,
    refuse_forgotten,
    sender_of,
)
from bot.platforms.replies import field, objects, shown, words
from bot.platforms.telling import Forged, Happening, Told
from bot.text import Limit, fold, shorten

_LETTER = "pullquote_letter"
# The most that a search gives; so many or more, and some may be missing.
_LISTED = 1000
# How long its logs reach back, less a day.
_KEPT = timedelta(days=29)
# SendGrid chooses the charset of a part by its characters, and Gmail calls a part in ISO-8859-1 clipped. One character
# beyond Latin-1 that nobody sees (a zero-width non-joiner) makes it UTF-8.
_BEYOND_LATIN = "\u200c"
_END_OF_HTML = regex.compile(r"(?=</body>|</html>)", regex.IGNORECASE)
# Tags of SendGrid's own unsubscribe groups, replaced wherever they stand.
_GROUP_TAG = regex.compile(r"<%\s*asm_", regex.IGNORECASE)
# How old a webhook's signature may be: it repeats a request for a day.
_OLDEST = timedelta(days=2)


@dataclass(frozen=True)
class SendGrid:
    """One account. `token` is an API key that may send mail and read the email logs.

    `reply_to` is where answers go, if not to the sender; `webhook_secret` the verification key of its event webhook.
    With `sandbox` mails are checked there and never sent. `server` is another one for accounts in the EU.
    """

    token: Secret
    reply_to: str = ""
    sandbox: bool = False
    webhook_secret: Secret | None = None
    server: str = "https://api.sendgrid.com"

    name: ClassVar[str] = "sendgrid"
    tier: ClassVar[Tier] = Tier.FINDABLE
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Mail,)
    leaves_home: ClassVar[bool] = True
    # It takes 1000, and a search gives 1000 at most: half of that is never taken for all.
    most: ClassVar[int] = 500
    keys_last: ClassVar[timedelta] = timedelta(0)
    facts: ClassVar[Facts] = Facts(
        docs=(
            "twilio.com/docs/sendgrid/api-reference/mail-send",
            "twilio.com/docs/sendgrid/api-reference/mail-send/errors",
            "twilio.com/docs/sendgrid/for-developers/sending-email/substitution-tags",
            "twilio.com/docs/sendgrid/api-reference/email-logs",
            "twilio.com/docs/sendgrid/for-developers/tracking-events/event",
            "twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features",
        ),
        read=date(2026, 11, 28),
        card=CardBy.NOBODY,
        # "Near real time", and no number.
        lag=timedelta(minutes=30),
        remarks=(
            "1000 readers in a request, 30 MB a mail, 10,000 bytes of what differs for a reader.",
            "Its logs keep 30 days, for every account that sends.",
        ),
    )

    def __post_init__(self) -> None:
        # A key that is none would silently lose every event.
        if self.webhook_secret is not None and not is_key(_decoded(self.webhook_secret.reveal())):
            raise ConfigError([f"{self.webhook_secret.variable} is not the verification key of an event webhook"])

    def limits(self) -> tuple[Limit, ...]:
        return ()

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:
        """One request with nobody's letter: what an edition is approved with."""
        if not isinstance(publication, Mail):
            raise Refused("SendGrid sends newsletters; take another channel for posts.")
        return self.enclose(publication, (SPECIMEN,), key=key, at=at)

    def enclose(self, mail: Mail, letters: Sequence[Letter], *, key: str, at: datetime) -> bytes:  # noqa: ARG002
        refuse_controls(mail, letters)
        if any(_GROUP_TAG.search(part) for part in (mail.subject, mail.html, mail.text)):
            raise Refused("The mail says '<%asm_', which SendGrid replaces with a link of its own; take it out.")
        name, address = sender_of(mail)
        shared, tags = _tagged(mail)
        domain = address.rpartition("@")[2]
        message: dict[str, Any] = {
            "personalizations": [
                {
                    "to": [{"email": each.address}],
                    "headers": list_headers(mail, each, domain=domain),
                    "custom_args": {_LETTER: each.key},
                    "substitutions": _filled(tags, mail, each),
                }
                for each in letters
            ],
            "from": {"email": address, **({"name": name} if name else {})},
            "subject": mail.subject,
            "content": [
                {"type": "text/plain", "value": _beyond_latin(shared.text, len(shared.text))},
                {"type": "text/html", "value": _beyond_latin(shared.html, _end_of(shared.html))},
            ],
            # By this the mails of a request are found in the logs.
            "categories": [key],
            "tracking_settings": {
                "click_tracking": {"enable": False, "enable_text": False},
                "open_tracking": {"enable": False},
                "subscription_tracking": {"enable": False},
                "ganalytics": {"enable": False},
            },
        }
        if self.reply_to:
            message["reply_to"] = {"email": self.reply_to}
        if self.sandbox:
            message["mail_settings"] = {"sandbox_mode": {"enable": True}}
        return json.dumps(message, ensure_ascii=False).encode()

    def post(self, body: bytes, letters: Sequence[Letter], http: Http, *, key: str) -> Sequence[Outcome]:  # noqa: ARG002
        headers = {**self._headers, "Content-Type": "application/json"}
        reply = http.once("POST", f"{self.server}/v3/mail/send", headers=headers, body=body)
        if reply.status >= 300:
            raise self._refusal(reply)
        if reply.status != (200 if self.sandbox else 202):
            raise Unknown(f"SendGrid answered {reply.status}, which says nothing of the mails.", answer=shown(reply))
        taken = reply.headers.get("x-message-id", "")
        return [Receipt(taken or each.key) for each in letters]

    def trace(
        self,
        letters: Sequence[Letter],
        http: Http,
        *,
        key: str,
        subject: str,  # noqa: ARG002
        since: datetime,
    ) -> Sequence[Receipt | None]:
        """Ask the logs for the mails of the request, and see to whom they went."""
        refuse_forgotten(http, since=since, kept=_KEPT)
        asked = json.dumps({"query": f"categories IN ('{key}')", "limit": _LISTED}).encode()
        headers = {**self._headers, "Content-Type": "application/json"}
        reply = http.repeatable("POST", f"{self.server}/v3/logs", headers=headers, body=asked)
        said = reply.json()
        if reply.status >= 300 or not isinstance(said, Mapping) or not isinstance(said.get("messages"), list):
            raise NotSent(f"SendGrid does not show its logs: {_said(reply)}", answer=shown(reply))
        listed = objects(said, "messages")
        if len(listed) >= _LISTED:
            raise NotSent("SendGrid's logs name more mails than can be read; look at Email Logs there.")
        found = {
            field(each, "to_email").casefold(): Receipt(remote) for each in listed if (remote := _request_of(each))
        }
        return [found.get(each.address.casefold()) for each in letters]

    def rehearsal(self) -> Rehearsal:
        return Rehearsal(replace(self, sandbox=True), "sandbox mode, in which SendGrid checks mails and sends none")

    def check(self, http: Http) -> str:
        """Ask what the key may do."""
        reply = http.repeatable("GET", f"{self.server}/v3/scopes", headers=self._headers)
        if reply.status >= 300:
            raise self._refusal(reply)
        said = reply.json()
        scopes = said.get("scopes") if isinstance(said, Mapping) else None
        if not isinstance(scopes, list) or "mail.send" not in scopes:
            raise Rejected(
                "The key may not send mail.",
                remedy=f"Give the key of {self.token.variable} the access 'Mail Send' at SendGrid.",
                answer=shown(reply),
            )
        if self.sandbox:
            return "may send; the channel says 'sandbox', so SendGrid checks mails and sends none"
        return "may send; whether the sender's domain is authenticated shows when it does"

    def events(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Sequence[Told]:
        self._demand(headers, body, now)
        said = json.loads(body)
        if not isinstance(said, list) or not all(isinstance(each, Mapping) for each in said):
            raise ValueError("no list of events")
        return [told for each in said if (told := _told(each)) is not None]

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token.reveal()}", "Accept": "application/json"}

    def _refusal(self, reply: Reply) -> Unsent:
        said = _said(reply)
        if reply.status == 401:
            return NotSent(
                f"SendGrid refuses the key, or the account has no credit left: {said}. If it is the key, set "
                f"{self.token.variable} anew.",
                answer=shown(reply),
            )
        if reply.status == 403:
            return NotSent(
                f"SendGrid does not let this account send so: {said}. Verify the sender's domain there, and what the "
                "key may do.",
                answer=shown(reply),
            )
        return Rejected(f"SendGrid refuses it: {said}", remedy="Mend what it names.", answer=shown(reply))

    def _demand(self, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Raise Forged unless SendGrid signed these very bytes, not long ago."""
        if self.webhook_secret is None:
            raise Forged("No webhook is expected here: set 'webhook_secret_env' in the channel first.")
        moment = headers.get("x-twilio-email-event-webhook-timestamp", "")
        signature = _decoded(headers.get("x-twilio-email-event-webhook-signature", ""))
        public_key = _decoded(self.webhook_secret.reveal())
        if not proves(signature, moment.encode() + body, public_key=public_key):
            raise Forged(f"A webhook was not signed with the key of {self.webhook_secret.variable}.")
        if not now - _OLDEST < _at(moment) < now + SKEW:
            raise Forged("A webhook was signed too long ago, or in the future.")


def _decoded(text: str) -> bytes:
    """Base64 as bytes; none where it is anything else, which is no key and no signature."""
    try:
        return base64.b64decode(text.strip(), validate=True)
    except ValueError:
        return b""


def _tagged(mail: Mail) -> tuple[Mail, dict[Place, tuple[str, str]]]:
    """The mail with a tag in each place, and the tags: one in the HTML, where values are escaped, one in the text.

    A tag comes from the content, so nothing in the content can be one.
    """
    digest = hashlib.sha256(f"{mail.subject}\0{mail.html}\0{mail.text}".encode()).hexdigest()[:20]
    tags = {place: (f"-{digest}-h{number}-", f"-{digest}-t{number}-") for number, place in enumerate(Place)}
    html, text = mail.html, mail.text
    for place, (in_html, in_text) in tags.items():
        html, text = html.replace(place, in_html), text.replace(place, in_text)
    return replace(mail, html=html, text=text), tags


def _filled(tags: Mapping[Place, tuple[str, str]], mail: Mail, letter: Letter) -> dict[str, str]:
    """What stands in each place for one reader."""
    values: dict[str, str] = {}
    for place, (in_html, in_text) in tags.items():
        own = letter.filled(replace(mail, html=place, text=place))
        values |= {in_html: own.html, in_text: own.text}
    return values


def _beyond_latin(part: str, at: int) -> str:
    return part if any(character > "\xff" for character in part) else part[:at] + _BEYOND_LATIN + part[at:]


def _end_of(html: str) -> int:
    found = _END_OF_HTML.search(html)
    return found.start() if found else len(html)


def _said(reply: Reply) -> str:
    """What a refusal says: a list of errors, each with words."""
    said = fold(" ".join(field(each, "message") for each in objects(reply.json(), "errors")))
    return shorten(said, 200).rstrip(".") if said else words(reply, ("message",))


def _request_of(said: Mapping[str, Any]) -> str:
    """The id of the request that a mail came with; what follows it names the mail inside SendGrid."""
    return field(said, "sg_message_id").partition(".")[0]


def _told(said: Mapping[str, Any]) -> Told | None:
    """One event; None for those that nobody needs to know of (taken, opened, clicked)."""
    happening = _happening(field(said, "event"), field(said, "type"), field(said, "reason"))
    if happening is None:
        return None
    if not field(said, "sg_event_id"):
        raise ValueError("an event without an id")
    return Told(
        event=field(said, "sg_event_id"),
        happening=happening,
        at=_at(field(said, "timestamp")),
        address=field(said, "email"),
        letter=field(said, _LETTER),
        remote_id=_request_of(said),
        reason=fold(field(said, "reason") or field(said, "response")),
    )


def _at(seconds: str) -> datetime:
    if not seconds.isdecimal() or len(seconds) > 10:
        raise ValueError("no moment in Unix seconds")
    return datetime.fromtimestamp(int(seconds), UTC)


def _happening(event: str, kind: str, reason: str) -> Happening | None:
    match event:
        case "delivered":
            return Happening.DELIVERED
        case "bounce":
            return Happening.DEFERRED if kind == "blocked" else Happening.BOUNCED
        case "deferred":
            return Happening.DEFERRED
        case "spamreport":
            return Happening.COMPLAINED
        case "unsubscribe" | "group_unsubscribe":
            return Happening.UNSUBSCRIBED
        case "dropped":
            # It was never tried, because of what SendGrid remembers of the address.
            remembered = {
                "bounced address": Happening.BOUNCED,
                "invalid": Happening.BOUNCED,
                "unsubscribed address": Happening.UNSUBSCRIBED,
                "spam reporting address": Happening.COMPLAINED,
            }
            return remembered.get(reason.casefold(), Happening.DEFERRED)
        case _:
            return None
