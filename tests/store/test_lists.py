"""Long lists are read page by page, and counted no further than a page tells."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from bot.model.publication import Kind
from bot.model.states import DeliveryState, DraftState
from bot.model.subscriber import Standing
from bot.store import deliveries, drafts, subscribers
from bot.store.counting import MOST
from bot.store.database import Store, sqlite_url
from bot.store.schema import drafts as rows
from tests.desk.test_the_archive_grows import watched

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def test_what_is_over_is_reached_page_by_page_and_counted_up_to_a_bound(database_url: str) -> None:
    """Several have one time, some have none: each database would put those at another end."""
    store = Store(database_url)
    same = {"kind": Kind.QUOTE_POST, "channel": "posts", "title": "T", "revision": 1, "made_at": NOW, "changed_at": NOW}
    due = [None if number % 3 == 0 else NOW + timedelta(hours=number // 4) for number in range(MOST + 9)]
    with store.write() as db:
        states = ["rejected" if number < 7 else "published" for number in range(len(due))]
        values = [{"key": str(at), "state": states[at], "due_at": due[at], **same} for at in range(len(due))]
        db.execute(sa.insert(rows), values)
    found: list[drafts.Draft] = []
    with store.read() as db:
        while more := drafts.newest(db, DraftState.PUBLISHED, limit=120, before=found[-1].id if found else None):
            found += more
        many, none = drafts.roughly(db), deliveries.roughly(db)
    store.close()
    assert len(found) == len({each.id for each in found}) == len(due) - 7
    times = [each.due_at for each in found if each.due_at is not None]
    assert times == sorted(times, reverse=True)
    assert [each.due_at for each in found[len(times) :]] == [None] * (len(found) - len(times))
    assert (many[DraftState.PUBLISHED], many[DraftState.REJECTED]) == (MOST + 1, 7)
    assert none == dict.fromkeys(DeliveryState, 0)


# What a subscription is copied from, so many times.
READERS = """
WITH RECURSIVE n(i) AS (SELECT {} UNION ALL SELECT i + 1 FROM n WHERE i < {}) INSERT INTO {}({}) SELECT {} FROM n
"""


def test_a_page_of_an_exported_list_costs_no_more_where_the_list_is_longer(template: Path, tmp_path: Path) -> None:
    """In a SQLite file, which once sorted the whole list of a newsletter for each page."""
    store = Store(sqlite_url(Path(shutil.copy(template, tmp_path / "long.db"))))
    cost = []
    for since, upto in ((1, 5_100), (5_101, 11_000)):
        with store.write() as db:
            for table, columns, values in (
                ("subscribers", "id, address, address_key, address_hash, name, made_at", "i, i, i, i, '', '2026'"),
                (
                    "subscriptions",
                    "subscriber_id, newsletter, standing, cadence, token_id, token, consent, asked_at, ended_why, "
                    "soft_bounces",
                    "i, 'weekly', 'active', 'every', i, i, 'c', '2026-11-26T12:00:00.000000Z', '', 0",
                ),
            ):
                db.execute(sa.text(READERS.format(since, upto, table, columns, values)))
        with watched() as seen, store.read() as db:
            assert next(subscribers.listed(db, "weekly")).subscriber_id == 1
            cost.append(seen()[1])
    with store.read() as db:
        numbers = [each.subscriber_id for each in subscribers.listed(db, "weekly")]
        assert list(subscribers.listed(db, "another")) == []
        assert subscribers.tally(db) == {("weekly", Standing.ACTIVE): len(numbers)}
    store.close()
    assert numbers == list(range(1, 11_001))
    assert cost[1] < 1.2 * cost[0]
