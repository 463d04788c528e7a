"""One pass of delivering: take up what dead workers left, settle doubts, then the channels, some at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from queue import Empty, SimpleQueue

from bot.deliver.anchor import spread_out
from bot.deliver.confirming import send_confirmations
from bot.deliver.doubt import reconcile, take_up
from bot.deliver.mailing import mail_out
from bot.deliver.pace import shut_until
from bot.deliver.sending import Delivered, Ended, Sending
from bot.deliver.turns import Turns
from bot.house import House
from bot.store import deliveries, workers
from bot.ways import Ways


def deliver(
    house: House,
    clock: Callable[[], datetime],
    told: Callable[[str], None] = lambda _: None,
    rest: Callable[[float], object] = lambda _: None,
) -> Delivered:
    """Send everything that is due. `clock` gives the time, `told` hears a line for each delivery.

    `rest` waits for so many seconds, where a service asks for a short pause; without it the next pass goes on.
    """
    done = Delivered()
    with workers.at_work(house.lock_folder) as worker, Ways() as http:
        take_up(house, clock())
        if (why := house.frozen()) is not None:
            done.stopped = why
            return done
        sending = Sending(house, http, worker, clock, done, mail_out, rest)
        ready = [name for name in house.channels if house.may_send(name)]
        spread_out(house, ready, clock())
        reconcile(sending, ready)
        # Again, because what one channel published another may announce.
        while done.stopped is None and (channels := _with_work(house, ready, clock())):
            _all(sending, channels, told)
        if done.stopped is None:
            send_confirmations(sending, ready)
    return done


def _with_work(house: House, ready: list[str], now: datetime) -> list[str]:
    with house.store.read() as db:
        due = deliveries.channels_due(db, at=now, ready=ready)
        return [name for name in due if shut_until(house, db, name, now) is None]


def _all(sending: Sending, channels: list[str], told: Callable[[str], None]) -> None:
    """Send what is due on some channels, on each one after the other, until nothing is or the channel has to wait.

    This thread writes the ledger in turns; the senders make requests, and record only what goes in steps. What ended
    while a turn was being kept is recorded by the next: the more goes on at once, the more share the wait for the disk.
    """
    turns = Turns(sending)
    waiting = deque(channels)
    ended: SimpleQueue[Ended] = SimpleQueue()
    finished: list[Ended] = []
    under_way = 0
    senders = min(sending.house.config.senders, len(channels))
    with ThreadPoolExecutor(senders, thread_name_prefix="sender") as pool:
        try:
            while True:
                turn = turns.take(finished, waiting, senders - under_way)
                finished = []
                for job in turn.jobs:
                    pool.submit(lambda job=job: ended.put(sending.send(job)))  # type: ignore[misc]
                    under_way += 1
                for line in turn.lines:
                    told(line)
                if not under_way:
                    return
                finished = _whatever_has_ended(ended)
                under_way -= len(finished)
                for each in finished:
                    if each.fault is not None:
                        raise each.fault
                    if each.line:
                        told(each.line)
                    waiting.append(each.job.delivery.channel)
        except BaseException:
            # Whatever ends the pass, an impatient person too: what is under way comes to its end and is recorded.
            while finished or under_way:
                if not finished:
                    finished = _whatever_has_ended(ended)
                    under_way -= len(finished)
                turns.take(finished, deque(), 0)
                finished = []
            raise


def _whatever_has_ended(ended: SimpleQueue[Ended]) -> list[Ended]:
    """Waits for one; takes the others that have ended as well."""
    found = [ended.get()]
    with suppress(Empty):
        while True:
            found.append(ended.get_nowait())
    return found
