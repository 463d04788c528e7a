"""Sends one delivery that was checked: its one request, or its steps in their order, each recorded as it ends."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.deliver.checking import Checked
from bot.deliver.pace import Pace
from bot.deliver.texts import Text, accepted_text, next_text, receipts_of
from bot.errors import NotSent, Refused, Rejected, Unknown, Unsent
from bot.house import House
from bot.ledger import LEASE, next_look, next_try, state_after
from bot.model.publication import Mail, Medium, Post, Publication
from bot.model.states import Act, DeliveryState, StepKind, StepState
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
from bot.store import deliveries, steps
from bot.store.database import Db
from bot.store.deliveries import Delivery
from bot.store.media import Shelf
from bot.store.steps import Step
from bot.ways import Listening

# A service that works on an upload for so long will not come to an end.
_WORKING_AT_MOST = timedelta(hours=1)


@dataclass
class Delivered:
    """What one pass did, by outcome, and why nothing went out where nothing could.

    `unfinished` says that a long mailing gave way to what else is due: there is work for another pass at once.
    """

    accepted: int = 0
    rejected: int = 0
    not_sent: int = 0
    unknown: int = 0
    held: int = 0
    stopped: str | None = None
    unfinished: bool = False
    _adding: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def add(self, **numbers: int) -> None:
        """Count outcomes; several channels do so at the same time."""
        with self._adding:
            for name, number in numbers.items():
                setattr(self, name, getattr(self, name) + number)


@dataclass(frozen=True)
class Job:
    """A checked delivery that a worker holds: SENDING where its request leaves next, CLAIMED where steps go ahead."""

    delivery: Delivery
    checked: Checked
    pace: Pace


@dataclass(frozen=True)
class Ended:
    """What became of a job. `outcome` is still to be recorded; None where it has been, and `line` tells what it was.

    `fault` is one of ours that ends the pass.
    """

    job: Job
    outcome: Receipt | Unsent | None = None
    line: str = ""
    fault: BaseException | None = None


class Waits(Exception):
    """The service has worked on something that has to go ahead since then. Stays inside this module."""

    def __init__(self, what: str, since: datetime) -> None:
        super().__init__(f"the service still works on {what}")
        self.since = since


@dataclass(frozen=True)
class Sending:
    """What a worker has at hand. `done` is shared by the channels that send at the same time; `mail_out` does the part
    of deliveries to our own list; `rest` waits for so many seconds.
    """

    house: House
    http: Http
    worker: str
    clock: Callable[[], datetime]
    done: Delivered
    mail_out: Callable[[Sending, Delivery, Mail, Pace], str]
    rest: Callable[[float], object]

    def send(self, job: Job) -> Ended:
        """Do what is left of a job."""
        try:
            if job.delivery.state is DeliveryState.SENDING:
                return Ended(job, self._at_once(job))
            if job.checked.to_readers and isinstance(job.checked.publication, Mail):
                return Ended(job, line=self.mail_out(self, job.delivery, job.checked.publication, job.pace))
            return Ended(job, line=self._in_steps(job))
        except BaseException as fault:  # noqa: BLE001 - raised again by the pass, once the others are recorded
            return Ended(job, fault=fault)

    def _at_once(self, job: Job) -> Receipt | Unsent:
        text = next_text(job.delivery, [])
        outgoing = self.outgoing(job.delivery, text, [], job.checked.publication)
        try:
            return self._request(job.delivery, text, outgoing, Listening(self.http, job.pace))
        except Unsent as failure:
            return failure

    def _in_steps(self, job: Job) -> str:
        delivery, checked, pace = job.delivery, job.checked, job.pace
        http = Listening(self.http, pace)
        while True:
            claimed, known = delivery, self._steps(delivery, checked)
            text = next_text(delivery, known)
            try:
                outgoing = self._ahead(claimed, text, known, checked, http)
            except Waits as waits:
                return self._put_off(claimed, waits)
            except Unsent as failure:
                return self._fell_short(claimed, failure, pace)
            if (why := self.house.frozen()) is not None:
                return self._stop(claimed, why)
            sending = self.house.store.together(lambda db, claimed=claimed: self.begin(db, [claimed])[0])  # type: ignore[misc]
            try:
                receipt = self._request(sending, text, outgoing, http)
            except Unsent as failure:
                return self.house.store.together(
                    lambda db, sending=sending, failure=failure: self.failed(db, sending, failure, pace)  # type: ignore[misc]
                )
            delivery = self.house.store.together(
                lambda db, sending=sending, text=text, receipt=receipt: self._accept(  # type: ignore[misc]
                    db, sending, text, receipt, pace
                )
            )
            if text.last:
                return self.accepted(delivery)

    def accepted(self, delivery: Delivery) -> str:
        """Count what was accepted, and tell of it."""
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
        since = now
        if known and state is step.state and not found.ready:
            if now - step.changed_at > _WORKING_AT_MOST:
                raise NotSent(f"The service has worked on {what} since {step.changed_at:%H:%M} and does not finish.")
            since = step.changed_at
        else:
            values = {column: found.reference, "state": state}
            self.house.store.together(lambda db: steps.change(db, step, at=now, **values))
        if not found.ready:
            raise Waits(what, since)

    def _kept(self, platform: object) -> timedelta:
        assert hasattr(platform, "facts")  # noqa: S101 - every platform has them
        kept: timedelta = platform.facts.uploads_last
        return kept

    def begin(self, db: Db, claimed: list[Delivery]) -> list[Delivery]:
        """Write down that the requests of some deliveries are about to leave."""
        now = self.clock()
        return deliveries.begin(db, claimed, worker=self.worker, at=now, lease_until=now + LEASE)

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

    def failed(self, db: Db, sending: Delivery, failure: Unsent, pace: Pace) -> str:
        """Record a request that brought no receipt. Returns a line that tells of it."""
        to, now = state_after(failure), self.clock()
        reason = _reason(failure)
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

    def _put_off(self, claimed: Delivery, waits: Waits) -> str:
        now, reason = self.clock(), str(waits)
        again = next_look(waits.since, now, self.house.channels[claimed.channel].facts.works)
        self.house.store.together(
            lambda db: deliveries.stop_short(
                db,
                claimed,
                DeliveryState.PLANNED,
                outcome="",
                reason=reason,
                answer="",
                at=now,
                due_at=again,
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


def _is_upload(step: Step) -> bool:
    return step.kind is StepKind.UPLOAD


def _media(platform: Platform, publication: Publication) -> tuple[Medium, ...]:
    return media_of(platform, publication) if isinstance(publication, Post) else ()


def _reason(failure: Unsent) -> str:
    return f"{failure} {failure.remedy}" if isinstance(failure, Rejected) else str(failure)


def _due_again(delivery: Delivery, attempts: int, failure: Unsent, to: DeliveryState, now: datetime) -> datetime:
    if to is not DeliveryState.PLANNED:
        return delivery.due_at
    # The texts of a thread that are there took an attempt each; this one's waits begin anew.
    return next_try(attempts - delivery.texts_out, now, failure.retry_after if isinstance(failure, NotSent) else None)
