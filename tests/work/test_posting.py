"""Requests of a mailing that processes beside the worker make and post, and what becomes of them when one dies."""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import fields, replace
from itertools import count

import pytest

from bot.drafting.payload import fingerprint
from bot.errors import NotSent, Rejected, Unknown, Unsent
from bot.house import House
from bot.model.states import DeliveryState, RecipientState
from bot.model.subscriber import Addressee
from bot.platforms.contract import Receipt
from bot.platforms.letters import Letters
from bot.posting.edition import Edition, Ends
from bot.posting.hands import Gone, There, Written, packed
from bot.store import receipts
from bot.store.memories import ChannelMemory
from tests.http.server import Fate, Request, Said, Server, serving
from tests.platforms.mailers import all_cases
from tests.work.desk import TUESDAY, approve_now, delivery, with_config
from tests.work.processes import ends, posting
from tests.work.readers import MAIL, PostOffice, an_edition, fresh, passes, tally, with_readers
from tests.work.small import SmallPostmark, SmallResend

CASES = all_cases()
READERS = [Addressee(each, f"r{each}@x.example", "", f"t{each}", "every", "", "pending") for each in range(3)]
ACCEPTED, UNKNOWN = RecipientState.ACCEPTED, RecipientState.UNKNOWN


class Heads:
    """Hears what answers say."""

    def __init__(self) -> None:
        self.heard_of: list[Mapping[str, str]] = []

    def heard(self, headers: Mapping[str, str]) -> None:
        self.heard_of.append(headers)


def edition(url: str, name: str = "resend") -> Edition:
    platform = CASES[name].platform(url)
    assert isinstance(platform, Letters)
    return Edition(platform, MAIL, "edition-1-mail", TUESDAY, "https://desk.example")


def begun(of: Edition, hears: Heads | None = None) -> There:
    setup = packed(of, at_once=4)
    assert setup is not None
    return There(setup, hears or Heads())


@pytest.mark.parametrize(
    ("name", "kilobytes", "most"),
    [
        ("resend", 3, 100),
        ("resend", 45, 100),
        ("resend", 250, 19),
        ("resend", 9_000, 1),
        ("postmark", 250, 19),
        ("ses", 250, 1),
        # It takes once what all of its readers get.
        ("sendgrid", 250, 500),
    ],
)
def test_a_request_bears_as_many_readers_as_fit_into_five_megabytes(name: str, kilobytes: int, most: int) -> None:
    long = replace(MAIL, text=MAIL.text + "x" * 1_000 * kilobytes)
    one = replace(edition("http://127.0.0.1:1", name), mail=long)
    assert one.most() == most
    readers = [READERS[0]._replace(subscriber_id=each, token="t" * 30) for each in range(most)]
    _, body = one.write(1, readers)
    assert len(body) < 5_100_000 or most == 1


@pytest.fixture(scope="module")
def service() -> Iterator[tuple[Server, There, Heads]]:
    with serving(CASES["resend"].service()) as server:
        hand = begun(edition(server.url), heads := Heads())
        yield server, hand, heads
        hand.close()


def made(hand: There, number: int, readers: Sequence[Addressee] = READERS) -> Written:
    return hand.make(number, readers).result(timeout=20)


def test_a_child_makes_the_bytes_that_we_would_and_posts_them_when_it_is_told_to(
    service: tuple[Server, There, Heads],
) -> None:
    server, hand, heads = service
    _, body = edition(server.url).write(7, READERS)
    one = made(hand, 7)
    assert (one.hashed, one.fault) == (fingerprint(body), None)
    assert server.requests == [], "made is not sent"
    said = one.post().result(timeout=20)
    assert [isinstance(each, Receipt) and each.remote_id for each in said] == ["mail-0", "mail-1", "mail-2"]  # type: ignore[union-attr]
    assert server.requests[0].body == body
    assert server.requests[0].headers["idempotency-key"] == "edition-1-mail-r7"
    assert "content-length" in heads.heard_of[-1]


def test_a_child_tells_how_a_request_ended_as_it_was(service: tuple[Server, There, Heads]) -> None:
    server, hand, _ = service
    server.at = "/emails/batch"
    server.fates.extend([Fate.SLOW_DOWN, Fate.DROP_AFTER])
    slow, lost = (made(hand, number).post().result(timeout=20) for number in (8, 9))
    assert isinstance(slow, NotSent)
    assert slow.retry_after
    assert isinstance(lost, Unknown)
    server.service.barred.add("r1@x.example")  # type: ignore[attr-defined]
    refused = made(hand, 10).post().result(timeout=20)
    assert isinstance(refused, Rejected)
    assert refused.remedy
    server.service.barred.clear()  # type: ignore[attr-defined]


def test_a_row_that_makes_no_mail_is_told_and_the_child_goes_on(service: tuple[Server, There, Heads]) -> None:
    _, hand, _ = service
    spoilt = [READERS[0]._replace(address="two@x.example, more@x.example")]
    assert "not one plain address" in str(made(hand, 11, spoilt).fault)
    made(hand, 12).drop()
    assert hand.load == 0
    assert hand.lives


def test_a_fault_of_ours_in_a_child_is_raised_here(service: tuple[Server, There, Heads]) -> None:
    _, hand, _ = service
    with pytest.raises(RuntimeError, match=r"ValueError.*nonsense"):
        made(hand, 13, [READERS[0]._replace(version="nonsense")])


def test_a_child_outlives_who_stops_the_worker_and_ends_with_it(service: tuple[Server, There, Heads]) -> None:
    server, _, _ = service
    before = posting()
    hand = begun(edition(server.url))
    made(hand, 1)
    (process,) = posting() - before
    os.kill(process, signal.SIGTERM)
    made(hand, 2)
    # As the system does when the worker is killed: its end of the pipe is closed, and nothing else happens.
    hand._child._to.close()
    assert ends(process)
    hand.close()


def test_what_a_child_that_hangs_or_dies_was_told_to_post_is_in_doubt_and_nothing_else(
    service: tuple[Server, There, Heads], caplog: pytest.LogCaptureFixture
) -> None:
    server, _, _ = service
    before, inside, over = posting(), threading.Event(), threading.Event()
    honest = server.service

    def waits(request: Request) -> Said:
        inside.set()
        over.wait(20)
        return honest(request)

    hand = begun(edition(server.url))
    first, second = made(hand, 21), made(hand, 22)
    server.service = waits
    doubtful = first.post()
    assert inside.wait(20)
    (process,) = posting() - before
    os.kill(process, signal.SIGSTOP)
    hand.give_up()
    assert isinstance(doubtful.result(timeout=20), Unknown)
    server.service = honest
    over.set()
    late: Future[Ends] = second.post()
    assert isinstance(late.result(timeout=20), NotSent)
    assert isinstance(hand.make(23, READERS).exception(timeout=20), Gone)
    assert "exit code -9" in caplog.text
    assert not hand.lives
    hand.close()


@pytest.mark.parametrize("name", sorted(name for name, case in CASES.items() if case.speaks_http))
def test_every_service_can_be_told_to_another_process(name: str) -> None:
    told = packed(edition("http://127.0.0.1:1", name), at_once=4)
    assert told is not None
    assert pickle.loads(told).edition == edition("http://127.0.0.1:1", name)  # noqa: S301
    assert packed(Edition(PostOffice(), MAIL, "k", TUESDAY, ""), at_once=4) is None, "what cannot be told is done here"


def test_what_an_account_remembers_stays_with_the_ledger(house: House) -> None:
    account = replace(CASES["ses"].platform("http://127.0.0.1:1"), memory=ChannelMemory(house.store, "mail"))  # type: ignore[type-var]
    told = packed(Edition(account, MAIL, "k", TUESDAY, ""), at_once=4)
    assert told is not None, "it is posted to by a process"
    assert pickle.loads(told).edition.platform == account  # noqa: S301


@pytest.mark.parametrize(
    "failure", [NotSent("a", answer="b", retry_after=3.0), Rejected("a", remedy="c", answer="b"), Unknown("a")]
)
def test_an_end_crosses_between_processes_whole(failure: Unsent) -> None:
    there = pickle.loads(pickle.dumps(failure))  # noqa: S301
    assert (type(there), str(there), vars(there)) == (type(failure), str(failure), vars(failure))


def live(text: str) -> str:
    """Let out, with one process for posting; its sender is an example's, which the gate would block."""
    weekly = '[newsletters.weekly]\npreflight = "warn"'
    return "live = true\nmailers = 1\n" + text.replace("[newsletters.weekly]", weekly)


@pytest.mark.parametrize("name", ["resend", "postmark", "ses"])
def test_a_process_that_dies_at_work_doubles_nobody_and_loses_nobody(name: str, house: House) -> None:
    kind, service, requests = CASES[name], CASES[name].service(), count(1)
    others, killed = posting(), list[int]()

    def dies_at_the_second(request: Request) -> Said:
        said: Said = service(request)
        if kind.path in request.path and next(requests) == 2:
            killed.extend(posting() - others)
            os.kill(killed[0], signal.SIGKILL)
        return said

    small = {"resend": SmallResend, "postmark": SmallPostmark}
    number = 12 if name == "ses" else 85
    with serving(dies_at_the_second) as server:
        platform = kind.platform(server.url)
        if name in small:
            platform = small[name](**{each.name: getattr(platform, each.name) for each in fields(platform)})  # type: ignore[arg-type]
        house = with_readers(with_config(house, live), platform, number)  # type: ignore[arg-type]
        mailed = approve_now(house, an_edition(house))
        passes(house, 4)
    told = delivery(house, mailed)
    arrived, balance = Counter(kind.arrived(service)), tally(house, told)
    assert len(killed) == 1
    assert posting() == others, "none is left behind"
    assert max(arrived.values()) == 1, "nobody has it twice"
    assert sum(balance.values()) == number
    everybody = {f"reader{each:05}@example.org" for each in range(number)}
    if name != "ses":
        assert balance == {ACCEPTED: number}
        assert set(arrived) == everybody
        return
    with house.store.read() as db:
        doubtful = {each.address for each in receipts.listed(db, told.id, states=[UNKNOWN])}
    assert 1 <= len(doubtful) <= 4
    assert everybody - set(arrived) <= doubtful, "whoever may not have it is listed"
    assert balance == {ACCEPTED: number - len(doubtful), UNKNOWN: len(doubtful)}
    assert fresh(house, told).state is DeliveryState.UNKNOWN


def test_mails_that_leave_one_by_one_are_posted_by_the_worker_itself(house: House) -> None:
    kind, service, others = CASES["ses"], CASES["ses"].service(), posting()
    seen = set[int]()

    def looks(request: Request) -> Said:
        seen.update(posting() - others)
        return service(request)

    with serving(looks) as server:
        # As many requests are due as processes are begun for, where each has many mails.
        alone = with_config(house, lambda text: live(text).replace("mailers = 1\n", ""))
        house = with_readers(alone, kind.platform(server.url), 300)  # type: ignore[arg-type]
        mailed = approve_now(house, an_edition(house))
        passes(house, 1)
    assert tally(house, delivery(house, mailed)) == {ACCEPTED: 300}
    assert seen == set()
