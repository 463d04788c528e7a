"""Resend: single mails, a hundred in a request, each with a receipt.

The one service of its kind whose keys we may trust: the same bytes under the same `Idempotency-Key` count once, for a
day. So a request in doubt is made again within that time; later its mails are looked for among those that were sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from bot.errors import NotSent, Refused, Rejected, Unknown
from bot.ledger import Tier
from bot.model.publication import Mail, Post, Publication
from bot.model.secret import Secret
from bot.platforms.contract import Http, Receipt, Reply
from bot.platforms.facts import SKEW, CardBy, Facts
from bot.platforms.letters import (
    HTML_PART,
    SPECIMEN,
    TEXT_PART,
    Letter,
    Outcome,
    Rehearsal,
    list_headers,
    messages,
    refuse_controls,
    sender_of,
)
from bot.platforms.presented import demand_signed
from bot.platforms.replies import field, objects, shown, words
from bot.platforms.telling import Happening, Told
from bot.text import Limit

_KEY = "pullquote-letter"
# What Resend sends there it delivers to itself.
_SINK = "delivered@resend.dev"
_PAGE, _PAGES = 100, 20
_HAPPENINGS = {
    "email.delivered": Happening.DELIVERED,
    "email.delivery_delayed": Happening.DEFERRED,
    "email.bounced": Happening.BOUNCED,
    "email.suppressed": Happening.BOUNCED,
    "email.complained": Happening.COMPLAINED,
}


@dataclass(frozen=True)
class Resend:
    """One account. `token` is an API key with the right to send; `reply_to` where answers go, if not to the sender.

    `webhook_secret` is the signing secret of its webhook ("whsec_…"); without it none is believed.
    """

    token: Secret
    reply_to: str = ""
    webhook_secret: Secret | None = None
    server: str = "https://api.resend.com"

    name: ClassVar[str] = "resend"
    tier: ClassVar[Tier] = Tier.KEYED
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Mail,)
    leaves_home: ClassVar[bool] = True
    most: ClassVar[int] = 100
    # Resend says 24 hours; an hour less, because its clock is not ours.
    keys_last: ClassVar[timedelta] = timedelta(hours=23)
    facts: ClassVar[Facts] = Facts(
        docs=(
            "resend.com/docs/api-reference/emails/send-batch-emails",
            "resend.com/docs/dashboard/emails/idempotency-keys",
            "resend.com/docs/api-reference/emails/list-emails",
            "resend.com/docs/api-reference/errors",
            "resend.com/docs/webhooks/body-parameters",
        ),
        read=date(2026, 11, 28),
        card=CardBy.NOBODY,
        lag=timedelta(minutes=10),
        remarks=("Two requests in a second for a team, unless more was agreed upon.",),
    )

    def limits(self) -> tuple[Limit, ...]:
        return ()

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:
        """One request with nobody's letter: what an edition is approved with."""
        if not isinstance(publication, Mail):
            raise Refused("Resend sends newsletters; take another channel for posts.")
        return self.enclose(publication, (SPECIMEN,), key=key, at=at)

    def enclose(self, mail: Mail, letters: Sequence[Letter], *, key: str, at: datetime) -> bytes:  # noqa: ARG002
        refuse_controls(mail, letters)
        return messages(mail, letters, lambda letter: self._one(mail, letter))

    def post(self, body: bytes, letters: Sequence[Letter], http: Http, *, key: str) -> Sequence[Outcome]:
        headers = {**self._headers, "Content-Type": "application/json", "Idempotency-Key": key}
        reply = http.once("POST", f"{self.server}/emails/batch", headers=headers, body=body)
        if reply.status >= 300:
            raise self._refusal(reply)
        return _outcomes(reply, len(letters))

    def trace(
        self,
        letters: Sequence[Letter],
        http: Http,
        *,
        key: str,  # noqa: ARG002
        subject: str,
        since: datetime,
    ) -> Sequence[Receipt | None]:
        """Go back through what was sent, the newest first, for mails of this subject to our readers since then."""
        wanted = [each.address.casefold() for each in letters]
        found: dict[str, Receipt] = {}
        after = ""
        for _ in range(_PAGES):
            query = urlencode({"limit": _PAGE, **({"after": after} if after else {})})
            reply = http.repeatable("GET", f"{self.server}/emails?{query}", headers=self._headers)
            if reply.status >= 300:
                raise NotSent(f"Resend does not list what was sent: {words(reply, ('message',))}", answer=shown(reply))
            page = objects(reply.json(), "data")
            for each in page:
                after, to = field(each, "id"), each.get("to")
                # An earlier edition may have had the same subject.
                ours = field(each, "subject") == subject and not _before(each, since - SKEW)
                for one in to if ours and isinstance(to, list) else ():
                    found[str(one).casefold()] = Receipt(after)
            if set(wanted) <= set(found) or len(page) < _PAGE or _before(page[-1], since - SKEW):
                return [found.get(address) for address in wanted]
        raise NotSent(f"More than {_PAGE * _PAGES} mails were sent since; Resend's own log has to be searched.")

    def events(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Sequence[Told]:
        """What a webhook tells, signed as Standard Webhooks says (Resend sends through Svix)."""
        demand_signed(headers, body, self.webhook_secret, now=now)
        said = json.loads(body)
        happening = _HAPPENINGS.get(field(said, "type"))
        if happening is None:
            return ()
        to = said["data"].get("to") if isinstance(said.get("data"), Mapping) else None
        made = _moment(field(said, "created_at"))
        return (
            Told(
                event=headers["svix-id"],
                happening=happening,
                at=made or now,
                address=str(to[0]) if isinstance(to, list) and to else "",
                letter=_tag(said["data"]),
                remote_id=field(said, "data", "email_id"),
                reason=field(said, "data", "bounce", "message"),
            ),
        )

    def rehearsal(self) -> Rehearsal:
        return Rehearsal(self, "an address of Resend's own, which counts as a mail sent", _SINK)

    def check(self, http: Http) -> str:
        """Ask for the domains, and look whether one of them is verified."""
        verified = self.vouched(http)
        if verified is None:
            return "the key may send, and nothing else: whether the sender's domain is verified cannot be asked"
        return f"may send for {', '.join(verified)}"

    def vouched(self, http: Http) -> Sequence[str] | None:
        reply = http.repeatable("GET", f"{self.server}/domains", headers=self._headers)
        if reply.status == 401 and field(reply.json(), "name") == "restricted_api_key":
            return None
        if reply.status >= 300:
            raise self._refusal(reply)
        verified = sorted(
            field(each, "name") for each in objects(reply.json(), "data") if field(each, "status") == "verified"
        )
        if not verified:
            raise Rejected("Resend has verified no domain of this account.", remedy="Verify the sender's domain there.")
        return verified

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token.reveal()}", "Accept": "application/json"}

    def _one(self, mail: Mail, letter: Letter) -> dict[str, Any]:
        _, sender = sender_of(mail)
        message: dict[str, Any] = {
            "from": mail.sender,
            "to": [letter.address],
            "subject": mail.subject,
            "html": HTML_PART,
            "text": TEXT_PART,
            "headers": list_headers(mail, letter, domain=sender.rpartition("@")[2]),
            "tags": [{"name": _KEY, "value": letter.key}],
        }
        if self.reply_to:
            message["reply_to"] = [self.reply_to]
        return message

    def _refusal(self, reply: Reply) -> Rejected | NotSent | Unknown:
        said, name = words(reply, ("message",)), field(reply.json(), "name")
        match reply.status, name:
            case (401, _) | (403, "invalid_api_key" | "restricted_api_key" | ""):
                return NotSent(f"Resend refuses the key: {said} Set {self.token.variable} anew.", answer=shown(reply))
            case 409, "concurrent_idempotent_requests":
                return Unknown(f"Resend still works on this very request: {said}", answer=shown(reply))
            case 409, _:
                return Unknown(f"Resend knows the key with other content: {said}", answer=shown(reply))
            case _:
                return Rejected(f"Resend refuses it: {said}", remedy="Mend what it names.", answer=shown(reply))


def _outcomes(reply: Reply, number: int) -> list[Outcome]:
    """A receipt for each, in the order of the request; a count that is not ours proves nothing."""
    data = objects(reply.json(), "data")
    if len(data) != number:
        raise Unknown(f"Resend took a request of {number} mails and named {len(data)}.", answer=shown(reply))
    return [
        Receipt(remote) if (remote := field(each, "id")) else Unknown("Resend gave no id for this mail.")
        for each in data
    ]


def _tag(data: Mapping[str, Any]) -> str:
    """Our letter's key among the tags, which are a list of names and values, or one object."""
    tags = data.get("tags")
    if isinstance(tags, Mapping):
        return field(tags, _KEY)
    return next((field(each, "value") for each in objects(data, "tags") if field(each, "name") == _KEY), "")


def _before(listed: Mapping[str, Any], moment: datetime) -> bool:
    """Whether a mail of the list was made before a moment."""
    made = _moment(field(listed, "created_at"))
    return made is not None and made < moment


def _moment(text: str) -> datetime | None:
    """A time as Resend writes it, "2026-11-25 09:00:00.123+00" or in ISO form; None where it is none."""
    try:
        made = datetime.fromisoformat(text.replace(" ", "T"))
    except ValueError:
        return None
    return made if made.tzinfo is not None else None
