"""The migrations and the tables say the same, on both databases."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from bot.errors import StoreError
from bot.store import flags
from bot.store.database import HEAD, Store
from bot.store.schema import metadata


def test_the_migrations_make_exactly_the_tables(empty_database_url: str) -> None:
    store = Store(empty_database_url)
    store.migrate()
    with store.read() as db:
        context = MigrationContext.configure(db, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    assert store.version() == HEAD
    store.close()


def test_a_database_without_an_encoding_keeps_every_letter(unencoded_database_url: str) -> None:
    store = Store(unencoded_database_url)
    store.migrate()
    reason = "„Größe“ 漢字 مرحبا 👨‍👩‍👧‍👦"
    with store.write() as db:
        flags.freeze(db, reason=reason, actor="eve", at=datetime(2026, 11, 24, 8, 0, tzinfo=UTC))
    with store.read() as db:
        frozen = flags.frozen(db)
    store.close()
    assert frozen is not None
    assert frozen.value == reason


def test_migrating_again_changes_nothing(empty_database_url: str) -> None:
    store = Store(empty_database_url)
    assert store.version() is None
    store.migrate()
    store.migrate()
    assert store.version() == HEAD
    store.close()


def test_many_that_start_at_once_migrate_once(empty_database_url: str) -> None:
    failures: list[BaseException] = []

    def start() -> None:
        store = Store(empty_database_url)
        try:
            store.migrate()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test shows it
            failures.append(error)
        store.close()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    store = Store(empty_database_url)
    assert store.version() == HEAD
    store.close()


def test_a_database_of_a_newer_program_is_refused(empty_database_url: str) -> None:
    store = Store(empty_database_url)
    store.migrate()
    with store.write() as db:
        db.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="made by a newer one"):
        store.migrate()
    store.close()


def test_a_transaction_that_fails_leaves_nothing(database_url: str) -> None:
    store = Store(database_url)
    shows = metadata.tables["shows"]
    row = {"key": "a", "name": "A"}
    with pytest.raises(sa.exc.IntegrityError), store.write() as db:
        db.execute(sa.insert(shows), [row, row])
    with store.read() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(shows)) == 0
    store.close()


def test_a_wrong_address_is_an_error_that_says_so_without_the_password() -> None:
    with pytest.raises(StoreError, match="not a URL"):
        Store("nonsense")
    store = Store("postgresql://someone:verysecret@127.0.0.1:1/none")
    with pytest.raises(StoreError) as caught:
        store.version()
    assert "verysecret" not in str(caught.value)
    store.close()
