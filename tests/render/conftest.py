from __future__ import annotations

from pathlib import Path

import pytest

from bot.render import Renderer
from bot.shipped import folder


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    return Renderer((folder("templates"),))


@pytest.fixture
def own(tmp_path: Path) -> tuple[Path, Renderer]:
    """A host's own folder of templates before the shipped ones, and a renderer of both."""
    place = tmp_path / "templates"
    place.mkdir()
    return place, Renderer((place, folder("templates")))
