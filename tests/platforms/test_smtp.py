from __future__ import annotations

import email.policy
import json
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.http import Door
from bot.model.secret import Secret
from bot.platforms.contract import Receipt
from bot.platforms.letters import Letter, encoded
from bot.platforms.registry import WrongSetting, build
from bot.platforms.smtp import Smtp
from bot.relay import Answer
from bot.ways import Ways
from tests.platforms.mailers.smtp import PASSWORD
from tests.platforms.test_every_mailer import AT, KEY, MAIL, hand_over, letters
from tests.relay.server import Fault, Server, Service, serving

SMTP = Smtp(host="127.0.0.1", tls="none")


def on(server: Server) -> Smtp:
    return replace(SMTP, port=server.port)


def read(data: bytes) -> EmailMessage:
    found = message_from_bytes(data, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def test_a_reader_gets_a_mail_of_their_own_with_both_parts_word_for_word(door: Door) -> None:
    with serving(Service()) as server:
        outcomes = hand_over(on(server), letters(2), door)
    assert server.connections == 1
    for letter, taken, outcome in zip(letters(2), server.service.mails, outcomes, strict=True):
        mail, own = read(taken.data), letter.filled(MAIL)
        assert (taken.sender, taken.to) == ("weekly@example.org", letter.address)
        assert mail["To"] == letter.address
        assert mail["From"] == MAIL.sender
        assert mail["Subject"] == MAIL.subject
        assert mail["List-Unsubscribe"] == f"<{letter.unsubscribe}>"
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail["Auto-Submitted"] == "auto-generated"
        text, html = mail.iter_parts()
        assert isinstance(text, EmailMessage)
        assert isinstance(html, EmailMessage)
        assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
        assert text.get_content().replace("\r\n", "\n") == own.text
        assert html.get_content().replace("\r\n", "\n") == own.html
        assert not any(other.address.encode() in taken.data for other in letters(2) if other != letter)
        assert isinstance(outcome, Receipt)
        assert mail["Message-ID"] == outcome.remote_id
        assert outcome.answer.startswith("250 2.0.0 Ok: queued as")


def test_what_goes_over_the_wire_is_ascii_in_short_lines_and_a_long_way_out_is_in_one_piece(door: Door) -> None:
    letter = replace(letters(1)[0], unsubscribe=f"https://desk.example/leave/{'x' * 300}")
    mail = replace(MAIL, subject="Größe " * 40, html=MAIL.html + "<p>" + "long words " * 200 + "</p>")
    with serving(Service()) as server:
        smtp = on(server)
        smtp.post(smtp.enclose(mail, (letter,), key=KEY, at=AT), (letter,), door, key=KEY)
    (taken,) = server.service.mails
    assert taken.data.isascii()
    assert f"\r\nList-Unsubscribe: <{letter.unsubscribe}>\r\n".encode() in taken.data
    head, _, body = taken.data.partition(b"\r\n\r\n")
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert max(len(each) for each in head.split(b"\r\n") if not each.startswith(b"List-")) <= 998
    assert all(len(each) <= 76 for each in head.split(b"\r\n") if each.startswith((b"Subject", b" =?")))
    assert read(taken.data)["Subject"] == mail.subject


def test_the_date_is_that_of_handing_over_and_the_rest_stays_the_same() -> None:
    moments = iter([AT, AT, AT + timedelta(days=2), AT + timedelta(days=2)])
    with serving(Service()) as server, Ways(clock=lambda: next(moments)) as ways:
        hand_over(on(server), letters(1), ways)
        hand_over(on(server), letters(1), ways)
    first, second = (each.data.partition(b"\r\n") for each in server.service.mails)
    assert first[0] == b"Date: Thu, 26 Nov 2026 09:00:00 +0000"
    assert second[0] == b"Date: Sat, 28 Nov 2026 09:00:00 +0000"
    assert first[2] == second[2]


@pytest.mark.parametrize(
    ("sender", "said"),
    [
        ("Desk <weekly@example.org>", b'From: "Desk" <weekly@example.org>\r\n'),
        ("Desk, The (ours) <weekly@example.org>", b'From: "Desk, The (ours)" <weekly@example.org>\r\n'),
        ("weekly@example.org", b"From: weekly@example.org\r\n"),
        ("Zoë, Köln <weekly@example.org>", b"From: =?utf-8?b?Wm/DqywgS8O2bG4=?= <weekly@example.org>\r\n"),
    ],
)
def test_a_name_with_a_comma_stays_one_name(sender: str, said: bytes) -> None:
    made = json.loads(SMTP.enclose(replace(MAIL, sender=sender), letters(1), key=KEY, at=AT))
    assert said in made[0]["mail"].encode()


def test_a_subject_that_looks_encoded_arrives_as_it_was_written() -> None:
    subject = "=?utf-8?b?bm8=?= is how words are encoded"
    made = json.loads(SMTP.enclose(replace(MAIL, subject=subject), letters(1), key=KEY, at=AT))
    assert read(made[0]["mail"].encode())["Subject"] == subject


def test_bounces_and_answers_go_where_they_are_wanted() -> None:
    smtp = replace(SMTP, bounces="bounces@example.org", reply_to="Desk <desk@example.org>")
    (made,) = json.loads(smtp.enclose(MAIL, letters(1), key=KEY, at=AT))
    assert made["from"] == "bounces@example.org"
    assert read(made["mail"].encode())["Reply-To"] == "Desk <desk@example.org>"


@pytest.mark.parametrize("sender", ["Desk <weekly@bücher.example>", "Desk <zoë@example.org>"])
def test_a_sender_outside_ascii_is_refused(sender: str) -> None:
    with pytest.raises(Refused, match="xn--"):
        SMTP.enclose(replace(MAIL, sender=sender), letters(1), key=KEY, at=AT)


def outcomes_where(door: Door, command: str, *what: Fault | str, number: int = 3) -> tuple[list[Any], list[str]]:
    """What became of three letters where the server does this at a command, and who has a mail."""
    with serving(Service()) as server:
        server.at_command(command, *what)
        try:
            found = list(hand_over(on(server), letters(number), door))
        except (NotSent, Rejected) as failure:
            found = [failure]
        return found, [each.to for each in server.service.mails]


def test_a_reader_who_is_not_known_is_rejected_alone(door: Door) -> None:
    found, arrived = outcomes_where(door, "RCPT", "250 Ok", "550 5.1.1 No such user")
    assert [type(each) for each in found] == [Receipt, Rejected, Receipt]
    assert arrived == ["reader1@example.org", "reader3@example.org"]
    assert "550 5.1.1 No such user" in str(found[1])


def test_a_greylisted_reader_is_put_off_alone(door: Door) -> None:
    found, arrived = outcomes_where(door, "RCPT", "450 4.7.1 Greylisted")
    assert [type(each) for each in found] == [NotSent, Receipt, Receipt]
    assert arrived == ["reader2@example.org", "reader3@example.org"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("MAIL", "553 5.7.1 Sender address rejected: not owned by user"),
        ("MAIL", "552 5.3.4 Message too big"),
        ("RCPT", "554 5.7.1 Relay access denied"),
        ("DATA", "554 5.5.1 No"),
        ("END", "554 5.7.1 Spam"),
    ],
)
def test_what_may_be_about_the_mail_rejects_the_whole_request_and_no_reader(
    door: Door, command: str, words: str
) -> None:
    (found,), arrived = outcomes_where(door, command, words)
    assert isinstance(found, Rejected)
    assert words in str(found)
    assert found.remedy
    assert arrived == []


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA", "END"])
@pytest.mark.parametrize("code", [530, 535, 538])
def test_a_log_in_that_is_asked_for_rejects_nobody(door: Door, command: str, code: int) -> None:
    (found,), arrived = outcomes_where(door, command, f"{code} 5.7.0 Authentication required")
    assert isinstance(found, NotSent)
    assert arrived == []


def test_a_refusal_after_others_were_taken_is_that_of_the_one_mail(door: Door) -> None:
    found, arrived = outcomes_where(door, "END", "250 Ok", "554 5.7.1 Spam")
    assert [type(each) for each in found] == [Receipt, Rejected, Receipt]
    assert arrived == ["reader1@example.org", "reader3@example.org"]


def test_a_sender_who_is_refused_after_others_were_taken_has_sent_too_much_and_waits(door: Door) -> None:
    found, _ = outcomes_where(door, "MAIL", "250 Ok", "550 5.7.1 Daily limit reached")
    assert [type(each) for each in found] == [Receipt, NotSent, Receipt]


def test_a_connection_that_is_lost_leaves_one_doubt_and_the_others_wait(door: Door) -> None:
    found, arrived = outcomes_where(door, "END", "250 Ok", Fault.DROP)
    assert [type(each) for each in found] == [Receipt, Unknown, NotSent]
    assert arrived == ["reader1@example.org", "reader2@example.org"]


def test_after_a_doubt_no_refusal_speaks_for_the_whole_request(door: Door) -> None:
    """A whole refusal would say of the mail in doubt that it did not arrive."""

    @dataclass
    class Doubtful:
        over: bool = False
        takes_unicode: bool = True
        answers: list[Any] = field(default_factory=lambda: [Unknown("lost"), Answer("END", 554, "5.7.1 Spam")])

        def hand_over(self, message: bytes, *, sender: str, to: str) -> Answer:
            found = self.answers.pop(0)
            if isinstance(found, Unknown):
                raise found
            assert isinstance(found, Answer)
            return found

    found = hand_over(SMTP, letters(2), _Given(Doubtful))  # type: ignore[arg-type]
    assert [type(each) for each in found] == [Unknown, Rejected]


class _Given:
    """A way out whose sessions are given."""

    def __init__(self, session: Callable[[], Any], *moments: datetime) -> None:
        self._session = session
        self._moments = iter(moments)

    def now(self) -> datetime:
        return next(self._moments, AT)

    def once(self, *_: object, **__: object) -> Any:
        raise AssertionError

    repeatable = once

    def relay(self, *_: object, **__: object) -> AbstractContextManager[Any]:
        @contextmanager
        def opened() -> Any:
            yield self._session()

        return opened()


def test_a_request_ends_before_its_worker_is_taken_for_dead() -> None:
    class Slow:
        over = False
        takes_unicode = True

        def hand_over(self, message: bytes, *, sender: str, to: str) -> Answer:
            return Answer("END", 250, "Ok")

    moments = [AT + timedelta(seconds=each) for each in (0, 0, 150, 300)]
    found = hand_over(SMTP, letters(3), _Given(Slow, *moments))  # type: ignore[arg-type]
    assert [type(each) for each in found] == [Receipt, Receipt, NotSent]


def test_an_address_outside_ascii_is_rejected_where_the_server_cannot_take_it(door: Door) -> None:
    batch = (letters(1)[0], replace(letters(2)[1], address="zoë@example.org"))
    with serving(Service(), extensions=()) as server:
        found = hand_over(on(server), batch, door)
    assert [type(each) for each in found] == [Receipt, Rejected]
    with serving(Service()) as server:
        found = hand_over(on(server), batch, door)
    assert [type(each) for each in found] == [Receipt, Receipt]
    assert read(server.service.mails[1].data)["Subject"] == MAIL.subject


def test_the_password_stays_out_of_what_is_shown(door: Door) -> None:
    secret = Secret("SMTP_PASSWORD", PASSWORD)
    with serving(Service(account=("desk", "another one"))) as server:
        smtp = replace(SMTP, port=server.port, user="desk", password=secret)
        with pytest.raises(NotSent) as posting:
            hand_over(smtp, letters(1), door)
        with pytest.raises(NotSent) as checking:
            smtp.check(door)
    assert PASSWORD not in f"{smtp!r} {posting.value} {posting.value.answer} {checking.value} {checking.value.answer}"


def test_a_check_logs_in_and_mails_nobody(door: Door) -> None:
    with serving(Service(account=("desk", PASSWORD))) as server:
        smtp = replace(SMTP, port=server.port, user="desk", password=Secret("SMTP_PASSWORD", PASSWORD))
        assert "logs desk in" in smtp.check(door)
    assert not any(each.startswith("MAIL") for each in server.commands)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"host": "mail.example.org", "tls": "none"}, "unencrypted"),
        ({"host": "https://mail.example.org"}, "is no host"),
        ({"host": "mail.example.org", "user": "desk"}, "belong together"),
        ({"host": "mail.example.org", "password_env": "P"}, "belong together"),
        ({"host": "mail.example.org", "tls": "maybe"}, "'tls' is wrong"),
    ],
)
def test_settings_that_would_not_be_safe_are_refused(tmp_path: Path, settings: dict[str, str], words: str) -> None:
    with pytest.raises(WrongSetting, match=words):
        build(Smtp, settings, folder=tmp_path, secret=lambda _: "a secret")


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_an_account_is_built_with_its_port(tmp_path: Path, tls: str) -> None:
    given = {"host": "mail.example.org", "tls": tls, "user": "desk", "password_env": "P"}
    made = build(Smtp, given, folder=tmp_path, secret=lambda _: "a secret")
    assert isinstance(made, Smtp)
    assert made.password == Secret("P", "a secret")
    with pytest.raises(ConfigError):
        replace(made, tls="none")


def test_a_question_to_a_new_subscriber_has_no_way_out_and_goes_through(door: Door) -> None:
    question = replace(letters(1)[0], unsubscribe="", preferences="", cadence="")
    with serving(Service()) as server:
        (outcome,) = hand_over(on(server), (question,), door)
    assert isinstance(outcome, Receipt)
    assert read(server.service.mails[0].data)["List-Unsubscribe"] is None


def test_two_letters_have_two_message_ids_and_one_has_one() -> None:
    def known(letter: Letter) -> str:
        return str(json.loads(SMTP.enclose(MAIL, (letter,), key=KEY, at=datetime.now(UTC)))[0]["id"])

    one, other = letters(2)
    assert known(one) == known(one)
    assert len({known(one), known(other), known(replace(one, address="somebody@example.org"))}) == 3
    assert known(one).endswith("@example.org>")


@given(
    words=st.text(st.characters(exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp"), include_characters=" "), min_size=1)
)
def test_encoded_words_are_short_ascii_and_say_the_same(words: str) -> None:
    made = encoded(words)
    assert made.isascii()
    assert all(len(each) <= 75 for each in made.split(" "))
    assert str(make_header(decode_header(made))) == words
