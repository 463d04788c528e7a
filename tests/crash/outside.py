"""The services that the killed workers send to: one that knows keys, two that can be asked, one that is blind."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.http.server import Fate, Request, Said, Server, serving
from tests.platforms.services import HANDLE, DataServer, Fediverse, Inbox

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
NAMES = ("sky", "fedi", "goto", "hook")
MISFORTUNES = [
    Fate.DROP_BEFORE,
    Fate.RESET_BEFORE,
    Fate.ERROR_BEFORE,
    Fate.BUSY,
    Fate.SLOW_DOWN,
    Fate.DROP_AFTER,
    Fate.RESET_AFTER,
    Fate.ERROR_AFTER,
    Fate.GATEWAY_AFTER,
    Fate.CUT,
    Fate.HTML,
    Fate.GARBAGE,
]


@dataclass
class Outside:
    """The services, new for every run, and the worker that may be killed once one of them has counted a request."""

    servers: dict[str, Server] = field(default_factory=dict)
    services: dict[str, Any] = field(default_factory=dict)
    kill_at: int = 0
    counted: int = 0
    worker: int = 0

    def begin(self) -> None:
        self.services = {
            "sky": DataServer(),
            "fedi": Fediverse(at=NOW),
            "goto": Fediverse(honours=False, works_for=1, at=NOW),
            "hook": Inbox(),
        }
        self.kill_at = self.counted = 0
        for server in self.servers.values():
            server.fates.clear()

    def service(self, name: str) -> Callable[[Request], Said]:
        def answer(request: Request) -> Said:
            said: Said = self.services[name](request)
            if request.method != "GET":
                self.counted += 1
                if self.counted == self.kill_at:
                    os.kill(self.worker, signal.SIGKILL)
            return said

        return answer

    def texts(self, name: str) -> list[str]:
        service = self.services[name]
        match service:
            case DataServer():
                return [each["text"] for each in service.records.values()]
            case Fediverse():
                return [each["content"].removeprefix("<p>").removesuffix("</p>") for each in service.statuses]
            case _:
                return [each.body.decode() for each in service.taken]


@contextmanager
def opened_outside() -> Iterator[Outside]:
    """The services, each behind a server of its own."""
    found = Outside()
    with ExitStack() as stack:
        for name in NAMES:
            found.servers[name] = stack.enter_context(serving(found.service(name)))
        yield found


def config(outside: Outside) -> str:
    url = {name: server.url for name, server in outside.servers.items()}
    return f"""
live = true
data = "data"

[channels.sky]
platform = "bluesky"
late = "30d"
handle = "{HANDLE}"
password_env = "SKY_PASSWORD"
server = "{url["sky"]}"

[channels.fedi]
platform = "mastodon"
late = "30d"
server = "{url["fedi"]}"
token_env = "FEDI_TOKEN"

[channels.goto]
platform = "mastodon"
late = "30d"
server = "{url["goto"]}"
token_env = "FEDI_TOKEN"

[channels.hook]
platform = "webhook"
late = "30d"
url_env = "HOOK_URL"
secret_env = "HOOK_SECRET"
"""
