"""Whether folders of templates are still what they were: one hash over every file in them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

# Ours are eighty files of a quarter of a megabyte, which are read in a millisecond. A host may name any folder.
_MOST_FILES = 1_000
_MOST_BYTES = 8_000_000


def state_of(folders: Iterable[Path]) -> str | None:
    """Changes with the name, place or content of any file; None where that cannot be told in a moment."""
    found = hashlib.sha256()
    files = size = 0
    try:
        for folder in folders:
            for path in sorted(folder.rglob("*")):
                if path.is_symlink():
                    return None
                if not path.is_file():
                    continue
                files, size = files + 1, size + path.stat().st_size
                if files > _MOST_FILES or size > _MOST_BYTES:
                    return None
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                found.update(f"{path}\0{content}\0".encode("utf-8", "surrogateescape"))
    except OSError:
        return None
    return found.hexdigest()
