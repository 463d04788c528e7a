"""The check of an edition at work: what it stops, what it only tells, and what it looks at once more before it goes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from bot import plan, review
from bot.errors import Refused
from bot.house import House
from bot.model.address import Address
from bot.model.domain import DomainRecords
from bot.model.publication import Kind, Mail
from bot.model.states import DeliveryState, DraftState
from bot.model.subscriber import Why
from bot.preflight import Circumstances, Finding, Level, Rule, inspect
from bot.prepare.inspection import asked, inspected
from bot.store import drafts, episodes, subscribers
from bot.store.drafts import Draft
from tests.work.desk import (
    BENCH,
    LANES,
    MINUTE,
    POT,
    TUESDAY,
    WEEK,
    Scripted,
    all_deliveries,
    approve_now,
    content,
    delivery,
    draft,
    lay,
    over,
    with_config,
    work,
)
from tests.work.readers import MAIL, PostOffice, an_edition, join, passes, with_readers

ADDRESS = 'address = "The Test Post, 2 Proof Lane, Setterby"\n'


@dataclass(frozen=True)
class Afar(Scripted):
    """A service elsewhere."""

    leaves_home: ClassVar[bool] = True


def findings(house: House, of: Draft) -> tuple[Finding, ...]:
    with house.store.read() as db:
        return inspected(house, db, drafts.get(db, of.id), TUESDAY)


def without_address(house: House) -> House:
    return with_config(house, lambda text: text.replace(ADDRESS, ""))


def live(house: House) -> House:
    return with_config(house, lambda text: f"live = true\n{text}")


@pytest.fixture
def edition(house: House) -> Draft:
    lay(house, POT)
    work(house)
    return draft(house, Kind.EDITION)


def test_an_edition_of_sample_pages_is_in_order(house: House, edition: Draft) -> None:
    lay(house, BENCH)
    work(house)
    assert findings(house, edition) == ()


def test_a_link_that_cannot_be_followed_is_told_of_once_and_not_for_each_length(house: House, edition: Draft) -> None:
    def spoilt(html: str) -> str:
        """As long as before, because the stories are found by their places."""
        return html.replace('href="https:', 'href="gophr:')

    lay(house, BENCH)
    work(house)
    sound = content(house, draft(house, Kind.EDITION))
    assert isinstance(sound, Mail)
    brief, short = (replace(each, html=spoilt(each.html)) for each in sound.versions)
    mail = replace(sound, html=spoilt(sound.html), versions=(brief, short))
    given = Circumstances(leaves_home=True, least=1, address="2 Proof Lane")
    told = [each.said for each in inspect(mail, given) if "do not follow" in each.said]
    assert len(told) == 1
    assert told[0].startswith("Links of a kind")
    worse = replace(brief, html=brief.html.replace("</body>", '<a href="//x">One of its own</a></body>'))
    found = inspect(replace(mail, versions=(worse, short)), given)
    assert [each.said for each in found if "no whole" in each.said] == [
        "In the brief version: Links that are no whole addresses: '//x'."
    ]


def test_an_edition_that_is_not_ready_is_refused_with_every_line_and_nothing_is_changed(house: House) -> None:
    bare = replace(MAIL, html="<p>Hello</p>", subject="")
    before = an_edition(house, mail=bare)
    with pytest.raises(Refused) as refused:
        approve_now(house, before)
    said = str(refused.value)
    assert said.count("\n- ") == 4
    assert "There is no subject." in said
    assert "Write another (field subject)." in said
    assert "no way to unsubscribe in the HTML" in said
    assert "pullquote" not in said
    assert f"pullquote drafts preflight {before.id}" in refused.value.at_terminal
    with house.store.read() as db:
        assert drafts.get(db, before.id) == before
    assert all_deliveries(house) == []


def test_a_host_without_a_postal_address_is_told_which_setting_is_missing(house: House) -> None:
    house = without_address(house)
    lay(house, POT)
    work(house)
    with pytest.raises(Refused, match=r"Set 'address' under \[newsletters.weekly\]"):
        approve_now(house, draft(house, Kind.EDITION))


def test_a_host_who_wants_to_be_told_only_is_not_stopped(house: House) -> None:
    house = with_config(house, lambda text: text.replace(ADDRESS, 'preflight = "warn"\n'))
    lay(house, POT)
    work(house)
    edition = draft(house, Kind.EDITION)
    assert [each.level for each in findings(house, edition)] == [Level.BLOCK]
    assert approve_now(house, edition).state is DraftState.SCHEDULED
    assert work(house).delivered.accepted == 1


def test_posts_are_not_held_up_by_it(house: House) -> None:
    house = without_address(house)
    lay(house, POT)
    work(house)
    assert approve_now(house, draft(house, Kind.QUOTE_POST)).state is DraftState.SCHEDULED


def test_an_edition_that_passes_by_policy_is_held_with_the_reasons(house: House) -> None:
    house = without_address(
        with_config(
            house, lambda text: text.replace("[channels.mail]", '[channels.mail]\napproval = "auto"\nveto = "1h"')
        )
    )
    lay(house, POT)
    work(house, TUESDAY + WEEK)
    edition = draft(house, Kind.EDITION)
    with house.store.write() as db:
        drafts.move(db, drafts.get(db, edition.id), DraftState.IN_REVIEW, actor="eve", at=TUESDAY)
    assert review.approve_by_policy(house, TUESDAY + WEEK) == 0
    with house.store.read() as db:
        held = drafts.get(db, edition.id)
    assert held.state is DraftState.HELD
    assert "no postal address" in held.held_reason


def test_the_plan_says_that_something_has_to_be_mended_first(house: House) -> None:
    house = without_address(house)
    lay(house, POT)
    work(house)
    edition = draft(house, Kind.EDITION)
    lines = {each.planned.draft: each.planned.waits_for for each in plan.make(house, actor="eve", now=TUESDAY)}
    assert lines[edition.id] == f"approval; 1 thing to mend first: 'pullquote drafts preflight {edition.id}'"
    assert lines[draft(house, Kind.QUOTE_POST).id] == "approval"


def test_an_editor_who_leaves_out_too_much_is_told(house: House) -> None:
    house = with_config(house, lambda text: text.replace(ADDRESS, f"{ADDRESS}min_episodes = 2\n"))
    lay(house, POT)
    lay(house, BENCH)
    work(house)
    edition = draft(house, Kind.EDITION)
    assert findings(house, edition) == ()
    review.edit(house, edition.id, {"skip:1": "not today"}, actor="eve", now=TUESDAY)
    assert [(each.level, each.rule) for each in findings(house, edition)] == [(Level.BLOCK, Rule.EPISODES)]


def test_an_episode_that_went_behind_a_gate_stops_the_edition_until_it_is_drafted_anew(house: House) -> None:
    lay(house, LANES)
    work(house)
    edition = draft(house, Kind.EDITION)
    (ref,) = content(house, edition).episodes
    with house.store.write() as db:
        read, where = episodes.load(db, ref), episodes.locator_of(db, ref.episode)
        assert not read.gated
        assert where is not None
        episodes.revise(db, ref.episode, replace(read, gated=True), locator=where, at=TUESDAY)
    with pytest.raises(Refused, match="went behind a members' gate"):
        approve_now(house, edition)
    work(house, TUESDAY + MINUTE)
    assert findings(house, edition) == ()


def test_what_was_approved_while_it_went_to_nobody_is_held_where_it_would_go_to_readers(house: House) -> None:
    house = over(house, Scripted(), "mail")
    edition = approve_now(house, an_edition(house))
    afar = Afar()
    house = over(live(house), afar, "mail")
    assert work(house, TUESDAY + MINUTE).delivered.held == 1
    held = delivery(house, edition)
    assert held.state is DeliveryState.HELD
    assert "domain example.org is an example's" in held.reason
    assert afar.bodies == []


def test_a_sender_of_ones_own_goes_out(house: House) -> None:
    house = live(over(house, Scripted(), "mail"))
    afar = Afar()
    house = over(house, afar, "mail")
    approve_now(house, an_edition(house, mail=replace(MAIL, sender="The Test Post <weekly@testpost.org>")))
    assert work(house, TUESDAY + MINUTE).delivered.accepted == 1
    assert len(afar.bodies) == 1


def test_a_list_that_doubled_since_the_last_edition_is_told(house: House) -> None:
    office = PostOffice()
    house = with_readers(house, office, 30)
    first = an_edition(house)
    assert [each for each in findings(house, first) if each.rule is Rule.AUDIENCE] == []
    approve_now(house, first)
    passes(house, 3)
    assert len(office.arrived) == 30
    second = an_edition(house, 2)
    assert [each for each in findings(house, second) if each.rule is Rule.AUDIENCE] == []
    with house.store.write() as db:
        for each in range(40):
            join(db, f"new{each:05}@example.org")
    (told,) = [each for each in findings(house, second) if each.rule is Rule.AUDIENCE]
    assert told.level is Level.BLOCK
    assert "70 readers would get it, 30 got the one before (+133%)" in told.said
    more = "[newsletters.weekly]\naudience_change = 1.5"
    generous = with_config(house, lambda text: text.replace("[newsletters.weekly]", more))
    generous = replace(generous, channels=house.channels)
    assert [each for each in findings(generous, second) if each.rule is Rule.AUDIENCE] == []
    with house.store.write() as db:
        for each in range(40):
            subscribers.suppress(
                db, Address(f"new{each:05}@example.org").hash, Why.BY_HAND, newsletter="weekly", at=TUESDAY
            )
    assert [each for each in findings(house, second) if each.rule is Rule.AUDIENCE] == []


def test_dns_is_asked_only_where_something_leaves_this_machine(house: House, edition: Draft) -> None:
    questions: list[str] = []

    def ask(domain: str) -> DomainRecords:
        questions.append(domain)
        return DomainRecords(domain, (), ())

    with house.store.read() as db:
        assert asked(house, db, edition, ask) is None
        assert asked(over(house, Afar(), "mail"), db, edition, ask) is None
        alive = live(house)
        assert asked(alive, db, edition, ask) is None
        assert questions == []
        away = over(alive, Afar(), "mail")
        records = asked(away, db, edition, ask)
        assert questions == ["example.org"]
        found = inspected(away, db, edition, TUESDAY, records=records)
    assert [each.level for each in found if each.rule is Rule.DOMAIN] == [Level.WARN, Level.WARN]


def test_a_list_of_ours_without_https_is_told_that_nobody_leaves_with_one_click(house: House) -> None:
    @dataclass(frozen=True)
    class Office(PostOffice):
        leaves_home: ClassVar[bool] = True

    def said(scheme: str, office: Afar | PostOffice) -> list[Finding]:
        reached = with_config(house, lambda text: re.sub('public = "https?', f'public = "{scheme}', text))
        reached = replace(reached, channels={**house.channels, "mail": office})
        return [each for each in findings(reached, edition) if each.rule is Rule.UNSUBSCRIBE]

    house = with_config(live(house), lambda text: f'{text}\n[web]\npublic = "https://news.example.net"\n')
    edition = an_edition(house)
    (told,) = said("http", Office())
    assert told.level is Level.WARN
    assert "one click" in told.said
    assert said("https", Office()) == []
    assert said("http", PostOffice()) == [], "nothing leaves this machine"
    assert said("http", Afar()) == [], "the service has ways out of its own"
