"""Bad lists and bad words, from the file to the mail server: nobody is lost, nobody is mailed by mistake."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from bot import review, subscribe
from bot.addresses import lines_of, read_list
from bot.errors import Refused
from bot.house import House
from bot.model.secret import Secret
from bot.model.states import RecipientState
from bot.platforms.postmark import Postmark
from bot.platforms.smtp import Smtp
from bot.store import receipts
from tests.http.server import serving as serving_http
from tests.platforms.mailers.postmark import TOKEN
from tests.platforms.mailers.postmark import Service as PostmarkService
from tests.relay.server import Service, serving
from tests.work.desk import TUESDAY, all_deliveries, approve_now, delivery, with_config
from tests.work.readers import MAIL, PostOffice, an_edition, passes, tally, with_readers

# Quoted before the @, with a plus, of letters beside ASCII, as long as one may be (254), and a name with a line break.
LONGEST = f"{'a' * 64}@{'.'.join(['b' * 60] * 3)}.{'c' * 6}"
LIST = (
    'Email;Name\r\n"""ada b""@example.org";Ada\r\nada+news@example.org;"Ada\r\nBcc: eve@evil.example"\r\n'
    f"Ada@bücher.example;\r\n{LONGEST};Long\r\nADA@BÜCHER.example;again\r\na{LONGEST};too long\r\n"
    "äda@example.org;\r\n;\r\nnobody;\r\nbob@example.org, eve@example.org;two\r\n"
    '"bob@example.org\r\nBcc: eve@evil.example";\r\nö@@x;\r\n"unclosed@example.org;\r\n'
)
READABLE = {"ada+news@example.org", "Ada@xn--bcher-kva.example", LONGEST}


def live(text: str) -> str:
    """Let out; the sender is an example's, which the gate would block."""
    return "live = true\n" + text.replace("[newsletters.weekly]", '[newsletters.weekly]\npreflight = "warn"')


def test_of_a_broken_list_in_utf_16_everybody_who_can_be_is_mailed_once_and_nobody_else(house: House) -> None:
    assert len(LONGEST) == 254
    with serving(Service()) as server:
        smtp = Smtp(host="127.0.0.1", port=server.port, tls="none")
        house = with_readers(with_config(house, live), smtp, 0)  # type: ignore[arg-type]
        rows = read_list(lines_of(LIST.encode("utf-16")), consent="a form")
        report = subscribe.take_in(house, "weekly", rows, TUESDAY)
        edition = approve_now(house, an_edition(house))
        passes(house, 2)
        arrived = Counter(each.to for each in server.service.mails)
    assert report.added == len(arrived) + tally(house, delivery(house, edition)).get(RecipientState.REJECTED, 0)
    assert report.added + len(report.faults) + report.known == 12
    assert [fault.number for fault in report.faults] == sorted(fault.number for fault in report.faults)
    assert arrived.keys() >= READABLE
    assert set(arrived.values()) == {1}
    assert not any("eve" in each or "nobody" in each or "unclosed" in each for each in arrived)
    for each in server.service.mails:
        mail = message_from_bytes(each.data, policy=policy.default)
        assert mail["Bcc"] is None
        assert len(mail["To"].addresses) == 1
    assert sum(tally(house, delivery(house, edition)).values()) == report.added


@pytest.mark.parametrize("words", ["Deadlines\r\nBcc: eve@evil.example", "Deadlines\nand more"])
def test_a_line_break_in_a_subject_stops_the_edition_and_nobody_is_mailed(house: House, words: str) -> None:
    house = with_readers(house, PostOffice(), 3)
    edition = an_edition(house, mail=replace(MAIL, subject=words))
    with pytest.raises(Refused, match="line break"):
        review.approve(house, edition.id, actor="eve", now=TUESDAY, at_once=True)
    assert all_deliveries(house) == []


def test_of_a_batch_that_is_half_refused_in_a_200_the_ledger_says_so_reader_by_reader(house: House) -> None:
    service = PostmarkService()
    service.inactive |= {f"reader{each:05}@example.org" for each in (1, 3)}
    with serving_http(service) as server:
        postmark = Postmark(token=Secret("POSTMARK_TOKEN", TOKEN), server=server.url)
        house = with_readers(with_config(house, live), postmark, 5)  # type: ignore[arg-type]
        edition = approve_now(house, an_edition(house))
        passes(house, 4)
    sent = delivery(house, edition)
    assert tally(house, sent) == {RecipientState.ACCEPTED: 3, RecipientState.REJECTED: 2}
    with house.store.read() as db:
        refused = [each for each in receipts.listed(db, sent.id) if each.state is RecipientState.REJECTED]
    assert {each.address for each in refused} == service.inactive
    assert all("Postmark" in each.reason for each in refused)
    assert sorted(each["To"] for each in service.mails) == [f"reader{each:05}@example.org" for each in (0, 2, 4)]
