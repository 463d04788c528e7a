"""Lists of readers as somebody at a terminal takes them in and gives them out."""

from __future__ import annotations

import csv
import os
import threading
from pathlib import Path

import pytest

from tests.cli.test_commands import Call
from tests.cli.test_commands import call as call

CONFIG = """
data = "data"

[newsletters.weekly]
title = "The Weekly"
sender = "The Weekly <weekly@example.org>"
address = "1 Quay"
channel = "mail"

[channels.mail]
platform = "smtp"
host = "127.0.0.1"
port = 25
tls = "none"
"""
# More lines than a page of the import has, with what is told of them far behind: an address of the first line but one
# that the list calls gone, and again under another state; and more broken rows than are shown.
ROWS = [
    *("email,name,state", "gone@example.org,,ended", "ada@example.org,Ada,active"),
    *(f"reader{each}@example.org,,active" for each in range(1_010)),
    *("gone@example.org,,active", "ADA@example.org,,active", *(f"nobody{each},," for each in range(20))),
]


@pytest.fixture
def desk(call: Call, tmp_path: Path) -> Call:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "pullquote.toml").write_text(CONFIG, encoding="utf-8")
    return call


def test_a_long_list_is_taken_in_and_every_row_left_out_is_told(desk: Call, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("\n".join(ROWS), encoding="utf-16")
    take_in = ("subscribers", "import", "list.csv", "--consent", "a form", "--report")
    for options, words, known in (("--dry-run",), "would be new", 0), ((), "new", 0), ((), "new", 1_011):
        code, out, err = desk(*take_in, "report.csv", *options)
        assert code == 5
        assert out == (
            f"{1_011 - known:,} {words} in 'weekly', {known:,} there before, 0 kept from being mailed, "
            "23 rows left out.\n"
        )
        assert [each for each in err.splitlines() if each.startswith("list.csv:2:")] == [
            "list.csv:2: The list says 'ended' of this address; it is left out."
        ]
        assert err.splitlines()[-1] == "… and 3 more rows like these; --report FILE writes them all."
        report = list(csv.reader((tmp_path / "report.csv").read_text(encoding="utf-8").splitlines()))
        assert report[0] == ["line", "row", "why"]
        assert [int(each[0]) for each in report[1:]] == [2, *range(1_014, 1_036)]
        assert report[2:4] == [
            ["1014", "gone@example.org", "stands in the list a second time"],
            ["1015", "ADA@example.org", "stands in the list a second time"],
        ]
    before = (tmp_path / "list.csv").read_bytes()
    (tmp_path / "same.csv").symlink_to("list.csv")
    code, _, err = desk(*take_in, "same.csv")
    assert (code, "written over the list" in err) == (4, True)
    assert (tmp_path / "list.csv").read_bytes() == before


def test_a_list_through_a_pipe_and_one_that_is_none(desk: Call, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    rows = "email\näda@example.org\nada@example.org\n".encode("cp1252")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(rows,))
    writer.start()
    code, out, err = desk("subscribers", "import", "pipe", "--consent", "a form")
    writer.join()
    assert (code, out[:6], "letters before the @" in err) == (5, "1 new ", True)
    (tmp_path / "none.csv").write_text("first,last\nAda,Lovelace\n", encoding="utf-8")
    code, _, err = desk("subscribers", "import", "none.csv", "--consent", "a form", "--report", "report.csv")
    assert (code, "its header: first, last" in err) == (4, True)
    assert not (tmp_path / "report.csv").exists()
    code, out, _ = desk("subscribers", "export")
    assert [row[:4] for row in csv.reader(out.splitlines())][1:] == [["ada@example.org", "", "weekly", "active"]]


def test_a_host_learns_where_readers_subscribe(desk: Call, tmp_path: Path) -> None:
    assert "/subscribe/" not in desk("subscribers")[1], "nobody reaches us yet"
    config = tmp_path / "config" / "pullquote.toml"
    elsewhere = '[newsletters.files]\ntitle = "Files"\nchannel = "box"\n[channels.box]\nplatform = "outbox"\n'
    config.write_text(f'{CONFIG}\n[web]\npublic = "https://news.example.net"\n{elsewhere}', encoding="utf-8")
    out = desk("subscribers")[1]
    assert "'weekly' at https://news.example.net/subscribe/weekly" in out
    assert "/subscribe/files" not in out


def test_whom_not_to_mail_is_read_from_a_pipe_too(desk: Call, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    listed = b'{"Suppressions": [{"EmailAddress": "ada@example.org", "SuppressionReason": "HardBounce"}]}'
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(listed))
    writer.start()
    assert desk("subscribers", "suppress", "--import", "pipe")[0] == 0
    writer.join()
    assert "Not mailed by any newsletter: bounced" in desk("subscribers", "show", "ada@example.org")[1]
