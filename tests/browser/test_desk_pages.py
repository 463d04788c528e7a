"""The desk in a real browser: by keyboard alone, on a phone, without JavaScript, in the dark, and under attack."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, expect

from bot.model.publication import Kind, Post
from bot.model.states import DraftState
from bot.store import drafts
from bot.store.editors import IDLE
from tests.browser.conftest import Site
from tests.browser.shots import CHROMIUM
from tests.desk.kit import PASSWORD
from tests.work.desk import (
    MINUTE,
    a_post,
    all_drafts,
    approve_now,
    content,
    delivery,
    draft,
    hash_of,
    work,
)
from tests.work.readers import MAIL, an_edition

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


def state(site: Site, number: int) -> DraftState:
    with site.house.store.read() as db:
        return drafts.get(db, number).state


def number_of(page: Page) -> int:
    found = re.search(r"/drafts/(\d+)", page.url)
    assert found is not None, page.url
    return int(found.group(1))


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def leaving(page: Page, *keys: str) -> None:
    """Press keys, the last of which leads to another page."""
    press(page, *keys[:-1])
    with page.expect_navigation():
        press(page, keys[-1])


def test_the_whole_review_by_keyboard_alone(site: Site) -> None:
    """From the sign-in to the last draft, no pointer is touched."""
    page = site.page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/")
    page.keyboard.type("olga")
    press(page, "Tab")
    page.keyboard.type(PASSWORD)
    leaving(page, "Enter")
    leaving(page, "g", "d")
    assert page.url.endswith("/drafts")
    press(page, "j", "j", "k")
    expect(page.locator("li.at a")).to_be_focused()
    leaving(page, "Enter")
    looked_at, edited = set(), {"edition": False, "post": False}
    for _ in range(3 * len(all_drafts(site.house))):
        number = number_of(page)
        looked_at.add(number)
        kind = "edition" if page.locator("iframe").count() else "post"
        if kind == "edition" and not edited["edition"]:
            for key, view in zip("12345", ("wide", "phone", "dark", "forced", "text"), strict=True):
                leaving(page, key)
                expect(page.locator(f"iframe.v-{view}")).to_be_visible()
        if not edited[kind]:
            press(page, "e")
            if kind == "edition":
                press(page, "End")
                page.keyboard.type(", and more")
                leaving(page, "Enter")
            else:
                press(page, "Control+End")
                page.keyboard.type(" Do listen.")
                leaving(page, "Tab", "Enter")
            edited[kind] = True
            expect(page.locator("ins").first).to_be_visible()
        if page.locator("form[data-key=a]").count():
            leaving(page, "a")
            if page.get_by_role("alert").count():
                leaving(page, "h", *"not now", "Enter")
        if not page.locator("[data-key=n]").count():
            break
        leaving(page, "n")
    assert all(edited.values())
    assert looked_at == {each.id for each in all_drafts(site.house)}
    assert {each.state for each in all_drafts(site.house)} <= {DraftState.SCHEDULED, DraftState.HELD}
    assert content(site.house, draft(site.house, Kind.EDITION)).text
    leaving(page, "g", "t")
    expect(page.locator("#next + .rows li").first).to_be_visible()
    press(page, "?")
    expect(page.locator("dialog#keys")).to_be_visible()
    press(page, "Escape")
    expect(page.locator("dialog#keys")).to_be_hidden()


def test_the_server_counts_while_one_types(site: Site) -> None:
    page = site.signed_in()
    post = draft(site.house, Kind.QUOTE_POST)
    page.goto(f"/drafts/{post.id}")
    page.fill("#text", "")
    page.locator("#text").press_sequentially("Family: 👨‍👩‍👧‍👦.")
    expect(page.locator("#shown")).to_contain_text(re.compile(r"\b10 of \d+"))
    page.fill("#text", "word " * 300)
    expect(page.locator("#shown .fault")).to_be_visible()
    assert content(site.house, post).text != "word " * 300


def test_what_was_typed_and_not_saved_is_there_after_the_page_was_left(site: Site) -> None:
    page = site.signed_in()
    post = draft(site.house, Kind.QUOTE_POST)
    page.goto(f"/drafts/{post.id}")
    page.fill("#text", "Half a thought")
    page.goto("/")
    page.goto(f"/drafts/{post.id}")
    expect(page.locator("#text")).to_have_value("Half a thought")


def test_a_session_that_ends_in_the_middle_of_a_long_edit_loses_nothing(site: Site) -> None:
    page = site.signed_in()
    post = draft(site.house, Kind.QUOTE_POST)
    page.goto(f"/drafts/{post.id}")
    page.fill("#text", "A long thought.\n\nIts end.")
    site.now += IDLE + MINUTE
    page.click("form.edit button")
    expect(page.locator("main")).to_contain_text("What you wrote is kept")
    page.fill("#login", "olga")
    page.fill("#password", "not the right one")
    page.click("main button")
    expect(page.get_by_role("alert")).to_be_visible()
    page.fill("#login", "olga")
    page.fill("#password", PASSWORD)
    page.click("main button")
    expect(page.locator("textarea")).to_have_value("A long thought.\n\nIts end.")
    page.click("main button")
    page.wait_for_url(f"**/drafts/{post.id}")
    assert content(site.house, post).text == "A long thought.\n\nIts end."


def test_a_double_click_approves_once_and_a_no_approves_nothing(site: Site) -> None:
    page = site.signed_in()
    post = draft(site.house, Kind.QUOTE_POST)
    page.goto(f"/drafts/{post.id}")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.click("button.first")
    assert state(site, post.id) is post.state
    page.on("dialog", lambda dialog: dialog.accept())
    page.dblclick("button.first")
    expect(page.locator("main")).to_contain_text("approved by olga")
    with site.house.store.read() as db:
        assert len([each for each in drafts.listed(db, [DraftState.SCHEDULED]) if each.id == post.id]) == 1


def test_every_step_by_forms_without_javascript(site: Site) -> None:
    page = site.signed_in(java_script_enabled=False)
    post = draft(site.house, Kind.QUOTE_POST)

    def step(button: str, *, opened: str = "", **fields: str) -> None:
        page.goto(f"/drafts/{post.id}")
        if opened:
            page.locator("summary", has_text=re.compile(f"^{opened}$")).click()
        for name, text in fields.items():
            page.fill(f"#{name.replace('_', '-')}", text)
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("alert")).to_have_count(0)

    step("Save", text="Words without a script.")
    assert content(site.house, post).text == "Words without a script."
    step("Say it", comment="Between us.")
    expect(page.locator(".comment")).to_contain_text("Between us.")
    step("Hold it", opened="Hold", why_hold="a doubt")
    assert state(site, post.id) is DraftState.HELD
    step("Take it up again")
    step("Send it back", opened="Request changes", why_changes="shorter")
    assert state(site, post.id) is DraftState.CHANGES_REQUESTED
    step("Approve " + hash_of(site.house, post)[:8])
    assert state(site, post.id) is DraftState.SCHEDULED
    step("Move it", opened="Another time", due="2026-12-03T10:30")
    assert delivery(site.house, post).due_at.isoformat() == "2026-12-03T09:30:00+00:00"
    page.goto("/")
    page.get_by_role("button", name="Hold", exact=False).first.click()
    assert state(site, post.id) is DraftState.HELD
    step("Reject it", opened="Reject", why_reject="dull")
    assert state(site, post.id) is DraftState.REJECTED
    page.goto("/")
    page.locator("summary", has_text="Freeze everything").click()
    page.fill("#reason", "a test")
    page.get_by_role("button", name="Stop everything outgoing").click()
    expect(page.locator("main")).to_contain_text("Everything is frozen")
    page.get_by_role("button", name="Let things go out again").click()
    expect(page.locator("main")).not_to_contain_text("Everything is frozen")
    edition = draft(site.house, Kind.EDITION)
    page.goto(f"/drafts/{edition.id}")
    page.get_by_role("link", name="plain text").click()
    expect(page.locator("iframe.v-text")).to_be_visible()
    page.fill("#subject", "A subject without a script")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("h1")).to_have_text("A subject without a script")
    page.goto("/editors")
    page.get_by_role("button", name="Make a link").click()
    expect(page.locator(".said code")).to_contain_text("/join/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")


def paths(site: Site) -> list[str]:
    """Every kind of page that somebody who is signed in sees."""
    post, edition = draft(site.house, Kind.QUOTE_POST), draft(site.house, Kind.EDITION)
    sent = draft(site.house, Kind.QUOTE_POST, 1)
    approve_now(site.house, sent)
    work(site.house, site.now)
    numbers = [f"/drafts/{each.id}" for each in (post, edition, sent)]
    rooms = ["/", "/drafts", "/readers", "/editors", "/calendar", "/sources", "/channels", "/episodes", "/episodes/1"]
    numbers += [f"/drafts/{post.id}/quote", f"/drafts/{post.id}/slot", f"/drafts/{edition.id}/sources"]
    return [
        *rooms,
        *numbers,
        f"/deliveries/{delivery(site.house, sent).id}",
        "/nowhere",
    ]


@pytest.mark.parametrize("width", [320, 375])
def test_nothing_sticks_out_on_a_phone(site: Site, width: int) -> None:
    page = site.signed_in(viewport={"width": width, "height": 640}, has_touch=True)
    long = a_post(
        site.house, Post("https://example.org/" + "x" * 400, "en", None, (), ()), key="long", channel="x-like"
    )
    found = []
    for path in (*paths(site), f"/drafts/{long.id}", "/sign-in"):
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        reach = page.evaluate("document.documentElement.scrollWidth")
        if reach > width:
            found.append((path, reach))
    assert found == []


def test_in_the_dark_it_is_dark(site: Site) -> None:
    for scheme, dark in (("dark", True), ("light", False)):
        page = site.signed_in(color_scheme=scheme)
        ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        brightness = sum(int(each) for each in re.findall(r"\d+", ground)[:3]) / 3
        assert brightness < 60 if dark else brightness > 230


def test_the_first_view_is_small_and_asks_nobody_else(site: Site) -> None:
    page = site.signed_in()
    sizes: dict[str, int] = {}
    page.on("response", lambda answer: sizes.setdefault(answer.url, len(answer.body())))
    page.goto("/", wait_until="networkidle")
    assert all(url.startswith(site.base) for url in sizes)
    assert sum(sizes.values()) < 100_000


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """Another server on this machine, and what it was asked for."""
    asked: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Nothing: the list says it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()
    thread.join()


def test_hostile_markup_runs_nothing_in_a_real_browser(site: Site, elsewhere: tuple[str, list[str]]) -> None:
    evil, asked = elsewhere
    attack = f"<script>top.hacked=1</script><img src={evil}/1.gif onerror='top.hacked=1;alert(1)'>"
    html = f"<p>Mail</p>{attack}<form action='{evil}/form'><button autofocus>x</button></form>" + (
        f"<meta http-equiv=refresh content='0;url={evil}/away'><a href='javascript:top.hacked=1' id=x>x</a>"
        f"<svg onload='top.hacked=1'></svg><link rel=stylesheet href='{evil}/x.css'><iframe src='{evil}/f'></iframe>"
        f"<style>@import '{evil}/y.css'; body {{ background: url({evil}/z.gif) }}</style>"
    )
    edition = an_edition(site.house, 99, mail=replace(MAIL, html=html, subject=f"S {attack}", preheader=attack))
    text = f"{attack} </textarea><svg onload=alert(1)>"
    post = a_post(site.house, Post(text, "en", None, (), ()), key="hostile", channel="x-like")
    page = site.signed_in()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    for path in ("/", "/drafts", f"/drafts/{post.id}", f"/drafts/{edition.id}", f"/drafts/{edition.id}/mail"):
        page.goto(path, wait_until="load")
        page.wait_for_timeout(300)
        assert page.evaluate("window.hacked") is None, path
        assert page.url == site.base + path
    page.goto(f"/drafts/{edition.id}")
    page.frame_locator("iframe").locator("#x").click()
    page.frame_locator("iframe").locator("button").click()
    page.goto(f"/drafts/{post.id}")
    page.locator("#text").fill(attack)
    page.locator("#text").press_sequentially(" and so on")
    expect(page.locator("#shown")).to_contain_text("and so on")
    assert page.evaluate("window.hacked") is None
    assert dialogs == []
    assert asked == []


def test_two_windows_the_second_sees_what_changed(site: Site) -> None:
    first = site.signed_in()
    second = first.context.new_page()
    post = draft(site.house, Kind.QUOTE_POST)
    for page, text in ((first, "The first text."), (second, "The second text.")):
        page.goto(f"/drafts/{post.id}")
        page.fill("#text", text)
    first.click("form.edit button")
    expect(first.locator("ins").first).to_be_visible()
    second.click("form.edit button")
    expect(second.get_by_role("alert")).to_contain_text("Somebody changed this draft")
    expect(second.locator("#text")).to_have_value("The second text.")
    second.click("form.edit button")
    expect(second.get_by_role("alert")).to_have_count(0)
    assert content(site.house, post).text == "The second text."
