"""Reads the titles and blurbs under "More from <show>" into related episodes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.model.episode import Related
from bot.reading.hashtags import split_title
from bot.reading.lines import Line

_FOOTER = re.compile(
    r"©.{0,200}|copyright\b.{0,200}|.{0,100}all rights reserved.{0,50}|privacy(?: policy)?|"
    r"terms(?: of (?:service|use))?|"
    r"cookie (?:policy|settings)|about us|contact(?: us)?|(?:show|load|view|see) (?:more|all).{0,40}|back to top",
    re.IGNORECASE,
)
_LONGEST_TITLE = 300
# A line of prose longer than this is a blurb's next paragraph, not a title that ends in a full stop.
_PROSE = 90


def related(lines: Sequence[Line]) -> list[Related]:
    """The siblings in order. A title is a heading, a list item, a line with hashtags, or the line after a blurb."""
    found: list[Related] = []
    for line in lines:
        text = line.text
        if not text or (len(text) < _LONGEST_TITLE and _FOOTER.fullmatch(text)):
            continue
        title, tags = split_title(text) if len(text) <= _LONGEST_TITLE else ("", ())
        if title and (line.level or line.marker or tags or _needs_title(found, text)):
            found.append(Related(title=title, topics=tags, url=line.link))
        elif found:
            last = found[-1]
            found[-1] = replace(last, blurb=f"{last.blurb}\n\n{text}" if last.blurb else text)
    return found


def _needs_title(found: Sequence[Related], text: str) -> bool:
    if not found:
        return True
    return bool(found[-1].blurb) and not (text.endswith(".") and len(text) > _PROSE)
