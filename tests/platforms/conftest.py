from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot import relay
from bot.http import Door, Patience
from bot.ways import Ways

QUICK = Patience(connect=1, read=0.3, write=0.3, pool=1, total=0.5)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def door() -> Iterator[Door]:
    with Ways(QUICK, relaying=relay.Patience(connect=1, step=0.3, end=0.3, total=0.5)) as opened:
        yield opened
