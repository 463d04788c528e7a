"""Cuts a transcript into sentences of speech, as offsets into its text.

A sentence may cross the border of two segments, as speech does, and never a change of speaker. Captions without
punctuation have no sentences: they give units by cue, pause and turn, marked `punctuated=False`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import regex

from bot.model.episode import Segment, Transcript

# A stretch with fewer sentence ends than one in so many words counts as unpunctuated.
_SPARSE = 45
_UNIT_SHORTEST, _UNIT_LONGEST = 8, 30
_PAUSE = 0.7

_ENDS = "。．！？｡؟۔।॥።፧။։՜՞᙮᠃᠉⳹꓿꘎꛳"
_CLOSING = "\"'”’»›」』）)\\]"
_END = regex.compile(rf"[.!?…]+[{_CLOSING}]*(?=\s|$)|[{_ENDS}]+[.!?]*[{_CLOSING}]*")
_NEXT = regex.compile(r"\s*(?P<mark>[\"'“”‘„«‹「『（(\[¿¡–—-]*\s*)(?P<letter>\S?)")
_ABBREVIATION = regex.compile(
    r"""(?:^|[\s(\[“\"'])(?:
        (?:mr|mrs|ms|dr|prof|rev|gen|col|lt|sgt|capt|sen|rep|gov|st|mt|jr|sr|hon|pres|messrs|mx
          |vs|v|approx|dept|est|ed|eds|al|cf|ca
          |jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec
          |e\.g|i\.e|a\.k\.a|bzw|ca|z\.b|d\.h|bspw|nr|str|hr|fr|p\.ej|sra|srta|ud|uds|m|mme|mlle)
      | \p{Lu}
    )\.$""",
    regex.VERBOSE | regex.IGNORECASE,
)
_INITIALS = regex.compile(r"(?:\b\p{L}\.){2,}$")
_LETTER = regex.compile(r"\b\p{Lu}\.$")
_NUMBERED = regex.compile(r"\b(?:no|nos|vol|fig|p|pp)\.$", regex.IGNORECASE)
_WORDLIKE = regex.compile(r"\S+")
# Words that may follow "U.S." or "Ph.D." as the start of a new sentence.
_STARTERS = regex.compile(
    r"\s*[\"“'‘]?(?:the|a|an|i|i['’]m|it|it['’]s|we|you|he|she|they|this|that|and|but|so|in|if|what|there|my|our)\b",
    regex.IGNORECASE,
)


@dataclass(frozen=True)
class Sentence:
    """Characters `begin` to `stop` (half-open) of `Transcript.text`, without white space at either end.

    `turn` counts from 0 and grows with every change of speaker. `punctuated` is False for a unit of captions that
    bear no punctuation: where it begins and ends is our guess.
    """

    begin: int
    stop: int
    speaker: str | None
    turn: int
    punctuated: bool = True


@lru_cache(maxsize=4)
def sentences(transcript: Transcript) -> tuple[Sentence, ...]:
    """Every sentence of `transcript`, in order; they do not overlap, and together they hold every word."""
    sparse = _is_sparse(transcript.text)
    found: list[Sentence] = []
    for turn, (first, last) in enumerate(_turns(transcript.segments)):
        begin = transcript.offsets[first]
        stop = transcript.offsets[last - 1] + len(transcript.segments[last - 1].text)
        speaker = transcript.segments[first].speaker
        text = transcript.text[begin:stop]
        if _unpunctuated(text, sparse):
            spans, punctuated = _units(transcript, first, last), False
        else:
            spans, punctuated = _split(text, begin), True
        found += [Sentence(b, s, speaker, turn, punctuated) for b, s in spans]
    return tuple(found)


def _turns(segments: tuple[Segment, ...]) -> Iterator[tuple[int, int]]:
    """Runs of segments by one speaker, as half-open ranges; segments without words belong to whoever speaks."""
    first, speaker, spoken = 0, None, False
    for index, segment in enumerate(segments):
        if not segment.text.strip():
            continue
        if spoken and segment.speaker != speaker:
            yield first, index
            first = index
        elif not spoken:
            first = index
        speaker, spoken = segment.speaker, True
    if spoken:
        yield first, len(segments)


def _is_sparse(text: str) -> bool:
    return text.count(" ") + text.count("\n") > _SPARSE * sum(1 for _ in _END.finditer(text))


def _unpunctuated(text: str, sparse: bool) -> bool:
    """Whether a turn has no sentences to find: few ends in a long turn, or none in a transcript that has few."""
    ends = sum(1 for _ in _END.finditer(text))
    words = text.count(" ") + text.count("\n") + 1
    return words > _SPARSE * ends if words > 2 * _SPARSE else sparse and ends == 0


def _split(text: str, offset: int) -> Iterator[tuple[int, int]]:
    at = 0
    for match in _END.finditer(text):
        if _is_end(text, match):
            yield from _trimmed(text, at, match.end(), offset)
            at = match.end()
    yield from _trimmed(text, at, len(text), offset)


def _is_end(text: str, match: regex.Match[str]) -> bool:
    mark = match.group()
    if mark[0] in _ENDS or "!" in mark or "?" in mark:
        after = _NEXT.match(text, match.end())
        return not (after and after["letter"].islower() and mark[-1] in "\"'”’»›")
    before = text[max(0, match.start() - 12) : match.start() + 1]
    after = _NEXT.match(text, match.end())
    letter = after["letter"] if after else ""
    if not letter:
        return True
    if mark.startswith(("..", "…")):
        return letter.isupper() or not letter.isalpha()
    if _NUMBERED.search(before) and letter.isdigit():
        return False
    if _INITIALS.search(before):
        return letter.isupper() and bool(_STARTERS.match(text, match.end()))
    if _ABBREVIATION.search(before):
        return before.endswith((" I.", " i.")) or bool(_LETTER.search(before) and _STARTERS.match(text, match.end()))
    return not letter.islower() or _lower_case(text)


@lru_cache(maxsize=8)
def _lower_case(text: str) -> bool:
    """Whether a turn is written without capitals, so that a small letter may begin a sentence."""
    sample = text[:4000]
    return sum(map(str.isupper, sample)) * 200 < sum(map(str.islower, sample))


def _trimmed(text: str, begin: int, stop: int, offset: int) -> Iterator[tuple[int, int]]:
    while begin < stop and text[begin].isspace():
        begin += 1
    while stop > begin and text[stop - 1].isspace():
        stop -= 1
    if begin < stop:
        yield offset + begin, offset + stop


def _units(transcript: Transcript, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Units of 8 to 30 words that end at a cue, at a pause of 0.7 s, or with the turn."""
    begin, stop, words = None, 0, 0
    for piece_begin, piece_stop, count, pause in _pieces(transcript, first, last):
        if begin is not None and words and (words + count > _UNIT_LONGEST or (pause and words >= _UNIT_SHORTEST)):
            yield begin, stop
            begin, words = None, 0
        if begin is None:
            begin = piece_begin
        stop, words = piece_stop, words + count
        if words >= _UNIT_LONGEST:
            yield begin, stop
            begin, words = None, 0
    if begin is not None:
        yield begin, stop


def _pieces(transcript: Transcript, first: int, last: int) -> Iterator[tuple[int, int, int, bool]]:
    """Cues, cut at the pauses inside them where words have times: begin, stop, number of words, after a pause."""
    ended: float | None = None
    for index in range(first, last):
        segment, offset = transcript.segments[index], transcript.offsets[index]
        cuts = _pauses(segment)
        for number, (begin, stop) in enumerate(zip([0, *cuts], [*cuts, len(segment.text)], strict=True)):
            for b, s in _trimmed(segment.text, begin, stop, offset):
                count = sum(1 for _ in _WORDLIKE.finditer(segment.text, begin, stop))
                rested = None not in (ended, segment.start) and (segment.start or 0) - (ended or 0) >= _PAUSE
                long_cue = segment.end is not None or count >= _UNIT_SHORTEST
                yield b, s, count, bool(number or rested or long_cue)
        ended = segment.end


def _pauses(segment: Segment) -> list[int]:
    """Offsets of the words that follow a pause inside a segment."""
    cuts = []
    for before, after in zip(segment.words, segment.words[1:], strict=False):
        if before.end is not None and after.start - before.end >= _PAUSE and 0 < after.begin < len(segment.text):
            cuts.append(after.begin)
    return sorted(set(cuts))
