"""What strangers wrote is read in a process that can be killed; whatever becomes of it, the parent goes on."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.errors import UnreadableDocument
from bot.model.episode import Reading
from bot.model.feed import Feed
from bot.sources import sandbox as module
from bot.sources.feed import parse
from bot.sources.sandbox import Sandbox

RSS = b"""<rss version="2.0" xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel>
<title>The Load Path</title><item><title>One</title><guid>1</guid><pubDate>Mon, 02 Mar 2026 09:00:00 GMT</pubDate>
<podcast:person>Ann Lee</podcast:person><podcast:transcript url="https://example.org/1.vtt" type="text/vtt"/>
<podcast:soundbite startTime="1.5" duration="30">Well said</podcast:soundbite></item></channel></rss>"""
# Reading this takes minutes: every one of these categories is compared with all that came before.
ENDLESS = (
    b"<rss version='2.0'><channel><item><title>x</title>"
    + b"".join(b"<category>%d</category>" % number for number in range(100_000))
    + b"</item></channel></rss>"
)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def pid(sandbox: Sandbox) -> int:
    child = sandbox._child
    assert child is not None
    return child._process.pid


def alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_feed_is_the_same_read_inside_and_outside(sandbox: Sandbox) -> None:
    assert sandbox.parse(RSS, "example.org") == parse(RSS, "example.org")


def test_its_server_and_its_address_are_passed_on(sandbox: Sandbox) -> None:
    data = "<rss version='2.0'><channel><title>Привет</title><link>/a</link></channel></rss>".encode("koi8-r")
    feed = sandbox.parse(data, "example.org", "text/xml; charset=koi8-r", "https://example.org/feed")
    assert (feed.title, feed.site) == ("Привет", "https://example.org/a")


def test_no_process_is_started_before_there_is_work() -> None:
    with Sandbox() as sandbox:
        assert sandbox._child is None
        assert sandbox.resident is None


def test_one_process_does_one_job_after_another(sandbox: Sandbox) -> None:
    sandbox.parse(RSS, "a")
    first = pid(sandbox)
    sandbox.parse(RSS, "b")
    assert pid(sandbox) == first


def test_it_says_how_much_memory_its_child_holds(sandbox: Sandbox) -> None:
    sandbox.parse(RSS, "a")
    if not Path("/proc/self/statm").exists():
        assert sandbox.resident is None
        return
    assert sandbox.resident is not None
    assert 5_000_000 < sandbox.resident < 150_000_000


def test_what_is_no_feed_raises_the_same_error_as_outside(sandbox: Sandbox) -> None:
    with pytest.raises(UnreadableDocument) as outside:
        parse(b"<html></html>", "example.org")
    with pytest.raises(UnreadableDocument) as inside:
        sandbox.parse(b"<html></html>", "example.org")
    assert str(inside.value) == str(outside.value)
    assert (inside.value.name, inside.value.line) == (outside.value.name, outside.value.line)


def test_what_takes_too_long_is_killed_and_the_next_is_read() -> None:
    with Sandbox(seconds=1) as sandbox:
        sandbox.parse(RSS, "before")
        first = pid(sandbox)
        with pytest.raises(UnreadableDocument, match="endless: it took longer than 1 seconds to read"):
            sandbox.parse(ENDLESS, "endless")
        assert not alive(first)
        assert len(sandbox.parse(RSS, "after").items) == 1


def test_what_needs_too_much_memory_is_refused_and_the_next_is_read() -> None:
    with Sandbox(memory=120_000_000) as sandbox:
        with pytest.raises(UnreadableDocument, match="memory"):
            sandbox.parse(RSS.replace(b"Well said", b"word " * 5_000_000), "large")
        assert len(sandbox.parse(RSS, "after").items) == 1


def test_a_child_that_dies_hurts_nobody(sandbox: Sandbox) -> None:
    sandbox.parse(RSS, "before")
    os.kill(pid(sandbox), signal.SIGKILL)
    assert len(sandbox.parse(RSS, "after").items) == 1


def test_a_child_that_dies_at_work_is_told_of_in_words(sandbox: Sandbox) -> None:
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(sandbox.parse, ENDLESS, "endless")
        while sandbox._child is None:
            time.sleep(0.01)
        os.kill(pid(sandbox), signal.SIGSEGV)
        with pytest.raises(UnreadableDocument, match=r"endless: reading it broke the reader \(exit code -11"):
            working.result()
    assert len(sandbox.parse(RSS, "after").items) == 1


def test_many_threads_share_one_child(sandbox: Sandbox) -> None:
    def job(number: int) -> str:
        feed = sandbox.parse(RSS.replace(b"The Load Path", b"Show %d" % number), f"{number}")
        return feed.title

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(job, range(40))) == [f"Show {number}" for number in range(40)]


def test_after_many_jobs_the_child_is_begun_anew(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_JOBS_OF_ONE_CHILD", 2)
    seen = []
    for _ in range(4):
        sandbox.parse(RSS, "a")
        seen.append(pid(sandbox))
    assert seen[0] == seen[1] != seen[2] == seen[3]
    assert not alive(seen[0])


def test_a_child_that_has_grown_is_begun_anew(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox.parse(RSS, "a")
    first = pid(sandbox)
    monkeypatch.setattr(module, "_LARGE", 1_000_000)
    sandbox.parse(RSS, "b")
    assert (pid(sandbox) == first) == (sandbox.resident is None)


def test_nothing_is_left_behind_when_it_closes() -> None:
    with Sandbox() as sandbox:
        sandbox.parse(RSS, "a")
        number = pid(sandbox)
    assert not alive(number)
    sandbox.close()


def test_a_parent_that_dies_takes_its_child_along(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import os, sys\nfrom bot.sources.sandbox import Sandbox\nbox = Sandbox()\n"
        "box.parse(sys.stdin.buffer.read(), 'a')\nprint(box._child._process.pid, flush=True)\nos._exit(1)\n"
    )
    root = Path(module.__file__).resolve().parents[2]
    paths = os.environ | {"PYTHONPATH": str(root)}
    done = subprocess.run([sys.executable, script], input=RSS, capture_output=True, check=False, env=paths)
    number = int(done.stdout)
    for _ in range(500):
        if not alive(number) or Path(f"/proc/{number}/stat").read_text().split()[2] == "Z":
            return
        time.sleep(0.02)
    raise AssertionError("the child lives on")


def test_the_child_knows_none_of_our_secrets(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULLQUOTE_SECRET", "swordfish")
    sandbox.parse(RSS, "a")
    surroundings = Path(f"/proc/{pid(sandbox)}/environ")
    if surroundings.exists():
        assert b"swordfish" not in surroundings.read_bytes()


def test_an_answer_is_made_of_nothing_but_values() -> None:
    """A child that was taken over could answer with anything; only our own values are put together from it."""

    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (os.system, ("true",))

    import io

    with pytest.raises(pickle.UnpicklingError, match="no part of an answer"):
        module._Unpickler(io.BytesIO(pickle.dumps(Bomb()))).load()
    feed = parse(RSS, "a")
    assert module._Unpickler(io.BytesIO(pickle.dumps(feed))).load() == feed


def test_only_jobs_that_it_knows_are_done(sandbox: Sandbox) -> None:
    with pytest.raises(KeyError):
        sandbox.run("shell", b"", "a", {})


def test_pages_are_read_in_it_too(sandbox: Sandbox) -> None:
    page = b"<html><h1>One</h1><h2>Summary</h2><p>A summary.</p><h2>Key Insights</h2><ul><li>One</li></ul></html>"
    reading = sandbox.read_page(page, "https://example.org/1", "text/html")
    assert isinstance(reading, Reading)
    assert reading.episodes[0].title == "One"


def test_values_are_what_they_were(sandbox: Sandbox) -> None:
    assert isinstance(sandbox.parse(RSS, "a"), Feed)
