"""Sends one claimed delivery: checks everything once more, does its steps in order, records what became of each."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.deliver.pace import Listening, Pace
from bot.drafting.payload import fingerprint, thaw
from bot.errors import NotSent, Refused, Rejected, Unknown, Unsent
from bot.house import House
from bot.intend import platform_of, written
from bot.ledger import LEASE, next_try, state_after
from bot.model.publication import Mail, Medium, Post, Publication
from bot.model.states import DRAFT_STEPS, Act, DeliveryState, DraftState, StepKind, StepState
from bot.platforms.composing import media_of
from bot.platforms.contract import (
    Deletes,
    Edits,
    Http,
    Outgoing,
    Platform,
    Prepares,
    Publishes,
    Receipt,
    Threads,
    Uploaded,
    Uploads,
)
from bot.platforms.letters import Letters
from bot.prepare.evidence import prove_publication
from bot.prepare.inspection import stopped
from bot.store import deliveries, drafts, events, steps
from bot.store.database import Db
from bot.store.deliveries import Delivery
from bot.store.media import Shelf
from bot.store.steps import Step

ACTOR = "pullquote"
# How soon a service is asked again whether it is done with an upload.
_WORKING = timedelta(seconds=5)
# A service that works on an upload for so long will not come to an end.
_WORKING_AT_MOST = timedelta(hours=1)


@dataclass
class Delivered:
    """What one pass did, by outcome, and why nothing went out where nothing could."""

    accepted: int = 0
    rejected: int = 0
    not_sent: int = 0
    unknown: int = 0
    held: int = 0
    stopped: str | None = None
    _adding: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def add(self, **numbers: int) -> None:
        """Count outcomes; several channels do so at the same time."""
        with self._adding:
            for name, number in numbers.items():
                setattr(self, name, getattr(self, name) + number)


@dataclass(frozen=True)
class Text:
    """The text of a delivery that is next: its place, its key and bytes, and whether it is the last one."""

    number: int
    key: str
    body: bytes
    last: bool
    step: Step | None
    before: tuple[Receipt, ...]


@dataclass(frozen=True)
class Checked:
    """What was checked once more before it goes out, and whether it goes out in several steps."""

    publication: Publication
    in_steps: bool


class Waits(Exception):
    """The service still works on something that has to go ahead. Stays inside this module."""


@dataclass(frozen=True)
class Sending:
    """What a worker has at hand. `done` is shared by the channels that send at the same time; `mail_out` does the part
    of deliveries to our own list.
    """

    house: House
    http: Http
    worker: str
    clock: Callable[[], datetime]
    done: Delivered
    mail_out: Callable[[Sending, Delivery, Mail, Pace], str]

    def send(self, delivery: Delivery, pace: Pace) -> str:
        """Do what is left of a claimed delivery. Returns a line that tells what happened."""
        if (why := self.house.frozen()) is not None:
            return self._stop(delivery, why)
        with self.house.store.read() as db:
            checked = self._checked(db, delivery, self.clock())
        if isinstance(checked, str):
            doubt = checked
            self.house.store.together(lambda db: hold(db, delivery, doubt, self.clock()))
            self.done.add(held=1)
            return f"{delivery.key}: held, {doubt}"
        if isinstance(checked.publication, Mail) and isinstance(self.house.channels[delivery.channel], Letters):
            return self.mail_out(self, delivery, checked.publication, pace)
        http = Listening(self.http, pace)
        while True:
            claimed, known = delivery, self._steps(delivery, checked)
            text = next_text(delivery, known)
            try:
                outgoing = self._ahead(claimed, text, known, checked, http)
            except Waits as waits:
                return self._put_off(claimed, str(waits))
            except Unsent as failure:
                return self._fell_short(claimed, failure, pace)
            if (outgoing.uploads or outgoing.prepared or text.number > 1) and (why := self.house.frozen()) is not None:
                return self._stop(claimed, why)
            sending = self.house.store.together(lambda db, claimed=claimed: self._begin(db, claimed))  # type: ignore[misc]
            try:
                receipt = self._request(sending, text, outgoing, http)
            except Unsent as failure:
                return self._failed(sending, failure, pace)
            delivery = self.house.store.together(
                lambda db, sending=sending, text=text, receipt=receipt: self._accept(  # type: ignore[misc]
                    db, sending, text, receipt, pace
                )
            )
            if text.last:
                self.done.add(accepted=1)
                return f"{delivery.key}: accepted by {delivery.channel}"

    def outgoing(self, delivery: Delivery, text: Text, known: list[Step], publication: Publication) -> Outgoing:
        """What the platform is handed for one text: its bytes, and what went ahead of it."""
        media = _media(self.house.channels[delivery.channel], publication)
        names = tuple(each.sha256 for each in media)
        return Outgoing(
            key=text.key,
            body=text.body,
            media=Shelf(self.house.store, names),
            addresses={each.sha256: address for each in media if (address := self.house.address_of(each))},
            uploads={each.key: each.reference for each in known if _is_upload(each) and each.state is StepState.DONE},
            prepared=text.step.prepared if text.step is not None and text.step.state is not StepState.WORKING else "",
            before=self._before(delivery, text),
        )

    def _before(self, delivery: Delivery, text: Text) -> tuple[Receipt, ...]:
        """What a text follows: those of its own thread, or the post that it corrects by answering."""
        if delivery.act is not Act.ANSWER:
            return text.before
        with self.house.store.read() as db:
            return (*receipts_of(db, delivery.corrects or 0), *text.before)

    def _checked(self, db: Db, delivery: Delivery, now: datetime) -> Checked | str:
        """What goes out, where everything about it still holds; else why it must not go out after all, in words."""
        # A thread that has begun is brought to its end: half of one is worse than a late one.
        if now > delivery.late_at and delivery.texts_out == 0:
            return f"too late: it was due at {delivery.due_at.isoformat(timespec='minutes')}"
        if fingerprint(delivery.body) != delivery.body_hash:
            return "the bytes to send are not those that were written down"
        draft = drafts.get(db, delivery.draft_id)
        content = drafts.revision(db, draft)
        approval = drafts.approval(db, draft)
        if approval is None or approval.hash != content.hash or delivery.revision != approval.revision:
            return "what is to be sent is not what was approved"
        if fingerprint(content.payload) != content.hash:
            return "the stored content does not match its hash"
        publication = thaw(content.payload)
        try:
            platform = platform_of(self.house, delivery.channel)
            body, wanted = written(platform, publication, act=delivery.act, key=delivery.key, at=delivery.composed_at)
            prove_publication(db, publication)
        except Refused as error:
            return str(error)
        if isinstance(publication, Mail) and (why := stopped(self.house, delivery.channel, publication)) is not None:
            return why
        known = steps.of(db, delivery.id) if wanted else []
        same = [(each.kind, each.key, each.body) for each in known] == [
            (each.kind, each.key, each.body) for each in wanted
        ]
        if not same or fingerprint(body) != delivery.body_hash:
            return "the approved content no longer makes the bytes that were written down: approve it again"
        return Checked(publication, in_steps=bool(wanted))

    def _steps(self, delivery: Delivery, checked: Checked) -> list[Step]:
        if not checked.in_steps:
            return []
        with self.house.store.read() as db:
            return steps.of(db, delivery.id)

    def _ahead(self, delivery: Delivery, text: Text, known: list[Step], checked: Checked, http: Http) -> Outgoing:
        """Do what has to go ahead of a text and is not done yet: uploads, the container. All of it may be repeated."""
        publication = checked.publication
        outgoing = self.outgoing(delivery, text, known, publication)
        if text.step is None:
            return outgoing
        platform = self.house.channels[delivery.channel]
        try:
            if isinstance(platform, Uploads):
                of = {each.sha256: each for each in _media(platform, publication)}
                for step in known:
                    if _is_upload(step):
                        self._upload(platform, of[step.key], step, outgoing, http)
            if isinstance(platform, Prepares):
                outgoing = self.outgoing(delivery, text, self._steps(delivery, checked), publication)
                self._prepare(platform, text.step, outgoing, http)
        except Unknown as failure:
            raise NotSent(str(failure), answer=failure.answer) from None
        except Refused as error:
            raise Rejected(str(error), remedy="Hold the draft and make it anew.") from None
        except (Unsent, Waits):
            raise
        except Exception as fault:
            logging.exception("the platform %s failed before sending", platform.name)
            raise NotSent(f"A fault of ours in '{platform.name}' before anything was sent: {fault!r}.") from None
        known = self._steps(delivery, checked)
        return self.outgoing(delivery, next_text(delivery, known), known, publication)

    def _upload(self, platform: Uploads, medium: Medium, step: Step, outgoing: Outgoing, http: Http) -> None:
        now = self.clock()
        kept = now - step.changed_at < self._kept(platform)
        if step.state is StepState.DONE and kept:
            return
        if step.state is StepState.WORKING and kept:
            found = platform.uploaded(step.reference, http)
        else:
            found = platform.upload(medium, outgoing.media[medium.sha256], http)
        self._note(step, found, column="reference", what=f"the {medium.kind}")

    def _prepare(self, platform: Prepares, step: Step, outgoing: Outgoing, http: Http) -> None:
        now = self.clock()
        kept = bool(step.prepared) and now - step.changed_at < self._kept(platform)
        if kept and step.state is not StepState.WORKING:
            return
        found = platform.prepared(step.prepared, http) if kept else platform.prepare(outgoing, http)
        self._note(step, found, column="prepared", what="the post")

    def _note(self, step: Step, found: Uploaded, *, column: str, what: str) -> None:
        """Record how far something is that goes ahead. Raises Waits where the service still works on it."""
        now = self.clock()
        done = StepState.DONE if column == "reference" else StepState.WAITING
        known = getattr(step, column) == found.reference
        state = done if found.ready else StepState.WORKING
        if known and state is step.state and not found.ready:
            if now - step.changed_at > _WORKING_AT_MOST:
                raise NotSent(f"The service has worked on {what} since {step.changed_at:%H:%M} and does not finish.")
        else:
            values = {column: found.reference, "state": state}
            self.house.store.together(lambda db: steps.change(db, step, at=now, **values))
        if not found.ready:
            raise Waits(f"the service still works on {what}")

    def _kept(self, platform: object) -> timedelta:
        assert hasattr(platform, "facts")  # noqa: S101 - every platform has them
        kept: timedelta = platform.facts.uploads_last
        return kept

    def _begin(self, db: Db, delivery: Delivery) -> Delivery:
        now = self.clock()
        return deliveries.begin(db, delivery, worker=self.worker, at=now, lease_until=now + LEASE)

    def _request(self, delivery: Delivery, text: Text, outgoing: Outgoing, http: Http) -> Receipt:
        platform = self.house.channels[delivery.channel]
        try:
            if delivery.act is not Act.PUBLISH:
                return self._correct(platform, delivery, outgoing, http)
            if text.before:
                if not isinstance(platform, Threads):
                    raise Rejected(f"'{platform.name}' has no threads.", remedy="Bring it into one text.")
                return platform.follow(outgoing, http, root=text.before[0], parent=text.before[-1])
            if not isinstance(platform, Publishes):
                raise Rejected(f"'{platform.name}' publishes nothing by itself.", remedy="Take another channel.")
            return platform.publish(outgoing, http)
        except Unsent:
            raise
        except Exception as fault:
            logging.exception("the platform %s failed", platform.name)
            raise Unknown(f"A fault of ours in '{platform.name}' while sending: {fault!r}.") from None

    def _correct(self, platform: Platform, delivery: Delivery, outgoing: Outgoing, http: Http) -> Receipt:
        with self.house.store.read() as db:
            published = receipts_of(db, delivery.corrects or 0)
        place = min(delivery.corrects_text, len(published)) - 1
        if delivery.act is Act.EDIT and isinstance(platform, Edits):
            return platform.edit(published[place], outgoing, http)
        if delivery.act is Act.ANSWER and isinstance(platform, Threads):
            return platform.follow(outgoing, http, root=published[0], parent=published[-1])
        if delivery.act is Act.DELETE and isinstance(platform, Deletes):
            for each in reversed(published):
                platform.delete(each, http)
            return Receipt(published[0].remote_id, answer="taken away")
        raise Rejected(
            f"'{platform.name}' cannot {delivery.act} what was published.", remedy="Do it by hand on the service."
        )

    def _accept(self, db: Db, delivery: Delivery, text: Text, receipt: Receipt, pace: Pace) -> Delivery:
        now = self.clock()
        pace.went_well(db)
        return accepted_text(db, delivery, text, receipt, now)

    def _failed(self, sending: Delivery, failure: Unsent, pace: Pace) -> str:
        to, now = state_after(failure), self.clock()
        reason = _reason(failure)

        def record(db: Db) -> None:
            pace.failed(db, failure)
            deliveries.end_attempt(
                db,
                sending,
                to,
                outcome=type(failure).__name__,
                reason=reason,
                answer=failure.answer,
                at=now,
                due_at=_due_again(sending, sending.attempts, failure, to, now),
            )

        self.house.store.together(record)
        return self._counted(sending, to, reason)

    def _fell_short(self, claimed: Delivery, failure: Unsent, pace: Pace) -> str:
        """What had to go ahead failed: nothing of the post itself has left."""
        to, now = state_after(failure), self.clock()
        reason = _reason(failure)

        def record(db: Db) -> None:
            pace.failed(db, failure)
            deliveries.stop_short(
                db,
                claimed,
                to,
                outcome=type(failure).__name__,
                reason=reason,
                answer=failure.answer,
                at=now,
                due_at=_due_again(claimed, claimed.attempts + 1, failure, to, now),
            )

        self.house.store.together(record)
        return self._counted(claimed, to, reason)

    def _put_off(self, claimed: Delivery, reason: str) -> str:
        now = self.clock()
        self.house.store.together(
            lambda db: deliveries.stop_short(
                db,
                claimed,
                DeliveryState.PLANNED,
                outcome="",
                reason=reason,
                answer="",
                at=now,
                due_at=now + _WORKING,
                counts=0,
            )
        )
        return f"{claimed.key}: waits, {reason}"

    def _stop(self, delivery: Delivery, why: str) -> str:
        self.done.stopped = why
        self.house.store.together(
            lambda db: deliveries.put(db, delivery, DeliveryState.PLANNED, reason="", at=self.clock())
        )
        return f"{delivery.key}: stopped, {why}"

    def _counted(self, delivery: Delivery, to: DeliveryState, reason: str) -> str:
        match to:
            case DeliveryState.PLANNED:
                self.done.add(not_sent=1)
            case DeliveryState.REJECTED:
                self.done.add(rejected=1)
            case _:
                self.done.add(unknown=1)
        return f"{delivery.key}: {to}, {reason}"


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
    accepted = deliveries.accept(
        db,
        delivery,
        remote_id=first.remote_id,
        permalink=first.permalink,
        answer=receipt.answer,
        memo=first.memo,
        texts_out=text.number,
        at=now,
    )
    if delivery.corrects is not None:
        events.note(
            db,
            at=now,
            actor=ACTOR,
            subject=f"delivery:{delivery.corrects}",
            what="corrected",
            detail=f"{delivery.act}, by delivery {delivery.id}",
        )
    publish_if_done(db, delivery.draft_id, now)
    return accepted


def publish_if_done(db: Db, number: int, now: datetime) -> None:
    """A draft is published when every delivery of its present revision that was not withdrawn has been accepted."""
    draft = drafts.get(db, number)
    if DraftState.PUBLISHED not in DRAFT_STEPS[draft.state]:
        return
    if deliveries.states_of(db, number, draft.revision) - {DeliveryState.CANCELLED} == {DeliveryState.ACCEPTED}:
        drafts.move(db, draft, DraftState.PUBLISHED, actor=ACTOR, at=now)


def _receipt(step: Step) -> Receipt:
    return Receipt(step.reference, step.permalink, memo=step.memo)


def _is_upload(step: Step) -> bool:
    return step.kind is StepKind.UPLOAD


def publication_of(db: Db, delivery: Delivery) -> Publication:
    """What a delivery publishes."""
    return thaw(drafts.revision(db, drafts.get(db, delivery.draft_id), delivery.revision).payload)


def _media(platform: Platform, publication: Publication) -> tuple[Medium, ...]:
    return media_of(platform, publication) if isinstance(publication, Post) else ()


def _reason(failure: Unsent) -> str:
    return f"{failure} {failure.remedy}" if isinstance(failure, Rejected) else str(failure)


def _due_again(delivery: Delivery, attempts: int, failure: Unsent, to: DeliveryState, now: datetime) -> datetime:
    if to is not DeliveryState.PLANNED:
        return delivery.due_at
    # The texts of a thread that are there took an attempt each; this one's waits begin anew.
    return next_try(attempts - delivery.texts_out, now, failure.retry_after if isinstance(failure, NotSent) else None)


def hold(db: Db, delivery: Delivery, reason: str, now: datetime) -> None:
    """Stop a delivery and its draft until somebody takes them up."""
    deliveries.put(db, delivery, DeliveryState.HELD, reason=reason, at=now)
    draft = drafts.get(db, delivery.draft_id)
    if draft.state is DraftState.SCHEDULED:
        drafts.withdraw(db, draft, to=DraftState.HELD, actor=ACTOR, at=now, reason=reason)
