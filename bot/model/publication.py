"""What a reader will see, frozen: the content of a draft's revision and the only thing that is ever sent.

A publication is made once, hashed, approved, stored and handed to a platform as it is. Nothing here is rendered again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.model.provenance import EpisodeRef


class Kind(StrEnum):
    """What a draft publishes."""

    EDITION = "edition"
    QUOTE_POST = "quote"
    EPISODE_POST = "episode"
    EDITION_POST = "announcement"


@dataclass(frozen=True)
class QuotedSpan:
    """A quotation inside a publication, with all that is needed to check it again at the moment of sending."""

    ref: EpisodeRef
    begin: int
    stop: int
    text: str
    speaker: str | None
    trims: tuple[str, ...] = ()


@dataclass(frozen=True)
class Post:
    """One social publication. `text` is complete: attribution, link and hashtags are part of it."""

    text: str
    link: str | None
    language: str | None
    quotes: tuple[QuotedSpan, ...]
    episodes: tuple[EpisodeRef, ...]


@dataclass(frozen=True)
class Mail:
    """One edition as it goes out: the subject and preheader, and the same content as HTML and as plain text.

    `sender` is the whole From header, `Name <address>`.
    """

    sender: str
    subject: str
    preheader: str
    html: str
    text: str
    language: str | None
    quotes: tuple[QuotedSpan, ...]
    episodes: tuple[EpisodeRef, ...]


Publication = Post | Mail
