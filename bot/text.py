"""Counting and cutting text the way each platform counts it.

Pure and small: units of length, graphemes, and the fold of white space. What a platform's limit *is* belongs to the
platform; what a sentence of speech is belongs to `bot.quotes`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import regex

from bot.weighted import weight

_GRAPHEME = regex.compile(r"\X")
# An address as it stands in running text.
URL = regex.compile(r"https?://[^\s<>\"]+")
_CLOSING = regex.compile(r"[\p{Pe}\p{Pf}.,;:!?'…]{1,3}$")
_EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|\N{COMBINING ENCLOSING KEYCAP}")


class Unit(StrEnum):
    """How a platform measures text; the values are what a configuration and programs call it."""

    GRAPHEMES = "graphemes"
    CHARACTERS = "characters"
    UTF8_BYTES = "utf8-bytes"
    UTF16_UNITS = "utf16-units"
    X_WEIGHTED = "x-weighted"
    EMOJI_AS_BYTES = "characters, an emoji as its bytes"

    @property
    def words(self) -> str:
        """What people call it, after a number: "280 characters as X counts them"."""
        match self:
            case Unit.GRAPHEMES | Unit.CHARACTERS:
                return "characters"
            case Unit.UTF8_BYTES:
                return "bytes"
            case Unit.UTF16_UNITS:
                return "characters (most emoji count two)"
            case Unit.X_WEIGHTED:
                return "characters as X counts them"
            case Unit.EMOJI_AS_BYTES:
                return "characters (an emoji counts its bytes)"


@dataclass(frozen=True)
class Limit:
    """At most `maximum` of `unit`. `per_url` is what a link counts, however long it is; None: as long as it is.

    X's unit has rules of its own for links, and takes no `per_url`.
    """

    maximum: int
    unit: Unit = Unit.GRAPHEMES
    per_url: int | None = None


def count(text: str, limit: Limit) -> int:
    """How long `text` is in the unit of `limit`."""
    if limit.per_url is None:
        return _measure(text, limit.unit)
    urls = len(URL.findall(text))
    return _measure(URL.sub("", text), limit.unit) + urls * limit.per_url


def fits(text: str, limits: tuple[Limit, ...]) -> bool:
    """Whether `text` keeps every one of `limits`."""
    return all(count(text, limit) <= limit.maximum for limit in limits)


def graphemes(text: str) -> list[str]:
    """The characters that a person sees: a family emoji is one, a letter with its accents is one."""
    return _GRAPHEME.findall(text)


def fold(text: str) -> str:
    """`text` with every run of white space as one space, and none at the ends."""
    return " ".join(text.split())


def unpunctuated(url: str) -> str:
    """An address as it stands in running text, without the punctuation of the sentence that it ends."""
    bare = _CLOSING.sub("", url)
    return f"{bare})" if url[len(bare) :].startswith(")") and bare.count("(") > bare.count(")") else bare


def shorten(text: str, maximum: int) -> str:
    """`text` in at most `maximum` graphemes, cut at a word and closed with an ellipsis. Never for quotations."""
    if len(graphemes(text)) <= maximum:
        return text
    kept = ""
    for word in text.split():
        longer = f"{kept} {word}".strip()
        if len(graphemes(longer)) > maximum - 1:
            break
        kept = longer
    return (kept.rstrip(" ,;:.–—-") or "".join(graphemes(text)[: maximum - 1])) + "…"


def lasting(length: timedelta) -> str:
    """A length of time as people say it: "30 seconds", "1 day 12 hours"; parts of a second are left out."""
    minutes, seconds = divmod(length.days * 86_400 + length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "day"), (hours, "hour"), (minutes, "minute"), (seconds, "second"))
    return " ".join(f"{number} {name}{'s' if number > 1 else ''}" for number, name in parts if number) or "0 seconds"


def _measure(text: str, unit: Unit) -> int:
    match unit:
        case Unit.GRAPHEMES:
            return len(graphemes(text))
        case Unit.CHARACTERS:
            return len(text)
        case Unit.UTF8_BYTES:
            return len(text.encode())
        case Unit.UTF16_UNITS:
            return len(text.encode("utf-16-le")) // 2
        case Unit.X_WEIGHTED:
            return weight(text)
        case Unit.EMOJI_AS_BYTES:
            return sum(len(each.encode()) if _EMOJI.search(each) else len(each) for each in graphemes(text))
