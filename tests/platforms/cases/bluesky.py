from __future__ import annotations

from bot.model.secret import Secret
from bot.platforms.bluesky import Bluesky
from bot.platforms.contract import Platform
from tests.platforms.cases import Case
from tests.platforms.services import HANDLE, PASSWORD, DataServer

PATH = "putRecord"


def _account(url: str) -> Platform:
    return Bluesky(handle=HANDLE, password=Secret("BLUESKY_PASSWORD", PASSWORD), server=url)


def _texts(service: DataServer) -> list[str]:
    assert service.commits == len(service.records)
    return [each["text"] for each in service.records.values()]


CASES = {
    "bluesky": Case(DataServer, _account, PATH, _texts, (PASSWORD,)),
    "a data server that takes nothing twice": Case(
        lambda: DataServer(strict=True, old=True), _account, PATH, _texts, (PASSWORD,)
    ),
}
