"""Reads the lines of a transcript, stamped or not, with or without speakers, into segments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from bot.reading import speakers, stamps
from bot.reading.cues import Cue, Spoken, assemble
from bot.reading.lines import Line
from bot.reading.plain import ends_sentence

_CHANGE = re.compile(r">>+\s?")
_DASH = re.compile(r"[-–—•]\s")

# So many lines below one name are a talk.
_MONOLOGUE = 3


@dataclass(frozen=True)
class _Turn:
    """One line, or the part of it under one stamp. `voice` is a name for sure, `label` only the shape of one."""

    text: str
    number: int | None
    start: float | None = None
    end: float | None = None
    voice: str | None = None
    label: str | None = None
    after_label: str = ""
    changed: bool = False
    after_gap: bool = False


@dataclass
class _Open:
    """The segment being read."""

    number: int | None
    start: float | None = None
    end: float | None = None
    speaker: str | None = None
    parts: list[str] = field(default_factory=list)


def read(lines: Sequence[Line], *, hard_wrapped: bool) -> Spoken:
    """The transcript that `lines` hold.

    A stamp or a speaker begins a segment, and so does a line after an empty one; other lines continue the segment
    before them. Where nothing is stamped and no line is empty, a line that ends a sentence ends its segment.
    """
    bare = not has_bracketed_stamp(lines)
    turns = list(_turns(lines, bare=bare))
    names = speakers.in_use([turn.voice or turn.label for turn in turns if turn.text or turn.voice])
    loose = not hard_wrapped and not any(turn.after_gap or turn.start is not None for turn in turns)
    return assemble(_cues([_decide(turn, names) for turn in turns], loose=loose))


def has_bracketed_stamp(lines: Sequence[Line]) -> bool:
    """Whether stamps stand in brackets here; then a bare "7:30" at a line's start is something that was said."""
    return any(_first_stamp(line, bare=False) for line in lines)


def is_stamped(line: Line, *, bare: bool) -> bool:
    """Whether `line` begins with a stamp, or with a name and a stamp. `bare`: stamps without brackets count."""
    return _first_stamp(line, bare=bare)


def has_speakers(lines: Sequence[Line]) -> bool:
    """Whether unstamped `lines` are a conversation: they begin with a speaker, and two or more lines name one.

    A speaker whom markup sets apart may be the only one.
    """
    spoken = [line for line in lines if line.text or line.voice]
    if not spoken:
        return False
    labels = [line.voice or _label(line.text) for line in spoken]
    names = speakers.in_use(labels)
    named = sum(1 for label in labels if label in names)
    return labels[0] in names and (named > 1 or (spoken[0].voice is not None and len(spoken) > _MONOLOGUE))


def _first_stamp(line: Line, *, bare: bool) -> bool:
    text = line.text
    if not text:
        return False
    if stamps.leading(text) or (bare and stamps.leading_bare(text)):
        return True
    found = stamps.named(text, bare=False) or (stamps.named(text, bare=True) if bare else None)
    return found is not None and speakers.looks_like_name(found[0])


def _label(text: str) -> str | None:
    found = speakers.label(text)
    return found[0] if found else None


def _turns(lines: Sequence[Line], *, bare: bool) -> Iterator[_Turn]:
    gap = False
    for line in lines:
        if not line.text and not line.voice:
            gap = True
            continue
        text = f"{line.marker} {line.text}" if line.marker[:1].isdigit() else line.text
        first = _opening(text, line, bare=bare)
        parts = stamps.split(first.text)
        yield _labelled(replace(first, text=parts[0][1].strip(), after_gap=gap))
        for position, (stamp, words) in enumerate(parts[1:], start=2):
            if stamp and (words.strip() or position == len(parts)):
                turn = _Turn(text=words.strip(), number=line.number, start=stamp.start, end=stamp.end)
                yield _labelled(turn)
        gap = False


def _opening(text: str, line: Line, *, bare: bool) -> _Turn:
    """Takes a name and a stamp, in either order, off the beginning of a line."""
    voice = speakers.name_of(line.voice) if line.voice else None
    turn = _Turn(text=text, number=line.number, voice=voice)
    if _CHANGE.match(text):
        turn = replace(turn, text=_CHANGE.sub("", text, count=1), changed=True)
    found = (
        None if voice else stamps.named(turn.text, bare=False) or (stamps.named(turn.text, bare=True) if bare else None)
    )
    if found and speakers.looks_like_name(found[0]):
        return replace(turn, text=found[1].rest, start=found[1].start, voice=speakers.name_of(found[0]))
    stamp = stamps.leading(turn.text) or (stamps.leading_bare(turn.text) if bare else None)
    if stamp is None:
        # A name may stand before its stamp, with a colon between them.
        labelled = speakers.label(turn.text)
        stamp = stamps.leading(labelled[1]) if labelled else None
        if labelled and stamp:
            turn = replace(turn, voice=labelled[0])
    if stamp:
        turn = replace(turn, text=stamp.rest, start=stamp.start, end=stamp.end)
    if _CHANGE.match(turn.text):
        turn = replace(turn, text=_CHANGE.sub("", turn.text, count=1), changed=True)
    return replace(turn, text=_DASH.sub("", turn.text, count=1)) if _DASH.match(turn.text) else turn


def _labelled(turn: _Turn) -> _Turn:
    found = speakers.label(turn.text) if turn.voice is None else None
    return replace(turn, label=found[0], after_label=found[1]) if found else turn


def _decide(turn: _Turn, names: frozenset[str]) -> _Turn:
    if turn.label in names:
        return replace(turn, voice=turn.label, text=turn.after_label)
    return turn


def _cues(turns: Sequence[_Turn], *, loose: bool) -> Iterator[Cue]:
    current: _Open | None = None
    speaker: str | None = None
    for turn in turns:
        text = turn.text
        if turn.changed:
            speaker = None
        if turn.voice and turn.voice.casefold() in speakers.PSEUDO:
            speaker, text = None, text or f"[{turn.voice}]"
        elif turn.voice:
            speaker = turn.voice
        begins = turn.start is not None or turn.voice is not None or turn.changed
        if (
            current is None
            or begins
            or (current.parts and (turn.after_gap or (loose and ends_sentence(current.parts[-1]))))
        ):
            waiting = current if current and not current.parts else None
            if current and not waiting:
                yield _close(current)
            start, end = (turn.start, turn.end)
            if start is None and waiting:
                start, end = waiting.start, waiting.end
            current = _Open(number=turn.number, start=start, end=end, speaker=speaker)
        if text:
            current.parts.append(text)
    if current:
        yield _close(current)


def _close(segment: _Open) -> Cue:
    text = " ".join(segment.parts)
    return Cue(text=text, start=segment.start, end=segment.end, speaker=segment.speaker, line=segment.number)
