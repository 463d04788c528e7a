"""No page has a barrier that axe-core can find: the desk's and the readers', by day and by night, wide and narrow."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from bot.errors import Unknown
from bot.model.editor import Role
from bot.model.publication import Kind, Post
from bot.store import editors, passkeys
from tests.browser.conftest import Site, a_thread, serving, sign_in, the_link
from tests.browser.shots import CHROMIUM
from tests.desk.kit import PASSWORD, hired
from tests.work.desk import Scripted, a_post, all_drafts, approve_now, delivery, draft, over, with_config, work
from tests.work.readers import PostOffice, join, with_readers

AXE = os.environ.get("PULLQUOTE_TEST_AXE", "")

pytestmark = [
    pytest.mark.axe,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(not AXE, reason="PULLQUOTE_TEST_AXE names no axe-core; script/axe installs it"),
]

# The frame of a mail runs no script, so axe cannot look into it; the mail has tests of its own.
_NOTHING_THERE = ("/join/over", "/nowhere", "/leave/nobody", "/drafts/99999", "/archive/weekly/9")
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


@pytest.fixture
def strict(site: Site) -> Site:
    """The desk where everything needs two people, and a provider may sign editors in."""
    more = '\n[web]\npublic = "https://desk.example"\n[web.oidc]\nissuer = "https://id.example"\nclient_id = "x"\n'

    def two_people(text: str) -> str:
        return text.replace('channel = "mail"', 'channel = "mail"\napprovers = 2').replace(
            "posts = [", "approvers = 2\nposts = ["
        )

    site.house = with_config(site.house, lambda text: two_people(text) + more)
    hired(site.house, "ada", Role.APPROVER)
    return site


@pytest.mark.parametrize(("scheme", "width"), [("dark", 1280), ("light", 320)])
def test_no_page_has_a_barrier_where_two_people_approve_and_guests_decide_by_link(
    strict: Site, scheme: str, width: int
) -> None:
    site = strict
    found: list[str] = []
    post, held, edition = (
        draft(site.house, Kind.QUOTE_POST),
        draft(site.house, Kind.QUOTE_POST, 1),
        draft(site.house, Kind.EDITION),
    )
    with serving(site):
        page = site.page(color_scheme=scheme, viewport={"width": width, "height": 800})
        page.on("dialog", lambda dialog: dialog.accept())

        def look(name: str) -> None:
            found.extend(barriers(page, name))

        page.goto("/sign-in")
        look("a sign-in with a provider")
        for each in (post, edition):
            page.goto(the_link(site, each))
            page.locator("summary", has_text="Say something").click()
            page.fill("#words", "Is the second line right?")
            page.get_by_role("button", name="Say it").click()
            look("a link by which something was said")
            page.get_by_role("button", name="Approve").click()
            look("a link by which one of two approved")
            page.goto(f"/review/a-guest-of-draft-{each.id}")
            look("a link that is over")
        page.goto(the_link(site, held))
        page.locator("summary", has_text="Hold").click()
        page.fill("#why", "The guest asked us to wait.")
        page.get_by_role("button", name="Hold it").click()
        look("a link by which it was held")
        sign_in(page)
        for path in ("/", f"/drafts/{post.id}", f"/drafts/{edition.id}"):
            page.goto(path)
            look(f"{path}, half approved")
        page.goto(f"/drafts/{post.id}")
        page.locator(f"form[action='/drafts/{post.id}/approve'] button").first.click()
        look("an approval that is refused: she made the link")
        page.goto("/tokens")
        page.fill("#token-name", "nightly")
        page.get_by_role("button", name="Make it").click()
        look("a token without a scope")
        page.fill("#token-name", "nightly")
        page.locator("input[name=scope]").first.check()
        page.get_by_role("button", name="Make it").click()
        look("a token that was made")
        with site.house.store.write() as db:
            olga = editors.by_login(db, "olga")
            assert olga is not None
            passkeys.add(db, olga, credential="c", public="p", count=0, name="her phone", at=site.now)
        page.goto("/account")
        look("an account with a passkey")
        page.fill("#password", "not her password")
        page.fill("#new", "another four quiet chairs")
        page.fill("#again", "another four quiet chairs")
        page.get_by_role("button", name="Change it").click()
        look("a new password that is refused")
        approve_now(site.house, edition)
        work(site.house)
        page.goto("/archive/weekly")
        look("the archive of what two people approved")
    assert found == [], "\n".join(dict.fromkeys(re.sub(r"\s+", " ", each) for each in found))


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
            the_link(site, draft(site.house, Kind.QUOTE_POST)),
            the_link(site, draft(site.house, Kind.EDITION)),
        ):
            look(path)
        sign_in(page)
        post, edition = draft(site.house, Kind.QUOTE_POST), draft(site.house, Kind.EDITION)
        other, thread = draft(site.house, Kind.QUOTE_POST, 1), a_thread(site)
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
            f"/drafts/{edition.id}?view=inbox",
            f"/drafts/{thread.id}",
            f"/deliveries/{delivery(site.house, doubt).id}",
            "/readers",
            "/editors",
            "/tokens",
            "/account",
            "/api",
            "/calendar",
            "/sources",
            "/channels",
            "/episodes",
            "/episodes/1?others=1",
            f"/drafts/{other.id}/quote",
            f"/drafts/{post.id}/slot",
            f"/drafts/{edition.id}/sources",
            "/drafts/99999",
        ):
            look(path)
        page.goto(f"/drafts/{edition.id}")
        page.fill("#opener", "Do **listen**.")
        page.locator(".written").wait_for()
        found.extend(barriers(page, "what is being typed"))
        page.keyboard.press("Escape")
        page.keyboard.press("w")
        page.locator("#source .printed").wait_for()
        found.extend(barriers(page, "the source of a sentence"))
        page.keyboard.press("Escape")
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
        approve_now(site.house, edition)
        work(site.house)
        page.goto(f"/drafts/{edition.id}")
        page.fill("#correction", "The pot is blue.")
        page.get_by_role("button", name="Let it stand in the archive").click()
        found.extend(barriers(page, "an edition that was put right"))
        for path in ("/archive", "/archive/weekly", "/archive/weekly/1", "/archive/weekly/9"):
            look(path)
        page.goto("/archive/weekly/1")
        look(str(page.locator("a[href^='/quote/']").first.get_attribute("href")))
    assert found == [], told(found)


@pytest.mark.parametrize("theme", ["paper", "wire"])
def test_no_theme_has_a_barrier_in_the_archive(site: Site, theme: str) -> None:
    approve_now(site.house, draft(site.house, Kind.EDITION))
    work(site.house)
    table = "[newsletters.weekly]\n"
    site.house = with_config(site.house, lambda text: text.replace(table, f'{table}theme = "{theme}"\n'))
    found: list[str] = []
    with serving(site):
        for scheme, width in (("light", 1280), ("dark", 320)):
            page = site.page(color_scheme=scheme, viewport={"width": width, "height": 800})
            page.goto("/archive/weekly/1")
            quote = str(page.locator("a[href^='/quote/']").first.get_attribute("href"))
            for path in ("/archive/weekly", "/archive/weekly/1", quote):
                page.goto(path)
                found.extend(barriers(page, f"{theme} {scheme} {path}"))
    assert found == [], told(found)


def told(found: list[str]) -> str:
    return "\n".join(dict.fromkeys(re.sub(r"\s+", " ", each) for each in found))
