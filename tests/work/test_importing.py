"""Long lists are taken in a page at a time: a few statements for each, whatever breaks off, and nobody twice."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import subscribe
from bot.addresses import Line
from bot.house import House
from bot.model.address import Address
from bot.model.subscriber import Cadence, Length, Standing, Why, Wishes
from bot.store import events, subscribers
from bot.store.schema import subscriptions
from bot.store.subscribers import EVERYWHERE, Subscription
from tests.work.desk import TUESDAY
from tests.work.readers import PostOffice, join, with_readers

LATER = TUESDAY + timedelta(days=1)


@pytest.fixture
def house(house: House) -> House:
    return with_readers(house, PostOffice(), 0)


def line(address: str, name: str = "", **more: Any) -> Line:
    return Line(1, Address(address), name, more.pop("cadence", Cadence.EVERY), more.pop("consent", "a form"), **more)


def found(house: House, address: str) -> Subscription | None:
    with house.store.read() as db:
        return subscribers.of(db, Address(address), "weekly")


def test_everybody_on_a_list_becomes_what_they_may_be(house: House) -> None:
    with house.store.write() as db:
        for each in ("active", "left", "released", "bad", "named"):
            join(db, f"{each}@example.org")
        before = {each.address.partition("@")[0]: each for each in subscribers.listed(db)}
        subscribers.end(db, before["left"], Why.UNSUBSCRIBED, at=TUESDAY)
        subscribers.end(db, before["released"], Why.BOUNCED, at=TUESDAY)
        subscribers.release(db, before["released"].address_hash)
        subscribers.suppress(db, before["bad"].address_hash, Why.COMPLAINED, newsletter=EVERYWHERE, at=TUESDAY)
        asked = {"token": "asked-token-of-their-own", "consent": "the form", "at": TUESDAY}
        subscribers.ask(db, Address("asked@example.org"), "weekly", **asked)
        subscribers.ask(db, Address("elsewhere@example.org"), "monthly", name="El", **{**asked, "token": "other"})
    wishes = Wishes(length=Length.BRIEF)
    rows = [
        line("new@example.org", "New", cadence=Cadence.MONTHLY, wishes=wishes, paused_until=LATER + timedelta(days=1)),
        line("ACTIVE@example.org", "Too late", consent="another"),
        line("left@example.org"),
        line("Released@example.org", "Back", paused_until=TUESDAY),
        line("bad@example.org"),
        line("asked@example.org", "Asked", cadence=Cadence.WEEKLY),
        line("elsewhere@example.org", "Someone else"),
        line("NEW@example.org", "Twice"),
    ]
    for rehearse in (True, False):
        report = subscribe.take_in(house, "weekly", rows, LATER, rehearse=rehearse)
        assert (report.added, report.known, report.suppressed, report.left_out) == (4, 2, 2, 0)
        assert (found(house, "new@example.org") is None) is rehearse
    new, back, asked_for = (found(house, f"{each}@example.org") for each in ("new", "released", "asked"))
    assert new is not None
    assert back is not None
    assert asked_for is not None
    assert (new.name, new.standing, new.cadence, new.wishes) == ("New", Standing.ACTIVE, Cadence.MONTHLY, wishes)
    assert (new.consent, new.asked_at, new.confirmed_at, new.paused_until) == (
        *("a form", LATER, LATER),
        LATER + timedelta(days=1),
    )
    assert subscribe.may_be_a_token(new.token)
    assert (back.standing, back.token, back.ended_at, back.ended_why) == (
        *(Standing.ACTIVE, before["released"].token),
        *(None, ""),
    )
    assert (back.address, back.name, back.paused_until) == ("released@example.org", "Back", None)
    assert (asked_for.standing, asked_for.token, asked_for.cadence) == (
        *(Standing.ACTIVE, "asked-token-of-their-own"),
        Cadence.WEEKLY,
    )
    assert found(house, "active@example.org") == before["active"]
    assert [getattr(found(house, f"{each}@example.org"), "standing", None) for each in ("left", "bad")] == [
        Standing.ENDED,
        Standing.ACTIVE,
    ]
    assert getattr(found(house, "elsewhere@example.org"), "name", None) == "El"
    with house.store.read() as db:
        assert [each.detail for each in events.of(db, f"subscriber:{new.subscriber_id}")] == ["weekly: a form"]
        assert subscribers.by_token(db, new.token) == new


def test_who_said_yes_while_a_list_was_read_stays_as_they_are(house: House) -> None:
    with house.store.write() as db:
        kept = join(db, "ada@example.org")
        late = subscribers.Joining(Address("ada@example.org"), "", Cadence.MONTHLY, None, "t" * 32, "a list", Wishes())
        subscribers.join(db, "weekly", [late], at=LATER)
    assert found(house, "ada@example.org") == kept


def test_a_list_that_broke_off_is_finished_by_the_same_list_with_few_statements_and_little_in_memory(
    house: House,
) -> None:
    number = 2_100
    alive: list[weakref.ref[Line]] = []
    most = 0

    def rows(upto: int) -> Iterator[Line]:
        nonlocal most
        alive.clear()
        for each in range(number):
            if each == upto:
                raise KeyboardInterrupt
            one = line(f"reader{each}@example.org")
            alive.append(weakref.ref(one))
            most = max(most, sum(ref() is not None for ref in alive)) if each % 300 == 0 else most
            yield one

    with pytest.raises(KeyboardInterrupt):
        subscribe.take_in(house, "weekly", rows(1_500), TUESDAY)
    with house.store.read() as db:
        assert subscribers.tally(db) == {("weekly", Standing.ACTIVE): 1_000}
    report, statements = counted(lambda: subscribe.take_in(house, "weekly", rows(number), LATER))
    assert (report.added, report.known) == (1_100, 1_000)
    with house.store.read() as db:
        assert subscribers.tally(db) == {("weekly", Standing.ACTIVE): number}
        asked = dict(db.execute(sa.select(subscriptions.c.asked_at, sa.func.count()).group_by("asked_at")).all())
    assert asked == {TUESDAY: 1_000, LATER: 1_100}
    assert statements <= 3 * 12, "three pages"
    assert most <= 1_001


def counted(work: Callable[[], Any]) -> tuple[Any, int]:
    """What some work gives, and how many statements it makes; one for many rows is one."""
    made: list[str] = []

    def note(*told: Any) -> None:
        made.append(told[2])

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        return work(), len(made)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
