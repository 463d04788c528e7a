from __future__ import annotations

from bot.model.secret import Secret
from bot.platforms.contract import Platform
from bot.platforms.mastodon import Mastodon
from tests.platforms.cases import Case
from tests.platforms.services import TOKEN, Fediverse

PATH = "/api/v1/statuses"


def _account(url: str) -> Platform:
    return Mastodon(server=url, token=Secret("MASTODON_TOKEN", TOKEN))


def _texts(service: Fediverse) -> list[str]:
    return [each["content"] for each in service.statuses]


CASES = {
    "mastodon": Case(Fediverse, _account, PATH, _texts, (TOKEN,)),
    "mastodon 4.6, which answers a repeated key with 500": Case(
        lambda: Fediverse(stumbles=True), _account, PATH, _texts, (TOKEN,)
    ),
    "gotosocial or pixelfed, which ignore the key": Case(
        lambda: Fediverse(honours=False), _account, PATH, _texts, (TOKEN,)
    ),
    "mastodon, which works on media behind its answer": Case(
        lambda: Fediverse(works_for=2), _account, PATH, _texts, (TOKEN,)
    ),
}
