from __future__ import annotations

from bot.model.secret import Secret
from bot.platforms.contract import Platform
from bot.platforms.listmonk import Listmonk
from tests.platforms.cases import Case
from tests.platforms.listmonk import TOKEN, USER, Monk


def _account(url: str) -> Platform:
    return Listmonk(server=url, user=USER, token=Secret("LISTMONK_TOKEN", TOKEN), lists=(1, 3), template=4)


def _texts(service: Monk) -> list[str]:
    return [each["altbody"] for each in service.started]


CASES = {"listmonk": Case(Monk, _account, "/status", _texts, (TOKEN,))}
