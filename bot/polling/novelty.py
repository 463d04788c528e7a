"""Decides which items of a feed are new: the ladder of identity, and the guards against floods and repeats.

An item is recognised by its guid, else its link, else its enclosure; by a second name when a publisher changed the
first; and it is new only if it is also newer than what was known. Whatever is doubtful is held for a person: it is
neither announced nor forgotten.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from bot.identity import key as words_of
from bot.model.episode import Episode
from bot.model.feed import Item

# More than this many new items at once, and more than half of the feed, are no news but new names or an opened archive.
MOST_NEW = 5
# Two lengths of one episode may differ so much (another advertisement, another rounding).
_LENGTH_TOLERANCE = 600.0
# An item dated so much before the newest one that is known still counts as new: two that came out together, a clock.
_LATE_BY = timedelta(days=2)
# Dates that lie further ahead than this are doubted.
_AHEAD = timedelta(days=1)


class Found(StrEnum):
    """What an item of a feed turned out to be."""

    NEW = "new"  # announce it
    PAST = "past"  # of the back catalogue: remembered, never announced
    HELD = "held"  # a person decides
    REVISED = "revised"  # known, and its words have changed
    RENAMED = "renamed"  # known under another name: noted, not announced again
    REPEATED = "repeated"  # the same item a second time in one document: left out


@dataclass(frozen=True)
class Known:
    """An item that was seen before. `claimed_at` is the date that the feed gives it."""

    id: int
    key: str
    guid: str | None
    link: str | None
    enclosure: str | None
    title_key: str
    duration: float | None
    claimed_at: datetime | None
    first_seen_at: datetime

    @property
    def effective_at(self) -> datetime:
        """When it came: the date that it claims, but never later than we saw it."""
        return min(self.claimed_at or self.first_seen_at, self.first_seen_at)


@dataclass(frozen=True)
class Finding:
    """One item with its verdict. `key` is its identity within the source; `known` the one it was recognised as."""

    item: Item
    found: Found
    key: str
    known: Known | None = None
    reason: str = ""


@dataclass(frozen=True)
class Catalogue:
    """What is known of a source. `size` is how many items its document holds now; `first` that it was never read.

    `present` are the known items that stand in the document word for word. Of a source that is read for the first time
    the `newest` episodes are announced.
    """

    known: Sequence[Known]
    present: frozenset[int]
    size: int
    first: bool
    newest: int


def sift(items: Sequence[Item], catalogue: Catalogue, now: datetime) -> tuple[Finding, ...]:
    """A verdict for each of `items`, which are those of a document whose words are not known yet, in its order."""
    findings = list(_named(items, catalogue))
    fresh = [finding for finding in findings if finding.found is Found.NEW]
    if catalogue.first:
        announced = {id(each) for each in _newest(fresh, now)[: catalogue.newest]}
        return _with(findings, {id(each): (Found.PAST, "") for each in fresh if id(each) not in announced})
    if len(fresh) > max(MOST_NEW, catalogue.size / 2):
        reason = (
            f"{len(fresh)} of {catalogue.size} items turned new at once: their names were changed beyond recognition, "
            "or an archive was opened"
        )
        return _with(findings, {id(each): (Found.HELD, reason) for each in fresh})
    newest = max((each.effective_at for each in catalogue.known), default=None)
    late = {id(each): _belated(each.item, newest, now) for each in fresh}
    return _with(findings, {number: (Found.HELD, reason) for number, reason in late.items() if reason})


def key_of(episode: Episode) -> str:
    """The name of an item: its guid, else its link, else its enclosure, else its title with day and length."""
    if episode.guid:
        return episode.guid
    if episode.url:
        return episode.url
    if episode.audio:
        return episode.audio.url
    day = episode.published.date().isoformat() if episode.published else ""
    length = f"{episode.duration:.0f}" if episode.duration else ""
    return f"{words_of(episode.title)}|{day}|{length}"


def dated(item: Item, now: datetime) -> datetime:
    """When an item that is seen now came: the date that it claims, but never later than now."""
    return min(item.episode.published or now, now)


def doubt_of_date(item: Item, now: datetime) -> str:
    """What is odd about an item's date, in words; "" where nothing is."""
    claimed = item.episode.published
    if claimed is None:
        return "it bears no date; the time at which it was first seen is taken"
    if claimed > now + _AHEAD:
        return f"it is dated {claimed.date().isoformat()}, which is yet to come; the time at which it was seen is taken"
    return ""


def missing(known: Sequence[Known], present: frozenset[int]) -> list[Known]:
    """Known items that were taken out of a whole document: older and newer ones are still there.

    What falls off the end of a feed that lists only so many is not missing.
    """
    there = [each.effective_at for each in known if each.id in present]
    if len(there) < 2:
        return []
    oldest, newest = min(there), max(there)
    return [each for each in known if each.id not in present and oldest < each.effective_at <= newest]


def _named(items: Sequence[Item], catalogue: Catalogue) -> Iterator[Finding]:
    """Each item with its key, and recognised where it is known; everything else counts as new for now."""
    index = _Index(catalogue.known)
    taken = set(catalogue.present)
    seen: dict[str, Episode] = {}
    for item in items:
        episode = item.episode
        key = key_of(episode)
        if key in seen and not _same_words(seen[key], episode):
            key = _second_name(key, episode)
        if key in seen:
            yield Finding(item, Found.REPEATED, key)
            continue
        seen[key] = episode
        match = index.same(key, episode)
        if match is not None and match.id not in taken:
            taken.add(match.id)
            yield Finding(item, Found.REVISED, match.key, match)
            continue
        if match is not None and match.title_key == words_of(episode.title):
            yield Finding(item, Found.REPEATED, key, match)
            continue
        if index.holds(key):
            key = _second_name(key, episode)
        renamed = index.alike(episode, taken)
        if renamed is not None:
            taken.add(renamed[0].id)
            yield Finding(item, Found.RENAMED, key, *renamed)
        elif (twin := index.twin(episode)) is not None:
            yield Finding(item, Found.REPEATED, key, twin)
        else:
            yield Finding(item, Found.NEW, key)


class _Index:
    """Known items by each of their names."""

    def __init__(self, known: Sequence[Known]) -> None:
        self._keys = {each.key: each for each in known}
        self._by_enclosure = _by(known, lambda each: _bare(each.enclosure))
        self._by_guid = _by(known, lambda each: _bare(each.guid))
        self._by_link = _by(known, lambda each: _bare(each.link))
        self._by_title = _by(known, lambda each: each.title_key or None)

    def holds(self, key: str) -> bool:
        return key in self._keys

    def same(self, key: str, episode: Episode) -> Known | None:
        """The item of that very name; not where title, media file and day all say that the name was used again."""
        for name in (_second_name(key, episode), key):
            found = self._keys.get(name)
            if found is not None and not _another(found, episode):
                return found
        return None

    def alike(self, episode: Episode, taken: set[int]) -> tuple[Known, str] | None:
        """An item that is this one under another name, and by what it was recognised."""
        guid, link = _bare(episode.guid), _bare(episode.url)
        audio = _bare(episode.audio.url if episode.audio else None)
        for name, index, words in (
            (audio, self._by_enclosure, "its media file"),
            (guid, self._by_guid, "its guid without scheme and host"),
            (link, self._by_link, "its link"),
        ):
            for found in index.get(name, ()) if name else ():
                if found.id not in taken and (_one_title(found, episode) or _one_day(found, episode)):
                    return found, words
        for found in self._by_title.get(words_of(episode.title), ()):
            one_time = _one_day(found, episode) or (found.claimed_at is None and episode.published is None)
            if found.id not in taken and one_time and _one_length(found, episode):
                return found, "its title, day and length"
        return None

    def twin(self, episode: Episode) -> Known | None:
        """An item that the document holds a second time under another name: one title, day and media file or link."""
        audio = _bare(episode.audio.url if episode.audio else None)
        link = _bare(episode.url)
        for found in self._by_title.get(words_of(episode.title), ()):
            one_file = bool(audio) and audio == _bare(found.enclosure)
            one_link = bool(link) and link == _bare(found.link)
            if _one_day(found, episode) and (one_file or one_link):
                return found
        return None


def _by(known: Sequence[Known], name: Callable[[Known], str | None]) -> Mapping[str, list[Known]]:
    found: dict[str, list[Known]] = {}
    for each in known:
        value = name(each)
        if value:
            found.setdefault(value, []).append(each)
    return found


def _another(known: Known, episode: Episode) -> bool:
    """Whether a name was given to another episode: its title, its media file and its day have all changed."""
    audio = _bare(episode.audio.url if episode.audio else None)
    return (
        not _one_title(known, episode)
        and bool(audio and known.enclosure and audio != _bare(known.enclosure))
        and not _one_day(known, episode)
    )


def _same_words(one: Episode, other: Episode) -> bool:
    return one.url == other.url and one.title == other.title and one.published == other.published


def _second_name(key: str, episode: Episode) -> str:
    """A name for an item whose first name is not its own: with its link or media file, or a hash of its title."""
    more = episode.audio.url if episode.audio else episode.url if episode.url != key else None
    if more is None:
        day = episode.published.date().isoformat() if episode.published else ""
        more = hashlib.blake2b(f"{words_of(episode.title)} {day}".encode(), digest_size=8).hexdigest()
    return f"{key}|{more}"


def _one_title(known: Known, episode: Episode) -> bool:
    return words_of(episode.title) == known.title_key


def _one_day(known: Known, episode: Episode) -> bool:
    if known.claimed_at is None or episode.published is None:
        return False
    return abs(known.claimed_at - episode.published) < timedelta(days=1)


def _one_length(known: Known, episode: Episode) -> bool:
    if known.duration is None or episode.duration is None:
        return True
    return abs(known.duration - episode.duration) <= _LENGTH_TOLERANCE


def _bare(name: str | None) -> str | None:
    """An address without scheme, host, query and fragment, because hosts, trackers and protocols change."""
    if not name:
        return None
    if "//" not in name:
        return name
    try:
        path = urlsplit(name).path.rstrip("/")
    except ValueError:
        return name
    # A path that says nothing ("/", "/feed") would make strangers alike.
    return path if len(path) >= 6 else name


def _newest(findings: Sequence[Finding], now: datetime) -> list[Finding]:
    """Newest first; those without a date, or with one that is doubted, last in the order of the document."""
    floor = datetime.min.replace(tzinfo=now.tzinfo)
    return sorted(
        findings,
        key=lambda each: floor if doubt_of_date(each.item, now) else dated(each.item, now),
        reverse=True,
    )


def _belated(item: Item, newest: datetime | None, now: datetime) -> str:
    """Why an item that nobody has seen before is no news; "" where it is."""
    if newest is None or item.episode.published is None:
        return ""
    came = dated(item, now)
    if came >= newest - _LATE_BY:
        return ""
    return f"it turned up only now, though it is dated {came.date().isoformat()} and newer ones were known"


def _with(findings: Sequence[Finding], changed: Mapping[int, tuple[Found, str]]) -> tuple[Finding, ...]:
    """`findings` with other verdicts and reasons for some of them, named by their identity in memory."""
    return tuple(
        replace(each, found=changed[id(each)][0], reason=changed[id(each)][1]) if id(each) in changed else each
        for each in findings
    )
