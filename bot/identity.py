"""Decides whether an episode that was read is one that we know: the rule that keeps an edit from being announced anew.

Pure. The ladder: the source's own identifier; the same show and title on the same day; the same place with mostly the
same words (a corrected title). A page that was overwritten with another episode is another episode.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import regex

from bot.model.episode import Episode

_WORD = regex.compile(r"[\p{L}\p{N}]+")
_COMPARED_WORDS = 3_000
_RUN = 3
# Of two readings of one episode most runs of three words recur; of two episodes of one show, a few in a hundred.
_ALIKE = 0.3


@dataclass(frozen=True)
class Known:
    """A stored episode that may be the one at hand, with its newest content and the place it was read from."""

    id: int
    locator: str
    content: Episode


def key(text: str | None) -> str:
    """A name or title without regard to case, accents of form, punctuation and spacing."""
    folded = unicodedata.normalize("NFKC", text or "").casefold()
    return " ".join(_WORD.findall(folded))


def match(episode: Episode, *, locator: str, known: Sequence[Known]) -> Known | None:
    """The stored episode that `episode`, read from `locator`, is a reading of; None where it is new."""
    for rule in (_same_guid, _same_title, _same_place):
        for candidate in known:
            if rule(episode, locator, candidate):
                return candidate
    return None


def identity(episode: Episode) -> str:
    """The name under which a new episode is stored, so that two workers reading it at once store it once."""
    if episode.guid:
        return f"{key(episode.show)}|guid|{episode.guid}"
    day = episode.published.date().isoformat() if episode.published else ""
    return f"{key(episode.show)}|{key(episode.title)}|{day}"


def _same_guid(episode: Episode, _locator: str, known: Known) -> bool:
    return bool(episode.guid) and episode.guid == known.content.guid and _one_show(episode, known.content)


def _same_title(episode: Episode, locator: str, known: Known) -> bool:
    other = known.content
    if _guids_differ(episode, other) or not _one_show(episode, other) or key(episode.title) != key(other.title):
        return False
    if episode.published and other.published and episode.published.date() != other.published.date():
        return False
    return locator == known.locator or _alike(episode, other)


def _same_place(episode: Episode, locator: str, known: Known) -> bool:
    return locator == known.locator and not _guids_differ(episode, known.content) and _alike(episode, known.content)


def _guids_differ(one: Episode, other: Episode) -> bool:
    return bool(one.guid and other.guid) and one.guid != other.guid


def _one_show(one: Episode, other: Episode) -> bool:
    return not one.show or not other.show or key(one.show) == key(other.show)


def _alike(one: Episode, other: Episode) -> bool:
    """Whether the shorter of the two is mostly contained in the longer."""
    first, second = _runs(one), _runs(other)
    shorter = min(len(first), len(second))
    return shorter == 0 or len(first & second) / shorter >= _ALIKE


def _runs(episode: Episode) -> frozenset[tuple[str, ...]]:
    said = episode.transcript.text if episode.transcript else ""
    text = "\n".join((episode.blurb, episode.summary, *episode.insights, said))
    words = [found.group().casefold() for found in islice(_WORD.finditer(text), _COMPARED_WORDS)]
    return frozenset(tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1))
