"""How long a text is to read and an episode to hear: words, and minutes."""

from __future__ import annotations

import math

import regex

from bot.model.episode import Episode

# Silent reading of English non-fiction: M. Brysbaert, "How many words do we read per minute?", Journal of Memory and
# Language 109 (2019), a mean over 190 studies.
WORDS_PER_MINUTE = 238
# Scripts without spaces between words: how many characters we count as one word.
_HAN = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
_HAN_PER_WORD = 2
_SOUTHEAST = regex.compile(r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_SOUTHEAST_PER_WORD = 5
_WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}'’.,_-]*+")
_LONGEST = 7 * 24 * 3600


def words(text: str) -> int:
    """The number of words of `text`; two Chinese or Japanese characters, or five Thai ones, count as one word."""
    han, southeast = len(_HAN.findall(text)), len(_SOUTHEAST.findall(text))
    if han:
        text = _HAN.sub(" ", text)
    if southeast:
        text = _SOUTHEAST.sub(" ", text)
    return len(_WORD.findall(text)) + math.ceil(han / _HAN_PER_WORD) + math.ceil(southeast / _SOUTHEAST_PER_WORD)


def reading_minutes(count: int) -> int:
    """Minutes to read `count` words, to the nearest whole one, at least 1."""
    return max(1, math.floor(count / WORDS_PER_MINUTE + 0.5))


def reading_seconds(count: int) -> int:
    """Seconds to read `count` words, to the nearest ten, at least 10."""
    return max(10, 10 * math.floor(count * 6 / WORDS_PER_MINUTE + 0.5))


def listening_minutes(episode: Episode) -> int | None:
    """Minutes to hear the episode: its stated duration, else the last stamp of a whole transcript, else None."""
    seconds = episode.duration
    if not _plausible(seconds) and episode.transcript is not None and not episode.gated:
        stamps = [
            stamp for part in episode.transcript.segments for stamp in (part.start, part.end) if _plausible(stamp)
        ]
        seconds = max((stamp for stamp in stamps if stamp is not None), default=None)
    if seconds is None or not _plausible(seconds):
        return None
    return max(1, math.floor(seconds / 60 + 0.5))


def _plausible(seconds: float | None) -> bool:
    return seconds is not None and math.isfinite(seconds) and 0 < seconds <= _LONGEST
