"""The one value between all textual formats and the grammar: located lines, and facts stated apart from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.model.episode import Enclosure, Person, Remark

# A long day of talk has some 10,000 lines; more than this is no episode and would only cost time.
MAX_LINES = 100_000


@dataclass(frozen=True)
class Line:
    """One line, or one block of a marked-up format, as plain folded text; `text` is "" for an empty line.

    `number` counts from 1 in the document, None where the format hides it. `level` is 1 to 6 where markup makes it a
    heading. `marker` is the bullet or number that markup put before a list item, `voice` the speaker that markup sets
    apart, `link` the address that the line leads to. `gate` marks the place where a members' gate stood.
    """

    text: str
    number: int | None = None
    level: int = 0
    marker: str = ""
    voice: str | None = None
    link: str | None = None
    gate: bool = False


@dataclass(frozen=True)
class Facts:
    """What a document says about its episode outside its body: front matter, or the head of an HTML page.

    `declared` says that somebody wrote these facts to describe an episode (front matter), so that a body without any
    known heading is still an episode. `site` is the name of the web site, the last resort for the show's name.
    """

    title: str | None = None
    show: str | None = None
    site: str | None = None
    blurb: str = ""
    summary: str = ""
    insights: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    people: tuple[Person, ...] = ()
    guid: str | None = None
    url: str | None = None
    audio: Enclosure | None = None
    published: datetime | None = None
    duration: float | None = None
    language: str | None = None
    artwork: str | None = None
    declared: bool = False


@dataclass(frozen=True)
class Sheet:
    """A textual document ready for the grammar. `hard_wrapped`: a line end inside a paragraph means nothing."""

    name: str
    lines: tuple[Line, ...]
    facts: Facts = Facts()
    remarks: tuple[Remark, ...] = ()
    hard_wrapped: bool = False
