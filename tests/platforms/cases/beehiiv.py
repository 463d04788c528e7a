from __future__ import annotations

from bot.model.secret import Secret
from bot.platforms.beehiiv import Beehiiv
from bot.platforms.contract import Platform
from tests.platforms.beehiiv import PUBLICATION, TOKEN, Hive
from tests.platforms.cases import Case


def _account(url: str) -> Platform:
    return Beehiiv(
        token=Secret("BEEHIIV_KEY", TOKEN), publication=PUBLICATION, manage="https://letter.example/", server=url
    )


CASES = {"beehiiv": Case(Hive, _account, "PATCH ", Hive.texts, (TOKEN,))}
