"""Takes in a feed that was read: decides what is new, stores it, remembers every item. One transaction for one feed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from bot.collect.assembly import ACTOR, renew
from bot.collect.outcome import Collected
from bot.identity import Known as KnownEpisode
from bot.identity import key as words_of
from bot.model.episode import Episode
from bot.model.feed import Feed, Item
from bot.polling.novelty import Catalogue, Finding, Found, dated, doubt_of_date, missing, sift
from bot.polling.rhythm import Rhythm, learn
from bot.reading.notes import clean, common_paragraphs
from bot.store import artworks, episodes, events, sources, supplements
from bot.store.database import Db, alone
from bot.store.sources import ItemState, Row, Seen
from bot.store.supplements import SupplementKind

# Two that store the same episode at once must store it once.
SHELF = "collect"
# From fewer items nothing is learned of what a feed repeats.
_ENOUGH_ITEMS = 4
# Pages of these hosts hold nothing but a player.
_NO_PAGES = ("youtube.com", "www.youtube.com", "youtu.be", "open.spotify.com", "podcasts.apple.com")


@dataclass(frozen=True)
class Policy:
    """What the host set for a source."""

    newest: int = 1
    transcript_wait: timedelta = timedelta()
    page: bool = False
    # Whether anything that an episode points to is fetched at all.
    fetches: bool = False


@dataclass(frozen=True)
class Intake:
    """What taking in a feed did, and what it taught about the source."""

    collected: Collected
    newest_at: datetime | None
    rhythm: Rhythm
    transcribed: bool


def take_in(
    db: Db,
    key: str,
    feed: Feed,
    marks: Collection[str],
    *,
    first: bool,
    policy: Policy,
    transcribed: bool,
    at: datetime,
) -> Intake:
    """Store what is new and changed in a feed.

    `feed.items` are at least those whose words are not known; `marks` the fingerprints of all items of the document,
    in whatever order. `first` says that the source was never read before.
    """
    alone(db, SHELF)
    seen = sources.items(db, key)
    there = frozenset(marks)
    words = {each.fingerprint for each in seen}
    present = frozenset(each.known.id for each in seen if each.fingerprint in there)
    refrains = _refrains(db, key, feed, whole=len(feed.items) >= len(there))
    fresh = [item for item in feed.items if item.fingerprint not in words]
    catalogue = Catalogue([each.known for each in seen], present, len(there), first, policy.newest)
    findings = sift(fresh, catalogue, at)
    transcribed = transcribed or any(item.episode.transcript_links for item in feed.items)
    shelf = _Shelf(db, key, {each.known.id: each for each in seen}, policy, transcribed, feed.image, at)
    for finding in findings:
        # Of the back catalogue, which may be long, no words are kept.
        told = finding.found not in (Found.PAST, Found.REPEATED)
        shelf.put(replace(finding, item=_tidied(finding.item, refrains)) if told else finding)
    sources.add_items(db, key, shelf.rows, at)
    episodes.pictured(db, feed.title, feed.image, at=at)
    shelf.account_for(present | {each.known.id for each in findings if each.known is not None}, renamed=findings)
    dates = [*(each.known.effective_at for each in seen), *(dated(each.item, at) for each in findings)]
    claimed = [date for each in seen if (date := each.known.claimed_at)]
    claimed += [date for each in findings if (date := each.item.episode.published) and date <= at]
    return Intake(shelf.collected, max(dates, default=None), learn(claimed), transcribed)


class _Shelf:
    """Stores the findings of one feed and counts what became of them."""

    def __init__(
        self,
        db: Db,
        key: str,
        seen: dict[int, Seen],
        policy: Policy,
        transcribed: bool,
        cover: str | None,
        at: datetime,
    ) -> None:
        self._db = db
        self._key = key
        self._seen = seen
        self._policy = policy
        self._transcribed = transcribed
        self._cover = cover
        self._at = at
        self.rows: list[Row] = []
        self.collected = Collected()

    def put(self, finding: Finding) -> None:
        match finding.found:
            case Found.NEW:
                self._announce(finding)
            case Found.PAST:
                self.rows.append(_row(finding, ItemState.PAST))
                self._count(known_only=1)
            case Found.HELD:
                self._keep(finding, ItemState.HELD, announced=False, waits_until=None)
            case Found.REVISED | Found.RENAMED:
                self._renew(finding)
            case Found.REPEATED:
                pass

    def account_for(self, present: frozenset[int], *, renamed: tuple[Finding, ...]) -> None:
        """Note what was taken out of the feed, what came back, and a feed that gave its items new names."""
        known = [each.known for each in self._seen.values()]
        gone = [self._seen[each.id] for each in missing(known, present)]
        news = [each for each in gone if each.missing_since is None]
        back = [each for each in self._seen.values() if each.missing_since is not None and each.known.id in present]
        sources.mark_missing(self._db, [each.known.id for each in news], self._at)
        sources.mark_missing(self._db, [each.known.id for each in back], None)
        for each in news:
            if each.episode_id is not None:
                self._tell(f"episode:{each.episode_id}", "withdrawn", "its feed does not hold it any more")
                self._count(withdrawn=1)
        for each in back:
            if each.episode_id is not None:
                self._tell(f"episode:{each.episode_id}", "there again", "its feed holds it again")
        names = [each for each in renamed if each.found is Found.RENAMED]
        if len(names) > max(1, len(known) / 2):
            detail = f"{len(names)} of {len(known)} items bear new names and were recognised; none is announced again"
            self._tell(f"source:{self._key}", "renamed", detail)

    def _announce(self, finding: Finding) -> None:
        episode = finding.item.episode
        wanted = _wanted(episode, self._policy)
        waiting = episode.transcript is None and (
            bool(episode.transcript_links)
            or self._transcribed
            or SupplementKind.PAGE in {kind for kind, _, _ in wanted}
        )
        until = self._at + self._policy.transcript_wait if waiting and self._policy.transcript_wait else None
        self._keep(finding, ItemState.ANNOUNCED, announced=True, waits_until=until)

    def _keep(self, finding: Finding, state: ItemState, *, announced: bool, waits_until: datetime | None) -> None:
        episode, locator = finding.item.episode, f"{self._key}#{finding.key}"
        known = episodes.recognise(self._db, episode, locator=locator)
        if known is not None:
            self._join(finding, known, locator)
            return
        kept = episodes.keep(
            self._db, episode, locator=locator, announced=announced, at=self._at, waits_until=waits_until
        )
        number = kept.ref.episode
        detail = finding.reason or doubt_of_date(finding.item, self._at) or locator
        self._tell(f"episode:{number}", "read" if announced else "held", detail)
        self.rows.append(_row(finding, state, episode_id=number))
        self._want(number, episode)
        self._picture(number, finding.item)
        self._count(new=int(announced), held=int(not announced))

    def _join(self, finding: Finding, known: KnownEpisode, locator: str) -> None:
        """The same episode came from elsewhere before, as a document or in another feed: what it said there stays."""
        supplements.keep_document(self._db, known.id, known.locator, known.content, at=self._at)
        sources.add_items(self._db, self._key, [_row(finding, ItemState.ANNOUNCED, episode_id=known.id)], self._at)
        self._want(known.id, finding.item.episode)
        if finding.item.picture:
            self._picture(known.id, finding.item)
        kept = renew(self._db, known.id, locator=locator, at=self._at, why=f"it is in {_shown(self._key)} too")
        self._count(revised=int(kept is not None and kept.revised))

    def _want(self, number: int, episode: Episode) -> None:
        if not self._policy.fetches:
            return
        for kind, url, mime in _wanted(episode, self._policy):
            supplements.want(self._db, number, kind, url, mime=mime, at=self._at)

    def _picture(self, number: int, item: Item) -> None:
        """Many feeds say of each episode where the picture of the show stands."""
        own = item.picture if item.picture != self._cover else None
        artworks.told_of_episode(self._db, number, own, at=self._at)

    def _renew(self, finding: Finding) -> None:
        if finding.known is None:
            return
        seen = self._seen[finding.known.id]
        sources.renew_item(self._db, seen.known.id, _row(finding, seen.state))
        if finding.found is Found.RENAMED:
            self._count(renamed=1)
        if seen.episode_id is None:
            return
        number = seen.episode_id
        if finding.found is Found.RENAMED:
            detail = f"its feed gave it another name; recognised by {finding.reason}; not announced again"
            self._tell(f"episode:{number}", "renamed", detail)
        self._want(number, finding.item.episode)
        self._picture(number, finding.item)
        kept = renew(
            self._db, number, locator=f"{self._key}#{finding.key}", at=self._at, why="its feed says something else now"
        )
        if kept is not None and kept.revised:
            self._count(revised=1)

    def _count(self, **numbers: int) -> None:
        self.collected = self.collected.plus(Collected(**numbers))  # type: ignore[arg-type]

    def _tell(self, subject: str, what: str, detail: str) -> None:
        events.note(self._db, at=self._at, actor=ACTOR, subject=subject, what=what, detail=detail)


def _refrains(db: Db, key: str, feed: Feed, *, whole: bool) -> frozenset[str]:
    """What the items of a feed repeat: learned where the whole feed was read, else as it was learned before.

    So what an item says does not hang on how many others were taken out of the document with it.
    """
    before = sources.refrains(db, key)
    if not whole or len(feed.items) < _ENOUGH_ITEMS:
        return before
    learned = common_paragraphs([item.episode.blurb for item in feed.items])
    if learned != before:
        sources.put_refrains(db, key, learned)
    return learned


def _tidied(item: Item, refrains: frozenset[str]) -> Item:
    """An item whose notes tell of the episode only: sponsors, appeals, links, footers and refrains are left out."""
    episode = item.episode
    notes = clean(episode.blurb, common=refrains)
    listed = () if episode.chapters or episode.chapters_url else notes.chapters
    return replace(item, episode=replace(episode, blurb=notes.text, chapters=episode.chapters or listed))


def _wanted(episode: Episode, policy: Policy) -> list[tuple[SupplementKind, str, str]]:
    """What is to be read elsewhere for an episode."""
    found = [(SupplementKind.TRANSCRIPT, link.url, link.mime) for link in episode.transcript_links]
    if episode.chapters_url and not episode.chapters:
        found.append((SupplementKind.CHAPTERS, episode.chapters_url, "application/json"))
    poor = not (episode.summary and episode.insights and (episode.transcript or episode.transcript_links))
    if policy.page and poor and episode.url and urlsplit(episode.url).hostname not in _NO_PAGES:
        found.append((SupplementKind.PAGE, episode.url, "text/html"))
    return found


def _row(finding: Finding, state: ItemState, *, episode_id: int | None = None) -> Row:
    episode = finding.item.episode
    return Row(
        key=finding.key,
        guid=episode.guid,
        link=episode.url,
        enclosure=episode.audio.url if episode.audio else None,
        title_key=words_of(episode.title),
        duration=episode.duration,
        fingerprint=finding.item.fingerprint,
        claimed_at=episode.published,
        state=state,
        reason=finding.reason,
        content=None if state is ItemState.PAST else episode,
        episode_id=episode_id,
    )


def _shown(key: str) -> str:
    """A source without what may be secret in its address."""
    try:
        return urlsplit(key).hostname or key
    except ValueError:
        return key


def marks_of(items: Collection[Item]) -> frozenset[str]:
    """The fingerprints of items that were all read."""
    return frozenset(item.fingerprint for item in items)
