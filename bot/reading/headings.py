"""The headings that an episode page may bear, in the words that sites use for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from bot.reading.lines import Line


class Section(Enum):
    """What the lines under a heading are; `OTHER` is known and left out."""

    BLURB = auto()
    SUMMARY = auto()
    INSIGHTS = auto()
    TOPICS = auto()
    TRANSCRIPT = auto()
    RELATED = auto()
    OTHER = auto()


@dataclass(frozen=True)
class Heading:
    """A heading as found: its section, its words, the show that "More from …" names, text on the same line."""

    section: Section
    words: str
    show: str | None = None
    content: str = ""


_WORDS: dict[Section, str] = {
    Section.BLURB: "description, episode description, about this episode, about the episode, show notes, blurb",
    Section.SUMMARY: "summary, episode summary, overview, tldr, tl;dr, recap, synopsis, in brief, executive summary",
    Section.INSIGHTS: "key insights, insights, key takeaways, takeaways, highlights, key highlights, key points, "
    "main points, key ideas, main takeaways, key learnings",
    Section.TOPICS: "topics, topics covered, topics discussed, tags, keywords, themes, key topics",
    Section.TRANSCRIPT: "transcript, full transcript, episode transcript, transcription, partial transcript, "
    "transcript excerpt, transcript preview",
    Section.RELATED: "related episodes, more episodes, other episodes, similar episodes, you might also like, "
    "you may also like, recent episodes, latest episodes",
    Section.OTHER: "chapters, timestamps, timestamps & referenced resources, links, episode links, show links, "
    "resources, references, credits, sponsors, sponsor, comments, share, about the host, about the hosts, "
    "about the guest, about the show, related links, further reading, support the show, subscribe, follow us",
}
_KNOWN = {words.strip(): section for section, group in _WORDS.items() for words in group.split(",")}
_MORE = re.compile(r"more (?:episodes |podcasts )?from (.{1,120})", re.IGNORECASE)
_NO_NAME = {"this show", "this podcast", "the show", "the podcast", "this series", "us"}
_INLINE = (Section.SUMMARY, Section.TOPICS)
_MARKS = re.compile(r"^[#*_=~\s\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]+|[#*_=~:：\s]+$")

# For messages: the plain names of what a page may hold.
NAMES = "Summary, Key Insights, Topics, Transcript, More from <show>"


def heading_of(line: Line) -> Heading | None:
    """The known heading that `line` is, or None. Case, leading '#', bold marks, emoji and a colon do not matter."""
    text = line.text
    if not text or line.marker or line.voice or len(text) > 400:
        return None
    words = _MARKS.sub("", text)
    section = _KNOWN.get(words.casefold())
    if section:
        return Heading(section=section, words=words)
    more = _MORE.fullmatch(words)
    if more and not words.endswith((".", "…", ",", ";")):
        name = more[1].strip(" \"'“”‘’")
        return Heading(section=Section.RELATED, words=words, show=None if name.casefold() in _NO_NAME else name)
    return _inline(text)


def _inline(text: str) -> Heading | None:
    """ "Topics: open source, chips" on one line."""
    words, colon, content = text.partition(":")
    if not colon or len(words) > 40 or not content.startswith((" ", "*", "_")):
        return None
    words = _MARKS.sub("", words)
    section = _KNOWN.get(words.casefold())
    if section not in _INLINE:
        return None
    return Heading(section=section, words=words, content=content.strip("*_ "))
