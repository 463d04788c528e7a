"""What we say about an episode, and the edition that gathers a week of episodes: values ready to be rendered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.model.provenance import EpisodeRef, Line
from bot.model.publication import Medium
from bot.model.quote import Quote

PARTS = ("top", "lead", "groups", "threads", "quotes", "also")
"""The parts of an edition, in the order in which they are printed unless an editor moves them."""


class Origin(StrEnum):
    """Who says a summary or insights: what is not the show's own account is marked as ours wherever it is printed.

    NOTES are sentences of the show notes and CONVERSATION words that were said, both chosen by us; MODEL was drafted by
    a language model and checked against the source.
    """

    SHOW = "show"
    NOTES = "notes"
    CONVERSATION = "conversation"
    MODEL = "model"


@dataclass(frozen=True)
class Claims:
    """Insights under one attribution: "The speaker argues:" and its claims, each keeping what was claimed.

    `attribution` is None where the source attributes nothing.
    """

    attribution: Line | None
    claims: tuple[Line, ...]


@dataclass(frozen=True)
class Digest:
    """What we say about one episode.

    `summary` is the source's own sentences, fewer of them, where `summary_by` is SHOW, and so are `insights` and
    `insights_by`; where the source gives none, these two say where ours come from. `listening_minutes` is None where
    the length of the episode is not known. `best` is the index in `quotes` of the quote to print with it, or None.
    """

    ref: EpisodeRef
    show: str | None
    headline: Line
    hook: Line | None
    summary: tuple[Line, ...]
    insights: tuple[Claims, ...]
    topics: tuple[str, ...]
    quotes: tuple[Quote, ...]
    reading_minutes: int
    listening_minutes: int | None
    gated: bool
    url: str | None
    audio: str | None
    published: date | None
    language: str | None
    related: tuple[RelatedLine, ...] = ()
    summary_by: Origin = Origin.SHOW
    insights_by: Origin = Origin.SHOW

    @property
    def best(self) -> Quote | None:
        return self.quotes[0] if self.quotes else None


@dataclass(frozen=True)
class RelatedLine:
    """A sibling episode as we list it: its title without hashtags, and its first sentence."""

    title: Line
    hook: Line | None
    url: str | None


@dataclass(frozen=True)
class TopicGroup:
    topic: str
    digests: tuple[Digest, ...]


@dataclass(frozen=True)
class Point:
    """One episode's contribution to a thread."""

    ref: EpisodeRef
    show: str | None
    headline: str
    line: Line


@dataclass(frozen=True)
class Thread:
    """A point made in more than one episode; `title` is the shared words.

    `key` is what an editor's order and omissions call it (`bot.digest.arrange`); it outlives points that are left out.
    """

    title: str
    points: tuple[Point, ...]
    key: str = ""


@dataclass(frozen=True)
class EditionQuote:
    """A quote as an edition prints it, with enough to attribute it and to find its moment."""

    ref: EpisodeRef
    show: str | None
    headline: str
    quote: Quote
    url: str | None


@dataclass(frozen=True)
class AlsoFromShow:
    show: str
    related: tuple[RelatedLine, ...]


@dataclass(frozen=True)
class Artwork:
    """A picture as readers see it: our own small copy, and the whole address at which we give it out.

    It is the show's, or the own one of an `episode`.
    """

    show: str
    address: str
    medium: Medium
    episode: int | None = None


@dataclass(frozen=True)
class LeftOut:
    """A part of an edition, or something in one, that is not printed: by what key, what it says, and why not."""

    key: str
    text: str
    reason: str


@dataclass(frozen=True)
class Edition:
    """One number of a newsletter, as composed: what `bot.render` turns into HTML and plain text.

    `top` are the three digests of the 30-second top, in order; `lead` is the lead story; `groups` hold all other
    digests. `opener` and `notes` are an editor's own words in Markdown; `notes` are keyed by episode. `page` is the
    whole address of the edition in the public archive; None where it has none. `reading_seconds` is 0 unless it is read
    in less than a minute and a half. `artwork` are the pictures of its shows and episodes, where the newsletter shows
    them. `parts` is the order in which its parts are printed, `left_out` what an editor took out beside whole episodes.
    """

    newsletter: str
    number: int
    day: date
    subject: Line
    preheader: Line
    top: tuple[Digest, ...]
    lead: Digest
    groups: tuple[TopicGroup, ...]
    threads: tuple[Thread, ...]
    quotes: tuple[EditionQuote, ...]
    also: tuple[AlsoFromShow, ...]
    reading_minutes: int
    opener: str = ""
    notes: tuple[tuple[int, str], ...] = ()
    reading_seconds: int = 0
    page: str | None = None
    artwork: tuple[Artwork, ...] = ()
    parts: tuple[str, ...] = PARTS
    left_out: tuple[LeftOut, ...] = ()

    @property
    def pictures(self) -> dict[int, Artwork]:
        """By episode the picture beside it: its own, else its show's."""
        own = {each.episode: each for each in self.artwork}
        shows = {each.show: each for each in self.artwork if each.episode is None}
        beside = {each.ref.episode: own.get(each.ref.episode, shows.get(each.show or "")) for each in self.digests}
        return {episode: picture for episode, picture in beside.items() if picture is not None}

    @property
    def digests(self) -> tuple[Digest, ...]:
        """Every digest of the edition, the lead first, in the order of print."""
        return (self.lead, *(digest for group in self.groups for digest in group.digests))


@dataclass(frozen=True)
class Imprint:
    """Who publishes a newsletter: what the head and the foot of every edition say.

    `address` is the postal address that the law of many countries asks for; "" where the host gave none.
    `promise` is the frequency in words ("every Thursday"), as printed in the footer; `unsubscribe` and `preferences`
    are where its links lead. All three are places (`bot.model.places`) until a mail goes out; empty ones print nothing.
    """

    title: str
    sender: str
    address: str = ""
    language: str = "en"
    promise: str = ""
    site: str | None = None
    unsubscribe: str = ""
    preferences: str = ""

    @property
    def publisher(self) -> str:
        """Who publishes, by name, for pages: the mail address stays in the mail. "" where the title says it."""
        before, bracket, _ = self.sender.partition("<")
        name = before.strip().strip('"').strip() if bracket else ""
        return name if name != self.title else ""
