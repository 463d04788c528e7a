"""The texts of a delivery: which one is next, which are there, and what it means that one was accepted.

Nothing is sent here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.drafting.payload import thaw
from bot.model.publication import Publication
from bot.model.states import DeliveryState, DraftState, StepKind, StepState
from bot.platforms.contract import Receipt
from bot.store import deliveries, drafts, events, steps
from bot.store.database import Db
from bot.store.deliveries import Acceptance, Delivery
from bot.store.steps import Step

ACTOR = "pullquote"


@dataclass(frozen=True)
class Text:
    """The text of a delivery that is next: its place, its key and bytes, and whether it is the last one."""

    number: int
    key: str
    body: bytes
    last: bool
    step: Step | None
    before: tuple[Receipt, ...]


def next_text(delivery: Delivery, known: list[Step]) -> Text:
    """The text of a delivery that is next, or in doubt: the first that has no receipt. `known` are its steps."""
    texts = [each for each in known if each.kind is StepKind.TEXT]
    if not texts:
        return Text(1, delivery.key, delivery.body, last=True, step=None, before=())
    done = [each for each in texts if each.state is StepState.DONE]
    following = texts[len(done)]
    return Text(
        number=len(done) + 1,
        key=following.key,
        body=following.body,
        last=len(done) + 1 == len(texts),
        step=following,
        before=tuple(_receipt(each) for each in done),
    )


def receipts_of(db: Db, number: int) -> tuple[Receipt, ...]:
    """The receipts of a published delivery, one for each text that is there."""
    delivery = deliveries.get(db, number)
    done = [each for each in steps.of(db, number) if each.kind is StepKind.TEXT and each.state is StepState.DONE]
    if done:
        return tuple(_receipt(each) for each in done)
    return (Receipt(delivery.remote_id or "", delivery.permalink, delivery.answer, delivery.memo),)


def accepted_whole(db: Db, accepted: list[tuple[Delivery, Receipt]], now: datetime) -> None:
    """Record that deliveries of one text each are there, and publish what is there with them."""
    if not accepted:
        return
    deliveries.accept(db, [(delivery, _acceptance(receipt)) for delivery, receipt in accepted], at=now)
    drafts.publish_what_is_there(db, [delivery.draft_id for delivery, _receipt in accepted], actor=ACTOR, at=now)


def accepted_text(db: Db, delivery: Delivery, text: Text, receipt: Receipt, now: datetime) -> Delivery:
    """Record that a text is there: the delivery is accepted with the last one, and goes on before that."""
    first = text.before[0] if text.before else receipt
    if text.step is not None:
        steps.change(
            db,
            text.step,
            at=now,
            state=StepState.DONE,
            reference=receipt.remote_id,
            permalink=receipt.permalink,
            memo=receipt.memo,
        )
    if not text.last:
        to = DeliveryState.CLAIMED if delivery.state is DeliveryState.SENDING else DeliveryState.PLANNED
        return deliveries.go_on(db, delivery, to, texts_out=text.number, answer=receipt.answer, at=now)
    receipt = replace(first, answer=receipt.answer)
    (accepted,) = deliveries.accept(db, [(delivery, _acceptance(receipt, texts_out=text.number))], at=now)
    if delivery.corrects is not None:
        events.note(
            db,
            at=now,
            actor=ACTOR,
            subject=f"delivery:{delivery.corrects}",
            what="corrected",
            detail=f"{delivery.act}, by delivery {delivery.id}",
        )
    drafts.publish_what_is_there(db, [delivery.draft_id], actor=ACTOR, at=now)
    return accepted


def publication_of(db: Db, delivery: Delivery) -> Publication:
    """What a delivery publishes."""
    return thaw(drafts.revision(db, drafts.get(db, delivery.draft_id), delivery.revision).payload)


def _acceptance(receipt: Receipt, texts_out: int = 1) -> Acceptance:
    return Acceptance(receipt.remote_id, receipt.permalink, receipt.answer, receipt.memo, texts_out)


def _receipt(step: Step) -> Receipt:
    return Receipt(step.reference, step.permalink, memo=step.memo)


def taken(db: Db, number: int) -> Delivery:
    """A delivery that nobody else changes until the transaction ends.

    Its draft is taken before it, as by whoever stops a draft: otherwise each of two could wait for the other.
    """
    drafts.get(db, deliveries.get(db, number).draft_id, keep_others_off=True)
    return deliveries.get(db, number, keep_others_off=True)


def hold(db: Db, delivery: Delivery, reason: str, now: datetime) -> None:
    """Stop a delivery and its draft until somebody takes them up."""
    # The draft first, as whoever holds a draft does: neither waits for the other.
    draft = drafts.get(db, delivery.draft_id, keep_others_off=True)
    deliveries.put(db, delivery, DeliveryState.HELD, reason=reason, at=now)
    if draft.state is DraftState.SCHEDULED:
        drafts.withdraw(db, draft, to=DraftState.HELD, actor=ACTOR, at=now, reason=reason)
