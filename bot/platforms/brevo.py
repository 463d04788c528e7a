"""Brevo: single mails, many versions of one in a request, each with a receipt.

A key counts once here too, but for a quarter of an hour only, and a repetition is refused without saying what became of
the first. So a request in doubt is made again within that time (if it never came, it goes out then), and afterwards its
mails are looked for in Brevo's log.
"""

from __future__ import annotations

import hmac
import json
import re
import uuid
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import parseaddr
from hashlib import sha256
from html import escape
from typing import Any, ClassVar
from urllib.parse import urlencode

from bot.errors import NotSent, Refused, Rejected, Unknown
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
    encoded,
    list_headers,
    refuse_controls,
    refuse_forgotten,
    sender_of,
)
from bot.platforms.replies import field, objects, shown, words
from bot.platforms.telling import Forged, Happening, Told
from bot.text import Limit

# Brevo gives this header back in its webhooks.
_LETTER = "X-Mailin-custom"
_PAGE, _PAGES, _DAYS = 2500, 20, 90
_LONGEST_NAME = 70
# What begins a variable, a block or a remark in Brevo's template language, which every body and subject goes through.
_OPENING = re.compile(r"\{(?=[{%#])")
_STYLE = re.compile(r"(<style\b.*?</style\s*>)", re.DOTALL | re.IGNORECASE)
# Two braces with this between them look the same and are none of its marks.
_WORD_JOINER = "\u2060"
# In a display name these want quotation marks (RFC 5322).
_SPECIALS = frozenset('()<>[]:;@\\,."')
_HAPPENINGS = {
    # Brevo says "deferred" at each of its own attempts; what became of the mail is told later, and that counts.
    "delivered": Happening.DELIVERED,
    "soft_bounce": Happening.DEFERRED,
    # Brevo's own list bars the address, or something broke on the way: the address may be good.
    "blocked": Happening.DEFERRED,
    "error": Happening.DEFERRED,
    "hard_bounce": Happening.BOUNCED,
    "invalid_email": Happening.BOUNCED,
    "spam": Happening.COMPLAINED,
    "complaint": Happening.COMPLAINED,
    "unsubscribe": Happening.UNSUBSCRIBED,
    "unsubscribed": Happening.UNSUBSCRIBED,
}


@dataclass(frozen=True)
class Brevo:
    """One account. `token` is an API key; `reply_to` an address for answers, if not the sender's.

    With `sandbox` Brevo takes every mail and sends none. `webhook_secret` is what its webhooks bear to be believed: a
    bearer token, or the password in their address.
    """

    token: Secret
    reply_to: str = ""
    sandbox: bool = False
    webhook_secret: Secret | None = None
    server: str = "https://api.brevo.com"

    name: ClassVar[str] = "brevo"
    tier: ClassVar[Tier] = Tier.KEYED
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Mail,)
    leaves_home: ClassVar[bool] = True
    # Brevo takes a thousand versions; whole bodies of a hundred kilobytes each make five megabytes with fifty.
    most: ClassVar[int] = 50
    # Brevo's guide says 30 minutes, its changelog 15; a minute less, because its clock is not ours.
    keys_last: ClassVar[timedelta] = timedelta(minutes=14)
    facts: ClassVar[Facts] = Facts(
        docs=(
            "developers.brevo.com/docs/batch-send-transactional-emails",
            "developers.brevo.com/docs/heterogenous-versions-batch-emails",
            "developers.brevo.com/changelog/email-api-now-supports-idempotency",
            "developers.brevo.com/reference/get-email-event-report",
            "developers.brevo.com/docs/transactional-webhooks",
            "developers.brevo.com/docs/secured-webhooks",
        ),
        read=date(2026, 11, 28),
        card=CardBy.NOBODY,
        lag=timedelta(minutes=30),
        remarks=(
            "A request is made at most 100 times in a minute; the log is asked at most 100 times in an hour.",
            "How long the log lags behind is not said; half an hour is our caution.",
        ),
    )

    def limits(self) -> tuple[Limit, ...]:
        return ()

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:
        """One request with nobody's letter: what an edition is approved with."""
        if not isinstance(publication, Mail):
            raise Refused("Brevo sends newsletters; take another channel for posts.")
        return self.enclose(publication, (SPECIMEN,), key=key, at=at)

    def enclose(self, mail: Mail, letters: Sequence[Letter], *, key: str, at: datetime) -> bytes:  # noqa: ARG002
        refuse_controls(mail, letters)
        message: dict[str, Any] = {
            "sender": _sender(mail),
            "subject": _as_words(mail.subject),
            # A version may have bodies of its own only where the whole has them too. These go to nobody.
            "htmlContent": f"<p>{_as_markup(escape(mail.subject))}</p>",
            "textContent": _as_words(mail.subject),
            # Not a header of the request and not one of the mail: this is where Brevo looks for the key.
            "headers": {"idempotencyKey": str(uuid.uuid5(uuid.NAMESPACE_URL, f"pullquote:{key}")), **self._aside},
            "messageVersions": [self._one(mail, each) for each in letters],
            "tags": [key],
        }
        if self.reply_to:
            message["replyTo"] = {"email": parseaddr(self.reply_to)[1]}
        return json.dumps(message, ensure_ascii=False).encode()

    def post(self, body: bytes, letters: Sequence[Letter], http: Http, *, key: str) -> Sequence[Outcome]:  # noqa: ARG002
        headers = {**self._headers, "Content-Type": "application/json"}
        reply = http.once("POST", f"{self.server}/v3/smtp/email", headers=headers, body=body)
        if reply.status >= 300:
            raise self._refusal(reply)
        return _outcomes(reply, len(letters))

    def trace(
        self,
        letters: Sequence[Letter],
        http: Http,
        *,
        key: str,
        subject: str,
        since: datetime,
    ) -> Sequence[Receipt | None]:
        """Go back through Brevo's log, the newest first, for requests that bear our tag or subject to our readers.

        The log is filtered here and not there: a filter that Brevo read otherwise would look like absence.
        """
        refuse_forgotten(http, since=since, kept=timedelta(days=_DAYS - 1))
        wanted, named = {each.address.casefold() for each in letters}, _as_words(subject)
        found: dict[str, Receipt] = {}
        for page in range(_PAGES):
            asked = {"limit": _PAGE, "offset": page * _PAGE, "days": _DAYS, "event": "requests", "sort": "desc"}
            url = f"{self.server}/v3/smtp/statistics/events?{urlencode(asked)}"
            reply = http.repeatable("GET", url, headers=self._headers)
            if reply.status >= 300:
                raise NotSent(f"Brevo does not show its log: {words(reply, ('message',))}", answer=shown(reply))
            said = reply.json()
            # Without any event the list is left out, and the answer is an empty object.
            events = objects(said, "events")
            if not isinstance(said, Mapping) or (said and "events" not in said):
                raise NotSent("Brevo's answer is no log.", answer=shown(reply))
            for each in events:
                address, remote = field(each, "email").casefold(), field(each, "messageId")
                ours = key in json.dumps([each.get("tag"), each.get("tags")]) or field(each, "subject") == named
                if address in wanted and ours and remote and not _before(each, since - SKEW):
                    found.setdefault(address, Receipt(remote))
            if len(found) == len(wanted) or len(events) < _PAGE or _before(events[-1], since - SKEW):
                return [found.get(each.address.casefold()) for each in letters]
        raise NotSent(f"More than {_PAGE * _PAGES} mails were sent since; Brevo's own log has to be searched.")

    def rehearsal(self) -> Rehearsal:
        return Rehearsal(replace(self, sandbox=True), "its sandbox, in which Brevo takes mails and drops them")

    def check(self, http: Http) -> str:
        """Ask for the domains, and look whether one of them is authenticated."""
        said = f"may send for {', '.join(self.vouched(http))}"
        return f"{said}, but sends nothing while sandbox = true" if self.sandbox else said

    def vouched(self, http: Http) -> Sequence[str]:
        reply = http.repeatable("GET", f"{self.server}/v3/senders/domains", headers=self._headers)
        if reply.status >= 300:
            raise self._refusal(reply)
        proven = sorted(
            field(each, "domain_name")
            for each in objects(reply.json(), "domains")
            if each.get("authenticated") is True and field(each, "domain_name")
        )
        if not proven:
            raise Rejected("Brevo has authenticated no domain of this account.", remedy="Authenticate it there.")
        return proven

    def events(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Sequence[Told]:  # noqa: ARG002
        self._believe(headers.get("authorization", ""))
        said = json.loads(body)
        told = said if isinstance(said, list) else [said]
        if not all(isinstance(each, Mapping) for each in told):
            raise ValueError("Brevo's webhook is no event and no list of events")
        return [_told(each) for each in told if field(each, "event") in _HAPPENINGS]

    def _believe(self, authorization: str) -> None:
        """Raise Forged where what came does not hold the secret; Brevo signs nothing."""
        if self.webhook_secret is None:
            raise Forged("No secret is set for Brevo's webhooks; set 'webhook_secret_env' of this channel.")
        kind, _, credentials = authorization.partition(" ")
        if kind.lower() == "basic":
            try:
                _, _, credentials = b64decode(credentials, validate=True).decode().partition(":")
            except ValueError:
                credentials = ""
        if not hmac.compare_digest(credentials.strip().encode(), self.webhook_secret.reveal().encode()):
            raise Forged("A webhook in Brevo's name does not bear the secret.")

    @property
    def _headers(self) -> dict[str, str]:
        return {"api-key": self.token.reveal(), "Accept": "application/json"}

    @property
    def _aside(self) -> dict[str, str]:
        return {"X-Sib-Sandbox": "drop"} if self.sandbox else {}

    def _one(self, mail: Mail, letter: Letter) -> dict[str, Any]:
        own = letter.filled(mail)
        headers = list_headers(mail, letter, domain=sender_of(mail)[1].rpartition("@")[2])
        headers |= {_LETTER: letter.key, **self._aside}
        if wrong := [name for name, value in headers.items() if not value.isascii()]:
            raise Refused(f"Brevo sends headers as they are, and {wrong[0]} is not ASCII; write its domain as xn--….")
        return {
            "to": [{"email": letter.address}],
            "subject": _as_words(mail.subject),
            "htmlContent": _as_markup(own.html),
            "textContent": _as_words(own.text),
            "headers": headers,
        }

    def _refusal(self, reply: Reply) -> Rejected | NotSent | Unknown:
        said, code = words(reply, ("message",)), field(reply.json(), "code")
        match reply.status, code:
            case 401, _:
                return NotSent(f"Brevo refuses the key: {said} Set {self.token.variable} anew.", answer=shown(reply))
            case 403, "permission_denied" | "account_under_validation":
                return NotSent(f"Brevo does not let this account send: {said}", answer=shown(reply))
            case 402, "not_enough_credits":
                return NotSent(f"The account has no mails left at Brevo: {said}", answer=shown(reply))
            case _, "duplicate_parameter" | "duplicate_request":
                return Unknown(f"Brevo knows the key of this request already: {said}", answer=shown(reply))
            case _:
                return Rejected(f"Brevo refuses it: {said}", remedy="Mend what it names.", answer=shown(reply))


def _outcomes(reply: Reply, number: int) -> list[Outcome]:
    """A receipt for each, in the order of the versions; a count that is not ours proves nothing."""
    said = reply.json()
    several = said.get("messageIds") if isinstance(said, Mapping) else None
    given = several if isinstance(several, list) else [each] if (each := field(said, "messageId")) else []
    if len(given) != number:
        raise Unknown(f"Brevo took a request of {number} mails and named {len(given)}.", answer=shown(reply))
    return [
        Receipt(each) if isinstance(each, str) and each else Unknown("Brevo gave no id for this mail.")
        for each in given
    ]


def _sender(mail: Mail) -> dict[str, str]:
    """Who a mail is from. Brevo drops a name with both a comma and a letter outside ASCII, unless it is encoded."""
    name, address = sender_of(mail)
    if not name.isascii() and _SPECIALS & set(name):
        name = encoded(name)
    if len(name) > _LONGEST_NAME:
        raise Refused(f"Brevo takes a sender's name of {_LONGEST_NAME} characters; '{name}' is longer.")
    return {"name": name, "email": address} if name else {"email": address}


def _as_markup(html: str) -> str:
    """Markup in which nothing is a mark of the template language, and that shows the same."""
    parts = _STYLE.split(html)
    # Style sheets know no entities, and a space between two braces means nothing to them.
    return "".join(_OPENING.sub("{ " if _STYLE.fullmatch(each) else "&#123;", each) for each in parts)


def _as_words(text: str) -> str:
    return _OPENING.sub("{" + _WORD_JOINER, text)


def _told(event: Mapping[str, Any]) -> Told:
    """One event. Brevo numbers none of them, so it is known by what it says of which mail, however often."""
    letter, remote, address = field(event, _LETTER), field(event, "message-id"), field(event, "email")
    what, moment = field(event, "event"), event.get("ts_epoch")
    # Of the times that Brevo gives only this one is no time of the account's own zone. It counts milliseconds.
    if isinstance(moment, bool) or not isinstance(moment, int) or not address:
        raise ValueError("Brevo's event has no moment or no address")
    try:
        at = datetime.fromtimestamp(moment / 1000, UTC)
    except (OverflowError, OSError):
        raise ValueError("Brevo's event is of no time") from None
    known = sha256("\n".join((what, remote or str(moment), address)).encode()).hexdigest()
    return Told(known, _HAPPENINGS[what], at, address, letter, remote, field(event, "reason"))


def _before(event: Mapping[str, Any], moment: datetime) -> bool:
    """Whether an event of the log is older than a moment. Its time looks like "2020-11-03T18:15:23.000+05:30"."""
    try:
        made = datetime.fromisoformat(field(event, "date"))
    except ValueError:
        return False
    return made.tzinfo is not None and made < moment
