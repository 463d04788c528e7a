"""A channel that has to wait waits, delays no other, and a restart does not forget it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import ClassVar

import pytest
import respx

from bot import deliver
from bot.deliver.pace import shut_until
from bot.errors import NotSent, Rejected, Unknown, Unsent
from bot.house import House
from bot.model.publication import Post
from bot.model.states import DeliveryState
from bot.pacing import FAILURES_IN_A_ROW, RESTS
from bot.platforms.contract import Http, Outgoing, Platform, Receipt
from bot.platforms.facts import Facts, Per, Rate
from bot.store import deliveries, flags
from tests.work.desk import (
    HOUR,
    MINUTE,
    TUESDAY,
    Scripted,
    a_post,
    all_deliveries,
    approve_now,
    balance_kept,
    history,
    with_config,
    work,
)


@dataclass(frozen=True)
class Rated(Scripted):
    facts: ClassVar[Facts] = Facts(docs=(), read=date(2026, 11, 24), rates=(Rate(3, timedelta(hours=1)),))


@dataclass(frozen=True)
class Shared(Scripted):
    server: str = "one.example"
    facts: ClassVar[Facts] = Facts(docs=(), read=date(2026, 11, 24), rates=(Rate(3, timedelta(hours=1), Per.HOST),))


def channels(house: House, **platforms: Platform) -> House:
    tables = "".join(f'\n[channels.{name}]\nplatform = "outbox"\nposts = ["quote"]\n' for name in platforms)
    house = with_config(house, lambda text: text + tables)
    return replace(house, channels={**house.channels, **platforms})


def approve(house: House, number: int, *names: str) -> None:
    for name in names:
        for each in range(number):
            post = Post(f"Thing number {each}.", None, "en", (), ())
            approve_now(house, a_post(house, post, channel=name, key=f"{name}:{each}"))


def states(house: House, channel: str) -> list[DeliveryState]:
    return [each.state for each in all_deliveries(house) if each.channel == channel]


def test_a_channel_that_is_asked_to_wait_delays_no_other(house: House) -> None:
    slow = Scripted(script=[NotSent("slow down", retry_after=1800)])
    quick = Scripted()
    house = channels(house, slow=slow, quick=quick)
    approve(house, 4, "slow", "quick")
    with balance_kept(house):
        done = work(house).delivered
    assert (done.accepted, done.not_sent) == (4, 1)
    assert len(slow.bodies) == 1, "nothing more is sent on a channel that was asked to wait"
    with house.store.read() as db:
        assert shut_until(house, db, "slow", TUESDAY) == (
            TUESDAY + timedelta(minutes=30),
            "the service asks to wait: slow down",
        )
    assert work(house, TUESDAY + 29 * MINUTE).delivered.accepted == 0
    assert work(house, TUESDAY + 30 * MINUTE).delivered.accepted == 4


def test_a_rate_is_counted_in_the_ledger_so_that_a_restart_does_not_burst(house: House) -> None:
    service = Rated()
    house = channels(house, rated=service)
    approve(house, 8, "rated")
    assert work(house).delivered.accepted == 3
    for later in (timedelta(), MINUTE, 59 * MINUTE):
        assert work(house, TUESDAY + later).delivered.accepted == 0
    assert work(house, TUESDAY + HOUR).delivered.accepted == 3
    assert work(house, TUESDAY + 2 * HOUR).delivered.accepted == 2


def test_what_was_certainly_not_sent_counts_against_no_rate(house: House) -> None:
    service = Rated(script=[NotSent("no connection"), NotSent("no connection")])
    house = channels(house, rated=service)
    approve(house, 5, "rated")
    assert work(house).delivered.accepted == 3


def test_a_rate_of_a_host_is_shared_by_its_channels(house: House) -> None:
    one, two, other = Shared(), Shared(), Shared(server="other.example")
    house = channels(house, one=one, two=two, other=other)
    house = replace(house, loaded=replace(house.loaded, config=house.config.model_copy(update={"senders": 1})))
    approve(house, 2, "one", "two", "other")
    assert work(house).delivered.accepted == 5
    assert len(one.bodies) + len(two.bodies) == 3


@pytest.mark.parametrize(
    "failure", [NotSent("no connection"), Unknown("no answer"), Rejected("you are banned", remedy="Ask them.")]
)
def test_failures_in_a_row_shut_a_channel_and_an_acceptance_opens_it(house: House, failure: Unsent) -> None:
    service = Scripted(script=[failure] * (FAILURES_IN_A_ROW + 1))
    house = channels(house, one=service)
    approve(house, 9, "one")
    with balance_kept(house):
        work(house)
    assert len(service.bodies) == FAILURES_IN_A_ROW
    with house.store.read() as db:
        until, reason = shut_until(house, db, "one", TUESDAY) or (TUESDAY, "")
    assert until == TUESDAY + RESTS[0]
    assert str(failure) in reason
    work(house, until)
    assert len(service.bodies) == FAILURES_IN_A_ROW + 1, "one try, and a longer rest after it"
    work(house, until + RESTS[1])
    assert states(house, "one").count(DeliveryState.ACCEPTED) >= 3
    told = [line.split(":")[0] for line in history(house, "channel:one")]
    assert told == ["shut", "shut", "open again"]


def test_an_answer_that_says_that_nothing_is_left_is_heeded_before_the_refusal_comes(house: House) -> None:
    @dataclass(frozen=True)
    class Telling(Scripted):
        def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
            http.once("POST", f"https://service.example/{len(self.bodies)}", headers={}, body=b"{}")
            return super().publish(outgoing, http)

    service = Telling()
    house = channels(house, one=service)
    approve(house, 5, "one")
    with respx.mock(assert_all_called=False) as answers:
        answers.post("https://service.example/1").respond(
            headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "600"}
        )
        answers.post(url__startswith="https://service.example/").respond()
        assert work(house).delivered.accepted == 2
        assert work(house, TUESDAY + 9 * MINUTE).delivered.accepted == 0, "also after a restart"
        assert work(house, TUESDAY + 10 * MINUTE).delivered.accepted == 3


def test_channels_send_at_the_same_time_and_no_more_of_them_than_configured(house: House) -> None:
    meeting = threading.Barrier(3, timeout=20)
    at_once: list[int] = []
    under_way: set[str] = set()

    @dataclass(frozen=True)
    class Meeting(Scripted):
        def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
            under_way.add(outgoing.key)
            meeting.wait()
            at_once.append(len(under_way))
            meeting.wait()
            under_way.discard(outgoing.key)
            return super().publish(outgoing, http)

    house = channels(house, **{f"c{number}": Meeting() for number in range(3)})
    house = replace(house, loaded=replace(house.loaded, config=house.config.model_copy(update={"senders": 3})))
    approve(house, 2, "c0", "c1", "c2")
    assert work(house).delivered.accepted == 6
    assert set(at_once) == {3}


@pytest.mark.parametrize("stop", ["file", "flag"])
def test_a_freeze_lets_no_further_request_leave_however_many_are_waiting(house: House, stop: str) -> None:
    """What is under way comes to its end: at most one on each channel."""
    frozen = threading.Event()
    before: list[str] = []
    after: list[str] = []

    @dataclass(frozen=True)
    class Watched(Scripted):
        def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
            (after if frozen.is_set() else before).append(outgoing.key)
            return super().publish(outgoing, http)

    house = channels(house, **{f"c{number}": Watched() for number in range(4)})
    approve(house, 12, "c0", "c1", "c2", "c3")
    heard: list[str] = []

    def freeze_at_ten(line: str) -> None:
        heard.append(line)
        if len(heard) == 10:
            if stop == "file":
                (house.data / "FREEZE").touch()
            else:
                with house.store.write() as db:
                    flags.freeze(db, reason="stop", actor="eve", at=TUESDAY)
            frozen.set()

    with balance_kept(house):
        done = deliver.deliver(house, lambda: TUESDAY, freeze_at_ten)
    assert done.stopped is not None
    assert len(after) <= 4
    assert 10 <= done.accepted == len(before) + len(after)
    with house.store.read() as db:
        assert deliveries.in_hands(db) == []


def test_a_fault_in_one_platform_is_a_doubt_there_and_nothing_elsewhere(house: House) -> None:
    @dataclass(frozen=True)
    class Broken(Scripted):
        def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
            raise KeyError("id")

    house = channels(house, broken=Broken(), fine=Scripted())
    approve(house, 1, "broken", "fine")
    with balance_kept(house):
        done = work(house).delivered
    assert (done.accepted, done.unknown) == (1, 1)
    assert "fault of ours" in next(each.reason for each in all_deliveries(house) if each.channel == "broken")
