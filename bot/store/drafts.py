"""Drafts, their frozen revisions and their approvals. Any new revision voids the approval of the one before.

Every change names who made it and leaves a line of history; a change that the states do not allow is refused here,
whoever asks for it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.drafting.payload import media_in
from bot.errors import Missing, Refused, StaleDraft
from bot.model.publication import Kind
from bot.model.states import DRAFT_STEPS, DeliveryState, DraftState
from bot.store import counting, events
from bot.store.codec import content_hash
from bot.store.database import Db
from bot.store.schema import (
    approvals,
    deliveries,
    draft_revisions,
    drafts,
    edition_episodes,
    episode_revisions,
    media_uses,
    recipients,
    source_items,
)
from bot.store.schema import episodes as known

# What says a line of its own: editions and their announcements repeat what they gather.
LINES = (Kind.QUOTE_POST, Kind.EPISODE_POST)
OPEN = (DraftState.DRAFT, DraftState.IN_REVIEW, DraftState.CHANGES_REQUESTED)
_GOING_OUT = (DeliveryState.CLAIMED, DeliveryState.SENDING)
_WILL_NOT_RUN = (DeliveryState.REJECTED, DeliveryState.HELD, DeliveryState.CANCELLED)
_STOPPABLE = (DeliveryState.PLANNED, DeliveryState.HELD)
# Before these not everybody has approved who has to.
_APPROVED = (DraftState.APPROVED, DraftState.SCHEDULED, DraftState.PUBLISHED)
# What the history says of a draft that is before the editors from its first moment on.
READY = "drafted, ready for review"
# What the history calls an approval that needs another beside it.
IN_PART = "approved in part"


_DUE_FIRST = (drafts.c.due_at.is_(None), drafts.c.due_at, drafts.c.id)
# As the index has it, backwards: however many there are, a page of them is read and no more.
_NEWEST = (drafts.c.due_at.desc(), drafts.c.id.desc())
# Made once, because every delivery asks them. Whoever keeps others off a draft lets them refer to it (`key_share`):
# PostgreSQL asks for that when a worker changes a delivery twice in one transaction, and an editor would be in the way.
_ONE = sa.select(drafts).where(drafts.c.id == sa.bindparam("number"))
_ONE_ALONE = _ONE.with_for_update(key_share=True)
_REVISION = sa.select(draft_revisions).where(
    draft_revisions.c.draft_id == sa.bindparam("draft"), draft_revisions.c.number == sa.bindparam("wanted")
)
_APPROVALS = (
    sa.select(approvals)
    .where(approvals.c.draft_id == sa.bindparam("draft"), approvals.c.void_at.is_(None))
    .order_by(approvals.c.id)
)
_ROUGHLY = counting.up_to(drafts.c.state, DraftState)
_LATER = approvals.alias("later")
_IN_FORCE = (
    sa.select(sa.func.max(_LATER.c.id))
    .where(_LATER.c.draft_id == drafts.c.id, _LATER.c.void_at.is_(None), drafts.c.state.in_(_APPROVED))
    .correlate(drafts)
    .scalar_subquery()
)
_STANDING = (
    sa.select(
        draft_revisions.c.draft_id,
        draft_revisions.c.hash,
        draft_revisions.c.payload,
        approvals.c.revision,
        approvals.c.hash.label("approved"),
    )
    .join(drafts, sa.and_(draft_revisions.c.draft_id == drafts.c.id, draft_revisions.c.number == drafts.c.revision))
    .join(approvals, approvals.c.id == _IN_FORCE, isouter=True)
    .where(drafts.c.id.in_(sa.bindparam("numbers", expanding=True)))
)
_OF_PRESENT = sa.and_(deliveries.c.draft_id == drafts.c.id, deliveries.c.revision == drafts.c.revision)
_ALL_THERE = (
    sa.select(drafts.c.id, drafts.c.state, drafts.c.revision)
    .where(
        drafts.c.id.in_(sa.bindparam("numbers", expanding=True)),
        drafts.c.state.in_([state for state, then in DRAFT_STEPS.items() if DraftState.PUBLISHED in then]),
        sa.exists().where(_OF_PRESENT, deliveries.c.state == DeliveryState.ACCEPTED),
        ~sa.exists().where(_OF_PRESENT, deliveries.c.state.not_in([DeliveryState.ACCEPTED, DeliveryState.CANCELLED])),
    )
    .order_by(drafts.c.id)
    .with_for_update(key_share=True)
)
_MOVE = sa.update(drafts).where(
    drafts.c.id == sa.bindparam("of"),
    drafts.c.state == sa.bindparam("before"),
    drafts.c.revision == sa.bindparam("seen"),
)


@dataclass(frozen=True)
class Draft:
    """An edition or a post under review, as it stands. `edits` are an editor's own words by field."""

    id: int
    key: str
    kind: Kind
    channel: str
    newsletter: str | None
    number: int | None
    episode_id: int | None
    state: DraftState
    title: str
    revision: int
    edits: Mapping[str, str]
    slot_id: int | None
    due_at: datetime | None
    after_id: int | None
    held_reason: str
    made_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class Revision:
    """The frozen content of a draft. `hash` is the SHA-256 of `payload`, and what an approval is bound to."""

    draft_id: int
    number: int
    hash: str
    payload: bytes
    basis: str
    made_by: str
    made_at: datetime
    note: str


@dataclass(frozen=True)
class Version:
    """A revision without its content."""

    number: int
    hash: str
    made_by: str
    made_at: datetime
    note: str


@dataclass(frozen=True)
class Approval:
    """One person's. `vouched_by` is who made the link that it came by; "" where it came from the desk itself."""

    draft_id: int
    revision: int
    hash: str
    actor: str
    at: datetime
    vouched_by: str = ""


@dataclass(frozen=True)
class Standing:
    """What stands of a draft: its present content with its hash; which revision of which hash is approved, or None."""

    hash: str
    payload: bytes
    approved: tuple[int, str] | None


@dataclass(frozen=True)
class NewDraft:
    """A draft to be stored. `key` says what it is of, so that the same thing is never drafted twice."""

    key: str
    kind: Kind
    channel: str
    title: str
    payload: bytes
    basis: str = ""
    newsletter: str | None = None
    number: int | None = None
    episode_id: int | None = None
    slot_id: int | None = None
    due_at: datetime | None = None
    after_id: int | None = None
    state: DraftState = DraftState.IN_REVIEW


def create(db: Db, new: NewDraft, *, actor: str, at: datetime) -> Draft:
    """Store a draft with its first revision. Raises Refused where one of that key exists."""
    if by_key(db, new.key) is not None:
        raise Refused(f"There is a draft of {new.key} already.")
    number = db.scalar(
        sa.insert(drafts)
        .values(
            key=new.key,
            kind=new.kind,
            channel=new.channel,
            newsletter=new.newsletter,
            number=new.number,
            episode_id=new.episode_id,
            state=new.state,
            title=new.title,
            revision=0,
            edits="{}",
            slot_id=new.slot_id,
            due_at=new.due_at,
            after_id=new.after_id,
            made_at=at,
            changed_at=at,
        )
        .returning(drafts.c.id)
    )
    draft = get(db, int(number or 0))
    told = READY if new.state is DraftState.IN_REVIEW else "drafted"
    return _add_revision(db, draft, payload=new.payload, basis=new.basis, actor=actor, at=at, note="drafted", told=told)


def revise(
    db: Db,
    draft: Draft,
    *,
    payload: bytes,
    basis: str,
    title: str,
    actor: str,
    at: datetime,
    note: str,
    edits: Mapping[str, str] | None = None,
) -> Draft:
    """Store a new revision of a draft; the same bytes change nothing.

    An approval of the old revision is void, what was planned of it is cancelled, and the draft is in review again.
    Raises Refused where the draft is published, rejected or going out at this moment.
    """
    if draft.state in (DraftState.PUBLISHED, DraftState.REJECTED):
        raise Refused(f"Draft {draft.id} is {draft.state} and cannot be changed; use a correction instead.")
    if revision(db, draft).payload == payload and edits in (None, draft.edits):
        return draft
    _stop(db, draft, DeliveryState.CANCELLED, at=at, reason=f"the content changed: {note}", actor=actor)
    if draft.state in (DraftState.APPROVED, DraftState.SCHEDULED):
        draft = move(db, draft, DraftState.IN_REVIEW, actor=actor, at=at, detail=f"approval void: {note}")
    values: dict[str, object] = {"title": title}
    if edits is not None:
        values["edits"] = json.dumps(dict(edits), ensure_ascii=False, sort_keys=True)
    db.execute(sa.update(drafts).where(drafts.c.id == draft.id).values(values))
    return _add_revision(db, draft, payload=payload, basis=basis, actor=actor, at=at, note=note)


def move(
    db: Db, draft: Draft, to: DraftState, *, actor: str, at: datetime, detail: str = "", held_reason: str = ""
) -> Draft:
    """Bring a draft into another state. Raises Refused where the states do not allow it, StaleDraft after a race."""
    _refuse_a_step(draft, to)
    changed = db.execute(_MOVE, _moved(draft, to, held_reason=held_reason, at=at))
    if changed.rowcount != 1:
        raise StaleDraft(f"Draft {draft.id} was changed by somebody else meanwhile; look at it again.")
    events.note(db, at=at, actor=actor, subject=f"draft:{draft.id}", what=to, detail=detail or held_reason)
    return replace(draft, state=to, held_reason=held_reason, changed_at=at)


def publish_what_is_there(db: Db, numbers: Collection[int], *, actor: str, at: datetime) -> None:
    """Of some drafts, publish those of whose present revision every delivery that was not withdrawn is accepted."""
    there: list[sa.Row[Any]] = list(db.execute(_ALL_THERE, {"numbers": list(numbers)}))
    if not there:
        return
    to = DraftState.PUBLISHED
    db.execute(_MOVE, [_moved(each, to, held_reason="", at=at) for each in there])
    events.note_all(db, [events.Event(at, actor, f"draft:{each.id}", to, "") for each in there])


def approve(db: Db, draft: Draft, *, actor: str, at: datetime, vouched_by: str = "") -> Approval:
    """Bind an approval to the hash of the draft's present revision: the last one that it needs."""
    given = _sign(db, draft, actor=actor, at=at, vouched_by=vouched_by)
    move(db, draft, DraftState.APPROVED, actor=actor, at=at, detail=f"revision {given.revision}, {given.hash[:8]}")
    return given


def approve_in_part(db: Db, draft: Draft, *, actor: str, at: datetime, of: str, vouched_by: str = "") -> Approval:
    """Bind one of several approvals to the present hash; the draft stays in review. `of` counts them in words."""
    _refuse_a_step(draft, DraftState.APPROVED)
    given = _sign(db, draft, actor=actor, at=at, vouched_by=vouched_by)
    remark(db, draft, actor=actor, at=at, what=IN_PART, detail=f"{of}: revision {given.revision}, {given.hash[:8]}")
    return given


def withdraw(db: Db, draft: Draft, *, to: DraftState, actor: str, at: datetime, reason: str) -> Draft:
    """Hold or reject a draft, or send it back: its approval is void and nothing planned of it goes out.

    Raises Refused where it is going out at this moment, or went out.
    """
    stopped = DeliveryState.HELD if to is DraftState.HELD else DeliveryState.CANCELLED
    _stop(db, draft, stopped, at=at, reason=reason, actor=actor)
    return move(db, draft, to, actor=actor, at=at, held_reason=reason)


def remark(db: Db, draft: Draft, *, actor: str, at: datetime, what: str, detail: str) -> None:
    """Add a line to a draft's history."""
    events.note(db, at=at, actor=actor, subject=f"draft:{draft.id}", what=what, detail=detail)


def schedule(db: Db, draft: Draft, *, slot_id: int | None, due_at: datetime | None) -> Draft:
    """Set the time at which a draft may go out, or take it away."""
    db.execute(sa.update(drafts).where(drafts.c.id == draft.id).values(slot_id=slot_id, due_at=due_at))
    return get(db, draft.id)


def get(db: Db, number: int, *, keep_others_off: bool = False) -> Draft:
    """A draft by its number; `keep_others_off` until the transaction ends. Raises Missing where there is none."""
    row = db.execute(_ONE_ALONE if keep_others_off else _ONE, {"number": number}).one_or_none()
    if row is None:
        raise Missing(
            f"There is no draft {number}.",
            page="The list of drafts shows those that are.",
            terminal="'pullquote drafts list' shows those that are.",
        )
    return _draft(row)


def by_key(db: Db, key: str, *, keep_others_off: bool = False) -> Draft | None:
    query = sa.select(drafts).where(drafts.c.key == key)
    row = db.execute(query.with_for_update(key_share=True) if keep_others_off else query).one_or_none()
    return _draft(row) if row else None


def revision(db: Db, draft: Draft, number: int | None = None) -> Revision:
    """The content of a draft: its present revision, or an earlier one. Raises Missing where there is none."""
    wanted = draft.revision if number is None else number
    row = db.execute(_REVISION, {"draft": draft.id, "wanted": wanted}).one_or_none()
    if row is None:
        raise Missing(f"Draft {draft.id} has no revision {wanted}; it has 1 to {draft.revision}.")
    return Revision(
        row.draft_id, row.number, row.hash, bytes(row.payload), row.basis, row.made_by, row.made_at, row.note
    )


def versions(db: Db, draft: Draft) -> list[Version]:
    """Every revision of a draft without its content, oldest first."""
    columns = [draft_revisions.c[name] for name in ("number", "hash", "made_by", "made_at", "note")]
    query = sa.select(*columns).where(draft_revisions.c.draft_id == draft.id).order_by(draft_revisions.c.number)
    return [Version(*row) for row in db.execute(query)]


def approval(db: Db, draft: Draft) -> Approval | None:
    """The approval that is in force: the last of those that the draft needed, once it has them all."""
    given = approvals_of(db, draft)
    return given[-1] if given and draft.state in _APPROVED else None


def approvals_of(db: Db, draft: Draft) -> list[Approval]:
    """Every approval of the present content, oldest first, also where the draft needs more than these."""
    found = db.execute(_APPROVALS, {"draft": draft.id})
    return [Approval(row.draft_id, row.revision, row.hash, row.actor, row.at, row.vouched_by) for row in found]


def last_approved(db: Db, draft: Draft) -> int | None:
    """The newest revision before the present one that was approved; None where none was."""
    query = sa.select(sa.func.max(approvals.c.revision)).where(
        approvals.c.draft_id == draft.id, approvals.c.revision < draft.revision
    )
    found: int | None = db.scalar(query)
    return found


def standing(db: Db, numbers: Collection[int]) -> dict[int, Standing]:
    """What stands of some drafts, by their numbers."""
    return {
        draft: Standing(content, bytes(payload), (revision, approved) if approved is not None else None)
        for draft, content, payload, revision, approved in db.execute(_STANDING, {"numbers": list(numbers)})
    }


def listed(
    db: Db, states: Collection[DraftState], *, limit: int = 500, past: int = 0, until: datetime | None = None
) -> list[Draft]:
    """Drafts in any of some states, `past` so many: those due first come first, those without a time last.

    With `until` those that are due from then on are left out.
    """
    query = sa.select(drafts).where(drafts.c.state.in_(list(states))).order_by(*_DUE_FIRST).limit(limit).offset(past)
    if until is not None:
        query = query.where(sa.or_(drafts.c.due_at.is_(None), drafts.c.due_at < until))
    return [_draft(row) for row in db.execute(query)]


def newest(db: Db, state: DraftState, *, limit: int, before: int | None = None) -> list[Draft]:
    """Drafts in a state in which drafts pile up: those due last first, those without a time at the end.

    With `before`, the number of a draft, those that follow it in this order.
    """
    from_here = db.execute(_ONE, {"number": before}).one_or_none() if before is not None else None
    timed = sa.select(drafts).where(drafts.c.state == state, drafts.c.due_at.is_not(None))
    timeless = sa.select(drafts).where(drafts.c.state == state, drafts.c.due_at.is_(None))
    if from_here is not None and from_here.due_at is not None:
        here = sa.tuple_(sa.literal(from_here.due_at, drafts.c.due_at.type), sa.literal(from_here.id))
        timed = timed.where(sa.tuple_(drafts.c.due_at, drafts.c.id) < here)
    if from_here is not None and from_here.due_at is None:
        timed = timed.where(sa.false())
        timeless = timeless.where(drafts.c.id < from_here.id)
    # Two looks into one index: no database sorts what has no time as the other one does.
    found = list(db.execute(timed.order_by(*_NEWEST).limit(limit)))
    if len(found) < limit:
        found += db.execute(timeless.order_by(drafts.c.id.desc()).limit(limit - len(found)))
    return [_draft(row) for row in found]


def next_open(db: Db, draft: Draft) -> int | None:
    """The draft that somebody who is done with this one takes up next: the first one due of those with a greater
    number, or of all."""
    query = sa.select(drafts.c.id).where(drafts.c.state.in_(OPEN), drafts.c.id != draft.id)
    found: int | None = db.scalar(query.order_by(drafts.c.id < draft.id, *_DUE_FIRST).limit(1))
    return found


def numbered(
    db: Db,
    *,
    after: int,
    limit: int,
    states: Collection[DraftState] = (),
    kind: Kind | None = None,
    channel: str | None = None,
    newsletter: str | None = None,
    episode: int | None = None,
) -> list[Draft]:
    """Drafts in the order of their numbers, those `after` one: an order that stays while times and states change."""
    query = sa.select(drafts).where(drafts.c.id > after).limit(limit)
    if states:
        query = query.where(drafts.c.state.in_(list(states)))
    # Few drafts are in the states before the end: found by their state, not by walking through all that are over.
    few = states and not set(states) & {DraftState.PUBLISHED, DraftState.REJECTED}
    query = query.order_by(drafts.c.id + 0 if few else drafts.c.id)
    for column, wanted in (
        (drafts.c.kind, kind),
        (drafts.c.channel, channel),
        (drafts.c.newsletter, newsletter),
        (drafts.c.episode_id, episode),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    return [_draft(row) for row in db.execute(query)]


def approved_of_changed(db: Db) -> list[int]:
    """Approved drafts of an episode that was read anew, or went missing in its feed, after the approval."""
    in_force = (
        sa.select(drafts.c.id, drafts.c.episode_id, approvals.c.at)
        .join(approvals, sa.and_(approvals.c.draft_id == drafts.c.id, approvals.c.void_at.is_(None)))
        .where(drafts.c.state.in_([DraftState.APPROVED, DraftState.SCHEDULED]))
        .subquery()
    )
    of_posts = sa.select(in_force.c.id, in_force.c.episode_id, in_force.c.at).where(in_force.c.episode_id.is_not(None))
    of_editions = sa.select(in_force.c.id, edition_episodes.c.episode_id, in_force.c.at).join(
        edition_episodes, edition_episodes.c.draft_id == in_force.c.id
    )
    each = sa.union_all(of_posts, of_editions).subquery()
    read_since = sa.exists().where(
        episode_revisions.c.episode_id == each.c.episode_id, episode_revisions.c.read_at > each.c.at
    )
    missing_since = sa.exists().where(
        source_items.c.episode_id == each.c.episode_id, source_items.c.missing_since.is_not(None)
    )
    query = sa.select(each.c.id).where(sa.or_(read_since, missing_since)).distinct().order_by(each.c.id)
    return list(db.scalars(query))


def of_episode(db: Db, episode: int) -> list[Draft]:
    query = sa.select(drafts).where(drafts.c.episode_id == episode).order_by(drafts.c.id)
    return [_draft(row) for row in db.execute(query)]


def quoting(db: Db, episode: int, *, kind: Kind, limit: int) -> list[bytes]:
    """The present content of the newest drafts of a kind that quote earlier episodes of an episode's show.

    An episode without a show has no others. Only those that came before it count, so that reading it anew finds the
    same. What was rejected never ran and is left out. An edition counts where any of its episodes is of the show.
    """
    show = sa.select(known.c.show_id).where(known.c.id == episode).scalar_subquery()
    before = sa.select(known.c.id).where(known.c.show_id == show, known.c.id < episode)
    in_editions = sa.select(edition_episodes.c.draft_id).where(edition_episodes.c.episode_id.in_(before))
    query = (
        sa.select(draft_revisions.c.payload)
        .join(drafts, sa.and_(drafts.c.id == draft_revisions.c.draft_id, drafts.c.revision == draft_revisions.c.number))
        .where(
            drafts.c.kind == kind,
            drafts.c.state != DraftState.REJECTED,
            drafts.c.id.in_(in_editions) if kind is Kind.EDITION else drafts.c.episode_id.in_(before),
        )
        .order_by(drafts.c.id.desc())
        .limit(limit)
    )
    return [bytes(payload) for payload in db.scalars(query)]


def scheduled_on(db: Db, channel: str, *, since: datetime) -> list[Draft]:
    """The posts of a channel that went out since then or have a time to."""
    query = sa.select(drafts).where(
        drafts.c.channel == channel,
        drafts.c.newsletter.is_(None),
        drafts.c.kind != Kind.CORRECTION,
        drafts.c.state.in_([DraftState.SCHEDULED, DraftState.PUBLISHED]),
        drafts.c.due_at >= since,
    )
    return [_draft(row) for row in db.execute(query)]


def lines_of(db: Db, channel: str, *, besides: int, limit: int) -> list[sa.Row[Any]]:
    """The content (`draft_id`, `payload`) of the newest posts that went out on a channel or are on their way to it."""
    query = (
        sa.select(draft_revisions.c.draft_id, draft_revisions.c.payload)
        .join(
            deliveries,
            sa.and_(
                deliveries.c.draft_id == draft_revisions.c.draft_id,
                deliveries.c.revision == draft_revisions.c.number,
            ),
        )
        .join(drafts, drafts.c.id == draft_revisions.c.draft_id)
        .where(
            deliveries.c.channel == channel,
            deliveries.c.state.not_in(_WILL_NOT_RUN),
            drafts.c.id != besides,
            drafts.c.kind.in_(LINES),
        )
        .order_by(deliveries.c.id.desc())
        .limit(limit)
    )
    return list(db.execute(query))


def siblings(db: Db, draft: Draft) -> list[Draft]:
    """The drafts of one kind of the same episode, or that announce the same edition: this one and those elsewhere."""
    same = [drafts.c.id == draft.id]
    if draft.episode_id is not None:
        same.append(drafts.c.episode_id == draft.episode_id)
    if draft.after_id is not None:
        same.append(drafts.c.after_id == draft.after_id)
    query = sa.select(drafts).where(drafts.c.kind == draft.kind, sa.or_(*same)).order_by(drafts.c.id)
    return [_draft(row) for row in db.execute(query)]


def announcing(db: Db, draft: Draft) -> list[Draft]:
    """The drafts that may only go out once this one has."""
    return [_draft(row) for row in db.execute(sa.select(drafts).where(drafts.c.after_id == draft.id))]


def newest_published(db: Db, newsletter: str, *, limit: int) -> list[bytes]:
    """The content of the newest editions of a newsletter that went out, the newest first."""
    query = (
        sa.select(draft_revisions.c.payload)
        .join(drafts, sa.and_(drafts.c.id == draft_revisions.c.draft_id, drafts.c.revision == draft_revisions.c.number))
        .where(drafts.c.newsletter == newsletter, drafts.c.state == DraftState.PUBLISHED)
        .order_by(drafts.c.number.desc())
        .limit(limit)
    )
    return list(db.scalars(query))


def open_edition(db: Db, newsletter: str) -> Draft | None:
    """The edition of a newsletter that still gathers episodes; others are kept off it until the transaction ends."""
    row = db.execute(_gathering(newsletter).with_for_update(key_share=True)).one_or_none()
    return _draft(row) if row else None


def gathering(db: Db, newsletter: str) -> Draft | None:
    """The edition of a newsletter that still gathers episodes, for whoever only looks: nobody is kept off it."""
    row = db.execute(_gathering(newsletter)).one_or_none()
    return _draft(row) if row else None


def next_number(db: Db, newsletter: str) -> int:
    """The number that the next edition of a newsletter bears."""
    last = db.scalar(sa.select(sa.func.max(drafts.c.number)).where(drafts.c.newsletter == newsletter))
    return (last or 0) + 1


def edition_of(db: Db, draft: Draft) -> list[int]:
    """The episodes that stand in an edition."""
    query = sa.select(edition_episodes.c.episode_id).where(edition_episodes.c.draft_id == draft.id)
    return sorted(db.scalars(query))


def put_in_edition(db: Db, draft: Draft, episodes: Collection[int]) -> None:
    """Give episodes to an edition; the key of the table keeps each in one edition of a newsletter only."""
    if episodes:
        rows = [{"newsletter": draft.newsletter, "episode_id": each, "draft_id": draft.id} for each in episodes]
        db.execute(sa.insert(edition_episodes), rows)


def take_from_edition(db: Db, draft: Draft, episodes: Collection[int]) -> None:
    """Give episodes of an edition back, free for a later one."""
    db.execute(
        sa.delete(edition_episodes).where(
            edition_episodes.c.draft_id == draft.id, edition_episodes.c.episode_id.in_(list(episodes))
        )
    )


def tally(db: Db) -> dict[DraftState, int]:
    """How many drafts stand in each state."""
    query = sa.select(drafts.c.state, sa.func.count()).group_by(drafts.c.state)
    return {DraftState(state): number for state, number in db.execute(query)}


def roughly(db: Db) -> dict[DraftState, int]:
    """How many drafts stand in each state, counted up to MOST + 1: the same work whatever the archive holds."""
    return {DraftState(row.state): row.number for row in db.execute(_ROUGHLY)}


def _gathering(newsletter: str) -> sa.Select[Any]:
    return (
        sa.select(drafts)
        .where(drafts.c.newsletter == newsletter, drafts.c.kind == Kind.EDITION, drafts.c.state.in_(OPEN))
        .order_by(drafts.c.id.desc())
        .limit(1)
    )


def _stop(db: Db, draft: Draft, to: DeliveryState, *, at: datetime, reason: str, actor: str) -> None:
    """Void the approval and stop what was planned; refused while something is on its way, but for a mailing that is to
    be held: what it has not sent yet stays here.

    A delivery in doubt may be with the readers already: such a draft can be held, but not get other content.
    """
    of_draft = deliveries.c.draft_id == draft.id
    stoppable: sa.ColumnElement[bool] = deliveries.c.state.in_(_STOPPABLE)
    if to is DeliveryState.HELD:
        # Its worker sees before each request that it is not to go on. What is under way then comes to its end. Where
        # the audience is just being written down, that is waited for: it takes seconds with a million readers.
        claimed = sa.select(deliveries.c.id).where(of_draft, deliveries.c.state == DeliveryState.CLAIMED)
        db.execute(claimed.with_for_update(key_share=True))
        audience = sa.exists().where(recipients.c.delivery_id == deliveries.c.id)
        stoppable |= sa.and_(deliveries.c.state == DeliveryState.CLAIMED, audience)
    # Stopped first, looked at afterwards: what a worker claims in between is seen, what is stopped cannot be claimed.
    db.execute(sa.update(deliveries).where(of_draft, stoppable).values(state=to, reason=reason, changed_at=at))
    states = set(db.scalars(sa.select(deliveries.c.state).where(of_draft)))
    if states & set(_GOING_OUT):
        raise Refused(f"Draft {draft.id} is going out at this moment; wait for its outcome.")
    half_out = sa.select(deliveries.c.texts_out).where(of_draft, deliveries.c.state != DeliveryState.ACCEPTED)
    if to is not DeliveryState.HELD and (there := db.scalar(sa.select(sa.func.max(half_out.subquery().c.texts_out)))):
        raise Refused(
            f"Of the thread of draft {draft.id} {there} texts are with the readers: let it go on, or hold it. It "
            "cannot get other content."
        )
    if DeliveryState.UNKNOWN in states and to is not DeliveryState.HELD:
        raise Refused(
            f"The delivery of draft {draft.id} is in doubt: it may have arrived.",
            page="Settle that first: say whether it is there.",
            terminal="Settle that first, with 'pullquote deliveries'.",
        )
    void = db.execute(
        sa.update(approvals)
        .where(approvals.c.draft_id == draft.id, approvals.c.void_at.is_(None))
        .values(void_at=at, void_reason=reason)
    )
    if void.rowcount:
        events.note(db, at=at, actor=actor, subject=f"draft:{draft.id}", what="approval void", detail=reason)


def _refuse_a_step(draft: Draft, to: DraftState) -> None:
    steps = sorted(DRAFT_STEPS[draft.state])
    if to in steps:
        return
    now, then = (each.replace("_", " ") for each in (draft.state, to))
    if not steps:
        raise Refused(f"Draft {draft.id} is {now}, and that is final; it cannot become {then}.")
    if (draft.state, to) == (DraftState.SCHEDULED, DraftState.APPROVED):
        raise Refused(
            f"Draft {draft.id} is approved already, and goes out at its time.",
            page="Give it another time, if it is to go sooner.",
            terminal=f"'pullquote drafts reschedule {draft.id} now' sends it at once.",
        )
    allowed = ", ".join(steps).replace("_", " ")
    raise Refused(f"Draft {draft.id} is {now}; from there it can become {allowed}, not {then}.")


def _sign(db: Db, draft: Draft, *, actor: str, at: datetime, vouched_by: str) -> Approval:
    content = revision(db, draft)
    db.execute(
        sa.insert(approvals).values(
            draft_id=draft.id,
            revision=content.number,
            hash=content.hash,
            actor=actor,
            at=at,
            vouched_by=vouched_by,
        )
    )
    return Approval(draft.id, content.number, content.hash, actor, at, vouched_by)


def _add_revision(
    db: Db, draft: Draft, *, payload: bytes, basis: str, actor: str, at: datetime, note: str, told: str = ""
) -> Draft:
    number = draft.revision + 1
    changed = db.execute(
        sa.update(drafts)
        .where(drafts.c.id == draft.id, drafts.c.revision == draft.revision)
        .values(revision=number, changed_at=at)
    )
    if changed.rowcount != 1:
        raise StaleDraft(f"Draft {draft.id} was changed by somebody else meanwhile; look at it again.")
    hashed = content_hash(payload)
    db.execute(
        sa.insert(draft_revisions).values(
            draft_id=draft.id,
            number=number,
            hash=hashed,
            payload=payload,
            basis=basis,
            made_by=actor,
            made_at=at,
            note=note,
        )
    )
    if borne := media_in(payload):
        uses = [{"sha256": name, "draft_id": draft.id, "revision": number} for name in borne]
        db.execute(sa.insert(media_uses), uses)
    events.note(db, at=at, actor=actor, subject=f"draft:{draft.id}", what=f"revision {number}", detail=told or note)
    return get(db, draft.id)


def _moved(draft: Draft | sa.Row[Any], to: DraftState, *, held_reason: str, at: datetime) -> dict[str, object]:
    where = {"of": draft.id, "before": draft.state, "seen": draft.revision}
    return {**where, "state": to, "held_reason": held_reason, "changed_at": at}


def _draft(row: sa.Row[Any]) -> Draft:
    values = row._asdict()
    values["kind"] = Kind(values["kind"])
    values["state"] = DraftState(values["state"])
    values["edits"] = json.loads(values["edits"])
    return Draft(**values)
