"""Several workers and editors on one database: each thing is made once and sent once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sa

from bot import deliver, review
from bot.collect import collect, places
from bot.errors import Refused
from bot.house import House
from bot.model.publication import Kind
from bot.model.states import DeliveryState, DraftState
from bot.platforms.contract import Http, Outgoing, Receipt
from bot.prepare.everything import prepare
from bot.store.database import Store
from bot.store.schema import edition_episodes, episode_revisions
from tests.work.desk import (
    BENCH,
    LANES,
    MINUTE,
    POT,
    TUESDAY,
    Scripted,
    all_deliveries,
    all_drafts,
    approve_now,
    draft,
    lay,
    over,
    work,
)

ROUNDS = 4


@dataclass(frozen=True)
class Counting(Scripted):
    """Remembers under which keys it was asked to publish."""

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        self.bodies.append(outgoing.key.encode())
        return Receipt(remote_id=outgoing.key)


@contextmanager
def _another(house: House) -> Iterator[House]:
    """The same house as another process would open it: with connections of its own."""
    store = Store(house.store.url.render_as_string(hide_password=False))
    try:
        yield replace(house, store=store)
    finally:
        store.close()


def _at_once(house: House, *jobs: Callable[[House], object]) -> list[BaseException]:
    """Do all jobs at the same time, each in a house of its own; gives what was raised."""
    raised: list[BaseException] = []
    start = threading.Barrier(len(jobs))

    def run(job: Callable[[House], object]) -> None:
        with _another(house) as own:
            start.wait()
            try:
                job(own)
            except BaseException as error:  # noqa: BLE001 - whatever it is, the test shows it
                raised.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_two_collectors_at_once_store_each_episode_once(house: House) -> None:
    for number, seed in enumerate((POT, BENCH, LANES)):
        lay(house, seed)

        def job(own: House) -> object:
            return collect(own, places(own), TUESDAY)

        assert _at_once(house, job, job, job) == []
        with house.store.read() as db:
            assert db.scalar(sa.select(sa.func.count()).select_from(episode_revisions)) == number + 1
    lay(house, POT, change=lambda text: text.replace("sixteen", "seventeen"))
    assert _at_once(house, job, job, job) == []
    with house.store.read() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(episode_revisions)) == 4


def test_two_preparers_at_once_make_one_edition_and_one_post_of_each_episode(house: House) -> None:
    for seed in (POT, BENCH, LANES):
        lay(house, seed)
        collect(house, places(house), TUESDAY)

        def job(own: House) -> object:
            return prepare(own, TUESDAY)

        assert _at_once(house, job, job, job) == []
        assert len([each for each in all_drafts(house) if each.kind is Kind.EDITION]) == 1
    assert Counter(each.kind for each in all_drafts(house)) == {
        Kind.QUOTE_POST: 3,
        Kind.EDITION: 1,
        Kind.EDITION_POST: 1,
    }
    with house.store.read() as db:
        assert sorted(db.scalars(sa.select(edition_episodes.c.episode_id))) == [1, 2, 3]
    assert draft(house, Kind.EDITION).revision == 3


def test_two_workers_send_each_delivery_once(house: House) -> None:
    service = Counting()
    house = over(house, service)
    for seed in (POT, BENCH, LANES):
        lay(house, seed)
    work(house)
    for each in all_drafts(house):
        approve_now(house, each)

    def job(own: House) -> object:
        return deliver.deliver(own, lambda: TUESDAY)

    assert _at_once(house, job, job, job) == []
    deliver.deliver(house, lambda: TUESDAY)
    assert {each.state for each in all_deliveries(house)} == {DeliveryState.ACCEPTED}
    assert set(Counter(service.bodies).values()) == {1}
    assert len(service.bodies) == 4


def test_two_whole_passes_at_once_do_the_work_once(house: House) -> None:
    for seed in (POT, BENCH):
        lay(house, seed)
    assert _at_once(house, work, work) == []
    assert len(all_drafts(house)) == 4
    assert work(house, TUESDAY + MINUTE).idle


@pytest.mark.parametrize("number", range(ROUNDS))
def test_an_approval_and_an_edit_at_once_never_send_what_was_not_approved(house: House, number: int) -> None:
    service = Scripted()
    house = over(house, service)
    lay(house, POT)
    work(house)
    post = draft(house, Kind.QUOTE_POST)
    raised = _at_once(
        house,
        lambda own: approve_now(own, post),
        lambda own: review.edit(own, post.id, {"text": "Other words."}, actor="ada", now=TUESDAY),
        lambda own: deliver.deliver(own, lambda: TUESDAY),
    )
    assert all(isinstance(each, Refused) for each in raised), raised
    deliver.deliver(house, lambda: TUESDAY)
    now = draft(house, Kind.QUOTE_POST)
    assert now.state in (DraftState.PUBLISHED, DraftState.IN_REVIEW)
    assert len(service.bodies) == (now.state is DraftState.PUBLISHED)
