"""The public archive in a real browser: readable at every width, by day and by night, by keyboard, without script."""

from __future__ import annotations

import pytest

from bot.model.publication import Kind
from tests.browser.conftest import Site
from tests.browser.shots import CHROMIUM
from tests.work.desk import approve_now, draft, work

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")]


@pytest.fixture
def published(site: Site) -> Site:
    approve_now(site.house, draft(site.house, Kind.EDITION))
    work(site.house)
    return site


def test_every_page_fits_a_narrow_screen_and_honours_the_dark(published: Site) -> None:
    page = published.page(color_scheme="dark", viewport={"width": 320, "height": 700}, java_script_enabled=False)
    faults: list[str] = []
    page.on("requestfailed", lambda request: faults.append(request.url))
    page.on("response", lambda answer: faults.append(answer.url) if answer.status >= 400 else None)
    page.goto("/archive")
    for where in ("The Listening Post", "What Is the Pipe Fixed To?", "In context"):
        page.get_by_role("link", name=where).first.click()
        width = page.locator("html").bounding_box()
        assert width is not None
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(27, 28, 31)"
        assert page.locator("h1").count() == 1
    assert page.locator("figure.large blockquote").is_visible()
    page.get_by_role("link", name="The Listening Post, No. 1").click()
    assert page.locator("h1").inner_text() == "What Is the Pipe Fixed To?"
    assert faults == []


def test_the_keyboard_goes_past_the_head_and_to_a_story(published: Site) -> None:
    page = published.page()
    page.goto("/archive/weekly/1")
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    assert skip.inner_text() == "Skip to the text"
    box = skip.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator(":focus").get_attribute("href", timeout=5_000).startswith("#e")  # type: ignore[union-attr]
    page.keyboard.press("Enter")
    assert page.evaluate("document.querySelector(location.hash).tagName") == "H3"
