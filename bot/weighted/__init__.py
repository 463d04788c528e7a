"""How long a text is for X: the rules that it publishes as twitter-text, configuration 3.

The text in its normal form (NFC); an address counts 23 however long it is, also one without "https://"; an emoji counts
two, a code point of the lighter scripts one, and everything else two. Pure, and linear in the length of the text,
whatever stands in it.
"""

from __future__ import annotations

import re
import unicodedata

from bot.weighted.addresses import Link, links
from bot.weighted.emoji import SEQUENCE

__all__ = ["PER_URL", "Link", "links", "weight"]

PER_URL = 23
_HEAVY = 2
# Everything that counts one.
_LIGHT = re.compile("[\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]+")


def weight(text: str) -> int:
    """How long X says that a text is; 280 is the most for an account without a subscription."""
    text = unicodedata.normalize("NFC", text)
    pieces = [(link.begin, link.stop, PER_URL) for link in links(text)]
    pieces += [(found.start(), found.end(), _HEAVY) for found in SEQUENCE.finditer(text)]
    total = at = 0
    for begin, stop, number in sorted(pieces, key=lambda piece: (piece[0], -piece[2])):
        if begin >= at:
            total += _plain(text[at:begin]) + number
            at = stop
    return total + _plain(text[at:])


def _plain(text: str) -> int:
    return _HEAVY * len(text) - sum(len(found) for found in _LIGHT.findall(text))
