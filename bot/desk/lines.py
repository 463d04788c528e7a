"""Where every sentence of an edition comes from, and which episodes do not stand in it, and why."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response

from bot.desk.sessions import Desk, page, told
from bot.digest import rank
from bot.drafting import editions, trace
from bot.drafting.trace import Traced
from bot.errors import Refused
from bot.house import House
from bot.model.digest import Digest, Edition
from bot.model.editor import Right
from bot.model.episode import Episode
from bot.model.provenance import EpisodeRef
from bot.store import drafts, episodes
from bot.store.codec import decode
from bot.store.database import Db
from bot.store.drafts import OPEN, Draft, Revision

# So many episodes that wait for a later edition are named.
_WAITING = 30


@dataclass(frozen=True)
class Entry:
    """One episode of an edition: where it is printed, and its sentences."""

    episode: int
    show: str | None
    headline: str
    place: str
    lines: tuple[Traced, ...]


@dataclass(frozen=True)
class Why:
    """Why an episode stands where it does: our points with their reasons, and the place that an editor gave it."""

    episode: int
    headline: str
    place: str
    points: float
    reasons: tuple[str, ...]
    given: int | None


@dataclass(frozen=True)
class LeftOut:
    episode: int
    title: str
    why: str


@dataclass(frozen=True)
class Sources:
    """An edition line by line. `whole` are the sentences that speak of all of it; `words` an editor's own."""

    whole: tuple[Traced, ...]
    words: tuple[tuple[str, str], ...]
    entries: tuple[Entry, ...]
    left_out: tuple[LeftOut, ...]


def pages(desk: Desk) -> Blueprint:
    """The page that follows an edition back. It is not on the draft's own page, which would load every transcript."""
    blueprint = Blueprint("lines", __name__)

    @blueprint.get("/drafts/<int:number>/sources")
    @desk.needs(Right.READ)
    def provenance(number: int) -> Response:
        try:
            with desk.house.store.read() as db:
                draft = drafts.get(db, number)
                content = drafts.revision(db, draft)
                found = sources_of(desk.house, db, draft, content) if content.basis else None
        except Refused as error:
            return told(404, "No such draft", str(error))
        if found is None:
            return told(404, "No edition", f"Draft {number} is a post; its quotations stand on its own page.")
        return page("provenance.html", draft=draft, content=content, sources=found)

    return blueprint


def sources_of(house: House, db: Db, draft: Draft, content: Revision) -> Sources:
    """The sentences of an edition's revision, followed back."""
    edition = decode(Edition, content.basis)
    known: dict[EpisodeRef, Episode] = {}
    for digest in edition.digests:
        known[digest.ref] = episodes.load(db, digest.ref)
    entries = tuple(
        Entry(
            digest.ref.episode,
            digest.show,
            digest.headline.text,
            _place(edition, digest),
            trace.of_digest(digest, edition, known),
        )
        for digest in edition.digests
    )
    own = [("opener", edition.opener)] if edition.opener else []
    own += [(f"note on episode {at}", text) for at, text in edition.notes if text]
    return Sources(trace.of_edition(edition, known), tuple(own), entries, left_out(house, db, draft, edition))


def _place(edition: Edition, digest: Digest) -> str:
    top = [each.ref for each in edition.top]
    place = "the lead" if digest.ref == edition.lead.ref else ""
    if digest.ref in top:
        place = f"{place}, " if place else ""
        place += f"number {top.index(digest.ref) + 1} of the top"
    group = next((each.topic for each in edition.groups if digest in each.digests), "")
    return ", ".join(each for each in (place, f"under “{group}”" if group else "") if each)


def why(draft: Draft, edition: Edition) -> tuple[Why, ...]:
    """The episodes of an edition in the order of print, each with why it stands there."""
    standings = {each.digest.ref: each for each in rank.ranked(edition.digests, day=edition.day)}
    given = editions.places(draft.edits)
    found = []
    for digest in edition.digests:
        standing, at = standings[digest.ref], digest.ref.episode
        place = _place(edition, digest)
        found.append(Why(at, digest.headline.text, place, standing.points, standing.reasons, given.get(at)))
    return tuple(found)


def left_out(house: House, db: Db, draft: Draft, edition: Edition) -> tuple[LeftOut, ...]:
    """The episodes that do not stand in an edition though they might, each with the reason."""
    printed = {digest.ref.episode for digest in edition.digests}
    found = []
    skipped = editions.skipped(draft.edits)
    for number in drafts.edition_of(db, draft):
        if number not in printed:
            reason = skipped.get(number)
            found.append(_named(db, number, f"skipped: {reason}" if reason else "it has not been digested yet"))
    if draft.newsletter is not None and draft.state in OPEN:
        table = house.config.newsletters.get(draft.newsletter)
        full = table is not None and len(drafts.edition_of(db, draft)) >= table.max_episodes
        why = f"the edition is full (max_episodes = {table.max_episodes})" if full and table else ""
        waiting = episodes.waiting_for_edition(db, draft.newsletter, _WAITING)
        found += [_named(db, number, why or "it joins at the next pass") for number in waiting]
    return tuple(found)


def _named(db: Db, number: int, why: str) -> LeftOut:
    listed = episodes.find(db, number)
    return LeftOut(number, listed.title if listed else f"episode {number}", why)
