"""Looks into a folder for episode documents. What a document means is decided elsewhere; here are names and bytes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from bot.errors import UnreadableDocument

CAPTIONS = frozenset({".vtt", ".srt"})
FEEDS = frozenset({".xml", ".rss", ".atom"})
PAGES = frozenset({".txt", ".text", ".md", ".markdown", ".html", ".htm", ".json"})
SUFFIXES = PAGES | CAPTIONS | FEEDS
# Names that sync tools, browsers and editors leave while a file is being written, or for their own keeping.
_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", ".swp", "~", "#")
_KEEPING = frozenset({"thumbs.db", "desktop.ini", "icon\r"})
_KEEPING_FOLDERS = frozenset({"#recycle", "$recycle.bin", "lost+found", "system volume information"})
_ABOUT = frozenset({"readme", "license", "changelog"})
# "ep12.en.vtt" and "ep12.transcript.json" belong to "ep12.md".
_OF_CAPTIONS = re.compile(
    r"\.(?:transcripts?|captions?|subtitles?|subs?|[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2})$", re.IGNORECASE
)
_PREFERRED = {".json": 0, ".vtt": 1, ".srt": 2}


@dataclass(frozen=True)
class File:
    """A file as it was seen.

    `signature` changes when the file is written again or its permissions change; `modified` is when it was written
    last, in seconds since 1970 by the clock of the machine that keeps it.
    """

    path: Path
    locator: str
    signature: str
    modified: float


@dataclass(frozen=True)
class Listing:
    """The documents of a folder by name, and in whole sentences what could not be looked into."""

    files: tuple[File, ...]
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """What makes one document: a page and the transcripts beside it, best first, or transcripts alone."""

    page: File | None
    transcripts: tuple[File, ...] = ()

    @property
    def files(self) -> tuple[File, ...]:
        return (self.page, *self.transcripts) if self.page is not None else self.transcripts


@dataclass(frozen=True)
class Sighting:
    """That a file was seen with a signature, at a moment in seconds since 1970."""

    signature: str
    at: float


def look(folder: Path) -> Listing:
    """The documents of a folder and the folders in it, by name; a single file that is named stands for itself.

    Passed over are hidden and temporary names, what systems and sync tools keep for themselves, and files that tell
    about the folder (README). A linked folder is looked into as well, each folder once.
    """
    found: dict[str, File] = {}
    faults: list[str] = []
    if not folder.is_dir():
        seen = _seen(folder, str(folder.resolve())) if folder.exists() else None
        if seen is None and not os.path.lexists(folder):
            faults.append(f"{folder}: there is no such folder. Make it, or mend the 'path' of the source.")
        return Listing((seen,) if seen else (), tuple(faults))
    for path, locator in _walk(folder, faults):
        seen = _seen(path, locator)
        if seen is not None:
            found.setdefault(locator, seen)
    return Listing(tuple(found.values()), tuple(faults))


def again(files: Sequence[File]) -> tuple[File, ...]:
    """The same files as they are now; those that are gone are left out."""
    return tuple(seen for file in files if (seen := _seen(file.path, file.locator)) is not None)


def content(file: File, maximum: int) -> bytes | None:
    """The bytes of a file; None where it is not any more what was seen: gone, or written again.

    Raises UnreadableDocument where it is larger than `maximum` bytes or cannot be read.
    """
    try:
        with file.path.open("rb") as opened:
            data = opened.read(maximum + 1)
            status = os.fstat(opened.fileno())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnreadableDocument(
            file.path.name, f"The file cannot be read ({error.strerror}).", "Mend its permissions or remove it."
        ) from None
    if _signature(status) != file.signature:
        return None
    if len(data) > maximum:
        raise UnreadableDocument(
            file.path.name,
            f"The file has {max(status.st_size, len(data)) / 1e6:.1f} MB; "
            f"a document has at most {maximum / 1e6:.1f} MB.",
            "Save only the page of one episode, as text.",
        )
    return data


def is_still(file: File, before: Sighting | None, *, present: float, still: float, trusted: bool) -> bool:
    """Whether nobody has written to `file` for `still` seconds: no watcher says that a file is complete.

    Told by an earlier sighting `before` with the same size and time, or by the file's own time of writing. The latter
    is not enough where it lies in the future, or where another machine's clock gave it (`trusted` false).
    """
    if still <= 0:
        return True
    if before is not None and before.signature == file.signature and present - before.at >= still:
        return True
    return trusted and file.modified + still <= present


def remaining(file: File, before: Sighting | None, *, present: float, still: float, trusted: bool) -> float:
    """In how many seconds `file` will have been still for long enough, if nobody writes to it; at most `still`."""
    since = [before.at] if before is not None and before.signature == file.signature else [present]
    if trusted and file.modified <= present:
        since.append(file.modified)
    return min(max(min(since) + still - present, 0.0), still)


def by_name(files: Sequence[File]) -> tuple[tuple[File, ...], ...]:
    """Files of one folder and one name, whatever their endings, together; in the order of their first."""
    # Asked of each path once: a pass goes through all that ever lay there.
    named = [(file, str(file.path.parent), file.path.stem, file.path.suffix.lower()) for file in files]
    pages = {(folder, stem.casefold()) for _, folder, stem, ending in named if ending in PAGES}
    together: dict[tuple[str, str], list[File]] = {}
    for file, folder, stem, ending in named:
        key, shorter = (folder, stem.casefold()), (folder, _OF_CAPTIONS.sub("", stem).casefold())
        together.setdefault(shorter if ending in _PREFERRED and shorter in pages else key, []).append(file)
    return tuple(tuple(group) for group in together.values())


def groups(files: Sequence[File], holds_transcript: Callable[[File], bool]) -> tuple[Group, ...]:
    """The documents that files of one name make.

    Captions, and JSON that `holds_transcript`, belong to the page beside them; to each page, if there are several. It
    is asked only about JSON that has company.
    """
    if len(files) == 1 and files[0].path.suffix.lower() not in CAPTIONS:
        return (Group(files[0]),)
    spoken = [
        file
        for file in files
        if (ending := file.path.suffix.lower()) in CAPTIONS or (ending == ".json" and holds_transcript(file))
    ]
    spoken.sort(key=lambda file: (_PREFERRED[file.path.suffix.lower()], len(file.path.name), file.path.name))
    pages = [file for file in files if file not in spoken]
    bearers = [file for file in pages if file.path.suffix.lower() not in FEEDS]
    made = [Group(file, tuple(spoken) if file in bearers else ()) for file in pages]
    return (*made, Group(None, tuple(spoken))) if spoken and not bearers else tuple(made)


def is_document(name: str) -> bool:
    """Whether a file of this name may be an episode's document, and a finished one."""
    folded = name.lower()
    stem, dot, ending = folded.rpartition(".")
    return (
        f"{dot}{ending}" in SUFFIXES
        and not folded.startswith((".", "~", "#", "_."))
        and not folded.endswith(_UNFINISHED)
        and folded not in _KEEPING
        and stem not in _ABOUT
    )


def is_looked_into(name: str) -> bool:
    """Whether a folder of this name is one of people, and not of a system or a sync tool."""
    return not name.startswith((".", "@", "__")) and name.lower() not in _KEEPING_FOLDERS


def _walk(folder: Path, faults: list[str]) -> Iterator[tuple[Path, str]]:
    """Every document's path and the path behind all links, folder by folder, by name."""
    been: set[tuple[int, int]] = set()
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        try:
            status = current.stat()
            if (status.st_dev, status.st_ino) in been:
                continue
            been.add((status.st_dev, status.st_ino))
            real = os.path.realpath(current)
            with os.scandir(current) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except FileNotFoundError:
            continue
        except OSError as error:
            faults.append(f"{current}: cannot be looked into ({error.strerror}). Mend its permissions.")
            continue
        inside = []
        for entry in listed:
            try:
                if entry.is_dir():
                    inside += [Path(entry.path)] if is_looked_into(entry.name) else []
                elif is_document(entry.name):
                    locator = os.path.realpath(entry.path) if entry.is_symlink() else os.path.join(real, entry.name)
                    yield Path(entry.path), locator
            except OSError as error:
                faults.append(f"{entry.path}: cannot be looked at ({error.strerror}). Remove it or mend it.")
        waiting += reversed(inside)


def _seen(path: Path, locator: str) -> File | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return File(path, locator, _signature(status), status.st_mtime) if S_ISREG(status.st_mode) else None


def _signature(status: os.stat_result) -> str:
    return f"{status.st_size}:{status.st_mtime_ns}:{status.st_mode:o}"
