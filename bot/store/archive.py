"""What the public archive asks: which editions truly went out, where a quote ran, what was corrected of it.

Here and nowhere else is decided what anybody may see: the present revision of a draft, once a delivery of exactly that
revision has arrived, or has begun to arrive with readers. Held and rejected drafts are not shown.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.model.publication import Kind
from bot.model.states import Act, DeliveryState, DraftState
from bot.store import archive_notes, events
from bot.store.database import Db
from bot.store.schema import deliveries, draft_revisions, drafts, edition_episodes, episodes, quotations

_OUT = sa.and_(
    drafts.c.state.in_([DraftState.PUBLISHED, DraftState.SCHEDULED]),
    sa.exists().where(
        deliveries.c.draft_id == drafts.c.id,
        deliveries.c.revision == drafts.c.revision,
        deliveries.c.act == Act.PUBLISH,
        # Of a mailing or a thread the first texts are there before the delivery has ended.
        sa.or_(deliveries.c.state == DeliveryState.ACCEPTED, deliveries.c.texts_out > 0),
    ),
)
_PRESENT = sa.and_(draft_revisions.c.draft_id == drafts.c.id, draft_revisions.c.number == drafts.c.revision)
_UNDER_WAY = (
    DeliveryState.PLANNED,
    DeliveryState.CLAIMED,
    DeliveryState.SENDING,
    DeliveryState.UNKNOWN,
    DeliveryState.HELD,
)
# What was rendered from a value that is still there. Others, made without one, have no page.
_EDITION = sa.and_(drafts.c.kind == Kind.EDITION, drafts.c.due_at.is_not(None), _OUT)


_ORIGINAL, _NOTE = drafts.alias("original"), drafts.alias("note")
_FIRST, _MENDING = deliveries.alias("first"), deliveries.alias("mending")
# Made once, because every page asks: to make such a statement costs more than to execute it.
_CORRECTIONS = (
    sa.select(_ORIGINAL.c.id, _ORIGINAL.c.kind, _ORIGINAL.c.channel, _NOTE.c.title, _MENDING.c.act, _NOTE.c.changed_at)
    .select_from(_ORIGINAL)
    .join(_FIRST, sa.and_(_FIRST.c.draft_id == _ORIGINAL.c.id, _FIRST.c.act == Act.PUBLISH))
    # The states are wrapped so that SQLite does not go through all that ever went out: few deliveries correct one.
    .join(
        _MENDING,
        sa.and_(
            _MENDING.c.corrects == _FIRST.c.id, sa.func.coalesce(_MENDING.c.state, "") == DeliveryState.ACCEPTED.value
        ),
    )
    .join(_NOTE, _NOTE.c.id == _MENDING.c.draft_id)
    .where(sa.func.coalesce(_NOTE.c.state, "") == DraftState.PUBLISHED.value)
    .order_by(_NOTE.c.changed_at, _NOTE.c.id)
)
_OF_DRAFTS = _CORRECTIONS.where(_ORIGINAL.c.id.in_(sa.bindparam("of", expanding=True)))
_OF_EPISODES = _CORRECTIONS.where(_ORIGINAL.c.episode_id.in_(sa.bindparam("of", expanding=True)))


_TAKEN = deliveries.alias("taken")
_DELETED = sa.exists().where(
    _TAKEN.c.corrects == deliveries.c.id, _TAKEN.c.act == Act.DELETE, _TAKEN.c.state == DeliveryState.ACCEPTED
)
_ARRIVED = sa.and_(deliveries.c.act == Act.PUBLISH, deliveries.c.state == DeliveryState.ACCEPTED)
# A post that stands nowhere any more.
_GONE = sa.and_(
    sa.exists().where(deliveries.c.draft_id == drafts.c.id, _ARRIVED),
    ~sa.exists().where(deliveries.c.draft_id == drafts.c.id, _ARRIVED, ~_DELETED),
)


@dataclass(frozen=True)
class Shown:
    """What opens the archive: the newsletters and the channels whose publications have pages."""

    newsletters: tuple[str, ...]
    channels: tuple[str, ...]


@dataclass(frozen=True)
class Sent:
    """An edition that went out. `at` is the time that it was sent for."""

    draft_id: int
    newsletter: str
    number: int
    subject: str
    at: datetime


@dataclass(frozen=True)
class Content:
    """An edition that went out with what was sent: the mail's bytes, and the value that they were rendered from."""

    sent: Sent
    payload: bytes
    basis: str


@dataclass(frozen=True)
class Ran:
    """A publication in which a quote stands, at `place` among its quotations. `newsletter` is None for a post."""

    draft_id: int
    newsletter: str | None
    number: int | None
    subject: str
    channel: str
    at: datetime
    payload: bytes
    place: int


@dataclass(frozen=True)
class Receipt:
    """Where a post stands; `gone` once it was taken away."""

    draft_id: int
    permalink: str | None
    gone: bool


@dataclass(frozen=True)
class Correction:
    """A correction that was published. `of` is the draft that it corrects."""

    of: int
    kind: Kind
    channel: str
    note: str
    act: Act
    at: datetime


def editions(db: Db, newsletter: str, *, above: int, upto: int | None, limit: int) -> list[Sent]:
    """Editions that went out, newest first: those whose number is greater than `above`, and `upto` at the most."""
    return [_as_sent(row) for row in db.execute(_between(_sent(newsletter), above, upto, limit))]


def newest(db: Db, newsletter: str, *, upto: int | None = None) -> Sent | None:
    """The edition with the greatest number that went out, `upto` a number at the most."""
    found = editions(db, newsletter, above=0, upto=upto, limit=1)
    return found[0] if found else None


def after(db: Db, newsletter: str, number: int) -> Sent | None:
    """The edition that went out next after a number."""
    found = from_above(db, newsletter, number, limit=1)
    return found[0] if found else None


def from_above(db: Db, newsletter: str, number: int, *, limit: int) -> list[Sent]:
    """The editions that went out with numbers greater than one, the smallest first."""
    query = _sent(newsletter).where(drafts.c.number > number).order_by(drafts.c.number).limit(limit)
    return [_as_sent(row) for row in db.execute(query)]


def contents(db: Db, newsletter: str, *, above: int, upto: int | None, limit: int) -> list[Content]:
    """Editions that went out, whole, newest first: those that `editions` gives."""
    return [_content(row) for row in db.execute(_between(_whole(newsletter), above, upto, limit))]


def revisions(db: Db, newsletter: str, *, above: int, upto: int | None, limit: int) -> list[tuple[Any, ...]]:
    """What tells the contents of those editions apart: which draft, which revision of it, its hash, for when."""
    query = _sent(newsletter).add_columns(drafts.c.revision, draft_revisions.c.hash)
    return [tuple(row) for row in db.execute(_between(query, above, upto, limit))]


def corrected(db: Db) -> tuple[int, int, datetime | None, tuple[int, int]]:
    """What is another one as soon as anything was corrected: how many corrections there are, and the last of them; and
    how many notes there were on editions, and how many of those were taken back."""
    query = _CORRECTIONS.order_by(None).with_only_columns(
        sa.func.count(), sa.func.max(_MENDING.c.id), sa.func.max(_NOTE.c.changed_at)
    )
    count, last, at = db.execute(query).one()
    return count, last or 0, at, archive_notes.mark(db)


def mark(db: Db) -> tuple[Any, ...]:
    """What is another one as soon as anything that may be seen is: found with the same work whatever the archive holds.

    The history tells of every step but one: a mailing begins to arrive while its delivery is under way.
    """
    arriving = (
        sa.select(deliveries.c.id)
        .where(deliveries.c.state.in_(_UNDER_WAY), deliveries.c.texts_out > 0)
        .order_by(deliveries.c.id)
    )
    return (*events.mark(db), *db.scalars(arriving))


def content(db: Db, newsletter: str, number: int) -> Content | None:
    """One edition that went out, whole; None where there is none of that number, or it did not go out."""
    row = db.execute(_whole(newsletter).where(drafts.c.number == number)).one_or_none()
    return _content(row) if row else None


def keep_quotations(db: Db, draft: int, revision: int, keys: Sequence[str]) -> None:
    """Note where the quotations of a revision stand, by the keys of their pages in order. Doing it again changes
    nothing. What is noted is shown only once it went out."""
    there = sa.select(sa.func.count()).where(quotations.c.draft_id == draft, quotations.c.revision == revision)
    if keys and not db.scalar(there):
        places = {key: place for place, key in reversed(list(enumerate(keys)))}
        db.execute(
            sa.insert(quotations),
            [
                {"key": key, "draft_id": draft, "revision": revision, "place": place}
                for key, place in sorted(places.items(), key=lambda pair: pair[1])
            ],
        )


def ran(db: Db, key: str, shown: Shown) -> list[Ran]:
    """Every publication with a quote that went out and may be seen, the first of them first."""
    query = (
        sa.select(
            drafts.c.id,
            drafts.c.newsletter,
            drafts.c.number,
            drafts.c.title,
            drafts.c.channel,
            drafts.c.due_at,
            draft_revisions.c.payload,
            quotations.c.place,
        )
        .join(drafts, sa.and_(drafts.c.id == quotations.c.draft_id, drafts.c.revision == quotations.c.revision))
        .join(draft_revisions, _PRESENT)
        .where(quotations.c.key == key, _seen(shown))
        .order_by(drafts.c.due_at, drafts.c.id)
    )
    return [
        Ran(row.id, row.newsletter, row.number, row.title, row.channel, row.due_at, bytes(row.payload), row.place)
        for row in db.execute(query)
    ]


def keys(db: Db, shown: Shown, *, after: str, limit: int, standing: bool) -> list[str]:
    """The keys of quotes that have a page, in alphabetical order, those behind one. `standing` leaves out those that
    were taken away from everywhere."""
    stands = [drafts.c.id == quotations.c.draft_id, drafts.c.revision == quotations.c.revision, _seen(shown)]
    if standing:
        stands.append(sa.or_(drafts.c.newsletter.is_not(None), ~_GONE))
    # Asked of each by itself and not as a join, so that a database goes along the keys and stops after so many.
    may_be_seen = sa.select(sa.literal(1)).where(*stands).limit(1).scalar_subquery()
    query = (
        sa.select(quotations.c.key)
        .where(quotations.c.key > after, may_be_seen == 1)
        .distinct()
        .order_by(quotations.c.key)
        .limit(limit)
    )
    return list(db.scalars(query))


def keys_of(db: Db, draft: int) -> frozenset[str]:
    """The keys of the quotes that stand in the present revision of a draft."""
    query = sa.select(quotations.c.key).join(
        drafts, sa.and_(drafts.c.id == quotations.c.draft_id, drafts.c.revision == quotations.c.revision)
    )
    return frozenset(db.scalars(query.where(drafts.c.id == draft)))


def receipts(db: Db, posts: Collection[int]) -> list[Receipt]:
    """Where some posts stand that were accepted."""
    query = (
        sa.select(deliveries.c.draft_id, deliveries.c.permalink, _DELETED.label("gone"))
        .where(deliveries.c.draft_id.in_(list(posts)), _ARRIVED)
        .order_by(deliveries.c.id)
    )
    return [Receipt(row.draft_id, row.permalink, bool(row.gone)) for row in db.execute(query)]


def corrections_of(db: Db, corrected: Collection[int]) -> list[Correction]:
    """The published corrections of some drafts, oldest first."""
    return _corrections(db, _OF_DRAFTS, corrected)


def corrections_of_episodes(db: Db, of: Collection[int]) -> list[Correction]:
    """The published corrections of whatever was posted of some episodes, oldest first."""
    return _corrections(db, _OF_EPISODES, of)


def perhaps_corrected(db: Db, newsletter: str) -> frozenset[int]:
    """The drafts of a newsletter's editions of which, or of whose episodes or announcement, anything was put right."""
    episodes = _CORRECTIONS.order_by(None).with_only_columns(_ORIGINAL.c.episode_id)
    of_episodes = sa.select(edition_episodes.c.draft_id).where(
        edition_episodes.c.newsletter == newsletter, edition_episodes.c.episode_id.in_(episodes)
    )
    announced = (
        _CORRECTIONS.order_by(None).with_only_columns(_ORIGINAL.c.after_id).where(_ORIGINAL.c.after_id.is_not(None))
    )
    noted = archive_notes.noted(newsletter)
    return frozenset([*db.scalars(of_episodes), *db.scalars(announced), *db.scalars(noted)])


def drafts_by_key(db: Db, wanted: Collection[str]) -> list[int]:
    """The numbers of drafts by their keys."""
    return list(db.scalars(sa.select(drafts.c.id).where(drafts.c.key.in_(list(wanted))).order_by(drafts.c.id)))


def identities(db: Db, of: Collection[int]) -> dict[int, str]:
    """The identity of each of some episodes: what their quotes' addresses are made of."""
    query = sa.select(episodes.c.id, episodes.c.identity).where(episodes.c.id.in_(list(of)))
    return {row.id: row.identity for row in db.execute(query)}


def _sent(newsletter: str) -> sa.Select[Any]:
    return (
        sa.select(drafts.c.id, drafts.c.newsletter, drafts.c.number, drafts.c.title, drafts.c.due_at)
        .join(draft_revisions, _PRESENT)
        .where(drafts.c.newsletter == newsletter, _EDITION, draft_revisions.c.basis != "")
    )


def _between(query: sa.Select[Any], above: int, upto: int | None, limit: int) -> sa.Select[Any]:
    query = query.where(drafts.c.number > above).order_by(drafts.c.number.desc()).limit(limit)
    return query if upto is None else query.where(drafts.c.number <= upto)


def _whole(newsletter: str) -> sa.Select[Any]:
    return _sent(newsletter).add_columns(draft_revisions.c.payload, draft_revisions.c.basis)


def _seen(shown: Shown) -> sa.ColumnElement[bool]:
    in_editions = sa.and_(drafts.c.newsletter.in_(shown.newsletters), _EDITION)
    in_posts = sa.and_(
        drafts.c.newsletter.is_(None),
        drafts.c.kind != Kind.CORRECTION,
        drafts.c.channel.in_(shown.channels),
        drafts.c.due_at.is_not(None),
        _OUT,
    )
    return sa.or_(in_editions, in_posts)


def _corrections(db: Db, which: sa.Select[Any], of: Collection[int]) -> list[Correction]:
    return [
        Correction(row.id, Kind(row.kind), row.channel, row.title, Act(row.act), row.changed_at)
        for row in db.execute(which, {"of": list(of)})
    ]


def _as_sent(row: sa.Row[Any]) -> Sent:
    return Sent(row.id, row.newsletter, row.number, row.title, row.due_at)


def _content(row: sa.Row[Any]) -> Content:
    return Content(_as_sent(row), bytes(row.payload), row.basis)
