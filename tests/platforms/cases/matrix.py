from __future__ import annotations

from bot.model.secret import Secret
from bot.platforms.contract import Platform
from bot.platforms.matrix import Matrix
from tests.platforms.cases import Case
from tests.platforms.matrix import ROOM, TOKEN, Homeserver

SEND = "/send/m.room.message/"


def _account(url: str) -> Platform:
    return Matrix(server=url, room=ROOM, token=Secret("MATRIX_TOKEN", TOKEN))


def _texts(service: Homeserver) -> list[str]:
    return [each["body"] for each in service.shown()]


CASES = {
    "matrix": Case(Homeserver, _account, SEND, _texts, (TOKEN,)),
    "matrix, which forgot the transaction": Case(lambda: Homeserver(forgets=True), _account, SEND, _texts, (TOKEN,)),
    "matrix, which lists late": Case(lambda: Homeserver(hides=1), _account, SEND, _texts, (TOKEN,)),
}
