"""What a token of the environment was renewed to, kept in a channel's memory. How it is renewed each service says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.model.secret import Secret
from bot.platforms.contract import Memory

_KEPT = "token"


@dataclass(frozen=True)
class Renewed:
    """What is kept belongs to the token that `secret` holds: another one there begins anew."""

    secret: Secret
    memory: Memory = field(repr=False)

    def values(self) -> dict[str, Any]:
        """What was kept last, by name; empty where it was for another token."""
        told = json.loads(self.memory.recall(_KEPT) or "{}")
        return told if told.get("of") == self._of() else {}

    def keep(self, values: Mapping[str, str]) -> None:
        self.memory.keep(_KEPT, json.dumps({**values, "of": self._of()}))

    def token(self) -> str:
        """The token to use now: what it was renewed to, or itself."""
        found = self.values().get("token")
        return found if isinstance(found, str) and found else self.secret.reveal()

    def _of(self) -> str:
        return hashlib.sha256(self.secret.reveal().encode()).hexdigest()[:16]
