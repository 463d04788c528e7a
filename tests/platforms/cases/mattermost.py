from __future__ import annotations

from bot.model.secret import Secret
from bot.platforms.contract import Platform
from bot.platforms.mattermost import Mattermost
from tests.platforms.cases import Case
from tests.platforms.mattermost import CHANNEL, TOKEN, Team

POSTS = "/api/v4/posts?"


def _account(url: str) -> Platform:
    return Mattermost(server=url, channel=CHANNEL, token=Secret("MATTERMOST_TOKEN", TOKEN))


def _texts(service: Team) -> list[str]:
    return [each["message"] for each in service.shown()]


CASES = {
    "mattermost": Case(Team, _account, POSTS, _texts, (TOKEN,)),
    "mattermost, after thirty seconds": Case(lambda: Team(forgets=True), _account, POSTS, _texts, (TOKEN,)),
    "mattermost, which lists late": Case(lambda: Team(hides=1), _account, POSTS, _texts, (TOKEN,)),
}
