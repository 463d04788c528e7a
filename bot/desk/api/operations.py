"""An operation of the API: one method at one address, with all that checks a request and describes it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_type_hints

from pydantic import BaseModel

from bot.house import House
from bot.model.editor import Right
from bot.model.scope import OPENS, Scope
from bot.tokens import Holder

Method = Literal["GET", "POST", "PATCH"]
_NUMBER = re.compile(r"<int:(\w+)>")
# What these open only reads.
_READS = (Scope.DRAFTS_READ, Scope.QUOTES_READ, Scope.STATUS_READ, None)


@dataclass(frozen=True)
class Call:
    """What an operation is given beside what was sent: the house, the time, who asks, and what If-Match names."""

    house: House
    now: datetime
    holder: Holder
    match: tuple[str, ...]

    @property
    def actor(self) -> str:
        return self.holder.editor.login


@dataclass(frozen=True)
class Operation:
    """`rule` is the address below /api/v1, as Flask writes it. `scope` is None where any token will do.

    With `match` a request must name the revision that it is about (If-Match).
    """

    method: Method
    rule: str
    does: Callable[..., BaseModel]
    scope: Scope | None
    right: Right
    status: int
    match: bool
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    gives: type[BaseModel]

    @property
    def name(self) -> str:
        return self.does.__name__

    @property
    def path(self) -> str:
        """The address as OpenAPI writes it."""
        return _NUMBER.sub(r"{\1}", self.rule)

    @property
    def numbers(self) -> list[str]:
        """The names of the numbers in the address."""
        return _NUMBER.findall(self.rule)

    @property
    def changes(self) -> bool:
        """Whether something may be different afterwards."""
        return self.method != "GET" and self.scope not in _READS

    @property
    def summary(self) -> str:
        return self._told[0]

    @property
    def description(self) -> str:
        return self._told[2].strip()

    @property
    def _told(self) -> tuple[str, str, str]:
        return (inspect.getdoc(self.does) or "").partition("\n")


def operation(
    method: Method,
    rule: str,
    *,
    scope: Scope | None,
    right: Right | None = None,
    status: int = 200,
    match: bool = False,
) -> Callable[[Callable[..., BaseModel]], Operation]:
    """Make an operation of a function. What it takes as `query` and `body`, and what it gives, are its annotations.

    `right` is what its editor needs where that is more than the scope's own.
    """

    def made(does: Callable[..., BaseModel]) -> Operation:
        types: dict[str, Any] = get_type_hints(does)
        least = OPENS[scope][1] if scope is not None else Right.READ
        return Operation(
            method,
            rule,
            does,
            scope,
            right or least,
            status,
            match,
            types.get("query"),
            types.get("body"),
            types["return"],
        )

    return made
