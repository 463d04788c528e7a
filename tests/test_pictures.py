"""The pictures of the docs are few bytes, and each is shown."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "pictures" / "desk"
MOST_BYTES = 1_500_000


def test_every_picture_of_the_desk_is_shown_and_together_they_are_small() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    shown = {name for page in pages for name in re.findall(r"pictures/desk/([\w-]+\.webp)", page.read_text("utf-8"))}
    there = {each.name for each in FOLDER.iterdir()}
    assert shown == there
    assert "edition.webp" in (ROOT / "README.md").read_text("utf-8")
    assert sum(each.stat().st_size for each in FOLDER.iterdir()) < MOST_BYTES
