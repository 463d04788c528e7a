"""Threads that write at the same time share a transaction: each gets its own result, and one's failure is its own."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from bot.store.database import Db, Store
from bot.store.schema import shows


def test_everybody_gets_what_his_own_work_gave(database_url: str) -> None:
    store = Store(database_url)
    results: dict[int, object] = {}
    start = threading.Barrier(8)

    def write(number: int) -> None:
        start.wait()
        for turn in range(10):
            key = f"{number}-{turn}"

            def work(db: Db, key: str = key) -> str:
                db.execute(sa.insert(shows).values(key=key, name=key))
                if key == "3-7":
                    raise KeyError(key)
                return key

            try:
                results[number * 100 + turn] = store.together(work)
            except KeyError as error:
                results[number * 100 + turn] = error

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    failed = [key for key, result in results.items() if isinstance(result, KeyError)]
    assert failed == [307]
    assert all(result == f"{key // 100}-{key % 100}" for key, result in results.items() if key != 307)
    with store.read() as db:
        kept = set(db.scalars(sa.select(shows.c.key)))
    assert kept == {f"{number}-{turn}" for number in range(8) for turn in range(10)} - {"3-7"}
    store.close()


def test_what_was_given_back_is_kept_already(database_url: str) -> None:
    """Whoever goes on after `together` may rely on it: another process sees it."""
    store, other = Store(database_url), Store(database_url)
    store.together(lambda db: db.execute(sa.insert(shows).values(key="a", name="A")))
    with other.read() as db:
        assert db.scalar(sa.select(shows.c.name)) == "A"
    store.close()
    other.close()


def test_work_that_fails_alone_leaves_nothing(database_url: str) -> None:
    store = Store(database_url)

    def work(db: Db) -> None:
        db.execute(sa.insert(shows).values(key="a", name="A"))
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        store.together(work)
    with store.read() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(shows)) == 0
    store.close()
