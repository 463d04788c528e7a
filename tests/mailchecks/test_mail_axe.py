"""axe-core finds no barrier in a mail, in the light and in the dark, at the width of a desk and of a hand."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.shots import CHROMIUM
from tests.mailchecks.samples import Sample

pytestmark = [
    pytest.mark.mailchecks,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]

# A mail stands in the page of a mail program, which has the one main landmark; a second one in it would be a fault.
_OF_A_PAGE = "{ 'landmark-one-main': { enabled: false }, region: { enabled: false } }"
_RUN = f"async () => (await axe.run(document, {{ resultTypes: ['violations'], rules: {_OF_A_PAGE} }})).violations"


def barriers(page: Page, axe: Path, html: str) -> list[str]:
    """What axe finds in a mail."""
    page.set_content(html)
    page.evaluate(axe.read_text(encoding="utf-8"))
    return [
        f"{each['id']}: {node['html'][:160]} {node['failureSummary'][:240]}"
        for each in page.evaluate(_RUN)
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_mail_has_a_barrier_and_a_spoilt_one_has(
    browser: Browser, modules: Path, mails: list[Sample], scheme: Literal["light", "dark"]
) -> None:
    axe, found = modules / "axe-core" / "axe.min.js", {}
    spoilt = mails[0].html.replace(' lang="en"', "", 1).replace("</h1>", "</h1><img src=x>", 1)
    # Offline, because nothing of a mail comes from elsewhere.
    context = browser.new_context(color_scheme=scheme, viewport={"width": 600, "height": 800}, offline=True)
    try:
        page = context.new_page()
        for each in mails:
            found[each.name] = barriers(page, axe, each.html)
        faults = " ".join(barriers(page, axe, spoilt))
        page.set_viewport_size({"width": 375, "height": 800})
        found["in a hand"] = barriers(page, axe, mails[0].html)
    finally:
        context.close()
    assert {name: said for name, said in found.items() if said} == {}
    assert "html-has-lang" in faults
    assert "image-alt" in faults
