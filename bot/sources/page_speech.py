"""Finds what was said on a page that is not of our shape: in elements called transcript, or by lines like speech."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from statistics import median
from typing import Any

from lxml import etree

from bot.errors import UnreadableDocument
from bot.model.episode import Transcript
from bot.reading import gate, grammar, html_page, speakers, speech, transcripts
from bot.reading.cues import Spoken
from bot.reading.lines import Line, Sheet
from bot.reading.plain import one_line

_CALLED = re.compile(r"transcript", re.IGNORECASE)
# What is called so and holds no words of it.
_HANDLE = re.compile(
    r"transcript[-_ ]?(?:s\b|link|button|btn|toggle|tab\b|icon|download|nav|search|title|header)", re.IGNORECASE
)
_NEVER = frozenset({"html", "body", "head", "a", "button", "script", "style", "input", "link", "meta", "nav", "img"})
# An element around these is the page, and not a part of it.
_PAGE_PARTS = ("h1", "nav", "audio", "footer", "header")
_SAYS_SO = re.compile(
    r"\W*(?:(?:show|read|view|open|full|the|episode|complete|hide|see) ){0,3}transcript(?:ion)?\W*", re.IGNORECASE
)
_FEWEST_WORDS = 150
# Stamped lines are speech where there are many, at most so far apart, and of so many words: chapters are few and short.
_FEWEST_LINES, _LONGEST_GAP, _WORDS_A_LINE = 5, 90.0, 8.0


@dataclass(frozen=True)
class Found:
    """The speech of a page and, in words, how it was found.

    `element` is the part of the page that holds it, None where none is known; `by_lines`: only its lines tell it.
    """

    spoken: Spoken
    how: str
    element: Any = None
    by_lines: bool = False


def named_element(tree: Any, name: str) -> Found | None:
    """The speech in the largest element that the page itself calls its transcript."""
    best: tuple[int, Any] | None = None
    for element in _candidates(tree):
        length = sum(len(text) for text in element.itertext())
        if best is None or length > best[0]:
            best = (length, element)
    if best is None:
        return None
    markup = etree.tostring(best[1], encoding="unicode", method="html", with_tail=False)
    said = grammar.transcript(_without_handles(html_page.sheet(markup, name)))
    if said.transcript is None or not (_marked(said.transcript) or _words(said.transcript) >= _FEWEST_WORDS):
        return None
    return Found(said, "The transcript was found in the part of the page that is called so.", best[1])


def in_data(text: str, name: str) -> Found | None:
    """The transcript that the page's own data (JSON-LD) holds as text."""
    try:
        said = transcripts.spoken(text, f"{name}.txt")
    except UnreadableDocument:
        return None
    return Found(said, "The transcript was found in the page's data.") if said.transcript else None


def by_heading(sheet: Sheet) -> Found | None:
    """The speech under a heading that says "Transcript"."""
    if not any(grammar.is_transcript_heading(line) for line in sheet.lines):
        return None
    said = grammar.transcript(sheet)
    return Found(said, "") if said.transcript or said.gated else None


def by_lines(sheet: Sheet) -> Found | None:
    """The stretch of a page whose lines bear stamps or speakers as a conversation does.

    A list of chapters bears stamps too: its lines are few, short and far apart.
    """
    lines = [line for line in sheet.lines if not line.level and not gate.is_gate(line.text)]
    begin, end = _stretch(lines)
    said = speech.read(lines[begin:end], hard_wrapped=True)
    if said.transcript is None or not _like_speech(said.transcript):
        return None
    how = "The transcript was found by its stamps and speakers; no heading says that it is one."
    return Found(said, how, by_lines=True)


def without_speech(lines: Sequence[Line]) -> list[Line]:
    """The lines of a page around the stretch that `by_lines` finds."""
    begin, end = _stretch(lines)
    return [*lines[:begin], *lines[end:]]


def _stretch(lines: Sequence[Line]) -> tuple[int, int]:
    """From the first line that bears a stamp or a speaker to the last; empty where few do."""
    bare = not speech.has_bracketed_stamp(lines)
    labels = [found[0] if (found := speakers.label(line.text)) else None for line in lines]
    names = speakers.in_use([label for label in labels if label])
    marked = [
        number
        for number, line in enumerate(lines)
        if line.voice or labels[number] in names or speech.is_stamped(line, bare=bare)
    ]
    return (marked[0], marked[-1] + 1) if len(marked) >= _FEWEST_LINES else (0, 0)


def _candidates(tree: Any) -> Iterator[Any]:
    """The outermost elements that are called transcript and are a part of the page, not all of it."""
    around = _around_page_parts(tree)
    walk = etree.iterwalk(tree, events=("start",))
    for _, element in walk:
        if not isinstance(element.tag, str) or element.tag in _NEVER or element in around:
            continue
        called = " ".join(element.get(key) or "" for key in ("id", "class", "itemprop", "aria-label"))[:500]
        if (_CALLED.search(called) and not _HANDLE.search(called)) or _says_so(element):
            walk.skip_subtree()
            yield element


def _around_page_parts(tree: Any) -> set[Any]:
    around: set[Any] = set()
    for part in tree.iter(*_PAGE_PARTS):
        above = part.getparent()
        while above is not None and above not in around:
            around.add(above)
            above = above.getparent()
    return around


def _says_so(element: Any) -> bool:
    """`<details><summary>Transcript</summary>…`."""
    summary = element.find("summary") if element.tag == "details" else None
    words = one_line(" ".join(islice(summary.itertext(), 20))[:200]) if summary is not None else ""
    return _SAYS_SO.fullmatch(words) is not None


def _without_handles(sheet: Sheet) -> Sheet:
    """The lines without the element's own "Transcript" where it is no heading, which would be read as spoken."""
    kept = tuple(line for line in sheet.lines if not _is_handle(line))
    return replace(sheet, lines=kept)


def _is_handle(line: Line) -> bool:
    return bool(line.text) and not line.level and line.voice is None and _SAYS_SO.fullmatch(line.text) is not None


def _marked(transcript: Transcript) -> bool:
    return any(segment.start is not None or segment.speaker for segment in transcript.segments)


def _words(transcript: Transcript) -> int:
    return len(transcript.text.split())


def _like_speech(transcript: Transcript) -> bool:
    segments = transcript.segments
    if _words(transcript) < _FEWEST_WORDS or len(segments) < _FEWEST_LINES:
        return False
    starts = [segment.start for segment in segments if segment.start is not None]
    lengths = [len(segment.text.split()) for segment in segments]
    if len(starts) < _FEWEST_LINES:
        return sum(segment.speaker is not None for segment in segments) > len(segments) / 2
    apart = median(after - before for before, after in pairwise(starts))
    return apart <= _LONGEST_GAP and sum(lengths) / len(lengths) >= _WORDS_A_LINE
