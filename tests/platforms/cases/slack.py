from __future__ import annotations

from bot.model.secret import Secret
from bot.platforms.contract import Platform
from bot.platforms.slack import Slack, SlackWebhook
from tests.platforms.cases import Case
from tests.platforms.slack import CHANNEL, HOOK, TOKEN, Workspace, text_of


def _hook(url: str) -> Platform:
    return SlackWebhook(url=Secret("SLACK_WEBHOOK", f"{url}{HOOK}"))


def _bot(url: str) -> Platform:
    return Slack(channel=CHANNEL, token=Secret("SLACK_TOKEN", TOKEN), server=url)


def _hooked(service: Workspace) -> list[str]:
    return [text_of(each["blocks"]) for each in service.hooked]


def _posted(service: Workspace) -> list[str]:
    return [text_of(each["blocks"]) for each in service.messages]


PATH = "/api/chat.postMessage"
CASES = {
    "slack-webhook": Case(Workspace, _hook, "/services/", _hooked, (HOOK.rpartition("/")[2],)),
    "slack": Case(Workspace, _bot, PATH, _posted, (TOKEN,)),
    "slack, which lists a few at once": Case(lambda: Workspace(page=1), _bot, PATH, _posted, (TOKEN,)),
}
