"""The worker is killed over and over while an edition goes to thousands of readers: nobody twice, nobody missing.

By default 2,000 readers of two kinds of service; PULLQUOTE_CRASH=all sends to 20,000 of three, and tells the figures
(with `pytest -rP`): services that count a key once, that can be asked, and that can do neither.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import review
from bot.config import load
from bot.drafting.payload import freeze
from bot.house import House, opened
from bot.ledger import Tier
from bot.model.address import Address
from bot.model.publication import Kind
from bot.model.states import DeliveryState, RecipientState
from bot.model.subscriber import Standing
from bot.platforms.letters import Letters
from bot.store import deliveries, drafts, receipts, subscribers
from tests.crash import mailer
from tests.http.server import Fate, Request, Said, serving
from tests.platforms.mailers import MailCase, all_cases, ses
from tests.work.processes import ends, posting
from tests.work.readers import MAIL

pytestmark = pytest.mark.crash

ALL = os.environ.get("PULLQUOTE_CRASH") == "all"
READERS = 20_000 if ALL else 2_000
LIVES = 60
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
MISFORTUNES = [
    Fate.DROP_BEFORE,
    Fate.ERROR_BEFORE,
    Fate.BUSY,
    Fate.SLOW_DOWN,
    Fate.DROP_AFTER,
    Fate.RESET_AFTER,
    Fate.ERROR_AFTER,
    Fate.CUT,
    Fate.HTML,
]
CASES = all_cases()

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.crash.mailer", "httpcore"])


@dataclass(frozen=True)
class Sample:
    """How a case's account is written in a configuration."""

    name: str
    settings: str
    secrets: dict[str, str]
    # Whether a process beside the worker makes and posts the requests.
    beside: bool


SAMPLES = {
    "resend": Sample("resend", 'token_env = "RESEND_TOKEN"', {"RESEND_TOKEN": "re_tokenofresend_123456"}, beside=ALL),
    "postmark": Sample(
        "postmark",
        'token_env = "POSTMARK_TOKEN"',
        {"POSTMARK_TOKEN": "3f1c8f5e-0000-4000-8000-tokenofserver"},
        beside=True,
    ),
}
if ALL:  # One reader in a request: twenty thousand requests are too many for every day.
    SAMPLES["ses"] = Sample(
        "ses",
        f'region = "{ses.REGION}"\nkey_env = "SES_KEY"\nsecret_env = "SES_SECRET"',
        {"SES_KEY": ses.KEY, "SES_SECRET": ses.SECRET},
        beside=True,
    )


@pytest.fixture(params=SAMPLES, ids=list(SAMPLES))
def case(request: pytest.FixtureRequest) -> tuple[MailCase, Sample]:
    return CASES[request.param], SAMPLES[request.param]


def home(path: Path, sample: Sample, url: str) -> Path:
    """A house with so many readers and an edition that is approved and due."""
    path.mkdir(parents=True)
    (path / "c.toml").write_text(
        f"""
live = true
data = "data"
mailers = {int(sample.beside)}

[web]
public = "https://desk.example"

[newsletters.weekly]
title = "The Test Post"
sender = "The Test Post <weekly@example.org>"
address = "1 Quay"
# The sender is an example's, with which nothing would be approved for readers.
preflight = "warn"
channel = "mail"
late = "30d"

[channels.mail]
platform = "{sample.name}"
server = "{url}"
late = "30d"
{sample.settings}
""",
        encoding="utf-8",
    )
    os.environ.update(sample.secrets)
    with opened(load(path / "c.toml")) as house:
        with house.store.write() as db:
            for number in range(READERS):
                subscribers.ask(
                    db,
                    Address(f"reader{number:05}@example.org"),
                    "weekly",
                    token=f"t{number:011}-{number:08}",
                    consent="test",
                    at=NOW,
                    standing=Standing.ACTIVE,
                )
            new = drafts.NewDraft(
                key="edition",
                kind=Kind.EDITION,
                channel="mail",
                title="T",
                payload=freeze(replace(MAIL, html=MAIL.html * 3)),
                newsletter="weekly",
                number=1,
                due_at=NOW,
            )
            draft = drafts.create(db, new, actor="eve", at=NOW)
        review.approve(house, draft.id, actor="eve", now=NOW, at_once=True)
    return path


@dataclass
class Executioner:
    """Kills the worker once the service has taken so many more requests: at once, before its answer, or a little later.

    That is after a few hundred readers, of whom `most` share a request. `worker` is its process, 0 while nobody is to
    be killed; `orphans` are the processes that those who were killed had for posting.
    """

    chance: random.Random
    most: int
    worker: int = 0
    left: int = 0
    orphans: set[int] = field(default_factory=set)

    def taken(self) -> None:
        self.left -= 1
        if self.left == 0 and self.worker:
            if self.chance.random() < 1 / 2:
                self._kill(self.worker)
            else:
                threading.Timer(self.chance.uniform(0, 0.03), self._kill, (self.worker,)).start()

    def _kill(self, worker: int) -> None:
        self.orphans |= posting(worker)
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)


def live(path: Path, sample: Sample, begin: datetime, executioner: Executioner | None) -> int | None:
    """One life of the worker: until it is killed, or to the end of its passes."""
    passes = 4 if executioner is None else 1
    process = _PROCESSES.Process(target=mailer.send, args=(path / "c.toml", sample.secrets, begin, passes))
    process.start()
    if executioner is not None:
        few = executioner.chance.randint(1, 4) * 100 // executioner.most
        executioner.worker, executioner.left = process.pid or 0, few
    process.join(3_000 if ALL else 300)
    if executioner is not None:
        executioner.worker = 0
    return process.exitcode


def balance(house: House) -> Counter[RecipientState]:
    with house.store.read() as db:
        return Counter(receipts.tally(db, 1))


def test_however_often_the_worker_dies_every_reader_gets_the_edition_once(
    case: tuple[MailCase, Sample], tmp_path: Path
) -> None:
    kind, sample = case
    service, chance = kind.service(), random.Random(7)  # noqa: S311
    platform = kind.platform("http://127.0.0.1")
    assert isinstance(platform, Letters)
    executioner, inside = Executioner(chance, platform.most), threading.Condition()
    under_way, at_once, begun = 0, 0, time.monotonic()

    def one_at_a_time(request: Request) -> Said:
        nonlocal under_way, at_once
        its = kind.path in request.path
        with inside:
            under_way += its
            at_once = max(at_once, under_way)
            inside.notify_all()
            # Until it has been seen once that requests overlap, each waits for another.
            inside.wait_for(lambda: not its or at_once > 1, timeout=1)
            said: Said = service(request)
            under_way -= its
            if its:
                executioner.taken()
        return said

    with serving(one_at_a_time) as server:
        server.at = kind.path
        # One irreversible request in twelve goes wrong, where a hundred readers share one.
        bad = platform.most / 1_200
        server.fates.extend(chance.choice(MISFORTUNES) if chance.random() < bad else Fate.FINE for _ in range(99_999))
        path = home(tmp_path / "home", sample, server.url)
        killed, begin = 0, NOW
        for _ in range(LIVES):
            ended = live(path, sample, begin, executioner)
            killed += ended == -signal.SIGKILL
            assert all(ends(each) for each in executioner.orphans), "a process of a dead worker sends nothing more"
            begin += mailer.PASS_EVERY
            with opened(load(path / "c.toml")) as house, house.store.read() as db:
                assert sum(receipts.tally(db, 1).values()) in (0, READERS), "the audience balances after every death"
                if deliveries.get(db, 1).state is DeliveryState.ACCEPTED:
                    break
        server.fates.clear()
        assert live(path, sample, begin, None) == 0
        with opened(load(path / "c.toml")) as house:
            told = balance(house)
            with house.store.read() as db:
                doubtful = {each.address for each in receipts.listed(db, 1, states=[RecipientState.UNKNOWN])}
    arrived = Counter(kind.arrived(service))
    balanced = ", ".join(f"{number} {state}" for state, number in told.items() if number)
    print(
        f"{sample.name}: {READERS} readers, {killed} kills, {at_once} requests at once, "
        f"{len(arrived)} have it, {sum(number > 1 for number in arrived.values())} twice, "
        f"{balanced}, {time.monotonic() - begun:.0f} s"
    )
    assert killed >= 3
    assert at_once > 1, "requests overlap, also when it dies"
    assert bool(executioner.orphans) is sample.beside
    assert max(arrived.values()) == 1, "nobody got it twice"
    missing = {f"reader{number:05}@example.org" for number in range(READERS)} - set(arrived)
    assert missing <= doubtful, "whoever may not have it is listed"
    assert told[RecipientState.ACCEPTED] + told[RecipientState.UNKNOWN] == READERS
    if platform.tier is not Tier.BLIND:
        assert not doubtful
