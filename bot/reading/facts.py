"""Turns the fields of front matter into facts about an episode: which key means what, and how its value reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from bot.errors import UnreadableDocument
from bot.model.episode import Enclosure, Person, Remark
from bot.reading import dates, gate
from bot.reading.hashtags import unique
from bot.reading.lines import Facts
from bot.reading.plain import LINE_END, clean, one_line, text_of, unwrap
from bot.reading.yaml_subset import Field

# The first key that is present counts.
_KEYS: dict[str, tuple[str, ...]] = {
    "title": ("title", "episode_title"),
    "show": ("show", "podcast", "show_name", "show_title", "channel", "series"),
    "guid": ("guid", "episode_guid"),
    "url": ("url", "link", "permalink", "canonical", "canonical_url", "youtube_url", "youtube_link"),
    "audio": ("audio", "audio_url", "enclosure", "podcast_file", "file", "mp3"),
    "bytes": ("podcast_bytes", "audio_bytes", "bytes", "length"),
    "published": ("published", "date", "publish_date", "published_at", "pubdate", "pub_date"),
    "duration": ("duration_seconds", "duration", "podcast_duration"),
    "language": ("language", "lang"),
    "artwork": ("artwork", "podcast_image", "itunes_image"),
    "topics": ("topics", "tags", "keywords"),
    "hosts": ("hosts", "host"),
    "guests": ("guests", "guest"),
    "blurb": ("blurb", "description", "subtitle", "excerpt"),
    "summary": ("summary",),
}
_SIMPLE = "Write one value, or a simple list of names; docs/formats.md shows what front matter may hold."


def facts_of(fields: Mapping[str, Field], name: str) -> tuple[Facts, tuple[Remark, ...]]:
    """Facts, and a remark for each date or duration that could not be read.

    Raises UnreadableDocument where a key that we use holds a mapping or something else outside the documented part.
    """
    reader = _Fields(fields, name)
    audio = reader.url("audio")
    length = reader.text("bytes")
    facts = Facts(
        title=reader.text("title") or None,
        show=reader.text("show") or None,
        blurb=reader.paragraphs("blurb"),
        summary=reader.paragraphs("summary"),
        topics=unique(reader.names("topics")),
        people=tuple(
            Person(name=person, role=role)
            for role, key in (("host", "hosts"), ("guest", "guests"))
            for person in unique(reader.names(key))
        ),
        guid=reader.text("guid") or None,
        url=reader.url("url"),
        audio=Enclosure(url=audio, length=int(length) if length.isdecimal() and len(length) < 16 else None)
        if audio
        else None,
        published=reader.published(),
        duration=reader.duration(),
        language=reader.text("language")[:35] or None,
        artwork=reader.url("artwork"),
        declared=bool(reader.text("title")),
    )
    return facts, tuple(reader.remarks)


def web_address(text: str) -> str | None:
    """`text` where it is an http or https address, else None: nothing else is ever linked to."""
    text = one_line(text)
    if not text.casefold().startswith(("http://", "https://")) or " " in text or len(text) > 2000:
        return None
    try:
        return text if urlsplit(text).hostname else None
    except ValueError:
        return None


class _Fields:
    def __init__(self, fields: Mapping[str, Field], name: str) -> None:
        self._fields = fields
        self._name = name
        self.remarks: list[Remark] = []

    def names(self, key: str) -> tuple[str, ...]:
        found = self._find(key)
        if found is None:
            return ()
        raw = found.value
        names = raw if isinstance(raw, tuple) else (raw or "").split(",")
        return tuple(name for name in (self._ungated(one_line(name)) for name in names) if name)

    def text(self, key: str) -> str:
        found = self._find(key)
        raw = found.value if found else ""
        return self._ungated(one_line(", ".join(raw) if isinstance(raw, tuple) else raw or ""))

    def paragraphs(self, key: str) -> str:
        found = self._find(key)
        raw = found.value if found else ""
        text = clean("\n\n".join(raw) if isinstance(raw, tuple) else raw or "")
        return self._ungated(text_of(unwrap([one_line(line) for line in LINE_END.split(text)], hard_wrapped=True)))

    def url(self, key: str) -> str | None:
        for alias in _KEYS[key]:
            found = self._fields.get(alias)
            address = web_address(found.value) if found and isinstance(found.value, str) else None
            if address:
                return address
        return None

    def published(self) -> datetime | None:
        found = self._find("published")
        text = self.text("published")
        value = dates.moment(text) if text else None
        if text and value is None and found:
            self.remarks.append(Remark(f"'{text[:40]}' is no date that we can read, such as 2026-03-01.", found.line))
        return value

    def duration(self) -> float | None:
        found = self._find("duration")
        text = self.text("duration")
        value = dates.duration(text) if text else None
        if text and value is None and found:
            self.remarks.append(Remark(f"'{text[:40]}' is no duration that we can read, such as 58:12.", found.line))
        return value

    def _find(self, key: str) -> Field | None:
        for alias in _KEYS[key]:
            found = self._fields.get(alias)
            if found is None or found.value in ("", ()):
                continue
            if found.value is None:
                expected = f"expected one value or a list of values for '{alias}'."
                raise UnreadableDocument(self._name, expected, _SIMPLE, line=found.line)
            return found
        return None

    def _ungated(self, text: str) -> str:
        return gate.strip(text)[0]
