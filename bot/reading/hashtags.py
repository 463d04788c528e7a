"""Parts a title from the hashtags at its end; pages and feeds alike."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.reading.plain import one_line

# A hashtag bears a letter: "#1" is a rank and "C#" a language.
_HASHTAG = re.compile(r"[#＃](?=[\w-]*[^\W\d_])([\w-]+)[,;|·]*")
_LEFT_OVER = " \t,;|·-–—:"


def split_title(raw: str) -> tuple[str, tuple[str, ...]]:
    """The title without trailing hashtags, and the hashtags without their sign, in the order of print.

    The title is "" where nothing but hashtags was given.
    """
    words = one_line(raw).split(" ")
    tags: list[str] = []
    cut = False
    while words:
        # Tags may be glued to each other ("#ai#podcast"); a tag glued to a word is part of that word.
        found = _glued(words[-1])
        if found is None:
            break
        tags[:0] = found
        words.pop()
        cut = True
    title = " ".join(words)
    return (title.rstrip(_LEFT_OVER) if cut else title), unique(tags)


def unique(topics: Iterable[str]) -> tuple[str, ...]:
    """Topics in order, cleaned, without their sign, each once whatever its case."""
    kept: dict[str, str] = {}
    for topic in topics:
        name = one_line(topic).lstrip("#＃").strip(" .,;")
        if name:
            kept.setdefault(name.casefold(), name)
    return tuple(kept.values())


def _glued(word: str) -> list[str] | None:
    tags, at = [], 0
    while at < len(word):
        match = _HASHTAG.match(word, at)
        if match is None:
            return None
        tags.append(match[1])
        at = match.end()
    return tags or None
