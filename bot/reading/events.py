"""Takes what was heard but not said, such as `[music]` or `(applause)`, out of spoken text and keeps its place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.text import fold

_SOUNDS = (
    "music|musical|song|singing|sings|jingle|theme|laughter|laughs?|laughing|chuckles?|chuckling|giggles?|applause|"
    "clapping|claps|cheers|cheering|cheer|inaudible|unintelligible|indistinct|indiscernible|crosstalk|silence|pause|"
    "pauses|sighs?|sighing|coughs?|coughing|gasps?|gasping|sobs|sobbing|cries|crying|noise|static|beep|beeps|bleep|"
    "bleeps|sniffs|sneezes|whistles|whistling|snaps|groans?|screams?|bell|rings|ringing|blank_audio|new_paragraph|"
    "foreign|break|intro|outro|sfx|phonetic|knocking|knocks|"
    "musik|lachen|lacht|gelächter|applaus|beifall|musique|rires?|applaudissements|música|risas|aplausos|musica|risate|"
    "applausi|muziek|gelach|applaus"
)
_KEY = re.compile(rf"(?:{_SOUNDS})", re.IGNORECASE)
# Words that may stand beside a sound in round brackets; any other word there means that somebody is speaking.
_BESIDE_WORDS = (
    "upbeat soft gentle light loud quiet audience crowd background playing plays play fades fading fade in out up "
    "continues ends stops starts and both all everyone nervously softly loudly speech talk cross sound sounds effect "
    "effects ad commercial musical interlude closing opening dramatic tense electronic piano guitar language host "
    "guest speaker speakers together again"
)
_BESIDE = frozenset(_BESIDE_WORDS.split())
# Square brackets around a phrase that begins so are an editor's insertion, and words: "[the music industry]".
_INSERTION = re.compile(
    r"(?:the|an?|my|his|her|its|our|your|their|this|that|of|about|to|for|in|on|at|is)\b", re.IGNORECASE
)
_CANDIDATE = re.compile(r"\\?\[([^\[\]]{1,80})\]|\(([^()]{1,40})\)|[♪♫♬♩]+([^♪♫♬♩]*)[♪♫♬♩]*")
_CLOCK = re.compile(r"@?\s?\\?(?:\d{1,3}:)?\d{1,3}:\d{2}(?:[.,]\d{1,3})?")
_BLEEP = re.compile(r"[\s_*\u00a0]+")


@dataclass(frozen=True)
class Heard:
    """Spoken words, folded, and the events among them: (label, offset in `words` before which it stood)."""

    words: str
    events: tuple[tuple[str, int], ...]


def take_out(text: str) -> Heard:
    """The words of `text` without events. Labels are lower case, without brackets and stamps."""
    if not any(sign in text for sign in "[(♪♫♬♩"):
        return Heard(words=fold(text), events=())
    parts: list[str] = []
    length = 0
    events: list[tuple[str, int]] = []
    at = 0
    for match in _CANDIDATE.finditer(text):
        label = _label(match)
        if label is None:
            continue
        length = _append(parts, length, text[at : match.start()])
        events.append((label, length + 1 if length else 0))
        at = match.end()
    length = _append(parts, length, text[at:])
    return Heard(words="".join(parts), events=tuple((label, min(offset, length)) for label, offset in events))


def _append(parts: list[str], length: int, text: str) -> int:
    piece = fold(text)
    if not piece:
        return length
    # The space that parted a word from an event does not part it from the comma behind the event.
    closing = piece[0] in ".,;:!?…)”’" and not text[0].isspace()
    if length and not closing:
        piece = f" {piece}"
    parts.append(piece)
    return length + len(piece)


def _label(match: re.Match[str]) -> str | None:
    if match[0][0] in "♪♫♬♩":
        return "music"
    inner = match[1] if match[1] is not None else match[2]
    words = fold(_CLOCK.sub(" ", inner.rstrip("\\"))).strip(" .!?:;*-–—")
    if not words:
        return "bleep" if match[1] and not inner.strip() else None
    if match[1] and _BLEEP.fullmatch(words):
        return "bleep"
    tokens = re.split(r"[\s,/&-]+", words.casefold())
    keyed = any(_KEY.fullmatch(token) for token in tokens)
    if match[1] is not None:
        shouted = words.isupper() and len(words) > 3 and " " in words
        is_event = (keyed and len(tokens) <= 5 and not _INSERTION.match(words)) or (shouted and len(tokens) <= 6)
    else:
        is_event = keyed and all(_KEY.fullmatch(token) or token in _BESIDE for token in tokens)
    if words.casefold() in ("cross talk", "over talk"):
        is_event = True
    return words.casefold() if is_event else None
