"""Keeps the running edition of a newsletter: the slot it is for, the episodes in it, its revision, its announcements.

An edition gathers episodes until it is approved; what comes later belongs to the next. A slot that passes without an
approved edition is settled with a reason that people can read, and its episodes are carried over.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.config import Newsletter
from bot.digest.edition import compose
from bot.drafting import editions, posts
from bot.drafting.payload import freeze
from bot.errors import FalseQuote, Refused
from bot.house import House
from bot.model.digest import Edition
from bot.model.publication import Kind, Mail
from bot.model.states import DraftState
from bot.prepare.evidence import prove_publication
from bot.prepare.posts import ACTOR, shape
from bot.schedule import occurrences, rhythm
from bot.store import deliveries, drafts, episodes, events, slots
from bot.store.codec import encode
from bot.store.database import Db, alone
from bot.store.drafts import Draft, NewDraft
from bot.store.slots import Slot, SlotState

# How far back slots are accounted for after a long absence.
_LOOK_BACK = timedelta(days=35)


@dataclass(frozen=True)
class Composed:
    """An edition and the mail that it became."""

    edition: Edition
    mail: Mail

    @property
    def payload(self) -> bytes:
        return freeze(self.mail)


def prepare_edition(house: House, name: str, now: datetime) -> tuple[int, int]:
    """Bring the running edition of a newsletter up to date. Returns how many drafts are new and how many revised."""
    with house.store.write() as db:
        alone(db, f"newsletter:{name}")
        slot = _upcoming(db, name, house.config.newsletters[name], now)
        draft = drafts.open_edition(db, name)
        if draft is None:
            return _start(house, db, name, slot, now), 0
        if draft.slot_id != slot.id:
            draft = _carry_over(db, draft, slot, now)
        return 0, _refresh(house, db, draft, now)


def composed(
    house: House, db: Db, *, name: str, number: int, due: datetime, members: Collection[int], edits: Mapping[str, str]
) -> Composed:
    """An edition of some episodes, with an editor's words in it. Raises Refused where no episode is left."""
    table = house.config.newsletters[name]
    left_out = editions.skipped(edits)
    digests = [found for each in members if each not in left_out and (found := episodes.digest(db, each)) is not None]
    if not digests:
        raise Refused("An edition needs at least one episode: reject the draft if nothing is to go out.")
    day = due.astimezone(ZoneInfo(table.zone)).date()
    edition = editions.edited(compose(name, table.title, number, day, digests, language=table.language), edits)
    html, text = house.renderer.mail(edition, house.imprint(name))
    mail = Mail(
        sender=table.sender,
        subject=edition.subject.text,
        preheader=edition.preheader.text,
        html=html,
        text=text,
        language=table.language,
        quotes=editions.quoted(edition),
        episodes=tuple(digest.ref for digest in edition.digests),
        newsletter=name,
        promises=house.renderer.promises(table.language, rhythm(table.when), day),
    )
    return Composed(edition, mail)


def _upcoming(db: Db, name: str, table: Newsletter, now: datetime) -> Slot:
    """The next slot of a newsletter. What passed unused since the last look is settled with a reason."""
    schedule = f"newsletter:{name}"
    last = slots.latest(db, schedule)
    after = max(min(last.due_at, now), now - _LOOK_BACK) if last else now
    for occurrence in occurrences(table.when, after):
        slot = slots.ensure(db, schedule=schedule, zone=table.zone, occurrence=occurrence, state=SlotState.OPEN)
        if slot.due_at > now:
            break
    else:
        raise Refused(f"The schedule '{table.schedule}' of newsletter '{name}' never comes again; mend it.")
    for passed in slots.past_and_open(db, now):
        if passed.schedule == schedule and slots.settle(db, passed, SlotState.SKIPPED, "no new episodes"):
            upcoming = slot.due_at.astimezone(ZoneInfo(table.zone)).strftime("%A %d %B, %H:%M")
            detail = f"nothing went out at {passed.wall}: no new episodes; the next is due on {upcoming} ({table.zone})"
            _tell(db, f"newsletter:{name}", "slot skipped", detail, now)
    return slot


def _carry_over(db: Db, draft: Draft, slot: Slot, now: datetime) -> Draft:
    """An edition whose time has passed without an approval gathers on towards the next one."""
    if draft.slot_id is not None:
        reason = f"edition draft {draft.id} was not approved in time"
        slots.give_up(db, draft.slot_id, SlotState.MISSED, reason)
        _tell(db, f"draft:{draft.id}", "slot missed", f"{reason}; it is carried over to {slot.wall}", now)
    slots.settle(db, slot, SlotState.TAKEN)
    for announcement in drafts.announcing(db, draft):
        drafts.schedule(db, announcement, slot_id=None, due_at=slot.due_at)
    return drafts.schedule(db, draft, slot_id=slot.id, due_at=slot.due_at)


def _start(house: House, db: Db, name: str, slot: Slot, now: datetime) -> int:
    table = house.config.newsletters[name]
    members = episodes.waiting_for_edition(db, name, table.max_episodes)
    if len(members) < table.min_episodes or slot.state is not SlotState.OPEN:
        return 0
    number = drafts.next_number(db, name)
    made = composed(house, db, name=name, number=number, due=slot.due_at, members=members, edits={})
    slots.settle(db, slot, SlotState.TAKEN)
    draft = drafts.create(
        db,
        NewDraft(
            key=f"{Kind.EDITION}:{name}:{number}",
            kind=Kind.EDITION,
            channel=table.channel,
            title=made.mail.subject,
            payload=made.payload,
            basis=encode(made.edition),
            newsletter=name,
            number=number,
            slot_id=slot.id,
            due_at=slot.due_at,
            state=DraftState.DRAFT if slot.due_at - now > table.review else DraftState.IN_REVIEW,
        ),
        actor=ACTOR,
        at=now,
    )
    drafts.put_in_edition(db, draft, members)
    _hold_if_false(db, draft, made.mail, now)
    return 1 + announce(house, db, draft, made.edition, actor=ACTOR, now=now)


def _refresh(house: House, db: Db, draft: Draft, now: datetime) -> int:
    name, number, due = named(draft)
    table = house.config.newsletters[name]
    if draft.state is DraftState.DRAFT and due - now <= table.review:
        draft = drafts.move(db, draft, DraftState.IN_REVIEW, actor=ACTOR, at=now, detail="ready for review")
    if deliveries.in_doubt(db, draft.id):
        return 0
    members = drafts.edition_of(db, draft)
    joining = episodes.waiting_for_edition(db, name, max(0, table.max_episodes - len(members)))
    drafts.put_in_edition(db, draft, joining)
    made = composed(
        house, db, name=name, number=number, due=due, members=sorted([*members, *joining]), edits=draft.edits
    )
    revised = drafts.revise(
        db,
        draft,
        payload=made.payload,
        basis=encode(made.edition),
        title=made.mail.subject,
        actor=ACTOR,
        at=now,
        note="episodes joined" if joining else "an episode was read anew",
    )
    if revised.revision == draft.revision:
        return 0
    _hold_if_false(db, revised, made.mail, now)
    announce(house, db, revised, made.edition, actor=ACTOR, now=now)
    return 1


def named(draft: Draft) -> tuple[str, int, datetime]:
    """The newsletter, number and time of an edition. Raises Refused for a draft that is none."""
    if draft.newsletter is None or draft.number is None or draft.due_at is None:
        raise Refused(f"Draft {draft.id} is a post, not an edition.")
    return draft.newsletter, draft.number, draft.due_at


def _hold_if_false(db: Db, draft: Draft, mail: Mail, now: datetime) -> None:
    try:
        prove_publication(db, mail)
    except FalseQuote as error:
        drafts.withdraw(db, draft, to=DraftState.HELD, actor=ACTOR, at=now, reason=str(error))


def announce(house: House, db: Db, draft: Draft, edition: Edition, *, actor: str, now: datetime) -> int:
    """Draft the posts that tell of an edition, or bring them up to date with it. They wait until it is published.

    Returns how many are new. A text that an editor wrote stays.
    """
    name, number, due = named(draft)
    table = house.config.newsletters[name]
    made = 0
    for channel, settings in house.config.channels.items():
        if Kind.EDITION_POST not in settings.posts:
            continue
        allowed = shape(house, channel)
        post = posts.announcement(edition, table.title, table.site, allowed, language=table.language)
        if post is None:
            continue
        new = NewDraft(
            key=f"{Kind.EDITION_POST}:{name}:{number}:{channel}",
            kind=Kind.EDITION_POST,
            channel=channel,
            title=f"{table.title} {number}",
            payload=freeze(post),
            due_at=due,
            after_id=draft.id,
        )
        found = drafts.by_key(db, new.key, keep_others_off=True)
        if found is None:
            drafts.create(db, new, actor=actor, at=now)
            made += 1
        elif (
            found.state not in (DraftState.PUBLISHED, DraftState.REJECTED)
            and "text" not in found.edits
            and not deliveries.in_doubt(db, found.id)
        ):
            drafts.revise(
                db,
                found,
                payload=new.payload,
                basis="",
                title=new.title,
                actor=actor,
                at=now,
                note="the edition changed",
            )
    return made


def _tell(db: Db, subject: str, what: str, detail: str, now: datetime) -> None:
    events.note(db, at=now, actor=ACTOR, subject=subject, what=what, detail=detail)
