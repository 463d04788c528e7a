"""Following feeds as somebody at a terminal does: the README's own commands, lists of subscriptions, what is held."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.config import load
from tests.cli.test_commands import ROOT, SEEDS, Call
from tests.cli.test_commands import call as call
from tests.http.server import Request, Said, Server
from tests.work.feeds import web

SHARED = ROOT / ".." / "shared" / "data" / "feeds"
EXAMPLE = "https://example.org/podcast/feed.xml"


@pytest.fixture
def site() -> Iterator[Server]:
    """A local copy of a podcast's feed and of two pages, on loopback."""
    pages: dict[str, bytes | Callable[[Request], Said]] = {
        "/feed.xml": (SEEDS / "feed.xml").read_bytes(),
        "/episode.html": (SEEDS / "kerb-height-57.html").read_bytes(),
        "/home": b'<html><head><title>Home</title><link rel="alternate" type="application/rss+xml" '
        b'title="The Show" href="/feed.xml"></head><body><p>Welcome.</p></body></html>',
    }
    with web(pages) as (server, _):
        yield server


@pytest.fixture
def desk(call: Call, site: Server, tmp_path: Path) -> Call:
    """A fresh configuration that may read the local copy."""
    assert call("init")[0] == 0
    path = tmp_path / "config" / "pullquote.toml"
    host = site.url.removeprefix("http://")
    path.write_text(path.read_text(encoding="utf-8").replace("allow = []", f'allow = ["{host}"]'), encoding="utf-8")
    return call


def commands_of_the_readme() -> list[list[str]]:
    """The lines of the README that follow a feed, up to the listing of sources."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = [line.partition("#")[0].split() for line in text.splitlines() if line.startswith("pullquote ")]
    first = next(number for number, line in enumerate(lines) if line[1] == "add")
    return [line[1:] for line in lines[first : first + 3]]


@pytest.mark.parametrize("feed", ["seeds/feed.xml", "podcast-feeds/pc20rss.xml", "podcast-feeds/no-agenda.xml"])
def test_the_readmes_example_of_following_a_feed_works(desk: Call, site: Server, feed: str, tmp_path: Path) -> None:
    copy = ROOT / feed if feed.startswith("seeds") else SHARED / feed
    if not copy.is_file():
        pytest.skip("the folder ../shared with real feeds is not here")
    site.service.pages["/feed.xml"] = copy.read_bytes()  # type: ignore[attr-defined]
    quickly = tmp_path / "config" / "pullquote.toml"
    add, once, listing = commands_of_the_readme()
    assert (add, once, listing) == (["add", EXAMPLE], ["once"], ["sources"])
    code, out, err = desk("add", f"{site.url}/feed.xml")
    assert (code, err) == (0, "")
    assert "is followed" in out
    # What the real feed points to lies on the open network: nobody waits for it here.
    quickly.write_text(f'{quickly.read_text(encoding="utf-8")}transcript_wait = "0m"\npage = false\n', encoding="utf-8")
    code, out, _ = desk(*once)
    assert code == 0, out
    assert "asked 1 feeds: 1 new episodes" in out
    assert "Prepared 1 episodes" in out
    code, out, _ = desk(*listing)
    assert code == 0
    assert " ok " in out
    assert "0 new episodes" in desk("once")[1]


def test_a_feed_is_added_once_and_the_configuration_stays_readable(desk: Call, site: Server, tmp_path: Path) -> None:
    path = tmp_path / "config" / "pullquote.toml"
    before = path.read_text(encoding="utf-8")
    assert desk("add", f"{site.url}/feed.xml")[0] == 0
    assert path.read_text(encoding="utf-8").startswith(before.rstrip())
    assert "already" in desk("add", f"{site.url}/feed.xml")[1]
    assert len([each for each in load(path).config.sources if each.kind == "feed"]) == 1


def test_without_a_configuration_of_ones_own_a_feed_cannot_be_written(call: Call) -> None:
    code, _, err = call("add", "https://192.0.2.1/feed.xml")
    assert code in (1, 4)
    assert err


def test_the_page_of_an_episode_is_read_at_once(desk: Call, site: Server) -> None:
    code, out, _ = desk("add", f"{site.url}/episode.html")
    assert code == 0
    assert "once" in out
    assert "known already" in desk("add", f"{site.url}/episode.html")[1]
    (listed,) = json.loads(desk("episodes", "--json")[1])
    assert listed["locator"] == f"{site.url}/episode.html"


def test_a_home_page_says_which_feeds_it_names(desk: Call, site: Server) -> None:
    code, _, err = desk("add", f"{site.url}/home")
    assert code == 4
    assert f"pullquote add {site.url}/feed.xml" in err


@pytest.mark.parametrize("path", ["/missing", ""])
def test_what_is_no_page_says_so(desk: Call, site: Server, path: str) -> None:
    code, _, err = desk("add", f"{site.url}{path}" if path else "ftp://example.org/feed")
    assert code == 1
    assert re.search(r"404|not read", err)


def test_lists_of_subscriptions_come_in_and_go_out(desk: Call, tmp_path: Path) -> None:
    (tmp_path / "list.opml").write_text(
        '<opml version="2.0"><body><outline text="Shows">'
        '<outline type="rss" text="One &amp; only" xmlUrl="https://one.example/feed"/>'
        '<outline type="rss" text="Two" xmlUrl="https://two.example/feed"/></outline></body></opml>',
        encoding="utf-8",
    )
    code, out, _ = desk("sources", "import", "list.opml")
    assert (code, "2 feeds added" in out) == (0, True)
    assert "2 were there already" in desk("sources", "import", "list.opml")[1]
    code, out, _ = desk("sources", "export")
    assert 'xmlUrl="https://one.example/feed"' in out
    (tmp_path / "again.opml").write_text(out, encoding="utf-8")
    assert "0 feeds added" in desk("sources", "import", "again.opml")[1]
    (tmp_path / "broken.opml").write_text("<rss/>", encoding="utf-8")
    code, _, err = desk("sources", "import", "broken.opml")
    assert code == 1
    assert "broken.opml" in err


def test_sources_without_any_feed_say_what_to_do(desk: Call) -> None:
    code, out, _ = desk("sources")
    assert code == 0
    assert "pullquote add" in out
    assert "Nothing is held" in desk("sources", "held")[1]
    assert desk("sources", "release")[0] == 2
    assert desk("sources", "poll", "https://stranger.example/")[0] == 4


def test_a_feed_can_be_asked_at_any_time(desk: Call, site: Server) -> None:
    desk("add", f"{site.url}/feed.xml")
    desk("once")
    code, out, _ = desk("sources", "poll")
    assert code == 0
    assert "Asked 1 feeds: 0 new" in out
    (one,) = json.loads(desk("sources", "--json")[1])
    assert one["condition"] == "ok"
