"""Reads the lines under Key Insights and Topics: bullets, numbers, plain lines, commas."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.model.episode import Remark
from bot.reading.hashtags import unique
from bot.reading.lines import Line

_BULLET = re.compile(r"(?:[-*•–—‣▪●◦·○■□►▸➤✓✔✅⁃∙]+|\(?\d{1,3}[.)])\s+(?=\S)")
_PARTS = re.compile(r"[,;|·•]|\s/\s|\s(?=[#＃])")
_LONGEST_TOPIC = 80


def items(lines: Sequence[Line]) -> list[str]:
    """One text per item. Where bullets are used, a line without one continues the item above it."""
    bulleted = any(line.marker or _BULLET.match(line.text) for line in lines)
    found: list[str] = []
    gap = True
    for line in lines:
        if not line.text:
            gap = True
            continue
        text = _BULLET.sub("", line.text, count=1) if _BULLET.match(line.text) else line.text
        begins = line.marker or text != line.text or not bulleted or gap
        if begins or not found:
            found.append(text)
        else:
            found[-1] = f"{found[-1]} {text}"
        gap = False
    return found


def topics_of(lines: Sequence[Line], remarks: list[Remark]) -> tuple[str, ...]:
    """Topics, one a line, as bullets or parted by commas. What is too long for a topic is left out with a remark."""
    found: list[str] = []
    for line in lines:
        bullet = _BULLET.match(line.text)
        names = [line.text[bullet.end() :]] if bullet else [line.text]
        if not line.marker and not bullet:
            names = _PARTS.split(line.text)
        kept = [name for name in names if len(name) <= _LONGEST_TOPIC]
        if len(kept) < len(names):
            remarks.append(Remark("Too long for a topic, and left out.", line=line.number))
        found += kept
    return unique(found)
