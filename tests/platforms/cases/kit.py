from __future__ import annotations

from bot.model.secret import Secret
from bot.platforms.contract import Platform
from bot.platforms.kit import Kit
from tests.platforms.cases import Case
from tests.platforms.kit import KEY, Creator


def _account(url: str) -> Platform:
    return Kit(key=Secret("KIT_KEY", KEY), template=35, server=url)


def _texts(service: Creator) -> list[str]:
    return [each["content"] for each in service.sent]


CASES = {
    "kit": Case(Creator, _account, "PUT /v4/broadcasts/", _texts, (KEY,)),
    "kit, whose lists are late": Case(lambda: Creator(hides=2), _account, "PUT /v4/broadcasts/", _texts, (KEY,)),
}
