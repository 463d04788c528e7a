"""Postmark: single mails, a hundred in a request, with an answer for each inside one 200.

It counts no key, but keeps what we tell it of a mail: a request in doubt is looked up by that before anything goes
again. Newsletters have to go through a broadcast stream.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

import regex

from bot.errors import NotSent, Refused, Rejected, Unknown, Unsent
from bot.ledger import Tier
from bot.model.publication import Mail, Post, Publication
from bot.model.secret import Secret
from bot.platforms.contract import Http, Receipt, Reply
from bot.platforms.facts import CardBy, Facts
from bot.platforms.letters import (
    HTML_PART,
    SPECIMEN,
    TEXT_PART,
    Letter,
    Outcome,
    Rehearsal,
    list_headers,
    mailbox,
    messages,
    refuse_controls,
    refuse_forgotten,
    sender_of,
)
from bot.platforms.presented import demand
from bot.platforms.replies import field, objects, shown, words
from bot.platforms.telling import Happening, Told
from bot.text import Limit, fold

# With this instead of a token Postmark checks requests and sends nothing; it is no secret.
_TEST_TOKEN = "POSTMARK_API_TEST"  # noqa: S105
# Names of metadata: at most 20 characters, their values 80.
_LETTER, _REQUEST = "pullquote-letter", "pullquote-request"
# What one mail may take of the 50 MB of a request, with room for longer addresses than the specimen's.
_SHARE = 450_000
_PAGE, _PAGES = 250, 4
# How long what was sent can be looked up, less a day.
_KEPT = timedelta(days=44)
# Postmark puts its own way out wherever a mail says this, even where it is a word of a transcript.
_PLACEHOLDER = regex.compile(r"\{\{\{?\s*pm:", regex.IGNORECASE)
# Refusals of the account and not of a reader, by Postmark's error codes: these pass with time or with a step there
# (no token, maintenance, no credit, not approved yet, locked, too fast) …
_NOT_NOW = frozenset({10, 100, 405, 412, 413, 429})
# … and a reader whose address is inactive is refused alone.
_INACTIVE = 406
_FOR_GOOD = frozenset({"HardBounce", "BadEmailAddress"})
_NO_FAILURE = frozenset({"AutoResponder", "AddressChange", "Subscribe", "OpenRelayTest"})


@dataclass(frozen=True)
class Postmark:
    """One server there. `token` is its own API token, `stream` the broadcast stream by which newsletters go.

    `transactional` is the stream by which a new subscriber is asked: who once left the other one is refused there.
    `reply_to` is where answers go, if not to the sender; `webhook_secret` is the password that its webhooks bear.
    """

    token: Secret
    stream: str = "broadcast"
    transactional: str = "outbound"
    reply_to: str = ""
    webhook_secret: Secret | None = None
    server: str = "https://api.postmarkapp.com"

    name: ClassVar[str] = "postmark"
    tier: ClassVar[Tier] = Tier.FINDABLE
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Mail,)
    leaves_home: ClassVar[bool] = True
    # It takes 500 in at most 50 MB; so many whole mails would take longer than we wait for an answer.
    most: ClassVar[int] = 100
    keys_last: ClassVar[timedelta] = timedelta(0)
    facts: ClassVar[Facts] = Facts(
        docs=(
            "postmarkapp.com/developer/api/email-api",
            "postmarkapp.com/developer/api/overview",
            "postmarkapp.com/developer/api/messages-api",
            "postmarkapp.com/developer/api/message-streams-api",
            "postmarkapp.com/developer/webhooks/webhooks-overview",
        ),
        read=date(2026, 11, 28),
        card=CardBy.NOBODY,
        # Nothing is promised; what was taken shows within seconds as a rule.
        lag=timedelta(minutes=15),
        remarks=(
            "500 mails and 50 MB in a request, 10 MB a mail.",
            "What was sent can be looked up for 45 days, unless the account keeps it for another time.",
        ),
    )

    def limits(self) -> tuple[Limit, ...]:
        return ()

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:
        """One request with nobody's letter: what an edition is approved with."""
        if not isinstance(publication, Mail):
            raise Refused("Postmark sends newsletters; take another channel for posts.")
        body = self.enclose(publication, (SPECIMEN,), key=key, at=at)
        if len(body) > _SHARE:
            raise Refused(
                f"The mail takes {len(body) // 1000} kB, and {self.most} of them do not fit into one request to "
                f"Postmark; make it shorter than {_SHARE // 1000} kB."
            )
        return body

    def enclose(self, mail: Mail, letters: Sequence[Letter], *, key: str, at: datetime) -> bytes:  # noqa: ARG002
        refuse_controls(mail, letters)
        if any(_PLACEHOLDER.search(part) for part in (mail.subject, mail.html, mail.text)):
            raise Refused("The mail says '{{{ pm:', which Postmark replaces with a link of its own; take it out.")
        return messages(mail, letters, lambda letter: self._one(mail, letter, key))

    def post(self, body: bytes, letters: Sequence[Letter], http: Http, *, key: str) -> Sequence[Outcome]:  # noqa: ARG002
        headers = {**self._headers, "Content-Type": "application/json"}
        reply = http.once("POST", f"{self.server}/email/batch", headers=headers, body=body)
        if reply.status >= 300:
            raise self._refusal(reply)
        return self._outcomes(reply, len(letters))

    def trace(
        self,
        letters: Sequence[Letter],
        http: Http,
        *,
        key: str,
        subject: str,  # noqa: ARG002
        since: datetime,
    ) -> Sequence[Receipt | None]:
        """Ask for the mails that bear the key of the request, and read of each whose letter it is."""
        refuse_forgotten(http, since=since, kept=_KEPT)
        found: dict[str, Receipt] = {}
        for page in range(_PAGES):
            listed = self._listed(http, key, offset=page * _PAGE)
            for each in listed:
                if field(each, "Metadata", _REQUEST) != key:
                    raise NotSent("Postmark lists mails that were not asked for; look at its Activity page.")
                if remote := field(each, "MessageID"):
                    found[field(each, "Metadata", _LETTER)] = Receipt(remote)
            if len(listed) < _PAGE:
                return [found.get(each.key) for each in letters]
        raise NotSent(f"Postmark lists more than {_PAGE * _PAGES} mails of one request; look at its Activity page.")

    def rehearsal(self) -> Rehearsal:
        token = Secret(self.token.variable, _TEST_TOKEN)
        return Rehearsal(replace(self, token=token), "Postmark's test token, under which it sends none")

    def check(self, http: Http) -> str:
        """Ask for the stream: whether it is one for newsletters, and who manages who leaves."""
        reply = http.repeatable(
            "GET", f"{self.server}/message-streams/{quote(self.stream, safe='')}", headers=self._headers
        )
        if reply.status >= 300:
            raise self._refusal(reply)
        said = reply.json()
        if field(said, "MessageStreamType") != "Broadcasts" or field(said, "ArchivedAt"):
            raise Rejected(
                f"The stream '{self.stream}' is not one for newsletters.",
                remedy="Write the id of a broadcast stream of this server as 'stream' into the channel's settings.",
                answer=shown(reply),
            )
        if field(said, "SubscriptionManagementConfiguration", "UnsubscribeHandlingType") == "Custom":
            return f"may send through '{self.stream}'; whoever leaves does so at our own address"
        learns = "its webhooks tell us of them" if self.webhook_secret else "set up its webhook, to learn of them"
        return (
            f"may send through '{self.stream}'; Postmark puts its own way out into each mail beside ours, and keeps "
            f"who leaves by it: {learns}, or ask its support for 'Manage unsubscribes on your own'"
        )

    def events(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Sequence[Told]:  # noqa: ARG002
        demand(headers, self.webhook_secret)
        said = json.loads(body)
        if not isinstance(said, Mapping) or not field(said, "RecordType"):
            raise ValueError("no event of Postmark's")
        told = _told(said, event=headers.get("x-pm-webhook-trace-id", ""))
        return () if told is None else (told,)

    @property
    def _headers(self) -> dict[str, str]:
        return {"X-Postmark-Server-Token": self.token.reveal(), "Accept": "application/json"}

    def _one(self, mail: Mail, letter: Letter, key: str) -> dict[str, Any]:
        name, address = sender_of(mail)
        headers = list_headers(mail, letter, domain=address.rpartition("@")[2])
        message: dict[str, Any] = {
            "From": mailbox(name, address),
            "To": letter.address,
            "Subject": mail.subject,
            "HtmlBody": HTML_PART,
            "TextBody": TEXT_PART,
            "Headers": [{"Name": name, "Value": value} for name, value in headers.items()],
            "MessageStream": self.stream if letter.unsubscribe else self.transactional,
            "Metadata": {_LETTER: letter.key, _REQUEST: key},
            "TrackOpens": False,
            "TrackLinks": "None",
        }
        if self.reply_to:
            message["ReplyTo"] = self.reply_to
        return message

    def _listed(self, http: Http, key: str, *, offset: int) -> list[Mapping[str, Any]]:
        asked = {"count": _PAGE, "offset": offset, "messagestream": self.stream, f"metadata_{_REQUEST}": key}
        reply = http.repeatable("GET", f"{self.server}/messages/outbound?{urlencode(asked)}", headers=self._headers)
        said = reply.json()
        if reply.status >= 300 or not isinstance(said, Mapping) or not isinstance(said.get("Messages"), list):
            raise NotSent(f"Postmark does not list what was sent: {words(reply, ('Message',))}", answer=shown(reply))
        return objects(said, "Messages")

    def _outcomes(self, reply: Reply, number: int) -> list[Outcome]:
        """An outcome for each, in the order of the request. Where all were refused for one reason, raise that."""
        said = reply.json()
        if not isinstance(said, list) or len(said) != number:
            told = f"named {len(said)}" if isinstance(said, list) else "named none"
            raise Unknown(f"Postmark took a request of {number} mails and {told}.", answer=shown(reply))
        outcomes = [self._outcome(each) for each in said]
        refused = [each for each in outcomes if isinstance(each, (Rejected, NotSent))]
        codes = {field(each, "ErrorCode") for each in said}
        if number > 1 and len(refused) == number and len(codes) == 1 and codes != {str(_INACTIVE)}:
            raise refused[0]
        return outcomes

    def _outcome(self, item: Any) -> Outcome:
        code, remote = field(item, "ErrorCode"), field(item, "MessageID")
        if code == "0" and remote:
            return Receipt(remote)
        if not code.isdecimal() or code == "0":
            return Unknown("Postmark gave neither an id nor an error for this mail.")
        return self._refused(int(code), fold(field(item, "Message")), "")

    def _refusal(self, reply: Reply) -> Unsent:
        said = words(reply, ("Message",))
        if reply.status in (401, 403):
            set_anew = f"Set {self.token.variable} anew, or allow this machine's address there."
            return NotSent(f"Postmark refuses the token: {said}. {set_anew}", answer=shown(reply))
        code = field(reply.json(), "ErrorCode")
        return self._refused(int(code) if code.isdecimal() else 0, said, shown(reply))

    def _refused(self, code: int, said: str, answer: str) -> Rejected | NotSent:
        if code in _NOT_NOW:
            return NotSent(f"Postmark takes no mail of this account now ({code}): {said}", answer=answer)
        if code == _INACTIVE:
            return Rejected(
                "Postmark sends nothing to this address: it bounced, complained or left there.",
                remedy="Reactivate it at Postmark if its owner asks for that.",
                answer=answer,
            )
        return Rejected(f"Postmark refuses it ({code}): {said}", remedy="Mend what it names.", answer=answer)


def _told(said: Mapping[str, Any], *, event: str) -> Told | None:
    """One event; None for those that nobody needs to know of (opens, clicks, robots that answer)."""
    kind = field(said, "RecordType")
    match kind:
        case "Delivery":
            happening, at, address, why = Happening.DELIVERED, "DeliveredAt", "Recipient", ""
        case "Bounce":
            found = _of_bounce(said)
            if found is None:
                return None
            happening, at, address, why = found, "BouncedAt", "Email", f"{field(said, 'Name')}: {_details(said)}"
        case "SpamComplaint":
            happening, at, address, why = Happening.COMPLAINED, "BouncedAt", "Email", ""
        case "SubscriptionChange" if said.get("SuppressSending") is True:
            why = field(said, "SuppressionReason")
            reasons = {"HardBounce": Happening.BOUNCED, "SpamComplaint": Happening.COMPLAINED}
            happening, at, address = reasons.get(why, Happening.UNSUBSCRIBED), "ChangedAt", "Recipient"
        case _:
            return None
    moment = datetime.fromisoformat(field(said, at))
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    remote = field(said, "MessageID")
    return Told(
        event=event or f"{kind}:{remote}:{field(said, address)}:{field(said, 'ID') or field(said, at)}",
        happening=happening,
        at=moment,
        address=field(said, address),
        letter=field(said, "Metadata", _LETTER),
        remote_id=remote,
        reason=fold(why).rstrip(": "),
    )


def _of_bounce(said: Mapping[str, Any]) -> Happening | None:
    match field(said, "Type"):
        case "SpamComplaint":
            return Happening.COMPLAINED
        case "Unsubscribe":
            return Happening.UNSUBSCRIBED
        case kind if kind in _NO_FAILURE:
            return None
        case kind if kind in _FOR_GOOD or said.get("Inactive") is True:
            return Happening.BOUNCED
        case _:
            return Happening.DEFERRED


def _details(said: Mapping[str, Any]) -> str:
    return field(said, "Details") or field(said, "Description")
