"""One pass of delivering: take up what dead workers left, settle doubts, then the channels, some at a time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from bot.deliver.anchor import spread_out
from bot.deliver.doubt import reconcile, take_up
from bot.deliver.mailing import mail_out
from bot.deliver.notices import send_notices
from bot.deliver.pace import Pace, shut_until
from bot.deliver.sending import Delivered, Sending
from bot.house import House
from bot.http import Door
from bot.ledger import LEASE
from bot.store import deliveries, workers


def deliver(house: House, clock: Callable[[], datetime], told: Callable[[str], None] = lambda _: None) -> Delivered:
    """Send everything that is due. `clock` gives the time, `told` hears a line for each delivery."""
    done = Delivered()
    with workers.at_work(house.lock_folder) as worker, Door() as http:
        take_up(house, clock())
        if (why := house.frozen()) is not None:
            done.stopped = why
            return done
        sending = Sending(house, http, worker, clock, done, mail_out)
        ready = [name for name in house.channels if house.may_send(name)]
        spread_out(house, ready, clock())
        reconcile(sending, ready)
        # Again, because what one channel published another may announce.
        while done.stopped is None and (channels := _with_work(house, ready, clock())):
            _all(sending, channels, told)
        if done.stopped is None:
            send_notices(sending, ready)
    return done


def _with_work(house: House, ready: list[str], now: datetime) -> list[str]:
    with house.store.read() as db:
        due = deliveries.channels_due(db, at=now, ready=ready)
        return [name for name in due if shut_until(house, db, name, now) is None]


def _all(sending: Sending, channels: list[str], told: Callable[[str], None]) -> None:
    if len(channels) == 1:
        _channel(sending, channels[0], told)
        return
    number = min(sending.house.config.senders, len(channels))
    with ThreadPoolExecutor(number, thread_name_prefix="sender") as pool:
        for each in [pool.submit(_channel, sending, name, told) for name in channels]:
            each.result()


def _channel(sending: Sending, channel: str, told: Callable[[str], None]) -> None:
    """Send what is due on one channel, one after the other, until nothing is or the channel has to wait."""
    house = sending.house
    pace = Pace(house, channel, sending.clock)
    while sending.done.stopped is None and pace.may_go():
        now = sending.clock()
        claimed = house.store.together(
            lambda db, now=now: deliveries.claim(  # type: ignore[misc]
                db, worker=sending.worker, at=now, lease_until=now + LEASE, ready=[channel]
            )
        )
        if claimed is None:
            return
        told(sending.send(claimed, pace))
