"""Puts an episode together anew from what its feed says and what was read elsewhere, and stores it where it changed."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.model.episode import Episode
from bot.polling.merge import merged
from bot.store import episodes, events, sources, supplements
from bot.store.database import Db
from bot.store.episodes import Kept
from bot.store.supplements import Supplement, SupplementKind, SupplementState

ACTOR = "pullquote"
# An episode that changes more often in a day is being fiddled with; the rest is read the day after.
_MOST_A_DAY = 24
# The document that a person laid into a folder says more than a page that was found by its link.
_ORDER = (SupplementKind.DOCUMENT, SupplementKind.TRANSCRIPT, SupplementKind.CHAPTERS, SupplementKind.PAGE)


def assemble(own: Episode, found: list[Supplement]) -> Episode:
    """An episode as its feed has it, completed by what was read for it."""
    links = {link.url: number for number, link in enumerate(own.transcript_links)}
    read = [each for each in found if each.state is SupplementState.READ and each.content is not None]
    read.sort(key=lambda each: (_ORDER.index(each.kind), links.get(each.url, len(links)), each.id))
    return merged(own, [each.content for each in read if each.content is not None])


def renew(db: Db, number: int, *, locator: str, at: datetime, why: str) -> Kept | None:
    """Store an episode of a feed as it is now; None where it changed too often today, or is of no feed."""
    own = sources.content(db, number)
    if own is None:
        return None
    if episodes.revisions_since(db, number, at - timedelta(days=1)) >= _MOST_A_DAY:
        return None
    kept = episodes.revise(db, number, assemble(own, supplements.of_episode(db, number)), locator=locator, at=at)
    if kept.revised:
        _tell(db, number, f"revision {kept.ref.revision} read", why, at)
    return kept


def _tell(db: Db, number: int, what: str, detail: str, at: datetime) -> None:
    events.note(db, at=at, actor=ACTOR, subject=f"episode:{number}", what=what, detail=detail)
