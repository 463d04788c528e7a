"""Makes items out of what entries say of themselves, in whatever format they said it."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.errors import UnreadableDocument
from bot.model.episode import Chapter, Enclosure, Episode, Person, Remark, Soundbite, TranscriptLink
from bot.model.feed import Item
from bot.reading import grammar, html_page
from bot.reading.gate import strip
from bot.reading.hashtags import split_title, unique
from bot.reading.headings import heading_of
from bot.reading.plain import text_of
from bot.sources.feed.media import title_of
from bot.sources.feed.words import NOTHING, Words, line_of, lines_of, markup_of
from bot.text import shorten

_TITLE_LENGTH = 80
_LONGEST_TITLE = 1000
_UNTITLED = "Untitled"
_GUID_LENGTH = 1000


@dataclass(frozen=True)
class Told:
    """What an entry says. Addresses are whole; texts may bear markup."""

    guid: str = ""
    title: Words = NOTHING
    description: Words = NOTHING
    contents: tuple[Words, ...] = ()
    link: str | None = None
    audio: Enclosure | None = None
    published: datetime | None = None
    updated: datetime | None = None
    duration: float | None = None
    keywords: tuple[str, ...] = ()
    persons: tuple[Person, ...] = ()
    soundbites: tuple[Soundbite, ...] = ()
    transcripts: tuple[TranscriptLink, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    chapters_url: str | None = None
    season: int | None = None
    number: float | None = None
    kind: str = ""
    location: str | None = None
    language: str | None = None
    blocked: bool = False
    # No part of the fingerprint.
    picture: str | None = field(default=None, repr=False)


def items_of(
    entries: Sequence[Told], name: str, *, show: str | None, language: str | None, marks: Sequence[str] = ()
) -> tuple[tuple[Item, ...], tuple[Remark, ...]]:
    """The items in order, and a remark on each entry that is none. `marks` are their fingerprints, () if not known."""
    items: list[Item] = []
    remarks: list[Remark] = []
    if len(marks) != len(entries):
        marks = [""] * len(entries)
    for number, (told, mark) in enumerate(zip(entries, marks, strict=True), start=1):
        try:
            episode = _episode(told, name, show=show, language=told.language or language)
        except UnreadableDocument as error:
            remarks.append(Remark(f"Item {number} was left out: {error.expected}"))
            continue
        if episode is None:
            remarks.append(Remark(f"Item {number} has neither a title nor a text nor a media file and was left out."))
        else:
            items.append(Item(episode, mark or _mark(told), told.updated, told.blocked, told.picture))
    return tuple(items), tuple(remarks)


def _mark(told: Told) -> str:
    """A fingerprint by what was understood, where the document could not be taken apart."""
    return hashlib.blake2b(repr(replace(told, updated=None)).encode(), digest_size=16).hexdigest()


def _episode(told: Told, name: str, *, show: str | None, language: str | None) -> Episode | None:
    longest = max(told.contents, key=lambda words: len(words.text), default=NOTHING) or told.description
    described = told.description or longest
    lines = lines_of(described, name)
    blurb, gated = strip(text_of(line.text for line in lines))
    title, tags = split_title(_cut(line_of(told.title, name)))
    if not title and not blurb:
        if told.audio is None:
            return None
        title = title_of(told.audio) or _UNTITLED
    if longest != described:
        lines = lines_of(longest, name)
    # Notes that bear the headings of a page are read as one.
    page = _page(longest, name, title=title or _UNTITLED) if any(heading_of(line) for line in lines) else None
    return Episode(
        title=title or shorten(blurb.split("\n")[0], _TITLE_LENGTH),
        show=show,
        blurb=(page.blurb if page else "") or blurb,
        summary=page.summary if page else "",
        insights=page.insights if page else (),
        topics=(page.topics if page else ()) or unique(told.keywords) or tags,
        transcript=page.transcript if page else None,
        gated=gated or (page.gated if page else False),
        related=page.related if page else (),
        people=told.persons,
        soundbites=told.soundbites,
        guid=told.guid.strip()[:_GUID_LENGTH] or None,
        url=told.link,
        audio=told.audio,
        published=told.published,
        duration=told.duration,
        language=language,
        season=told.season,
        number=told.number,
        kind=told.kind,
        location=told.location,
        chapters=told.chapters,
        chapters_url=told.chapters_url,
        transcript_links=_best_first(told.transcripts, language),
    )


def _cut(title: str) -> str:
    return title if len(title) <= _LONGEST_TITLE else shorten(title[: 2 * _LONGEST_TITLE], _LONGEST_TITLE)


def _best_first(links: Sequence[TranscriptLink], language: str | None) -> tuple[TranscriptLink, ...]:
    """In the language that is spoken before translations; else as they came, which is the best kind first."""
    spoken = _primary(language)
    return tuple(sorted(links, key=lambda link: bool(spoken and link.language) and _primary(link.language) != spoken))


def _primary(language: str | None) -> str:
    return (language or "").partition("-")[0].casefold()


def _page(words: Words, name: str, *, title: str) -> Episode | None:
    try:
        return grammar.read(html_page.sheet(f"<h1>{html.escape(title)}</h1>{markup_of(words)}", name)).episodes[0]
    except UnreadableDocument:
        return None
