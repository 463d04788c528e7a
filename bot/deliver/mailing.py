"""Sends an edition to our own list: the audience is written down, then request after request, a receipt for each.

The delivery stays claimed while its requests go out, a few of them at the same time. Before each of them the freeze and
the claim are looked at again, and its readers are those who still want it. One thread decides and writes the ledger, in
turns; others make what comes next, or are under way. A request in doubt is made again only where the service counts its
key once, looked up where the service can be asked, and left to a person otherwise: nobody is mailed twice without one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from bot.audience import Hours, days_of, turns
from bot.deliver.making import Made, Making
from bot.deliver.pace import Pace
from bot.deliver.sending import Sending
from bot.deliver.texts import ACTOR, hold, taken
from bot.errors import NotSent, Refused, Rejected, Unknown, Unsent
from bot.house import House
from bot.ledger import LEASE, looks_again, next_try, slowed_down
from bot.model.publication import Mail
from bot.model.states import BatchState, DeliveryState, RecipientState
from bot.model.subscriber import Addressee
from bot.platforms.contract import Platform, Receipt
from bot.platforms.letters import Letters, Outcome, Traces
from bot.posting.edition import Edition, Ends
from bot.posting.hands import Hand, Here, Written, beside, packed
from bot.posting.processors import processors
from bot.rollout import WarmUp, caught_up, spread_out
from bot.store import audiences, deliveries, drafts, events, mailings, receipts, subscribers
from bot.store.database import Db, alone
from bot.store.deliveries import Delivery
from bot.store.mailings import Batch, Result
from bot.ways import Listening

# Where so many requests in a row were turned away whole, it is not about an address: the log-in, the domain, the mail.
_REFUSALS = 8
# So many requests of one mailing are under way at the same time.
_AT_ONCE = 4
# So many more are made already, for the moment when one of them ends, beside the one that each who makes has in hand.
_AHEAD = 1
# Where nobody can tell what became of a request, so many readers at most are under way, but one request at least.
_BLINDLY = 10
_MOMENT = timedelta(microseconds=1)
# What a service asks to wait is waited for here where it is so short, and so long in one pass: the other channels wait
# for its end.
_SHORTLY, _PATIENCE = timedelta(seconds=5), timedelta(minutes=1)
# So long a mailing goes on before what else is due has its turn: a large list makes no post late.
_TURN = timedelta(minutes=1)
# From so many requests on that are due, processes make and post them: fewer are sent before these were worth a start.
_MANY = 300
# So many processes at most, where nobody says how many: each has up to 90 MB, and soon they only wait for the ledger.
_MOST = 2
# In seconds. A process of ours that says nothing for so long hangs: every request has an end of its own before.
_SILENCE = 300.0
_OVER = (DeliveryState.ACCEPTED, DeliveryState.REJECTED, DeliveryState.CANCELLED)


@dataclass(frozen=True)
class _Request:
    """A request that is noted as about to leave."""

    batch: Batch
    readers: tuple[Addressee, ...]
    written: Written
    attempt: int


@dataclass(frozen=True)
class _Stop:
    """Why no request may leave now. `told` is done once none is under way, and gives in words what happened.

    `until` is how long that lasts, where it is known.
    """

    told: Callable[[], str]
    until: datetime | None = None


@dataclass
class _Flow:
    """What goes on of a mailing at one moment, for the thread that decides.

    `refused` says why the newest requests were turned away whole, as far as this worker knows; at `gives_way_at` it
    lets others have their turn.
    """

    making: Making
    ahead: int
    gives_way_at: datetime
    at_once: int
    under_way: dict[Future[Ends], _Request] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


@dataclass
class _Turn:
    """What a turn of the ledger came to: requests that may leave, those to be made next, and why none may leave now.

    Requests are to be made without some of their readers. Where there is `room`, the first of them is waited for.
    """

    begun: list[_Request] = field(default_factory=list)
    next: list[tuple[Batch, frozenset[int]]] = field(default_factory=list)
    room: bool = False
    stop: _Stop | None = None


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
            current = taken(db, self.delivery.id)
            if current.state is not DeliveryState.UNKNOWN:
                return
            said = in_words(receipts.tally(db, current.id))
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
        if (ends := self._gather(self._edition(public))) is not None:
            return ends()
        self._doubts(public)
        self._keep_the_pace()
        return self._all(public)

    def _all(self, public: str) -> str:
        """Make the requests that are due, some at the same time, until none is left or the mailing has to stop."""
        at_once, patience = _at_once(self.platform), _PATIENCE
        making = self._making(self._edition(public), at_once)
        flow = _Flow(making, _AHEAD + making.makers, self.sending.clock() + _TURN, at_once)
        with making:
            try:
                while True:
                    turn = self._take_turn(flow)
                    for each in turn.begun:
                        flow.under_way[each.written.post()] = each
                    made = flow.making.order(turn.next)
                    if len(flow.refused) >= _REFUSALS and not flow.under_way:
                        return self._hold(f"the service turns everything away: {flow.refused[0]}")
                    if turn.stop is not None and not flow.under_way:
                        if (rested := self._rested(turn.stop, patience)) is None:
                            return turn.stop.told()
                        patience -= rested
                        continue
                    awaited: list[Future[Any]] = [*flow.under_way, *(made[:1] if turn.room else ())]
                    if awaited and not wait(awaited, timeout=_SILENCE, return_when=FIRST_COMPLETED).done:
                        making.give_up()
            except BaseException:
                # Whatever ends it, an impatient person too: what is under way comes to its end and is recorded.
                for ended in wait(flow.under_way).done:
                    if ended.exception() is None:
                        one = partial(self._record, request=flow.under_way[ended], ends=ended.result())
                        self.house.store.together(one)
                raise

    def _take_turn(self, flow: _Flow) -> _Turn:
        """Record what has ended and note what leaves next in one transaction, so that the disk is waited for once."""
        ended = [(each, request, each.result()) for each, request in flow.under_way.items() if each.done()]
        ended.sort(key=lambda one: one[1].attempt)
        slower = sum(isinstance(ends, NotSent) and ends.retry_after is not None for _, _, ends in ended)
        at_once = max(1, flow.at_once - slower)

        def work(db: Db) -> tuple[_Turn, list[str]]:
            for _, request, ends in ended:
                self._record(db, request, ends)
            refused = mailings.refusals_in_a_row(db, self.delivery.id) if ended else flow.refused
            # Each of those under way may be turned away too: none leaves that would be one too many.
            room = min(at_once, _REFUSALS - len(refused)) - len(flow.under_way) + len(ended)
            return self._begin(db, flow, max(0, room)), refused

        turn, flow.refused = self.house.store.together(work)
        flow.at_once = at_once
        for each, _, _ in ended:
            del flow.under_way[each]
        return turn

    def _begin(self, db: Db, flow: _Flow, room: int) -> _Turn:
        """Begin at most so many of the requests that are due, as far as they are made, in their order."""
        turn = _Turn()
        due = mailings.next_batches(db, self.delivery.id, at=self.sending.clock(), limit=room + flow.ahead)
        stop = self._stop(db, flow) if room else None
        if room and not due:
            turn.stop = stop or _Stop(self._rest_or_end)
        for place, batch in enumerate(due):
            after = [(each, frozenset[int]()) for each in due[place + 1 :]]
            if len(turn.begun) == room:
                turn.next = [(batch, frozenset()), *after]
                break
            found = stop or self._next(db, batch, flow.making.ready(batch))
            if isinstance(found, _Stop):
                # For however long: what is made would be old by then.
                turn.stop = found
                break
            if isinstance(found, frozenset):
                turn.next, turn.room = [(batch, found), *after], True
                break
            if found is not None:
                turn.begun.append(found)
                stop = self._waits(db)
        return turn

    def _rested(self, stop: _Stop, patience: timedelta) -> timedelta | None:
        """Wait here where it is a matter of seconds; None where it is not, or `patience` is at its end."""
        now = self.sending.clock()
        if stop.until is None or not now < stop.until <= now + min(_SHORTLY, patience):
            return None
        self.sending.rest((stop.until - now).total_seconds())
        # Under a clock that stands still it would wait for ever.
        return self.sending.clock() - now or None

    def _gather(self, edition: Edition) -> Callable[[], str] | None:
        """Write the audience down, once; where there is none, what is to be done instead of sending."""
        now, spread = self.sending.clock(), self._spread
        newsletter = self.mail.newsletter
        table = self.house.config.newsletters[newsletter]
        days = days_of(self.delivery.composed_at, ZoneInfo(table.zone))
        usual = table.local_hour if isinstance(table.local_hour, time) else None
        hours = Hours(self.delivery.composed_at, now, table.zone, local=bool(table.local_hour), usual=usual)

        def work(db: Db) -> Callable[[], str] | None:
            # Whoever holds it meanwhile waits for the end of this, and then holds a mailing with its audience.
            if not mailings.keep(db, self.delivery, worker=self.sending.worker, lease_until=now + LEASE):
                return self._lost
            if audiences.gathered(db, self.delivery.id):
                died = "the worker died while sending; whether it arrived is not known"
                mailings.doubt_what_was_sending(db, self.delivery.id, reason=died, at=now)
                if mailings.cancelled_for_all(db, self.delivery.id):
                    why = "it was cancelled for all of its readers; change it, and approve what it is then"
                    return partial(self._hold, why)
                audiences.allow_late(db, self.delivery, patience=table.late)
                return None
            planned = turns(lambda: subscribers.kinds(db, newsletter), self.mail.stories, hours)
            number = audiences.gather(
                db,
                self.delivery,
                newsletter,
                most=edition.most(),
                month=days.month,
                week=days.week,
                awake=days.tomorrow,
                at=now,
                # Who has just said yes has an address that works and remembers us: the best that a new sender can show.
                newest_first=self._warm_up is not None and self._warm_up.most(now) is not None,
                wanted=(
                    audiences.Turn(each.key, str(each.choice) if each.choice is not None else None, each.due_at)
                    for each in planned
                ),
            )
            if not number:
                why = f"nobody is to get it: '{newsletter}' has no active subscriber whose turn it is"
                return partial(self._hold, why)
            if spread:
                waiting = mailings.never_left(db, self.delivery.id)
                due = spread_out([each for _, each in waiting], spread)
                mailings.put_off(db, self.delivery.id, zip([number for number, _ in waiting], due, strict=True))
            audiences.allow_late(db, self.delivery, patience=table.late)
            self._tell(db, "audience", f"{number} readers", now)
            return None

        with self.house.store.write() as db:
            return work(db)

    @property
    def _spread(self) -> timedelta:
        return self.house.config.newsletters[self.mail.newsletter].spread

    @property
    def _warm_up(self) -> WarmUp | None:
        return self.house.config.channels[self.delivery.channel].warming

    def _keep_the_pace(self) -> None:
        """After a downtime or a pause, give what was due in the meantime new times: no faster than it was planned."""
        if not self._spread:
            return
        now = self.sending.clock()
        with self.house.store.read() as db:
            first = mailings.never_left(db, self.delivery.id, limit=1)
            gap = self._spread / max(mailings.number_of_requests(db, self.delivery.id), 1)
        # What is due within two ticks of the clock goes together: it is not looked at more often.
        if not first or now - first[0][1] <= max(gap, self.house.config.tick * 2):
            return

        def work(db: Db) -> None:
            waiting = mailings.never_left(db, self.delivery.id)
            due = caught_up([each for _, each in waiting], now, gap=gap)
            mailings.put_off(db, self.delivery.id, zip([number for number, _ in waiting], due, strict=True))

        self.house.store.together(work)

    def _left_today(self, db: Db, now: datetime) -> int | None:
        """How many more mails may leave today; None where the channel is warm."""
        warm_up = self._warm_up
        most = warm_up.most(now) if warm_up is not None else None
        if warm_up is None or most is None:
            return None
        # Another worker may send another edition through the same channel.
        alone(db, f"warm-up:{self.delivery.channel}")
        return most - mailings.left_since(db, self.delivery.channel, since=warm_up.since(now))

    def _cold(self, now: datetime) -> str:
        assert self._warm_up is not None  # noqa: S101 - something is left of it
        due = self._warm_up.next_day(now, like=self.delivery.composed_at)
        return self._put_off(due, f"waits for warm-up until {due:%Y-%m-%d %H:%M} UTC")

    def _parted(self, db: Db, batch: Batch, readers: Sequence[Addressee], gone: frozenset[int], first: int) -> None:
        """As many readers of a request as may still get it today in one, the others in the next."""
        now, numbers = self.sending.clock(), [each.subscriber_id for each in readers]
        why = f"{first} of {len(numbers)} may leave today"
        mailings.end(db, batch, BatchState.DONE, attempt=0, outcome="", reason=why, answer="", at=now)
        mailings.leave_out(db, batch, gone, at=now)
        # A little before those that stand behind them.
        mailings.regroup(db, batch, numbers[:first], due_at=batch.due_at - 2 * _MOMENT, at=now)
        mailings.regroup(db, batch, numbers[first:], due_at=batch.due_at - _MOMENT, at=now)

    def _stop(self, db: Db, flow: _Flow) -> _Stop | None:
        """Why no request may leave now, whichever it is."""
        now = self.sending.clock()
        if now >= flow.gives_way_at:
            return _Stop(self._give_way)
        if (why := self.house.frozen(db)) is not None:
            return _Stop(lambda: self._stopped(why))
        return self._waits(db)

    def _waits(self, db: Db) -> _Stop | None:
        now = self.sending.clock()
        if (until := self.pace.waits_until(db)) is not None:
            return _Stop(lambda: self._put_off(now + timedelta(seconds=1), "waits for the service"), until)
        return None

    def _next(self, db: Db, batch: Batch, made: Made | None) -> _Request | _Stop | frozenset[int] | None:
        """The request that is due next, noted as about to leave; None where it was settled without leaving.

        Where it has to be made first, the numbers of those whom it is to be made without: they went away.
        """
        now = self.sending.clock()
        if batch.doubted and not self._counts_once(batch, now):
            # It waited too long for its turn: under its old key it could come twice.
            mailings.doubt(db, batch, reason=batch.reason, at=now)
            return None
        if made is None:
            return frozenset()
        rows, gone = mailings.as_it_stands(db, batch, self.mail.newsletter)
        if batch.attempts:
            gone = frozenset()
        readers = made.readers if rows == made.readers else tuple(Addressee._make(each) for each in rows)
        staying = tuple(each for each in readers if each.subscriber_id not in gone) if gone else readers
        if not staying:
            return self._nobody_left(db, batch, gone)
        # What may be with its readers already was counted when it left.
        left = self._left_today(db, now) if not batch.doubted else None
        if left is not None and left < len(staying):
            if left <= 0:
                return _Stop(lambda: self._cold(now))
            self._parted(db, batch, staying, gone, left)
            return None
        if made.readers is not readers or made.without != gone:
            return gone
        written = made.written
        assert written is not None  # noqa: S101 - somebody stays
        if written.fault is not None:
            # Approved with nobody's letter, so it is about a reader of this request; nothing of it has left.
            unfit = _Request(batch, staying, written, attempt=0)
            self._record(db, unfit, Rejected(str(written.fault), remedy="Mend the reader's row."))
            return None
        if batch.attempts and written.hashed != batch.body_hash:
            self._made_otherwise(db, batch, staying)
            return None
        attempt = mailings.begin(
            db,
            self.delivery,
            batch,
            body_hash=written.hashed,
            worker=self.sending.worker,
            lease_until=now + LEASE,
            at=now,
        )
        if attempt is None:
            return _Stop(self._lost)
        if gone:
            mailings.leave_out(db, batch, gone, at=now)
        return _Request(batch, staying, written, attempt)

    def _nobody_left(self, db: Db, batch: Batch, gone: frozenset[int]) -> _Stop | None:
        now = self.sending.clock()
        if not mailings.keep(db, self.delivery, worker=self.sending.worker, lease_until=now + LEASE):
            return _Stop(self._lost)
        mailings.leave_out(db, batch, gone, at=now)
        why = "nobody is left"
        mailings.end(db, batch, BatchState.DONE, attempt=0, outcome="", reason=why, answer="", at=now)
        return None

    def _stopped(self, why: str) -> str:
        self.sending.done.stopped = why
        return self._put_off(self.sending.clock(), f"stopped, {why}")

    def _give_way(self) -> str:
        self.sending.done.unfinished = True
        return self._put_off(self.sending.clock() + timedelta(seconds=1), "gives way to what else is due")

    def _ended(self, record: Callable[[Db], object]) -> bool:
        """Record how the mailing ended; False where somebody took it out of our hands meanwhile."""
        try:
            self.house.store.together(record)
        except Refused:
            return False
        return True

    def _lost(self) -> str:
        return f"{self.delivery.key}: was stopped meanwhile"

    def _edition(self, public: str) -> Edition:
        return Edition(self.platform, self.mail, self.delivery.key, self.delivery.composed_at, public)

    def _making(self, edition: Edition, at_once: int) -> Making:
        def read(wanted: Sequence[Batch]) -> Sequence[Sequence[Addressee]]:
            with self.house.store.read() as db:
                return [mailings.of_batch(db, each) for each in wanted]

        def here() -> Hand:
            return Here(edition, Listening(self.sending.http, self.pace), at_once=at_once)

        return Making(read, self._children(edition, at_once), here)

    def _children(self, edition: Edition, at_once: int) -> list[Hand]:
        """The processes that make and post; none where they would cost more than they save.

        That is so for a few requests, and where each is one mail: to hand it over takes longer than to make it.
        """
        number = self.house.config.mailers
        if number is None:
            with self.house.store.read() as db:
                many = mailings.due_at_least(db, self.delivery.id, _MANY, at=self.sending.clock())
            number = min(processors() - 1, _MOST) if many and self.platform.most > 1 else 0
        # With one request under way there is nothing to share.
        number = min(number, at_once) if at_once > 1 else 0
        if not number or (setup := packed(edition, at_once=at_once)) is None:
            return []
        return list(beside(setup, self.pace, number=number))

    def _record(self, db: Db, request: _Request, ends: Ends) -> None:
        now, batch, readers = self.sending.clock(), request.batch, request.readers
        match ends:
            case Unsent():
                self._failed(db, batch, readers, ends, request.attempt, now)
                nothing = not isinstance(ends, Unknown)
            case _:
                self.pace.went_well(db)
                self._answered(db, batch, readers, ends, request.attempt, now)
                nothing = all(isinstance(each, NotSent | Rejected) for each in ends)
        if nothing:
            mailings.note_what_is_out(db, self.delivery.id)

    def _failed(
        self, db: Db, batch: Batch, readers: Sequence[Addressee], failure: Unsent, attempt: int, now: datetime
    ) -> None:
        if not isinstance(failure, Rejected):  # those are counted by themselves, see _REFUSALS
            self.pace.failed(db, failure)
        if batch.doubted and isinstance(failure, NotSent | Rejected):
            # That it is refused or put off now says nothing of what became of it before.
            failure = Unknown(f"It was in doubt, and asked again: {_reason(failure)}", answer=failure.answer)
        reason, due = _reason(failure), None
        match failure:
            case NotSent():
                state, times = BatchState.WAITING, batch.attempts + 1
                asked = failure.retry_after
                due = next_try(times, now) if asked is None else slowed_down(times, now, asked)
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
        readers: Sequence[Addressee],
        outcomes: Sequence[Outcome],
        attempt: int,
        now: datetime,
    ) -> None:
        if batch.doubted:
            outcomes = [each if isinstance(each, Receipt) else Unknown(f"in doubt: {each}") for each in outcomes]
        later, results = list[int](), list[Result]()
        for reader, each in zip(readers, outcomes, strict=True):
            if isinstance(each, NotSent):
                later.append(reader.subscriber_id)
            else:
                results.append(_result(reader.subscriber_id, each))
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

    def _made_otherwise(self, db: Db, batch: Batch, readers: Sequence[Addressee]) -> None:
        """The program makes other bytes than it did: a new request, or a person's, where the old one is in doubt."""
        now, why = self.sending.clock(), "the request no longer makes the bytes that were noted"
        if batch.doubted:
            mailings.doubt(db, batch, reason=why, at=now)
            return
        mailings.end(db, batch, BatchState.DONE, attempt=0, outcome="", reason=why, answer="", at=now)
        mailings.regroup(db, batch, [each.subscriber_id for each in readers], due_at=now, at=now)

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

    def _counts_once(self, batch: Batch, now: datetime) -> bool:
        """Whether a request that left before may be made again: the service still counts it once under its key."""
        since = batch.first_at or batch.changed_at
        return bool(batch.body_hash) and now - since < self.platform.keys_last

    def _settle(self, batch: Batch, public: str) -> None:
        now = self.sending.clock()
        platform = self.platform
        since = batch.first_at or batch.changed_at
        if self._counts_once(batch, now):
            said = "counts once under its key: the same bytes may go again"
            self.house.store.together(lambda db: mailings.again(db, batch, at=now, reason=said))
            return
        if not isinstance(platform, Traces):
            said = "the service cannot be asked: look at its own log"
            self.house.store.together(lambda db: mailings.looked_up(db, batch, evidence=said, at=now))
            return
        with self.house.store.read() as db:
            readers = [each for each in mailings.of_batch(db, batch) if each.state == RecipientState.UNKNOWN]
        edition = self._edition(public)
        try:
            found = platform.trace(
                edition.letters(readers),
                Listening(self.sending.http, self.pace),
                key=edition.request_key(batch.number),
                subject=edition.theirs(readers).subject,
                since=since,
            )
        except Unsent as failure:
            said = f"could not be looked up: {failure}"
            self.house.store.together(lambda db: mailings.looked_up(db, batch, evidence=said, at=now))
            return
        self._traced(batch, readers, found, now)

    def _traced(
        self, batch: Batch, readers: Sequence[Addressee], found: Sequence[Receipt | None], now: datetime
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
        if waits is not None:
            return self._put_off(waits, f"goes on at {waits:%Y-%m-%d %H:%M} UTC")
        with self.house.store.read() as db:
            tally = receipts.tally(db, self.delivery.id)
        said = in_words(tally)
        if tally[RecipientState.UNKNOWN]:
            if not self._ended(
                lambda db: deliveries.put(db, self.delivery, DeliveryState.UNKNOWN, reason=said, at=now)
            ):
                return self._lost()
            self.sending.done.add(unknown=1)
            return f"{self.delivery.key}: {said}"

        def finish(db: Db) -> None:
            finished(db, self.delivery, said, now)

        if not self._ended(finish):
            return self._lost()
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
            return self._lost()
        return f"{self.delivery.key}: {why}"

    def _hold(self, why: str) -> str:
        now = self.sending.clock()
        if not self._ended(lambda db: hold(db, self.delivery, why, now)):
            return self._lost()
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
        delivery = taken(db, number)
        doubtful = mailings.doubtful(db, number)
        if delivery.state is not DeliveryState.UNKNOWN or not doubtful:
            raise Refused(f"Delivery {number} is {delivery.state}; only a mailing in doubt can be settled.")
        said = f"{actor} said that they are there" if there else f"{actor} asked to send them again"
        for batch in doubtful:
            readers = [each for each in mailings.of_batch(db, batch) if each.state == RecipientState.UNKNOWN]
            if there:
                results = [Result(each.subscriber_id, RecipientState.ACCEPTED, "", said) for each in readers]
                mailings.record(db, number, results, at=now)
            mailings.end(db, batch, BatchState.DONE, attempt=0, outcome="", reason=said, answer="", at=now)
            if not there:
                mailings.regroup(db, batch, [each.subscriber_id for each in readers], due_at=now, at=now)
        if there:
            finished(db, delivery, in_words(receipts.tally(db, number)), now, actor=actor)
        else:
            deliveries.put(db, delivery, DeliveryState.PLANNED, reason=said, at=now, actor=actor)
        return deliveries.get(db, number)


def cancel_mailing(house: House, number: int, *, reason: str, actor: str, now: datetime) -> Delivery:
    """Let nobody else get an edition that is going out; who has it, has it. Raises Refused where it is over."""
    with house.store.write() as db:
        delivery = taken(db, number)
        if not audiences.gathered(db, number):
            raise Refused(f"Delivery {number} is no mailing that has begun; hold or reject its draft instead.")
        if delivery.state in _OVER:
            raise Refused(f"Delivery {number} is {delivery.state}: nobody waits for it any more.")
        if delivery.state not in (DeliveryState.PLANNED, DeliveryState.HELD):
            raise Refused(
                f"Delivery {number} is {delivery.state}.",
                page=f"Hold draft {delivery.draft_id} first: that stops it before its next request. Then cancel it.",
                terminal=f"'pullquote drafts hold {delivery.draft_id}' stops it before another request; then cancel.",
            )
        if deliveries.under_way(db, number, at=now):
            raise Refused(f"Requests of delivery {number} are still under way; cancel it in a moment.")
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
    taken(db, delivery.id)
    deliveries.put(db, delivery, DeliveryState.ACCEPTED, reason=said, at=now, actor=actor)
    drafts.publish_what_is_there(db, [delivery.draft_id], actor=ACTOR, at=now)


def in_words(tally: dict[RecipientState, int]) -> str:
    """The balance of a mailing, as people read it."""
    told = ", ".join(f"{number} {state}" for state, number in tally.items() if number)
    return f"{sum(tally.values())} readers: {told}" if told else "no readers"


def _at_once(platform: Letters) -> int:
    """How many requests may be under way: fewer where a dying machine leaves doubts that only a person can settle."""
    if platform.keys_last or isinstance(platform, Traces):
        return _AT_ONCE
    return max(1, min(_AT_ONCE, _BLINDLY // platform.most))


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
