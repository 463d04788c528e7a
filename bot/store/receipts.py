"""What became of each reader's mail: listed, counted, and found by what services call it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from bot.model.states import Fate, RecipientState
from bot.model.subscriber import Cadence
from bot.store.database import Db
from bot.store.schema import batches, deliveries, drafts, recipients, subscribers

_PAGE = 5_000
# Those who have an edition, or may have it: none of them gets it again, whatever becomes of its draft.
HAVE_IT = (RecipientState.ACCEPTED, RecipientState.UNKNOWN)


class Edition(NamedTuple):
    """Which edition of which newsletter a mailing is; `title` is its subject."""

    newsletter: str
    number: int
    title: str


@dataclass(frozen=True)
class Recipient:
    """What one reader's mail is made of, as it was when the audience was written down, and what became of it."""

    delivery_id: int
    subscriber_id: int
    batch: int
    address: str
    address_hash: str
    name: str
    token: str
    cadence: Cadence
    state: RecipientState
    remote_id: str
    reason: str
    fate: Fate
    changed_at: datetime
    version: str


def tally(db: Db, delivery: int) -> dict[RecipientState, int]:
    """What became of the readers of a mailing; together they are its audience."""
    query = (
        sa.select(recipients.c.state, sa.func.count())
        .where(recipients.c.delivery_id == delivery)
        .group_by(recipients.c.state)
    )
    found = {RecipientState(state): number for state, number in db.execute(query)}
    return {state: found.get(state, 0) for state in RecipientState}


def fates(db: Db, delivery: int) -> dict[Fate, int]:
    """What services told later of the mails of a mailing."""
    query = (
        sa.select(recipients.c.fate, sa.func.count())
        .where(recipients.c.delivery_id == delivery, recipients.c.fate != Fate.NONE)
        .group_by(recipients.c.fate)
    )
    return {Fate(fate): number for fate, number in db.execute(query)}


def listed(db: Db, delivery: int, *, states: Sequence[RecipientState] = tuple(RecipientState)) -> Iterator[Recipient]:
    """The readers of a mailing in some states, read page by page."""
    after = 0
    while True:
        rows = db.execute(
            sa.select(recipients)
            .where(
                recipients.c.delivery_id == delivery,
                recipients.c.subscriber_id > after,
                recipients.c.state.in_(states),
            )
            .order_by(recipients.c.subscriber_id)
            .limit(_PAGE)
        ).all()
        yield from map(_recipient, rows)
        if len(rows) < _PAGE:
            return
        after = rows[-1].subscriber_id


def exported(
    db: Db, delivery: int, *, states: Sequence[RecipientState] = tuple(RecipientState)
) -> Iterator[tuple[Recipient, str, datetime | None]]:
    """As `listed`; with each the hash of the request that bore their mail, and when that first left."""
    after = 0
    while True:
        rows = db.execute(
            sa.select(recipients, batches.c.body_hash, batches.c.first_at)
            .join(
                batches,
                sa.and_(batches.c.delivery_id == recipients.c.delivery_id, batches.c.number == recipients.c.batch),
                isouter=True,
            )
            .where(
                recipients.c.delivery_id == delivery,
                recipients.c.subscriber_id > after,
                recipients.c.state.in_(states),
            )
            .order_by(recipients.c.subscriber_id)
            .limit(_PAGE)
        ).all()
        for row in rows:
            own = {each.name: row._mapping[each.name] for each in recipients.columns}
            yield _of(own), row.body_hash or "", row.first_at
        if len(rows) < _PAGE:
            return
        after = rows[-1].subscriber_id


def by_remote_id(db: Db, remote_id: str) -> list[Recipient]:
    """The mails that a service calls by this id."""
    query = sa.select(recipients).where(recipients.c.remote_id == remote_id).limit(1_000)
    return [_recipient(row) for row in db.execute(query)]


def by_letter(db: Db, key: str) -> Recipient | None:
    """The mail of a letter's key, as `bot.deliver.mailing` makes it; None where it is none of ours."""
    delivery_key, _, number = key.rpartition("-s")
    if not delivery_key or not number.isdigit() or len(number) > 18:
        return None
    row = db.execute(
        sa.select(recipients)
        .join(deliveries, deliveries.c.id == recipients.c.delivery_id)
        .where(deliveries.c.key == delivery_key, recipients.c.subscriber_id == int(number))
    ).one_or_none()
    return _recipient(row) if row is not None else None


def letter_of(db: Db, recipient: Recipient) -> tuple[str, str]:
    """The channel that a mail went out by, and the key of its letter."""
    row = db.execute(
        sa.select(deliveries.c.channel, deliveries.c.key).where(deliveries.c.id == recipient.delivery_id)
    ).one()
    return row.channel, f"{row.key}-s{recipient.subscriber_id}"


def the_one_before(db: Db, recipient: Recipient, newsletter: str) -> Recipient | None:
    """The mail of a newsletter that the same reader got before this one."""
    query = (
        sa.select(recipients)
        .join(deliveries, deliveries.c.id == recipients.c.delivery_id)
        .join(drafts, drafts.c.id == deliveries.c.draft_id)
        .where(
            recipients.c.subscriber_id == recipient.subscriber_id,
            recipients.c.delivery_id < recipient.delivery_id,
            recipients.c.state == RecipientState.ACCEPTED,
            drafts.c.newsletter == newsletter,
        )
        .order_by(recipients.c.delivery_id.desc())
        .limit(1)
    )
    row = db.execute(query).one_or_none()
    return _recipient(row) if row is not None else None


def newest_of(db: Db, address_hash: str, *, limit: int) -> Iterator[tuple[Recipient, Edition]]:
    """The newest mails to an address and the editions that they were, the newest first."""
    query = (
        sa.select(recipients, drafts.c.newsletter, drafts.c.number, drafts.c.title)
        .join(subscribers, subscribers.c.id == recipients.c.subscriber_id)
        .join(deliveries, deliveries.c.id == recipients.c.delivery_id)
        .join(drafts, drafts.c.id == deliveries.c.draft_id)
        .where(subscribers.c.address_hash == address_hash)
        .order_by(recipients.c.delivery_id.desc())
        .limit(limit)
    )
    for row in db.execute(query):
        values = dict(row._mapping)
        edition = Edition(*(values.pop(name) for name in Edition._fields))
        yield _of(values), edition


def tell(db: Db, recipient: Recipient, fate: Fate, *, reason: str, at: datetime) -> None:
    """Keep what a service told of a mail later. A complaint is not undone by a late "delivered"."""
    weaker = {Fate.DELIVERED: (Fate.NONE,), Fate.BOUNCED: (Fate.NONE, Fate.DELIVERED)}
    db.execute(
        sa.update(recipients)
        .where(
            recipients.c.delivery_id == recipient.delivery_id,
            recipients.c.subscriber_id == recipient.subscriber_id,
            recipients.c.fate.in_(weaker.get(fate, tuple(Fate))),
        )
        .values(fate=fate, reason=reason or recipients.c.reason, changed_at=at)
    )


def _recipient(row: sa.Row[Any]) -> Recipient:
    return _of(dict(row._mapping))


def _of(values: dict[str, Any]) -> Recipient:
    values["state"] = RecipientState(values["state"])
    values["cadence"] = Cadence(values["cadence"])
    values["fate"] = Fate(values["fate"])
    return Recipient(**values)
