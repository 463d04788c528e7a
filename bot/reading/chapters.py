"""Reads the chapters that a feed points to: the JSON of the podcast namespace, as found.

https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/examples/chapters/jsonChapters.md
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.errors import UnreadableDocument
from bot.model.episode import Chapter
from bot.reading import dates
from bot.reading.encoding import decode
from bot.reading.facts import web_address
from bot.reading.json_text import line_of, parse, path_name
from bot.reading.limits import check_lines, check_size
from bot.reading.plain import one_line
from bot.text import shorten

# A day of talk in chapters of a minute has fewer; a title fits a line of any player.
_MOST = 2_000
_LONGEST_TITLE = 300
_LONGEST_EPISODE = 10_000_000
_REMEDY = 'Give the JSON of podcast:chapters: {"version": "1.2.0", "chapters": [{"startTime": 0, "title": "Intro"}]}.'


def read(data: bytes, name: str) -> tuple[Chapter, ...]:
    """The chapters that are to be seen, in the order of their times.

    Left out are those with `toc: false` (hidden marks for pictures and places) and those without a title or a time.
    Times may be written as strings or clocks, as some makers do. An end that does not lie behind its start is None.
    Raises UnreadableDocument where the data is no list of chapters, or none of many entries has the shape of one.
    """
    check_size(data, name)
    text, _ = decode(data, name)
    check_lines(text, name)
    value = parse(text.removeprefix("\ufeff"), name)
    entries = value.get("chapters") if isinstance(value, dict) else value
    if not isinstance(entries, list):
        raise UnreadableDocument(name, "expected a list under 'chapters'.", _REMEDY, line=1)
    if len(entries) > _MOST:
        raise UnreadableDocument(name, f"expected at most {_MOST:,} chapters, but found {len(entries):,}.", _REMEDY)
    shaped = [entry for entry in entries if isinstance(entry, dict) and _seconds(entry, "startTime") is not None]
    if entries and not shaped:
        path = ("chapters", 0) if isinstance(value, dict) else (0,)
        line = line_of(text, path)
        raise UnreadableDocument(name, f"{path_name(path)}: expected a chapter with a startTime.", _REMEDY, line=line)
    chapters = [chapter for entry in shaped if (chapter := _chapter(entry)) is not None]
    return tuple(sorted(chapters, key=lambda chapter: chapter.start))


def _chapter(entry: Mapping[str, object]) -> Chapter | None:
    title, start, end = entry.get("title"), _seconds(entry, "startTime"), _seconds(entry, "endTime")
    words = shorten(one_line(title), _LONGEST_TITLE) if isinstance(title, str) else ""
    if start is None or not words or entry.get("toc") in (False, "false"):
        return None
    link = entry.get("url")
    return Chapter(
        start=start,
        title=words,
        end=end if end is not None and end > start else None,
        url=web_address(link) if isinstance(link, str) else None,
    )


def _seconds(entry: Mapping[str, object], key: str) -> float | None:
    value = entry.get(key)
    if isinstance(value, str):
        value = dates.duration(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < _LONGEST_EPISODE else None
