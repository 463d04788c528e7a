"""Feeds: how each stands, which items were seen in it, and which of them wait for a person."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from bot.model.episode import Episode
from bot.polling.novelty import Known
from bot.polling.rhythm import Rhythm
from bot.polling.standing import Condition, Move, Standing
from bot.store import database
from bot.store.codec import decode, encode
from bot.store.database import Db
from bot.store.schema import episodes, source_items, source_refrains, sources


class ItemState(StrEnum):
    """What became of an item. PAST was there before us; of HELD a person decides; DISMISSED is what a person left."""

    PAST = "past"
    ANNOUNCED = "announced"
    HELD = "held"
    DISMISSED = "dismissed"


@dataclass(frozen=True)
class Row:
    """An item to be remembered. `content` and `episode_id` are None where only its name is kept."""

    key: str
    guid: str | None
    link: str | None
    enclosure: str | None
    title_key: str
    duration: float | None
    fingerprint: str
    claimed_at: datetime | None
    state: ItemState
    reason: str = ""
    content: Episode | None = None
    episode_id: int | None = None


@dataclass(frozen=True)
class Seen:
    """An item as it is remembered: what recognises it, its words as a fingerprint, and what became of it."""

    known: Known
    fingerprint: str
    state: ItemState
    episode_id: int | None
    missing_since: datetime | None


@dataclass(frozen=True)
class Held:
    """An item that waits for a person."""

    id: int
    source: str
    title: str
    claimed_at: datetime | None
    first_seen_at: datetime
    reason: str
    episode_id: int


def keep(db: Db, keys: Collection[str], at: datetime) -> int:
    """Remember the feeds that a configuration names, so that they are polled. Returns how many are new."""
    there = set(db.scalars(sa.select(sources.c.key)))
    rows = [_blank(key, at) for key in dict.fromkeys(keys) if key not in there]
    if rows:
        db.execute(sa.insert(sources), rows)
    return len(rows)


def get(db: Db, key: str) -> Standing | None:
    row = db.execute(sa.select(sources).where(sources.c.key == key)).one_or_none()
    return _standing(row) if row else None


def listed(db: Db, keys: Collection[str] | None = None) -> list[Standing]:
    """Sources by their address: all that were ever polled, or those of `keys`."""
    rows = db.execute(sa.select(sources).order_by(sources.c.key))
    return [_standing(row) for row in rows if keys is None or row.key in keys]


def claim_due(db: Db, keys: Collection[str], *, at: datetime, until: datetime, limit: int) -> list[Standing]:
    """Take up to `limit` sources that are due, longest first, and put them off `until` then.

    A worker that dies while polling gives them back in that way; two workers never take the same one.
    """
    query = sa.select(sources).where(sources.c.next_at <= at).order_by(sources.c.next_at, sources.c.key)
    due = [_standing(row) for row in db.execute(query.with_for_update(skip_locked=True)) if row.key in keys][:limit]
    if due:
        parameters = [{"was_key": each.key, "until": until} for each in due]
        bound = sa.bindparam("until", type_=sources.c.next_at.type)
        db.execute(sa.update(sources).where(sources.c.key == sa.bindparam("was_key")).values(next_at=bound), parameters)
    return due


def next_due(db: Db, keys: Collection[str]) -> datetime | None:
    """When the first of some sources is due."""
    rows = db.execute(sa.select(sources.c.key, sources.c.next_at).order_by(sources.c.next_at))
    return next((row.next_at for row in rows if row.key in keys), None)


def put(db: Db, standings: Sequence[Standing]) -> None:
    """Store how sources stand now."""
    if not standings:
        return
    columns = [column.name for column in sources.c if column.name not in ("key", "added_at")]
    bound = {name: sa.bindparam(f"new_{name}", type_=sources.c[name].type) for name in columns}
    statement = sa.update(sources).where(sources.c.key == sa.bindparam("was_key")).values(bound)
    rows = []
    for each in standings:
        values = _values(each)
        rows.append({"was_key": each.key} | {f"new_{name}": values[name] for name in columns})
    db.execute(statement, rows)


def refrains(db: Db, key: str) -> frozenset[str]:
    """What most items of a source repeat in their notes, as `put_refrains` was given it."""
    lines = db.scalar(sa.select(source_refrains.c.lines).where(source_refrains.c.source == key))
    return frozenset(json.loads(lines)) if lines else frozenset()


def put_refrains(db: Db, key: str, lines: Collection[str]) -> None:
    if lines:
        database.put(db, source_refrains, {"source": key}, {"lines": json.dumps(sorted(lines), ensure_ascii=False)})
    else:
        db.execute(sa.delete(source_refrains).where(source_refrains.c.source == key))


def fingerprints(db: Db, key: str) -> frozenset[str]:
    """What the items of a source say, as fingerprints."""
    return frozenset(db.scalars(sa.select(source_items.c.fingerprint).where(source_items.c.source == key)))


def items(db: Db, key: str) -> list[Seen]:
    """Every item that a source was seen to hold."""
    query = sa.select(source_items).where(source_items.c.source == key).order_by(source_items.c.id)
    return [_seen(row) for row in db.execute(query)]


def add_items(db: Db, key: str, rows: Iterable[Row], at: datetime) -> None:
    """Remember items that were not known."""
    values = [
        {
            "source": key,
            "key": row.key,
            "guid": row.guid,
            "link": row.link,
            "enclosure": row.enclosure,
            "title_key": row.title_key,
            "duration": row.duration,
            "fingerprint": row.fingerprint,
            "claimed_at": row.claimed_at,
            "first_seen_at": at,
            "missing_since": None,
            "state": row.state,
            "reason": row.reason,
            "content": encode(row.content) if row.content else "",
            "episode_id": row.episode_id,
        }
        for row in rows
    ]
    if values:
        db.execute(sa.insert(source_items), values)


def renew_item(db: Db, number: int, row: Row) -> None:
    """Remember an item that is known under its present name and words; what became of it stays."""
    db.execute(
        sa.update(source_items)
        .where(source_items.c.id == number)
        .values(
            key=row.key,
            guid=row.guid,
            link=row.link,
            enclosure=row.enclosure,
            title_key=row.title_key,
            duration=row.duration,
            fingerprint=row.fingerprint,
            claimed_at=row.claimed_at,
            content=encode(row.content) if row.content else "",
        )
    )


def mark_missing(db: Db, numbers: Collection[int], at: datetime | None) -> None:
    """Note since when items are missing from their feed, or (None) that they are there again."""
    if numbers:
        db.execute(sa.update(source_items).where(source_items.c.id.in_(list(numbers))).values(missing_since=at))


def held(db: Db, key: str | None = None) -> list[Held]:
    """Items that wait for a person, of one source or of all."""
    query = (
        sa.select(source_items, episodes.c.title)
        .join(episodes, episodes.c.id == source_items.c.episode_id)
        .where(source_items.c.state == ItemState.HELD)
        .order_by(source_items.c.source, source_items.c.id)
    )
    if key is not None:
        query = query.where(source_items.c.source == key)
    return [
        Held(row.id, row.source, row.title, row.claimed_at, row.first_seen_at, row.reason, row.episode_id)
        for row in db.execute(query)
    ]


def settle_held(db: Db, numbers: Collection[int], to: ItemState) -> None:
    """A person's word on held items: ANNOUNCED makes their episodes news, DISMISSED leaves them remembered."""
    chosen = source_items.c.id.in_(list(numbers))
    if to is ItemState.ANNOUNCED:
        of_items = sa.select(source_items.c.episode_id).where(chosen)
        db.execute(sa.update(episodes).where(episodes.c.id.in_(of_items)).values(announced=1))
    db.execute(sa.update(source_items).where(chosen).values(state=to))


def of_episode(db: Db, episode: int) -> list[tuple[str, Seen]]:
    """The items that an episode was read from, each with its source."""
    query = sa.select(source_items).where(source_items.c.episode_id == episode)
    return [(row.source, _seen(row)) for row in db.execute(query)]


def content(db: Db, episode: int) -> Episode | None:
    """What the feed itself says of an episode, without what was read elsewhere; None where it is of no feed."""
    query = sa.select(source_items.c.content).where(
        source_items.c.episode_id == episode, source_items.c.content != "", source_items.c.missing_since.is_(None)
    )
    text = db.scalar(query.order_by(source_items.c.id.desc()).limit(1))
    return decode(Episode, text) if text else None


def _blank(key: str, at: datetime) -> dict[str, object]:
    return _values(Standing(key=key, url=key, added_at=at, next_at=at))


def _values(standing: Standing) -> dict[str, object]:
    move = standing.move
    return {
        "key": standing.key,
        "url": standing.url,
        "title": standing.title,
        "site": standing.site,
        "guid": standing.guid,
        "condition": standing.condition,
        "reason": standing.reason,
        "etag": standing.etag,
        "last_modified": standing.last_modified,
        "body_hash": standing.body_hash,
        "cleaned_hash": standing.cleaned_hash,
        "reader": standing.reader,
        "failures": standing.failures,
        "added_at": standing.added_at,
        "polled_at": standing.polled_at,
        "succeeded_at": standing.succeeded_at,
        "changed_at": standing.changed_at,
        "unconditional_at": standing.unconditional_at,
        "next_at": standing.next_at,
        "newest_at": standing.newest_at,
        "distrusted": int(standing.distrusted),
        "moved_to": move.to if move else None,
        "moved_since": move.since if move else None,
        "moved_by_own_word": int(move.own_word) if move else 0,
        "every": standing.every,
        "rhythm": json.dumps({"slots": standing.rhythm.slots, "gap": standing.rhythm.gap}),
        "transcribed": int(standing.transcribed),
        "hub": standing.hub,
        "topic": standing.topic,
    }


def _standing(row: sa.Row[tuple[object, ...]]) -> Standing:
    values = dict(row._mapping)
    to, since, own = values.pop("moved_to"), values.pop("moved_since"), values.pop("moved_by_own_word")
    rhythm = json.loads(values.pop("rhythm"))
    values["rhythm"] = Rhythm(tuple(rhythm.get("slots", ())), rhythm.get("gap"))
    values["move"] = Move(to, since, bool(own)) if to else None
    values["condition"] = Condition(values["condition"])
    values["distrusted"] = bool(values["distrusted"])
    values["transcribed"] = bool(values["transcribed"])
    return Standing(**values)


def _seen(row: sa.Row[tuple[object, ...]]) -> Seen:
    known = Known(
        row.id,
        row.key,
        row.guid,
        row.link,
        row.enclosure,
        row.title_key,
        row.duration,
        row.claimed_at,
        row.first_seen_at,
    )
    return Seen(known, row.fingerprint, ItemState(row.state), row.episode_id, row.missing_since)
