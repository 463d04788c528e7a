"""Cutting a line of our own, never a quotation: a headline into a subject, a sentence into a preheader."""

from __future__ import annotations

from bot.digest.condense import key
from bot.digest.lines import unmarked
from bot.digest.words import STOP_WORDS
from bot.quotes import lock
from bot.text import fold, graphemes, shorten

_LEAST = 20


def fitted(text: str, maximum: int) -> str:
    """`text` in at most `maximum` graphemes, cut at a word that can end a line, never inside a quotation."""
    text = fold(text)
    if len(graphemes(text)) <= maximum:
        return text
    kept = shorten(text, maximum)
    for passage in lock.quotations(text):
        begin = text.find(passage)
        if begin - 1 <= len(kept) - 1 < begin + len(passage) + 1:
            before = text[: max(0, begin - 1)].rstrip(" ,;:.–—-")
            if len(graphemes(before)) < _LEAST:
                return fitted(unmarked(text, None), maximum)
            kept = before + "…"
            break
    words = kept.removesuffix("…").split(" ")
    while len(words) > 3 and (words[-1].casefold() in STOP_WORDS or not key(words[-1])):
        words.pop()
    return " ".join(words).rstrip(" ,;:.–—-") + "…"
