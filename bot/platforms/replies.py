"""Reading what services answer: fields that may be missing, refusals in words, evidence that is not too long."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.errors import NotSent, Rejected
from bot.platforms.contract import Reply
from bot.text import fold, shorten

_SHOWN = 500
_WORDS = 200


def field(value: Any, *path: str) -> str:
    """A string (or whole number, as text) at a path through JSON objects; "" where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    if isinstance(value, bool):
        return ""
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def objects(value: Any, *path: str) -> list[Mapping[str, Any]]:
    """The objects of a list at a path through JSON objects; none where there is no list."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def words(reply: Reply, *paths: tuple[str, ...]) -> str:
    """What a refusal says, on one line: the first of some fields that says something."""
    said = reply.json()
    found = next((text for path in paths if (text := fold(field(said, *path)))), "")
    return shorten(found, _WORDS).rstrip(".") or "it gave no reason"


def shown(reply: Reply) -> str:
    """The beginning of an answer, to keep as evidence."""
    return reply.body[:_SHOWN].decode("utf-8", "replace")


def unclear(refused: NotSent | Rejected) -> NotSent:
    """The refusal of a look-up: no answer either way, whatever the service means by it."""
    remedy = f" {refused.remedy}" if isinstance(refused, Rejected) else ""
    return NotSent(f"{refused}{remedy}", answer=refused.answer)
