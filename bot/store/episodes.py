"""Episodes and their revisions: what was read, kept for ever, and what still has to be prepared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

import sqlalchemy as sa

from bot.identity import Known, identity, key, match
from bot.model.digest import Digest
from bot.model.episode import Episode
from bot.model.provenance import EpisodeRef
from bot.model.states import DraftState
from bot.store import artworks, flags
from bot.store.codec import content_hash, decode, encode
from bot.store.database import Db, add
from bot.store.schema import digests, drafts, edition_episodes, episode_revisions, episodes, shows, source_items
from bot.store.sources import ItemState

# Made once, because every delivery asks them.
_CONTENT = sa.select(episode_revisions.c.content).where(
    episode_revisions.c.episode_id == sa.bindparam("of"), episode_revisions.c.number == sa.bindparam("number")
)
_NEWEST = sa.select(episodes.c.revision).where(episodes.c.id == sa.bindparam("of"))
_IN_EDITION = edition_episodes.c.episode_id == episodes.c.id
# No transaction takes so long.
_LATE = timedelta(days=1)


@dataclass(frozen=True)
class Kept:
    """What became of an episode that was read: its reference, and whether it is new, revised or unchanged."""

    ref: EpisodeRef
    new: bool
    revised: bool


@dataclass(frozen=True)
class Listed:
    """An episode as lists show it."""

    id: int
    title: str
    show: str | None
    published_at: datetime | None
    first_seen_at: datetime
    revision: int
    announced: bool
    locator: str


def keep(
    db: Db, episode: Episode, *, locator: str, announced: bool, at: datetime, waits_until: datetime | None = None
) -> Kept:
    """Store what was read: a new episode, a new revision of a known one, or nothing where nothing changed.

    `announced` says whether a new episode may be drafted; a back catalogue is only remembered. A new episode is not
    drafted before `waits_until`.
    """
    known = recognise(db, episode, locator=locator)
    if known is None:
        return _insert(db, episode, locator=locator, announced=announced, at=at, waits_until=waits_until)
    return revise(db, known.id, episode, locator=locator, at=at)


def recognise(db: Db, episode: Episode, *, locator: str) -> Known | None:
    """The stored episode that this is a reading of; None where it is new."""
    return match(episode, locator=locator, known=_candidates(db, episode, locator))


def revise(db: Db, number: int, episode: Episode, *, locator: str, at: datetime) -> Kept:
    """Store a new revision of a known episode, or nothing where nothing changed."""
    content = encode(episode)
    newest = db.execute(
        sa.select(episode_revisions.c.number, episode_revisions.c.content_hash)
        .where(episode_revisions.c.episode_id == number)
        .order_by(episode_revisions.c.number.desc())
        .limit(1)
    ).one()
    if newest.content_hash == content_hash(content):
        return Kept(EpisodeRef(number, newest.number), new=False, revised=False)
    ref = EpisodeRef(number, newest.number + 1)
    _add_revision(db, ref, content, locator=locator, at=at)
    pictured(db, episode.show, episode.artwork, at=at)
    db.execute(
        sa.update(episodes)
        .where(episodes.c.id == number)
        .values(**_columns(db, episode, locator), revision=ref.revision)
    )
    return Kept(ref, new=False, revised=True)


def revisions_since(db: Db, number: int, since: datetime) -> int:
    """How many revisions of an episode were read since then."""
    return (
        db.scalar(
            sa.select(sa.func.count())
            .select_from(episode_revisions)
            .where(episode_revisions.c.episode_id == number, episode_revisions.c.read_at >= since)
        )
        or 0
    )


def wait_no_more(db: Db, number: int) -> None:
    """Let an episode be drafted: what it waited for has come."""
    db.execute(sa.update(episodes).where(episodes.c.id == number).values(waits_until=None))


def locator_of(db: Db, number: int) -> str | None:
    """Where an episode was read from last."""
    found: str | None = db.scalar(sa.select(episodes.c.locator).where(episodes.c.id == number))
    return found


def load(db: Db, ref: EpisodeRef) -> Episode:
    """One revision of an episode, whole. Raises LookupError where there is none."""
    content = db.scalar(_CONTENT, {"of": ref.episode, "number": ref.revision})
    if content is None:
        raise LookupError(f"there is no revision {ref.revision} of episode {ref.episode}")
    return decode(Episode, content)


def newest(db: Db, episode: int) -> EpisodeRef | None:
    """The newest revision of an episode, None where there is no such episode."""
    number = db.scalar(_NEWEST, {"of": episode})
    return EpisodeRef(episode, number) if number is not None else None


_UNPREPARED = sa.and_(episodes.c.announced == 1, episodes.c.prepared_revision < episodes.c.revision)


def count_unprepared(db: Db, now: datetime) -> int:
    return db.scalar(sa.select(sa.func.count()).select_from(episodes).where(_UNPREPARED, _ready(now))) or 0


def waiting(db: Db, now: datetime) -> int:
    """How many episodes wait for what belongs to them."""
    query = sa.select(sa.func.count()).select_from(episodes).where(_UNPREPARED, episodes.c.waits_until > now)
    return db.scalar(query) or 0


def unprepared(db: Db, limit: int, now: datetime) -> list[EpisodeRef]:
    """Episodes whose newest revision has not been digested yet, in the order in which they came.

    Those that wait for their transcript are left out until it comes or their time is over.
    """
    ready = sa.select(episodes.c.id, episodes.c.revision).where(_UNPREPARED, _ready(now))
    query = ready.order_by(episodes.c.id).limit(limit)
    return [EpisodeRef(row.id, row.revision) for row in db.execute(query)]


def is_unprepared(db: Db, ref: EpisodeRef) -> bool:
    """Whether a revision is still the newest of its episode and waits to be digested."""
    query = sa.select(episodes.c.id).where(_UNPREPARED, episodes.c.id == ref.episode)
    return db.scalar(query.where(episodes.c.revision == ref.revision)) is not None


def _ready(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(episodes.c.waits_until.is_(None), episodes.c.waits_until <= now)


def keep_digest(db: Db, digest: Digest) -> None:
    """Store what we say about a revision, and note that the revision is prepared."""
    ref = digest.ref
    db.execute(sa.delete(digests).where(digests.c.episode_id == ref.episode, digests.c.revision == ref.revision))
    db.execute(sa.insert(digests).values(episode_id=ref.episode, revision=ref.revision, content=encode(digest)))
    db.execute(
        sa.update(episodes)
        .where(episodes.c.id == ref.episode, episodes.c.prepared_revision < ref.revision)
        .values(prepared_revision=ref.revision)
    )


def digest(db: Db, episode: int) -> Digest | None:
    """What we say about the newest prepared revision of an episode."""
    content = db.scalar(
        sa.select(digests.c.content)
        .join(
            episodes, sa.and_(episodes.c.id == digests.c.episode_id, episodes.c.prepared_revision == digests.c.revision)
        )
        .where(episodes.c.id == episode)
    )
    return decode(Digest, content) if content is not None else None


def waiting_for_edition(db: Db, newsletter: str, limit: int) -> list[int]:
    """Prepared episodes that stand in no edition of a newsletter yet, those published last first."""
    query = (
        sa.select(episodes.c.id)
        .where(
            episodes.c.id > flags.settled_upto(db, newsletter),
            episodes.c.announced == 1,
            episodes.c.prepared_revision > 0,
            ~sa.exists().where(_IN_EDITION, edition_episodes.c.newsletter == newsletter),
        )
        .order_by(sa.func.coalesce(episodes.c.published_at, episodes.c.first_seen_at).desc(), episodes.c.id)
        .limit(limit)
    )
    return list(db.scalars(query))


def settle(db: Db, newsletter: str, *, at: datetime) -> None:
    """Remember up to which number no episode will ever wait for an edition of a newsletter, so that it is not looked at
    again: it went out in one, or was never to be drafted.

    What came within the last day is left out: a transaction that ends late may bring an episode of a lower number.
    """
    upto = flags.settled_upto(db, newsletter)
    went_out = sa.exists().where(
        _IN_EDITION,
        edition_episodes.c.newsletter == newsletter,
        drafts.c.id == edition_episodes.c.draft_id,
        drafts.c.state == DraftState.PUBLISHED,
    )
    # Somebody may yet have it drafted.
    held = sa.exists().where(source_items.c.episode_id == episodes.c.id, source_items.c.state == ItemState.HELD)
    open_still = sa.or_(sa.and_(episodes.c.announced == 1, ~went_out), held)
    rest = sa.select(episodes.c.id).where(episodes.c.id > upto)
    first_open = rest.where(sa.or_(episodes.c.first_seen_at > at - _LATE, open_still)).order_by(episodes.c.id).limit(1)
    found = db.scalar(first_open)
    settled = found - 1 if found is not None else db.scalar(rest.with_only_columns(sa.func.max(episodes.c.id)))
    if settled is not None and settled > upto:
        flags.keep_settled_upto(db, newsletter, settled, at=at)


def listed(db: Db, *, limit: int, before: int | None = None) -> list[Listed]:
    """The episodes that came last, newest first; those that came `before` an episode where one is named."""
    query = _listing().order_by(episodes.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(episodes.c.id < before)
    return [_listed(row) for row in db.execute(query)]


def shows_lately(db: Db, limit: int) -> set[str]:
    """The shows of the episodes that came last among those that may be drafted, by name."""
    query = (
        sa.select(shows.c.name)
        .join(episodes, episodes.c.show_id == shows.c.id)
        .where(episodes.c.announced == 1)
        .order_by(episodes.c.id.desc())
        .limit(limit)
    )
    return set(db.scalars(query))


def pictured(db: Db, show: str | None, url: str | None, *, at: datetime) -> None:
    """Remember where the picture of a show stands, where a source says it."""
    if url and (number := show_of(db, show)) is not None:
        artworks.told(db, number, url, at=at)


def find(db: Db, episode: int) -> Listed | None:
    row = db.execute(_listing().where(episodes.c.id == episode)).one_or_none()
    return _listed(row) if row else None


def total(db: Db) -> int:
    return db.scalar(sa.select(sa.func.count()).select_from(episodes)) or 0


def _candidates(db: Db, episode: Episode, locator: str) -> Sequence[Known]:
    """Stored episodes that share an identifier, a title or a place with the one at hand."""
    wanted = [episodes.c.title_key == key(episode.title), episodes.c.locator == locator]
    if episode.guid:
        wanted.append(episodes.c.guid == episode.guid)
    query = (
        sa.select(episodes.c.id, episodes.c.locator, episode_revisions.c.content)
        .join(
            episode_revisions,
            sa.and_(episode_revisions.c.episode_id == episodes.c.id, episode_revisions.c.number == episodes.c.revision),
        )
        .where(sa.or_(*wanted))
        .order_by(*(sa.desc(each) for each in reversed(wanted)), episodes.c.id.desc())
        .limit(20)
    )
    return [Known(row.id, row.locator, decode(Episode, row.content)) for row in db.execute(query)]


def _insert(
    db: Db, episode: Episode, *, locator: str, announced: bool, at: datetime, waits_until: datetime | None
) -> Kept:
    content = encode(episode)
    values = _columns(db, episode, locator) | {
        "first_seen_at": at,
        "announced": int(announced),
        "revision": 1,
        "prepared_revision": 0,
        "waits_until": waits_until,
    }
    try:
        with db.begin_nested():
            number = db.scalar(
                sa.insert(episodes)
                .values(**values, identity=_free_name(db, identity(episode)))
                .returning(episodes.c.id)
            )
    except sa.exc.IntegrityError:
        # Another worker stored it between our look and our insert: theirs is the one to compare with.
        return keep(db, episode, locator=locator, announced=announced, at=at, waits_until=waits_until)
    ref = EpisodeRef(int(number or 0), 1)
    _add_revision(db, ref, content, locator=locator, at=at)
    pictured(db, episode.show, episode.artwork, at=at)
    return Kept(ref, new=True, revised=False)


def _free_name(db: Db, name: str) -> str:
    """`name`, or `name|2`, `name|3` …: two different episodes may bear one title on one day."""
    taken = set(db.scalars(sa.select(episodes.c.identity).where(episodes.c.identity.startswith(name, autoescape=True))))
    if name not in taken:
        return name
    return next(candidate for n in count(2) if (candidate := f"{name}|{n}") not in taken)


def _add_revision(db: Db, ref: EpisodeRef, content: str, *, locator: str, at: datetime) -> None:
    db.execute(
        sa.insert(episode_revisions).values(
            episode_id=ref.episode,
            number=ref.revision,
            content_hash=content_hash(content),
            content=content,
            locator=locator,
            read_at=at,
        )
    )


def _columns(db: Db, episode: Episode, locator: str) -> dict[str, object]:
    return {
        "show_id": show_of(db, episode.show),
        "title": episode.title,
        "title_key": key(episode.title),
        "guid": episode.guid,
        "url": episode.url,
        "locator": locator,
        "published_at": episode.published,
    }


def show_of(db: Db, name: str | None) -> int | None:
    """The number of a show, which is known from then on; None without a name."""
    if not name:
        return None
    number = sa.select(shows.c.id).where(shows.c.key == key(name))
    found: int | None = db.scalar(number)
    if found is None:
        add(db, shows, {"key": key(name), "name": name})
        found = db.scalar(number)
    return found


def _listing() -> sa.Select[tuple[object, ...]]:
    return sa.select(
        episodes.c.id,
        episodes.c.title,
        shows.c.name.label("show"),
        episodes.c.published_at,
        episodes.c.first_seen_at,
        episodes.c.revision,
        episodes.c.announced,
        episodes.c.locator,
    ).join(shows, shows.c.id == episodes.c.show_id, isouter=True)


def _listed(row: sa.Row[tuple[object, ...]]) -> Listed:
    return Listed(
        row.id,
        row.title,
        row.show,
        row.published_at,
        row.first_seen_at,
        row.revision,
        bool(row.announced),
        row.locator,
    )
