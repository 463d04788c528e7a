"""Makes a transcript out of cues, whatever format they came in: events out, times in order, words with their times."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from bot.model.episode import Event, Remark, Segment, Transcript, Word
from bot.reading import events, gate
from bot.reading.plain import clean, one_line
from bot.text import fold


@dataclass(frozen=True)
class TimedWord:
    """A word as a format gives it; times in seconds."""

    text: str
    start: float
    end: float | None = None


@dataclass(frozen=True)
class Cue:
    """A stretch of text under one time, as read: events and odd spaces still in it. `line` counts from 1."""

    text: str
    start: float | None = None
    end: float | None = None
    speaker: str | None = None
    line: int | None = None
    words: tuple[TimedWord, ...] = ()


@dataclass(frozen=True)
class Spoken:
    """What a format's reader found: the transcript, None where not one word was said; `gated` as in `Episode`."""

    transcript: Transcript | None
    remarks: tuple[Remark, ...] = ()
    gated: bool = False


@dataclass
class _Draft:
    segments: list[Segment] = field(default_factory=list)
    lines: list[int | None] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    gated: bool = False


def assemble(cues: Iterable[Cue]) -> Spoken:
    """The transcript that `cues` make, in their order.

    A start that lies before one already heard (the fewest possible are blamed) is dropped with a remark, its words
    stay: a moment that we cannot trust is worse than none. An end before its start is dropped.
    """
    draft = _Draft()
    every = list(cues)
    heard = _heard(every)
    for number, cue in enumerate(every):
        _add(draft, cue, strip=gate.strip_heard if cue.start is not None and number < heard else gate.strip)
    if not draft.segments:
        return Spoken(transcript=None, gated=draft.gated)
    last = len(draft.segments) - 1
    draft.events += [Event(label=label, segment=last, offset=len(draft.segments[last].text)) for label in draft.waiting]
    segments, remarks = _in_order(draft)
    return Spoken(Transcript(tuple(segments), tuple(draft.events)), tuple(remarks), draft.gated)


def _heard(cues: Sequence[Cue]) -> int:
    """How many cues there are before the end, where a page or a file may have put its members' gate."""
    number = len(cues)
    while number and not gate.strip(clean(cues[number - 1].text))[0].strip():
        number -= 1
    return number


def _add(draft: _Draft, cue: Cue, *, strip: Callable[[str], tuple[str, bool]]) -> None:
    text, gated = strip(clean(cue.text))
    draft.gated = draft.gated or gated
    heard = events.take_out(text)
    if not heard.words:
        draft.waiting += [label for label, _ in heard.events]
        return
    number = len(draft.segments)
    draft.events += [Event(label=label, segment=number, offset=0) for label in draft.waiting]
    draft.events += [Event(label=label, segment=number, offset=offset) for label, offset in heard.events]
    draft.waiting = []
    end = cue.end if cue.end is not None and (cue.start is None or cue.end >= cue.start) else None
    speaker = gate.strip(one_line(cue.speaker))[0] if cue.speaker else ""
    words = _place(heard.words, cue.words)
    draft.segments.append(Segment(text=heard.words, start=cue.start, end=end, speaker=speaker or None, words=words))
    draft.lines.append(cue.line)


def _place(text: str, timed: Sequence[TimedWord]) -> tuple[Word, ...]:
    """Each timed word with its place in `text`; a word that is not there (an event) is left out."""
    placed: list[Word] = []
    at = 0
    for word in timed:
        spoken = fold(clean(word.text))
        # A bounded look ahead: one missing word must not cost a search through the whole text.
        begin = text.find(spoken, at, at + len(spoken) + 100) if spoken else -1
        if begin < 0:
            continue
        at = begin + len(spoken)
        end = word.end if word.end is not None and word.end >= word.start else None
        placed.append(Word(begin=begin, stop=at, start=word.start, end=end))
    return tuple(placed)


def _in_order(draft: _Draft) -> tuple[list[Segment], list[Remark]]:
    stamped = [(number, segment.start) for number, segment in enumerate(draft.segments) if segment.start is not None]
    kept = _longest_rising([start for _, start in stamped])
    wrong = [number for position, (number, _) in enumerate(stamped) if position not in kept]
    if not wrong:
        return draft.segments, []
    segments = list(draft.segments)
    for number in wrong:
        old = segments[number]
        segments[number] = Segment(text=old.text, speaker=old.speaker)
    count = f"{len(wrong)} of {len(stamped)} stamps run backwards"
    return segments, [Remark(f"{count}: their words are kept without a time.", line=draft.lines[wrong[0]])]


def _longest_rising(starts: Sequence[float]) -> set[int]:
    """The positions of a longest non-decreasing subsequence, in O(n log n) by patience sorting."""
    tails: list[float] = []
    ends: list[int] = []
    before: list[int] = []
    for position, start in enumerate(starts):
        pile = bisect_right(tails, start)
        before.append(ends[pile - 1] if pile else -1)
        if pile == len(tails):
            tails.append(start)
            ends.append(position)
        else:
            tails[pile], ends[pile] = start, position
    kept: set[int] = set()
    position = ends[-1] if ends else -1
    while position >= 0:
        kept.add(position)
        position = before[position]
    return kept
