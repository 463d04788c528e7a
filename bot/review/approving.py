"""Approvals: by one or more people, bound to the hash that they looked at, or by a channel's policy.

The last one that a draft needs plans its delivery; nothing is sent here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from bot.drafting.payload import thaw
from bot.errors import Awaited, Refused, StaleDraft
from bot.house import House, late
from bot.intend import intend, refuse_a_full_day, refuse_a_repetition, take_free_slot
from bot.model.publication import Kind, Post, Publication
from bot.model.states import DraftState
from bot.prepare.cutting import awaited
from bot.prepare.evidence import prove_publication
from bot.prepare.inspection import refuse_what_blocks
from bot.review.judging import POLICY, judge
from bot.review.stopping import hold
from bot.review.timing import due_in_words, leave_slot
from bot.store import drafts
from bot.store.database import Db
from bot.store.drafts import Approval, Draft
from bot.store.labels import Verdict

# Whoever decides by a link without an account is called so in the history.
BY_LINK = "link:"


# Fewer characters of a hash do not say which content was looked at.
_SHORTEST_SEEN = 8


def approve(
    house: House, number: int, *, actor: str, now: datetime, seen: str | None = None, at_once: bool = False
) -> Draft:
    """Approve the present revision of a draft; with the last approval that it needs, plan its delivery.

    `seen` is the (beginning of the) hash that the editor looked at; another one is refused. `at_once` gives up the
    draft's slot and makes it due now. An edition must pass the check of docs/preflight.md. Raises Refused, StaleDraft
    or FalseQuote.
    """
    with house.store.write() as db:
        return approve_within(house, db, number, actor=actor, now=now, seen=seen, at_once=at_once)


def approve_once(house: House, number: int, *, actor: str, now: datetime, seen: str, at_once: bool = False) -> Draft:
    """`approve` where it may be asked for twice: what this person approved already stays as it is."""
    with house.store.write() as db:
        draft = drafts.get(db, number, keep_others_off=True)
        if len(seen) >= _SHORTEST_SEEN and draft.state in (DraftState.IN_REVIEW, DraftState.SCHEDULED):
            given = drafts.approvals_of(db, draft)
            if any(each.hash.startswith(seen) and each.actor == actor for each in given):
                return draft
        return approve_within(house, db, number, actor=actor, now=now, seen=seen, at_once=at_once)


def approve_within(
    house: House,
    db: Db,
    number: int,
    *,
    actor: str,
    now: datetime,
    seen: str | None = None,
    at_once: bool = False,
    vouched_by: str = "",
) -> Draft:
    """`approve` as part of a transaction. `vouched_by` is who gave somebody without an account the means to do so."""
    draft = drafts.get(db, number, keep_others_off=True)
    content = drafts.revision(db, draft)
    if seen is not None and (len(seen) < _SHORTEST_SEEN or not content.hash.startswith(seen)):
        raise StaleDraft(
            f"Draft {number} is no longer what you looked at ({seen[:8]}); it is revision {content.number}, "
            f"{content.hash[:8]}: look at it again."
        )
    if draft.state is DraftState.HELD:
        raise Refused(
            f"Draft {number} is held ({draft.held_reason}).",
            page="Take it up again (reopen) first.",
            terminal=f"'pullquote drafts reopen {number}' first.",
        )
    publication = thaw(content.payload)
    _refuse_before_its_clip(house, db, draft, publication)
    prove_publication(db, publication)
    refuse_a_repetition(db, draft, publication)
    if draft.kind is Kind.EDITION:
        refuse_what_blocks(house, db, draft, now)
    if draft.state in (DraftState.DRAFT, DraftState.CHANGES_REQUESTED):
        draft = drafts.move(db, draft, DraftState.IN_REVIEW, actor=actor, at=now)
    given, needed = drafts.approvals_of(db, draft), approvers(house, draft)
    if needed > 1 and draft.state is DraftState.IN_REVIEW:
        refuse_the_same_person(given, actor, vouched_by)
    if len(given) + 1 < needed:
        of = f"{len(given) + 1} of {needed}"
        drafts.approve_in_part(db, draft, actor=actor, at=now, of=of, vouched_by=vouched_by)
        return drafts.get(db, number)
    drafts.approve(db, draft, actor=actor, at=now, vouched_by=vouched_by)
    judge(db, draft, Verdict.KEPT, actor=actor, now=now)
    draft = _timed(house, db, drafts.get(db, number), now=now, at_once=at_once)
    return _plan(house, db, draft, actor=actor, now=now)


def approve_by_policy(house: House, now: datetime) -> int:
    """Approve drafts of channels whose policy is "auto", once their time for a veto is over. Returns how many."""
    approved = 0
    if all(channel.approval != "auto" for channel in house.config.channels.values()):
        return approved
    with house.store.read() as db:
        waiting = drafts.listed(db, [DraftState.IN_REVIEW], limit=1000)
    for draft in waiting:
        at = by_itself(house, draft)
        if at is not None and at <= now:
            try:
                approve(house, draft.id, actor=POLICY, now=now)
                approved += 1
            except Awaited:
                continue
            except Refused as error:
                hold(house, draft.id, reason=str(error), actor=POLICY, now=now)
    return approved


def by_itself(house: House, draft: Draft) -> datetime | None:
    """When a draft is approved by its channel's policy, unless somebody stops it; None where a person has to."""
    channel = house.config.channels.get(draft.channel)
    if channel is None or channel.approval != "auto" or draft.state is not DraftState.IN_REVIEW:
        return None
    return draft.changed_at + channel.veto


def clip_to_come(house: House, db: Db, draft: Draft, publication: Publication) -> Literal["wait", "go"] | None:
    """What a post does whose clip is still being made: it waits, or may go before; None where there is no such clip."""
    channel = house.config.channels.get(draft.channel)
    if channel is None or not isinstance(publication, Post) or not awaited(db, draft, publication):
        return None
    return channel.before_clip


def approvers(house: House, draft: Draft) -> int:
    """How many people have to approve a draft: what its newsletter or its channel asks for, the stricter of them."""
    tables = (house.config.newsletters.get(draft.newsletter or ""), house.config.channels.get(draft.channel))
    return max((table.approvers for table in tables if table is not None), default=1)


def refuse_the_same_person(given: Sequence[Approval], actor: str, vouched_by: str) -> None:
    """Raise Refused where who approves now may be somebody who approved before.

    Whoever made a link could have opened it: an approval by link counts for both, its maker and whom it was made for.
    """
    now = _people(actor, vouched_by)
    for each in given:
        if now & _people(each.actor, each.vouched_by):
            raise Refused(
                f"{each.actor} approved this already, and two different people have to. Where a link is used, whoever "
                "made it counts as well."
            )


def _refuse_before_its_clip(house: House, db: Db, draft: Draft, publication: Publication) -> None:
    if clip_to_come(house, db, draft, publication) == "wait":
        raise Awaited(
            f"Draft {draft.id} waits for its clip, which is being made.",
            page="Look again in some minutes, or choose its card instead.",
            terminal=f"Look again in some minutes, or choose its card: 'pullquote drafts card {draft.id} square'.",
        )


def _people(actor: str, vouched_by: str) -> set[str]:
    return {name.removeprefix(BY_LINK).strip().casefold() for name in (actor, vouched_by) if name}


def _timed(house: House, db: Db, draft: Draft, *, now: datetime, at_once: bool) -> Draft:
    """Give an approved draft the time at which it goes out."""
    if at_once:
        if draft.newsletter is None:
            refuse_a_full_day(house, db, draft, now)
        leave_slot(db, draft, "sent before its time")
        return drafts.schedule(db, draft, slot_id=None, due_at=now)
    if draft.due_at is None:
        return take_free_slot(house, db, draft, now)
    limit = late(house, draft.channel, draft.newsletter, draft.due_at)
    if draft.after_id is None and limit < now:
        raise Refused(
            f"Draft {draft.id} was due {due_in_words(house, draft)} and has come too late.",
            page="Approve it to go out at once, or give it another time first.",
            terminal="Approve it with --now, or give it another time with 'pullquote drafts reschedule'.",
        )
    return draft


def _plan(house: House, db: Db, draft: Draft, *, actor: str, now: datetime) -> Draft:
    scheduled = drafts.move(
        db, draft, DraftState.SCHEDULED, actor=actor, at=now, detail=f"due {due_in_words(house, draft)}"
    )
    return intend(house, db, scheduled, now)
