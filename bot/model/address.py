"""A mail address as it is written, compared and remembered."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Address:
    """`text` is how mail is sent to it, its domain in ASCII; two that differ in capitals only are one reader."""

    text: str

    @cached_property
    def key(self) -> str:
        """What is compared: no server that matters takes capitals for a difference."""
        return self.text.casefold()

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the key in hexadecimal: enough to recognise an address again, and not to read it."""
        return hashlib.sha256(self.key.encode()).hexdigest()
