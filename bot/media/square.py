"""The artwork of a show as a small square: for cards, and as the copy that readers of a mail see."""

from __future__ import annotations

import io
import struct

from PIL import Image, UnidentifiedImageError

from bot.errors import Refused

COVER = 168
"""Pixels on each side of a copy: three for each of the 56 that a mail gives it."""

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
# Nobody's artwork has more pixels, and a forged file could fill the memory.
_MOST_PIXELS = 40_000_000
_QUALITY = 85
# Pillow lets these out on broken files.
_FAULTS = (
    UnidentifiedImageError,
    OSError,
    Image.DecompressionBombError,
    ValueError,
    SyntaxError,
    EOFError,
    struct.error,
)


def square(file: bytes, side: int) -> Image.Image:
    """The middle of a picture, `side` pixels each way, what is transparent in it white.

    Raises Refused where it is no picture of a usual kind, or a huge one.
    """
    try:
        with Image.open(io.BytesIO(file), formats=_FORMATS) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise Refused(f"The artwork has more than {_MOST_PIXELS:,} pixels; give a smaller one.")
            # A JPEG is unpacked no larger than is needed.
            opened.draft("RGB", (2 * side, 2 * side))
            least = min(opened.size)
            left, top = (opened.width - least) // 2, (opened.height - least) // 2
            middle = opened.crop((left, top, left + least, top + least))
            if middle.has_transparency_data:
                seen = middle.convert("RGBA")
                middle = Image.new("RGB", seen.size, "white")
                middle.paste(seen, mask=seen)
            return middle.convert("RGB").resize((side, side), Image.Resampling.LANCZOS)
    except _FAULTS:
        raise Refused("The artwork is no picture that can be read; give a PNG or a JPEG.") from None


def cover(file: bytes) -> bytes:
    """A small JPEG of a picture, with nothing else of it: no second picture, no words inside. Raises Refused."""
    target = io.BytesIO()
    square(file, COVER).save(target, "JPEG", quality=_QUALITY, optimize=True)
    return target.getvalue()
