"""A rehearsal does everything but the one request that cannot be taken back: nobody gets anything by it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from bot.deliver.rehearsing import Rehearsed, rehearse
from bot.errors import Refused, Rejected
from bot.house import House
from bot.model.publication import Kind, Post
from bot.platforms.letters import Rehearsal, Rehearses
from bot.platforms.registry import platforms
from bot.ways import Ways
from tests.http.server import Request, Said, serving
from tests.platforms.mailers import MailCase, all_cases
from tests.work.desk import TUESDAY, a_post, all_deliveries, content, draft, history, lay, with_config, work
from tests.work.readers import PostOffice, an_edition, with_readers

# How each service is told that nobody is to get a mail: what must stand in the one request, and nowhere else does.
MARKS = {
    "sendgrid": b'"sandbox_mode": {"enable": true}',
    "mailgun": b'name="o:testmode"\r\n\r\nyes',
    "brevo": b'"X-Sib-Sandbox": "drop"',
    "postmark": b"POSTMARK_API_TEST",
    "resend": b'"to": ["delivered@resend.dev"]',
    "ses": b'"ToAddresses": ["success@simulator.amazonses.com"]',
}
REHEARSED = {
    name: case for name, case in all_cases().items() if isinstance(case.platform("http://127.0.0.1"), Rehearses)
}


def gone_through(house: House, number: int) -> dict[str, Rehearsed]:
    with Ways() as http:
        return {each.part: each for each in rehearse(house, number, http, actor="eve", clock=lambda: TUESDAY)}


def test_every_service_that_has_a_test_mode_is_tried_here() -> None:
    assert {case.platform("http://127.0.0.1").name for case in REHEARSED.values()} == set(MARKS)
    assert {name for name, platform in platforms().items() if hasattr(platform, "rehearsal")} == set(MARKS)


@pytest.mark.parametrize("case", REHEARSED.values(), ids=REHEARSED.keys())
def test_a_mail_goes_to_the_service_marked_as_a_test_and_to_no_reader(house: House, case: MailCase) -> None:
    service, seen = case.service(), []

    def listen(request: Request) -> Said:
        if case.path in request.line:
            seen.append(str(dict(request.headers)).encode() + request.body)
            if b"POSTMARK_API_TEST" in seen[-1]:
                return Said(200, b'[{"ErrorCode": 0, "Message": "Test job accepted", "MessageID": "b7bc2f4a"}]')
        return service(request)

    with serving(listen) as server:
        platform = case.platform(server.url)
        house = with_config(house, lambda text: f"live = true\n{text}")
        house = with_readers(house, PostOffice(), 3)
        house = replace(house, channels={**house.channels, "mail": platform})
        told = gone_through(house, an_edition(house).id)
    assert told["test mode"].said.startswith("taken, in"), told
    (sent,) = seen
    assert MARKS[platform.name] in sent
    assert b"reader0000" not in sent
    assert not [each for each in case.arrived(service) if each.startswith("reader")]
    assert all_deliveries(house) == []


def test_it_says_part_by_part_that_nothing_stands_in_the_way(house: House) -> None:
    house = with_readers(house, office := PostOffice(), 3)
    edition = an_edition(house)
    told = gone_through(house, edition.id)
    assert list(told) == ["quotations", "pre-flight", "bytes", "account", "test mode"]
    assert "has no test mode; 'pullquote drafts try" in told["test mode"].said
    assert office.arrived == []
    assert any("rehearsed" in each for each in history(house, f"draft:{edition.id}"))


def test_what_would_be_held_at_the_last_moment_shows_now(house: House) -> None:
    lay(house, "unhurried-pot-14.txt")
    work(house)
    post = content(house, draft(house, Kind.QUOTE_POST))
    assert isinstance(post, Post)
    (quote,) = post.quotes
    false = a_post(house, replace(post, quotes=(replace(quote, text=f"{quote.text} Really."),)))
    told = gone_through(house, false.id)
    assert told["quotations"].fault
    assert not told["bytes"].fault


@dataclass(frozen=True)
class Refusing(PostOffice):
    def rehearsal(self) -> Rehearsal:
        return Rehearsal(replace(self, script=[Rejected("the domain is not verified", remedy="Verify it.")]), "a drill")


def test_what_the_service_says_in_its_test_mode_is_told_with_its_remedy(house: House) -> None:
    house = with_readers(house, office := Refusing(), 1)
    told = gone_through(house, an_edition(house).id)["test mode"]
    assert (told.fault, told.said) == (True, "a drill: the domain is not verified Verify it.")
    assert office.arrived == []


def test_nothing_is_asked_of_a_service_while_everything_is_frozen(house: House) -> None:
    house = with_readers(house, office := Refusing(), 1)
    (house.data / "FREEZE").touch()
    told = gone_through(house, an_edition(house).id)
    assert "frozen" in told["account"].said
    assert "test mode" not in told
    assert office.bodies == []


def test_a_draft_whose_channel_is_gone_says_so(house: House) -> None:
    edition = an_edition(house)
    house = replace(house, channels={})
    with pytest.raises(Refused, match="in the configuration no more"):
        gone_through(house, edition.id)
