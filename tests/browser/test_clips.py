"""An audiogram at the desk, in a real browser: it is there, it can be played, it is described."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bot.media.card import Look
from bot.media.film import Spoken, film
from bot.media.look import FORMATS
from bot.media.sound import M4A, cut, encoded
from bot.model.card import Words
from bot.model.publication import MediaKind, Medium, Post
from bot.store import media
from tests.browser.conftest import Site
from tests.browser.shots import CHROMIUM
from tests.media.test_sound import recording
from tests.work.desk import TUESDAY, a_post

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


def test_a_film_and_a_sound_play_on_the_page_of_their_post(site: Site, tmp_path: Path) -> None:
    sound = cut(recording(tmp_path / "talk.wav"), 6.0, 9.0)
    said = Words("Slow is smooth.", "Ada Ruiz", "The Unhurried Pot", "0:06", "en")
    made = film(said, sound, Spoken((0, 5, 8), (0.1, 1.0, 2.0)), FORMATS["landscape"], Look())
    files = {
        MediaKind.VIDEO: (made.content, made.mime),
        MediaKind.AUDIO: (encoded(sound), M4A),
    }
    borne = tuple(
        Medium(kind, mime, hashlib.sha256(content).hexdigest(), len(content), "Ada Ruiz, heard.", duration=3.2)
        for kind, (content, mime) in files.items()
    )
    with site.house.store.write() as db:
        for content, mime in files.values():
            media.keep(db, content, mime=mime, at=TUESDAY)
    number = a_post(site.house, Post("Hear this.", None, "en", (), (), media=borne), channel="mastodon-like").id
    page = site.signed_in()
    page.goto(f"/drafts/{number}")
    for name in ("video", "audio"):
        page.wait_for_function(f"document.querySelector('{name}').readyState >= 1")
        lasts = page.evaluate(f"document.querySelector('{name}').duration")
        assert lasts == pytest.approx(3.24, abs=0.15)
        assert page.locator(name).get_attribute("aria-label") == "Ada Ruiz, heard."
    assert page.evaluate("document.querySelector('video').videoWidth") == 1200
