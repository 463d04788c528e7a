"""What would go out, where, when and to how many; and how that differs from what was shown last time. Sends nothing."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.drafting.payload import thaw
from bot.house import House
from bot.model.publication import Kind, Post
from bot.model.states import DraftState, RecipientState
from bot.model.subscriber import Standing
from bot.platforms.letters import Letters
from bot.platforms.preview import preview
from bot.preflight import blocking
from bot.prepare.inspection import inspected
from bot.store import audiences, deliveries, drafts, flags, receipts, subscribers
from bot.store.database import Db
from bot.store.deliveries import Delivery
from bot.store.drafts import Draft, Revision

_WAITING = (DraftState.DRAFT, DraftState.IN_REVIEW, DraftState.CHANGES_REQUESTED, DraftState.HELD)


class Change(StrEnum):
    """How a line of the plan differs from the last one."""

    SAME = "same"
    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True)
class Planned:
    """One thing that would go out. `when` is an instant in ISO form, or None while a time has not been given.

    `zone` is the one that people read it in. `reaches` says to whom: readers of our list, followers of a channel, or
    what an outbox writes.
    `goes_out` says whether it will go out by itself; if not, `waits_for` says for what it waits. `cost` is what the
    service asks for it; "" where it asks for nothing.
    """

    draft: int
    kind: str
    channel: str
    platform: str
    title: str
    when: str | None
    hash: str
    goes_out: bool
    waits_for: str
    reaches: str
    cost: str = ""
    zone: str = "UTC"


@dataclass(frozen=True)
class PlanLine:
    planned: Planned
    change: Change
    before: Planned | None = None


def make(house: House, *, actor: str, now: datetime, keep: bool = True) -> list[PlanLine]:
    """The plan as it stands, compared with the last one that was shown. `keep` makes this one the last."""
    with house.store.read() as db:
        frozen = flags.frozen(db)
        going = {each.draft_id: each for each in deliveries.pending(db)}
        listed = drafts.listed(db, (*_WAITING, DraftState.APPROVED, DraftState.SCHEDULED), limit=2000)
        known = subscribers.tally(db)
        readers = {name: known.get((name, Standing.ACTIVE), 0) for name in house.config.newsletters}
        entries = [
            _gone_on(
                db,
                going.get(draft.id),
                _planned(
                    house,
                    draft,
                    drafts.revision(db, draft),
                    readers.get(draft.newsletter or "", 0),
                    _waits_for(house, draft, draft.id in going, frozen is not None) + _to_mend(house, db, draft, now),
                ),
            )
            for draft in listed
        ]
        last = flags.last_plan(db)
    lines = difference([Planned(**each) for each in json.loads(last.value)] if last else [], entries)
    if keep:
        text = json.dumps([asdict(each) for each in entries], ensure_ascii=False)
        with house.store.write() as db:
            flags.keep_plan(db, plan=text, actor=actor, at=now)
    return lines


def difference(before: list[Planned], after: list[Planned]) -> list[PlanLine]:
    """The lines of `after`, each with how it differs from `before`, then what is gone."""
    known = {each.draft: each for each in before}
    lines = []
    for each in after:
        earlier = known.pop(each.draft, None)
        if earlier is None:
            lines.append(PlanLine(each, Change.NEW))
        elif earlier == each:
            lines.append(PlanLine(each, Change.SAME))
        else:
            lines.append(PlanLine(each, Change.CHANGED, earlier))
    return lines + [PlanLine(each, Change.GONE) for each in known.values()]


def _planned(house: House, draft: Draft, content: Revision, readers: int, waits_for: str) -> Planned:
    channel = house.config.channels.get(draft.channel)
    return Planned(
        draft=draft.id,
        kind=draft.kind,
        channel=draft.channel,
        platform=channel.platform if channel else "",
        title=draft.title,
        when=draft.due_at.isoformat() if draft.due_at else None,
        hash=content.hash[:8],
        goes_out=not waits_for,
        waits_for=waits_for,
        reaches=_reaches(house, draft, readers),
        cost=_cost(house, draft, content),
        zone=house.zone_of(draft.channel, draft.newsletter),
    )


def _gone_on(db: Db, delivery: Delivery | None, planned: Planned) -> Planned:
    """The plan of an edition that is with some of the readers of our own list: when the rest follows, and how many."""
    if delivery is None or not delivery.texts_out or not audiences.gathered(db, delivery.id):
        return planned
    tally = receipts.tally(db, delivery.id)
    left = f"{tally[RecipientState.PENDING]:,} more of {sum(tally.values()):,} readers of our list"
    return replace(planned, when=delivery.due_at.isoformat(), reaches=left)


def _to_mend(house: House, db: Db, draft: Draft, now: datetime) -> str:
    """How much stops an edition that is not approved yet, as it follows what the draft waits for."""
    if draft.kind is not Kind.EDITION or draft.state not in _WAITING:
        return ""
    stops = len(blocking(inspected(house, db, draft, now)))
    things = "thing" if stops == 1 else "things"
    return f"; {stops} {things} to mend first: 'pullquote drafts preflight {draft.id}'" if stops else ""


def _cost(house: House, draft: Draft, content: Revision) -> str:
    platform = house.channels.get(draft.channel)
    if platform is None or not platform.facts.prices:
        return ""
    post = thaw(content.payload)
    if not isinstance(post, Post):
        return ""
    asked = preview(platform, post).cost
    return str(asked) if asked is not None else ""


def _reaches(house: House, draft: Draft, readers: int) -> str:
    platform = house.channels.get(draft.channel)
    service: object = platform
    if draft.kind is Kind.EDITION and isinstance(service, Letters):
        return f"{readers:,} {'reader' if readers == 1 else 'readers'} of our list"
    if platform is None or platform.leaves_home:
        return "the subscribers of the service" if draft.kind is Kind.EDITION else "the followers of the account"
    return "nobody: one folder of files"


def _waits_for(house: House, draft: Draft, planned: bool, frozen: bool) -> str:
    if draft.channel not in house.channels:
        return f"channel '{draft.channel}' is in the configuration no more"
    if draft.state is DraftState.HELD:
        return f"held: {draft.held_reason}"
    if not planned:
        return "approval"
    if not house.may_send(draft.channel):
        return "live = true in the configuration"
    return "thaw: everything is frozen" if frozen else ""
