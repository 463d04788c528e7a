"""Somebody is forgotten while something else is done with them: both end well, and who is forgotten stays so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot import subscribe
from bot.addresses import Line
from bot.clock import one_pass
from bot.house import House
from bot.model.address import Address
from bot.model.subscriber import Cadence, Standing, Why
from bot.store import subscribers
from bot.store.schema import recipients
from bot.store.schema import subscribers as people
from tests.work.beside import Beside, Job
from tests.work.desk import TUESDAY, approve_now
from tests.work.readers import PostOffice, an_edition, join, with_readers

ADA = Address("ada@example.org")
LATER = TUESDAY + timedelta(hours=1)


@pytest.fixture
def house(house: House) -> House:
    house = with_readers(house, PostOffice(), 1)
    with house.store.write() as db:
        join(db, ADA.text)
    return house


def on_a_list(house: House) -> Job:
    line = Line(1, ADA, "Ada", Cadence.EVERY, "a form")
    return lambda: subscribe.take_in(house, "weekly", [line], LATER)


def by_the_form(house: House) -> Job:
    return lambda: subscribe.ask(house, "weekly", ADA, name="Ada", consent="the form", now=LATER)


def while_erasing(house: House, job: Job) -> None:
    """Do a job that begins while Ada is being erased."""
    with house.store.write() as db:
        assert subscribers.erase(db, ADA, at=LATER)
        beside = Beside(job)
    beside.end()


def standings(house: House) -> list[Standing]:
    with house.store.read() as db:
        return [each.standing for each in subscribers.every(db, ADA)]


def test_a_list_that_names_who_is_just_erased_does_not_bring_them_back(house: House) -> None:
    while_erasing(house, on_a_list(house))
    assert standings(house) == []


def test_who_is_just_erased_and_asks_again_is_asked(house: House) -> None:
    while_erasing(house, by_the_form(house))
    assert standings(house) == [Standing.PENDING]


def test_who_is_just_erased_stands_in_no_audience_with_their_address(house: House) -> None:
    approve_now(house, an_edition(house))
    while_erasing(house, lambda: one_pass(house, clock=lambda: TUESDAY))
    with house.store.read() as db:
        assert db.scalars(sa.select(recipients.c.address)).all() == ["reader00000@example.org"]


@pytest.mark.parametrize("coming", [on_a_list, by_the_form])
def test_an_erasure_ends_although_its_reader_is_just_taken_in(house: House, coming: Callable[[House], Job]) -> None:
    """Somebody else has their hand on the reader, so that the erasure is held up where it is nearly done."""
    with house.store.write() as db:
        ended = subscribers.of(db, ADA, "weekly")
        assert ended is not None
        subscribers.end(db, ended, Why.BY_HAND, at=TUESDAY)
        subscribers.release(db, ADA.hash)
    with house.store.read() as db:
        db.execute(sa.select(people.c.id).with_for_update(key_share=True, read=True)).all()
        erasing = Beside(lambda: subscribe.erase(house, ADA, LATER))
        taking_in = Beside(coming(house))
    erasing.end()
    taking_in.end()
    assert standings(house) in ([], [Standing.PENDING])
    with house.store.read() as db:
        barred = subscribers.suppressed(db, ADA.hash, "weekly")
    assert barred is not None
    assert barred.why is Why.ERASED


def test_who_never_answered_is_forgotten_although_they_ask_again_at_that_moment(house: House) -> None:
    bob = Address("bob@example.org")
    subscribe.ask(house, "weekly", bob, name="", consent="the form", now=TUESDAY)
    with house.store.read() as db:
        stale = subscribers.unanswered(db, asked_before=LATER)
    with house.store.write() as db:
        subscribers.forget(db, stale)
        asking = Beside(lambda: subscribe.ask(house, "weekly", bob, name="", consent="the form", now=LATER))
    asking.end()
    with house.store.read() as db:
        assert [each.standing for each in subscribers.every(db, bob)] == [Standing.PENDING]
