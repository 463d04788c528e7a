"""Reads the page of an episode at a web address that a person named, and reads it anew when it is asked to."""

from __future__ import annotations

from datetime import datetime

from bot.collect.assembly import ACTOR
from bot.collect.intake import SHELF
from bot.collect.outcome import Collected
from bot.errors import Unfetched, UnreadableDocument
from bot.house import House
from bot.http.fetch import Fetched
from bot.sources import sandbox
from bot.store import documents, episodes, events
from bot.store.codec import content_hash
from bot.store.database import alone
from bot.store.documents import READ

# Raised when pages are understood differently.
READER = 1


def fetched(house: House, url: str) -> Fetched:
    """What stands at an address. Raises UnreadableDocument where nothing usable came."""
    try:
        found = house.fetcher.get(url)
    except Unfetched as error:
        raise UnreadableDocument(url, str(error), "Look at the address in a browser, then try again.") from None
    if not 200 <= found.status < 300:
        said = f"its server answered {found.status} instead of the page."
        raise UnreadableDocument(url, said, "Look at the address in a browser, then try again.")
    return found


def take_in(house: House, found: Fetched, now: datetime, *, url: str) -> Collected:
    """Store the episode of a page. Raises UnreadableDocument where the page holds none."""
    reading = sandbox.shared().read_page(found.body, found.url, found.headers.get("content-type", ""))
    new = revised = 0
    with house.store.write() as db:
        alone(db, SHELF)
        for episode in reading.episodes:
            kept = episodes.keep(db, episode, locator=url, announced=True, at=now)
            new, revised = new + kept.new, revised + kept.revised
            if kept.new or kept.revised:
                subject, what = f"episode:{kept.ref.episode}", f"revision {kept.ref.revision} read"
                events.note(db, at=now, actor=ACTOR, subject=subject, what=what, detail=url)
        documents.keep(
            db,
            locator=url,
            content_hash=content_hash(found.body),
            signature=found.validators.etag,
            reader=READER,
            state=READ,
            at=now,
            remarks=reading.remarks,
        )
    return Collected(documents=1, new=new, revised=revised)


def read_again(house: House, url: str, now: datetime) -> Collected:
    """Read a page that was read before, where its bytes have changed; a page that cannot be read stays as it was."""
    with house.store.read() as db:
        known = documents.get(db, url)
    try:
        found = fetched(house, url)
        if known is not None and content_hash(found.body) == known.content_hash:
            return Collected()
        return take_in(house, found, now, url=url)
    except UnreadableDocument as error:
        return Collected(unanswered=(str(error),))
