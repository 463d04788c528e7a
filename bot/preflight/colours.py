"""Whether words stand out from their ground, where the tags tell both colours (WCAG 2.2, contrast of text)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from bot.preflight.findings import Finding, Rule, block, shown_as, warn

# The configuration measures colours, too, and reads no mail.
if TYPE_CHECKING:
    from bot.reading.letter import Ink

Colour = tuple[float, float, float]

# WCAG 2.2, success criterion 1.4.3: 4.5:1, and 3:1 for large letters (24 pixels, or 18.66 in bold).
_ENOUGH, _ENOUGH_LARGE = 4.5, 3.0
_LARGE, _LARGE_BOLD = 24.0, 18.66
# Below this nobody can read it, and filters take it for words that are meant for them alone.
_ILLEGIBLE = 2.0
_HEX = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*(?:[,/]\s*(?:1|1\.0|100%)\s*)?\)", re.I)
# The sixteen of HTML and orange; a mail that needs others writes them as digits.
_NAMED = {
    "black": "000000",
    "silver": "c0c0c0",
    "gray": "808080",
    "grey": "808080",
    "white": "ffffff",
    "maroon": "800000",
    "red": "ff0000",
    "purple": "800080",
    "fuchsia": "ff00ff",
    "magenta": "ff00ff",
    "green": "008000",
    "lime": "00ff00",
    "olive": "808000",
    "yellow": "ffff00",
    "navy": "000080",
    "blue": "0000ff",
    "teal": "008080",
    "aqua": "00ffff",
    "cyan": "00ffff",
    "orange": "ffa500",
}


def colour(written: str) -> Colour | None:
    """Red, green and blue from 0 to 1, or None where that is not plainly written."""
    plain = written.strip().casefold()
    digits = _NAMED.get(plain)
    if digits is None and (match := _HEX.fullmatch(plain)):
        digits = match[1] if len(match[1]) == 6 else "".join(2 * each for each in match[1])
    if digits is not None:
        red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
        return red, green, blue
    if match := _RGB.fullmatch(plain):
        red, green, blue = (min(255, int(part)) / 255 for part in match.groups())
        return red, green, blue
    return None


def contrast(first: Colour, second: Colour) -> float:
    """From 1 (the same) to 21 (black on white)."""
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)


def legible(inks: Iterable[Ink]) -> list[Finding]:
    """The words that do not stand out, each pair of colours once. Where nothing is written it is black on white."""
    found: dict[tuple[str, str], Finding] = {}
    for ink in inks:
        words, ground = "black" if ink.colour is None else ink.colour, ink.ground or "white"
        first, second = colour(words), colour(ground)
        if first is None or second is None or (words, ground) in found:
            continue
        ratio = contrast(first, second)
        large = ink.size is not None and ink.size >= (_LARGE_BOLD if ink.bold else _LARGE)
        if ratio >= (_ENOUGH_LARGE if large else _ENOUGH):
            continue
        make = block if ratio < _ILLEGIBLE else warn
        said = f"'{shown_as(ink.words)}' is {shown_as(words)} on {shown_as(ground)}, a contrast of {ratio:.1f}:1."
        wanted = _ENOUGH_LARGE if large else _ENOUGH
        found[words, ground] = make(
            Rule.CONTRAST, said, f"Take colours of at least {wanted}:1 (theme.toml of its theme, email/style.css)."
        )
    return list(found.values())


def _luminance(value: Colour) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in value)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
