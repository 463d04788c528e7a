"""A watched folder as people and programs write into it: slowly, by temporary names, all at once, again and again."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import one_pass
from bot.collect import Collected, Patience, Place, collect
from bot.house import House
from bot.model.episode import Episode
from bot.store import documents, episodes
from tests.conftest import SQLITE
from tests.work.desk import BENCH, MINUTE, POT, SEEDS, TUESDAY, lay

PAGE = "Stop Stirring\nA blurb about pots.\nSummary\nOne summary about pots and lids.\n"
TALK = "WEBVTT\n\n00:00:01.000 --> 00:00:04.000\n<v Ann>You wait until the lid begins to hum.\n"
JSON = '{"segments": [{"start": 1, "speaker": "Ann", "text": "You wait until the lid begins to hum."}]}'
STILL = timedelta(seconds=2)


class Clock:
    """The clock that stamps files, and a wait that does something meanwhile."""

    def __init__(self) -> None:
        self.at = time.time()
        self.waited: list[float] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def present(self) -> float:
        return self.at

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.meanwhile()
        self.at += seconds

    @property
    def patience(self) -> Patience:
        return Patience(self.present, self.wait)


def inbox(house: House) -> Path:
    return house.loaded.home / "inbox"


def put(house: House, name: str, text: str, *, age: float = 60) -> Path:
    """A file that was written `age` seconds ago."""
    path = inbox(house) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return aged(path, age)


def aged(path: Path, seconds: float) -> Path:
    then = time.time() - seconds
    os.utime(path, (then, then))
    return path


def look(house: House, patience: Patience | None = None, *, poll: bool = False) -> Collected:
    return collect(house, [Place(inbox(house), 1, STILL, poll)], TUESDAY, patience=patience)


def stored(house: House) -> list[Episode]:
    with house.store.read() as db:
        found = [episodes.newest(db, each.id) for each in episodes.listed(db, limit=50)]
        return [episodes.load(db, ref) for ref in found if ref is not None]


def the(house: House) -> Episode:
    (episode,) = stored(house)
    return episode


def said(episode: Episode) -> list[tuple[float | None, str]]:
    assert episode.transcript is not None
    return [(segment.start, segment.text) for segment in episode.transcript.segments]


def test_an_old_file_is_read_at_once_and_a_young_one_is_waited_for(house: House) -> None:
    put(house, "old.txt", (SEEDS / POT).read_text(encoding="utf-8"))
    clock = Clock()
    assert look(house, clock.patience).new == 1
    assert clock.waited == []
    young = put(house, "young.md", (SEEDS / BENCH).read_text(encoding="utf-8"))
    os.utime(young, (clock.at - 0.5, clock.at - 0.5))
    assert look(house, clock.patience).new == 1
    (waited,) = clock.waited
    assert waited < 2
    assert look(house, clock.patience) == Collected()


def test_all_young_files_are_waited_for_together(house: House) -> None:
    clock = Clock()
    for number in range(20):
        put(house, f"{number}.txt", PAGE.replace("pots", f"pots and {number} lids"), age=0.1 * number)
    assert look(house, clock.patience).documents == 20
    assert len(clock.waited) == 1
    assert clock.waited[0] <= 2.1


def test_a_file_that_is_written_all_the_while_is_left_for_the_next_pass(house: House) -> None:
    clock = Clock()
    path = put(house, "page.txt", PAGE, age=0)

    def write() -> None:
        path.write_text(PAGE + "More.\n", encoding="utf-8")
        os.utime(path, (clock.at + 1, clock.at + 1))

    clock.meanwhile = write
    done = look(house, clock.patience)
    assert (done.new, done.unfinished) == (0, 1)
    assert stored(house) == []
    aged(path, 60)
    assert look(house, Clock().patience).new == 1


def test_a_slow_writer_is_read_once_when_it_has_ended(house: House) -> None:
    """For real: a page that comes in pieces over two seconds, and passes that do not wait."""
    pieces = [PAGE[at : at + 12] for at in range(0, len(PAGE), 12)]
    path = inbox(house) / "page.txt"

    def write() -> None:
        with path.open("w", encoding="utf-8") as opened:
            for piece in pieces:
                opened.write(piece)
                opened.flush()
                time.sleep(0.3)

    writer = threading.Thread(target=write)
    writer.start()
    patience = Patience(time.time)
    place = Place(inbox(house), 1, timedelta(seconds=1))
    total = Collected()
    deadline = time.monotonic() + 60
    while total.new == 0 and time.monotonic() < deadline:
        total = total.plus(collect(house, [place], TUESDAY, patience=patience))
        time.sleep(0.1)
    writer.join()
    assert (total.new, total.revised, total.set_aside) == (1, 0, ())
    assert the(house).summary == "One summary about pots and lids."


def test_a_file_from_the_future_is_read_once_it_was_seen_twice_alike(house: House) -> None:
    put(house, "page.txt", PAGE, age=-3600)
    clock = Clock()
    patience = Patience(clock.present)
    assert look(house, patience).unfinished == 1
    clock.at += 1
    assert look(house, patience).unfinished == 1
    clock.at += 1.5
    assert look(house, patience).new == 1


def test_on_another_machines_disk_the_files_own_time_says_nothing(house: House) -> None:
    put(house, "page.txt", PAGE, age=3600)
    clock = Clock()
    patience = Patience(clock.present)
    assert look(house, patience, poll=True).unfinished == 1
    clock.at += 2.5
    assert look(house, patience, poll=True).new == 1


def test_a_temporary_name_is_nothing_until_it_has_its_own(house: House) -> None:
    path = put(house, "page.txt.part", PAGE)
    assert look(house) == Collected()
    path.rename(inbox(house) / "page.txt")
    assert look(house).new == 1


def test_an_editors_save_is_a_revision_and_its_backup_nothing(house: House) -> None:
    path = put(house, "page.txt", PAGE)
    look(house)
    path.rename(inbox(house) / "page.txt~")
    put(house, "page.txt", PAGE + "Key Insights\n- Lids hum\n")
    done = look(house)
    assert (done.new, done.revised) == (0, 1)
    assert the(house).insights == ("Lids hum",)


def test_touching_copying_and_moving_change_nothing(house: House) -> None:
    path = put(house, "page.txt", PAGE)
    look(house)
    aged(path, 30)
    assert look(house) == Collected()
    put(house, "copy.txt", PAGE)
    path.rename(inbox(house) / "other.txt")
    done = look(house)
    assert (done.new, done.revised) == (0, 0)
    assert len(stored(house)) == 1


def test_a_deleted_file_deletes_nothing(house: House) -> None:
    path = put(house, "page.txt", PAGE)
    look(house)
    path.unlink()
    assert look(house) == Collected()
    assert the(house).title == "Stop Stirring"


def test_a_file_that_vanishes_while_it_is_read_is_no_matter(house: House) -> None:
    path = put(house, "page.txt", PAGE)

    def told(_name: str, _number: int, _of: int) -> None:
        path.unlink(missing_ok=True)

    done = collect(house, [Place(inbox(house), 1)], TUESDAY, told)
    assert done == Collected()
    with house.store.read() as db:
        assert documents.known(db) == {}


@pytest.mark.parametrize("database_url", [SQLITE], indirect=True)
def test_two_thousand_files_at_once_are_all_read(house: House) -> None:
    for number in range(2000):
        words = " ".join(f"word{number}{letter}" for letter in "abcdefghij")
        put(house, f"{number:04}.txt", f"Episode {number}\nSummary\nA summary of {words}.\n")
    done = look(house)
    assert (done.documents, done.new, done.set_aside) == (2000, 2000, ())
    assert look(house) == Collected()


def test_a_missing_folder_is_said_and_the_others_go_on(house: House) -> None:
    put(house, "page.txt", PAGE)
    nowhere = Place(house.loaded.home / "nowhere", 1)
    done = collect(house, [nowhere, Place(inbox(house), 1)], TUESDAY)
    assert done.new == 1
    assert done.faults == (
        f"{house.loaded.home}/nowhere: there is no such folder. Make it, or mend the 'path' of the source.",
    )


@pytest.mark.parametrize(("name", "text"), [("page.vtt", TALK), ("page.json", JSON), ("page.en.vtt", TALK)])
@pytest.mark.parametrize("page", ["page.txt", "page.md", "page.html"])
def test_a_transcript_beside_a_page_is_that_pages(house: House, page: str, name: str, text: str) -> None:
    html = "<h1>Stop Stirring</h1><p>A blurb about pots.</p><h2>Summary</h2><p>One summary about pots and lids.</p>"
    markdown = "# Stop Stirring\n\nA blurb about pots.\n\n## Summary\n\nOne summary about pots and lids.\n"
    put(house, page, {"page.html": html, "page.md": markdown}.get(page, PAGE))
    put(house, name, text)
    done = look(house)
    assert (done.documents, done.new) == (2, 1)
    episode = the(house)
    assert episode.title == "Stop Stirring"
    assert said(episode) == [(1.0, "You wait until the lid begins to hum.")]
    assert look(house) == Collected()


def test_a_transcript_that_comes_later_or_changes_revises_the_episode(house: House) -> None:
    put(house, "page.txt", PAGE)
    look(house)
    assert the(house).transcript is None
    put(house, "page.vtt", TALK)
    done = look(house)
    assert (done.new, done.revised) == (0, 1)
    put(house, "page.vtt", TALK.replace("hum", "sing"))
    done = look(house)
    assert (done.new, done.revised) == (0, 1)
    assert said(the(house)) == [(1.0, "You wait until the lid begins to sing.")]


def test_a_page_that_comes_later_takes_over_the_episode_of_its_transcript(house: House) -> None:
    put(house, "page.vtt", TALK + "\n00:00:05.000 --> 00:00:09.000\nAnd then you take it off, quickly, with a cloth.\n")
    assert look(house).new == 1
    assert the(house).title == "page"
    put(house, "page.txt", PAGE)
    done = look(house)
    assert (done.new, done.revised) == (0, 1)
    assert the(house).title == "Stop Stirring"
    put(house, "page.txt", PAGE.replace("about pots", "about old pots"))
    assert look(house).revised == 1
    assert len(stored(house)) == 1


def test_a_page_keeps_its_own_transcript_where_it_is_whole(house: House) -> None:
    own = PAGE + "Transcript\n[0:00] Words of the page itself.\n"
    put(house, "page.txt", own)
    put(house, "page.vtt", TALK)
    look(house)
    assert said(the(house)) == [(0.0, "Words of the page itself.")]
    put(house, "page.txt", own + "Full transcript available for Foundry members\n")
    look(house)
    assert said(the(house)) == [(1.0, "You wait until the lid begins to hum.")]
    assert not the(house).gated


def test_a_transcript_alone_is_an_episode_by_itself_in_whatever_formats(house: House) -> None:
    put(house, "quiet-bridge.vtt", TALK)
    put(house, "quiet-bridge.srt", TALK.replace("WEBVTT\n\n", "1\n").replace(".000", ",000"))
    done = look(house)
    assert (done.documents, done.new) == (2, 1)
    assert the(house).title == "quiet bridge"


def test_a_broken_transcript_is_set_aside_and_its_page_is_read(house: House) -> None:
    put(house, "page.txt", PAGE)
    put(house, "page.vtt", "WEBVTT\n\nno cue at all\n")
    done = look(house)
    assert done.new == 1
    assert [message.split(":")[0] for message in done.set_aside] == ["page.vtt"]
    assert look(house) == Collected()
    put(house, "page.vtt", TALK)
    assert look(house).revised == 1


def test_a_broken_page_is_set_aside_and_is_read_with_its_transcript_once_mended(house: House) -> None:
    put(house, "page.md", "---\ntitle: [\n---\n")
    put(house, "page.vtt", TALK)
    done = look(house)
    assert done.new == 0
    assert [message.split(":")[0] for message in done.set_aside] == ["page.md"]
    assert look(house) == Collected()
    put(house, "page.md", "# Stop Stirring\n\n## Summary\n\nOne summary.\n")
    assert look(house).new == 1
    assert said(the(house)) == [(1.0, "You wait until the lid begins to hum.")]


def test_a_pass_reads_what_the_configuration_says_and_waits_as_it_says(house: House) -> None:
    lay(house, POT)
    clock = Clock()
    done = one_pass(house, clock=lambda: TUESDAY, patience=clock.patience)
    assert done.collected.new == 1
    assert len(clock.waited) == 1
    assert one_pass(house, clock=lambda: TUESDAY + MINUTE, patience=clock.patience).idle
