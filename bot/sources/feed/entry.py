"""Makes an item out of what an entry says of itself, in whatever format it said it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from bot.errors import UnreadableDocument
from bot.model.episode import Chapter, Enclosure, Episode, Person, Soundbite, TranscriptLink
from bot.model.feed import Item
from bot.reading import grammar, html_page
from bot.reading.facts import web_address
from bot.reading.gate import strip
from bot.reading.hashtags import split_title, unique
from bot.reading.headings import heading_of
from bot.text import shorten

_TITLE_LENGTH = 80


@dataclass(frozen=True)
class Told:
    """What an entry says, as texts that may bear markup."""

    guid: str = ""
    title: str = ""
    description: str = ""
    contents: tuple[str, ...] = ()
    link: str = ""
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


def item_of(told: Told, name: str, *, show: str | None, language: str | None, fingerprint: str = "") -> Item | None:
    """The item, or None for an entry with neither a title nor a text."""
    longest = max(told.contents, key=len, default="")
    blurb, gated = strip(html_page.plain_text(told.description or longest, name))
    title, tags = split_title(html_page.plain_text(told.title, name))
    if not title and not blurb:
        return None
    page = _headed(longest or told.description, name, title=title or "Untitled")
    episode = Episode(
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
        guid=told.guid[:1000] or None,
        url=web_address(told.link),
        audio=told.audio,
        published=told.published,
        duration=told.duration,
        language=told.language or language,
        season=told.season,
        number=told.number,
        kind=told.kind,
        location=told.location,
        chapters=told.chapters,
        chapters_url=told.chapters_url,
        transcript_links=told.transcripts,
    )
    mark = fingerprint or hashlib.blake2b(repr(replace(told, updated=None)).encode(), digest_size=16).hexdigest()
    return Item(episode, mark, told.updated)


def _headed(fragment: str, name: str, *, title: str) -> Episode | None:
    """The notes of an item read as a page, where they bear the headings of one."""
    sheet = html_page.sheet(f"<h1>{title}</h1>{fragment}", name)
    if not any(heading_of(line) for line in sheet.lines):
        return None
    try:
        return grammar.read(sheet).episodes[0]
    except UnreadableDocument:
        return None
