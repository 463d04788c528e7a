"""Corrects what was published, on every channel where it ran: by editing it, by answering it, or by taking it away.

Each correction is a draft of its own, approved by whoever asked for it, and a delivery of its own in the same ledger:
it is checked, sent, looked up and counted like any other. Where a platform can do nothing of the kind, that is said.
What an edition said is put right in the archive alone (`bot.amend`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.drafting.payload import freeze, thaw
from bot.errors import Refused
from bot.house import House
from bot.intend import intend, platform_of
from bot.model.publication import Kind, Mail, Post
from bot.model.states import Act, DeliveryState, DraftState
from bot.platforms.composing import fault_of, may_edit
from bot.platforms.contract import Deletes, Platform, Threads
from bot.prepare.evidence import prove_publication
from bot.store import deliveries, drafts
from bot.store.database import Db
from bot.store.deliveries import Delivery
from bot.store.drafts import Draft, NewDraft

_THERE = (DeliveryState.ACCEPTED, DeliveryState.REJECTED, DeliveryState.HELD)


@dataclass(frozen=True)
class Wish:
    """What is to be corrected: a `note` for readers; words that `was` there and what they become, or `take_down`."""

    note: str
    was: str | None = None
    becomes: str | None = None
    take_down: bool = False


@dataclass(frozen=True)
class Corrected:
    """What will be done about one published post; `act` is None where nothing can be, and `said` says why."""

    channel: str
    delivery: int
    act: Act | None
    said: str
    draft: int | None = None


def correct(
    house: House, number: int, wish: Wish, *, only: tuple[str, ...] = (), actor: str, now: datetime
) -> list[Corrected]:
    """Plan the corrections of a published draft, on every channel where the same ran, or `only` on some.

    Raises Refused where it was not published, or where nothing would be corrected anywhere.
    """
    if not wish.note.strip():
        raise Refused("A correction needs a note: readers should see what was wrong.")
    with house.store.write() as db:
        ran = where_it_ran(db, drafts.get(db, number))
        if not ran:
            raise Refused(f"Draft {number} is not published; edit it instead ('pullquote drafts edit {number}').")
        chosen = [each for each in ran if not only or each.channel in only]
        done = [_correct(house, db, each, wish, actor=actor, now=now) for each in chosen]
        if not any(each.act for each in done):
            raise Refused("\n".join(f"{each.channel}: {each.said}" for each in done) or "It ran on none of these.")
        return done


def where_it_ran(db: Db, draft: Draft) -> list[Delivery]:
    """The published deliveries of a draft and of those that say the same of the same episode on other channels."""
    if draft.kind is Kind.EDITION:
        raise Refused(f"Draft {draft.id} is an edition, whose mails cannot be called back: correct it in the archive.")
    if draft.kind is Kind.CORRECTION:
        raise Refused(f"Draft {draft.id} is a correction itself; correct the post that it is about.")
    mine = _post(db, draft)
    same = [each for each in drafts.siblings(db, draft) if each.id == draft.id or _same(mine, _post(db, each))]
    return [
        delivery
        for each in same
        for delivery in deliveries.of_draft(db, each.id)
        if delivery.act is Act.PUBLISH and delivery.state in _THERE
        if delivery.state is DeliveryState.ACCEPTED or delivery.texts_out
    ]


def _correct(house: House, db: Db, delivery: Delivery, wish: Wish, *, actor: str, now: datetime) -> Corrected:
    draft = drafts.get(db, delivery.draft_id)
    platform = platform_of(house, delivery.channel)
    published = thaw(drafts.revision(db, draft, delivery.revision).payload)
    assert isinstance(published, Post)  # noqa: S101 - `where_it_ran` gives posts only
    act, text, post, said = _how(platform, published, delivery, wish, now)
    if act is None or post is None:
        return Corrected(delivery.channel, delivery.id, None, said)
    prove_publication(db, post)
    earlier = len(deliveries.corrections_of(db, delivery.id))
    made = drafts.create(
        db,
        NewDraft(
            key=f"{Kind.CORRECTION}:{delivery.id}:{earlier + 1}",
            kind=Kind.CORRECTION,
            channel=delivery.channel,
            title=wish.note,
            payload=freeze(post),
            episode_id=draft.episode_id,
            due_at=now,
        ),
        actor=actor,
        at=now,
    )
    drafts.approve(db, made, actor=actor, at=now)
    scheduled = drafts.move(db, drafts.get(db, made.id), DraftState.SCHEDULED, actor=actor, at=now, detail=said)
    intend(house, db, scheduled, now, act=act, corrects=delivery.id, corrects_text=text)
    return Corrected(delivery.channel, delivery.id, act, said, made.id)


def _how(
    platform: Platform, published: Post, delivery: Delivery, wish: Wish, now: datetime
) -> tuple[Act | None, int, Post | None, str]:
    """How a post can be corrected here: the act, the number of its text, what to send, and a sentence."""
    bare = Post(f"Correction: {wish.note}", None, published.language, (), published.episodes)
    if wish.take_down:
        limit = platform.facts.delete_within
        if not isinstance(platform, Deletes):
            return None, 1, None, f"'{platform.name}' cannot take a post away; do it by hand"
        if limit is not None and now - delivery.changed_at >= limit:
            return None, 1, None, f"'{platform.name}' lets a post be taken away only for {limit}; do it by hand"
        return Act.DELETE, 1, bare, "it is taken away"
    if may_edit(platform, published=delivery.changed_at, now=now):
        number, edited = _edited(published, wish)
        if edited is not None and fault_of(platform, edited) is None:
            return Act.EDIT, number, edited, "it is edited, with the note below it"
    if isinstance(platform, Threads) and fault_of(platform, bare) is None:
        return Act.ANSWER, 1, bare, "the note answers it"
    return None, 1, None, f"'{platform.name}' can neither edit nor answer it with this note; do it by hand"


def _edited(published: Post, wish: Wish) -> tuple[int, Post | None]:
    """The text that is to be changed, by its number, and what becomes of it; None where the words are not there."""
    for number, each in enumerate(published.whole, start=1):
        if wish.was is None or wish.was in each.text:
            text = each.text.replace(wish.was, wish.becomes or "") if wish.was is not None else each.text
            text = f"{text}\n\nCorrection: {wish.note}"
            return number, replace(each, text=text, quotes=tuple(one for one in each.quotes if one.text in text))
    return 1, None


def _post(db: Db, draft: Draft) -> Post | Mail:
    return thaw(drafts.revision(db, draft).payload)


def _same(one: Post | Mail, other: Post | Mail) -> bool:
    """Whether two posts of one episode say the same: the same quotation, or none at all."""
    mine, theirs = {each.text for each in one.quotes}, {each.text for each in other.quotes}
    return bool(mine & theirs) or (not mine and not theirs)
