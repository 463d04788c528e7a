"""Sends an edition to our own list: the audience is written down, then request after request, a receipt for each.

The delivery stays claimed while its requests go out. Before each of them the freeze and the claim are looked at again,
and its readers are those who still want it. A request in doubt is made again only where the service counts its key
once, looked up where the service can be asked, and left to a person otherwise: its readers are listed, never mailed
twice by themselves.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.deliver.pace import Listening, Pace
from bot.deliver.sending import Sending
from bot.deliver.texts import ACTOR, hold
from bot.drafting.payload import fingerprint
from bot.errors import NotSent, Refused, Rejected, Unknown, Unsent
from bot.house import House
from bot.ledger import LEASE, looks_again, next_try
from bot.model.publication import Mail
from bot.model.states import BatchState, DeliveryState, RecipientState
from bot.platforms.contract import Platform, Receipt
from bot.platforms.letters import Letter, Letters, Outcome, Traces
from bot.store import deliveries, drafts, events, mailings
from bot.store.database import Db
from bot.store.deliveries import Delivery
from bot.store.mailings import Batch, Recipient, Result
from bot.text import fold

# Where so many requests in a row were turned away whole, it is not about an address: the log-in, the domain, the mail.
_REFUSALS = 8


@dataclass(frozen=True)
class Mailing:
    """One edition on its way to our own list. `platform` is a service of single mails."""

    sending: Sending
    delivery: Delivery
    mail: Mail
    pace: Pace

    @property
    def house(self) -> House:
        return self.sending.house

    @property
    def platform(self) -> Letters:
        platform = self.house.channels[self.delivery.channel]
        assert isinstance(platform, Letters)  # noqa: S101 - the caller looked
        return platform

    def reconsider(self) -> None:
        """Look again at a mailing of which nothing is left but doubts."""
        public = self.house.config.web.public
        if public is None:
            return
        self._doubts(public)
        now = self.sending.clock()
        with self.house.store.write() as db:
            current = deliveries.get(db, self.delivery.id, keep_others_off=True)
            if current.state is not DeliveryState.UNKNOWN:
                return
            said = in_words(mailings.tally(db, current.id))
            if mailings.next_due(db, current.id) is not None:
                deliveries.put(db, current, DeliveryState.PLANNED, reason=said, at=now)
            elif not mailings.doubtful(db, current.id):
                finished(db, current, said, now)
                self.sending.done.add(accepted=1)

    def work(self) -> str:
        """Do what is due of a claimed mailing, to its end or until it has to wait. Returns what happened, in words."""
        public = self.house.config.web.public
        if public is None:
            return self._hold(
                "every mail has to bear an address at which its reader can leave; set 'public' under [web] to where "
                "the web process can be reached"
            )
        if (fault := self._gather()) is not None:
            return self._hold(fault)
        self._doubts(public)
        while True:
            if (why := self.house.frozen()) is not None:
                self.sending.done.stopped = why
                return self._put_off(self.sending.clock(), f"stopped, {why}")
            now = self.sending.clock()
            with self.house.store.read() as db:
                free = self.pace.may_go(db)
                batch = mailings.next_batch(db, self.delivery.id, at=now)
            if not free:
                return self._put_off(now + timedelta(seconds=1), "waits for the service")
            if batch is None:
                return self._rest_or_end()
            if not self._send(batch, public):
                return f"{self.delivery.key}: was stopped meanwhile"
            with self.house.store.read() as db:
                refused = mailings.refusals_in_a_row(db, self.delivery.id)
            if len(refused) >= _REFUSALS:
                return self._hold(f"the service turns everything away: {refused[0]}")

    def _gather(self) -> str | None:
        """Write the audience down, once; what is wrong, in words, where there is none."""
        now = self.sending.clock()
        zone = ZoneInfo(self.house.config.newsletters[self.mail.newsletter].zone)
        local = self.delivery.composed_at.astimezone(zone)
        month = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)

        def work(db: Db) -> str | None:
            if mailings.gathered(db, self.delivery.id):
                died = "the worker died while sending; whether it arrived is not known"
                mailings.doubt_what_was_sending(db, self.delivery.id, reason=died, at=now)
                if set(_standing(mailings.tally(db, self.delivery.id))) == {RecipientState.CANCELLED}:
                    return "it was cancelled for all of its readers; change it, and approve what it is then"
                return None
            number = mailings.gather(
                db, self.delivery, self.mail.newsletter, most=self.platform.most, month=month, at=now
            )
            if not number:
                return f"nobody is to get it: '{self.mail.newsletter}' has no active subscriber whose turn it is"
            self._tell(db, "audience", f"{number} readers", now)
            return None

        with self.house.store.write() as db:
            return work(db)

    def _send(self, batch: Batch, public: str) -> bool:
        """Make one request. False where the mailing is no longer ours to send."""
        with self.house.store.read() as db:
            attempt = deliveries.get(db, self.delivery.id).attempts + 1
            readers = tuple(mailings.of_batch(db, batch))
            gone = mailings.gone(db, batch, self.mail.newsletter) if batch.attempts == 0 else set()
        readers = tuple(each for each in readers if each.subscriber_id not in gone)
        letters = letters_of(self.delivery, readers, public)
        try:
            body = self._enclosed(batch, letters) if readers else b""
        except Refused as error:
            # Approved with nobody's letter, so it is about a reader of this request; nothing of it has left.
            self._record(batch, readers, Rejected(str(error), remedy="Mend the reader's row."), attempt=0)
            return True
        hashed = fingerprint(body)
        if batch.attempts and hashed != batch.body_hash:
            return self._made_otherwise(batch, readers)
        now = self.sending.clock()

        def begin(db: Db) -> bool:
            if not mailings.keep(db, self.delivery, worker=self.sending.worker, lease_until=now + LEASE):
                return False
            if gone:
                mailings.leave_out(db, batch, gone, at=now)
            if readers:
                mailings.begin(
                    db, self.delivery, batch, attempt=attempt, body_hash=hashed, worker=self.sending.worker, at=now
                )
            else:
                why = "nobody is left"
                mailings.end(db, batch, BatchState.DONE, attempt=0, outcome="", reason=why, answer="", at=now)
            return True

        if not self.house.store.together(begin):
            return False
        if readers:
            self._record(batch, readers, self._post(batch, body, letters), attempt)
        return True

    def _enclosed(self, batch: Batch, letters: Sequence[Letter]) -> bytes:
        return self.platform.enclose(
            self.mail, letters, key=batch_key(self.delivery, batch), at=self.delivery.composed_at
        )

    def _post(self, batch: Batch, body: bytes, letters: Sequence[Letter]) -> Sequence[Outcome] | Unsent:
        try:
            http = Listening(self.sending.http, self.pace)
            outcomes = self.platform.post(body, letters, http, key=batch_key(self.delivery, batch))
        except Unsent as failure:
            return failure
        except Exception as fault:
            logging.exception("the platform of %s failed", self.delivery.channel)
            return Unknown(f"A fault of ours while sending: {fault!r}.")
        if len(outcomes) != len(letters):
            return Unknown(f"The service answered for {len(outcomes)} of {len(letters)} readers.")
        return outcomes

    def _record(
        self, batch: Batch, readers: Sequence[Recipient], outcomes: Sequence[Outcome] | Unsent, attempt: int
    ) -> None:
        now = self.sending.clock()

        def work(db: Db) -> None:
            match outcomes:
                case Unsent():
                    self._failed(db, batch, readers, outcomes, attempt, now)
                case _:
                    self.pace.went_well(db)
                    self._answered(db, batch, readers, outcomes, attempt, now)
            mailings.note_what_is_out(db, self.delivery.id)

        self.house.store.together(work)

    def _failed(
        self, db: Db, batch: Batch, readers: Sequence[Recipient], failure: Unsent, attempt: int, now: datetime
    ) -> None:
        if not isinstance(failure, Rejected):  # those are counted by themselves, see _REFUSALS
            self.pace.failed(db, failure)
        if batch.doubted and isinstance(failure, Rejected):
            # That it is refused now says nothing of what became of it before.
            failure = Unknown(f"It was in doubt, and asked again: {_reason(failure)}", answer=failure.answer)
        reason, due = _reason(failure), None
        match failure:
            case NotSent():
                state, due = BatchState.WAITING, next_try(batch.attempts + 1, now, failure.retry_after)
            case Rejected():
                state = BatchState.DONE
            case _:
                state = BatchState.UNKNOWN
        mailings.end(
            db,
            batch,
            state,
            attempt=attempt,
            outcome=type(failure).__name__,
            reason=reason,
            answer=failure.answer,
            at=now,
            due_at=due,
        )
        numbers = [each.subscriber_id for each in readers]
        if state is BatchState.UNKNOWN:
            mailings.doubt(db, batch, reason=reason, at=now)
        elif state is BatchState.DONE and len(numbers) == 1:
            refused = Result(numbers[0], RecipientState.REJECTED, reason=reason)
            mailings.record(db, self.delivery.id, [refused], at=now)
        elif state is BatchState.DONE:
            # One bad address may have turned all of them away: halves find it, without anybody getting two mails.
            half = (len(numbers) + 1) // 2
            mailings.regroup(db, batch, numbers[:half], due_at=now, at=now)
            mailings.regroup(db, batch, numbers[half:], due_at=now, at=now)

    def _answered(
        self,
        db: Db,
        batch: Batch,
        readers: Sequence[Recipient],
        outcomes: Sequence[Outcome],
        attempt: int,
        now: datetime,
    ) -> None:
        if batch.doubted:
            outcomes = [each if isinstance(each, Receipt) else Unknown(f"in doubt: {each}") for each in outcomes]
        later = [
            reader.subscriber_id for reader, each in zip(readers, outcomes, strict=True) if isinstance(each, NotSent)
        ]
        results = [
            _result(reader.subscriber_id, each)
            for reader, each in zip(readers, outcomes, strict=True)
            if not isinstance(each, NotSent)
        ]
        accepted = sum(each.state is RecipientState.ACCEPTED for each in results)
        unsure = any(each.state is RecipientState.UNKNOWN for each in results)
        said = f"{accepted} of {len(readers)} accepted"
        state = BatchState.UNKNOWN if unsure else BatchState.DONE
        mailings.end(db, batch, state, attempt=attempt, outcome="accepted", reason=said, answer="", at=now)
        mailings.record(db, self.delivery.id, results, at=now)
        if later:
            waits = [each.retry_after for each in outcomes if isinstance(each, NotSent) and each.retry_after]
            due = next_try(batch.rounds + 1, now, max(waits, default=None))
            mailings.regroup(db, batch, later, due_at=due, at=now, put_off=True)

    def _made_otherwise(self, batch: Batch, readers: Sequence[Recipient]) -> bool:
        """The program makes other bytes than it did: a new request, or a person's, where the old one is in doubt."""
        now, why = self.sending.clock(), "the request no longer makes the bytes that were noted"

        def work(db: Db) -> None:
            if batch.doubted:
                mailings.doubt(db, batch, reason=why, at=now)
                return
            mailings.end(db, batch, BatchState.DONE, attempt=0, outcome="", reason=why, answer="", at=now)
            mailings.regroup(db, batch, [each.subscriber_id for each in readers], due_at=now, at=now)

        self.house.store.together(work)
        return True

    def _doubts(self, public: str) -> None:
        """Settle the requests in doubt, where that can be done without asking a person."""
        with self.house.store.read() as db:
            found = mailings.doubtful(db, self.delivery.id)
        for batch in found:
            with self.house.store.read() as db:
                free = self.pace.may_go(db)
            now, lag = self.sending.clock(), self._service.facts.lag
            if free and looks_again(since=batch.changed_at, looked_at=batch.looked_at, now=now, lag=lag):
                self._settle(batch, public)

    def _settle(self, batch: Batch, public: str) -> None:
        now = self.sending.clock()
        platform = self.platform
        since = batch.first_at or batch.changed_at
        if platform.keys_last and now - since < platform.keys_last and batch.body_hash:
            said = "counts once under its key: the same bytes may go again"
            self.house.store.together(lambda db: mailings.again(db, batch, at=now, reason=said))
            return
        if not isinstance(platform, Traces):
            said = "the service cannot be asked: look at its own log"
            self.house.store.together(lambda db: mailings.looked_up(db, batch, evidence=said, at=now))
            return
        with self.house.store.read() as db:
            readers = [each for each in mailings.of_batch(db, batch) if each.state is RecipientState.UNKNOWN]
        letters = letters_of(self.delivery, readers, public)
        try:
            found = platform.trace(
                letters,
                Listening(self.sending.http, self.pace),
                key=batch_key(self.delivery, batch),
                subject=self.mail.subject,
                since=since,
            )
        except Unsent as failure:
            said = f"could not be looked up: {failure}"
            self.house.store.together(lambda db: mailings.looked_up(db, batch, evidence=said, at=now))
            return
        self._traced(batch, readers, found, now)

    def _traced(
        self, batch: Batch, readers: Sequence[Recipient], found: Sequence[Receipt | None], now: datetime
    ) -> None:
        lag = self._service.facts.lag
        sure = now - batch.changed_at >= lag
        there = [
            Result(reader.subscriber_id, RecipientState.ACCEPTED, receipt.remote_id, "found at the service")
            for reader, receipt in zip(readers, found, strict=True)
            if receipt is not None
        ]
        absent = [reader.subscriber_id for reader, receipt in zip(readers, found, strict=True) if receipt is None]
        said = f"{len(there)} found, {len(absent)} not there"
        if absent and not sure:
            said += f"; that is believed from {batch.changed_at + lag:%H:%M} UTC on"

        def work(db: Db) -> None:
            if mailings.get(db, batch).state is not BatchState.UNKNOWN:
                return  # Another worker, or a person, has settled it meanwhile.
            mailings.looked_up(db, batch, evidence=said, at=now)
            mailings.record(db, self.delivery.id, there, at=now)
            if absent and not sure:
                return
            mailings.end(db, batch, BatchState.DONE, attempt=0, outcome="", reason=said, answer="", at=now)
            mailings.regroup(db, batch, absent, due_at=now, at=now)

        self.house.store.together(work)

    @property
    def _service(self) -> Platform:
        return self.house.channels[self.delivery.channel]

    def _rest_or_end(self) -> str:
        """Nothing is due now: wait for what is due later, end in doubt, or be done."""
        now = self.sending.clock()
        with self.house.store.read() as db:
            waits = mailings.next_due(db, self.delivery.id)
            tally = mailings.tally(db, self.delivery.id)
        said = in_words(tally)
        if waits is not None:
            return self._put_off(waits, said)
        if tally[RecipientState.UNKNOWN]:
            self.house.store.together(
                lambda db: deliveries.put(db, self.delivery, DeliveryState.UNKNOWN, reason=said, at=now)
            )
            self.sending.done.add(unknown=1)
            return f"{self.delivery.key}: {said}"

        def finish(db: Db) -> None:
            finished(db, self.delivery, said, now)

        self.house.store.together(finish)
        self.sending.done.add(accepted=1)
        return f"{self.delivery.key}: {said}"

    def _put_off(self, due: datetime, why: str) -> str:
        now = self.sending.clock()

        def work(db: Db) -> None:
            current = deliveries.get(db, self.delivery.id)
            waits = DeliveryState.PLANNED
            deliveries.stop_short(db, current, waits, outcome="", reason=why, answer="", at=now, due_at=due, counts=0)

        try:
            self.house.store.together(work)
        except Refused:
            return f"{self.delivery.key}: was stopped meanwhile"
        return f"{self.delivery.key}: {why}"

    def _hold(self, why: str) -> str:
        now = self.sending.clock()
        self.house.store.together(lambda db: hold(db, self.delivery, why, now))
        self.sending.done.add(held=1)
        return f"{self.delivery.key}: held, {why}"

    def _tell(self, db: Db, what: str, detail: str, now: datetime) -> None:
        events.note(db, at=now, actor=ACTOR, subject=f"delivery:{self.delivery.id}", what=what, detail=detail)


def mail_out(sending: Sending, delivery: Delivery, mail: Mail, pace: Pace) -> str:
    """Work on a claimed mailing; what `Sending` is given for services of single mails."""
    return Mailing(sending, delivery, mail, pace).work()


def settle_mailing(house: House, number: int, *, there: bool, actor: str, now: datetime) -> Delivery:
    """A person's word on the readers in doubt: their mails are there, or are to be sent again. Raises Refused."""
    with house.store.write() as db:
        delivery = deliveries.get(db, number, keep_others_off=True)
        doubtful = mailings.doubtful(db, number)
        if delivery.state is not DeliveryState.UNKNOWN or not doubtful:
            raise Refused(f"Delivery {number} is {delivery.state}; only a mailing in doubt can be settled.")
        said = f"{actor} said that they are there" if there else f"{actor} asked to send them again"
        for batch in doubtful:
            readers = [each for each in mailings.of_batch(db, batch) if each.state is RecipientState.UNKNOWN]
            if there:
                results = [Result(each.subscriber_id, RecipientState.ACCEPTED, "", said) for each in readers]
                mailings.record(db, number, results, at=now)
            mailings.end(db, batch, BatchState.DONE, attempt=0, outcome="", reason=said, answer="", at=now)
            if not there:
                mailings.regroup(db, batch, [each.subscriber_id for each in readers], due_at=now, at=now)
        if there:
            finished(db, delivery, in_words(mailings.tally(db, number)), now, actor=actor)
        else:
            deliveries.put(db, delivery, DeliveryState.PLANNED, reason=said, at=now, actor=actor)
        return deliveries.get(db, number)


def cancel_mailing(house: House, number: int, *, reason: str, actor: str, now: datetime) -> Delivery:
    """Let nobody else get an edition that is going out; who has it, has it. Raises Refused where it is over."""
    with house.store.write() as db:
        delivery = deliveries.get(db, number, keep_others_off=True)
        if not mailings.gathered(db, number):
            raise Refused(f"Delivery {number} is no mailing that has begun; hold or reject its draft instead.")
        if delivery.state not in (DeliveryState.PLANNED, DeliveryState.HELD):
            raise Refused(f"Delivery {number} is {delivery.state}; it can be cancelled while it waits.")
        left = mailings.cancel_what_waits(db, number, reason=f"cancelled by {actor}: {reason}", at=now)
        if mailings.doubtful(db, number):
            raise Refused(f"Delivery {number} has readers in doubt; settle those first.")
        said = f"cancelled by {actor} for {left} readers: {reason}"
        if delivery.texts_out:
            finished(db, delivery, said, now, actor=actor)
        else:
            deliveries.put(db, delivery, DeliveryState.CANCELLED, reason=said, at=now, actor=actor)
        return deliveries.get(db, number)


def finished(db: Db, delivery: Delivery, said: str, now: datetime, *, actor: str = ACTOR) -> None:
    """A mailing of which nothing is left to do and nothing in doubt."""
    deliveries.put(db, delivery, DeliveryState.ACCEPTED, reason=said, at=now, actor=actor)
    drafts.publish_what_is_there(db, [delivery.draft_id], actor=ACTOR, at=now)


def _standing(tally: dict[RecipientState, int]) -> list[RecipientState]:
    """The states in which readers stand who were to get it."""
    return [state for state, number in tally.items() if number and state is not RecipientState.SUPPRESSED]


def in_words(tally: dict[RecipientState, int]) -> str:
    """The balance of a mailing, as people read it."""
    told = ", ".join(f"{number} {state}" for state, number in tally.items() if number)
    return f"{sum(tally.values())} readers: {told}" if told else "no readers"


def batch_key(delivery: Delivery, batch: Batch) -> str:
    """The key of a request: the same at every attempt, another for each."""
    return f"{delivery.key}-r{batch.number}"


def letters_of(delivery: Delivery, readers: Sequence[Recipient], public: str) -> tuple[Letter, ...]:
    """What readers get, from the rows of the ledger and from nothing else."""
    return tuple(
        Letter(
            key=f"{delivery.key}-s{each.subscriber_id}",
            address=each.address,
            name=fold(each.name),
            unsubscribe=f"{public}/leave/{each.token}",
            preferences=f"{public}/preferences/{each.token}",
            cadence=each.cadence,
        )
        for each in readers
    )


def _result(subscriber: int, outcome: Outcome) -> Result:
    match outcome:
        case Receipt():
            return Result(subscriber, RecipientState.ACCEPTED, outcome.remote_id)
        case Rejected():
            return Result(subscriber, RecipientState.REJECTED, reason=_reason(outcome))
        case _:
            return Result(subscriber, RecipientState.UNKNOWN, reason=str(outcome))


def _reason(failure: Unsent) -> str:
    return f"{failure} {failure.remedy}" if isinstance(failure, Rejected) else str(failure)
