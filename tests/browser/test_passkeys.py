"""A passkey in a real browser, with the authenticator that Chromium brings for tests."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.shots import CHROMIUM
from tests.desk.kit import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")]

_DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_passkey_is_added_opens_the_desk_and_opens_it_no_more_once_removed(site: Site) -> None:
    # A passkey is bound to a name; the number of this machine is none.
    site.base = site.base.replace("127.0.0.1", "localhost")
    page = site.signed_in()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = devices.send("WebAuthn.addVirtualAuthenticator", {"options": _DEVICE})["authenticatorId"]

    page.click("text=Olga")
    add(page, "laptop")
    expect(page.locator("main")).to_contain_text("laptop")
    page.click("text=Sign out >> nth=0")
    page.goto("/sign-in?next=/drafts")
    page.click("text=Sign in with a passkey")
    page.wait_for_url(f"{site.base}/drafts")
    kept = devices.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert [each["signCount"] > 0 for each in kept] == [True]

    page.goto("/account")
    expect(page.locator("main")).to_contain_text("by passkey")
    add(page, "laptop again")
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("holds one for you already")
    page.on("dialog", lambda question: question.accept())
    page.click("text=Remove")
    expect(page.locator("main")).to_contain_text("You have none.")
    page.click("text=Sign out >> nth=0")
    page.click("text=Sign in with a passkey")
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("none of this desk")

    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.click("text=Sign in with a passkey")
    expect(page.get_by_role("alert").filter(visible=True).last).to_contain_text("Nothing came of it")
    assert page.get_by_role("button", name="Sign in with a passkey").is_enabled()
    assert faults == []


def add(page: Page, name: str) -> None:
    page.click("text=Add a passkey")
    page.fill("#passkey-name", name)
    page.fill("#passkey-password", PASSWORD)
    page.click("text=Add it")
