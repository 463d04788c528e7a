from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import pytest

from bot import relay
from bot.http import Door, Patience
from bot.ways import Ways
from tests.http.server import SLOW
from tests.relay.server import Fault

QUICK = Patience(connect=1, read=0.3, write=0.3, pool=1, total=0.5)
PATIENT = Patience(connect=5, read=5, write=5, pool=5, total=10)

_SILENT = (*SLOW, Fault.SILENCE, Fault.DRIP, Fault.LINE)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def _quick_door() -> Iterator[Door]:
    with Ways(QUICK, relaying=relay.Patience(connect=1, step=0.3, end=0.3, total=0.5)) as opened:
        yield opened


@pytest.fixture(scope="session")
def _patient_door() -> Iterator[Door]:
    with Ways(PATIENT, relaying=relay.Patience(connect=5, step=5, end=5, total=10)) as opened:
        yield opened


@pytest.fixture
def door(request: pytest.FixtureRequest, _quick_door: Door, _patient_door: Door) -> Door:
    """A way out that gives up soon where a server is told to keep silent, and waits for a busy machine elsewhere."""
    told = getattr(request.node, "callspec", None)
    silent = told is not None and any(each in _SILENT for each in told.params.values() if isinstance(each, StrEnum))
    return _quick_door if silent else _patient_door
