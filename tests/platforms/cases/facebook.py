from __future__ import annotations

from bot.model.secret import Secret
from bot.platforms.contract import Platform
from bot.platforms.facebook import Facebook
from tests.platforms.cases import Case
from tests.platforms.meta import PAGE, SECRET, TOKEN, Page

PATH = f"/{PAGE}/feed"


def _account(url: str) -> Platform:
    return Facebook(
        page=PAGE,
        token=Secret("FACEBOOK_TOKEN", TOKEN),
        app_secret=Secret("FACEBOOK_APP_SECRET", SECRET),
        server=url,
    )


def _texts(service: Page) -> list[str]:
    return [each["message"] for each in service.posts]


CASES = {
    "facebook": Case(Page, _account, PATH, _texts, (TOKEN, SECRET)),
    "facebook, which lists late": Case(lambda: Page(hides=1), _account, PATH, _texts, (TOKEN, SECRET)),
}
