"""How a mail looks in a real browser: nothing sticks out at the side, and dark is dark."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from bot.render import Renderer
from bot.shipped import folder
from tests.browser.shots import CHROMIUM, Look, shoot
from tests.render.editions import IMPRINT, edition

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


def pixel(png: Path) -> tuple[int, int, int]:
    """The colour of the topmost, leftmost pixel of an 8-bit PNG."""
    data, at, packed, channels = png.read_bytes(), 8, b"", 3
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            channels = {2: 3, 6: 4}[body[9]]
        elif kind == b"IDAT":
            packed += body
        at += length + 12
    row = zlib.decompress(packed)[1 : 1 + channels]
    return row[0], row[1], row[2]


@pytest.mark.parametrize("width", [600, 375])
@pytest.mark.parametrize("look", list(Look))
def test_the_ground_is_light_or_dark_as_asked(tmp_path: Path, look: Look, width: int) -> None:
    html, _ = Renderer((folder("templates"),)).mail(edition(3), IMPRINT)
    picture = shoot(html, tmp_path / "mail.png", look=look, width=width, height=800)
    brightness = sum(pixel(picture)) / 3
    assert brightness > 230 if look is Look.LIGHT else brightness < 60
