"""Tells a speaker's label ("Ann Lee: …") from a sentence that happens to have a colon in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

_LABEL = re.compile(r"(?:>>+\s?)?([^\s:：\[\]{}<>\"“”?!,;][^:：\[\]{}<>\"“”?!;]{0,59})(?:：|:(?=\s|$))\s?")
_PARTICLE_WORDS = "de da di du van von der den la le al bin ibn of the and & y e dos del zu"
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
# What people say before a colon. A one-word label that is one of these is speech.
_SPEECH_WORDS = (
    "so and but now well because look listen remember note question answer first second third finally also example "
    "update warning why how what when where who that this it i you we they he she yes no ok okay right maybe "
    "then therefore hence thus again one two three rule step tip quote fact point problem solution translation "
    "meaning basically actually honestly obviously summary topics chapter part section warning disclaimer"
)
_SPEECH = frozenset(_SPEECH_WORDS.split())
# "The Rule: …" and "Step Two: …" head a thought and name nobody.
_DETERMINERS = (
    "the a an my your our this that these those his her its their lesson step chapter part number rule episode"
)
_TITLE_WORDS = frozenset(_DETERMINERS.split())
# Not a person: the transcriber marks a gap by it.
PSEUDO = frozenset({"break", "music", "jingle", "intro", "outro"})
_ROLE = re.compile(r"\s?\([^()]{0,30}\)$")


def label(text: str) -> tuple[str, str] | None:
    """(name, words after it) where `text` begins with something of the shape of a speaker's label."""
    match = _LABEL.match(text)
    if match is None or not looks_like_name(match[1]):
        return None
    return name_of(match[1]), text[match.end() :]


def name_of(words: str) -> str:
    """A label as a name: without marks, and without a role in brackets ("Ann Lee (host)")."""
    name = words.strip(" *_-–—:")
    return _ROLE.sub("", name) or name


# The few names of an episode are asked about on every line.
@lru_cache(maxsize=1024)
def looks_like_name(text: str) -> bool:
    """Whether `text` may name a speaker: one to five words, none that begins in lower case but "de", "von" …"""
    words = name_of(text).split()
    if not 1 <= len(words) <= 5 or len(text) > 60:
        return False
    if len(words) == 1 and words[0].casefold() in _SPEECH:
        return False
    if len(words) > 1 and words[0].casefold() in _TITLE_WORDS:
        return False
    if words[0].endswith((".", "…")) and len(words[0]) > 4:
        return False
    named = [word for word in words if word.casefold() not in _PARTICLES]
    starts = [word.lstrip("('‘’\"“@#")[:1] for word in named]
    return (
        bool(named)
        and any(start.isalpha() for start in starts)
        and not any(start.islower() for start in starts)
        and not any(word.endswith((".", ",")) and len(word) > 4 for word in named)
    )


def in_use(candidates: Sequence[str | None]) -> frozenset[str]:
    """Which label shapes of a transcript, given line by line, are speakers.

    Labels are in use where the first line bears one or one comes twice; then every shape counts, but in a script
    without capitals only short ones. One lone "Good Rule: …" is a sentence.
    """
    counts = Counter(name for name in candidates if name)
    repeated = {name for name, times in counts.items() if times > 1}
    first = next(iter(candidates), None)
    if not repeated and (first is None or not _cased(first)):
        return frozenset()
    return frozenset(name for name in counts if name in repeated or _cased(name) or _short(name))


def _cased(name: str) -> bool:
    return name[:1].isupper() or name[:1] in "(@"


def _short(name: str) -> bool:
    return len(name) <= 16 and name.count(" ") < 2
