"""The sizes of cards, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """The size of a card in pixels. Nothing is drawn nearer to an edge than `safe`; words keep to `margin`.

    A story is covered by its app's own signs at `top` and `bottom` (about a seventh and a fifth of its height).
    `largest` and `smallest` bound the letters of the quotation: a phone shows a card about 390 points wide.
    """

    name: str
    width: int
    height: int
    margin: int
    safe: int
    largest: int
    smallest: int
    top: int = 0
    bottom: int = 0


# 1.91:1 is the size of link cards, 1:1 is taken everywhere, 4:5 is the tallest of Instagram's feed, 9:16 a story.
FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format("landscape", 1200, 630, margin=80, safe=28, largest=92, smallest=32),
        Format("square", 1080, 1080, margin=96, safe=32, largest=128, smallest=38),
        Format("portrait", 1080, 1350, margin=96, safe=32, largest=136, smallest=38),
        Format("story", 1080, 1920, margin=96, safe=32, largest=136, smallest=42, top=250, bottom=340),
    )
}
LANDSCAPE = FORMATS["landscape"]
