"""The outbox ledger: one row for each delivery, its exact bytes written before anything is sent, and its attempts.

Every step is a compare-and-set on the row's state, so two workers can never both take it. The table of states in
`bot.model.states` is the law; a step outside it raises.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bot.errors import Missing, Refused
from bot.model.states import DELIVERY_STEPS, Act, BatchState, DeliveryState, DraftState
from bot.store import counting, events, steps
from bot.store.codec import content_hash
from bot.store.database import Db
from bot.store.schema import attempts, batches, deliveries, drafts, edition_episodes
from bot.store.steps import NewStep

_NOT_ON_ITS_WAY = (DeliveryState.PLANNED, DeliveryState.CANCELLED, DeliveryState.HELD)


@dataclass(frozen=True)
class Delivery:
    """One revision on its way to one channel. `late_at` is when it has become too late to send unasked.

    `corrects` is the delivery that an edit, a deletion or an answer is about. Of a thread, `texts_out` are there.
    `evidence` is what the last look-up said, made at `looked_at`.
    """

    id: int
    key: str
    draft_id: int
    revision: int
    channel: str
    state: DeliveryState
    body: bytes
    body_hash: str
    composed_at: datetime
    due_at: datetime
    late_at: datetime
    worker: str | None
    lease_until: datetime | None
    attempts: int
    remote_id: str | None
    permalink: str | None
    reason: str
    answer: str
    changed_at: datetime
    act: Act
    corrects: int | None
    corrects_text: int
    memo: str
    texts_out: int
    evidence: str
    looked_at: datetime | None


@dataclass(frozen=True)
class Acceptance:
    """What a service gave back for a delivery: its id there, what it answered, how many texts of it are there."""

    remote_id: str
    permalink: str | None
    answer: str
    memo: str = ""
    texts_out: int = 1


def plan(
    db: Db,
    *,
    key: str,
    draft_id: int,
    revision: int,
    channel: str,
    body: bytes,
    due_at: datetime,
    late_at: datetime,
    at: datetime,
    steps_of: Sequence[NewStep] = (),
    act: Act = Act.PUBLISH,
    corrects: int | None = None,
    corrects_text: int = 1,
) -> Delivery:
    """Write the intention to deliver, with the exact bytes as composed for `due_at`; `steps_of` it, if it has several.

    A delivery of the same key that never left is planned anew; raises Refused where it left.
    """
    values = {
        "draft_id": draft_id,
        "revision": revision,
        "channel": channel,
        "state": DeliveryState.PLANNED,
        "body": body,
        "body_hash": content_hash(body),
        "composed_at": due_at,
        "due_at": due_at,
        "late_at": late_at,
        "reason": "",
        "changed_at": at,
        "act": act,
        "corrects": corrects,
        "corrects_text": corrects_text,
    }
    found = db.execute(sa.select(deliveries).where(deliveries.c.key == key)).one_or_none()
    if found is None:
        db.execute(sa.insert(deliveries).values(**values, key=key, attempts=0, answer=""))
    elif found.texts_out and found.state == DeliveryState.HELD:
        # Part of this very content is with the readers: the rest follows, as it was written down. What its worker had
        # begun before it was held must have ended, or it would be taken for a dead one's.
        if under_way(db, found.id, at=at):
            raise Refused(
                f"Requests of draft {draft_id} are still under way from before it was held; approve it in a moment."
            )
        on = {"state": DeliveryState.PLANNED, "due_at": due_at, "late_at": late_at, "reason": "", "changed_at": at}
        db.execute(sa.update(deliveries).where(deliveries.c.id == found.id).values(on))
        resumed = _delivery(db.execute(sa.select(deliveries).where(deliveries.c.id == found.id)).one())
        _tell(db, resumed, at=at, what="resumed", detail=f"due {due_at.astimezone(UTC):%a %d %b %Y %H:%M} UTC")
        return resumed
    else:
        again = db.execute(
            sa.update(deliveries)
            .where(deliveries.c.id == found.id, deliveries.c.state.in_(_NOT_ON_ITS_WAY), deliveries.c.texts_out == 0)
            .values(values)
        )
        if again.rowcount != 1:
            raise Refused(
                f"Delivery {found.id} of this very content is {found.state}; it is not planned a second time."
            )
    planned = _delivery(db.execute(sa.select(deliveries).where(deliveries.c.key == key)).one())
    steps.lay_out(db, planned.id, steps_of, at=at)
    _tell(db, planned, at=at, what="planned", detail=f"due {due_at.astimezone(UTC):%a %d %b %Y %H:%M} UTC")
    return planned


def line(db: Db, channel: str, *, at: datetime, limit: int) -> list[int]:
    """The numbers of what is due on a channel, the one that waits longest first.

    A delivery of a post that announces something waits until that has been published.
    """
    return list(db.scalars(_LINE, {"now": at, "ready": [channel], "limit": limit}))


def claim(db: Db, numbers: Collection[int], *, worker: str, at: datetime, lease_until: datetime) -> list[Delivery]:
    """Take those of some deliveries that are due and that no other worker took, in the order of their time."""
    taken = {"state": DeliveryState.CLAIMED, "worker": worker, "lease_until": lease_until, "changed_at": at}
    found = db.execute(_CLAIM, {"now": at, "numbers": list(numbers), **taken}).all()
    claimed = sorted((_delivery(row) for row in found), key=lambda each: (each.due_at, each.id))
    _tell_all(db, claimed, at=at, what="claimed", detail=worker)
    return claimed


def channels_due(db: Db, *, at: datetime, ready: Collection[str]) -> list[str]:
    """The channels of `ready` on which something could be claimed now, the one that waits longest first."""
    due = _due().with_only_columns(deliveries.c.channel, sa.func.min(deliveries.c.due_at))
    query = due.group_by(deliveries.c.channel).order_by(sa.func.min(deliveries.c.due_at), deliveries.c.channel)
    return [row.channel for row in db.execute(query, {"now": at, "ready": list(ready)})]


def episodes_due(db: Db, *, at: datetime, ready: Collection[str]) -> list[int]:
    """The episodes of everything that would be claimed now on the channels in `ready`."""
    due = (
        sa.select(deliveries.c.draft_id)
        .where(
            deliveries.c.state == DeliveryState.PLANNED,
            deliveries.c.due_at <= at,
            deliveries.c.channel.in_(list(ready)),
        )
        .subquery()
    )
    of_posts = sa.select(drafts.c.episode_id).where(drafts.c.id.in_(sa.select(due)), drafts.c.episode_id.is_not(None))
    of_editions = sa.select(edition_episodes.c.episode_id).where(edition_episodes.c.draft_id.in_(sa.select(due)))
    return sorted(set(db.scalars(sa.union(of_posts, of_editions))))


def begin(db: Db, claimed: Sequence[Delivery], *, worker: str, at: datetime, lease_until: datetime) -> list[Delivery]:
    """Note that these requests are about to leave. Once that is kept only the platform knows what happened."""
    rows = [
        {"delivery_id": each.id, "number": each.attempts + 1, "worker": worker, "started_at": at} for each in claimed
    ]
    if rows:
        db.execute(_ATTEMPT, rows)
    return _steps(
        db,
        [(each, {"attempts": each.attempts + 1, "lease_until": lease_until}) for each in claimed],
        DeliveryState.SENDING,
        at=at,
    )


def accept(db: Db, accepted: Sequence[tuple[Delivery, Acceptance]], *, at: datetime) -> list[Delivery]:
    """Record receipts: of a thread that of its first text, once the last one is there too."""
    ended = [
        {
            "of": each.id,
            "place": each.attempts,
            "ended_at": at,
            "outcome": "accepted",
            "reason": "",
            "answer": receipt.answer,
        }
        for each, receipt in accepted
    ]
    if ended:
        db.execute(_ATTEMPT_ENDS, ended)
    return _steps(
        db, [(each, {**vars(receipt), "reason": ""}) for each, receipt in accepted], DeliveryState.ACCEPTED, at=at
    )


def go_on(db: Db, delivery: Delivery, to: DeliveryState, *, texts_out: int, answer: str, at: datetime) -> Delivery:
    """Record that one text of a thread was accepted and others follow: CLAIMED still, or PLANNED after a doubt."""
    if delivery.state is DeliveryState.SENDING:
        _end_attempt(db, delivery, outcome="accepted", reason="", answer=answer, at=at)
    reason = f"{texts_out} texts of the thread are there"
    return _step(db, delivery, to, at=at, texts_out=texts_out, answer=answer, reason=reason)


def confirm(db: Db, delivery: Delivery, *, actor: str, permalink: str | None, at: datetime) -> Delivery:
    """Take a person's word that a doubtful delivery has arrived."""
    return _step(
        db,
        delivery,
        DeliveryState.ACCEPTED,
        at=at,
        actor=actor,
        remote_id=f"confirmed by {actor}",
        permalink=permalink,
        reason="",
    )


def end_attempt(
    db: Db,
    delivery: Delivery,
    to: DeliveryState,
    *,
    outcome: str,
    reason: str,
    answer: str,
    at: datetime,
    due_at: datetime,
) -> Delivery:
    """Record an attempt that brought no receipt: rejected, unknown, or planned again for `due_at`."""
    _end_attempt(db, delivery, outcome=outcome, reason=reason, answer=answer, at=at)
    return _step(db, delivery, to, at=at, reason=reason, answer=answer, due_at=due_at, worker=None, lease_until=None)


def stop_short(
    db: Db,
    delivery: Delivery,
    to: DeliveryState,
    *,
    outcome: str,
    reason: str,
    answer: str,
    at: datetime,
    due_at: datetime,
    counts: int = 1,
) -> Delivery:
    """Record an attempt that ended before the post itself left, with an upload or a container, say.

    `counts` is 0 for one that only waits for the service, so that its next try is not put off further and further.
    """
    number = delivery.attempts + counts
    if counts:
        db.execute(
            sa.insert(attempts).values(
                delivery_id=delivery.id,
                number=number,
                worker=delivery.worker or "",
                started_at=at,
                ended_at=at,
                outcome=outcome,
                reason=reason,
                answer=answer,
            )
        )
    return _step(
        db,
        delivery,
        to,
        at=at,
        attempts=number,
        reason=reason,
        answer=answer,
        due_at=due_at,
        worker=None,
        lease_until=None,
    )


def under_way(db: Db, number: int, *, at: datetime) -> bool:
    """Whether a living worker waits for the answer to a request of a mailing."""
    sending = sa.exists().where(batches.c.delivery_id == number, batches.c.state == BatchState.SENDING)
    query = sa.select(deliveries.c.id).where(deliveries.c.id == number, deliveries.c.lease_until > at, sending)
    return db.scalar(query) is not None


def put(
    db: Db, delivery: Delivery, to: DeliveryState, *, reason: str, at: datetime, actor: str = "pullquote"
) -> Delivery:
    """Hold, cancel, plan again or leave unknown, with the reason in words."""
    return _step(db, delivery, to, at=at, reason=reason, worker=None, lease_until=None, actor=actor)


def looked_up(db: Db, delivery: Delivery, *, evidence: str, at: datetime) -> None:
    """Keep what a look-up said; the history bears it once, however often it is said again."""
    db.execute(sa.update(deliveries).where(deliveries.c.id == delivery.id).values(evidence=evidence, looked_at=at))
    if evidence != delivery.evidence:
        _tell(db, delivery, at=at, what="looked up", detail=evidence)


def get(db: Db, number: int, *, keep_others_off: bool = False) -> Delivery:
    """A delivery by its number; `keep_others_off` until the transaction ends. Raises Missing where there is none."""
    query = sa.select(deliveries).where(deliveries.c.id == number)
    row = db.execute(query.with_for_update(key_share=True) if keep_others_off else query).one_or_none()
    if row is None:
        raise Missing(
            f"There is no delivery {number}.",
            page="The status of the desk lists those that need somebody.",
            terminal="'pullquote status' lists those that need somebody.",
        )
    return _delivery(row)


def still_sending(db: Db, sending: Collection[Delivery]) -> set[int]:
    """The numbers of those deliveries that are as they were when they began; others are kept off them until the end."""
    rows = db.execute(_STAND, {"numbers": [each.id for each in sending]})
    stand = {row.id: (row.state, row.attempts) for row in rows}
    return {each.id for each in sending if stand.get(each.id) == (DeliveryState.SENDING, each.attempts)}


def newest(
    db: Db,
    *,
    limit: int,
    before: int | None = None,
    states: Collection[DeliveryState] = (),
    channel: str | None = None,
) -> list[Delivery]:
    """The deliveries that were planned last, the newest first; those that came `before` one where one is named."""
    query = sa.select(deliveries).limit(limit)
    if before is not None:
        query = query.where(deliveries.c.id < before)
    if states:
        query = query.where(deliveries.c.state.in_(list(states)))
    # Nearly all are accepted: the few others are found by their state, not by walking through all.
    few = states and DeliveryState.ACCEPTED not in states
    query = query.order_by((deliveries.c.id + 0 if few else deliveries.c.id).desc())
    if channel is not None:
        query = query.where(deliveries.c.channel == channel)
    return [_delivery(row) for row in db.execute(query)]


def in_hands(db: Db) -> list[Delivery]:
    """Deliveries that some worker, alive or dead, holds; also stopped ones, of which it ends what it had begun."""
    query = (
        sa.select(deliveries)
        .where(
            deliveries.c.state.in_([DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.HELD]),
            sa.or_(deliveries.c.state != DeliveryState.HELD, deliveries.c.lease_until.is_not(None)),
        )
        .order_by(deliveries.c.due_at, deliveries.c.id)
    )
    return [_delivery(row) for row in db.execute(query)]


def let_go(db: Db, delivery: Delivery) -> None:
    """Its worker is dead: nothing that it began is under way any more."""
    db.execute(
        sa.update(deliveries)
        .where(deliveries.c.id == delivery.id, deliveries.c.worker == delivery.worker)
        .values(worker=None, lease_until=None)
    )


def unknown(db: Db) -> list[Delivery]:
    """Deliveries whose outcome nobody knows yet."""
    return _in_states(db, [DeliveryState.UNKNOWN])


def needing_somebody(db: Db) -> list[Delivery]:
    """Deliveries that will not go on by themselves."""
    return _in_states(db, [DeliveryState.UNKNOWN, DeliveryState.REJECTED, DeliveryState.HELD])


def in_doubt(db: Db, draft: int) -> bool:
    """Whether some delivery of a draft may or may not have arrived."""
    return any(each.state is DeliveryState.UNKNOWN for each in of_draft(db, draft))


def of_draft(db: Db, draft: int) -> list[Delivery]:
    query = sa.select(deliveries).where(deliveries.c.draft_id == draft).order_by(deliveries.c.id)
    return [_delivery(row) for row in db.execute(query)]


def pending(db: Db, *, limit: int | None = None) -> list[Delivery]:
    """What is to go out, in the order of its time."""
    return _in_states(db, [DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.SENDING], limit=limit)


def tally(db: Db) -> dict[DeliveryState, int]:
    """How many deliveries stand in each state; together they are all that were ever planned."""
    query = sa.select(deliveries.c.state, sa.func.count()).group_by(deliveries.c.state)
    found = {DeliveryState(state): number for state, number in db.execute(query)}
    return {state: found.get(state, 0) for state in DeliveryState}


def roughly(db: Db) -> dict[DeliveryState, int]:
    """How many deliveries stand in each state, counted up to MOST + 1: the same work whatever the archive holds."""
    return {DeliveryState(row.state): row.number for row in db.execute(_ROUGHLY)}


def corrections_of(db: Db, number: int) -> list[Delivery]:
    """The deliveries that edit, delete or answer one."""
    query = sa.select(deliveries).where(deliveries.c.corrects == number).order_by(deliveries.c.id)
    return [_delivery(row) for row in db.execute(query)]


def nth_newest_attempt(db: Db, channels: Collection[str], number: int, *, since: datetime) -> datetime | None:
    """When the attempt began that stands at place `number` from the newest, on some channels together, since then.

    Those that were certainly not sent do not count against a rate.
    """
    found: datetime | None = db.scalar(
        sa.select(attempts.c.started_at)
        .join(deliveries, deliveries.c.id == attempts.c.delivery_id)
        .where(
            attempts.c.started_at > since,
            deliveries.c.channel.in_(list(channels)),
            sa.or_(attempts.c.outcome.is_(None), attempts.c.outcome != "NotSent"),
        )
        .order_by(attempts.c.started_at.desc())
        .offset(number - 1)
        .limit(1)
    )
    return found


def waiting(db: Db, channel: str, *, due_before: datetime) -> list[Delivery]:
    """Posts of a channel that had a slot, were never tried and whose time is over, the one that waits longest first."""
    query = (
        sa.select(deliveries)
        .join(drafts, drafts.c.id == deliveries.c.draft_id)
        .where(
            deliveries.c.channel == channel,
            deliveries.c.state == DeliveryState.PLANNED,
            deliveries.c.due_at < due_before,
            deliveries.c.attempts == 0,
            deliveries.c.texts_out == 0,
            drafts.c.slot_id.is_not(None),
            drafts.c.newsletter.is_(None),
        )
        .order_by(deliveries.c.due_at, deliveries.c.id)
    )
    return [_delivery(row) for row in db.execute(query)]


def _due() -> sa.Select[tuple[int]]:
    """What could be claimed at `now` on the channels of `ready`."""
    before = drafts.alias("before")
    return (
        sa.select(deliveries.c.id)
        .join(drafts, drafts.c.id == deliveries.c.draft_id)
        .join(before, before.c.id == drafts.c.after_id, isouter=True)
        .where(
            deliveries.c.state == DeliveryState.PLANNED,
            deliveries.c.due_at <= sa.bindparam("now"),
            deliveries.c.channel.in_(sa.bindparam("ready", expanding=True)),
            sa.or_(before.c.id.is_(None), before.c.state == DraftState.PUBLISHED),
        )
    )


# Made once: what SQLAlchemy does to make a statement costs more than what the database does with it. The columns that
# an update sets are those of the values it is executed with.
_LINE = _due().order_by(deliveries.c.due_at, deliveries.c.id).limit(sa.bindparam("limit"))
# What another worker is just taking is passed over and not waited for. The state is wrapped so that no database goes
# through the index of all that is planned: these are looked up by their numbers.
_CLAIM = (
    sa.update(deliveries)
    .where(
        deliveries.c.id.in_(
            sa.select(deliveries.c.id)
            .where(
                deliveries.c.id.in_(sa.bindparam("numbers", expanding=True)),
                sa.func.coalesce(deliveries.c.state, "") == DeliveryState.PLANNED,
                deliveries.c.due_at <= sa.bindparam("now"),
            )
            .with_for_update(skip_locked=True, key_share=True)
        )
    )
    .returning(*deliveries.c)
)
_STAND = (
    sa.select(deliveries.c.id, deliveries.c.state, deliveries.c.attempts)
    .where(deliveries.c.id.in_(sa.bindparam("numbers", expanding=True)))
    .order_by(deliveries.c.id)
    .with_for_update(key_share=True)
)
_STEP = sa.update(deliveries).where(deliveries.c.id == sa.bindparam("of"), deliveries.c.state == sa.bindparam("before"))
_ROUGHLY = counting.up_to(deliveries.c.state, DeliveryState)
_ATTEMPT = sa.insert(attempts)
_ATTEMPT_ENDS = sa.update(attempts).where(
    attempts.c.delivery_id == sa.bindparam("of"), attempts.c.number == sa.bindparam("place")
)


def _in_states(db: Db, states: Sequence[DeliveryState], *, limit: int | None = None) -> list[Delivery]:
    query = sa.select(deliveries).where(deliveries.c.state.in_(states)).order_by(deliveries.c.due_at, deliveries.c.id)
    query = query.limit(limit)
    return [_delivery(row) for row in db.execute(query)]


def _step(
    db: Db, delivery: Delivery, to: DeliveryState, *, at: datetime, actor: str = "pullquote", **values: Any
) -> Delivery:
    return _steps(db, [(delivery, values)], to, at=at, actor=actor)[0]


def _steps(
    db: Db,
    changes: Sequence[tuple[Delivery, dict[str, Any]]],
    to: DeliveryState,
    *,
    at: datetime,
    actor: str = "pullquote",
) -> list[Delivery]:
    """Bring deliveries into a state, all or none, each with its own values (of the same columns)."""
    if not changes:
        return []
    for delivery, _values in changes:
        if to not in DELIVERY_STEPS[delivery.state]:
            raise Refused(f"Delivery {delivery.id} is {delivery.state}; it cannot become {to}.")
    given = {"state": to, "changed_at": at}
    changed = db.execute(_STEP, [{**values, **given, "of": each.id, "before": each.state} for each, values in changes])
    if changed.rowcount != len(changes):
        numbers = ", ".join(str(each.id) for each, _values in changes)
        raise Refused(f"Delivery {numbers} was changed by another worker meanwhile.")
    moved = [replace(each, **values, state=to, changed_at=at) for each, values in changes]
    events.note_all(db, [_event(each, at=at, what=to, detail=each.reason, actor=actor) for each in moved])
    return moved


def _end_attempt(db: Db, delivery: Delivery, *, outcome: str, reason: str, answer: str, at: datetime) -> None:
    ended = {"ended_at": at, "outcome": outcome, "reason": reason, "answer": answer}
    db.execute(_ATTEMPT_ENDS, {"of": delivery.id, "place": delivery.attempts, **ended})


def _tell(db: Db, delivery: Delivery, *, at: datetime, what: str, detail: str) -> None:
    _tell_all(db, [delivery], at=at, what=what, detail=detail)


def _tell_all(db: Db, told: Sequence[Delivery], *, at: datetime, what: str, detail: str) -> None:
    events.note_all(db, [_event(each, at=at, what=what, detail=detail) for each in told])


def _event(delivery: Delivery, *, at: datetime, what: str, detail: str, actor: str = "pullquote") -> events.Event:
    return events.Event(at, actor, f"delivery:{delivery.id}", what, detail)


def _delivery(row: sa.Row[Any]) -> Delivery:
    values = dict(row._mapping)
    values["state"] = DeliveryState(values["state"])
    values["body"] = bytes(values["body"])
    values["act"] = Act(values["act"])
    return Delivery(**values)
