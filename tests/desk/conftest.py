"""A desk over a house in which an episode has been read."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.config import load
from bot.house import House, channel_platforms
from bot.model.publication import Kind
from bot.store.database import Store, sqlite_url
from bot.store.drafts import Draft
from tests.conftest import CONFIG
from tests.desk.kit import Desk
from tests.work.desk import POT, draft, lay, work

# What of a pass names the page's own place.
_PLACES = (("documents", "locator"), ("episodes", "locator"), ("episode_revisions", "locator"), ("events", "detail"))


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


@pytest.fixture
def template(request: pytest.FixtureRequest, sqlite_template: Path) -> Path:
    if "read" in request.fixturenames:
        return Path(request.getfixturevalue("read_template"))
    return sqlite_template


@pytest.fixture
def read(request: pytest.FixtureRequest, house: House) -> House:
    """The house, with the drafts of one episode."""
    lay(house, POT)
    if house.store.url.drivername.startswith("sqlite"):
        _moved(Path(str(house.store.url.database)), request.getfixturevalue("read_template").parent, house.loaded.home)
    else:
        work(house)
    return house


@pytest.fixture(scope="session")
def read_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database after a pass over one episode, made once for hundreds of tests."""
    home = tmp_path_factory.mktemp("read")
    path, settings = home / "read.db", home / "pullquote.toml"
    shutil.copy(sqlite_template, path)
    settings.write_text(CONFIG, encoding="utf-8")
    (home / "inbox").mkdir()
    loaded = load(settings)
    loaded.data.mkdir()
    with closing(Store(sqlite_url(path))) as store:
        house = House(loaded, store, channel_platforms(loaded))
        lay(house, POT)
        work(house)
    return path


def _moved(path: Path, before: Path, now: Path) -> None:
    """Where the page of the template was read becomes where this test has its own."""
    with closing(sqlite3.connect(path)) as db, db:
        for table, column in _PLACES:
            db.execute(f"UPDATE {table} SET {column} = replace({column}, ?, ?)", (str(before), str(now)))


@pytest.fixture
def post(read: House) -> Draft:
    return draft(read, Kind.QUOTE_POST)


@pytest.fixture
def edition(read: House) -> Draft:
    return draft(read, Kind.EDITION)
