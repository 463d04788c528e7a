"""Reads a transcript that stands alone: VTT, SRT, the usual JSON shapes, HTML, stamped or labelled text."""

from __future__ import annotations

import re

from bot.errors import UnreadableDocument
from bot.model.episode import Transcript
from bot.reading import grammar, html_page, markdown, page
from bot.reading.cues import Spoken
from bot.reading.encoding import decode
from bot.reading.json_text import parse
from bot.reading.limits import check_lines, check_size
from bot.reading.transcripts import captions, shapes

_CUE = re.compile(r"\s*(?:\d{1,9}\s*\n\s*)?(?:\d{1,3}:)?\d{2}:\d{2}[,.]\d{1,3}\s*-->")
_REMEDY = (
    "Give a VTT, SRT or JSON transcript, or lines that begin with a stamp such as [0:05]; docs/formats.md shows each."
)


def read(data: bytes, name: str) -> Transcript:
    """The transcript in `data`. `name` is for messages and helps to tell the format.

    Raises UnreadableDocument where not one spoken word is found.
    """
    check_size(data, name)
    text, _ = decode(data, name)
    return spoken(text, name).transcript or _nothing(name)


def spoken(text: str, name: str) -> Spoken:
    """As `read`, out of text that is decoded already, with remarks; the transcript may be None."""
    check_lines(text, name)
    if is_captions(text, name):
        return captions.read(text, name)
    kind = name.casefold().rpartition(".")[2]
    start = text.lstrip("\ufeff \t\r\n")[:300]
    if kind == "json" or start.startswith("{"):
        return shapes.read(parse(text, name), name, source=text)
    if kind in ("html", "htm", "xhtml") or re.match(
        r"<(?:!doctype|html|body|cite|time|p|div|article)\b", start, re.IGNORECASE
    ):
        return grammar.transcript(html_page.sheet(text, name))
    if kind in ("md", "markdown"):
        return grammar.transcript(markdown.sheet(text, name))
    return grammar.transcript(page.sheet(text, name))


def is_captions(text: str, name: str) -> bool:
    """Whether `text` is VTT or SRT, by its beginning or by the name."""
    return (
        text.lstrip("\ufeff \t\r\n").startswith("WEBVTT")
        or name.casefold().endswith((".vtt", ".srt"))
        or _CUE.match(text[:200]) is not None
    )


def _nothing(name: str) -> Transcript:
    raise UnreadableDocument(name, "expected a transcript, but found no spoken words.", _REMEDY, line=1)
