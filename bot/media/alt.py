"""Says in words what a card shows, for who cannot see it: the same words, verbatim, with the same names."""

from __future__ import annotations

from bot.model.card import Words
from bot.text import fold


def alt_of(words: Words) -> str:
    """`“The quote.” Speaker, Show, 12:34`: no word of ours, so that it is right in every language."""
    said = f"“{fold(words.quote)}”" if words.quoted else fold(words.quote)
    by = ", ".join(fold(each) for each in (words.speaker, words.show, words.moment) if each)
    return f"{said} {by}".strip()
