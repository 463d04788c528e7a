"""The table of platforms: each stands under the name it gives itself, and only what is asked for is loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.platforms.registry import platform_named, platforms

ROOT = Path(__file__).resolve().parents[2]


def test_each_platform_stands_under_its_own_name() -> None:
    assert {name: platform.name for name, platform in platforms().items()} == {name: name for name in platforms()}
    assert all(platform_named(name) is platform for name, platform in platforms().items())


def test_a_platform_that_is_asked_for_brings_no_other() -> None:
    code = (
        "import sys\nfrom bot.platforms.registry import platform_named\nplatform_named('outbox')\n"
        "print([each for each in ('mastodon', 'resend', 'x') if f'bot.platforms.{each}' in sys.modules])"
    )
    surroundings = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=surroundings, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_installed_package_may_bring_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert platform_named("theirs") is None
    (tmp_path / "their_package.py").write_text(
        "from bot.platforms.outbox import Outbox\n\nclass Theirs(Outbox):\n    name = 'theirs'\n", encoding="utf-8"
    )
    about = tmp_path / "their_package-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: their-package\nVersion: 1.0\n", encoding="utf-8")
    (about / "entry_points.txt").write_text(
        "[pullquote.platforms]\nanother-name = their_package:Theirs\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    found = platform_named("theirs")
    assert found is not None
    assert found.__module__ == "their_package"
    assert platforms()["theirs"] is found
    assert platform_named("another-name") is None
