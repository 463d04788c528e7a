"""The archive as plain files: the same pages, links that lead somewhere, and nothing written that did not change."""

from __future__ import annotations

import posixpath
from pathlib import Path
from urllib.parse import urljoin

import feedparser
import pytest

from bot.archive import Site
from bot.archive.export import MANIFEST, Exported, export
from bot.errors import Refused
from bot.house import House
from tests.archive.kit import links, many, public, sent
from tests.conftest import SQLITE
from tests.work.desk import with_config

# The questions are asked of both databases elsewhere.
pytestmark = pytest.mark.parametrize("database_url", [SQLITE], indirect=True)

BASE = "https://plain.example/news"


def write(house: House, folder: Path) -> Exported:
    return export(house, folder, Site(BASE, files=True))


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_link_of_the_files_leads_to_a_file(house: House, tmp_path: Path) -> None:
    house = public(house)
    sent(house)
    many(house, [2, 3, 45, 90])
    folder = tmp_path / "public"
    done = write(house, folder)
    found = state(folder)
    assert done.written == done.files == len(found) - 1
    assert done.removed == 0
    pages = [name for name in found if name.endswith(".html")]
    assert {"index.html", "archive/index.html", "archive/weekly/1/index.html", "archive/weekly/upto/40/index.html"} <= {
        *pages
    }
    assert len([name for name in pages if name.startswith("quote/")]) == 3
    inside = 0
    for name in pages:
        here = f"{BASE}/{posixpath.dirname(name)}/".replace("//", "/").replace("https:/", "https://")
        for link in links(found[name][1].decode()):
            target = urljoin(here, link).partition("#")[0]
            if target.startswith(BASE):
                inside += 1
                path = target.removeprefix(f"{BASE}/").removeprefix(BASE)
                assert (folder / path / "index.html" if not Path(path).suffix else folder / path).is_file(), (
                    name,
                    link,
                )
            else:
                assert target.startswith(("https://", "http://")), (name, link)
    assert inside > 50
    sitemap = found["sitemap.xml"][1].decode()
    assert f"<loc>{BASE}/archive/weekly/1/</loc>" in sitemap
    assert sitemap.count("<loc>") == len(pages) - 1, "the first page is the archive's own by another name"
    read = feedparser.parse(found["archive/weekly/feed.xml"][1])
    assert read.entries[0].link == f"{BASE}/archive/weekly/90/"


def test_a_second_run_writes_nothing_and_a_new_edition_little(house: House, tmp_path: Path) -> None:
    many(house, [1, 2])
    house = public(house)
    folder = tmp_path / "public"
    write(house, folder)
    (folder / "CNAME").write_text("plain.example")
    before = state(folder)
    assert write(house, folder).written == 0
    assert state(folder) == before
    many(house, [3])
    done = write(house, folder)
    changed = {name for name, what in state(folder).items() if before.get(name) != what}
    assert changed == {
        MANIFEST,
        "index.html",
        "archive/index.html",
        "archive/weekly/index.html",
        "archive/weekly/feed.xml",
        "archive/weekly/feed.json",
        "archive/weekly/2/index.html",
        "archive/weekly/3/card.png",
        "archive/weekly/3/index.html",
        "sitemap.xml",
    }
    assert done.written == len(changed) - 1
    other = tmp_path / "other"
    write(house, other)
    assert {name: what[1] for name, what in state(other).items()} == {
        name: what[1] for name, what in state(folder).items() if name != "CNAME"
    }


def test_what_is_shown_no_more_is_taken_away_and_nothing_else(house: House, tmp_path: Path) -> None:
    many(house, [1])
    house = public(house)
    folder = tmp_path / "public"
    write(house, folder)
    (folder / "mine.html").write_text("mine")
    (tmp_path / "outside.html").write_text("not ours")
    manifest = folder / MANIFEST
    manifest.write_text(manifest.read_text().replace("[", '["../outside.html", "/etc/hostname",', 1))
    closed = with_config(house, lambda text: text.replace("[channels.mail]", "archive = false\n\n[channels.mail]"))
    assert write(closed, folder).removed == 5
    assert not (folder / "archive" / "weekly").exists()
    assert (folder / "mine.html").exists()
    assert (tmp_path / "outside.html").exists()


def test_a_folder_of_somebody_else_is_left_alone(house: House, tmp_path: Path) -> None:
    many(house, [1])
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text("my own page")
    with pytest.raises(Refused, match=r"index\.html is there and no export wrote it"):
        write(public(house), folder)
    assert (folder / "index.html").read_text() == "my own page"
