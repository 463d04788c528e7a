"""Collects from folders: reads the files that are new or changed, and stores their episodes.

A document that cannot be understood is set aside with its message, and the others go on; it is tried again as soon as
its bytes change, or the reader does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.collect.outcome import Collected
from bot.collect.reading import read
from bot.config import FolderSource
from bot.errors import UnreadableDocument
from bot.house import House
from bot.identity import key
from bot.model.episode import Reading
from bot.reading.limits import MAX_BYTES
from bot.sources import folder
from bot.sources.folder import File
from bot.store import documents, episodes, events
from bot.store.codec import content_hash
from bot.store.database import Db, alone
from bot.store.documents import READ, SET_ASIDE, Document

# Raised when reading changes so that documents must be read again.
READER = 1
# What a collector is alone with while it stores what it read: two that read one page at once must store it once.
_SHELF = "collect"


@dataclass(frozen=True)
class Place:
    """A folder to look at. Of a saved feed that is new to us, the `newest` episodes are announced."""

    folder: Path
    newest: int


def places(house: House) -> tuple[Place, ...]:
    """The folders that the configuration names."""
    return tuple(
        Place(house.loaded.resolve(source.path), source.newest)
        for source in house.config.sources
        if isinstance(source, FolderSource)
    )


def collect(
    house: House, where: Sequence[Place], now: datetime, told: Callable[[str, int, int], None] = lambda *_: None
) -> Collected:
    """Read everything in `where` that is new or changed. `told` hears of progress: a name, its number, how many."""
    with house.store.read() as db:
        known = documents.known(db)
    total = Collected()
    for each in where:
        files = folder.files(each.folder)
        for number, file in enumerate(files, start=1):
            told(file.path.name, number, len(files))
            if not _unchanged(file, known.get(file.locator)):
                total = total.plus(_read(house, file, each.newest, known.get(file.locator), now))
    return total


def _unchanged(file: File, known: Document | None) -> bool:
    return known is not None and known.reader == READER and known.signature == file.signature


def _read(house: House, file: File, newest: int, known: Document | None, now: datetime) -> Collected:
    try:
        data = folder.content(file, MAX_BYTES)
        hashed = content_hash(data)
        if known is not None and known.reader == READER and known.content_hash == hashed:
            with house.store.write() as db:
                documents.touch(db, locator=file.locator, signature=file.signature)
            return Collected()
        reading = read(data, file.path.name)
    except UnreadableDocument as error:
        return _set_aside(house, file, error, now)
    read_before = known is not None and known.state == READ
    with house.store.write() as db:
        alone(db, _SHELF)
        kept = _keep(db, file, reading, None if read_before else newest, now)
        documents.keep(
            db,
            locator=file.locator,
            content_hash=hashed,
            signature=file.signature,
            reader=READER,
            state=READ,
            at=now,
            remarks=reading.remarks,
        )
    return kept


def _keep(db: Db, file: File, reading: Reading, newest: int | None, now: datetime) -> Collected:
    new = revised = known_only = 0
    for number, episode in enumerate(reading.episodes):
        announced = not reading.feed or newest is None or number < newest
        locator = f"{file.locator}#{episode.guid or key(episode.title)}" if reading.feed else file.locator
        kept = episodes.keep(db, episode, locator=locator, announced=announced, at=now)
        if kept.new or kept.revised:
            what = f"revision {kept.ref.revision} read" if announced else "known, not announced"
            events.note(db, at=now, actor="pullquote", subject=f"episode:{kept.ref.episode}", what=what, detail=locator)
        new += kept.new and announced
        known_only += kept.new and not announced
        revised += kept.revised
    return Collected(1, (), new, revised, known_only)


def _set_aside(house: House, file: File, error: UnreadableDocument, now: datetime) -> Collected:
    with house.store.write() as db:
        alone(db, _SHELF)
        documents.keep(
            db,
            locator=file.locator,
            content_hash="",
            signature=file.signature,
            reader=READER,
            state=SET_ASIDE,
            at=now,
            message=str(error),
        )
        events.note(db, at=now, actor="pullquote", subject="house", what="document set aside", detail=str(error))
    return Collected(documents=1, set_aside=(str(error),))
