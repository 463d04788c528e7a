"""The named rules by which a quoted line may lose words: only fillers and false starts, never a hedge or a negation."""

from __future__ import annotations

from collections.abc import Callable

import regex

from bot.quotes.words import word_set
from bot.text import fold

# Words that change what is claimed. A rule that would remove one of them removes nothing.
PROTECTED = word_set(
    """
    not no never none nobody nothing neither nor nowhere hardly barely scarcely without unless except cannot
    think believe guess suppose feel maybe perhaps probably possibly likely might may could would should seems seem
    apparently some sometimes often usually mostly almost nearly about roughly if but however although though yet only
    my our mine ours case most many few somewhat arguably allegedly reportedly supposedly
    """
)
_CONTRACTED_NOT = regex.compile(r"n['’]t\b", regex.IGNORECASE)
_WORD = regex.compile(r"[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*")

_OPENING = regex.compile(
    r"""^(?:
        (?:um|uh|er|erm|uhm|hmm)\b[,.…–—-]*\s+
      | (?:and|so|well|okay|ok|now|you\ know|i\ mean),\s+
      | and\s+(?!/|or\b|yet\b|then\b)
      | so\s+(?=(?:i|we|you|he|she|they|it|there|the|a|an|my|our|your|if|when|what)\b)
    )""",
    regex.IGNORECASE | regex.VERBOSE,
)
_CLOSING = regex.compile(r",\s*(?:right|you know|okay|ok|you see)\s*[?.]*$", regex.IGNORECASE)
_FILLER = regex.compile(r"(?:(?<=^)|(?<=\s))(?:um|uh|er|erm|uhm)\b[,…]?\s+", regex.IGNORECASE)
_FILLED = regex.compile(r",\s*(?:um|uh|er|erm|uhm|you know|i mean)\s*,", regex.IGNORECASE)
# Words whose immediate repetition is a stumble; "that that", "is is" and "very very" can be meant.
_STUMBLE = regex.compile(r"\b(the|a|an|i|we|you|they|to|of|and|in|for|it)(?:,?\s+\1\b)+", regex.IGNORECASE)


def apply(text: str, trims: tuple[str, ...]) -> str:
    """`text` after the named rules, always in the order of `RULES`. Raises KeyError for a rule that does not exist."""
    for name in trims:
        RULES[name]
    for name, rule in RULES.items():
        if name in trims:
            text = _guarded(text, rule)
    return text


def _guarded(text: str, rule: Callable[[str], str]) -> str:
    trimmed = fold(rule(text))
    return trimmed if trimmed and weighty(trimmed) == weighty(text) else text


def weighty(text: str) -> tuple[str, ...]:
    """The words of `text` that no rule may remove: negations, hedges and numbers, in order."""
    found = []
    for word in _WORD.findall(text):
        plain = word.casefold().replace("’", "'")
        if plain in PROTECTED or _CONTRACTED_NOT.search(plain):
            found.append(plain)
    return (*found, *regex.findall(r"\p{N}+", text))


def _opening(text: str) -> str:
    while (match := _OPENING.match(text)) and match.end() < len(text):
        text = text[match.end() :]
    return text


def _closing(text: str) -> str:
    return _CLOSING.sub("", text)


def _fillers(text: str) -> str:
    return _FILLER.sub("", _FILLED.sub(",", text))


def _repeats(text: str) -> str:
    return _STUMBLE.sub(r"\1", text)


# Every rule by the name that a quote stores and an editor is shown.
RULES: dict[str, Callable[[str], str]] = {
    "opening words": _opening,
    "closing question": _closing,
    "fillers": _fillers,
    "repeated words": _repeats,
}
