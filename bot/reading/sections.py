"""Sorts the lines of a page under its headings, and knows which heading words were only spoken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.model.episode import Remark
from bot.reading import speech
from bot.reading.headings import Heading, Section
from bot.reading.lines import Line

_MOST_REMARKS = 20


def sort(lines: Sequence[Line], headings: Sequence[Heading | None], *, begin: int) -> Sections:
    """Puts each line under its section, from line `begin` on."""
    sorter = _Sorter(lines)
    for number in range(begin, len(lines)):
        sorter.take(number, headings[number])
    return sorter.finish()


@dataclass
class Sections:
    """The lines of each section while a page is being sorted, and what was noticed."""

    lines: dict[Section, list[Line]] = field(default_factory=dict)
    show: str | None = None
    gated: bool = False
    remarks: list[Remark] = field(default_factory=list)


class _Sorter:
    """Walks down a page and knows in which section it is."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._all = lines
        self._bare = not speech.has_bracketed_stamp(lines)
        stamped = [number for number, line in enumerate(lines) if speech.is_stamped(line, bare=self._bare)]
        self._last_stamp = stamped[-1] if stamped else -1
        self._out = Sections()
        self._section = Section.BLURB
        self._level = 0
        self._seen: set[Section] = set()
        self._behind_gate = False
        self._stray = 0

    def take(self, number: int, heading: Heading | None) -> None:
        line = self._all[number]
        if line.gate:
            self._out.gated = True
            self._behind_gate = self._behind_gate or self._section is Section.TRANSCRIPT
        elif heading and self._begins(number, heading):
            self._enter(line, heading)
        elif heading is None and line.level and line.text:
            self._unknown_heading(line)
        elif self._behind_gate and not self._resumes(line):
            self._stray += bool(line.text)
        else:
            self._out.lines.setdefault(self._section, []).append(line)

    def finish(self) -> Sections:
        for section in (Section.SUMMARY, Section.INSIGHTS, Section.TRANSCRIPT):
            if section in self._seen and not any(line.text or line.voice for line in self._out.lines.get(section, ())):
                self._remark(
                    f"Nothing stands under the heading for the {section.name.lower()}: was the page cut?", None
                )
        if self._stray:
            self._remark(f"{self._stray} lines behind the members' gate were left out.", None)
        return self._out

    def _begins(self, number: int, heading: Heading) -> bool:
        """Whether a heading's words are a heading here. Inside a transcript they may be something that was said."""
        line = self._all[number]
        if heading.show and not self._seen and not line.level:
            return False
        if self._section is not Section.TRANSCRIPT:
            return True
        if self._behind_gate or (line.level and line.level <= (self._level or 6)):
            return True
        if self._last_stamp > number:
            spoken = True
        elif self._last_stamp >= 0:
            spoken = False
        else:
            spoken = heading.section in self._seen and heading.section is not Section.RELATED
        if spoken:
            self._remark(f"'{heading.words}' stands inside the transcript and was read as spoken.", line.number)
        return not spoken

    def _enter(self, line: Line, heading: Heading) -> None:
        if heading.section in self._seen and heading.section not in (Section.OTHER, Section.RELATED):
            self._remark(f"The heading '{heading.words}' occurs again: both parts were taken together.", line.number)
            self._out.lines.setdefault(heading.section, []).append(Line(text="", number=line.number))
        self._section = heading.section
        self._level = line.level
        self._seen.add(heading.section)
        self._behind_gate = False
        self._out.show = self._out.show or heading.show
        if heading.content:
            self._out.lines.setdefault(heading.section, []).append(Line(text=heading.content, number=line.number))

    def _unknown_heading(self, line: Line) -> None:
        if self._section is Section.RELATED and line.level > self._level:
            self._out.lines.setdefault(self._section, []).append(line)
        elif line.level <= self._level or (not self._seen and line.level > 1):
            self._section, self._level, self._behind_gate = Section.OTHER, line.level, False
            self._seen.add(Section.OTHER)
        # A deeper heading parts a section and says nothing of its own; neither does a second title.

    def _resumes(self, line: Line) -> bool:
        if speech.is_stamped(line, bare=self._bare):
            self._behind_gate = False
        return not self._behind_gate

    def _remark(self, text: str, line: int | None) -> None:
        if len(self._out.remarks) < _MOST_REMARKS:
            self._out.remarks.append(Remark(text, line=line))
