"""Amazon SES (version 2 of its API): one mail in a request, with a receipt.

SES takes no key and cannot be asked what it has, so what got no answer waits for a person. Its requests of fifty mails
want a template, whose marks the words of a transcript could be; one mail in a request leaves one reader in doubt.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.ledger import Tier
from bot.model.publication import Mail, Post, Publication
from bot.model.secret import Secret
from bot.platforms import sns
from bot.platforms.contract import Http, Memory, Receipt, Reply, Timed
from bot.platforms.facts import CardBy, Facts
from bot.platforms.letters import (
    SPECIMEN,
    Letter,
    Outcome,
    Rehearsal,
    encoded,
    list_headers,
    mailbox,
    refuse_controls,
    sender_of,
)
from bot.platforms.memory import Forgetful
from bot.platforms.replies import field, shown, words
from bot.platforms.ses_events import LETTER, LETTER_HEADER, told_of
from bot.platforms.sigv4 import Signer, installed
from bot.platforms.telling import Told
from bot.text import Limit

# What is sent there ends as delivered, and goes to nobody; it is charged like any mail.
_SINK = "success@simulator.amazonses.com"
# A header's name and value together (SES).
_LONGEST_HEADER = 996
# SES asks to wait up to ten minutes where a quota is used up; where it went too fast, a little is enough (seconds).
_QUOTA_WAIT, _RATE_WAIT = 600.0, 10.0
_PEM = b"-----BEGIN CERTIFICATE-----"
_THROTTLED = ("Throttling", "ThrottlingException", "TooManyRequestsException", "LimitExceededException")
# What these say is about the account or the sender, and never about a reader.
_ABOUT_US = (
    "AccountSuspendedException",
    "ConfigurationSetDoesNotExist",
    "MailFromDomainNotVerifiedException",
    "NotFoundException",
    "SendingPausedException",
)


@dataclass(frozen=True)
class Ses:
    """One account in one region. `key` is an access key's id and `secret` the key itself.

    `configuration_set` says where SES reports to and what it tracks; without it the sender's own default counts.
    `topic` is the SNS topic (its ARN) whose messages are believed; without it none is.
    """

    region: str
    key: Secret
    secret: Secret
    reply_to: str = ""
    configuration_set: str = ""
    topic: str = ""
    server: str = ""
    memory: Memory = attribute(default_factory=Forgetful, repr=False, compare=False)

    name: ClassVar[str] = "ses"
    tier: ClassVar[Tier] = Tier.BLIND
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Mail,)
    leaves_home: ClassVar[bool] = True
    most: ClassVar[int] = 1
    keys_last: ClassVar[timedelta] = timedelta()
    facts: ClassVar[Facts] = Facts(
        docs=(
            "docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html",
            "docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html",
            "docs.aws.amazon.com/ses/latest/dg/header-fields.html",
            "docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html",
        ),
        read=date(2026, 11, 28),
        card=CardBy.NOBODY,
        remarks=(
            "A new account may send 200 mails a day, one a second, and to confirmed addresses only; `check` asks.",
        ),
    )

    def __post_init__(self) -> None:
        if not self.region.replace("-", "").isalnum() or not self.region.isascii():
            raise ConfigError([f"'region' is wrong: '{self.region}' is none; write for example \"eu-central-1\"."])
        if self.topic and not sns.is_topic(self.topic):
            example = "arn:aws:sns:eu-central-1:123456789012:newsletter"
            raise ConfigError([f"'topic' is wrong: '{self.topic}' is none; write for example \"{example}\"."])
        if not installed():
            raise ConfigError(["Amazon SES needs a library of its own: pip install 'pullquote[ses]'."])

    def __getstate__(self) -> dict[str, Any]:
        # Another process is told of an account so that it posts mails. Nothing of that is remembered; events come here.
        return {**vars(self), "memory": Forgetful()}

    def limits(self) -> tuple[Limit, ...]:
        return ()

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:
        """One request with nobody's letter: what an edition is approved with."""
        if not isinstance(publication, Mail):
            raise Refused("Amazon SES sends newsletters; take another channel for posts.")
        return self.enclose(publication, (SPECIMEN,), key=key, at=at)

    def enclose(self, mail: Mail, letters: Sequence[Letter], *, key: str, at: datetime) -> bytes:  # noqa: ARG002
        refuse_controls(mail, letters)
        (letter,) = letters
        own = letter.filled(mail)
        name, address = sender_of(mail)
        headers = {**list_headers(mail, letter, domain=address.rpartition("@")[2]), LETTER_HEADER: letter.key}
        if not address.isascii() or (wrong := [each for each, value in headers.items() if not value.isascii()]):
            raise Refused("The sender's address or a header is not ASCII; write its domain as xn--….")
        if wrong := [each for each, value in headers.items() if len(each) + len(value) > _LONGEST_HEADER]:
            raise Refused(f"The header {wrong[0]} of a mail is longer than SES takes.")
        message: dict[str, Any] = {
            "FromEmailAddress": mailbox(name, address) if name.isascii() else f"{encoded(name)} <{address}>",
            "Destination": {"ToAddresses": [letter.address]},
            "Content": {
                "Simple": {
                    "Subject": _text(mail.subject),
                    "Body": {"Text": _text(own.text), "Html": _text(own.html)},
                    "Headers": [{"Name": each, "Value": value} for each, value in headers.items()],
                }
            },
            "EmailTags": [{"Name": LETTER, "Value": letter.key}],
        }
        if self.reply_to:
            message["ReplyToAddresses"] = [self.reply_to]
        if self.configuration_set:
            message["ConfigurationSetName"] = self.configuration_set
        return json.dumps(message, ensure_ascii=False).encode()

    def post(self, body: bytes, letters: Sequence[Letter], http: Http, *, key: str) -> Sequence[Outcome]:  # noqa: ARG002
        url = f"{self._server}/v2/email/outbound-emails"
        reply = http.once("POST", url, headers=self._signed("POST", url, http, body), body=body)
        if reply.status >= 300:
            raise self._refusal(reply)
        if not (remote := field(reply.json(), "MessageId")):
            raise Unknown("Amazon SES took a mail and gave no id for it.", answer=shown(reply))
        return [Receipt(remote)]

    def rehearsal(self) -> Rehearsal:
        return Rehearsal(self, "Amazon's mailbox simulator, which is charged like a mail", _SINK)

    def check(self, http: Http) -> str:
        """Ask what the account may send."""
        url = f"{self._server}/v2/email/account"
        reply = http.repeatable("GET", url, headers=self._signed("GET", url, http, b""))
        if reply.status >= 300:
            raise self._refusal(reply)
        said = reply.json()
        if not isinstance(said, Mapping) or said.get("SendingEnabled") is not True:
            remedy = "Look at the account's page of Amazon SES for the reason."
            raise Rejected("Amazon SES lets this account send nothing.", remedy=remedy, answer=shown(reply))
        quota = said.get("SendQuota")
        quota = quota if isinstance(quota, Mapping) else {}
        sandbox = "" if said.get("ProductionAccessEnabled") is True else ", and only to addresses confirmed there"
        return f"may send {_number(quota, 'Max24HourSend')} a day, {_number(quota, 'MaxSendRate')} a second{sandbox}"

    def events_through(
        self,
        headers: Mapping[str, str],  # noqa: ARG002
        body: bytes,
        http: Http,
        *,
        now: datetime,
    ) -> Sequence[Told]:
        said = sns.message(body, topic=self.topic, now=now, certificate=lambda place: self._certificate(place, http))
        if (question := sns.confirmation(said, self.topic)) is not None:
            reply = http.repeatable("GET", question, headers={})
            if reply.status >= 300:
                raise NotSent(f"Amazon SNS does not take our yes: {shown(reply)}", answer=shown(reply))
            return ()
        told = told_of(str(said["Message"]), event=str(said["MessageId"]), at=now)
        return () if told is None else (told,)

    def _certificate(self, place: str, http: Http) -> bytes:
        """What a certificate's address holds: it never changes, and every event needs it."""
        if (known := self.memory.recall(place)) is not None:
            return known.encode()
        reply = http.repeatable("GET", place, headers={})
        if reply.status >= 300 or not reply.body.startswith(_PEM):
            raise NotSent("Amazon SNS does not give its certificate now.", answer=shown(reply))
        self.memory.keep(place, reply.body.decode("ascii", "replace"))
        return reply.body

    @property
    def _server(self) -> str:
        return self.server or f"https://email.{self.region}.amazonaws.com"

    def _signed(self, method: str, url: str, http: Http, body: bytes) -> dict[str, str]:
        if not isinstance(http, Timed):
            raise TypeError("this way out does not tell the time")
        signer = Signer(self.key.reveal(), self.secret.reveal(), self.region, "ses")
        headers = {"content-type": "application/json"} if body else {}
        return signer.headers(method, url, headers=headers, body=body, now=http.now())

    def _refusal(self, reply: Reply) -> Rejected | NotSent:
        said, kind = words(reply, ("message",), ("Message",)), _kind(reply)
        answer = f"{kind} {shown(reply)}".strip()
        if reply.status in (401, 403):
            log_in = f"Set {self.key.variable} and {self.secret.variable} anew, or give the key the right it lacks."
            return NotSent(f"Amazon refuses the key ({kind or reply.status}): {said}. {log_in}", answer=answer)
        if kind in _THROTTLED:
            wait = _QUOTA_WAIT if "quota" in said.lower() else _RATE_WAIT
            return NotSent(f"Amazon SES asks to slow down: {said}", answer=answer, retry_after=wait)
        # An address that is not verified is the sender's, or any reader's while the account is new.
        if kind in _ABOUT_US or "not verified" in said:
            return NotSent(f"Amazon SES does not let this account send so ({kind}): {said}", answer=answer)
        return Rejected(f"Amazon SES refuses it: {said}", remedy="Mend what it names.", answer=answer)


def _text(content: str) -> dict[str, str]:
    return {"Data": content, "Charset": "UTF-8"}


def _kind(reply: Reply) -> str:
    """The name of a refusal: in a header, with an address after a colon, or in the body, with one before a #."""
    name = reply.headers.get("x-amzn-errortype", "") or field(reply.json(), "__type")
    return name.partition(":")[0].rpartition("#")[2]


def _number(quota: Mapping[str, Any], name: str) -> str:
    number = quota.get(name)
    if isinstance(number, bool) or not isinstance(number, int | float):
        return "an unknown number"
    return "any number" if number < 0 else f"{number:,g}"
