"""Remembers what came before in a long list, in a temporary file of which little stands in memory."""

from __future__ import annotations

import hashlib
import sqlite3
from types import TracebackType
from typing import Self

from bot.errors import StoreError

_MEMORY_KB = 16_000
# So many bytes of a SHA-256 tell texts apart, and none of them stands on the disk as it is.
_BYTES = 16


class Seen:
    """Texts, each noted once. The file has no name and is gone when this is closed, however the process ends."""

    def __init__(self) -> None:
        # A database without a name is a temporary file that nobody else opens.
        self._db = sqlite3.connect("", isolation_level=None)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{_MEMORY_KB}"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute("CREATE TABLE seen (hash BLOB PRIMARY KEY) WITHOUT ROWID")
        self._db.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def is_new(self, text: str) -> bool:
        """Note a text; False where it was noted before. Raises StoreError where no temporary file can be written."""
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:_BYTES]
        try:
            return self._db.execute("INSERT OR IGNORE INTO seen VALUES (?)", (key,)).rowcount == 1
        except sqlite3.OperationalError as error:
            raise StoreError(
                f"A temporary file for the addresses of the list cannot be written: {error}. "
                "Make room, or name a folder in the variable TMPDIR."
            ) from None
