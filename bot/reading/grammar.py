"""The one grammar of an episode page: located lines of any textual format in, one episode out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.errors import UnreadableDocument
from bot.model.episode import Episode, Reading, Remark
from bot.reading import gate, speech
from bot.reading.cues import Spoken
from bot.reading.hashtags import split_title
from bot.reading.headings import NAMES, Heading, Section, heading_of
from bot.reading.lines import Line, Sheet
from bot.reading.lists import items, topics_of
from bot.reading.plain import text_of, unwrap
from bot.reading.sections import Sections, sort
from bot.reading.siblings import related

_LONGEST_TITLE = 500
_REMEDY = (
    f"Write the title on the first line, then the headings ({NAMES}), each alone on its line; docs/formats.md shows it."
)


def read(sheet: Sheet, *, stem: str | None = None) -> Reading:
    """The episode that `sheet` describes.

    `stem` is a title of last resort, used where the whole document is a transcript. Raises UnreadableDocument where no
    title is found, or nothing but a title.
    """
    lines = _without_gates(sheet.lines)
    headings = [heading_of(line) for line in lines]
    first = next((number for number, line in enumerate(lines) if line.text), None)
    structured = any(headings) or sheet.facts.declared
    if not any(heading for heading in headings) and _is_speech(lines, first):
        return _bare_transcript(sheet, lines, first=first or 0, stem=stem)
    if not structured:
        expected = f"expected an episode page, but found none of its headings ({NAMES}) and no time stamps."
        raise UnreadableDocument(sheet.name, expected, _REMEDY, line=1)
    title, tags, begin = _title(sheet, lines, headings)
    return _episode(sheet, sort(lines, headings, begin=begin), title=title, tags=tags)


def transcript(sheet: Sheet) -> Spoken:
    """Only what was said: the lines under the Transcript heading, or all lines where there is no such heading."""
    lines = _without_gates(sheet.lines)
    headings = [heading_of(line) for line in lines]
    gated = any(line.gate for line in lines)
    if any(is_transcript_heading(line) for line in lines):
        spoken_lines = sort(lines, headings, begin=0).lines.get(Section.TRANSCRIPT, [])
    else:
        spoken_lines = [line for line in lines if not line.level and not line.gate]
    spoken = speech.read(spoken_lines, hard_wrapped=sheet.hard_wrapped)
    return replace(spoken, gated=spoken.gated or gated)


def is_transcript_heading(line: Line) -> bool:
    """Whether `line` says that what follows was spoken."""
    heading = heading_of(line)
    return heading is not None and heading.section is Section.TRANSCRIPT


def _without_gates(lines: Sequence[Line]) -> list[Line]:
    """`lines` with an empty gate line in the place of each gate, and what was fused to a gate on a line of its own."""
    kept: list[Line] = []
    for line in lines:
        if line.text and gate.is_button(line.text):
            continue
        if line.voice and None in gate.part(line.voice):
            line = replace(line, voice=None)
        pieces = gate.part(line.text) if line.text else [""]
        if pieces == [line.text]:
            kept.append(line)
            continue
        for position, piece in enumerate(pieces):
            if piece is None:
                kept.append(Line(text="", number=line.number, gate=True))
            else:
                voice = line.voice if position == 0 else None
                kept.append(Line(text=piece, number=line.number, level=line.level, voice=voice, link=line.link))
    return kept


def _is_speech(lines: Sequence[Line], first: int | None) -> bool:
    if first is None:
        return False
    bare = not speech.has_bracketed_stamp(lines)
    stamped = sum(speech.is_stamped(line, bare=bare) for line in lines)
    if stamped > 1 or speech.is_stamped(lines[first], bare=bare):
        return True
    return speech.has_speakers(lines[first:]) or speech.has_speakers(lines[first + 1 :])


def _bare_transcript(sheet: Sheet, lines: list[Line], *, first: int, stem: str | None) -> Reading:
    """A document without headings that is a transcript, perhaps below a title."""
    bare = not speech.has_bracketed_stamp(lines)
    begins = speech.is_stamped(lines[first], bare=bare) or lines[first].voice or speech.has_speakers(lines[first:])
    sections = Sections(gated=any(line.gate for line in lines))
    remarks = list(sheet.remarks)
    title, tags = split_title(sheet.facts.title or "")
    if not title and (begins or not lines[first].text):
        title, tags = split_title(stem or "")
        remarks.append(Remark("No title in the document: its name is used."))
    elif not title:
        title, tags = split_title(lines[first].text)
    spoken = lines if begins else lines[first + 1 :]
    if not begins and any(speech.is_stamped(line, bare=bare) for line in spoken):
        cut = next(number for number, line in enumerate(spoken) if speech.is_stamped(line, bare=bare))
        sections.lines[Section.BLURB] = spoken[:cut]
        spoken = spoken[cut:]
    sections.lines[Section.TRANSCRIPT] = [line for line in spoken if not line.level and not line.gate]
    sections.remarks = remarks[len(sheet.remarks) :]
    if not title or len(title) > _LONGEST_TITLE:
        raise UnreadableDocument(sheet.name, "expected a title on the first line.", _REMEDY, line=1)
    return _episode(sheet, sections, title=title, tags=tags)


def _title(sheet: Sheet, lines: Sequence[Line], headings: Sequence[Heading | None]) -> tuple[str, tuple[str, ...], int]:
    """The title, its hashtags, and the number of the first line after it."""
    known = next((number for number, heading in enumerate(headings) if heading), len(lines))
    found = next((number for number in range(known) if lines[number].level == 1 and lines[number].text), None)
    if found is None and sheet.facts.title is None:
        found = next((number for number in range(known) if lines[number].text), None)
    if sheet.facts.title:
        title, tags = split_title(sheet.facts.title)
        if found is None and title:
            found = next((number for number in range(known) if split_title(lines[number].text[:600])[0] == title), None)
        if title:
            return title, tags, 0 if found is None else found + 1
    if found is None:
        where = lines[known].number if known < len(lines) else 1
        what = (
            f"but the first line is the heading '{lines[known].text[:40]}'" if known < len(lines) else "but found none"
        )
        raise UnreadableDocument(sheet.name, f"expected the title of the episode, {what}.", _REMEDY, line=where)
    number = lines[found].number
    if len(lines[found].text) > _LONGEST_TITLE:
        length = len(lines[found].text)
        expected = f"expected a title of at most {_LONGEST_TITLE} characters, but the line has {length}."
        raise UnreadableDocument(sheet.name, expected, _REMEDY, line=number)
    title, tags = split_title(
        lines[found].text.lstrip("# ") if lines[found].text.startswith("# ") else lines[found].text
    )
    if not any(character.isalnum() for character in title):
        raise UnreadableDocument(
            sheet.name, "expected a title in words, not only hashtags or signs.", _REMEDY, line=number
        )
    return title, tags, found + 1


def _episode(sheet: Sheet, sections: Sections, *, title: str, tags: tuple[str, ...]) -> Reading:
    facts = sheet.facts
    found = sections.lines
    blurb_lines = [line for line in found.get(Section.BLURB, []) if not speech.is_stamped(line, bare=True)]
    spoken = speech.read(found.get(Section.TRANSCRIPT, []), hard_wrapped=sheet.hard_wrapped)
    remarks = [*sheet.remarks, *sections.remarks, *spoken.remarks]
    topics = facts.topics or topics_of(found.get(Section.TOPICS, []), remarks)
    episode = Episode(
        title=title,
        show=facts.show or sections.show or facts.site,
        blurb=_text(blurb_lines, sheet) or facts.blurb,
        summary=_text(found.get(Section.SUMMARY, []), sheet) or facts.summary,
        insights=tuple(items(found.get(Section.INSIGHTS, []))) or facts.insights,
        topics=topics or tags,
        transcript=spoken.transcript,
        gated=sections.gated or spoken.gated,
        related=tuple(related(found.get(Section.RELATED, []))),
        people=facts.people,
        guid=facts.guid,
        url=facts.url,
        audio=facts.audio,
        published=facts.published,
        duration=facts.duration,
        language=facts.language,
        artwork=facts.artwork,
    )
    require_content(episode, name=sheet.name, line=len(sheet.lines) and sheet.lines[0].number)
    if Section.TRANSCRIPT not in found and not facts.declared:
        remarks.append(Remark("No transcript on this page: there will be no quotes from it."))
    return Reading(episodes=(episode,), remarks=tuple(remarks))


def require_content(episode: Episode, *, name: str, line: int | None) -> None:
    """Raises UnreadableDocument for an episode that has a title and nothing to say."""
    said: list[object] = [episode.blurb, episode.summary, episode.insights, episode.transcript]
    if not any(said):
        missing = "expected a blurb, a summary, insights or a transcript"
        expected = f"{missing}, but found nothing besides the title '{episode.title[:60]}'."
        raise UnreadableDocument(name, expected, _REMEDY, line=line or 1)


def _text(lines: Sequence[Line], sheet: Sheet) -> str:
    return text_of(unwrap([line.text for line in _parted(lines)], hard_wrapped=sheet.hard_wrapped))


def _parted(lines: Sequence[Line]) -> list[Line]:
    """List items as paragraphs of their own."""
    parted: list[Line] = []
    for line in lines:
        if line.marker:
            parted.append(Line(text=""))
        parted.append(line)
    return parted
