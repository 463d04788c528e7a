"""The ledger is written in turns: what ends together shares a transaction, and whatever ends a pass loses no answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import sqlalchemy as sa

from bot import deliver
from bot.errors import Unknown, Unsent
from bot.house import House
from bot.model.publication import Post
from bot.model.states import DeliveryState
from bot.platforms.contract import Http, Outgoing, Receipt
from bot.store import deliveries
from bot.store.database import Db
from tests.work.desk import TUESDAY, Scripted, a_post, all_deliveries, approve_now, balance_kept, history, with_config

CHANNELS = 8
EACH = 4


@dataclass(frozen=True)
class Meeting(Scripted):
    """Services that answer when all of them were asked."""

    barrier: threading.Barrier = field(default_factory=lambda: threading.Barrier(1))

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        self.barrier.wait(20)
        return super().publish(outgoing, http)


@dataclass(frozen=True)
class Meddled(Scripted):
    """A service that is so slow that somebody else does something about the delivery meanwhile."""

    meddle: Callable[[], object] = lambda: None

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        if not self.bodies:
            self.meddle()
        return super().publish(outgoing, http)


def on_channels(house: House, platforms: list[Scripted], each: int) -> House:
    """The house with so many approved posts on a channel for each of some platforms."""
    names = [f"c{number}" for number in range(len(platforms))]
    tables = "".join(f'\n[channels.{name}]\nplatform = "outbox"\n' for name in names)
    house = with_config(house, lambda text: f"senders = {len(names)}\n{text}{tables}")
    house = replace(house, channels={**house.channels, **dict(zip(names, platforms, strict=True))})
    for name in names:
        for number in range(each):
            post = Post(f"Thing {number}.", None, "en", (), ())
            approve_now(house, a_post(house, post, channel=name, key=f"{name}{number}"))
    return house


@contextmanager
def counted(house: House) -> Iterator[dict[str, int]]:
    """Counts the statements and the commits of a house's database."""
    seen = {"statements": 0, "commits": 0}

    def statement(*_: Any) -> None:
        seen["statements"] += 1

    def commit(connection: sa.Connection) -> None:
        seen["commits"] += connection.get_execution_options().get("pullquote_write", False)

    engine = house.store._engine
    sa.event.listen(engine, "before_cursor_execute", statement)
    sa.event.listen(engine, "commit", commit)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", statement)
        sa.event.remove(engine, "commit", commit)


def test_deliveries_that_end_together_share_their_statements_and_their_wait_for_the_disk(house: House) -> None:
    """Where each had eighteen statements and three commits of its own."""
    barrier = threading.Barrier(CHANNELS)
    house = on_channels(house, [Meeting(barrier=barrier) for _ in range(CHANNELS)], EACH)
    with balance_kept(house), counted(house) as seen:
        done = deliver.deliver(house, lambda: TUESDAY)
    assert done.accepted == CHANNELS * EACH
    assert seen["commits"] < done.accepted
    assert seen["statements"] < 12 * done.accepted


@pytest.mark.parametrize("ending", [KeyboardInterrupt, SystemExit, ZeroDivisionError])
def test_whatever_ends_a_pass_the_answers_that_come_are_recorded(house: House, ending: type[BaseException]) -> None:
    told = threading.Event()
    house = on_channels(house, [Scripted(), Meddled(meddle=lambda: told.wait(20))], 3)

    def impatient(_line: str) -> None:
        told.set()
        raise ending

    with pytest.raises(ending):
        deliver.deliver(house, lambda: TUESDAY, impatient)
    states = [each.state for each in all_deliveries(house)]
    assert set(states) == {DeliveryState.ACCEPTED, DeliveryState.PLANNED}
    assert DeliveryState.ACCEPTED in [each.state for each in all_deliveries(house) if each.channel == "c1"]


def given_up(house: House, db: Db) -> None:
    """Another worker takes the sender for dead."""
    for each in deliveries.in_hands(db):
        deliveries.put(db, each, DeliveryState.UNKNOWN, reason="taken for dead", at=TUESDAY)


def test_a_receipt_that_comes_when_the_worker_was_given_up_settles_the_doubt(house: House) -> None:
    def meddle() -> None:
        with house.store.write() as db:
            given_up(house, db)

    service = Meddled(meddle=meddle)
    house = on_channels(house, [service], 1)
    with balance_kept(house):
        assert deliver.deliver(house, lambda: TUESDAY).accepted == 1
    assert [each.state for each in all_deliveries(house)] == [DeliveryState.ACCEPTED]


@pytest.mark.parametrize("script", [[Unknown("no answer")], []])
def test_an_answer_for_what_a_person_has_settled_meanwhile_changes_nothing(house: House, script: list[Unsent]) -> None:
    def meddle() -> None:
        with house.store.write() as db:
            given_up(house, db)
            for each in deliveries.unknown(db):
                deliveries.put(db, each, DeliveryState.CANCELLED, reason="let it be", at=TUESDAY, actor="eve")

    service = Meddled(meddle=meddle, script=list(script))
    house = on_channels(house, [service], 1)
    with balance_kept(house):
        done = deliver.deliver(house, lambda: TUESDAY)
    assert (done.accepted, done.unknown) == (0, 0)
    (only,) = all_deliveries(house)
    assert only.state is DeliveryState.CANCELLED
    assert any("answered too late" in line for line in history(house, f"delivery:{only.id}"))
