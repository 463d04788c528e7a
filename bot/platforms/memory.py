"""A memory that ends with the process, for an account that is only tried and for tests."""

from __future__ import annotations


class Forgetful:
    """Meets `bot.platforms.contract.Memory`."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    def recall(self, name: str) -> str | None:
        return self._kept.get(name)

    def keep(self, name: str, value: str) -> None:
        if not value.strip():
            raise ValueError(f"nothing was given to keep as '{name}'; what is kept there stays")
        self._kept[name] = value
