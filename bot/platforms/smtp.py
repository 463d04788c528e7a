"""SMTP: any mail server, a host's own or a service's. One mail for each reader, several over one connection.

A server takes a mail or refuses it and forgets: it counts no key and cannot be asked. So what got no answer waits for a
person, and a request is small, so that a dying machine leaves few readers in doubt.
"""

from __future__ import annotations

import json
import quopri
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from typing import ClassVar

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.ledger import Tier
from bot.model.publication import Mail, Post, Publication
from bot.model.secret import Secret
from bot.platforms.address import AT_HOME
from bot.platforms.contract import Http, Receipt, Timed
from bot.platforms.facts import CardBy, Facts
from bot.platforms.letters import (
    SPECIMEN,
    Letter,
    Outcome,
    encoded,
    list_headers,
    mailbox,
    mark,
    refuse_controls,
    sender_of,
)
from bot.platforms.relaying import Answered, Relays, Session, Tls
from bot.text import Limit

_PORTS: dict[Tls, int] = {"starttls": 587, "implicit": 465, "none": 25}
# After this time no further mail of a request is begun: a worker has to be done before it is taken for dead.
_LONGEST = timedelta(minutes=3)
# These say something of us and of no reader: log in, log in otherwise, encrypt (RFC 4954, 3207).
_ABOUT_US = frozenset({530, 534, 535, 538})
# Of these enhanced codes (RFC 3463) too: it is not allowed to us, or the way to it is barred.
_POLICY = "5.7."
# What stands before the @ of an address (RFC 5321, 4.5.3.1.1).
_LONGEST_LOCAL = 64
_REMEDY = "Ask whoever runs the mail server what the answer means."


@dataclass(frozen=True)
class Smtp:
    """One account on a mail server. Without `password` there is no log-in.

    `tls` "none" is taken for this very machine only. `bounces` is the address to which mails come back (the envelope's
    sender), `reply_to` where answers go; both are the sender's own if not set. A "*" in `bounces` becomes the letter's
    mark, so that every mail comes back to an address of its own.
    """

    host: str
    port: int | None = None
    tls: Tls = "starttls"
    user: str = ""
    password: Secret | None = None
    bounces: str = ""
    reply_to: str = ""

    name: ClassVar[str] = "smtp"
    tier: ClassVar[Tier] = Tier.BLIND
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Mail,)
    leaves_home: ClassVar[bool] = True
    most: ClassVar[int] = 20
    keys_last: ClassVar[timedelta] = timedelta()
    facts: ClassVar[Facts] = Facts(
        docs=("RFC 5321", "RFC 3207", "RFC 4954", "RFC 6409", "RFC 3463", "RFC 8058"),
        read=date(2026, 11, 28),
        card=CardBy.NOBODY,
        remarks=("What comes back arrives as mail at the address for bounces; 'pullquote bounces read' reads it.",),
    )

    def __post_init__(self) -> None:
        if not self.host or any(each in self.host for each in "/@ "):
            raise ConfigError([f"'host' is wrong: '{self.host}' is no host; write for example \"mail.example.org\"."])
        if self.tls == "none" and self.host not in AT_HOME:
            raise ConfigError([f"'tls' is wrong: mails to {self.host} would go unencrypted; write \"starttls\"."])
        if bool(self.user) != (self.password is not None):
            raise ConfigError(["'user' and 'password_env' belong together; write both or neither."])
        before, star, after = self.bounces.partition("*")
        if star and ("*" in after or not after.startswith("@") or before[-1:] not in ("", "+")):
            example = '"bounces+*@example.org" or "*@bounces.example.org"'
            raise ConfigError([f"'bounces' is wrong: its * stands where no letter's mark can; write {example}."])

    def limits(self) -> tuple[Limit, ...]:
        return ()

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:
        """One request with nobody's letter: what an edition is approved with."""
        if not isinstance(publication, Mail):
            raise Refused("Mail servers take newsletters; take another channel for posts.")
        return self.enclose(publication, (SPECIMEN,), key=key, at=at)

    def enclose(self, mail: Mail, letters: Sequence[Letter], *, key: str, at: datetime) -> bytes:  # noqa: ARG002
        refuse_controls(mail, letters)
        address = sender_of(mail)[1]
        back = self.bounces or address
        if not (address.isascii() and back.isascii()) or any(each in address + back for each in " <>"):
            raise Refused("The sender's address is none, or not ASCII; write its domain as xn--….")
        return json.dumps([self._one(mail, each) for each in letters], ensure_ascii=False).encode()

    def post(self, body: bytes, letters: Sequence[Letter], http: Http, *, key: str) -> Sequence[Outcome]:  # noqa: ARG002
        outcomes: list[Outcome] = []
        begun = _now(http)
        with self._session(http) as session:
            for each in json.loads(body):
                now = _now(http)
                if session.over or now - begun > _LONGEST:
                    outcomes.append(NotSent("The connection was over before it was this reader's turn."))
                    continue
                # The only thing that is said when it leaves: a mail that was approved two days ago is not two days old.
                whole = f"Date: {format_datetime(now)}\r\n{each['mail']}".encode()
                outcome = self._hand_over(session, whole, each)
                if isinstance(outcome, _Whole):
                    if not any(isinstance(before, Receipt | Unknown) for before in outcomes):
                        raise outcome.refusal
                    outcome = outcome.after_others
                outcomes.append(outcome)
        if all(isinstance(each, NotSent) for each in outcomes):
            raise outcomes[0]  # type: ignore[misc]
        return outcomes

    def check(self, http: Http) -> str:
        """Connect, encrypt and log in."""
        with self._session(http):
            who = f"logs {self.user} in" if self.user else "takes mails without a log-in"
            how = {"starttls": "after STARTTLS", "implicit": "over TLS", "none": "on this machine"}[self.tls]
            return f"{self.host} {who}, {how}; whether it lets this sender write is seen with the first mail"

    def _session(self, http: Http) -> AbstractContextManager[Session]:
        if not isinstance(http, Relays):
            raise TypeError("this way out does not speak SMTP")
        port = self.port or _PORTS[self.tls]
        return http.relay(self.host, port, tls=self.tls, user=self.user, password=self.password)

    def _hand_over(self, session: Session, message: bytes, written: Mapping[str, str]) -> Outcome | _Whole:
        if not written["to"].isascii() and not session.takes_unicode:
            said = f"{self.host} takes no address with a letter outside ASCII before the @."
            return Rejected(said, remedy="Ask the reader for another address.")
        try:
            answer = session.hand_over(message, sender=written["from"], to=written["to"])
        except (NotSent, Unknown) as failure:
            return failure
        if answer.accepted:
            return Receipt(written["id"], answer=f"{answer.code} {answer.words}")
        return self._refusal(answer)

    def _refusal(self, answer: Answered) -> Rejected | _Whole:
        """Whether a refusal is about this reader or may be about all of them."""
        shown = f"{answer.code} {answer.words}"
        said = f"{self.host} refuses it ({answer.step}): {shown.rstrip('.')}"
        refused = Rejected(f"{said}.", remedy=_REMEDY, answer=shown)
        put_off = NotSent(f"{said}; others were taken before.", answer=shown)
        match answer.step:
            case _ if answer.code in _ABOUT_US:
                return _Whole(NotSent(f"{said}. Look at 'user', 'password_env' and 'tls'.", answer=shown), put_off)
            case "RCPT" if not answer.words.startswith(_POLICY):
                return refused
            case "MAIL":
                return _Whole(refused, put_off)
            case _:
                return _Whole(refused, refused)

    def _one(self, mail: Mail, letter: Letter) -> dict[str, str]:
        """A letter as it is handed over: its envelope, its Message-ID, and all of the mail but the date."""
        own = letter.filled(mail)
        name, address = sender_of(mail)
        domain = address.rpartition("@")[2]
        # With the address, because another desk that sends for this domain may have letters of the same key.
        known = sha256(f"{letter.key}\n{letter.address}".encode()).hexdigest()[:32]
        headers = {
            "From": mailbox(name, address) if name.isascii() else f"{_folded(name)} <{address}>",
            "To": f"<{letter.address}>",
            **({"Reply-To": self.reply_to} if self.reply_to else {}),
            "Subject": mail.subject if mail.subject.isascii() and "=?" not in mail.subject else _folded(mail.subject),
            "Message-ID": f"<{known}@{domain}>",
            **list_headers(mail, letter, domain=domain),
            "MIME-Version": "1.0",
            # An underscore after an equals sign is nothing that quoted-printable text can hold.
            "Content-Type": f'multipart/alternative; boundary="=_{known}"',
        }
        if wrong := [each for each, value in headers.items() if each != "To" and not value.isascii()]:
            raise Refused(f"The header {wrong[0]} of a mail is not ASCII; write its domain as xn--….")
        lines = [*(f"{each}: {value}" for each, value in headers.items()), ""]
        for kind, content in (("plain", own.text), ("html", own.html)):
            lines += [f"--=_{known}", f"Content-Type: text/{kind}; charset=utf-8"]
            lines += ["Content-Transfer-Encoding: quoted-printable", "", _printable(content)]
        lines += [f"--=_{known}--", ""]
        written = {"from": self._back(letter) or address, "to": letter.address, "id": f"<{known}@{domain}>"}
        return {**written, "mail": "\r\n".join(lines)}

    def _back(self, letter: Letter) -> str:
        """Where this letter comes back to; "" where nothing is set."""
        back = self.bounces.replace("*", mark(letter))
        if len(back.rpartition("@")[0]) > _LONGEST_LOCAL:
            raise Refused(f"'{back}' is too long for an address; shorten what stands round the * in 'bounces'.")
        return back


@dataclass(frozen=True)
class _Whole:
    """A refusal that may be about all readers: of the whole request, unless others were taken before this one."""

    refusal: Rejected | NotSent
    after_others: Rejected | NotSent


def _now(http: Http) -> datetime:
    if not isinstance(http, Timed):
        raise TypeError("this way out does not tell the time")
    return http.now()


def _folded(words: str) -> str:
    """Encoded words, each on a line of its own, so that no line is too long."""
    return encoded(words).replace(" ", "\r\n ")


def _printable(content: str) -> str:
    """Quoted-printable text: no server on the way has to change it, which would break its signature."""
    lines = content.replace("\r\n", "\n").replace("\r", "\n")
    return quopri.encodestring(lines.encode()).decode("ascii").replace("\n", "\r\n")
