"""The services of single mails that the contract test runs over: one module here for each, found by itself.

A module has `CASES`: a name and the MailCase. Its service is a small, honest model of the server: it takes a Request,
gives what the real one would say, and remembers what it took.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from bot.platforms.contract import Platform
from tests.http.server import serving


@dataclass(frozen=True)
class MailCase:
    """`service` makes a model, `platform` the account on a server at an address.

    `path` is part of the path of the irreversible request and of no other. `arrived` are the addresses to which the
    service took a mail, in the order of arrival; `turns_away` makes a model refuse one address, in its own way.
    `secrets` are what must never be shown. `serving` runs a model: over HTTP, or over what the service speaks instead.
    """

    service: Callable[[], Any]
    platform: Callable[[str], Platform]
    path: str
    arrived: Callable[[Any], list[str]]
    turns_away: Callable[[Any, str], None]
    secrets: tuple[str, ...]
    serving: Callable[[Any], AbstractContextManager[Any]] = serving

    @property
    def speaks_http(self) -> bool:
        return self.serving is serving


def all_cases() -> dict[str, MailCase]:
    found: dict[str, MailCase] = {}
    for module in pkgutil.iter_modules(__path__):
        found |= importlib.import_module(f"{__name__}.{module.name}").CASES
    return found
