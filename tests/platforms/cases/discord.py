from __future__ import annotations

from bot.model.secret import Secret
from bot.platforms.contract import Platform
from bot.platforms.discord import Discord, DiscordWebhook
from tests.platforms.cases import Case
from tests.platforms.discord import CHANNEL, HOOK_TOKEN, PATH, TOKEN, Room

MESSAGES = f"/channels/{CHANNEL}/messages"


def _hook(url: str) -> Platform:
    return DiscordWebhook(url=Secret("DISCORD_WEBHOOK", f"{url}{PATH}"))


def _bot(url: str) -> Platform:
    return Discord(channel=CHANNEL, token=Secret("DISCORD_TOKEN", TOKEN), server=url)


def _texts(service: Room) -> list[str]:
    return [each["content"] for each in service.messages]


CASES = {
    "discord-webhook": Case(Room, _hook, "?wait=true", _texts, (HOOK_TOKEN,)),
    "discord": Case(Room, _bot, MESSAGES, _texts, (TOKEN,)),
    "discord, which forgot the nonce": Case(lambda: Room(forgets=True), _bot, MESSAGES, _texts, (TOKEN,)),
    "discord, which lists late": Case(lambda: Room(hides=1), _bot, MESSAGES, _texts, (TOKEN,)),
}
