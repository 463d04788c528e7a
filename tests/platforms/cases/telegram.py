from __future__ import annotations

from bot.model.secret import Secret
from bot.platforms.contract import Platform
from bot.platforms.telegram import Telegram
from tests.platforms.cases import Case
from tests.platforms.telegram import CHAT, TOKEN, BotApi


def _account(url: str) -> Platform:
    return Telegram(chat=CHAT, token=Secret("TELEGRAM_TOKEN", TOKEN), server=url)


def _texts(service: BotApi) -> list[str]:
    return [each.get("text", each.get("caption", "")) for each in service.messages]


CASES = {"telegram": Case(BotApi, _account, "/send", _texts, (TOKEN, TOKEN.partition(":")[2]))}
