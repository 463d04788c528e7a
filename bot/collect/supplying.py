"""Reads what episodes point to: transcripts, chapters, the entry's own page. What is not there yet is asked for again.

Audio is often listed hours before its transcript, so an address that answers "not found" today may hold it tomorrow.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from bot.collect.assembly import renew
from bot.collect.outcome import Collected
from bot.errors import Unfetched, UnreadableDocument
from bot.house import House
from bot.http.fetch import Fetched, Fetcher, Validators
from bot.model.episode import Episode
from bot.reading import chapters, transcripts
from bot.sources import sandbox
from bot.store import episodes, supplements
from bot.store.database import Db, alone
from bot.store.supplements import Supplement, SupplementKind, SupplementState

# After the first, second, third … try that brought nothing; the last repeats until the address is given up.
_AGAIN = tuple(timedelta(minutes=minutes) for minutes in (10, 30, 60, 180, 360, 720, 1440))
_GIVEN_UP_AFTER = {SupplementKind.TRANSCRIPT: timedelta(days=7), SupplementKind.CHAPTERS: timedelta(days=3)}
_PAGE_GIVEN_UP_AFTER = timedelta(days=1)
_CLAIM = timedelta(minutes=15)
_BATCH = 100
_ACCEPT = {
    SupplementKind.TRANSCRIPT: "text/vtt, application/json, application/x-subrip, text/html;q=0.9, */*;q=0.5",
    SupplementKind.CHAPTERS: "application/json+chapters, application/json, */*;q=0.5",
    SupplementKind.PAGE: "text/html, */*;q=0.5",
}


@dataclass(frozen=True)
class Supplied:
    """What one address gave: the part of an episode that it holds, or in words why it gave nothing."""

    supplement: Supplement
    at: datetime
    content: Episode | None
    fetched: Fetched | None
    message: str


def supply(
    house: House, clock: Callable[[], datetime], told: Callable[[str, int, int], None] = lambda *_: None
) -> Collected:
    """Ask for everything that is due, each once, and complete the episodes it belongs to."""
    read = revised = done = 0
    while due := _claim(house, clock()):
        with ThreadPoolExecutor(house.config.fetch.at_once, thread_name_prefix="supply") as pool:
            for one in pool.map(lambda each: fetch(each, house.fetcher, clock()), due):
                with house.store.write() as db:
                    alone(db, f"episode:{one.supplement.episode_id}")
                    kept = store(db, one)
                read += one.content is not None
                revised += kept
                done += 1
                told("reading transcripts and pages", done, done)
    return Collected(supplied=read, revised=revised)


def fetch(supplement: Supplement, fetcher: Fetcher, now: datetime, *, if_changed: bool = False) -> Supplied:
    """Ask for one address and read what it holds; with `if_changed` an address that is as it was gives nothing."""
    validators = Validators(supplement.etag, supplement.last_modified) if if_changed else Validators()
    try:
        fetched = fetcher.get(supplement.url, validators=validators, accept=_ACCEPT[supplement.kind])
    except Unfetched as error:
        return Supplied(supplement, now, None, None, str(error))
    if if_changed and (fetched.status == 304 or _hash(fetched) == supplement.body_hash):
        return Supplied(supplement, now, None, fetched, "")
    if not 200 <= fetched.status < 300:
        return Supplied(supplement, now, None, fetched, f"its server answered {fetched.status}")
    try:
        return Supplied(supplement, now, _read(supplement, fetched), fetched, "")
    except UnreadableDocument as error:
        return Supplied(supplement, now, None, fetched, f"{error.expected} {error.remedy}")


def store(db: Db, supplied: Supplied) -> bool:
    """Keep what was read, or when to ask again. Returns whether the episode has a new revision."""
    supplement, at = supplied.supplement, supplied.at
    if supplied.content is None or supplied.fetched is None:
        _later(db, supplied)
        return False
    supplements.read(
        db,
        supplement.id,
        supplied.content,
        etag=supplied.fetched.validators.etag,
        last_modified=supplied.fetched.validators.last_modified,
        body_hash=_hash(supplied.fetched),
        message=supplied.message,
        at=at,
    )
    found = supplements.of_episode(db, supplement.episode_id)
    if supplied.content.transcript is not None:
        others = [
            each.id
            for each in found
            if each.kind is SupplementKind.TRANSCRIPT
            and each.id != supplement.id
            and each.state is SupplementState.WANTED
        ]
        supplements.unneeded(db, others, "another transcript was read")
    locator = episodes.locator_of(db, supplement.episode_id) or supplement.url
    kept = renew(db, supplement.episode_id, locator=locator, at=at, why=f"its {supplement.kind} was read")
    if _complete(supplements.of_episode(db, supplement.episode_id)):
        episodes.wait_no_more(db, supplement.episode_id)
    return kept is not None and kept.revised


def _complete(found: Sequence[Supplement]) -> bool:
    """Whether an episode has its transcript and nothing else of it is asked for the first time only now."""
    spoken = any(each.content is not None and each.content.transcript is not None for each in found)
    return spoken and not any(each.state is SupplementState.WANTED and each.tries == 0 for each in found)


def _later(db: Db, supplied: Supplied) -> None:
    supplement, tries = supplied.supplement, supplied.supplement.tries + 1
    patience = _GIVEN_UP_AFTER.get(supplement.kind, _PAGE_GIVEN_UP_AFTER)
    if supplied.at - supplement.added_at >= patience:
        supplements.give_up(db, supplement.id, tries=tries, message=supplied.message)
        return
    wait = _AGAIN[min(tries, len(_AGAIN)) - 1]
    asked = supplied.fetched.retry_after if supplied.fetched is not None else None
    wait = max(wait, timedelta(seconds=min(asked or 0, patience.total_seconds())))
    supplements.postpone(db, supplement.id, tries=tries, message=supplied.message, next_at=supplied.at + wait)


def _read(supplement: Supplement, fetched: Fetched) -> Episode:
    name = _name(supplement.url)
    mime = fetched.headers.get("content-type", "") or supplement.mime
    match supplement.kind:
        case SupplementKind.TRANSCRIPT:
            return Episode(title="", transcript=transcripts.read(fetched.body, name, mime=supplement.mime or mime))
        case SupplementKind.CHAPTERS:
            return Episode(title="", chapters=chapters.read(fetched.body, name))
        case _:
            return sandbox.shared().read_page(fetched.body, fetched.url, mime).episodes[0]


def _claim(house: House, now: datetime) -> list[Supplement]:
    with house.store.write() as db:
        return supplements.claim_due(db, at=now, until=now + _CLAIM, limit=_BATCH)


def _hash(fetched: Fetched) -> str:
    return hashlib.sha256(fetched.body).hexdigest()


def _name(url: str) -> str:
    """The file's name without host and query: it tells the format, and holds no secret."""
    try:
        return urlsplit(url).path.rpartition("/")[2][:100] or "transcript"
    except ValueError:
        return "transcript"
