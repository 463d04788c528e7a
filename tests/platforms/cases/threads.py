from __future__ import annotations

from bot.model.secret import Secret
from bot.platforms.contract import Platform
from bot.platforms.threads import Threads
from tests.platforms.cases import Case
from tests.platforms.meta import SECRET, TOKEN, Meta

PATH = "/me/threads_publish?"


def _account(url: str) -> Platform:
    return Threads(token=Secret("THREADS_TOKEN", TOKEN), app_secret=Secret("THREADS_APP_SECRET", SECRET), server=url)


def _texts(service: Meta) -> list[str]:
    return [each["text"] for each in service.posts]


CASES = {
    "threads": Case(Meta, _account, PATH, _texts, (TOKEN, SECRET)),
    "threads, which works on a container for a while and lists late": Case(
        lambda: Meta(works_for=3, hides=2), _account, PATH, _texts, (TOKEN, SECRET)
    ),
}
