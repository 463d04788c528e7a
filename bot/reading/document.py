"""Reads one document of any supported format into episodes: the door of this floor."""

from __future__ import annotations

import json
import re

from bot.errors import UnreadableDocument
from bot.model.episode import Episode, Reading, Remark
from bot.reading import document_json, grammar, html_page, markdown, page, transcripts
from bot.reading.encoding import decode
from bot.reading.hashtags import split_title
from bot.reading.headings import heading_of
from bot.reading.limits import MAX_BYTES, check_lines, check_size
from bot.reading.lines import Line
from bot.text import fold

__all__ = ["MAX_BYTES", "read"]

_HTML = re.compile(r"<(?:!doctype html|html|head|body|main|article|section|div|h1|p|cite|time|meta)\b", re.IGNORECASE)
_JSON = re.compile(r"\s*(?:\{|\[\s*[{\"\]])")
_XML = re.compile(r"<(?:\?xml|rss|feed|rdf:RDF|opml)\b", re.IGNORECASE)
_MARKDOWN_HEADING = re.compile(r"^#{1,6} .{1,100}$", re.MULTILINE)
_FIELD = re.compile(r"\s*(?:---|\+\+\+)[ \t]*\r?\n\s*[A-Za-z_]\w*\s*[:=]")


def read(data: bytes, name: str) -> Reading:
    """The episode or episodes that the bytes of one document hold, and what had to be assumed.

    `name` is the file's name or address: it appears in messages and helps to tell the format. Raises UnreadableDocument
    where the document cannot be understood or is larger than `MAX_BYTES`.
    """
    check_size(data, name)
    text, remarks = decode(data, name)
    text = text.removeprefix("\ufeff")
    check_lines(text, name)
    kind = _kind(name)
    start = text.lstrip()[:2000]
    if transcripts.is_captions(text, name):
        return _transcript(text, name, remarks)
    if kind in ("md", "markdown", "mdown"):
        return grammar.read(markdown.sheet(text, name, remarks=remarks), stem=stem_of(name))
    if kind == "json" or _JSON.match(start):
        return _json(text, name, remarks)
    if kind in ("html", "htm", "xhtml") or _HTML.match(
        re.sub(r"^(?:<\?xml[^>]*>|<!--.*?-->|\s)+", "", start, flags=re.DOTALL)
    ):
        return grammar.read(html_page.sheet(text, name, remarks=remarks), stem=stem_of(name))
    if _XML.match(start):
        expected = "expected an episode page, but this is an XML file."
        raise UnreadableDocument(
            name, expected, "Save the page as text or HTML; a feed must hold <rss> or <feed>.", line=1
        )
    if _FIELD.match(text) or _looks_like_markdown(text):
        return grammar.read(markdown.sheet(text, name, remarks=remarks), stem=stem_of(name))
    return grammar.read(page.sheet(text, name, remarks=remarks), stem=stem_of(name))


def is_transcript(data: bytes, name: str) -> bool:
    """Whether the bytes hold a transcript alone: captions, or JSON of segments without a title.

    Raises UnreadableDocument for what is no text.
    """
    text, _ = decode(data, name)
    text = text.removeprefix("\ufeff")
    return transcripts.is_captions(text, name) or (bool(_JSON.match(text)) and _is_transcript(text))


def stem_of(name: str) -> str:
    """A file's name as a title: without folders and ending, its dashes and underscores as spaces."""
    base = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    stem = base.rpartition(".")[0] or base
    return split_title(fold(re.sub(r"[-_]+", " ", stem)))[0][:200] or "Untitled"


def _kind(name: str) -> str:
    return name.casefold().rpartition(".")[2] if "." in name else ""


def _looks_like_markdown(text: str) -> bool:
    """Whether two or more known headings are written as Markdown does."""
    found = 0
    for match in _MARKDOWN_HEADING.finditer(text):
        found += heading_of(Line(text=match[0].strip())) is not None
        if found > 1:
            return True
    return False


def _json(text: str, name: str, remarks: tuple[Remark, ...]) -> Reading:
    if "jsonfeed.org" in text[:1000]:
        expected = "expected an episode, but this is a JSON Feed."
        raise UnreadableDocument(name, expected, "Add it as a feed source.", line=1)
    if _is_transcript(text):
        return _transcript(text, name, remarks)
    return document_json.read(text, name, remarks=remarks)


def _is_transcript(text: str) -> bool:
    """Whether the JSON holds segments and no title: a transcript alone."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if isinstance(value, dict):
        return "title" not in value and any(
            isinstance(value.get(key), list) for key in ("segments", "transcripts", "transcript", "cues")
        )
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict) and "title" not in value[0]


def _transcript(text: str, name: str, remarks: tuple[Remark, ...]) -> Reading:
    spoken = transcripts.spoken(text, name)
    if spoken.transcript is None:
        expected = "expected a transcript, but found no spoken words."
        raise UnreadableDocument(name, expected, "docs/formats.md shows each form of a transcript.", line=1)
    episode = Episode(title=stem_of(name), transcript=spoken.transcript, gated=spoken.gated)
    noticed = (*remarks, Remark("A transcript alone: its name is used as the title."), *spoken.remarks)
    return Reading(episodes=(episode,), remarks=noticed)
