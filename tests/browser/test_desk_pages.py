"""The desk in a real browser: by keyboard alone, on a phone, without JavaScript, in the dark, and under attack."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import sqlalchemy as sa
from playwright.sync_api import Dialog, FrameLocator, Page, Route, expect

from bot import review
from bot.clock import one_pass
from bot.collect import Place
from bot.desk.words import distance
from bot.model.publication import Kind, Post
from bot.model.states import DraftState
from bot.store import drafts
from bot.store.editors import IDLE
from bot.store.schema import episodes
from tests.browser.conftest import Site, a_thread, sign_in, the_link
from tests.browser.shots import CHROMIUM
from tests.desk.kit import PASSWORD
from tests.work.desk import (
    MINUTE,
    POT,
    SEEDS,
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


@dataclass
class Counted:
    """A page, and how many keys were pressed on it; `written` are the characters of words among them."""

    page: Page
    presses: int = 0
    written: int = 0

    def press(self, *keys: str) -> None:
        self.presses += len(keys)
        press(self.page, *keys)

    def types(self, text: str) -> None:
        self.written += len(text)
        self.page.keyboard.type(text)

    def leaves(self, *keys: str) -> None:
        """Press keys, the last of which leads to another page."""
        self.presses += len(keys)
        leaving(self.page, *keys)

    def answered(self, dialog: Dialog) -> None:
        """A question is answered with Enter."""
        self.presses += 1
        dialog.accept()


def test_the_review_of_a_week_by_keyboard_alone(site: Site) -> None:
    """Five episodes, one edition and a week of posts, from the sign-in to the last draft: no pointer is touched."""
    page = Counted(site.page())
    page.page.on("dialog", lambda dialog: page.answered(dialog))
    page.page.goto("/")
    page.types("olga")
    page.press("Tab")
    page.types(PASSWORD)
    page.leaves("Enter")
    page.leaves("g", "d")
    assert page.page.url.endswith("/drafts")
    page.press("j", "j", "k")
    expect(page.page.locator("li.at a").first).to_be_focused()
    page.leaves("Enter")
    looked_at, edited = set(), {"edition": False, "post": False}
    for _ in range(3 * len(all_drafts(site.house))):
        looked_at.add(number_of(page.page))
        kind = "edition" if page.page.locator("iframe").count() else "post"
        if kind == "edition" and not edited[kind]:
            for key, view in zip("1234567", ("wide", "phone", "dark", "forced", "text", "bare", "inbox"), strict=True):
                page.leaves(key)
                expect(page.page.locator(f"iframe.v-{view}, .inboxes").first).to_be_visible()
        if not edited[kind]:
            page.press("e", "End" if kind == "edition" else "Control+End")
            page.types(", and more" if kind == "edition" else " Do listen.")
            page.leaves("Control+Enter")
            edited[kind] = True
            expect(page.page.locator("ins").first).to_be_visible()
        if page.page.locator("form[data-key=a]").count():
            page.leaves("a")
            if page.page.get_by_role("alert").count():
                page.leaves("h", *"not now", "Enter")
        if not page.page.locator("[data-key=n]").count():
            break
        page.leaves("n")
    assert all(edited.values())
    assert looked_at == {each.id for each in all_drafts(site.house)}
    assert {each.state for each in all_drafts(site.house)} <= {DraftState.SCHEDULED, DraftState.HELD}
    page.leaves("g", "t")
    expect(page.page.locator("#next + .rows li").first).to_be_visible()
    page.press("?")
    expect(page.page.locator("dialog#keys")).to_be_visible()
    page.press("Escape")
    expect(page.page.locator("dialog#keys")).to_be_hidden()
    page.leaves("g", "c")
    before = [(each.id, each.due_at) for each in all_drafts(site.house)]
    page.press(*"jjjjjj")
    page.leaves("m")
    page.press("ArrowDown")
    page.leaves("Tab", "Enter")
    assert page.page.url.endswith("/calendar")
    assert len(set(before) ^ {(each.id, each.due_at) for each in all_drafts(site.house)}) == 2, "one post has moved"
    print(f"{page.presses} keys pressed for {len(looked_at)} drafts, {page.written} characters written")
    # Three to approve and go on, a few more for the edition: what an editor presses does not creep up.
    assert page.presses <= 4 * len(looked_at) + 60


def test_another_quote_is_taken_by_keyboard(site: Site) -> None:
    page = site.signed_in()
    edition = draft(site.house, Kind.EDITION)
    ours = content(site.house, edition).quotes
    page.goto(f"/drafts/{edition.id}")
    page.locator("details:has(input[type=radio]) > summary").first.focus()
    press(page, "Enter")
    page.locator("details[open] input[type=radio]:checked").first.focus()
    press(page, "ArrowDown")
    with page.expect_navigation():
        press(page, "Control+Enter")
    assert page.get_by_role("alert").count() == 0
    assert content(site.house, edition).quotes != ours


def test_an_edition_is_seen_as_it_is_typed_and_nothing_is_kept(site: Site) -> None:
    page = site.signed_in()
    edition = draft(site.house, Kind.EDITION)
    before = hash_of(site.house, edition)
    page.goto(f"/drafts/{edition.id}")
    page.fill("#opener", "Do **listen** to this one.")
    expect(page.locator("#shown strong")).to_have_text("listen")
    expect(page.locator("#shown")).to_contain_text("min to read")
    page.get_by_role("button", name="Look at it before you save").click()
    expect(page.frame_locator("iframe").locator("strong", has_text="listen")).to_be_visible()
    page.locator("summary", has_text="Other subjects").click()
    offered = page.locator("[data-fill]").first
    subject = offered.text_content() or ""
    offered.click()
    expect(page.locator("#subject")).to_have_value(subject)
    assert hash_of(site.house, edition) == before
    page.get_by_role("button", name="Save").first.click()
    expect(page.locator("h1")).to_have_text(subject)
    assert content(site.house, edition).subject == subject


def test_a_post_is_dragged_to_a_day_of_the_calendar(site: Site) -> None:
    page = site.signed_in(viewport={"width": 1400, "height": 900})
    page.goto("/calendar")
    post = page.locator(".aside [data-draft]").first
    number = int(post.get_attribute("data-draft") or 0)
    page.locator(".day", has_text="Fri 27").first.scroll_into_view_if_needed()
    with page.expect_navigation():
        post.drag_to(page.locator(".day", has_text="Fri 27").first)
    day = page.locator(".day", has_text="Fri 27").first
    expect(day.locator(f"[data-draft='{number}']")).to_be_visible()
    with page.expect_navigation():
        day.locator(f"[data-draft='{number}']").drag_to(page.locator(".day", has_text="Sat 28").first)
    expect(page.locator(".day", has_text="Sat 28").first.locator(f"[data-draft='{number}']")).to_be_visible()
    expect(page.locator(".day", has_text="Fri 27").first.locator("[data-draft]")).to_have_count(0)


def test_an_approval_of_a_revision_that_has_just_changed_approves_nothing(site: Site) -> None:
    page = site.signed_in()
    page.on("dialog", lambda dialog: dialog.accept())
    post = draft(site.house, Kind.QUOTE_POST)
    page.goto(f"/drafts/{post.id}")
    review.edit(site.house, post.id, {"text": "Other words."}, actor="ada", now=site.now)
    page.click("button.first")
    expect(page.get_by_role("alert")).to_contain_text("no longer what you looked at")
    expect(page.locator("#shown")).to_contain_text("Other words.")
    assert state(site, post.id) is DraftState.IN_REVIEW


def test_five_hundred_drafts_leave_the_pages_small_and_the_keys_working(site: Site) -> None:
    with site.house.store.write() as db:
        payload = drafts.revision(db, draft(site.house, Kind.QUOTE_POST)).payload
        for number in range(500):
            made = drafts.NewDraft(
                key=f"n{number}", kind=Kind.QUOTE_POST, channel="x-like", title=f"Number {number}", payload=payload
            )
            drafts.create(db, made, actor="eve", at=site.now)
    page = site.signed_in()
    sizes: dict[str, int] = {}
    page.on("response", lambda answer: sizes.update({answer.url: len(answer.body())}))
    for path in ("/", "/drafts", "/calendar"):
        page.goto(path, wait_until="networkidle")
        assert sizes[site.base + path] < (60_000 if path == "/" else 130_000), path
    page.goto("/")
    expect(page.locator("main")).to_contain_text("more drafts wait")
    press(page, "j")
    leaving(page, "Enter")
    assert number_of(page)


def test_a_transcript_of_three_hours_leaves_the_pages_small(site: Site) -> None:
    said = (
        "The kettle knows more than the cook does, and it says so.",
        "Nobody measures what they are afraid to lose.",
    )

    def long(text: str) -> str:
        head, _, tail = text.partition("Full transcript available")
        stamps = (
            f"[{at // 3600}:{at // 60 % 60:02}:{at % 60:02}] {said[at // 9 % 2]} That was number {at}."
            for at in range(300, 10_800, 9)
        )
        return f"{head}{chr(10).join(stamps)}\nFull transcript available{tail}".replace("Stop Stirring", "Three Hours")

    pages = site.house.loaded.home / "pages"
    pages.mkdir()
    (pages / POT).write_text(long((SEEDS / POT).read_text(encoding="utf-8")), encoding="utf-8")
    one_pass(site.house, (Place(pages, newest=1),), clock=lambda: site.now)
    post = next(each for each in all_drafts(site.house) if each.kind is Kind.QUOTE_POST and each.title == "Three Hours")
    page = site.signed_in()
    sizes: dict[str, int] = {}
    page.on("response", lambda answer: sizes.update({answer.url: len(answer.body())}))
    for path in (f"/drafts/{post.id}", f"/drafts/{post.id}/quote", f"/episodes/{post.episode_id}?others=1"):
        page.goto(path, wait_until="load")
        expect(page.locator("h1")).to_be_visible()
        assert sizes[site.base + path] < 100_000, path
    expect(page.locator("main")).to_contain_text("sentences of transcript")


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


def test_the_mail_follows_what_is_typed(site: Site) -> None:
    page = site.signed_in()
    edition = draft(site.house, Kind.EDITION)
    page.goto(f"/drafts/{edition.id}")
    page.locator("#opener").press_sequentially("Good **quayside**.")
    expect(page.frame_locator("iframe").locator("strong", has_text="quayside")).to_be_visible()
    page.fill("#subject", "Another subject")
    page.get_by_role("button", name="Look at it before you save").click()
    expect(page.frame_locator("iframe").locator("strong", has_text="quayside")).to_be_visible()
    assert draft(site.house, Kind.EDITION).revision == edition.revision
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.locator("#subject")).to_have_value("Another subject")
    assert draft(site.house, Kind.EDITION).revision == edition.revision + 1


def test_what_is_typed_is_shown_in_the_view_and_the_length_that_one_looks_at(site: Site) -> None:
    page = site.signed_in()
    edition = draft(site.house, Kind.EDITION)
    page.goto(f"/drafts/{edition.id}?view=inbox")
    page.fill("#subject", "Nineteen 👨‍👩‍👧 holes")
    page.fill("#preheader", "And a plan")
    for row in (".row-wide", ".row-phone"):
        expect(page.locator(row).first).to_contain_text("Nineteen 👨‍👩‍👧 holes")
        expect(page.locator(row).first).to_contain_text("And a plan")
    expect(page.locator(".preview")).to_contain_text("The subject has 20 characters")
    with page.expect_response("**/count"):
        page.fill("#opener", "Seen.")
    assert len(page.context.pages) == 1, "no window opens for what has no frame"
    page.goto(f"/drafts/{edition.id}?length=brief")
    frame = page.frame_locator("iframe")
    expect(frame.locator("body")).not_to_contain_text("Lead story")
    page.fill("#preheader", "Another preheader")
    with page.expect_response("**/try?*"):
        page.get_by_role("button", name="Look at it before you save").click()
    expect(frame.locator("body")).to_contain_text("Another preheader")
    expect(frame.locator("body")).not_to_contain_text("Lead story")


def the_frame(page: Page) -> FrameLocator:
    """The frame in which sentences are links, once it is loaded."""
    page.wait_for_load_state("networkidle")
    return page.frame_locator("iframe")


def test_a_sentence_is_followed_to_its_source_and_the_next_one_by_keyboard(site: Site) -> None:
    page = site.signed_in(viewport={"width": 1280, "height": 900})
    edition = draft(site.house, Kind.EDITION)
    quote = content(site.house, edition).quotes[0].text
    path = f"/drafts/{edition.id}"
    page.goto(path)
    page.fill("#preheader", "Typed and not saved")
    the_frame(page).locator("a", has_text=quote).first.click()
    drawer = page.locator("#source")
    expect(drawer.locator("mark")).to_have_text(quote)
    expect(drawer.locator("h2")).to_be_focused()
    expect(page.locator("#preheader")).to_have_value("Typed and not saved")
    beside, frame = drawer.bounding_box(), page.locator("iframe").bounding_box()
    assert beside is not None
    assert frame is not None
    assert beside["x"] >= frame["x"] + frame["width"], "beside the frame"
    said = drawer.locator(".facts").first.text_content()
    press(page, "ArrowRight")
    expect(drawer.locator(".facts").first).not_to_have_text(said or "")
    press(page, "Escape")
    expect(drawer).to_be_hidden()
    assert page.url == site.base + path
    page.set_viewport_size({"width": 375, "height": 800})
    page.locator("h1").click()
    press(page, "w")
    expect(drawer.locator(".printed")).to_be_visible()
    beside, frame = drawer.bounding_box(), page.locator("iframe").bounding_box()
    assert beside is not None
    assert frame is not None
    assert beside["y"] >= frame["y"] + frame["height"], "below it on a phone"


def test_the_frame_with_links_is_laid_out_as_the_bytes_are_and_needs_no_script(site: Site) -> None:
    page = site.signed_in(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    path = f"/drafts/{draft(site.house, Kind.EDITION).id}"
    page.goto(path)
    last = page.frame_locator("iframe >> visible=true").locator("p").last
    linked = last.bounding_box()
    page.get_by_role("link", name="The very bytes").click()
    expect(page.locator("iframe[sandbox='']")).to_be_visible()
    assert linked is not None
    assert last.bounding_box() == linked, "down to its last line everything stands where it stands in the mail"
    page.goto(path)
    page.fill("#preheader", "Typed and not saved")
    page.frame_locator("iframe >> visible=true").locator("li a").nth(1).focus()
    with page.context.expect_page() as opened:
        press(page, "Enter")
    beside = opened.value
    expect(beside.locator(".printed")).to_be_visible()
    first = beside.locator(".printed").text_content() or ""
    beside.get_by_role("link", name="The next one").click()
    expect(beside.locator(".printed")).not_to_have_text(first)
    expect(page.locator("#preheader")).to_have_value("Typed and not saved")
    page.get_by_role("button", name="Look at it before you save").click()
    expect(page.frame_locator("iframe >> visible=true").locator("body")).to_contain_text("Typed and not saved")


def test_a_sentence_clicked_before_the_script_is_there_leaves_what_was_typed(site: Site) -> None:
    page = site.signed_in()
    held: list[Route] = []
    page.route("**/assets/desk.js", lambda route: held.append(route))
    page.goto(f"/drafts/{draft(site.house, Kind.EDITION).id}", wait_until="commit")
    frame = page.frame_locator("iframe")
    expect(frame.locator("li a").nth(1)).to_be_visible()
    page.fill("#preheader", "Typed and not saved")
    said = frame.locator("li a").nth(1).text_content() or "?"
    frame.locator("li a").nth(1).click()
    page.wait_for_url("**#from-*", wait_until="commit")
    expect(page.locator("#preheader")).to_have_value("Typed and not saved")
    held[0].continue_()
    expect(page.locator("#source .printed")).to_contain_text(said)
    expect(page.locator("#preheader")).to_have_value("Typed and not saved")


def test_a_part_is_moved_by_keyboard_and_the_frame_follows_before_it_is_saved(site: Site) -> None:
    page = site.signed_in()
    edition = draft(site.house, Kind.EDITION)
    page.goto(f"/drafts/{edition.id}")
    page.locator("summary", has_text="Quotes of the week").focus()
    for _ in range(4):
        press(page, "Alt+ArrowUp")
    expect(page.locator("#moved")).to_contain_text("place 1 of 6")
    expect(page.frame_locator("iframe").locator("h2").first).to_have_text("Quotes of the week")
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).first.click()
    mail = content(site.house, edition)
    assert mail.html.index("Quotes of the week") < mail.html.index("In 30 seconds")


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
    page.get_by_role("button", name="Save").first.click()
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
    rooms = [
        "/",
        "/drafts",
        "/readers",
        "/editors",
        "/calendar",
        "/sources",
        "/channels",
        "/episodes",
        "/episodes/1?others=1",
    ]
    numbers += [f"/drafts/{post.id}/quote", f"/drafts/{post.id}/slot", f"/drafts/{edition.id}/sources"]
    numbers += [f"/drafts/{edition.id}?view=inbox", f"/drafts/{a_thread(site).id}", the_link(site, edition)]
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
    review.edit(site.house, draft(site.house, Kind.EDITION).id, {"subject": "x" * 150}, actor="ada", now=site.now)
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
    with site.house.store.write() as db:
        db.execute(sa.update(episodes).where(episodes.c.id == 1).values(title=f"Title {attack}"))
    page = site.signed_in()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    numbers = (f"/drafts/{post.id}", f"/drafts/{edition.id}", f"/drafts/{edition.id}/mail", the_link(site, edition))
    for path in ("/", "/drafts", "/calendar", "/episodes", "/episodes/1", *numbers):
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


def test_a_countdown_goes_on_while_the_page_stands_open_in_the_servers_words(site: Site) -> None:
    edition = draft(site.house, Kind.EDITION)
    seen = hash_of(site.house, edition)
    scheduled = review.approve(site.house, edition.id, actor="ada", now=site.now, seen=seen)
    assert scheduled.due_at is not None
    page = site.page()
    # The browser's clock is wrong by years; only what passes on it counts.
    page.clock.install(time="2031-01-01T00:00:00Z")
    sign_in(page)
    shown = page.locator(f'time[datetime="{scheduled.due_at.isoformat()}"] + .muted').last
    passed = timedelta()
    for until in (5 * MINUTE, timedelta(days=1), scheduled.due_at - site.now):
        page.clock.fast_forward(int((until - passed).total_seconds() * 1000))
        passed = until
        expect(shown).to_have_text(distance(scheduled.due_at, site.now + passed))


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
