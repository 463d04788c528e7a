"""Readers, what they asked for, and who must not be mailed. A list may be long: what reads it whole, streams it."""

from __future__ import annotations

import hmac
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.model.address import Address
from bot.model.subscriber import UNCHOSEN, Cadence, Leaning, Length, Standing, Why, Wishes
from bot.store import events
from bot.store.database import Db, add, add_all, alone, insert
from bot.store.schema import confirmations, recipients, subscribers, subscriptions, suppressions

EVERYWHERE = ""
"""As the newsletter of a suppression: all of them."""

LIFTED_BY_A_YES = (Why.UNSUBSCRIBED, Why.ERASED)
"""What readers did themselves: they undo it by asking anew and saying yes."""

LISTS = "lists of readers"
"""Whatever takes readers in, forgets them, or writes down who gets an edition is `alone` with these.

Otherwise who is just being forgotten would come back, or their address stay; and of two lists of the same readers each
would wait for the other.
"""

_PAGE = 5_000
_WISHES = (subscriptions.c.length, subscriptions.c.zone, subscriptions.c.hour, subscriptions.c.leanings)
_WISHED = frozenset(each.name for each in _WISHES)
# So many characters of a token find it; the others prove it.
_ID = 12


@dataclass(frozen=True)
class Subscription:
    """What one reader asked for of one newsletter, with the address that it goes to."""

    subscriber_id: int
    newsletter: str
    address: str
    address_hash: str
    name: str
    standing: Standing
    cadence: Cadence
    paused_until: datetime | None
    token: str
    consent: str
    asked_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None
    ended_why: str
    wishes: Wishes


@dataclass(frozen=True)
class Joining:
    """One reader who agreed elsewhere, with the `token` that is theirs if they have none yet."""

    address: Address
    name: str
    cadence: Cadence
    paused_until: datetime | None
    token: str
    consent: str
    wishes: Wishes


@dataclass(frozen=True)
class Suppression:
    address_hash: str
    newsletter: str
    why: Why
    detail: str
    at: datetime


def ask(
    db: Db,
    address: Address,
    newsletter: str,
    *,
    token: str,
    consent: str,
    at: datetime,
    name: str = "",
    standing: Standing = Standing.PENDING,
    cadence: Cadence = Cadence.EVERY,
    wishes: Wishes = UNCHOSEN,
    paused_until: datetime | None = None,
) -> Subscription:
    """Note that somebody wants a newsletter. What is active stays as it is; what had ended begins anew, same token."""
    alone(db, LISTS)
    number = _subscriber(db, address, name=name, at=at)
    found = of(db, address, newsletter)
    if found is not None and found.standing is Standing.ACTIVE:
        return found
    begun = _begun(standing, cadence, wishes, consent=consent, paused_until=paused_until, at=at)
    if found is None:
        db.execute(
            sa.insert(subscriptions).values(
                **begun, subscriber_id=number, newsletter=newsletter, token_id=token[:_ID], token=token
            )
        )
    else:
        db.execute(sa.update(subscriptions).where(*_is(found)).values(begun))
    made = of(db, address, newsletter)
    assert made is not None  # noqa: S101 - it was just written
    what = "subscribed" if standing is Standing.ACTIVE else "asked to subscribe"
    _tell(db, made, what=what, detail=consent, at=at)
    return made


def join(db: Db, newsletter: str, joining: Sequence[Joining], *, at: datetime) -> None:
    """Make some readers active, each of another address: a few statements however many they are, up to thousands.

    Who is active already stays as they are; what had ended, or was never confirmed, begins anew with its own token.
    """
    if not joining:
        return
    known = _numbers(db, [each.address.key for each in joining])
    new = [each for each in joining if each.address.key not in known]
    add_all(
        db,
        subscribers,
        [
            {
                "address": each.address.text,
                "address_key": each.address.key,
                "address_hash": each.address.hash,
                "name": each.name,
                "made_at": at,
            }
            for each in new
        ],
    )
    if new:
        known |= _numbers(db, [each.address.key for each in new])
    named = [
        (known[each.address.key][0], each.name) for each in joining if each.name and not known[each.address.key][1]
    ]
    if named:
        query = sa.update(subscribers).where(subscribers.c.id == sa.bindparam("of")).values(name=sa.bindparam("called"))
        db.execute(query, [{"of": number, "called": name} for number, name in named])
    _begin(db, newsletter, [(known[each.address.key][0], each) for each in joining], at=at)


def _begin(db: Db, newsletter: str, joining: Sequence[tuple[int, Joining]], *, at: datetime) -> None:
    rows = [
        {
            "subscriber_id": number,
            "newsletter": newsletter,
            "token_id": each.token[:_ID],
            "token": each.token,
            **_begun(
                Standing.ACTIVE, each.cadence, each.wishes, consent=each.consent, paused_until=each.paused_until, at=at
            ),
        }
        for number, each in joining
    ]
    statement = insert(db, subscriptions)
    own = {"subscriber_id", "newsletter", "token_id", "token"}
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["subscriber_id", "newsletter"],
            set_={name: statement.excluded[name] for name in rows[0] if name not in own},
            where=subscriptions.c.standing != Standing.ACTIVE,
        ),
        rows,
    )
    events.note_all(
        db,
        [
            events.Event(at, "pullquote", f"subscriber:{number}", "subscribed", f"{newsletter}: {each.consent}")
            for number, each in joining
        ],
    )


def confirm(db: Db, subscription: Subscription, *, at: datetime) -> None:
    """A reader said that they meant it. Their own earlier "no" is lifted by it; what a service told of them is not."""
    if subscription.standing is not Standing.PENDING:
        return
    db.execute(sa.update(subscriptions).where(*_is(subscription)).values(standing=Standing.ACTIVE, confirmed_at=at))
    db.execute(
        sa.delete(suppressions).where(
            suppressions.c.address_hash == subscription.address_hash,
            suppressions.c.newsletter.in_([subscription.newsletter, EVERYWHERE]),
            suppressions.c.why.in_(LIFTED_BY_A_YES),
        )
    )
    _tell(db, subscription, what="confirmed", detail=subscription.consent, at=at)


def end(db: Db, subscription: Subscription, why: Why, *, at: datetime, detail: str = "") -> bool:
    """End a subscription and suppress its address for the newsletter. False where it had ended: nothing is changed."""
    changed = db.execute(
        sa.update(subscriptions)
        .where(*_is(subscription), subscriptions.c.standing != Standing.ENDED)
        .values(standing=Standing.ENDED, ended_at=at, ended_why=why)
    )
    if not changed.rowcount:
        return False
    suppress(db, subscription.address_hash, why, newsletter=subscription.newsletter, at=at, detail=detail)
    _tell(db, subscription, what=why, detail=detail, at=at)
    return True


def prefer(
    db: Db,
    subscription: Subscription,
    *,
    cadence: Cadence,
    paused_until: datetime | None,
    at: datetime,
    wishes: Wishes | None = None,
) -> None:
    """Change how often a reader gets a newsletter and what of it, or stop it for a while. None leaves the wishes."""
    wanted = subscription.wishes if wishes is None else wishes
    changed = {"cadence": cadence, "paused_until": paused_until, **_columns(wanted)}
    db.execute(sa.update(subscriptions).where(*_is(subscription)).values(changed))
    pause = f", paused until {paused_until:%Y-%m-%d}" if paused_until else ""
    _tell(db, subscription, what="preferences", detail=f"{cadence}, {wanted.length}{pause}", at=at)


def kinds(db: Db, newsletter: str) -> Iterator[tuple[str, Wishes]]:
    """What the active readers of a newsletter have chosen, each kind of choice once, with its key."""
    query = (
        sa.select(subscriptions.c.kind, *_WISHES)
        .distinct()
        .where(
            subscriptions.c.newsletter == newsletter,
            subscriptions.c.standing == Standing.ACTIVE,
            subscriptions.c.kind != "",
        )
        .order_by(subscriptions.c.kind)
    )
    for row in db.execute(query.execution_options(yield_per=_PAGE)):
        yield row.kind, _wishes(row)


def suppress(db: Db, address_hash: str, why: Why, *, newsletter: str, at: datetime, detail: str = "") -> bool:
    """Never mail an address again. False where it was suppressed before; the first reason stays."""
    key = {"address_hash": address_hash, "newsletter": newsletter}
    return add(db, suppressions, {**key, "why": why, "detail": detail[:500], "at": at})


def release(db: Db, address_hash: str) -> int:
    """Let an address be mailed again, by a person's decision. Returns how many suppressions were lifted."""
    return db.execute(sa.delete(suppressions).where(suppressions.c.address_hash == address_hash)).rowcount


def suppressed(db: Db, address_hash: str, newsletter: str) -> Suppression | None:
    """Why an address gets nothing of a newsletter, or None where it may be mailed."""
    row = db.execute(
        sa.select(suppressions)
        .where(suppressions.c.address_hash == address_hash, suppressions.c.newsletter.in_([newsletter, EVERYWHERE]))
        .order_by(suppressions.c.newsletter)
    ).first()
    return _suppression(row) if row is not None else None


def barred(db: Db, hashes: Collection[str], newsletter: str) -> set[str]:
    """Which of some addresses, by their hashes, get nothing of a newsletter."""
    query = sa.select(suppressions.c.address_hash).where(
        suppressions.c.address_hash.in_(hashes), suppressions.c.newsletter.in_([newsletter, EVERYWHERE])
    )
    return set(db.scalars(query))


def active(db: Db, keys: Collection[str], newsletter: str) -> set[str]:
    """Which of some addresses, by their keys, get a newsletter."""
    query = (
        sa.select(subscribers.c.address_key)
        .join(subscriptions, subscriptions.c.subscriber_id == subscribers.c.id)
        .where(
            subscribers.c.address_key.in_(keys),
            subscriptions.c.newsletter == newsletter,
            subscriptions.c.standing == Standing.ACTIVE,
        )
    )
    return set(db.scalars(query))


def bounced_softly(db: Db, subscription: Subscription) -> int:
    """Count a mail that could not be handed over for now. Returns how many it were since the last that arrived."""
    query = (
        sa.update(subscriptions)
        .where(*_is(subscription))
        .values(soft_bounces=subscriptions.c.soft_bounces + 1)
        .returning(subscriptions.c.soft_bounces)
    )
    return int(db.scalar(query) or 0)


def arrived(db: Db, subscription: Subscription) -> None:
    """Forget earlier soft bounces: a mail has arrived."""
    db.execute(
        sa.update(subscriptions).where(*_is(subscription), subscriptions.c.soft_bounces != 0).values(soft_bounces=0)
    )


def erase(db: Db, address: Address, *, at: datetime) -> bool:
    """Forget a person: address, name and subscriptions. What stays is the hash that keeps us from mailing them again.

    The rows that say who got which edition stay too, without address and name. False where nobody of it is known.
    """
    alone(db, LISTS)
    number = db.scalar(sa.select(subscribers.c.id).where(subscribers.c.address_key == address.key))
    if number is not None:
        _erase(db, number, at=at)
    # Last, as wherever a suppression follows from something: of two that take the same rows the second waits.
    suppress(db, address.hash, Why.ERASED, newsletter=EVERYWHERE, at=at)
    return number is not None


def _erase(db: Db, number: int, *, at: datetime) -> None:
    db.execute(
        sa.update(recipients)
        .where(recipients.c.subscriber_id == number)
        .values(address="", name="", token="", reason="")
    )
    db.execute(sa.delete(confirmations).where(confirmations.c.subscriber_id == number))
    db.execute(sa.delete(subscriptions).where(subscriptions.c.subscriber_id == number))
    db.execute(sa.delete(subscribers).where(subscribers.c.id == number))
    events.note(db, at=at, actor="pullquote", subject=f"subscriber:{number}", what="erased")


def of(db: Db, address: Address, newsletter: str) -> Subscription | None:
    """What the reader of an address asked for of a newsletter."""
    query = _whole().where(subscribers.c.address_key == address.key, subscriptions.c.newsletter == newsletter)
    row = db.execute(query).one_or_none()
    return _subscription(row) if row is not None else None


def every(db: Db, address: Address) -> list[Subscription]:
    """Everything that the reader of an address asked for."""
    query = _whole().where(subscribers.c.address_key == address.key).order_by(subscriptions.c.newsletter)
    return [_subscription(row) for row in db.execute(query)]


def of_hash(db: Db, address_hash: str) -> list[Subscription]:
    """Everything that the reader with this fingerprint asked for."""
    query = _whole().where(subscribers.c.address_hash == address_hash).order_by(subscriptions.c.newsletter)
    return [_subscription(row) for row in db.execute(query)]


def get(db: Db, subscriber: int, newsletter: str) -> Subscription | None:
    query = _whole().where(subscriptions.c.subscriber_id == subscriber, subscriptions.c.newsletter == newsletter)
    row = db.execute(query).one_or_none()
    return _subscription(row) if row is not None else None


def by_token(db: Db, token: str) -> Subscription | None:
    """Whose address it is; None where it is nobody's. Takes as long for a token that is nearly right."""
    row = db.execute(_whole().where(subscriptions.c.token_id == token[:_ID])).one_or_none()
    if row is None or not hmac.compare_digest(row.token.encode(), token.encode("utf-8", "replace")):
        return None
    return _subscription(row)


def listed(db: Db, newsletter: str | None = None) -> Iterator[Subscription]:
    """Every subscription, by subscriber, read page by page: a long list never stands in memory.

    One newsletter's are picked from the pages of all: asked for them alone, SQLite would sort them anew for each page.
    """
    after: tuple[int, str] = (0, "")
    key = sa.tuple_(subscriptions.c.subscriber_id, subscriptions.c.newsletter)
    while True:
        query = _whole().where(key > sa.tuple_(*map(sa.literal, after)))
        rows = db.execute(query.order_by(subscriptions.c.subscriber_id, subscriptions.c.newsletter).limit(_PAGE)).all()
        yield from (_subscription(row) for row in rows if newsletter in (None, row.newsletter))
        if len(rows) < _PAGE:
            return
        after = (rows[-1].subscriber_id, rows[-1].newsletter)


def all_suppressions(db: Db) -> Iterator[Suppression]:
    """Every suppression, by hash, read page by page."""
    after = ("", "")
    key = sa.tuple_(suppressions.c.address_hash, suppressions.c.newsletter)
    while True:
        rows = db.execute(
            sa.select(suppressions)
            .where(key > sa.tuple_(*map(sa.literal, after)))
            .order_by(suppressions.c.address_hash, suppressions.c.newsletter)
            .limit(_PAGE)
        ).all()
        yield from map(_suppression, rows)
        if len(rows) < _PAGE:
            return
        after = (rows[-1].address_hash, rows[-1].newsletter)


def tally(db: Db) -> dict[tuple[str, Standing], int]:
    """How many subscriptions of each newsletter stand where."""
    query = sa.select(subscriptions.c.newsletter, subscriptions.c.standing, sa.func.count()).group_by(
        subscriptions.c.newsletter, subscriptions.c.standing
    )
    return {(newsletter, Standing(standing)): number for newsletter, standing, number in db.execute(query)}


def suppressed_number(db: Db) -> int:
    """How many addresses are kept from being mailed; one that a newsletter bars and all others too is one."""
    return int(db.scalar(sa.select(sa.func.count(suppressions.c.address_hash.distinct()))) or 0)


def unanswered(db: Db, *, asked_before: datetime, limit: int = 5_000) -> list[Subscription]:
    """Subscriptions that were asked for before then and never confirmed."""
    query = _whole().where(subscriptions.c.standing == Standing.PENDING, subscriptions.c.asked_at < asked_before)
    return [_subscription(row) for row in db.execute(query.limit(limit))]


def forget(db: Db, stale: Iterable[Subscription]) -> None:
    """Take unconfirmed subscriptions away, and whoever has no other."""
    alone(db, LISTS)
    for each in stale:
        of_them = subscriptions.c.subscriber_id == each.subscriber_id
        db.execute(sa.delete(subscriptions).where(*_is(each), subscriptions.c.standing == Standing.PENDING))
        if db.scalar(sa.select(subscriptions.c.newsletter).where(of_them).limit(1)) is None:
            db.execute(sa.delete(confirmations).where(confirmations.c.subscriber_id == each.subscriber_id))
            db.execute(sa.delete(subscribers).where(subscribers.c.id == each.subscriber_id))


def _subscriber(db: Db, address: Address, *, name: str, at: datetime) -> int:
    query = sa.select(subscribers.c.id, subscribers.c.name).where(subscribers.c.address_key == address.key)
    if (found := db.execute(query).one_or_none()) is None:
        key = {"address": address.text, "address_key": address.key, "address_hash": address.hash}
        add(db, subscribers, {**key, "name": name, "made_at": at})
        found = db.execute(query).one()
    if name and not found.name:
        db.execute(sa.update(subscribers).where(subscribers.c.id == found.id).values(name=name))
    return int(found.id)


def _numbers(db: Db, keys: Collection[str]) -> dict[str, tuple[int, str]]:
    """The number and the name of each address that somebody has, by its key."""
    query = sa.select(subscribers.c.address_key, subscribers.c.id, subscribers.c.name)
    return {row.address_key: (row.id, row.name) for row in db.execute(query.where(subscribers.c.address_key.in_(keys)))}


def _begun(
    standing: Standing, cadence: Cadence, wishes: Wishes, *, consent: str, paused_until: datetime | None, at: datetime
) -> dict[str, object]:
    """The columns of a subscription that begins, or begins anew."""
    return {
        "standing": standing,
        "cadence": cadence,
        "paused_until": paused_until,
        "consent": consent,
        "asked_at": at,
        "confirmed_at": at if standing is Standing.ACTIVE else None,
        "ended_at": None,
        "ended_why": "",
        "soft_bounces": 0,
        **_columns(wishes),
    }


def _whole() -> sa.Select[Any]:
    return sa.select(
        subscriptions.c.subscriber_id,
        subscriptions.c.newsletter,
        subscribers.c.address,
        subscribers.c.address_hash,
        subscribers.c.name,
        subscriptions.c.standing,
        subscriptions.c.cadence,
        subscriptions.c.paused_until,
        subscriptions.c.token,
        subscriptions.c.consent,
        subscriptions.c.asked_at,
        subscriptions.c.confirmed_at,
        subscriptions.c.ended_at,
        subscriptions.c.ended_why,
        *_WISHES,
    ).join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id)


def _is(subscription: Subscription) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return (
        subscriptions.c.subscriber_id == subscription.subscriber_id,
        subscriptions.c.newsletter == subscription.newsletter,
    )


def _tell(db: Db, subscription: Subscription, *, what: str, detail: str, at: datetime) -> None:
    subject = f"subscriber:{subscription.subscriber_id}"
    events.note(db, at=at, actor="pullquote", subject=subject, what=what, detail=f"{subscription.newsletter}: {detail}")


def _subscription(row: sa.Row[Any]) -> Subscription:
    values = {name: value for name, value in row._mapping.items() if name not in _WISHED}
    values["standing"] = Standing(values["standing"])
    values["cadence"] = Cadence(values["cadence"])
    return Subscription(**values, wishes=_wishes(row))


def _columns(wishes: Wishes) -> dict[str, object]:
    leanings = {"shows": wishes.shows, "topics": wishes.topics} if wishes.shows or wishes.topics else None
    return {
        "length": wishes.length,
        "zone": wishes.zone,
        "hour": wishes.hour,
        "leanings": json.dumps(leanings, ensure_ascii=False) if leanings else "",
        "kind": wishes.key,
    }


def _wishes(row: Any) -> Wishes:
    raw = json.loads(row.leanings) if row.leanings else {"shows": (), "topics": ()}
    shows, topics = (tuple((name, Leaning(leaning)) for name, leaning in raw[what]) for what in ("shows", "topics"))
    return Wishes(Length(row.length), row.zone, row.hour, shows, topics)


def _suppression(row: sa.Row[Any]) -> Suppression:
    values = dict(row._mapping)
    values["why"] = Why(values["why"])
    return Suppression(**values)
