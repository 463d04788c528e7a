"""The named rules by which a quoted line may lose words: only fillers and false starts, never a hedge or a negation."""

from __future__ import annotations

from collections.abc import Callable

import regex

from bot.quotes.words import word_set
from bot.text import fold

# Words that change what is claimed. A rule that would remove one of them removes nothing.
NEGATIONS = word_set(
    "not no never none nobody nothing neither nor nowhere hardly barely scarcely without unless except cannot"
)
PROTECTED = NEGATIONS | word_set(
    """
    think believe guess suppose feel maybe perhaps probably possibly likely might may could would should seems seem
    apparently some sometimes often usually mostly almost nearly about roughly if but however although though yet only
    my our mine ours case most many few somewhat arguably allegedly reportedly supposedly
    """
)
_CONTRACTED_NOT = regex.compile(r"n['’]t\b", regex.IGNORECASE)
_WORD = regex.compile(r"[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*")

# The rules know English only: "um" is a word in German and in Portuguese, "so" in many languages. These words make a
# line English; none of them is at home in a language that writes with the same letters.
_ENGLISH = word_set(
    """
    the and you that it it's this they with are have don't i'm you're we're they're that's there what when my your our
    were would can't people because think know
    """
)
# "er" is no rule of ours: it is hesitation in English and "he" in German. "Now," may be set against "then".
_OPENING = regex.compile(
    r"""^(?:
        um(?:[,.…–—-]+\s+|\s+(?=(?:i|we|you|the|and|so|it|they)\b))
      | (?:uh|erm|uhm|hmm)\b[,.…–—-]*\s+
      | (?:and|so|well|okay|ok|you\ know|i\ mean),\s+
      | and\s+(?!/|or\b|yet\b|then\b)
      | so\s+(?=(?:i|we|you|he|she|they|it|there|the|a|an|my|our|your|if|when|what)\b)
    )""",
    regex.IGNORECASE | regex.VERBOSE,
)
_CLOSING = regex.compile(r",\s*(?:right|you know|okay|ok|you see)\s*[?.]*$", regex.IGNORECASE)
_FILLER = regex.compile(r"(?:(?<=^)|(?<=\s))(?:um[,…]|(?:uh|erm|uhm)\b[,…]?)\s+", regex.IGNORECASE)
_FILLED = regex.compile(r",\s*(?:um|uh|erm|uhm|you know|i mean)\s*,", regex.IGNORECASE)
# Words whose immediate repetition is a stumble. "That that", "what I told you, you know" and "if you love it, it grows"
# are meant: such words are left alone.
_STUMBLE = regex.compile(r"\b(?:(the|a|an|i)(?:,?\s+\1\b)+|(we|and|of)(?:\s+\2\b)+)", regex.IGNORECASE)


def apply(text: str, trims: tuple[str, ...]) -> str:
    """`text` after the named rules, always in the order of `RULES`; a line that is not English stays as it is.

    Raises KeyError for a rule that does not exist.
    """
    for name in trims:
        RULES[name]
    if not trims or not _is_english(text):
        return text
    for name, rule in RULES.items():
        if name in trims:
            text = _guarded(text, rule)
    return text


def _is_english(text: str) -> bool:
    return not _ENGLISH.isdisjoint(_plain(text))


def _guarded(text: str, rule: Callable[[str], str]) -> str:
    trimmed = fold(rule(text))
    return trimmed if trimmed and weighty(trimmed) == weighty(text) else text


def weighty(text: str) -> tuple[str, ...]:
    """The words of `text` that no rule may remove: negations, hedges and numbers, in order."""
    return (*weights(text), *regex.findall(r"\p{N}+", text))


def weights(text: str) -> tuple[str, ...]:
    """The negations, hedges and conditions of `text`, in order."""
    return tuple(word for word in _plain(text) if word in PROTECTED or _CONTRACTED_NOT.search(word))


def negations(text: str) -> tuple[str, ...]:
    """The words of `text` that deny, in order."""
    return tuple(word for word in _plain(text) if word in NEGATIONS or _CONTRACTED_NOT.search(word))


def _plain(text: str) -> list[str]:
    return [word.casefold().replace("’", "'") for word in _WORD.findall(text)]


def _opening(text: str) -> str:
    while (match := _OPENING.match(text)) and match.end() < len(text):
        text = text[match.end() :]
    return text


def _closing(text: str) -> str:
    return _CLOSING.sub("", text)


def _fillers(text: str) -> str:
    return _FILLER.sub("", _FILLED.sub(",", text))


def _repeats(text: str) -> str:
    return _STUMBLE.sub(lambda found: found[1] or found[2], text)


# Every rule by the name that a quote stores and an editor is shown.
RULES: dict[str, Callable[[str], str]] = {
    "opening words": _opening,
    "closing question": _closing,
    "fillers": _fillers,
    "repeated words": _repeats,
}
