"""Collects from folders: reads the files that are new or changed, and stores their episodes.

A document that cannot be understood is set aside with its message, and the others go on; it is tried again as soon as
its bytes change, or the reader does. A file that is still being written is left until it is still. Deleted files delete
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.collect.assembly import renew
from bot.collect.intake import SHELF, Policy, marks_of, take_in
from bot.collect.outcome import Collected
from bot.collect.patience import Patience
from bot.collect.reading import beside, is_transcript, read
from bot.config import FolderSource
from bot.errors import UnreadableDocument
from bot.house import House
from bot.model.episode import Episode, Reading, Remark
from bot.model.feed import Feed
from bot.reading import transcripts
from bot.reading.limits import MAX_BYTES
from bot.sources import folder
from bot.sources.feed import parse
from bot.sources.folder import File, Group
from bot.store import documents, episodes, events, sources, supplements
from bot.store.codec import content_hash
from bot.store.database import Db, alone
from bot.store.documents import READ, SET_ASIDE, Known
from bot.store.episodes import Kept

# Raised when reading changes so that documents must be read again.
READER = 2
# File systems round their times.
_MARGIN = 0.01

Told = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Place:
    """A folder to look at. Of a saved feed that is new to us, the `newest` episodes are announced.

    A file is read once nobody has written to it for `still`. `poll`: it lies on another machine, whose clock tells
    nothing and whose changes no system reports.
    """

    folder: Path
    newest: int
    still: timedelta = timedelta()
    poll: bool = False


@dataclass(frozen=True)
class _Read:
    """A file whose bytes were read, and their hash."""

    file: File
    hashed: str
    data: bytes


def places(house: House) -> tuple[Place, ...]:
    """The folders that the configuration names."""
    return tuple(
        Place(house.loaded.resolve(source.path), source.newest, source.still, source.poll)
        for source in house.config.sources
        if isinstance(source, FolderSource)
    )


def collect(
    house: House,
    where: Sequence[Place],
    now: datetime,
    told: Told = lambda *_: None,
    *,
    patience: Patience | None = None,
) -> Collected:
    """Read everything in `where` that is new or changed. `told` hears of progress: a name, its number, how many.

    Without `patience` every file counts as complete. With it, files that are being written are waited for, once for all
    of them and no longer than the longest `still`, or are left for the next pass and counted as `unfinished`.
    """
    with house.store.read() as db:
        collector = _Collector(house, documents.known(db), now, patience)
    total = Collected()
    young: list[tuple[Place, tuple[File, ...]]] = []
    for place in where:
        listing = folder.look(place.folder)
        total = total.plus(Collected(faults=listing.faults))
        for number, files in enumerate(together := folder.by_name(listing.files), start=1):
            told(files[0].path.name, number, len(together))
            if collector.unchanged(files):
                continue
            if patience is not None and not patience.still(files, still=_seconds(place), trusted=not place.poll):
                young.append((place, files))
                continue
            total = total.plus(collector.read(files, place.newest))
    return total.plus(_wait_for(young, collector, patience)) if patience is not None else total


def _wait_for(young: Sequence[tuple[Place, tuple[File, ...]]], collector: _Collector, patience: Patience) -> Collected:
    """Read those of the `young` that are still after one short wait; the others are counted."""
    if not young or patience.wait is None:
        return Collected(unfinished=len(young))
    longest = max(patience.remaining(files, still=_seconds(place), trusted=not place.poll) for place, files in young)
    patience.wait(longest + _MARGIN)
    total = Collected()
    for place, seen in young:
        files = folder.again(seen)
        if patience.still(files, still=_seconds(place), trusted=not place.poll):
            total = total.plus(collector.read(files, place.newest))
        else:
            total = total.plus(Collected(unfinished=1))
    return total


def _seconds(place: Place) -> float:
    return place.still.total_seconds()


class _Collector:
    """Reads documents and stores what they hold, each in a transaction of its own."""

    def __init__(self, house: House, known: Mapping[str, Known], now: datetime, patience: Patience | None) -> None:
        self._house = house
        self._known = known
        self._now = now
        self._patience = patience

    def unchanged(self, files: Sequence[File]) -> bool:
        """Whether all of `files` are as they were when they were read last."""
        return all(
            (known := self._known.get(file.locator)) is not None
            and known.reader == READER
            and known.signature == file.signature
            for file in files
        )

    def read(self, files: Sequence[File], newest: int) -> Collected:
        """Read the documents that files of one name make; a file that vanishes meanwhile is no matter."""
        total = Collected()
        for group in folder.groups(files, self._holds_transcript):
            if not self.unchanged(group.files):
                total = total.plus(self._read(group, newest))
        return total

    def _holds_transcript(self, file: File) -> bool:
        try:
            data = folder.content(file, MAX_BYTES)
        except UnreadableDocument:
            return False
        return data is not None and is_transcript(data, file.path.name)

    def _read(self, group: Group, newest: int) -> Collected:
        total = Collected()
        taken: list[_Read] = []
        for file in group.files:
            try:
                data = folder.content(file, MAX_BYTES)
            except UnreadableDocument as error:
                total = total.plus(self._set_aside(file, error))
                continue
            if data is not None:
                taken.append(_Read(file, content_hash(data), data))
        if not taken or (group.page is not None and taken[0].file != group.page):
            return total
        if all(self._as_before(each) for each in taken):
            with self._house.store.write() as db:
                for each in taken:
                    documents.touch(db, locator=each.file.locator, signature=each.file.signature)
            return total
        return total.plus(self._take_in(group, taken, newest))

    def _as_before(self, read_now: _Read) -> bool:
        known = self._known.get(read_now.file.locator)
        return known is not None and known.reader == READER and known.content_hash == read_now.hashed

    def _take_in(self, group: Group, taken: Sequence[_Read], newest: int) -> Collected:
        """Understand a document, and store it with its episodes."""
        total = Collected()
        first, reading = taken[0], None
        for each in taken if group.page is None else taken[:1]:
            try:
                first, reading = each, read(each.data, each.file.path.name)
                break
            except UnreadableDocument as error:
                total = total.plus(self._set_aside(each.file, error))
        set_aside = taken.index(first) + (reading is None)
        kept = list(taken[set_aside:])
        if reading is None:
            # What lies beside a page is not forgotten: as soon as the page is mended all are read again.
            self._remember(kept)
            return total
        for each in kept[1:] if group.page is not None else ():
            try:
                spoken = transcripts.read(each.data, each.file.path.name)
            except UnreadableDocument as error:
                total = total.plus(self._set_aside(each.file, error))
                kept.remove(each)
            else:
                reading = beside(reading, spoken, name=each.file.path.name)
        read_before = (known := self._known.get(first.file.locator)) is not None and known.state == READ
        with self._house.store.write() as db:
            alone(db, SHELF)
            if reading.feed:
                feed = parse(first.data, first.file.path.name)
                brought = _keep_feed(db, first.file.locator, feed, newest, self._now, first=not read_before)
            else:
                brought = _keep(db, self._locator(group), reading, self._now)
            for each in kept:
                _note_read(db, each, self._now, reading.remarks if each is first else ())
        return total.plus(brought).plus(Collected(documents=len(kept)))

    def _locator(self, group: Group) -> str:
        """Where the episode is at home. A page that comes to a transcript takes over the episode that this was."""
        if group.page is None or group.page.locator in self._known:
            return group.files[0].locator
        alone_before = [file.locator for file in group.transcripts if file.locator in self._known]
        return alone_before[0] if alone_before else group.page.locator

    def _remember(self, files: Sequence[_Read]) -> None:
        with self._house.store.write() as db:
            for each in files:
                _note_read(db, each, self._now, ())

    def _set_aside(self, file: File, error: UnreadableDocument) -> Collected:
        with self._house.store.write() as db:
            alone(db, SHELF)
            documents.keep(
                db,
                locator=file.locator,
                content_hash="",
                signature=file.signature,
                reader=READER,
                state=SET_ASIDE,
                at=self._now,
                message=str(error),
            )
            events.note(
                db, at=self._now, actor="pullquote", subject="house", what="document set aside", detail=str(error)
            )
        return Collected(documents=1, set_aside=(str(error),))


def _keep(db: Db, place: str, reading: Reading, now: datetime) -> Collected:
    new = revised = 0
    for episode in reading.episodes:
        kept = _joined(db, place, episode, now) or episodes.keep(db, episode, locator=place, announced=True, at=now)
        if kept.new or kept.revised:
            what = f"revision {kept.ref.revision} read"
            events.note(db, at=now, actor="pullquote", subject=f"episode:{kept.ref.episode}", what=what, detail=place)
        new += kept.new
        revised += kept.revised
    return Collected(new=new, revised=revised)


def _joined(db: Db, place: str, episode: Episode, now: datetime) -> Kept | None:
    """A document of an episode that a feed holds completes it; None where no feed does."""
    known = episodes.recognise(db, episode, locator=place)
    if known is None or sources.content(db, known.id) is None:
        return None
    supplements.keep_document(db, known.id, place, episode, at=now)
    return renew(db, known.id, locator=known.locator, at=now, why=f"the document {place} was read")


def _keep_feed(db: Db, place: str, feed: Feed, newest: int, now: datetime, *, first: bool) -> Collected:
    """A saved feed is a source like any other, but nothing that it points to is fetched."""
    sources.keep(db, [place], now)
    taken = take_in(
        db, place, feed, marks_of(feed.items), first=first, policy=Policy(newest), transcribed=False, at=now
    )
    return taken.collected


def _note_read(db: Db, each: _Read, now: datetime, remarks: Sequence[Remark]) -> None:
    documents.keep(
        db,
        locator=each.file.locator,
        content_hash=each.hashed,
        signature=each.file.signature,
        reader=READER,
        state=READ,
        at=now,
        remarks=remarks,
    )
