"""Reads Pullquote's own JSON shape of an episode (docs/formats.md) and refuses every key that it does not know."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import UnreadableDocument
from bot.model.episode import Enclosure, Episode, Person, Reading, Related, Remark, Soundbite
from bot.reading import dates, gate, grammar, page
from bot.reading.cues import Spoken
from bot.reading.facts import web_address
from bot.reading.hashtags import split_title, unique
from bot.reading.json_text import line_of, parse, path_name
from bot.reading.plain import LINE_END, clean, one_line, text_of, unwrap
from bot.reading.transcripts import shapes

_REMEDY = "docs/formats.md lists every key and its form."
MAX_EPISODES = 1_000


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Related(_Strict):
    title: str
    blurb: str = ""
    topics: list[str] = []
    url: str | None = None


class _Person(_Strict):
    name: str
    role: str = ""


class _Soundbite(_Strict):
    start: float = Field(ge=0, allow_inf_nan=False)
    duration: float = Field(gt=0, allow_inf_nan=False)
    title: str = ""


class _Enclosure(_Strict):
    url: str
    mime: str = ""
    length: int | None = Field(default=None, ge=0)


class _Episode(_Strict):
    title: str
    show: str | None = None
    blurb: str = ""
    summary: str = ""
    insights: list[str] = []
    topics: list[str] = []
    transcript: object = None
    gated: bool = False
    related: list[_Related] = []
    people: list[_Person] = []
    soundbites: list[_Soundbite] = []
    guid: str | None = None
    url: str | None = None
    audio: str | _Enclosure | None = None
    published: str | None = None
    duration: float | str | None = None
    language: str | None = None
    artwork: str | None = None


def read(text: str, name: str, *, remarks: tuple[Remark, ...] = ()) -> Reading:
    """The episode of a JSON object, or the episodes of a list of them.

    Raises UnreadableDocument with the path and the line of the first fault, and the nearest key for an unknown one.
    """
    value = parse(text, name)
    several = isinstance(value, list)
    values: list[object] = value if isinstance(value, list) else [value]
    if not values or len(values) > MAX_EPISODES:
        expected = f"expected one episode, or a list of 1 to {MAX_EPISODES:,} of them, but found {len(values):,}."
        raise UnreadableDocument(name, expected, _REMEDY, line=1)
    noticed = list(remarks)
    readers = [
        _Reader(name=name, source=text, path=(number,) if several else (), remarks=noticed)
        for number in range(len(values))
    ]
    episodes = [reader.episode(one) for reader, one in zip(readers, values, strict=True)]
    return Reading(episodes=tuple(episodes), remarks=tuple(noticed))


class _Reader:
    """One episode of a document; it knows where it stands, for messages."""

    def __init__(self, *, name: str, source: str, path: tuple[str | int, ...], remarks: list[Remark]) -> None:
        self._name = name
        self._source = source
        self._path = path
        self._remarks = remarks
        self._gated = False

    def episode(self, value: object) -> Episode:
        if not isinstance(value, dict):
            raise self._error((), "expected an object with at least a title")
        try:
            given = _Episode.model_validate(value)
        except ValidationError as error:
            raise self._fault(error) from error
        title, tags = split_title(gate.strip(given.title)[0])
        if not any(character.isalnum() for character in title):
            raise self._error(("title",), "expected a title in words, not only hashtags or signs")
        spoken = self._spoken(given.transcript)
        self._remarks += spoken.remarks
        episode = Episode(
            title=title,
            show=self._line(given.show),
            blurb=self._text(given.blurb),
            summary=self._text(given.summary),
            insights=tuple(line for line in map(self._line, given.insights) if line),
            topics=unique(line for line in map(self._line, given.topics) if line) or tags,
            transcript=spoken.transcript,
            gated=False,
            related=tuple(self._related(one) for one in given.related),
            people=tuple(
                Person(name=name, role=one_line(one.role).casefold())
                for one in given.people
                if (name := self._line(one.name))
            ),
            soundbites=tuple(
                Soundbite(one.start, one.duration, self._line(one.title) or "") for one in given.soundbites
            ),
            guid=self._line(given.guid),
            url=self._address(given.url, "url"),
            audio=self._audio(given.audio),
            published=self._published(given.published),
            duration=self._duration(given.duration),
            language=self._line(given.language),
            artwork=self._address(given.artwork, "artwork"),
        )
        grammar.require_content(episode, name=self._name, line=line_of(self._source, (*self._path, "title")))
        # Whether a gate stood anywhere is known only now that every field has been read.
        return replace(episode, gated=given.gated or spoken.gated or self._gated)

    def _spoken(self, value: object) -> Spoken:
        if value is None:
            return Spoken(transcript=None)
        if isinstance(value, str):
            return grammar.transcript(page.sheet(value, self._name))
        return shapes.read(value, self._name, source=self._source, path=(*self._path, "transcript"))

    def _line(self, text: str | None) -> str | None:
        if text is None:
            return None
        kept, gated = gate.strip(one_line(text))
        self._gated = self._gated or gated
        return kept or None

    def _text(self, text: str) -> str:
        lines = [one_line(line) for line in LINE_END.split(clean(text))]
        kept, gated = gate.strip("\n".join(lines))
        self._gated = self._gated or gated
        return text_of(unwrap(kept.split("\n"), hard_wrapped=True))

    def _related(self, given: _Related) -> Related:
        title, tags = split_title(self._line(given.title) or "")
        url = web_address(given.url) if given.url else None
        return Related(title=title, blurb=self._text(given.blurb), topics=unique(given.topics) or tags, url=url)

    def _address(self, text: str | None, *path: str) -> str | None:
        if not text:
            return None
        address = web_address(text)
        if address is None:
            raise self._error(path, "expected an address that begins with http:// or https://")
        return address

    def _audio(self, given: str | _Enclosure | None) -> Enclosure | None:
        if isinstance(given, _Enclosure):
            address = self._address(given.url, "audio", "url")
            return Enclosure(url=address, mime=one_line(given.mime), length=given.length) if address else None
        address = self._address(given, "audio")
        return Enclosure(url=address) if address else None

    def _published(self, text: str | None) -> datetime | None:
        if not text:
            return None
        found = dates.moment(text)
        if found is None:
            raise self._error(("published",), "expected a date such as 2026-03-01 or 2026-03-01T09:00:00Z")
        return found

    def _duration(self, value: float | str | None) -> float | None:
        if value is None:
            return None
        found = dates.duration(value) if isinstance(value, str) else value
        if found is None or not 0 <= found < 10_000_000:
            raise self._error(("duration",), 'expected seconds (3492) or a length ("58:12")')
        return float(found)

    def _fault(self, error: ValidationError) -> UnreadableDocument:
        first = error.errors(include_url=False)[0]
        path = tuple(
            step for step in first["loc"] if not (isinstance(step, str) and step in ("str", "float", "_Enclosure"))
        )
        match first["type"]:
            case "extra_forbidden":
                return self._error(path, f"unknown key{_nearest(path)}")
            case "missing":
                return self._error(path, "is missing")
            case _:
                return self._error(path, first["msg"][:1].lower() + first["msg"][1:])

    def _error(self, path: tuple[str | int, ...], expected: str) -> UnreadableDocument:
        full = (*self._path, *path)
        line = line_of(self._source, full) or 1
        return UnreadableDocument(self._name, f"{path_name(full)}: {expected}.", _REMEDY, line=line)


def _nearest(path: tuple[str | int, ...]) -> str:
    models: dict[str, type[BaseModel]] = {
        "related": _Related,
        "people": _Person,
        "soundbites": _Soundbite,
        "audio": _Enclosure,
    }
    holder = models.get(str(path[0]), _Episode) if len(path) > 1 else _Episode
    valid = list(holder.model_fields)
    close = get_close_matches(str(path[-1]), valid, n=1, cutoff=0.5)
    return f"; did you mean '{close[0]}'?" if close else f"; the keys here are {', '.join(valid)}"
