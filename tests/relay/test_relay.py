"""The way out over SMTP, against a server that misbehaves at every command."""

from __future__ import annotations

import time
from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import relay
from bot.errors import NotSent, Unknown
from bot.model.secret import Secret
from bot.relay import Answer, Patience
from tests.relay.server import Fault, Server, Service, serving

QUICK = Patience(connect=1, step=0.3, end=0.3, total=0.6)
PASSWORD = Secret("SMTP_PASSWORD", "a password of the relay")
MAIL = b"Subject: Hello\r\n\r\nGood morning\r\n"


def hand_over(
    server: Server, *, mails: int = 1, message: bytes = MAIL, to: str = "reader{}@example.org"
) -> list[object]:
    """What became of so many mails of one session."""
    found: list[object] = []
    with relay.session("127.0.0.1", server.port, tls="none", user="", password=None, patience=QUICK) as opened:
        for each in range(mails):
            try:
                found.append(opened.hand_over(message, sender="desk@example.org", to=to.format(each)))
            except (NotSent, Unknown) as failure:
                found.append(failure)
    return found


def test_several_mails_go_over_one_connection_each_for_one_reader() -> None:
    with serving(Service()) as server:
        found = hand_over(server, mails=3)
    assert [each.accepted for each in found if isinstance(each, Answer)] == [True] * 3
    assert [each.to for each in server.service.mails] == [f"reader{each}@example.org" for each in range(3)]
    assert {each.data for each in server.service.mails} == {MAIL}
    assert server.connections == 1
    assert server.commands[-1] == "QUIT"
    assert "MAIL FROM:<desk@example.org> SIZE=32" in server.commands


def test_no_mail_waits_for_an_acknowledgement_of_tcp() -> None:
    """A hundred took 4.6 seconds on loopback while the last dot waited for one, and a tenth of a second since."""
    with serving(Service()) as server:
        begun = time.monotonic()
        hand_over(server, mails=100)
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("fault", Fault)
def test_what_goes_wrong_before_the_whole_mail_is_not_sent(command: str, fault: Fault) -> None:
    with serving(Service()) as server:
        server.at_command(command, fault)
        (first, second) = hand_over(server, mails=2)
    assert isinstance(first, NotSent)
    assert isinstance(second, NotSent)
    assert server.service.mails == []


@pytest.mark.parametrize("fault", Fault)
def test_what_goes_wrong_after_the_whole_mail_is_a_doubt_and_the_next_one_is_not_sent(fault: Fault) -> None:
    with serving(Service()) as server:
        server.at_command("END", fault)
        (first, second) = hand_over(server, mails=2)
    assert isinstance(first, Unknown)
    assert isinstance(second, NotSent)
    assert len(server.service.mails) == 1


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("command", ["CONNECT", "EHLO"])
def test_a_session_that_does_not_begin_is_not_sent(command: str, fault: Fault) -> None:
    with serving(Service()) as server:
        # HELO is tried after a refused EHLO.
        server.at_command(command, fault, fault)
        with pytest.raises(NotSent):
            hand_over(server)
    assert server.service.mails == []


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA", "END"])
@pytest.mark.parametrize("words", ["450 4.2.1 Busy", "451 Try later", "452 4.2.2 Full"])
def test_an_answer_for_now_is_not_sent_and_the_next_mail_goes_on(command: str, words: str) -> None:
    with serving(Service()) as server:
        server.at_command(command, words)
        (first, second) = hand_over(server, mails=2)
    assert isinstance(first, NotSent)
    assert words.partition(" ")[2] in str(first)
    assert isinstance(second, Answer)
    assert second.accepted
    assert [each.to for each in server.service.mails] == ["reader1@example.org"]


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA", "END"])
def test_an_answer_for_good_is_given_to_the_platform_and_the_next_mail_goes_on(command: str) -> None:
    with serving(Service()) as server:
        server.at_command(command, "550 5.1.1 No such user")
        (first, second) = hand_over(server, mails=2)
    assert first == Answer(command, 550, "5.1.1 No such user")
    assert isinstance(second, Answer)
    assert second.accepted
    assert [each.to for each in server.service.mails] == ["reader1@example.org"]


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA", "END"])
def test_a_server_that_closes_gets_nothing_more(command: str) -> None:
    with serving(Service()) as server:
        server.at_command(command, "421 4.3.2 Closing")
        found = hand_over(server, mails=3)
    assert [type(each) for each in found] == [NotSent] * 3
    assert server.service.mails == []


@pytest.mark.parametrize("words", ["354 Go on", "250 Ok"])
@pytest.mark.parametrize("command", ["MAIL", "RCPT"])
def test_a_server_that_answers_out_of_turn_is_found_out_before_the_mail_leaves(command: str, words: str) -> None:
    with serving(Service()) as server:
        server.at_command(command, f"{words}\r\n{words}")
        (found,) = hand_over(server)
    assert isinstance(found, NotSent)
    assert server.service.mails == []


def test_354_after_a_whole_mail_says_nothing() -> None:
    with serving(Service()) as server:
        server.at_command("END", "354 Go on")
        (first, second) = hand_over(server, mails=2)
    assert isinstance(first, Unknown)
    assert isinstance(second, NotSent)


def test_a_drip_ends_when_the_time_for_the_whole_is_over() -> None:
    with serving(Service()) as server:
        server.at_command("RCPT", Fault.DRIP)
        begun = time.monotonic()
        (found,) = hand_over(server)
    assert isinstance(found, NotSent)
    assert time.monotonic() - begun < 2


def test_nobody_there_is_not_sent() -> None:
    with serving(Service()) as server:
        port = server.port
    with (
        pytest.raises(NotSent, match="refused"),
        relay.session("127.0.0.1", port, tls="none", user="", password=None, patience=QUICK),
    ):
        pass


def test_an_accepted_mail_stays_accepted_though_the_farewell_fails() -> None:
    with serving(Service()) as server:
        server.at_command("QUIT", Fault.RESET)
        (found,) = hand_over(server)
    assert isinstance(found, Answer)
    assert found.accepted


LINES = st.lists(
    st.sampled_from([b"", b".", b"..", b".x", b"a", b"\r", b"\n", b"\r\n.\r\n", b"\n.\n", b"\r.\r"]), max_size=8
)


@settings(max_examples=60, deadline=None)
@given(lines=LINES)
def test_no_line_of_a_mail_ends_it(lines: list[bytes]) -> None:
    """Dots at the beginning of lines arrive, and no line break of another kind comes near a dot."""
    message = b"Subject: x\r\n\r\n" + b"\r\n".join(lines)
    with serving(Service()) as server:
        (found,) = hand_over(server, message=message)
    assert isinstance(found, Answer)
    assert found.accepted
    (taken,) = server.service.mails
    assert taken.data.splitlines() == message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").splitlines()


@pytest.mark.parametrize("address", ["a@example.org>\r\nRCPT TO:<b@example.org", "a\nb@example.org", "ü@example.org"])
def test_an_address_never_becomes_a_command(address: str) -> None:
    with serving(Service(), extensions=()) as server:
        (found,) = hand_over(server, to=address)
    assert isinstance(found, NotSent) or address.startswith("ü")
    assert not any("b@example.org" in each for each in server.commands)


def test_a_password_is_never_shown_though_the_server_repeats_it(caplog: pytest.LogCaptureFixture) -> None:
    with serving(Service(account=("desk", "another password"))) as server, pytest.raises(NotSent) as caught:
        open_session(server, tls="none", password=PASSWORD)
    shown = f"{caught.value} {caught.value.answer} {caplog.text}"
    assert "refuses the log-in (535)" in shown
    assert "Set SMTP_PASSWORD anew" in shown
    assert PASSWORD.reveal() not in shown
    assert "YSBwYXNzd29yZCBvZiB0aGUgcmVsYXk" not in shown
    assert b64encode(f"\0desk\0{PASSWORD.reveal()}".encode()).decode() not in shown
    assert sum(each.startswith("AUTH") for each in server.commands) == 1


@pytest.mark.parametrize("fault", Fault)
def test_a_log_in_that_breaks_off_is_not_sent(fault: Fault) -> None:
    with serving(Service(account=("desk", PASSWORD.reveal()))) as server:
        server.at_command("AUTH", fault)
        with pytest.raises(NotSent):
            open_session(server, tls="none", password=PASSWORD)
    assert not any(each.startswith("MAIL") for each in server.commands)


def test_an_older_way_to_log_in_is_taken_where_no_other_is_offered() -> None:
    service = Service(account=("desk", PASSWORD.reveal()))
    with serving(service, extensions=("AUTH LOGIN",)) as server:
        open_session(server, tls="none", password=PASSWORD)
    assert len(service.mails) == 1


def test_a_server_without_a_log_in_gets_no_password() -> None:
    with serving(Service(), extensions=()) as server, pytest.raises(NotSent, match="offers no log-in"):
        open_session(server, tls="none", password=PASSWORD)
    assert not any("AUTH" in each for each in server.commands)


def open_session(server: Server, *, tls: str, host: str = "127.0.0.1", password: Secret | None = None) -> None:
    with relay.session(host, server.port, tls=tls, user="desk", password=password, patience=QUICK) as opened:
        assert opened.hand_over(MAIL, sender="desk@example.org", to="reader@example.org").accepted


@pytest.fixture
def trusted(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    return certificate


@pytest.mark.parametrize("implicit", [True, False])
def test_over_tls_the_password_goes_and_the_mail_arrives(trusted: tuple[Path, Path], implicit: bool) -> None:
    service = Service(account=("desk", PASSWORD.reveal()))
    with serving(service, certificate=trusted, implicit=implicit) as server:
        open_session(server, tls="implicit" if implicit else "starttls", host="localhost", password=PASSWORD)
    assert len(service.mails) == 1
    said = [each.split()[0].upper() for each in server.commands]
    assert said[: said.index("MAIL")] == (["EHLO", "AUTH"] if implicit else ["EHLO", "STARTTLS", "EHLO", "AUTH"])


@pytest.mark.parametrize("implicit", [True, False])
def test_a_certificate_that_nobody_vouches_for_gets_no_password(certificate: tuple[Path, Path], implicit: bool) -> None:
    service = Service(account=("desk", PASSWORD.reveal()))
    tls = "implicit" if implicit else "starttls"
    with (
        serving(service, certificate=certificate, implicit=implicit) as server,
        pytest.raises(NotSent, match="certificate"),
    ):
        open_session(server, tls=tls, host="localhost", password=PASSWORD)
    assert not any(each.startswith(("AUTH", "MAIL")) for each in server.commands)


def test_a_certificate_for_another_name_gets_no_password(trusted: tuple[Path, Path]) -> None:
    with serving(Service(), certificate=trusted, implicit=True) as server, pytest.raises(NotSent, match="certificate"):
        open_session(server, tls="implicit", host="127.0.0.1", password=PASSWORD)
    assert server.commands == []


def test_where_no_starttls_is_offered_nothing_goes_unencrypted() -> None:
    with serving(Service()) as server, pytest.raises(NotSent, match="offers no STARTTLS"):
        open_session(server, tls="starttls", password=PASSWORD)
    assert not any(each.startswith(("AUTH", "MAIL")) for each in server.commands)


@pytest.mark.parametrize("what", [*Fault, "454 4.7.0 Not now"])
def test_a_starttls_that_goes_wrong_gets_no_password(trusted: tuple[Path, Path], what: Fault | str) -> None:
    service = Service(account=("desk", PASSWORD.reveal()))
    with serving(service, certificate=trusted) as server:
        server.at_command("STARTTLS", what)
        with pytest.raises(NotSent):
            open_session(server, tls="starttls", host="localhost", password=PASSWORD)
    assert not any(each.startswith(("AUTH", "MAIL")) for each in server.commands)


def test_what_was_slipped_in_before_tls_is_forgotten(trusted: tuple[Path, Path]) -> None:
    service = Service(account=("desk", PASSWORD.reveal()))
    with serving(service, certificate=trusted, extensions=("AUTH PLAIN",)) as server:
        server.at_command("STARTTLS", "220 Go on\r\n250-evil.example\r\n250 SIZE 1")
        open_session(server, tls="starttls", host="localhost", password=PASSWORD)
    assert "MAIL FROM:<desk@example.org>" in server.commands


def test_an_address_outside_ascii_goes_where_it_is_taken() -> None:
    with serving(Service()) as server:
        (found,) = hand_over(server, to="zoë@example.org")
    assert isinstance(found, Answer)
    assert found.accepted
    assert [each.to for each in server.service.mails] == ["zoë@example.org"]
    assert any(each.endswith(" SMTPUTF8") for each in server.commands)
