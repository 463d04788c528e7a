"""Requests of a mailing that are made ahead, and what makes one that is made useless."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial

import pytest

from bot.deliver.making import Making
from bot.errors import Refused
from bot.house import House
from bot.model.address import Address
from bot.model.states import BatchState, RecipientState
from bot.model.subscriber import Addressee, Why
from bot.platforms.contract import Receipt
from bot.platforms.letters import Letter, Outcome
from bot.posting.hands import Gone, Written
from bot.store import subscribers
from bot.store.mailings import Batch
from tests.work.desk import DAY, TUESDAY, approve_now, delivery
from tests.work.readers import AskedOffice, an_edition, passes, tally, with_readers

BATCH = Batch(1, 1, BatchState.WAITING, "", 0, None, False, 0, TUESDAY, "", "", None, TUESDAY)
READERS = [Addressee(each, f"r{each}@x.example", "", "t", "every", "", "pending") for each in range(3)]
NOBODY = frozenset[int]()


class Hands:
    """Makes requests of readers' numbers at once; tells which were posted and let go."""

    def __init__(self, *, load: int = 0) -> None:
        self.lives, self.load = True, load
        self.asked: list[tuple[int, list[int]]] = []
        self.dropped: list[int] = []
        self.closed = False

    def make(self, number: int, readers: Sequence[Addressee]) -> Future[Written]:
        made: Future[Written] = Future()
        self.asked.append((number, [each.subscriber_id for each in readers]))
        fault = Refused("no mail") if number == 9 else None
        made.set_result(Written(f"{self.asked[-1]}", fault, Future, partial(self.dropped.append, number)))
        return made

    def give_up(self) -> None:
        self.lives = False

    def close(self) -> None:
        self.closed = True


class Dying(Hands):
    """Ends before it has made anything."""

    def make(self, number: int, readers: Sequence[Addressee]) -> Future[Written]:
        super().make(number, readers)
        lost: Future[Written] = Future()
        lost.set_exception(Gone())
        self.lives = False
        return lost


@pytest.fixture
def hand() -> Hands:
    return Hands()


@pytest.fixture
def making(hand: Hands) -> Iterator[Making]:
    with Making(lambda wanted: [READERS] * len(wanted), [hand], Hands) as made:
        yield made
    assert hand.closed


def test_a_request_is_made_once_without_those_who_went_away(making: Making, hand: Hands) -> None:
    (whole,) = making.order([(BATCH, NOBODY)])
    assert making.order([(BATCH, NOBODY)]) == [whole]
    making.order([(BATCH, frozenset({1}))])
    made = making.ready(BATCH)
    assert made is not None
    assert (made.readers, made.without) == (tuple(READERS), {1})
    assert hand.asked == [(1, [0, 1, 2]), (1, [0, 2])]
    assert hand.dropped == [1], "the first one is not kept"


def test_what_was_made_counts_for_the_request_as_it_stood_then_and_no_longer_than_it_is_wanted(
    making: Making, hand: Hands
) -> None:
    making.order([(BATCH, NOBODY)])
    assert making.ready(replace(BATCH, attempts=1)) is None
    making.order([])
    assert making.ready(BATCH) is None
    assert hand.dropped == [1]


def test_a_reader_whose_row_makes_no_mail_is_told_and_a_request_of_nobody_is_not_made(
    making: Making, hand: Hands
) -> None:
    spoilt, everybody = replace(BATCH, number=9), frozenset({0, 1, 2})
    making.order([(spoilt, NOBODY), (BATCH, everybody)])
    said, empty = making.ready(spoilt), making.ready(BATCH)
    assert said is not None
    assert said.written is not None
    assert str(said.written.fault) == "no mail"
    assert empty is not None
    assert (empty.written, len(hand.asked)) == (None, 1)


def test_who_has_the_least_to_do_makes_the_next_and_the_dead_make_nothing() -> None:
    busy, idle, spare = Hands(load=2), Dying(), Hands()
    with Making(lambda wanted: [READERS] * len(wanted), [busy, idle], lambda: spare) as making:
        making.order([(BATCH, NOBODY)])
        assert (len(idle.asked), making.ready(BATCH)) == (1, None), "it died of it"
        making.order([(BATCH, NOBODY)])
        assert making.ready(BATCH) is not None, "another made it anew"
        making.give_up()
        making.order([(replace(BATCH, number=2), NOBODY)])
        assert [each for each, _ in busy.asked] == [1]
        assert [each for each, _ in spare.asked] == [2]


def test_who_leaves_when_their_mail_is_made_already_does_not_get_it(house: House) -> None:
    # The fifth request is made while the first four are under way; then one of its readers leaves.
    first, going = threading.Event(), "reader00045@example.org"

    def leave(letters: Sequence[Letter]) -> Sequence[Outcome]:
        if not first.is_set():
            first.set()
            with house.store.write() as db:
                found = subscribers.of(db, Address(going), "weekly")
                assert found is not None
                subscribers.end(db, found, Why.UNSUBSCRIBED, at=TUESDAY)
        return [Receipt(each.key) for each in letters]

    house = with_readers(house, office := AskedOffice(script=[leave] * 5, keys_last=DAY), 50)
    edition = approve_now(house, an_edition(house))
    passes(house, 1)
    assert tally(house, delivery(house, edition)) == {RecipientState.ACCEPTED: 49, RecipientState.SUPPRESSED: 1}
    assert going not in office.arrived
