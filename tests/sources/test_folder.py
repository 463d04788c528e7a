"""What is in a folder, which files are one document, and when a file is complete: on real files."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UnreadableDocument
from bot.sources import folder
from bot.sources.folder import File, Group, Sighting


def make(at: Path, *names: str, text: str = "words") -> list[Path]:
    paths = [at / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return paths


def seen(at: Path) -> list[str]:
    return [str(file.path.relative_to(at)) for file in folder.look(at).files]


def one(path: Path) -> File:
    (file,) = folder.look(path).files
    return file


def test_documents_are_listed_by_name_folder_by_folder(tmp_path: Path) -> None:
    make(tmp_path, "b.md", "a.TXT", "more/c.html", "more/deep/d.json", "e.vtt", "f.srt", "g.xml", "h.rss")
    assert seen(tmp_path) == ["a.TXT", "b.md", "e.vtt", "f.srt", "g.xml", "h.rss", "more/c.html", "more/deep/d.json"]


def test_hidden_unfinished_and_foreign_names_are_passed_over(tmp_path: Path) -> None:
    make(tmp_path, "kept.txt", "notes about us/kept.md", "#1 pilot/kept.md")
    make(
        tmp_path, ".DS_Store", "._kept.txt", ".hidden.txt", "Thumbs.db", "desktop.ini", "a.txt.part", "b.md.tmp",
        "c.txt~", "d.txt.crdownload", ".~lock.e.txt#", "~$f.txt", "#g.txt#", "~syncthing~h.txt.tmp", ".i.txt.Xa81bc",
        "talk.mp3", "README.md", "license.txt", "Changelog.md", "j.txt.filepart", "k.docx", "l",
        ".stfolder/m.txt", "@eaDir/n.txt", "__MACOSX/o.txt", ".git/p.txt", "#recycle/q.txt", "lost+found/r.txt",
        "$RECYCLE.BIN/s.txt", "System Volume Information/t.txt",
    )  # fmt: skip
    assert seen(tmp_path) == ["kept.txt", "#1 pilot/kept.md", "notes about us/kept.md"]


def test_a_folder_that_is_not_there_is_said_and_an_empty_one_is_not(tmp_path: Path) -> None:
    listing = folder.look(tmp_path / "none")
    assert listing.files == ()
    assert listing.faults == (f"{tmp_path}/none: there is no such folder. Make it, or mend the 'path' of the source.",)
    assert folder.look(tmp_path) == folder.Listing(())


def test_a_file_that_is_named_stands_for_itself(tmp_path: Path) -> None:
    (path,) = make(tmp_path, "anything.at.all")
    assert one(path).path == path


def test_links_are_followed_and_a_loop_ends(tmp_path: Path) -> None:
    make(tmp_path, "home/a.txt", "elsewhere/b.txt")
    home = tmp_path / "home"
    (home / "linked").symlink_to(tmp_path / "elsewhere")
    (home / "again").symlink_to(tmp_path / "elsewhere")
    (home / "loop").symlink_to(home)
    (home / "c.txt").symlink_to(home / "a.txt")
    (home / "dangling.txt").symlink_to(home / "nothing.txt")
    (home / "self.txt").symlink_to(home / "self.txt")
    listing = folder.look(home)
    assert [Path(file.locator).name for file in listing.files] == ["a.txt", "b.txt"]
    assert listing.files[1].locator == str(tmp_path / "elsewhere" / "b.txt")


def test_what_is_no_file_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "folder.txt").mkdir()
    assert seen(tmp_path) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_said_and_the_others_go_on(tmp_path: Path) -> None:
    make(tmp_path, "a.txt", "shut/b.txt")
    (tmp_path / "shut").chmod(0)
    try:
        listing = folder.look(tmp_path)
    finally:
        (tmp_path / "shut").chmod(0o700)
    assert [file.path.name for file in listing.files] == ["a.txt"]
    assert listing.faults == (f"{tmp_path}/shut: cannot be looked into (Permission denied). Mend its permissions.",)


def test_a_folder_that_cannot_be_looked_into_is_said_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for root, whom no permission stops: a network mount that went away answers so."""
    make(tmp_path, "a.txt", "mount/b.txt")
    real = os.scandir

    def scandir(path: Path) -> object:
        if path == tmp_path / "mount":
            raise OSError(116, "Stale file handle")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    listing = folder.look(tmp_path)
    assert [file.path.name for file in listing.files] == ["a.txt"]
    assert listing.faults == (f"{tmp_path}/mount: cannot be looked into (Stale file handle). Mend its permissions.",)


def test_a_file_that_vanished_or_was_written_meanwhile_has_no_content(tmp_path: Path) -> None:
    first, second = make(tmp_path, "a.txt", "b.txt")
    gone, written = folder.look(tmp_path).files
    first.unlink()
    second.write_text("other words", encoding="utf-8")
    assert folder.content(gone, 100) is None
    assert folder.content(written, 100) is None
    assert folder.content(one(second), 100) == b"other words"
    assert [file.path.name for file in folder.again([gone, written])] == ["b.txt"]


def test_a_file_that_is_too_large_says_how_large(tmp_path: Path) -> None:
    (path,) = make(tmp_path, "a.txt", text="x" * 2_000_000)
    with pytest.raises(UnreadableDocument, match=r"has 2\.0 MB; a document has at most 1\.0 MB"):
        folder.content(one(path), 1_000_000)


def test_two_thousand_files_at_once_are_all_seen(tmp_path: Path) -> None:
    make(tmp_path, *(f"episode-{number:04}.txt" for number in range(2000)))
    assert len(folder.look(tmp_path).files) == 2000


def file(modified: float, signature: str = "1") -> File:
    return File(Path("a.txt"), "a.txt", signature, modified)


@pytest.mark.parametrize(
    ("modified", "before", "trusted", "still"),
    [
        (97.0, None, True, True),
        (99.0, None, True, False),
        (99.0, Sighting("1", 97.0), True, True),
        (99.0, Sighting("1", 99.0), True, False),
        (99.0, Sighting("0", 90.0), True, False),
        (97.0, None, False, False),
        (97.0, Sighting("1", 98.0), False, True),
        (5000.0, None, True, False),
        (5000.0, Sighting("1", 98.0), True, True),
    ],
    ids=[
        "old",
        "young",
        "seen",
        "just seen",
        "seen otherwise",
        "foreign clock",
        "foreign, seen",
        "future",
        "future, seen",
    ],
)
def test_a_file_is_complete_once_nobody_has_written_to_it_for_a_while(
    modified: float, before: Sighting | None, trusted: bool, still: bool
) -> None:
    assert folder.is_still(file(modified), before, present=100.0, still=2.0, trusted=trusted) is still
    assert folder.is_still(file(modified), before, present=100.0, still=0.0, trusted=trusted)


@given(
    st.floats(0, 200),
    st.none() | st.builds(Sighting, st.sampled_from("12"), st.floats(0, 100)),
    st.booleans(),
    st.floats(0.1, 60),
)
def test_who_waits_for_what_remains_finds_the_file_still(
    modified: float, before: Sighting | None, trusted: bool, still: float
) -> None:
    left = folder.remaining(file(modified), before, present=100.0, still=still, trusted=trusted)
    assert 0 <= left <= still
    seen_now = before if before is not None and before.signature == "1" else Sighting("1", 100.0)
    later = 100.0 + left + 1e-6
    assert folder.is_still(file(modified), seen_now, present=later, still=still, trusted=trusted)


def grouped(*names: str, transcripts: tuple[str, ...] = ()) -> list[tuple[str | None, list[str]]]:
    files = [File(Path(name), name, "1", 0.0) for name in names]
    asked: list[Group] = []
    for together in folder.by_name(files):
        asked += folder.groups(together, lambda each: each.path.name in transcripts)
    return [(group.page and group.page.path.name, [each.path.name for each in group.transcripts]) for group in asked]


def test_a_transcript_beside_a_page_of_its_name_belongs_to_it() -> None:
    assert grouped("a.md", "a.srt", "a.vtt", "b.txt", "c.vtt") == [
        ("a.md", ["a.vtt", "a.srt"]),
        ("b.txt", []),
        (None, ["c.vtt"]),
    ]


def test_a_transcript_may_say_its_language_or_what_it_is() -> None:
    assert grouped("a.html", "a.en.vtt", "a.transcript.json", "a.v2.vtt", transcripts=("a.transcript.json",)) == [
        ("a.html", ["a.transcript.json", "a.en.vtt"]),
        (None, ["a.v2.vtt"]),
    ]
    assert grouped("b.en.vtt", "b.en.md") == [("b.en.md", ["b.en.vtt"])]


def test_json_is_a_page_or_a_transcript_by_what_it_holds() -> None:
    assert grouped("a.json", "a.vtt") == [("a.json", ["a.vtt"])]
    assert grouped("a.json", "a.vtt", transcripts=("a.json",)) == [(None, ["a.json", "a.vtt"])]
    assert grouped("a.json", "a.md", transcripts=("a.json",)) == [("a.md", ["a.json"])]
    assert grouped("a.json", "a.md") == [("a.json", []), ("a.md", [])]


def test_json_alone_is_never_opened_to_be_grouped() -> None:
    (together,) = folder.by_name([File(Path("a.json"), "a.json", "1", 0.0)])
    assert folder.groups(together, lambda _: pytest.fail("asked")) == (Group(together[0]),)


def test_pages_of_one_name_share_the_transcript_and_a_feed_takes_none() -> None:
    assert grouped("a.html", "a.md", "a.vtt") == [("a.html", ["a.vtt"]), ("a.md", ["a.vtt"])]
    assert grouped("a.xml", "a.vtt") == [("a.xml", []), (None, ["a.vtt"])]


def test_the_same_name_in_another_folder_is_another() -> None:
    assert grouped("x/a.md", "y/a.vtt") == [("a.md", []), (None, ["a.vtt"])]


NAMES = st.builds(
    lambda stem, ending: f"{stem}{ending}",
    st.sampled_from(["a", "A", "b", "a.en", "b.transcript"]),
    st.sampled_from(sorted(folder.SUFFIXES)),
)


@given(st.lists(NAMES, max_size=12, unique=True), st.frozensets(NAMES))
def test_no_file_is_lost_in_grouping(names: list[str], transcripts: frozenset[str]) -> None:
    found = grouped(*names, transcripts=tuple(transcripts))
    assert {name for page, beside in found for name in (page, *beside) if name} == set(names)
    pages = [page for page, _ in found if page]
    assert len(pages) == len(set(pages))


def test_touching_a_file_changes_its_signature_and_so_does_a_permission(tmp_path: Path) -> None:
    (path,) = make(tmp_path, "a.txt")
    before = one(path)
    os.utime(path, (time.time() + 5, time.time() + 5))
    touched = one(path)
    path.chmod(0o600 if path.stat().st_mode & 0o044 else 0o644)
    assert len({before.signature, touched.signature, one(path).signature}) == 3
    assert before.locator == touched.locator
