"""Looks into a folder for episode documents. What a document means is decided elsewhere; here are names and bytes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from bot.errors import UnreadableDocument

SUFFIXES = frozenset({".txt", ".text", ".md", ".markdown", ".html", ".htm", ".json", ".xml", ".rss", ".atom"})
# Names that sync tools and editors leave while a file is being written, or for their own keeping.
_UNFINISHED = (".part", ".tmp", ".crdownload", "~")
_ABOUT = frozenset({"readme", "license", "changelog"})


@dataclass(frozen=True)
class File:
    """A file as it was seen. `signature` changes when the file is written again."""

    path: Path
    locator: str
    signature: str


def files(folder: Path) -> list[File]:
    """The documents of a folder and the folders in it, by name; a single file that is named stands for itself.

    A folder that is not there holds none. Hidden and temporary files are passed over, and so are files that tell about
    the folder (README).
    """
    if folder.is_file():
        return [each for each in (_seen(folder),) if each is not None]
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "@", "__")))
        for name in sorted(names):
            path = Path(parent) / name
            if _is_document(path):
                seen = _seen(path)
                if seen is not None:
                    found.append(seen)
    return found


def content(file: File, maximum: int) -> bytes:
    """The bytes of a file. Raises UnreadableDocument where it is larger than `maximum` bytes or cannot be read."""
    try:
        with file.path.open("rb") as opened:
            data = opened.read(maximum + 1)
            size = os.fstat(opened.fileno()).st_size
    except OSError as error:
        raise UnreadableDocument(
            file.path.name, f"The file cannot be read ({error.strerror}).", "Mend its permissions or remove it."
        ) from None
    if len(data) > maximum:
        raise UnreadableDocument(
            file.path.name,
            f"The file has {max(size, len(data)) / 1e6:.1f} MB; a document has at most {maximum / 1e6:.1f} MB.",
            "Save only the page of one episode, as text.",
        )
    return data


def _is_document(path: Path) -> bool:
    name = path.name.lower()
    return (
        path.suffix.lower() in SUFFIXES
        and not name.startswith((".", "~", "._"))
        and not name.endswith(_UNFINISHED)
        and path.stem.lower() not in _ABOUT
    )


def _seen(path: Path) -> File | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return File(path, str(path.resolve()), f"{status.st_size}:{status.st_mtime_ns}") if path.is_file() else None
