"""Newsletters through a service that owns the list: the draft is made ahead, sent once, and found after a doubt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.house import House
from bot.ledger import LOOK_UP_LAG
from bot.model.publication import Kind, Mail
from bot.model.secret import Secret
from bot.model.states import DeliveryState, StepState
from bot.platforms.beehiiv import Beehiiv
from bot.platforms.contract import Platform
from bot.platforms.mailchimp import Mailchimp
from bot.store import steps
from tests.http.server import Fate, serving
from tests.platforms.beehiiv import PUBLICATION, TOKEN, Hive
from tests.platforms.mailchimp import AUDIENCE, KEY, Campaigns
from tests.work.desk import MINUTE, POT, TUESDAY, approve_now, content, delivery, draft, lay, with_config, work


@pytest.fixture
def written(house: House) -> House:
    """A house that sends for real and has an edition to send."""
    house = with_config(house, _live)
    lay(house, POT)
    work(house)
    return house


def through(house: House, platform: Platform) -> House:
    """The same house, with the newsletter's channel on another platform."""
    return replace(house, channels={**house.channels, draft(house, Kind.EDITION).channel: platform})


def mailchimp(url: str) -> Mailchimp:
    return Mailchimp(key=Secret("MAILCHIMP_KEY", KEY), audience=AUDIENCE, server=url)


def service() -> Campaigns:
    return Campaigns(
        at=TUESDAY + MINUTE, domains=[{"domain": each, "verified": True} for each in ("example.org", "example.com")]
    )


def test_an_edition_goes_out_once_as_it_was_approved(written: House) -> None:
    with serving(campaigns := service()) as server:
        house = through(written, mailchimp(server.url))
        edition = approve_now(house, draft(house, Kind.EDITION))
        assert work(house).delivered.accepted == 1
        assert work(house, TUESDAY + MINUTE).delivered.accepted == 0
    kept, mail = delivery(house, edition), content(house, edition)
    assert kept.state is DeliveryState.ACCEPTED
    assert kept.permalink == f"https://us6.campaign-archive.example/?id={kept.remote_id}"
    assert isinstance(mail, Mail)
    (campaign,) = campaigns.campaigns.values()
    assert campaign["settings"]["title"].startswith(f"{kept.key} ")
    assert campaign["settings"]["subject_line"] == mail.subject
    assert [each.splitlines()[0] for each in campaigns.texts()] == [mail.text.splitlines()[0]]


@pytest.mark.parametrize("fate", [Fate.DROP_BEFORE, Fate.DROP_AFTER, Fate.ERROR_AFTER, Fate.HTML])
def test_a_doubt_is_settled_by_asking_the_campaign(written: House, fate: Fate) -> None:
    with serving(campaigns := service()) as server:
        server.at = "/actions/send"
        server.fates.append(fate)
        house = through(written, mailchimp(server.url))
        edition = approve_now(house, draft(house, Kind.EDITION))
        assert work(house).delivered.unknown == 1
        for number in (1, 2, 3):
            work(house, TUESDAY + number * (LOOK_UP_LAG + MINUTE))
    assert delivery(house, edition).state is DeliveryState.ACCEPTED
    assert len(campaigns.campaigns) == 1
    assert len(campaigns.sent) == 1


def test_a_draft_that_the_service_makes_in_its_own_time_is_waited_for(written: House) -> None:
    with serving(hive := Hive(works_for=2)) as server:
        house = through(
            written,
            Beehiiv(Secret("BEEHIIV_KEY", TOKEN), PUBLICATION, manage="https://letter.example/", server=server.url),
        )
        edition = approve_now(house, draft(house, Kind.EDITION))
        assert work(house).delivered.accepted == 0
        with house.store.read() as db:
            (step,) = steps.of(db, delivery(house, edition).id)
        assert (step.state, bool(step.prepared)) == (StepState.WORKING, True)
        for number in (1, 2, 3):
            work(house, TUESDAY + number * MINUTE)
    assert delivery(house, edition).state is DeliveryState.ACCEPTED
    assert len(hive.posts) == len(hive.mailed) == 1


def _live(text: str) -> str:
    """The configuration of the tests let out; its sender is an example's, which the gate would block."""
    return "live = true\n" + text.replace("[newsletters.weekly]", '[newsletters.weekly]\npreflight = "warn"')
