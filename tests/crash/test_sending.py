"""The real worker is killed at every step of every tier, against hostile services: nothing is lost, nothing goes twice.

Threads and uploads included: a post with a picture and two more texts on a service with keys, on one that looks up, on
one that ignores keys, and a single post on a blind one. PULLQUOTE_CRASH=all kills at every step and sends thousands.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot import review
from bot.config import load
from bot.drafting.payload import freeze
from bot.house import opened
from bot.model.publication import Kind, MediaKind, Medium, Part, Post
from bot.model.states import DeliveryState, DraftState
from bot.store import deliveries, drafts, media
from bot.store.database import Store, sqlite_url
from bot.store.drafts import NewDraft
from tests.crash import sender
from tests.crash.outside import MISFORTUNES, NOW, Outside, config, opened_outside
from tests.crash.sender import PASS_EVERY
from tests.platforms.cases import PNG

pytestmark = pytest.mark.crash

ALL = os.environ.get("PULLQUOTE_CRASH") == "all"
SHARES = 4
# By default every twenty-ninth step, which falls on before and after, on writes, commits and connections in turns.
STRIDE = 1 if ALL else 29
ROUNDS = 25 if ALL else 1
POSTS = 40 if ALL else 10
TEXTS = ("The first text of three.", "The second text of three.", "The third text of three.")
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.crash.sender", "tests.crash.driver", "httpcore"])


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    with opened_outside() as found:
        yield found


def home(path: Path, outside: Outside, posts: dict[str, list[Post]]) -> Path:
    """A house in which these posts are approved and due."""
    path.mkdir(parents=True)
    (path / "c.toml").write_text(config(outside), encoding="utf-8")
    os.environ.update(sender.environment(outside.servers["hook"].url))
    with opened(load(path / "c.toml")) as house:
        for channel, wanted in posts.items():
            for number, post in enumerate(wanted):
                new = NewDraft(
                    key=f"{channel}:{number}", kind=Kind.EDITION_POST, channel=channel, title="T", payload=freeze(post)
                )
                with house.store.write() as db:
                    media.keep(db, PNG, mime="image/png", at=NOW)
                    draft = drafts.create(db, new, actor="eve", at=NOW)
                review.approve(house, draft.id, actor="eve", now=NOW, at_once=True)
    return path


def picture() -> Medium:
    import hashlib

    return Medium(MediaKind.IMAGE, "image/png", hashlib.sha256(PNG).hexdigest(), len(PNG), "a grey pixel")


def thread() -> Post:
    first, *others = TEXTS
    return Post(first, None, "en", (), (), media=(picture(),), parts=tuple(Part(each) for each in others))


@pytest.fixture(scope="module")
def template(outside: Outside, tmp_path_factory: pytest.TempPathFactory) -> Path:
    posts = {name: [thread()] for name in ("sky", "fedi", "goto")} | {"hook": [Post(TEXTS[0], None, "en", (), ())]}
    return home(tmp_path_factory.mktemp("template") / "home", outside, posts)


def run(path: Path, outside: Outside, *, step: int = 0, begin: datetime = NOW, passes: int = 1) -> int | None:
    hook = outside.servers["hook"].url
    process = _PROCESSES.Process(target=sender.send, args=(step, path / "c.toml", hook, begin, passes, path / "report"))
    process.start()
    outside.worker = process.pid or 0
    process.join(120)
    return process.exitcode


def recover(path: Path, outside: Outside) -> None:
    assert run(path, outside, begin=NOW + PASS_EVERY, passes=4) == 0


def tally(path: Path) -> dict[DeliveryState, int]:
    store = Store(sqlite_url(path / "data" / "pullquote.db"))
    with store.read() as db:
        found = deliveries.tally(db)
    store.close()
    return found


def assert_once_each(path: Path, outside: Outside, when: str) -> None:
    for name in ("sky", "fedi", "goto"):
        assert outside.texts(name) == list(TEXTS), f"{name}, {when}"
    assert len(outside.services["sky"].blobs) == 1
    found = tally(path)
    on_hook = len(outside.texts("hook"))
    assert on_hook <= 1, when
    assert found[DeliveryState.ACCEPTED] + found[DeliveryState.UNKNOWN] == sum(found.values()) == 4, when
    assert found[DeliveryState.ACCEPTED] >= 3, when
    assert found[DeliveryState.UNKNOWN] or on_hook == 1, when


@pytest.fixture(scope="module")
def steps(outside: Outside, template: Path, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many steps an undisturbed run has."""
    outside.begin()
    path = _copy(template, tmp_path_factory.mktemp("undisturbed") / "home")
    assert run(path, outside, passes=2) == 0
    assert_once_each(path, outside, "undisturbed")
    assert tally(path)[DeliveryState.ACCEPTED] == 4
    return int((path / "report").read_text())


@pytest.mark.parametrize("share", range(SHARES))
def test_a_worker_killed_at_any_step_of_any_tier_leaves_one_of_each(
    share: int, steps: int, outside: Outside, template: Path, tmp_path: Path
) -> None:
    assert steps > 150
    for step in range(1 + share * STRIDE, steps + 1, SHARES * STRIDE):
        outside.begin()
        path = _copy(template, tmp_path / str(step))
        # Channels send at the same time, so the last steps of one run may not come in another.
        assert run(path, outside, step=step, passes=2) in (-signal.SIGKILL, 0)
        recover(path, outside)
        assert_once_each(path, outside, f"after a kill at step {step}")
        shutil.rmtree(path)


def test_a_worker_killed_while_a_service_answers_leaves_one_of_each(
    outside: Outside, template: Path, tmp_path: Path
) -> None:
    """The request has counted, the answer never comes home: uploads, each text of each thread, the blind post."""
    killed = 0
    for number in range(1, 20) if ALL else range(1, 20, 4):
        outside.begin()
        outside.kill_at = number
        path = _copy(template, tmp_path / str(number))
        killed += run(path, outside, passes=2) == -signal.SIGKILL
        outside.kill_at = 0
        recover(path, outside)
        assert_once_each(path, outside, f"after a kill behind request {number}")
    assert killed >= 3


@pytest.mark.parametrize("number", range(ROUNDS))
def test_many_posts_through_misfortunes_and_kills_arrive_once_each(
    number: int, outside: Outside, tmp_path: Path
) -> None:
    chance = random.Random(number)  # noqa: S311 - the same each time
    outside.begin()
    names = ("sky", "fedi", "goto", "hook")
    posts = {
        name: [Post(f"Post {each} of {name}: {_letters(each)}", None, "en", (), ()) for each in range(POSTS)]
        for name in names
    }
    path = home(tmp_path / "home", outside, posts)
    for name in names:
        at_publishing = {"sky": "putRecord", "fedi": "/statuses", "goto": "/statuses", "hook": "/hook/"}[name]
        outside.servers[name].at = at_publishing
        outside.servers[name].fates.extend(chance.choices(MISFORTUNES, k=POSTS // 2))
    begin, deaths = NOW, 0
    for _ in range(60):
        begin += timedelta(hours=1)
        for name in ("fedi", "goto"):
            outside.services[name].at = begin
        deadly = deaths < 4 and chance.random() < 0.7
        code = run(path, outside, step=chance.randrange(20, 200) if deadly else 0, begin=begin)
        assert code in (0, -signal.SIGKILL)
        deaths += code == -signal.SIGKILL
        found = tally(path)
        assert sum(found.values()) == 4 * POSTS, "the balance holds after every death"
        arrived = sum(len(set(outside.texts(name))) for name in ("sky", "fedi", "goto"))
        if code == 0 and not found[DeliveryState.PLANNED] and arrived == 3 * POSTS:
            break
    found = tally(path)
    for name in ("sky", "fedi", "goto"):
        arrived = Counter(outside.texts(name))
        assert set(arrived.values()) == {1}, name
        assert set(arrived) == {each.text for each in posts[name]}, name
    on_hook = Counter(outside.texts("hook"))
    assert all(times == 1 for times in on_hook.values()), "never two on a blind service"
    assert found[DeliveryState.ACCEPTED] + found[DeliveryState.UNKNOWN] == 4 * POSTS
    assert found[DeliveryState.ACCEPTED] >= 3 * POSTS
    assert 3 * POSTS + len(on_hook) <= 4 * POSTS
    assert deaths >= 1
    for name in names:
        outside.servers[name].at = ""


def _letters(number: int) -> str:
    """A word of its own for each number: what looks alike counts as the same line."""
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:05}") * 2


def _copy(template: Path, path: Path) -> Path:
    shutil.copytree(template, path)
    return path


def test_the_drafts_of_these_tests_are_published_as_such(template: Path) -> None:
    store = Store(sqlite_url(template / "data" / "pullquote.db"))
    with store.read() as db:
        assert drafts.tally(db) == {DraftState.SCHEDULED: 4}
    store.close()
