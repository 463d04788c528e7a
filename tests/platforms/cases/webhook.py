from __future__ import annotations

from bot.model.secret import Secret
from bot.platforms.contract import Platform
from bot.platforms.webhook import Webhook
from tests.platforms.cases import Case
from tests.platforms.services import SECRET, Inbox

TOKEN = "T00000000aaaabbbb"  # noqa: S105


def _hook(url: str) -> Platform:
    return Webhook(url=Secret("HOOK_URL", f"{url}/hook/{TOKEN}"), secret=Secret("HOOK_SECRET", SECRET))


def _texts(service: Inbox) -> list[str]:
    return [each.body.decode() for each in service.taken]


CASES = {"webhook": Case(Inbox, _hook, "/hook/", _texts, (SECRET, TOKEN))}
