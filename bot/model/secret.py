"""A value that must never be printed: it comes from the environment and shows as three stars everywhere else."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Secret:
    """A secret and the environment variable that named it. `reveal` is for the request that needs it, only."""

    variable: str
    _value: str = field(repr=False)

    def reveal(self) -> str:
        return self._value

    def __str__(self) -> str:
        return f"***({self.variable})"
