"""The turns of the ledger: each records what became of requests and takes up the next ones, in one transaction.

What was checked is what is marked, because both happen in one transaction; nothing of it leaves before that is kept for
good. Nothing is sent here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.deliver.checking import Checks
from bot.deliver.pace import Pace
from bot.deliver.sending import Ended, Job, Sending
from bot.deliver.texts import ACTOR, accepted_text, accepted_whole, hold, next_text
from bot.errors import Unsent
from bot.ledger import LEASE
from bot.model.states import DeliveryState
from bot.platforms.contract import Receipt
from bot.store import deliveries, drafts, events
from bot.store.database import Db
from bot.store.deliveries import Delivery

# So many of what is due on a channel are read ahead; each is looked at again when it is claimed.
_AHEAD = 100


@dataclass
class Turn:
    """What one turn did: jobs to be sent, and lines that tell what became of others."""

    jobs: list[Job] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


class Turns:
    """The turns of one pass. Used by one thread alone."""

    def __init__(self, sending: Sending) -> None:
        self._sending = sending
        self._house = sending.house
        self._checks = Checks(sending.house)
        self._paces: dict[str, Pace] = {}
        self._lines: dict[str, deque[int]] = {}

    def take(self, ended: Sequence[Ended], waiting: deque[str], room: int) -> Turn:
        """Record what `ended` and take up one delivery each of at most `room` channels that are `waiting`.

        A channel on which nothing more can go out leaves the queue for good, each other until its delivery has ended.
        """
        turn, doubts = self._house.store.together(lambda db: self._turn(db, ended, waiting, room))
        for delivery, doubt in doubts:
            # On its own: whoever holds a draft and waits for this delivery must not be waited for with others in hand.
            self._house.store.together(lambda db, one=delivery, why=doubt: self._hold(db, one, why))  # type: ignore[misc]
            turn.lines.append(f"{delivery.key}: held, {doubt}")
        return turn

    def _turn(
        self, db: Db, ended: Sequence[Ended], waiting: deque[str], room: int
    ) -> tuple[Turn, list[tuple[Delivery, str]]]:
        turn, doubts = Turn(), list[tuple[Delivery, str]]()
        turn.lines += self._record(db, [each for each in ended if each.outcome is not None])
        if not waiting or not room:
            return turn, doubts
        done = self._sending.done
        done.stopped = done.stopped or self._house.frozen(db)
        self._checks.afresh()
        read: set[str] = set()
        while waiting and len(turn.jobs) < room and done.stopped is None:
            claimed = self._claim(db, self._abreast(db, waiting, room - len(turn.jobs)), read)
            plain, in_steps, doubtful = self._checked(db, claimed)
            begun = self._sending.begin(db, [job.delivery for job in plain])
            turn.jobs += [Job(each, job.checked, job.pace) for each, job in zip(begun, plain, strict=True)]
            turn.jobs += in_steps
            doubts += doubtful
            waiting.extend(delivery.channel for delivery, _doubt in doubtful)
        return turn, doubts

    def _abreast(self, db: Db, waiting: deque[str], room: int) -> list[str]:
        """The channels that are asked next; one that is counted alone, so that what it begins counts for others."""
        names: list[str] = []
        while waiting and len(names) < room:
            counted = bool(self._house.channels[waiting[0]].facts.rates)
            if counted and names:
                break
            name = waiting.popleft()
            if self._pace(db, name).may_go(db):
                names.append(name)
                if counted:
                    break
        return names

    def _claim(self, db: Db, names: list[str], read: set[str]) -> list[Delivery]:
        """Claim the next of each channel. What another worker took is passed over; lines are read once in a turn."""
        now = self._sending.clock()
        found: list[Delivery] = []
        while names:
            numbers = {number: name for name in names if (number := self._next(db, name, read, now)) is not None}
            if not numbers:
                break
            claimed = deliveries.claim(db, numbers, worker=self._sending.worker, at=now, lease_until=now + LEASE)
            for each in claimed:
                del numbers[each.id]
            found += claimed
            names = list(numbers.values())
        return found

    def _next(self, db: Db, name: str, read: set[str], now: datetime) -> int | None:
        line = self._lines.setdefault(name, deque())
        if not line and name not in read:
            read.add(name)
            line.extend(deliveries.line(db, name, at=now, limit=_AHEAD))
        return line.popleft() if line else None

    def _checked(self, db: Db, claimed: list[Delivery]) -> tuple[list[Job], list[Job], list[tuple[Delivery, str]]]:
        """Those that may leave at once, those that go in steps, and those that must not go, with the reason."""
        plain, in_steps, doubts = list[Job](), list[Job](), list[tuple[Delivery, str]]()
        standing = drafts.standing(db, [each.draft_id for each in claimed]) if claimed else {}
        for each in claimed:
            checked = self._checks.check(db, each, standing[each.draft_id], self._sending.clock())
            if isinstance(checked, str):
                doubts.append((each, checked))
                continue
            job = Job(each, checked, self._pace(db, each.channel))
            (plain if checked.in_one_request(each) else in_steps).append(job)
        return plain, in_steps, doubts

    def _record(self, db: Db, ended: Sequence[Ended]) -> list[str]:
        if not ended:
            return []
        now = self._sending.clock()
        lines: list[str] = []
        accepted: list[tuple[Delivery, Receipt]] = []
        standing = deliveries.still_sending(db, [each.job.delivery for each in ended])
        for each in ended:
            sent = each.job.delivery
            if sent.id not in standing:
                lines.append(self._too_late(db, each, now))
            elif isinstance(each.outcome, Receipt):
                each.job.pace.went_well(db)
                accepted.append((sent, each.outcome))
                lines.append(self._sending.accepted(sent))
            elif isinstance(each.outcome, Unsent):
                lines.append(self._sending.failed(db, sent, each.outcome, each.job.pace))
        accepted_whole(db, accepted, now)
        return lines

    def _too_late(self, db: Db, ended: Ended, now: datetime) -> str:
        """An answer that came when others had given this worker up: only a receipt settles the doubt."""
        current = deliveries.get(db, ended.job.delivery.id)
        if isinstance(ended.outcome, Receipt) and current.state is DeliveryState.UNKNOWN:
            accepted_text(db, current, next_text(current, []), ended.outcome, now)
            return self._sending.accepted(current)
        if current.state is DeliveryState.ACCEPTED:
            return f"{current.key}: accepted before"
        said = ended.outcome.remote_id if isinstance(ended.outcome, Receipt) else str(ended.outcome)
        events.note(db, at=now, actor=ACTOR, subject=f"delivery:{current.id}", what="answered too late", detail=said)
        return f"{current.key}: answered too late, {said}"

    def _hold(self, db: Db, delivery: Delivery, reason: str) -> None:
        hold(db, delivery, reason, self._sending.clock())
        self._sending.done.add(held=1)

    def _pace(self, db: Db, name: str) -> Pace:
        if name not in self._paces:
            self._paces[name] = Pace(self._house, name, self._sending.clock, db)
        return self._paces[name]
