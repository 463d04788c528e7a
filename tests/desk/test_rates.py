"""Counts that several processes share: none of them lets through what the others have let through already."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import sqlalchemy as sa

from bot.desk.guesses import Guesses
from bot.desk.rates import Rates
from bot.house import House
from bot.store.schema import tries
from tests.work.desk import TUESDAY

TEN = timedelta(minutes=10)


def rows(house: House) -> int:
    with house.store.read() as db:
        return db.scalar(sa.select(sa.func.count()).select_from(tries)) or 0


def test_two_processes_let_through_no_more_than_one(house: House) -> None:
    one, other = (Rates(house.store, "try", 5, TEN) for _ in range(2))
    let = [(one, other)[number % 2].take("192.0.2.7", TUESDAY) for number in range(8)]
    assert let == [True] * 5 + [False] * 3
    assert one.take("192.0.2.8", TUESDAY), "others are counted for themselves"
    assert Rates(house.store, "another form", 5, TEN).take("192.0.2.7", TUESDAY)
    assert not other.take("192.0.2.7", TUESDAY + TEN - timedelta(seconds=1))
    assert other.take("192.0.2.7", TUESDAY + TEN)


def test_a_guesser_has_no_more_tries_where_more_processes_answer(house: House) -> None:
    web = [Guesses(house.store) for _ in range(4)]

    def tried(number: int) -> bool:
        return web[number % 4].take("olga", address="192.0.2.7", mark="", password=None, now=TUESDAY)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(tried, range(24))) == 10


def test_portions_ask_the_database_seldom_and_never_let_through_more(house: House) -> None:
    one, other = (Rates(house.store, "call", 10, TEN, portion=4) for _ in range(2))
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.extend([statement] if statement.startswith("INSERT") else [])

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        assert [one.take("token", TUESDAY) for _ in range(4)] == [True] * 4
        assert len(asked) == 1
        assert other.take("token", TUESDAY)
        assert [one.take("token", TUESDAY) for _ in range(3)] == [True] * 2 + [False], "4 here, 4 there, 2 are left"
        assert [other.take("token", TUESDAY) for _ in range(4)] == [True] * 3 + [False]
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def test_what_is_over_is_removed_and_nobody_is_named_in_what_is_kept(house: House) -> None:
    rates = Rates(house.store, "try", 5, TEN)
    for number in range(3):
        assert rates.take(f"olga at 192.0.2.{number}", TUESDAY)
    with house.store.read() as db:
        assert all(len(key) == 64 for key in db.scalars(sa.select(tries.c.key)))
    assert rows(house) == 3
    assert rates.take("192.0.2.9", TUESDAY + 2 * TEN)
    assert rows(house) == 1
