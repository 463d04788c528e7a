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

from bot.config import load
from bot.house import House, channel_platforms
from bot.store.database import Store, sqlite_url

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


@pytest.fixture(params=[SQLITE, POSTGRES])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that stands at the newest migration and belongs to one test alone."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "test.db")
        yield sqlite_url(tmp_path / "test.db")
    else:
        with _database(template=request.getfixturevalue("postgres_template")) as url:
            yield url


@pytest.fixture(params=[SQLITE, POSTGRES])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without a single table."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "empty.db")
    else:
        with _database(template=None) as url:
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


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    _migrate(sqlite_url(path))
    return path


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    with _database(template=None) as url:
        _migrate(url)
        yield str(sa.make_url(url).database)


@pytest.fixture(params=[POSTGRES])
def unencoded_database_url() -> Iterator[str]:
    """The address of an empty PostgreSQL database that knows no encoding, as where it was made without a locale."""
    with _database(template=None, more="ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'") as url:
        yield url


@contextmanager
def _database(*, template: str | None, more: str = "") -> Iterator[str]:
    """A database on the test server for the length of a block."""
    name = f"pullquote_test_{uuid.uuid4().hex[:12]}"
    _ask_server(f'CREATE DATABASE "{name}" TEMPLATE "{template or "template0"}" {more}')
    try:
        yield sa.make_url(_SERVER).set(database=name).render_as_string(hide_password=False)
    finally:
        _ask_server(f'DROP DATABASE "{name}" WITH (FORCE)')


def _ask_server(command: str) -> None:
    server = sa.make_url(_SERVER).set(drivername="postgresql+psycopg")
    encoding = {"client_encoding": "utf8"}
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool, connect_args=encoding)
    with engine.connect() as connection:
        connection.exec_driver_sql(command)


def _migrate(url: str) -> None:
    store = Store(url)
    store.migrate()
    store.close()
