"""Where the judges are, and the mails and pages that they look at."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from bot.house import House
from tests.browser.conftest import browser, house, sample_store, site
from tests.mailchecks.samples import Sample, of_the_seeds, samples

__all__ = ["browser", "house", "sample_store", "site"]

_FOLDER = os.environ.get("PULLQUOTE_TEST_MAIL_CHECKS", "")


def program(name: str) -> str:
    """The path of a program; the test is skipped where there is none."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture(scope="session")
def modules() -> Path:
    """What script/mail-checks installed from npm."""
    if not _FOLDER:
        pytest.skip("PULLQUOTE_TEST_MAIL_CHECKS names no folder; script/mail-checks makes one and runs these tests")
    return Path(_FOLDER) / "node_modules"


@pytest.fixture
def mails(house: House) -> list[Sample]:
    """Mails of every kind that go to readers, by far the longest first."""
    return [*samples(), of_the_seeds(house)]
