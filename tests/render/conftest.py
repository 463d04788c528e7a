from __future__ import annotations

from pathlib import Path

import pytest

from bot.render import Renderer, Wardrobe
from bot.shipped import folder

THEMES = ("default", "paper", "wire")


def wardrobe(own: Path, templates: Path | None = None) -> Wardrobe:
    """A host's themes in a folder, beside those that are shipped."""
    return Wardrobe(own=own, shipped=folder("themes"), templates=templates, base=folder("templates"))


@pytest.fixture(scope="session")
def renderer(request: pytest.FixtureRequest) -> Renderer:
    """What writes the mails of a shipped theme: the default one, unless a test is parametrised with another."""
    return wardrobe(Path("nowhere")).dressed(getattr(request, "param", THEMES[0]))


@pytest.fixture
def own(tmp_path: Path) -> tuple[Path, Renderer]:
    """A host's own folder of templates before the shipped ones, and a renderer of both."""
    place = tmp_path / "templates"
    place.mkdir()
    return place, Renderer((place, folder("templates")))
