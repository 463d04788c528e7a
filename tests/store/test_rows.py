"""Rows that several workers write for the first time at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from bot.store import gates, subscribers
from bot.store.database import Db, Store, add, put
from bot.store.gates import Gate
from bot.store.schema import memories, suppressions
from bot.store.subscribers import Why

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
KEY = {"channel": "sky", "name": "session"}


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = Store(database_url)
    yield opened
    opened.close()


def beside(store: Store, first: Callable[[Db], object], second: Callable[[Db], object]) -> list[object]:
    """What both did, of which the second begins while the first is not yet kept."""
    done: list[object] = []
    failed: list[BaseException] = []
    begun = threading.Event()

    def write_second() -> None:
        begun.set()
        try:
            with store.write() as db:
                done.append(second(db))
        except BaseException as error:  # noqa: BLE001 - the test itself raises it
            failed.append(error)

    thread = threading.Thread(target=write_second)
    with store.write() as db:
        done.append(first(db))
        thread.start()
        begun.wait()
        thread.join(0.3)
    thread.join(30)
    for error in failed:
        raise error
    return done


def test_of_two_first_rows_of_one_key_the_later_one_stays(store: Store) -> None:
    beside(
        store,
        lambda db: put(db, memories, KEY, {"value": "one"}),
        lambda db: put(db, memories, KEY, {"value": "two"}),
    )
    with store.read() as db:
        assert db.scalars(sa.select(memories.c.value)).all() == ["two"]


def test_two_workers_that_meet_the_first_failure_of_a_channel_both_go_on(store: Store) -> None:
    beside(
        store,
        lambda db: gates.put(db, Gate("sky", failures=1), at=NOW),
        lambda db: gates.put(db, Gate("sky", failures=2), at=NOW),
    )
    with store.read() as db:
        assert gates.get(db, "sky").failures == 2


def test_what_another_just_added_is_not_added_again(store: Store) -> None:
    values = {**KEY, "value": "one"}
    assert beside(store, lambda db: add(db, memories, values), lambda db: add(db, memories, values)) == [True, False]


def test_an_address_that_two_services_report_at_once_is_suppressed_for_the_first_reason(store: Store) -> None:
    def report(why: Why) -> Callable[[Db], object]:
        return lambda db: subscribers.suppress(db, "hash", why, newsletter="weekly", at=NOW)

    assert beside(store, report(Why.BOUNCED), report(Why.COMPLAINED)) == [True, False]
    with store.read() as db:
        assert db.scalars(sa.select(suppressions.c.why)).all() == [Why.BOUNCED]
