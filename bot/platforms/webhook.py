"""A signed webhook: hands every publication to an address of the host's choosing, so that anything can be connected.

Follows Standard Webhooks 1.0.0 (standard-webhooks/standard-webhooks, spec/standard-webhooks.md), so a receiver can use
its ready-made libraries. Whether a request that got no answer was taken cannot be asked: such a one waits for a person.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from bot.errors import NotSent, Rejected
from bot.ledger import Tier
from bot.model.publication import Mail, Post, Publication, QuotedSpan
from bot.model.secret import Secret
from bot.platforms.contract import Http, Outgoing, Receipt, Timed
from bot.platforms.facts import CardBy, Facts
from bot.text import Limit, Unit

_PREFIX = "whsec_"
# 192 bits, as the specification asks for.
_SHORTEST_SECRET = 24
_SHOWN = 500


@dataclass(frozen=True)
class Webhook:
    """An address and the secret to sign with, both from the environment: the address may hold a token.

    `limit` and `unit` say how long a post may be for whatever stands behind the address.
    """

    url: Secret
    secret: Secret
    limit: int = 500
    unit: Unit = Unit.GRAPHEMES

    name: ClassVar[str] = "webhook"
    tier: ClassVar[Tier] = Tier.BLIND
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Post, Mail)
    leaves_home: ClassVar[bool] = True
    facts: ClassVar[Facts] = Facts(
        docs=("github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",),
        read=date(2026, 11, 24),
        links="handed on as they are",
        card=CardBy.NOBODY,
        remarks=("What stands behind the address decides what becomes of a post.",),
    )

    def limits(self) -> tuple[Limit, ...]:
        return (Limit(self.limit, self.unit),)

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:  # noqa: ARG002 (the contract's)
        """The JSON to send. No time stands in it: the moment of sending is in a header, signed with the body."""
        match publication:
            case Mail():
                kind, data = "pullquote.edition", _mail(publication)
            case Post():
                kind, data = "pullquote.post", _post(publication)
        return json.dumps({"type": kind, "id": key, "data": data}, sort_keys=True).encode()

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        """Post it once. Any 2xx is acceptance, whatever the answer says; 410 and other refusals are final."""
        if not isinstance(http, Timed):
            raise TypeError("a signed webhook needs a way out that tells the time")
        self._address()
        moment = int(http.now().timestamp())
        headers = signed_headers(self.secret, key=outgoing.key, moment=moment, body=outgoing.body)
        reply = http.once("POST", self.url.reveal(), headers=headers, body=outgoing.body)
        shown = reply.body[:_SHOWN].decode("utf-8", "replace")
        if reply.status >= 300:
            raise Rejected(f"{self._host()} refused it ({reply.status}).", remedy=_remedy(reply.status), answer=shown)
        return Receipt(remote_id=outgoing.key, answer=f"{reply.status} {shown}".strip())

    def check(self, _http: Http) -> str:
        """Look at the settings. A webhook has no harmless request: whether it works shows when something is sent."""
        try:
            self._address()
            signing_key(self.secret)
        except NotSent as error:
            raise Rejected(str(error), remedy="Mend the variable and start again.") from None
        return f"will post to {self._host()}; it cannot be tried without sending"

    def _host(self) -> str:
        try:
            return urlsplit(self.url.reveal()).hostname or ""
        except ValueError:
            return ""

    def _address(self) -> None:
        if not self.url.reveal().startswith(("https://", "http://")) or not self._host():
            raise NotSent(f"The environment variable {self.url.variable} must hold a whole address, https://….")


def signing_key(secret: Secret) -> bytes:
    """The bytes to sign with: written as `whsec_` and base64, or else the secret's characters. Raises NotSent."""
    text = secret.reveal()
    try:
        key = base64.b64decode(text[len(_PREFIX) :], validate=True) if text.startswith(_PREFIX) else text.encode()
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < _SHORTEST_SECRET:
        raise NotSent(
            f"The environment variable {secret.variable} must hold a secret of at least {_SHORTEST_SECRET} "
            f"bytes, best as '{_PREFIX}' and base64."
        )
    return key


def signed_headers(secret: Secret, *, key: str, moment: int, body: bytes) -> dict[str, str]:
    """The headers of a signed request that leaves at `moment` (Unix seconds). Raises NotSent for a weak secret."""
    return {
        "content-type": "application/json",
        "webhook-id": key,
        "webhook-timestamp": str(moment),
        "webhook-signature": signature(signing_key(secret), key=key, moment=moment, body=body),
    }


def signature(signing_key: bytes, *, key: str, moment: int, body: bytes) -> str:
    """The `webhook-signature` of a body sent at `moment` (Unix seconds): HMAC-SHA256 over id, time and body."""
    signed = f"{key}.{moment}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(signing_key, signed, hashlib.sha256).digest()).decode()


def _post(post: Post) -> dict[str, Any]:
    return {
        "text": post.text,
        "link": post.link,
        "language": post.language,
        "quotes": [_quote(each) for each in post.quotes],
    }


def _mail(mail: Mail) -> dict[str, Any]:
    return {
        "sender": mail.sender,
        "subject": mail.subject,
        "preheader": mail.preheader,
        "html": mail.html,
        "text": mail.text,
        "language": mail.language,
        "quotes": [_quote(each) for each in mail.quotes],
    }


def _quote(quote: QuotedSpan) -> dict[str, str | None]:
    return {"text": quote.text, "speaker": quote.speaker}


def _remedy(status: int) -> str:
    match status:
        case 401 | 403:
            return "Check that both ends hold the same secret, then send it again."
        case 404 | 410:
            return "Nobody listens at this address any more; correct it or remove the channel."
        case 413:
            return "The receiver takes no body of this size; raise its limit or send fewer episodes."
        case _:
            return "Look at the receiver's own record of it; it says why."
