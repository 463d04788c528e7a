"""A desk over a house in which an episode has been read."""

from __future__ import annotations

import pytest

from bot.house import House
from bot.model.publication import Kind
from bot.store.drafts import Draft
from tests.desk.kit import Desk
from tests.work.desk import POT, draft, lay, work


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


@pytest.fixture
def read(house: House) -> House:
    """The house, with the drafts of one episode."""
    lay(house, POT)
    work(house)
    return house


@pytest.fixture
def post(read: House) -> Draft:
    return draft(read, Kind.QUOTE_POST)


@pytest.fixture
def edition(read: House) -> Draft:
    return draft(read, Kind.EDITION)
