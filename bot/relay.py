"""The way out over SMTP: one session, one mail after the other, and the truth about how each ended.

smtplib is known here and nowhere else. What may enter is only what holds for every server.

    how it ended                                                        told as
    no connection, no TLS, no log-in, nothing offered that is needed    NotSent
    4xx at any step, also after the whole mail                          NotSent
    5xx at any step, also after the whole mail                          the answer, for the platform to read
    broken off, timed out or nonsense before the mail's last dot        NotSent (RFC 5321: half a mail is none)
    broken off, timed out or nonsense after it                          Unknown
    2xx after the whole mail                                            the answer: accepted

Half a mail cannot be taken for a whole one: its last dot leaves by itself, after everything else has left, and no line
in it is a single dot. A server that answers out of turn is found out at DATA, whose 354 no other command has.
"""

from __future__ import annotations

import base64
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Self

from bot.errors import NotSent, Unknown
from bot.model.secret import Secret

_REPLY = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*?))?[ \t]*\r?\n", re.DOTALL)
_LONGEST_LINE, _LONGEST_REPLY = 2_000, 20_000
_SHOWN = 500
_CLOSING = 421
_SEND_IT = 354


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds: for the connection, for each step, for the answer to a whole mail, and in `total`
    for the opening and for each mail, however slowly answers drip.

    The answer to a whole mail is waited for longest: to give up there leaves a doubt.
    """

    connect: float = 20.0
    step: float = 60.0
    end: float = 120.0
    total: float = 180.0


@dataclass(frozen=True)
class Answer:
    """A definite answer. `step` is the command that it answers: MAIL, RCPT, DATA or END (of the mail)."""

    step: str
    code: int
    words: str

    @property
    def accepted(self) -> bool:
        return self.step == "END" and 200 <= self.code < 300


@contextmanager
def session(
    host: str, port: int, *, tls: str, user: str, password: Secret | None, patience: Patience | None = None
) -> Iterator[Session]:
    """A session with a server, logged in where there is a password, closed at the end. Raises NotSent."""
    waits = patience or Patience()
    client = _Client(waits)
    secrets = _forms(user, password.reveal()) if password else ()
    with client:
        with _Deadline(client, waits.total):
            _open(client, host, port, tls=tls)
            if password is not None:
                _log_in(client, host, user, password, secrets)
        yield Session(client, host, secrets)


class Session:
    """A connection that is logged in; meets `bot.platforms.relaying.Session`. Belongs to one thread."""

    def __init__(self, client: _Client, host: str, secrets: tuple[str, ...]) -> None:
        self.over = False
        self._client = client
        self._host = host
        self._secrets = secrets

    @property
    def takes_unicode(self) -> bool:
        return self._client.has_extn("smtputf8")

    def hand_over(self, message: bytes, *, sender: str, to: str) -> Answer:
        """Hand a mail over, once, for one recipient. Raises NotSent or Unknown."""
        if self.over:
            raise NotSent(f"{self._host} had ended the connection before.")
        lines = _lines(message)
        with _Deadline(self._client, self._client.patience.total):
            try:
                answer = self._announce(lines, sender, to)
                if answer is None:
                    # Without its last dot this is no mail, whatever becomes of the connection.
                    self._client.put(lines)
            except (OSError, smtplib.SMTPException) as error:
                raise self._broken(NotSent, "before it had the whole mail", error) from None
            except (ValueError, UnicodeError):
                self.over = True
                raise NotSent("An address of this mail is malformed; nothing was sent.") from None
            return answer or self._end()

    def _announce(self, lines: bytes, sender: str, to: str) -> Answer | None:
        """Say whom a mail is from and for; None where the server now waits for the mail itself."""
        client = self._client
        options = f" SIZE={len(lines)}" if client.has_extn("size") else ""
        client.command_encoding = "ascii" if sender.isascii() and to.isascii() else "utf-8"
        if client.command_encoding == "utf-8":
            options += " SMTPUTF8"
        said = {"MAIL": f"MAIL FROM:<{sender}>{options}", "RCPT": f"RCPT TO:<{to}>", "DATA": "DATA"}
        for step, command in said.items():
            answer = self._answer(step, *client.docmd(command))
            good = answer.code == _SEND_IT if step == "DATA" else 200 <= answer.code < 300
            if not good:
                return self._turned(answer)
        return None

    def _turned(self, answer: Answer) -> Answer:
        """A refusal, with the session ready for the next mail. Raises NotSent where it is only for now."""
        definite = 500 <= answer.code < 600
        if answer.code == _CLOSING or not (definite or 400 <= answer.code < 500):
            self.over = True
        elif not self.over:
            try:
                self.over = self._client.docmd("RSET")[0] != 250
            except (OSError, smtplib.SMTPException):
                self.over = True
        if definite:
            return answer
        raise NotSent(f"{self._host} puts it off ({answer.step}: {answer.code}): {answer.words}", answer=answer.words)

    def _end(self) -> Answer:
        """Say that the mail is whole. From here on a silence is a doubt."""
        try:
            self._client.wait(self._client.patience.end)
            self._client.put(b".\r\n")
            answer = self._answer("END", *self._client.getreply())
        except (OSError, smtplib.SMTPException) as error:
            raise self._broken(Unknown, "without a word on the mail, which it had whole", error) from None
        finally:
            self._client.wait(self._client.patience.step)
        self.over = answer.code == _CLOSING
        if answer.accepted or 500 <= answer.code < 600:
            return answer
        if 400 <= answer.code < 500:
            raise NotSent(f"{self._host} puts it off ({answer.code}): {answer.words}", answer=answer.words)
        self.over = True
        raise Unknown(f"{self._host} had the whole mail and answered {answer.code}.", answer=answer.words)

    def _answer(self, step: str, code: int, said: bytes) -> Answer:
        return Answer(step, code, _words(said, self._secrets))

    def _broken(self, kind: type[NotSent] | type[Unknown], when: str, error: Exception) -> NotSent | Unknown:
        self.over = True
        return kind(f"{self._host} broke off {when} ({_kind(error)}).")


class _Client(smtplib.SMTP):
    """smtplib's client, stricter: a reply is bounded and has a code, or the connection is at an end."""

    def __init__(self, patience: Patience) -> None:
        super().__init__(timeout=patience.connect)
        self.patience = patience

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.sock is not None:
            with suppress(OSError, smtplib.SMTPException):
                self.wait(2.0)
                self.docmd("QUIT")
        self.close()

    def begin(self, host: str, port: int, *, at_once: bool) -> tuple[int, bytes]:
        """Connect, with TLS `at_once` or without, and take the greeting."""
        self.sock = socket.create_connection((host, port), self.patience.connect)
        # The last dot leaves by itself: without this it would wait 40 ms for the other side to acknowledge the mail.
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if at_once:
            self.encrypt(host)
        self.wait(self.patience.step)
        return self.getreply()

    def encrypt(self, host: str) -> None:
        """Speak TLS from here on, and forget all that was said before."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        # The handshake comes later, so that the deadline knows the socket that it has to cut.
        context = ssl.create_default_context()
        self.sock = context.wrap_socket(self.sock, server_hostname=host, do_handshake_on_connect=False)
        self.sock.do_handshake()
        # What came before is not to be trusted: neither an answer that waits in the buffer, nor what was offered.
        self.file = None
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features = {}

    def wait(self, seconds: float) -> None:
        """How long one step may take from now on."""
        if self.sock is not None:
            self.sock.settimeout(seconds)

    def put(self, data: bytes) -> None:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        self.sock.sendall(data)

    def getreply(self) -> tuple[int, bytes]:
        """The server's whole reply. smtplib would make up a 500 of a line that is too long, and a -1 of nonsense."""
        try:
            return self._reply()
        except (OSError, smtplib.SMTPException):
            self.close()
            raise

    def _reply(self) -> tuple[int, bytes]:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        if self.file is None:
            self.file = self.sock.makefile("rb")
        said: list[bytes] = []
        left, first = _LONGEST_REPLY, b""
        while True:
            line = self.file.readline(_LONGEST_LINE)
            if not line:
                raise smtplib.SMTPServerDisconnected("the connection ended")
            left -= len(line)
            found = _REPLY.fullmatch(line)
            if found is None or left < 0 or (first and first != found[1]):
                raise smtplib.SMTPServerDisconnected("an answer that is none")
            first = found[1]
            said.append(found[3] or b"")
            if found[2] != b"-":
                return int(first), b"\n".join(said)


class _Deadline:
    """Cuts a connection when the time for the whole is over: time-outs of each step do not stop a slow drip."""

    def __init__(self, client: _Client, seconds: float) -> None:
        self._client = client
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _cut(self) -> None:
        found = self._client.sock
        if found is not None:
            with suppress(OSError):
                # The plain socket's own method: that of a TLS socket would first tear down the state a reader uses.
                socket.socket.shutdown(found, socket.SHUT_RDWR)


def _open(client: _Client, host: str, port: int, *, tls: str) -> None:
    try:
        code, said = client.begin(host, port, at_once=tls == "implicit")
        if code != 220:
            raise NotSent(f"{host} takes nobody now ({code}): {_words(said, ())}", answer=_words(said, ()))
        client.ehlo_or_helo_if_needed()
        if tls == "starttls":
            if not client.has_extn("starttls"):
                raise NotSent(f"{host} offers no STARTTLS on port {port}; nothing was sent. Look at 'port' and 'tls'.")
            if client.docmd("STARTTLS")[0] != 220:
                raise NotSent(f"{host} offers STARTTLS and does not begin it; nothing was sent.")
            client.encrypt(host)
            client.ehlo_or_helo_if_needed()
    except ssl.SSLCertVerificationError as error:
        raise NotSent(f"{host}: its certificate is not trusted ({error.verify_message}); nothing was sent.") from None
    except smtplib.SMTPResponseException as error:
        raise NotSent(f"{host} does not begin ({error.smtp_code}); nothing was sent.") from None
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise NotSent(f"{host} cannot be reached ({_kind(error)}); nothing was sent.") from None


def _log_in(client: _Client, host: str, user: str, password: Secret, secrets: tuple[str, ...]) -> None:
    """Log in, by one way only: to try the next one after a refusal counts as another wrong password."""
    client.user, client.password = user, password.reveal()
    offered = client.esmtp_features.get("auth", "").upper().split()
    way = next((each for each in ("PLAIN", "LOGIN", "CRAM-MD5") if each in offered), None)
    if way is None:
        raise NotSent(f"{host} offers no log-in; nothing was sent. Look at 'port' and 'password_env'.")
    try:
        client.auth(way, getattr(client, f"auth_{way.lower().replace('-', '_')}"))
    except smtplib.SMTPResponseException as error:
        said = error.smtp_error if isinstance(error.smtp_error, bytes) else error.smtp_error.encode()
        words = _words(said, secrets)
        remedy = f"Set {password.variable} anew."
        raise NotSent(f"{host} refuses the log-in ({error.smtp_code}): {words} {remedy}", answer=words) from None
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise NotSent(f"{host} broke off during the log-in ({_kind(error)}); nothing was sent.") from None


def _lines(message: bytes) -> bytes:
    """A mail as it goes over the wire, without its last dot: CRLF everywhere, dots at the beginning doubled.

    A line break of another kind, followed by a dot, is what some servers take for the end of a mail and others do not.
    """
    whole = re.sub(rb"\r\n|\r|\n", b"\r\n", message)
    if not whole.endswith(b"\r\n"):
        whole += b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", whole)


def _words(said: bytes, secrets: tuple[str, ...]) -> str:
    text = " ".join(said.decode("utf-8", "replace").split())
    for secret in secrets:
        text = text.replace(secret, "***")
    return text[:_SHOWN]


def _forms(user: str, password: str) -> tuple[str, ...]:
    """The password in the forms in which it goes over the wire, for the case that a server repeats it."""
    plain = (password, f"\0{user}\0{password}")
    return (*(base64.b64encode(each.encode()).decode() for each in reversed(plain)), password)


def _kind(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "no answer in time"
        case socket.gaierror():
            return "there is no such host"
        case smtplib.SMTPServerDisconnected():
            return "the connection ended"
        case ssl.SSLError():
            return "TLS failed"
        case ConnectionRefusedError():
            return "the connection was refused"
        case _:
            return "the connection broke"
