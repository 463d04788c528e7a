"""Some requests of a mailing are under way at the same time, and every rule holds as if they went one by one."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot import deliver
from bot.deliver.doubt import take_up
from bot.errors import NotSent, Rejected
from bot.house import House
from bot.model.states import DeliveryState, RecipientState
from bot.platforms.contract import Http, Receipt
from bot.platforms.letters import Letter, Outcome
from bot.store import receipts
from tests.work.desk import DAY, HOUR, TUESDAY, approve_now, delivery, history
from tests.work.readers import AskedOffice, PostOffice, an_edition, passes, tally, with_readers

ACCEPTED, PENDING, UNKNOWN = RecipientState.ACCEPTED, RecipientState.PENDING, RecipientState.UNKNOWN


@dataclass(frozen=True)
class Hall(AskedOffice):
    """Many doors: it answers nobody before so many stand in it. `most_inside` were in it at the same time."""

    wanted: int = 4
    inside: list[str] = field(default_factory=list)
    most_inside: list[int] = field(default_factory=list)
    full: threading.Event = field(default_factory=threading.Event)

    def post(self, body: bytes, letters: Sequence[Letter], http: Http, *, key: str) -> Sequence[Outcome]:
        with self.door:
            self.inside.append(key)
            self.most_inside.append(len(self.inside))
            if len(self.inside) >= self.wanted:
                self.full.set()
        assert self.full.wait(60)
        with self.door:
            self.inside.remove(key)
            return self._post(body, letters, key=key)


def test_some_requests_are_under_way_at_the_same_time_where_a_doubt_can_be_settled(house: House) -> None:
    house = with_readers(house, office := Hall(), 120)
    edition = approve_now(house, an_edition(house))
    passes(house, 1)
    assert max(office.most_inside) == 4
    assert tally(house, delivery(house, edition)) == {ACCEPTED: 120}
    assert max(Counter(office.arrived).values()) == 1


def test_where_a_doubt_would_be_a_persons_one_request_follows_the_other(house: House) -> None:
    inside: list[int] = []

    @dataclass(frozen=True)
    class Blind(PostOffice):
        def post(self, body: bytes, letters: Sequence[Letter], http: Http, *, key: str) -> Sequence[Outcome]:
            with house.store.read() as db:
                found = receipts.listed(db, 1, states=[PENDING])
                inside.append(len({each.batch for each in found}))
            return super().post(body, letters, http, key=key)

    house = with_readers(house, Blind(), 40)
    approve_now(house, an_edition(house))
    passes(house, 1)
    # Each request was recorded before the next one left.
    assert inside == [4, 3, 2, 1]


def test_however_many_are_under_way_the_eighth_refusal_in_a_row_is_the_last(house: House) -> None:
    refusal = Rejected("The domain is not verified.", remedy="Verify it.")
    house = with_readers(house, office := AskedOffice(script=[refusal] * 50), 400)
    edition = approve_now(house, an_edition(house))
    passes(house, 1)
    held = delivery(house, edition)
    assert held.state is DeliveryState.HELD
    assert len(office.bodies) == 8
    assert tally(house, held) == {PENDING: 400}


def test_a_freeze_lets_those_under_way_end_and_no_other_leave(house: House) -> None:
    def freeze(letters: Sequence[Letter]) -> Sequence[Outcome]:
        (house.data / "FREEZE").touch()
        return [Receipt(each.key) for each in letters]

    house = with_readers(house, office := Hall(script=[freeze]), 200)
    edition = approve_now(house, an_edition(house))
    passes(house, 2)
    assert len(office.arrived) == 40
    assert tally(house, delivery(house, edition)) == {ACCEPTED: 40, PENDING: 160}
    (house.data / "FREEZE").unlink()
    passes(house, 1, begin=TUESDAY + HOUR)
    assert tally(house, delivery(house, edition)) == {ACCEPTED: 200}
    assert max(Counter(office.arrived).values()) == 1


@pytest.mark.parametrize("keys_last", [DAY, timedelta()])
def test_a_death_with_some_under_way_leaves_those_in_doubt_and_keeps_the_answers_of_others(
    house: House, keys_last: timedelta
) -> None:
    def dies(_: Sequence[Letter]) -> Sequence[Outcome]:
        raise SystemExit

    office = Hall(script=[dies, dies], keys_last=keys_last)
    house = with_readers(house, office, 60)
    edition = approve_now(house, an_edition(house))
    with pytest.raises(SystemExit):
        passes(house, 1)
    assert tally(house, delivery(house, edition)) == {ACCEPTED: 20, PENDING: 40}
    take_up(house, TUESDAY + HOUR)
    passes(house, 3, begin=TUESDAY + HOUR)
    assert tally(house, delivery(house, edition)) == {ACCEPTED: 60}
    assert Counter(office.arrived) == Counter(f"reader{each:05}@example.org" for each in range(60))


def test_a_short_pause_that_the_service_asks_for_is_waited_for_within_the_pass(house: House) -> None:
    slower = NotSent("slow down", retry_after=2)
    house = with_readers(house, office := AskedOffice(script=[slower, slower]), 100)
    edition = approve_now(house, an_edition(house))
    now, rests = [TUESDAY], list[float]()

    def rest(seconds: float) -> None:
        rests.append(seconds)
        now[0] += timedelta(seconds=seconds)

    deliver.deliver(house, lambda: now[0], rest=rest)
    deliver.deliver(house, lambda: now[0] + timedelta(seconds=5), rest=rest)
    # Two that are put off beside each other wait together; a slow machine makes the second only after the pause.
    assert rests in ([2], [2, 2])
    assert tally(house, delivery(house, edition)) == {ACCEPTED: 100}
    assert max(Counter(office.arrived).values()) == 1


def test_a_long_pause_is_left_to_a_later_pass(house: House) -> None:
    house = with_readers(house, office := AskedOffice(script=[NotSent("slow down", retry_after=600)]), 100)
    approve_now(house, an_edition(house))
    rests: list[float] = []
    deliver.deliver(house, lambda: TUESDAY, rest=rests.append)
    assert rests == []
    assert len(office.arrived) < 100


def test_a_long_mailing_gives_way_to_what_else_is_due_and_goes_on_at_once(house: House) -> None:
    house = with_readers(house, office := PostOffice(), 200)
    edition = approve_now(house, an_edition(house))
    ticking = iter(TUESDAY + timedelta(seconds=5 * each) for each in range(10_000))
    assert deliver.deliver(house, lambda: next(ticking)).unfinished
    while delivery(house, edition).state is not DeliveryState.ACCEPTED:
        deliver.deliver(house, lambda: next(ticking))
    assert any("gives way" in each for each in history(house, f"delivery:{delivery(house, edition).id}"))
    assert tally(house, delivery(house, edition)) == {ACCEPTED: 200}
    assert max(Counter(office.arrived).values()) == 1
