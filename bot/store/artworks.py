"""The pictures of shows and episodes: where each stands, when it is asked for, and our own small copy of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from bot.identity import key
from bot.model.publication import MediaKind, Medium
from bot.store.database import Db, add, put
from bot.store.schema import artworks, covers, episode_artworks, episodes, shows

_SECOND_LOOK = timedelta(days=1)
_MOST_TOLD = 20


class Origin(StrEnum):
    """Whose picture it is: OWN is a file of the host, which goes before what is TOLD by a source."""

    OWN = "own"
    TOLD = "told"


@dataclass(frozen=True)
class Wanted:
    """A picture that is to be read, of the show or the episode `number`. `url` is where it stands; `tries` is how often
    nothing came of it.
    """

    of_episode: bool
    number: int
    url: str
    tries: int


def told(db: Db, show: int, url: str, *, at: datetime) -> None:
    """Remember where a source says that the picture of a show stands. One that is known is not asked for again."""
    wanted = sa.select(artworks.c.url).where(artworks.c.show_id == show, artworks.c.origin == Origin.TOLD)
    if db.scalar(wanted) != url:
        _put(db, show, Origin.TOLD, url=url, tries=0, next_at=at, message="")


def told_of_episode(db: Db, episode: int, url: str | None, *, at: datetime) -> None:
    """Remember where the own picture of an episode stands; None where its feed names none any more.

    A second address is asked for a day later: some change with each look at a feed.
    """
    row = db.execute(sa.select(episode_artworks).where(episode_artworks.c.episode_id == episode)).one_or_none()
    if url is None:
        if row is not None:
            db.execute(sa.delete(episode_artworks).where(episode_artworks.c.episode_id == episode))
    elif row is None or row.url != url:
        due = at + _SECOND_LOOK if row is not None else at
        put(db, episode_artworks, {"episode_id": episode}, {"url": url, "tries": 0, "next_at": due, "message": ""})


def claim_due(db: Db, *, since: datetime, at: datetime, until: datetime, limit: int) -> list[Wanted]:
    """Take up to `limit` that are due, and put them off `until` then. Of episodes only those that came `since`."""
    query = (
        sa.select(artworks.c.show_id, artworks.c.url, artworks.c.tries)
        .where(artworks.c.origin == Origin.TOLD, artworks.c.next_at <= at)
        .order_by(artworks.c.next_at, artworks.c.show_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    due = [Wanted(False, *row) for row in db.execute(query)]
    of_episodes = (
        sa.select(episode_artworks.c.episode_id, episode_artworks.c.url, episode_artworks.c.tries)
        .join(episodes, episodes.c.id == episode_artworks.c.episode_id)
        .where(episode_artworks.c.next_at <= at, episodes.c.first_seen_at >= since)
        .order_by(episode_artworks.c.next_at, episode_artworks.c.episode_id)
        .limit(limit - len(due))
        .with_for_update(skip_locked=True, of=episode_artworks)
    )
    due += [Wanted(True, *row) for row in db.execute(of_episodes)]
    for each in due:
        _settle(db, each, next_at=until)
    return due


def read(db: Db, wanted: Wanted, *, sha256: str, size: int, next_at: datetime | None) -> None:
    """It was read: our copy is the medium `sha256`, of `size` bytes, which is kept for good. It is asked for again at
    `next_at`, None for never.
    """
    add(db, covers, {"sha256": sha256})
    _settle(db, wanted, sha256=sha256, size=size, tries=0, message="", next_at=next_at)


def postpone(db: Db, wanted: Wanted, *, message: str, next_at: datetime | None) -> None:
    """It could not be read this time; an older copy stays."""
    _settle(db, wanted, tries=wanted.tries + 1, message=message, next_at=next_at)


def own(db: Db) -> dict[int, str]:
    """Of what the host's own pictures were made, by show."""
    query = sa.select(artworks.c.show_id, artworks.c.url).where(artworks.c.origin == Origin.OWN)
    return {row.show_id: row.url for row in db.execute(query)}


def keep_own(db: Db, show: int, url: str, *, sha256: str, size: int, message: str = "") -> None:
    """The picture of a show that the host gave; `sha256` is "" where it is none, as `message` says."""
    if sha256:
        add(db, covers, {"sha256": sha256})
    _put(db, show, Origin.OWN, url=url, sha256=sha256, size=size, next_at=None, message=message)


def drop_own(db: Db, show: int) -> None:
    """The host gives a show no picture any more."""
    db.execute(sa.delete(artworks).where(artworks.c.show_id == show, artworks.c.origin == Origin.OWN))


def of(db: Db, names: Collection[str]) -> dict[str, Medium]:
    """The pictures of shows, by the name that was asked for; nothing for those that have none."""
    wanted = {key(each): each for each in names}
    query = (
        sa.select(shows.c.key, artworks.c.sha256, artworks.c.size)
        .join(artworks, artworks.c.show_id == shows.c.id)
        .where(shows.c.key.in_(wanted), artworks.c.sha256 != "")
        .order_by(artworks.c.origin.desc())  # so that the host's own stays
    )
    return {wanted[row.key]: _medium(row.sha256, row.size) for row in db.execute(query)}


def of_episodes(db: Db, numbers: Collection[int]) -> dict[int, Medium]:
    """The own pictures of episodes, but for those of shows to which the host gave a picture: that one goes before."""
    given = sa.select(artworks.c.show_id).where(artworks.c.origin == Origin.OWN, artworks.c.sha256 != "")
    query = (
        sa.select(episode_artworks.c.episode_id, episode_artworks.c.sha256, episode_artworks.c.size)
        .join(episodes, episodes.c.id == episode_artworks.c.episode_id)
        .where(
            episode_artworks.c.episode_id.in_(numbers),
            episode_artworks.c.sha256 != "",
            sa.or_(episodes.c.show_id.is_(None), episodes.c.show_id.not_in(given)),
        )
    )
    return {row.episode_id: _medium(row.sha256, row.size) for row in db.execute(query)}


def unread(db: Db) -> list[tuple[str, str]]:
    """Whose picture could not be read: shows by name and then episodes by title, each with the reason."""
    of_shows = (
        sa.select(shows.c.name, artworks.c.message)
        .join(artworks, artworks.c.show_id == shows.c.id)
        .where(artworks.c.message != "")
        .order_by(shows.c.name)
    )
    of_their_own = (
        sa.select(episodes.c.title, episode_artworks.c.message)
        .join(episode_artworks, episode_artworks.c.episode_id == episodes.c.id)
        .where(episode_artworks.c.message != "")
        .order_by(episodes.c.id.desc())
        .limit(_MOST_TOLD)
    )
    return [(name, message) for query in (of_shows, of_their_own) for name, message in db.execute(query)]


def _medium(sha256: str, size: int) -> Medium:
    return Medium(MediaKind.IMAGE, "image/jpeg", sha256, size, "")


def _put(db: Db, show: int, origin: Origin, **values: object) -> None:
    put(db, artworks, {"show_id": show, "origin": origin.value}, values)


def _settle(db: Db, wanted: Wanted, **values: object) -> None:
    """Another address may have been told meanwhile: then nothing of this one is kept."""
    table = episode_artworks if wanted.of_episode else artworks
    of = (
        [episode_artworks.c.episode_id == wanted.number]
        if wanted.of_episode
        else [artworks.c.show_id == wanted.number, artworks.c.origin == Origin.TOLD]
    )
    db.execute(sa.update(table).where(*of, table.c.url == wanted.url).values(**values))
