"""Reads WebVTT and SubRip captions into cues, as forgivingly as players do."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bot.reading import speakers, stamps
from bot.reading.cues import Cue, Spoken, TimedWord, assemble
from bot.reading.plain import LINE_END

_CLOCK = r"(?:\d{1,3}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?"
# Cue settings may follow the end time; a missing space around the arrow is common in SRT.
_TIMES = re.compile(rf"\s*({_CLOCK})\s*-+>\s*({_CLOCK})")
_VOICE = re.compile(r"<v(?:\.[\w.-]{0,60})?[ \t]+([^<>]{1,80})>")
_TAG = re.compile(rf"<(?:({_CLOCK})|/?[A-Za-z][^<>]{{0,200}})>|\{{\\[^{{}}]{{0,40}}\}}")
_CHANGE = re.compile(r"\s*(?:>>+\s?|[-–—]\s(?=\S))")
# What is left of a number or of times where a file was cut.
_CUT = re.compile(r"[\d:.,>\s-]{1,40}")
_COMMENT = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
# A screen of captions holds a few lines; so many that come again are no accident.
_SCREEN = 4
_ROLLING = 3


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
    raws = _unrolled(list(_raw_cues(LINE_END.split(text))))
    labels = [found[0] if (found := speakers.label(_strip(raw.text))) else None for raw in raws]
    return assemble(_cues(raws, speakers.in_use(labels)))


def _raw_cues(lines: Sequence[str]) -> Iterator[_Raw]:
    """The cues with the lines below their times.

    Words below an empty line belong to the cue above it: players drop them, but somebody said them. A comment, the
    number of the next cue and, in WebVTT, its name do not.
    """
    named = any(line.startswith("WEBVTT") for line in lines[:3])
    number = 0
    while number < len(lines):
        match = _TIMES.match(lines[number])
        if match is None:
            number = _after_comment(lines, number) or number + 1
            continue
        first = number
        body: list[str] = []
        number += 1
        while number < len(lines) and not _TIMES.match(lines[number]):
            comment = _after_comment(lines, number) if body and not body[-1] else None
            body += [] if comment else [lines[number].strip()]
            number = comment or number + 1
        body = _without_remains(body) if number == len(lines) else _without_name(body, named=named)
        text = "\n".join(line for line in body if line)
        yield _Raw(start=stamps.seconds(match[1]), end=stamps.seconds(match[2]), line=first + 1, text=text)


def _after_comment(lines: Sequence[str], number: int) -> int | None:
    """The line behind the comment, style or region that begins at `number`; None where none does."""
    if not _COMMENT.match(lines[number]):
        return None
    while number < len(lines) and lines[number].strip() and not _TIMES.match(lines[number]):
        number += 1
    return number


def _without_name(body: list[str], *, named: bool) -> list[str]:
    """The lines of a cue without the number, or in WebVTT the name, of the cue that follows."""
    if not body or not body[-1]:
        return body
    # Without an empty line between cues the number of the next one would be read as speech.
    apart = len(body) > 1 and not body[-2]
    return body[:-1] if body[-1].isdecimal() or (named and apart) else body


def _without_remains(body: list[str]) -> list[str]:
    """The lines of the last cue without what is left of one more, where the file was cut."""
    whole = "\n".join(body).strip("\n")
    said, apart, remains = whole.rpartition("\n\n")
    return (said if apart and said and _CUT.fullmatch(remains) else whole).split("\n")


def _unrolled(raws: list[_Raw]) -> list[_Raw]:
    """Captions that roll up a screen show each line again below new times: those lines are said once.

    Only where most cues do so; in other captions a line that comes twice was said twice.
    """
    shown = [[_strip(line).strip() for line in raw.text.split("\n")] for raw in raws]
    again = [0] + [_carried(before, after) for before, after in pairwise(shown)]
    rolling = sum(1 for count in again if count)
    if rolling < _ROLLING or 2 * rolling < len(raws):
        return raws
    return [replace(raw, text="\n".join(raw.text.split("\n")[count:])) for raw, count in zip(raws, again, strict=True)]


def _carried(before: Sequence[str], after: Sequence[str]) -> int:
    """How many lines `after` begins with that stood at the end of `before`."""
    for count in range(min(len(before), len(after), _SCREEN), 0, -1):
        if before[-count:] == list(after[:count]) and any(after[:count]):
            return count
    return 0


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
