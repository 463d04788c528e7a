"""Editors who are told by mail: both parts of it, and what is said of a message that not everybody got."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from bot.errors import NotSent, Rejected, Unknown, Unsent
from bot.model.notice import Notice, What
from bot.platforms.contract import Receipt
from bot.platforms.letters import Letter, Outcome
from bot.platforms.paging import Told
from bot.platforms.paging_by_mail import ByMail, mail
from bot.ways import Ways
from tests.work.readers import PostOffice, Script

HELD = Notice(What.HELD, "Held by eve: “Größe <3 & more”", "/drafts/3")
TOLD = Told(
    "notice-7",
    datetime(2026, 11, 24, 8, tzinfo=UTC),
    "Held",
    f"{HELD.words} https://desk.example/drafts/3\nAnd 4 more.",
    (HELD,),
    "https://desk.example",
)
BUSY, NO, LOST = NotSent("it is busy"), Rejected("no such box", remedy="Mend it."), Unknown("the answer was lost")


def tell(office: PostOffice, *to: str) -> None:
    with Ways() as http:
        ByMail(office, "Desk <desk@example.org>", to).tell(TOLD, http)


def these(*ends: Outcome) -> Script:
    def said(letters: Sequence[Letter]) -> Sequence[Outcome]:
        return ends[: len(letters)]

    return said


def test_it_says_the_same_in_both_parts_and_takes_no_markup() -> None:
    made = mail(TOLD, "Desk <desk@example.org>")
    assert (made.sender, made.subject, made.text) == ("Desk <desk@example.org>", "Held", f"{TOLD.text}\n")
    assert "Größe &lt;3 &amp; more" in made.html
    assert 'href="https://desk.example/drafts/3"' in made.html
    assert "And 4 more." in made.html


def test_everybody_gets_it_in_as_many_requests_as_it_takes() -> None:
    office = PostOffice()
    to = [f"editor{number}@example.org" for number in range(12)]
    tell(office, *to)
    assert office.arrived == to
    assert office.keys == {"notice-7-r0", "notice-7-r10"}


@pytest.mark.parametrize(
    ("ends", "raised", "said"),
    [
        (BUSY, NotSent, "it is busy"),
        (these(BUSY, BUSY), NotSent, "it is busy"),
        (these(Receipt("a"), BUSY), Rejected, "1 of 2 mails: it is busy"),
        (these(NO, BUSY), Rejected, "2 of 2 mails: no such box"),
        (these(Receipt("a"), LOST), Unknown, "1 of 2 mails: the answer was lost"),
        (these(NO, LOST), Unknown, "2 of 2 mails: the answer was lost"),
    ],
)
def test_it_is_put_off_only_where_nobody_got_it(ends: Script, raised: type[Unsent], said: str) -> None:
    with pytest.raises(raised, match=said):
        tell(PostOffice(script=[ends]), "ada@example.org", "bob@example.org")


def test_the_bytes_are_the_same_at_every_attempt() -> None:
    office = PostOffice(script=[BUSY])
    with pytest.raises(NotSent):
        tell(office, "ada@example.org")
    tell(office, "ada@example.org")
    assert office.bodies[0] == office.bodies[1]
