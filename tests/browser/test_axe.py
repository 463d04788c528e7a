"""No page has a barrier that axe-core can find: the desk's and the readers', by day and by night, wide and narrow."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from bot.errors import Unknown
from bot.model.publication import Kind, Post
from bot.store import editors
from tests.browser.conftest import Site, serving, sign_in
from tests.browser.shots import CHROMIUM
from tests.desk.kit import PASSWORD
from tests.work.desk import Scripted, a_post, all_drafts, approve_now, delivery, draft, over, work
from tests.work.readers import PostOffice, join, with_readers

AXE = os.environ.get("PULLQUOTE_TEST_AXE", "")

pytestmark = [
    pytest.mark.axe,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(not AXE, reason="PULLQUOTE_TEST_AXE names no axe-core; script/axe installs it"),
]

# The frame of a mail runs no script, so axe cannot look into it; the mail has tests of its own.
_NOTHING_THERE = ("/join/over", "/nowhere", "/leave/nobody", "/drafts/99999")
_RUN = "async () => (await axe.run(document, { iframes: false, resultTypes: ['violations'] })).violations"


def barriers(page: Page, path: str) -> list[str]:
    """What axe finds on a page, with everything on it opened."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    page.evaluate(Path(AXE).read_text(encoding="utf-8"))
    return [
        f"{path}: {each['id']} ({each['impact']}): {node['html'][:160]} {node['failureSummary'][:240]}"
        for each in page.evaluate(_RUN)
        for node in each["nodes"]
    ]


@pytest.fixture
def furnished(site: Site) -> Site:
    """The desk with something of everything: doubt, a hold, a conflict, talk, a difference, readers."""
    scripted = Scripted(script=[Unknown("the line was cut")])
    site.house = over(with_readers(site.house, PostOffice(), 3), scripted, "x-like")
    doubtful = a_post(site.house, Post("In doubt.", "en", None, (), ()), key="doubt", channel="x-like")
    approve_now(site.house, doubtful)
    work(site.house)
    return site


def test_a_barrier_that_is_there_is_found(site: Site) -> None:
    page = site.page()
    page.goto("/sign-in")
    page.evaluate("document.querySelector('label').remove(); document.body.style.color = '#eee'")
    found = " ".join(barriers(page, "broken"))
    assert "label" in found
    assert "color-contrast" in found


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 320)])
def test_no_page_has_a_barrier(furnished: Site, scheme: str, width: int) -> None:
    site, token = furnished, "ada-of-axe"
    with site.house.store.write() as db:
        reader = join(db, "ada@example.org").token
        editors.invite(db, token=token, role=editors.Role.AUTHOR, made_by="olga", at=site.now, lasts=editors.IDLE)
    found: list[str] = []
    with serving(site):
        page = site.page(color_scheme=scheme, viewport={"width": width, "height": 800})

        def look(path: str) -> None:
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == (404 if path in _NOTHING_THERE else 200), path
            found.extend(barriers(page, path))

        for path in (
            "/sign-in",
            f"/join/{token}",
            "/join/over",
            "/nowhere",
            "/subscribe/weekly",
            f"/confirm/{reader}",
            f"/preferences/{reader}",
            f"/leave/{reader}",
            "/leave/nobody",
        ):
            look(path)
        sign_in(page)
        post, edition = draft(site.house, Kind.QUOTE_POST), draft(site.house, Kind.EDITION)
        other = draft(site.house, Kind.QUOTE_POST, 1)
        doubt = next(each for each in all_drafts(site.house) if each.key == "doubt")
        page.goto(f"/drafts/{post.id}")
        page.fill("#comment", "Between us.")
        page.get_by_role("button", name="Say it").click()
        page.fill("#text", "He said “no such thing, ever”.")
        page.click("form.edit button")
        found.extend(barriers(page, "a refused edit"))
        page.fill("#text", "Another text.")
        page.click("form.edit button")
        for path in (
            "/",
            "/drafts",
            "/drafts?state=held",
            f"/drafts/{post.id}",
            f"/drafts/{edition.id}",
            f"/drafts/{edition.id}?view=text",
            f"/deliveries/{delivery(site.house, doubt).id}",
            "/readers",
            "/editors",
            "/calendar",
            "/sources",
            "/channels",
            "/episodes",
            "/episodes/1",
            f"/drafts/{other.id}/quote",
            f"/drafts/{post.id}/slot",
            f"/drafts/{edition.id}/sources",
            "/drafts/99999",
        ):
            look(path)
        page.keyboard.press("?")
        found.extend(barriers(page, "the keys"))
        page.keyboard.press("Escape")
        page.goto("/editors")
        page.get_by_role("button", name="Make a link").click()
        found.extend(barriers(page, "an invitation"))
        page.goto(f"/drafts/{post.id}")
        page.fill("#text", "Kept words.")
        site.now += 2 * editors.IDLE
        page.click("form.edit button")
        found.extend(barriers(page, "signed out meanwhile"))
        page.fill("#login", "olga")
        page.fill("#password", PASSWORD)
        page.click("main button")
        found.extend(barriers(page, "what was kept"))
    assert found == [], "\n".join(dict.fromkeys(re.sub(r"\s+", " ", each) for each in found))
