"""Mails that came back: each counts once, for the reader whose mail it proves to have been, and for nobody else."""

from __future__ import annotations

import io
import json
import mailbox
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import hear
from bot.cli.main import main
from bot.errors import ConfigError, Refused, UnreadableDocument
from bot.hear import Heard
from bot.house import House
from bot.model.address import Address
from bot.model.states import Fate
from bot.model.subscriber import Standing, Why
from bot.platforms.letters import mark, read_mark
from bot.platforms.smtp import Smtp
from bot.reading.report import MAX_BYTES, report
from bot.store import receipts, subscribers
from bot.store.schema import subscriptions
from tests.platforms.test_every_mailer import AT, KEY, MAIL, letters
from tests.relay.server import Server, Service, serving
from tests.work.desk import HOUR, TUESDAY, WEEK, approve_now, tamper, with_config
from tests.work.readers import an_edition, passes, with_readers

SHAPES = Path(__file__).parent / "bounces"
READER = "reader00000@example.org"


@dataclass(frozen=True)
class Sent:
    """A mail as the first reader got it: whose it is from on its envelope, and all of it."""

    sender: str
    data: bytes

    @property
    def headers(self) -> str:
        return self.data.decode().partition("\r\n\r\n")[0].replace("\r\n", "\n")

    def report(self, shape: str, **changes: str) -> bytes:
        """A report about it, of one of the shapes that mail servers write."""
        redacted = "\n".join(line for line in self.headers.split("\n") if not line.startswith("To:"))
        given = {
            "came_to": self.sender,
            "sender": self.sender,
            "reader": READER,
            "action": "failed",
            "status": "5.1.1",
            "headers": self.headers,
            "whole": self.data.decode().replace("\r\n", "\n"),
            "redacted": f"{redacted}\n\nShortened.",
            "kind": "abuse",
        }
        return (SHAPES / f"{shape}.eml").read_text(encoding="utf-8").format(**{**given, **changes}).encode()


@dataclass
class Post:
    """A house that sends through a mail server, and what the first reader got of each edition."""

    house: House
    server: Server

    def edition(self, number: int = 1) -> Sent:
        week = TUESDAY + (number - 1) * WEEK
        approve_now(self.house, an_edition(self.house, number, due=week), week)
        passes(self.house, 1, begin=week)
        mine = [each for each in self.server.service.mails if each.to == READER]
        assert len(mine) == number
        return Sent(mine[-1].sender, mine[-1].data)

    def hear(self, mail: bytes, number: int = 1) -> Heard:
        return hear.hear_mail(self.house, mail, TUESDAY + (number - 1) * WEEK + HOUR)

    def standing(self, reader: str = READER) -> Standing:
        with self.house.store.read() as db:
            found = subscribers.of(db, Address(reader), "weekly")
        assert found is not None
        return found.standing

    def fate(self) -> Fate:
        with self.house.store.read() as db:
            return next(each.fate for each in receipts.listed(db, 1) if each.address == READER)

    def barred(self, reader: str = READER) -> Why | None:
        with self.house.store.read() as db:
            found = subscribers.suppressed(db, Address(reader).hash, "another")
        return found.why if found is not None else None


@pytest.fixture
def post(house: House) -> Iterator[Post]:
    with serving(Service()) as server:
        smtp = Smtp(host="127.0.0.1", port=server.port, tls="none", bounces="bounces+*@example.org")
        yield Post(with_readers(with_config(house, _live), smtp, 2), server)  # type: ignore[arg-type]


def _live(text: str) -> str:
    """The configuration of the tests let out; its sender is an example's, which the gate would block."""
    return "live = true\n" + text.replace("[newsletters.weekly]", '[newsletters.weekly]\npreflight = "warn"')


# A mail proves itself by the way out in the headers that it gives back, or by the mark in the address that it came to.
PLAIN = {"came_to": "bounces@example.org", "sender": "bounces@example.org"}
BARE = {"headers": "Subject: Deadlines", "whole": "Subject: Deadlines\n\n", "redacted": "Subject: Deadlines\n\n"}


@pytest.mark.parametrize("shape", ["postfix", "exchange"])
@pytest.mark.parametrize("proof", [PLAIN, BARE], ids=["by its way out", "by its mark"])
def test_an_address_that_is_none_is_never_mailed_again_however_its_server_says_so(
    post: Post, shape: str, proof: dict[str, str]
) -> None:
    mail = post.edition().report(shape, **proof)
    assert post.hear(mail) is Heard.BOUNCED
    assert (post.fate(), post.standing(), post.barred()) == (Fate.BOUNCED, Standing.ENDED, Why.BOUNCED)
    assert post.hear(mail) is Heard.REPEATED
    assert post.standing("reader00001@example.org") is Standing.ACTIVE


@pytest.mark.parametrize("proof", [PLAIN, BARE], ids=["by its way out", "by its mark"])
def test_a_complaint_counts_although_its_provider_leaves_out_whose_it_is(post: Post, proof: dict[str, str]) -> None:
    sent = post.edition()
    assert post.hear(sent.report("complaint", kind="not-spam", **proof)) is Heard.NOTHING
    assert post.standing() is Standing.ACTIVE
    assert post.hear(sent.report("complaint", kind="opt-out", **proof)) is Heard.UNSUBSCRIBED
    assert (post.standing(), post.barred()) == (Standing.ENDED, None)
    assert post.hear(sent.report("complaint", **proof)) is Heard.COMPLAINED
    assert (post.fate(), post.barred()) == (Fate.COMPLAINED, Why.COMPLAINED)


def test_what_is_late_arrived_or_about_another_address_changes_nothing(post: Post) -> None:
    """A reader whose mail is forwarded to a dead address may have it in another: nothing follows from that."""
    sent = post.edition()
    for changes in (
        {"action": "delayed", "status": "4.4.1"},
        {"action": "delivered", "status": "2.1.5"},
        {"action": "relayed", "status": "2.0.0"},
        {"action": "", "status": ""},
        {"reader": "somebody-else@example.org"},
        {"reader": "reader00001@example.org"},
        {"reader": ""},
    ):
        assert post.hear(sent.report("postfix", **changes)) is Heard.NOTHING, changes
    assert (post.fate(), post.standing(), post.barred()) == (Fate.NONE, Standing.ACTIVE, None)


def test_a_full_mailbox_ends_it_after_some_in_a_row_and_one_that_did_not_come_back_forgives(post: Post) -> None:
    def failed(number: int) -> Standing:
        mail = post.edition(number).report("postfix", status="5.2.2")
        assert post.hear(mail, number) is Heard.DEFERRED
        assert post.hear(mail, number) is Heard.REPEATED, "told twice of one mail counts once"
        return post.standing()

    def earlier(failures: int) -> None:
        tamper(post.house, sa.update(subscriptions).values(soft_bounces=failures))

    failed(1)
    earlier(3)
    assert failed(2) is Standing.ACTIVE
    post.edition(3)
    assert failed(4) is Standing.ACTIVE, "the third arrived"
    earlier(4)
    assert failed(5) is Standing.ENDED
    assert post.barred() is None, "it may be mailed by another newsletter"


def test_what_does_not_prove_itself_changes_nothing(post: Post) -> None:
    sent = post.edition()
    guessed = {
        "headers": sent.headers.replace("reader00000x-secret", "reader00000x-guess"),
        "whole": sent.data.decode().replace("reader00000x-secret", "reader00000x-guess").replace("\r\n", "\n"),
        "redacted": BARE["redacted"],
        "came_to": f"{sent.sender.partition('@')[0][:-1]}@example.org",
        "sender": f"{sent.sender.partition('@')[0][:-16]}{'0' * 16}@example.org",
    }
    for shape in ("postfix", "exchange", "complaint"):
        assert post.hear(sent.report(shape, **guessed)) is Heard.UNPROVEN
    no_id = {**PLAIN, "headers": sent.headers.replace("Message-ID: <", "Message-ID: <0")}
    assert post.hear(sent.report("postfix", **no_id)) is Heard.UNPROVEN
    assert (post.fate(), post.standing(), post.barred()) == (Fate.NONE, Standing.ACTIVE, None)


def test_what_is_no_report_says_nothing(post: Post) -> None:
    sent = post.edition()
    for mail in (
        b"",
        b"\xff\xfe\x00",
        sent.data,
        sent.report("qmail"),
        sent.report("postfix").replace(b"multipart/report", b"multipart/mixed"),
        sent.report("postfix").replace(b"message/delivery-status", b"text/plain"),
        sent.report("postfix").replace(b"--4TqK2f0Xyz8q", b"--5TqK2f0Xyz8q"),
        sent.report("postfix").partition(b"Final-Recipient")[0],
    ):
        assert post.hear(mail) is Heard.NOTHING
    with pytest.raises(UnreadableDocument, match="25,000,000"):
        post.hear(bytes(MAX_BYTES + 1))
    assert post.standing() is Standing.ACTIVE


def test_two_recipients_who_ended_differently_leave_it_unclear() -> None:
    sent, before = Sent("bounces@example.org", b"Subject: x\r\n\r\ny"), b"\nFinal-Recipient: rfc822; "
    for status, clear in ((b"5.1.1", True), (b"5.2.2", False)):
        another = before + b"ada@example.org\nAction: failed\nStatus: " + status + b"\n"
        found = report(sent.report("postfix").replace(before, another + before))
        assert (found is not None) is clear


def test_a_mark_stands_in_the_address_and_says_which_mail_came_back() -> None:
    (letter,) = letters(1)
    (key, _) = read_mark(f"Bounces+{mark(letter).upper()}@example.org") or ("", "")
    assert key == letter.key
    assert read_mark("bounces@example.org") is None
    with pytest.raises(ConfigError, match=r"bounces\+\*@example.org"):
        Smtp(host="mail.example.org", bounces="bounces-*@example.org")
    long = Smtp(host="mail.example.org", bounces=f"{'b' * 30}+*@example.org")
    with pytest.raises(Refused, match="too long for an address"):
        long.enclose(MAIL, (letter,), key=KEY, at=AT)


def test_a_command_reads_one_mail_an_mbox_and_a_folder_and_leaves_them_as_they_are(
    post: Post,
    database_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PULLQUOTE_DATABASE_URL", database_url)
    monkeypatch.setenv("PULLQUOTE_CONFIG", str(post.house.loaded.path))
    sent = post.edition()
    bounce, complaint = sent.report("postfix"), sent.report("complaint")
    box, folder, single = tmp_path / "box", tmp_path / "Maildir", tmp_path / "one.eml"
    kept = mailbox.mbox(box)
    for each in (b"Subject: Hello\n\nFrom here on nothing.\n", bounce, complaint):
        kept.add(each)
    kept.close()
    mailbox.Maildir(folder).add(bounce)
    single.write_bytes(bounce)
    before = _bytes(box, single)

    def reads(*words: str) -> dict[str, int]:
        monkeypatch.setattr(sys, "argv", ["pullquote", "bounces", "read", *words, "--json"])
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code
        return {name: number for name, number in json.loads(capsys.readouterr().out).items() if number}

    assert reads(str(box)) == {"nothing": 1, "bounced": 1, "complained": 1}
    assert post.barred() is Why.BOUNCED, "the first reason stays"
    assert reads(str(folder)) == {"repeated": 1}
    assert reads(str(single)) == {"repeated": 1}
    for given in (bounce, b"From MAILER-DAEMON Thu Nov 26 09:00:41 2026\n" + bounce):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        assert reads("-") == {"repeated": 1}
    assert _bytes(box, single) == before


def _bytes(*files: Path) -> list[bytes]:
    return [each.read_bytes() for each in files]
