"""Reads WebVTT and SubRip captions into cues, as forgivingly as players do."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.reading import speakers, stamps
from bot.reading.cues import Cue, Spoken, TimedWord, assemble
from bot.reading.plain import LINE_END

_CLOCK = r"(?:\d{1,3}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?"
# Cue settings may follow the end time; a missing space around the arrow is common in SRT.
_TIMES = re.compile(rf"\s*({_CLOCK})\s*-+>\s*({_CLOCK})")
_VOICE = re.compile(r"<v(?:\.[\w.-]{0,60})?[ \t]+([^<>]{1,80})>")
_TAG = re.compile(rf"<(?:({_CLOCK})|/?[A-Za-z][^<>]{{0,200}})>|\{{\\[^{{}}]{{0,40}}\}}")
_CHANGE = re.compile(r"\s*(?:>>+\s?|[-–—]\s(?=\S))")
_COMMENT = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")


@dataclass(frozen=True)
class _Raw:
    """One cue as it stands: times in seconds and the lines below them."""

    start: float | None
    end: float | None
    line: int
    text: str


@dataclass(frozen=True)
class _Said:
    """What one voice says in a cue. `changed`: a dash or '>>' says that another person speaks, and not who."""

    text: str
    words: tuple[TimedWord, ...]
    voice: str | None
    changed: bool


def read(text: str, name: str) -> Spoken:
    """The transcript of a VTT or SRT file. A speaker is carried on until another is named or a dash says "changed"."""
    del name
    raws = list(_raw_cues(LINE_END.split(text)))
    labels = [found[0] if (found := speakers.label(_strip(raw.text))) else None for raw in raws]
    return assemble(_cues(raws, speakers.in_use(labels)))


def _raw_cues(lines: Sequence[str]) -> Iterator[_Raw]:
    number = 0
    while number < len(lines):
        match = _TIMES.match(lines[number])
        if match is None:
            skipping = _COMMENT.match(lines[number])
            number += 1
            while skipping and number < len(lines) and lines[number].strip() and not _TIMES.match(lines[number]):
                number += 1
            continue
        first = number
        number += 1
        body = []
        while number < len(lines) and lines[number].strip() and not _TIMES.match(lines[number]):
            body.append(lines[number])
            number += 1
        # Without an empty line between cues the number of the next one would be read as speech.
        if body and number < len(lines) and _TIMES.match(lines[number]) and body[-1].strip().isdecimal():
            body.pop()
        start, end = stamps.seconds(match[1]), stamps.seconds(match[2])
        yield _Raw(start=start, end=end, line=first + 1, text="\n".join(body))


def _cues(raws: Sequence[_Raw], names: frozenset[str]) -> Iterator[Cue]:
    speaker: str | None = None
    for raw in raws:
        for said in _voices(raw):
            label = speakers.label(said.text) if said.voice is None else None
            text = said.text
            if said.voice:
                speaker = said.voice
            elif label and label[0] in names:
                speaker, text = label[0], label[1]
            elif said.changed:
                speaker = None
            yield Cue(text=text, start=raw.start, end=raw.end, speaker=speaker, line=raw.line, words=said.words)


def _voices(raw: _Raw) -> Iterator[_Said]:
    """The cue's text by voice, tags removed, karaoke times as timed words."""
    at, voice = 0, None
    pieces: list[tuple[str | None, str]] = []
    for match in _VOICE.finditer(raw.text):
        pieces.append((voice, raw.text[at : match.start()]))
        at, voice = match.end(), speakers.name_of(html.unescape(match[1]))
    pieces.append((voice, raw.text[at:]))
    for who, piece in pieces:
        if not piece.strip():
            continue
        change = _CHANGE.match(piece)
        body = piece[change.end() :] if change else piece
        # A second person inside one cue begins a line with a dash as well.
        turns = re.split(r"\n(?:>>+\s?|[-–—]\s(?=\S))", body) if who is None else [body]
        for number, turn in enumerate(turns):
            said = _untagged(turn, raw)
            yield replace(said, voice=who, changed=bool(change) or number > 0)


def _untagged(text: str, raw: _Raw) -> _Said:
    parts: list[str] = []
    timed: list[TimedWord] = []
    at, start = 0, raw.start
    marks = list(_TAG.finditer(text))
    karaoke = any(mark[1] for mark in marks)
    for mark in marks:
        words = html.unescape(text[at : mark.start()])
        parts.append(words)
        at = mark.end()
        if karaoke and start is not None:
            timed += [TimedWord(text=word, start=start) for word in words.split()]
        if mark[1]:
            start = stamps.seconds(mark[1])
    rest = html.unescape(text[at:])
    parts.append(rest)
    if karaoke and start is not None:
        timed += [TimedWord(text=word, start=start) for word in rest.split()]
    return _Said(text="".join(parts), words=tuple(timed), voice=None, changed=False)


def _strip(text: str) -> str:
    change = _CHANGE.match(text)
    return html.unescape(_TAG.sub("", text[change.end() :] if change else text)).lstrip()
