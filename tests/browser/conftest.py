"""The desk over the sample episodes, served on this machine, and a real browser that looks at it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import make_server

from bot import links
from bot.clock import one_pass
from bot.collect import Place
from bot.config import load
from bot.desk.app import application
from bot.house import House, channel_platforms
from bot.model.editor import Role
from bot.model.publication import Post
from bot.shipped import folder
from bot.store.database import Store, sqlite_url
from bot.store.drafts import Draft
from tests.browser.shots import CHROMIUM
from tests.desk.kit import PASSWORD, hired
from tests.work.desk import TUESDAY, a_post

# Five episodes are a week's work; with all of them the walks through every draft only take longer.
EPISODES = (
    "unhurried-pot-14.txt",
    "crooked-bench-9.md",
    "error-bars-22.json",
    "late-rollback-31.txt",
    "two-lanes-over-88.txt",
)
# A process for each frame is a second wall around pages that attack the browser itself. What pages may do does not
# depend on it, and a fourth of these tests' time went into it.
_QUICKLY = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-features=IsolateSandboxedIframes,IsolateOrigins,site-per-process",
    "--disable-site-isolation-trials",
    "--renderer-process-limit=2",
)
# A loaded machine is slow; a page that never comes is still a failure.
PATIENCE_MS = 30_000


@dataclass
class Site:
    """The desk, its owner `olga` at a desk of her own, and the time there, which can be moved."""

    house: House
    browser: Browser
    now: datetime = TUESDAY
    base: str = ""
    contexts: list[BrowserContext] = field(default_factory=list)

    def context(self, **how: object) -> BrowserContext:
        made = self.browser.new_context(base_url=self.base, **how)  # type: ignore[arg-type]
        made.set_default_timeout(PATIENCE_MS)
        self.contexts.append(made)
        return made

    def page(self, **how: object) -> Page:
        return self.context(**how).new_page()

    def signed_in(self, **how: object) -> Page:
        page = self.page(**how)
        sign_in(page)
        return page


def sign_in(page: Page) -> None:
    """As somebody does who opens the desk in the morning."""
    page.goto("/")
    page.fill("#login", "olga")
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.wait_for_url("**/")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_QUICKLY)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def sample_store(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which the sample episodes have been read and drafted, and a configuration beside it."""
    home = tmp_path_factory.mktemp("sample")
    shutil.copy(sqlite_template, home / "test.db")
    config = (folder("config") / "demo.toml").read_text(encoding="utf-8")
    (home / "pullquote.toml").write_text(config, encoding="utf-8")
    (home / "pages").mkdir()
    for each in EPISODES:
        shutil.copy(folder("seeds") / each, home / "pages" / each)
    with _house(home) as house:
        one_pass(house, (Place(home / "pages", newest=1),), clock=lambda: TUESDAY)
        hired(house, "olga", Role.OWNER, zone="Europe/Berlin")
    return home


@pytest.fixture
def house(sample_store: Path, tmp_path: Path) -> Iterator[House]:
    for each in ("test.db", "pullquote.toml"):
        shutil.copy(sample_store / each, tmp_path / each)
    with _house(tmp_path) as house:
        yield house


@pytest.fixture
def site(house: House, browser: Browser) -> Iterator[Site]:
    site = Site(house, browser)
    with serving(site):
        yield site


def the_link(site: Site, of: Draft) -> str:
    """The page of a link for somebody without an account."""
    token = f"a-guest-of-draft-{of.id}"
    links.make(site.house, of.id, token=token, name="Bob", actor="olga", now=site.now)
    return f"/review/{token}"


def a_thread(site: Site) -> Draft:
    """A post of three texts."""
    parts = (Post("The second.", None, "en", (), ()), Post("The third.", None, "en", (), ()))
    post = Post("The first.", None, "en", (), (), parts=parts)
    return a_post(site.house, post, key="thread", channel="mastodon-like")


class serving:  # noqa: N801 - it is used as a block
    """The site's web application on a port of this machine, for the length of a block."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def __enter__(self) -> Site:
        site = self._site
        self._server = make_server("127.0.0.1", 0, application(site.house, now=lambda: site.now), threaded=True)
        site.base = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return site

    def __exit__(self, *_: object) -> None:
        for context in self._site.contexts:
            context.close()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _house:  # noqa: N801 - it is used as a block
    def __init__(self, home: Path) -> None:
        loaded = load(home / "pullquote.toml")
        loaded.data.mkdir(exist_ok=True)
        self._store = Store(sqlite_url(home / "test.db"))
        self._house = House(loaded, self._store, channel_platforms(loaded))

    def __enter__(self) -> House:
        return self._house

    def __exit__(self, *_: object) -> None:
        self._store.close()
