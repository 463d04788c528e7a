"""Watching wakes early, and when it cannot, it waits: it is never an error."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import watchfiles

from bot.sources.watch import Watch

# Long enough that an answer that comes before it cannot be a time-out, on a loaded machine as well.
LONG = 30.0
SHORT = 0.3


@contextmanager
def doing(what: object) -> Iterator[None]:
    """Do something in another thread, a moment after the block has begun to wait."""
    stop = threading.Event()

    def later() -> None:
        while not stop.wait(0.3):
            what()  # type: ignore[operator]

    thread = threading.Thread(target=later)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def watch(*folders: Path, most: float = LONG, poll: bool = False) -> Watch:
    return Watch(folders, stop=threading.Event(), most=most, poll=poll)


def test_a_file_that_comes_wakes(tmp_path: Path) -> None:
    watching = watch(tmp_path)
    with doing(lambda: (tmp_path / "a.txt").write_text(str(time.time()))):
        assert watching.wait()
    assert watching.why == ""


def test_a_file_moved_in_by_its_last_name_wakes(tmp_path: Path) -> None:
    inbox, outside = tmp_path / "inbox", tmp_path / "outside"
    inbox.mkdir()
    outside.mkdir()

    def save() -> None:
        unfinished = outside / ".a.txt.tmp"
        unfinished.write_text("words")
        unfinished.rename(inbox / "a.txt")

    with doing(save):
        assert watch(inbox).wait()


def test_a_folder_moved_in_wakes(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    numbers = iter(range(1000))

    def move() -> None:
        made = tmp_path / f"made-{next(numbers)}"
        made.mkdir()
        (made / "a.txt").write_text("words")
        made.rename(inbox / made.name)

    with doing(move):
        assert watch(inbox).wait()


def test_unfinished_hidden_and_deleted_files_do_not_wake(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_text("words")
    watching = watch(tmp_path, most=2.0)
    assert not Watch((tmp_path,), stop=threading.Event(), most=SHORT).wait()

    def noise() -> None:
        (tmp_path / "old.txt").unlink(missing_ok=True)
        for name in ("a.txt.part", ".hidden.txt", "talk.mp3", "~$b.txt"):
            (tmp_path / name).write_text(str(time.time()))

    stop = threading.Event()
    timer = threading.Timer(0.3, noise)
    timer.start()
    try:
        assert not watching.wait()
    finally:
        stop.set()
        timer.join()


def test_nothing_happens_for_as_long_as_was_said(tmp_path: Path) -> None:
    assert not watch(tmp_path, most=SHORT).wait()


def test_a_folder_looked_through_instead_of_watched_wakes_as_well(tmp_path: Path) -> None:
    with doing(lambda: (tmp_path / "a.txt").write_text(str(time.time()))):
        assert watch(tmp_path, poll=True).wait()


def test_a_folder_that_is_missing_is_waited_for_and_then_watched(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    watching = watch(inbox, most=SHORT)
    assert not watching.wait()
    assert watching.why == f"not there, so not watched: {inbox}"
    inbox.mkdir()
    patient = watch(inbox)
    with doing(lambda: (inbox / "a.txt").write_text(str(time.time()))):
        assert patient.wait()
    assert not watching.wait() or watching.why == ""
    assert watching.why == ""


def test_a_folder_that_was_made_anew_is_watched_anew(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    watching = watch(inbox, most=1.0)
    watching.wait()
    inbox.rename(tmp_path / "old")
    inbox.mkdir()
    with doing(lambda: (inbox / "a.txt").write_text(str(time.time()))):
        assert any(watching.wait() for _ in range(20))


@pytest.mark.parametrize("error", [OSError("OS file watch limit reached."), RuntimeError("queue overflow")])
def test_where_the_system_has_no_room_to_watch_it_waits_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(*_: object, **__: object) -> Iterator[set[object]]:
        raise error
        yield set()

    monkeypatch.setattr(watchfiles, "watch", refuse)
    watching = watch(tmp_path, most=SHORT)
    for _ in range(2):
        assert not watching.wait()
        assert watching.why == f"cannot be watched ({error}): new files are found at the next tick instead"
    monkeypatch.undo()
    assert not watching.wait()
    assert watching.why == ""


def test_it_stops_when_it_is_told_to(tmp_path: Path) -> None:
    stop = threading.Event()
    for folders in ((tmp_path,), (tmp_path / "none",)):
        stop.clear()
        timer = threading.Timer(0.3, stop.set)
        timer.start()
        assert not Watch(folders, stop=stop, most=3600).wait()
        timer.join()
