from __future__ import annotations

from bot.model.secret import Secret
from bot.platforms.contract import Platform
from bot.platforms.ghost import Ghost
from tests.platforms.cases import Case
from tests.platforms.ghost import NEWSLETTER, NUMBER, SECRET, Site


def _account(url: str) -> Platform:
    return Ghost(server=url, key=Secret("GHOST_KEY", f"{NUMBER}:{SECRET}"), newsletter=NEWSLETTER)


CASES = {"ghost": Case(Site, _account, "?newsletter=", Site.texts, (SECRET,))}
