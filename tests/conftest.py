"""What tests of the work stand on: an empty, up-to-date database of each kind, and a house built on it."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings

from bot.config import load
from bot.house import House, channel_platforms
from bot.store.database import Store, sqlite_url

# How long one example takes says how busy the machine is.
settings.register_profile("pullquote", deadline=None)
settings.load_profile("pullquote")

_SERVER = os.environ.get("PULLQUOTE_TEST_POSTGRES", "")
_NO_SERVER = "PULLQUOTE_TEST_POSTGRES names no server; .ci/run starts one"

SQLITE = pytest.param("sqlite", id="sqlite")
POSTGRES = pytest.param(
    "postgres", id="postgres", marks=[pytest.mark.postgres, pytest.mark.skipif(not _SERVER, reason=_NO_SERVER)]
)

CONFIG = """
data = "data"

[[sources]]
path = "inbox"

[newsletters.weekly]
title = "The Test Post"
sender = "The Test Post <weekly@example.org>"
address = "The Test Post, 2 Proof Lane, Setterby"
schedule = "0 9 * * 4"
zone = "UTC"
channel = "mail"

[channels.mail]
platform = "outbox"

[channels.posts]
platform = "outbox"
posts = ["quote", "announcement"]
slots = ["12:00"]
zone = "UTC"
"""


# Where the database itself decides: claims, ledgers, counts, races, what strangers send. Whatever else is tested asks
# it the same questions; PostgreSQL gets them where PULLQUOTE_ALL_DATABASES is set, because CI has to end in time.
_ON_BOTH = {
    "archive": {"test_editions"},
    "desk": {"test_hostile", "test_rates", "test_readers"},
    "work": {
        "test_any_order",
        "test_beside_an_editor",
        "test_collecting",
        "test_delivering",
        "test_erasing",
        "test_hearing",
        "test_hubs",
        "test_importing",
        "test_lists",
        "test_mailing",
        "test_making",
        "test_many_workers",
        "test_requests_at_once",
        "test_steps",
        "test_two_people",
    },
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("PULLQUOTE_ALL_DATABASES"):
        return
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for each in items:
        known = _ON_BOTH.get(each.path.parent.name)
        alone = known is not None and each.path.stem not in known
        (left_out if alone and each.get_closest_marker("postgres") else kept).append(each)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


@pytest.fixture(params=[SQLITE, POSTGRES])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that stands at the newest migration and belongs to one test alone."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("template"), tmp_path / "test.db")
        yield sqlite_url(tmp_path / "test.db")
    else:
        url = request.getfixturevalue("postgres_at_head")
        yield url
        _clear(url)


@pytest.fixture(params=[SQLITE, POSTGRES])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without a single table."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "empty.db")
    else:
        with _database() as url:
            yield url


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    """A house with a weekly newsletter, an outbox for it and one for posts, and an empty folder `inbox`."""
    path = tmp_path / "pullquote.toml"
    path.write_text(CONFIG, encoding="utf-8")
    (tmp_path / "inbox").mkdir()
    loaded = load(path)
    loaded.data.mkdir()
    store = Store(database_url)
    yield House(loaded, store, channel_platforms(loaded))
    store.close()


@pytest.fixture
def template(sqlite_template: Path) -> Path:
    """The SQLite file that a test begins with: whoever has many tests of the same beginning puts theirs here."""
    return sqlite_template


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    _migrate(sqlite_url(path))
    return path


@pytest.fixture(scope="session")
def postgres_at_head() -> Iterator[str]:
    with _database() as url:
        _migrate(url)
        yield url


@pytest.fixture(params=[POSTGRES])
def unencoded_database_url() -> Iterator[str]:
    """The address of an empty PostgreSQL database that knows no encoding, as where it was made without a locale."""
    with _database("ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'") as url:
        yield url


@contextmanager
def _database(more: str = "") -> Iterator[str]:
    """A database on the test server for the length of a block."""
    name = f"pullquote_test_{uuid.uuid4().hex[:12]}"
    _ask_server(f'CREATE DATABASE "{name}" TEMPLATE "template0" {more}')
    try:
        yield sa.make_url(_SERVER).set(database=name).render_as_string(hide_password=False)
    finally:
        _ask_server(f'DROP DATABASE "{name}" WITH (FORCE)')


# What a test wrote is deleted, which takes a twentieth of the time that a database of its own would take to make. What
# grew large is truncated, so that the next one does not walk over it.
_CLEAR = """
DO $$
DECLARE
    one record;
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET LOCAL session_replication_role = replica;
    FOR one IN
        SELECT quote_ident(relname) AS name, relkind AS kind, pg_relation_size(oid) AS size
        FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S') AND relname <> 'alembic_version'
    LOOP
        IF one.kind = 'S' THEN
            PERFORM setval(one.name::regclass, 1, false);
        ELSIF one.size > 500000 THEN
            EXECUTE 'TRUNCATE ' || one.name || ' CASCADE';
        ELSIF one.size > 0 THEN
            EXECUTE 'DELETE FROM ' || one.name;
        END IF;
    END LOOP;
END $$
"""


def _clear(url: str) -> None:
    """Leave a database as the migrations made it. Whoever is still connected is sent away."""
    _ask(url, _CLEAR)


def _ask_server(command: str) -> None:
    _ask(_SERVER, command)


def _ask(url: str, command: str) -> None:
    server = sa.make_url(url).set(drivername="postgresql+psycopg")
    encoding = {"client_encoding": "utf8"}
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool, connect_args=encoding)
    with engine.connect() as connection:
        connection.exec_driver_sql(command)


def _migrate(url: str) -> None:
    store = Store(url)
    store.migrate()
    store.close()
