from __future__ import annotations

from bot.model.secret import Secret
from bot.platforms.contract import Platform
from bot.platforms.instagram import Instagram
from tests.platforms.cases import Case
from tests.platforms.meta import SECRET, TOKEN, Insta

PATH = "/me/media_publish"


def _account(url: str) -> Platform:
    return Instagram(
        token=Secret("INSTAGRAM_TOKEN", TOKEN), app_secret=Secret("INSTAGRAM_APP_SECRET", SECRET), server=url
    )


def _texts(service: Insta) -> list[str]:
    return [each["caption"] for each in service.posts]


CASES = {
    "instagram": Case(Insta, _account, PATH, _texts, (TOKEN, SECRET)),
    "instagram, which works on a container for a while and lists late": Case(
        lambda: Insta(works_for=3, hides=2), _account, PATH, _texts, (TOKEN, SECRET)
    ),
}
