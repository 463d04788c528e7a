from __future__ import annotations

from bot.model.secret import Secret
from bot.platforms.buttondown import Buttondown
from bot.platforms.contract import Platform
from tests.platforms.buttondown import NEWSLETTER, TOKEN, Buttonhole
from tests.platforms.cases import Case


def _account(url: str) -> Platform:
    return Buttondown(token=Secret("BUTTONDOWN_TOKEN", TOKEN), newsletter=NEWSLETTER, server=url)


def _texts(service: Buttonhole) -> list[str]:
    return list(service.sent)


CASES = {"buttondown": Case(Buttonhole, _account, "/publish", _texts, (TOKEN,))}
