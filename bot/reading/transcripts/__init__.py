"""Reads a transcript that stands alone: VTT, SRT, the usual JSON shapes, HTML, stamped or labelled text."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from bot.errors import UnreadableDocument
from bot.model.episode import Transcript
from bot.reading import grammar, html_page, markdown, page
from bot.reading.cues import Spoken
from bot.reading.encoding import decode
from bot.reading.json_text import parse
from bot.reading.limits import check_lines, check_size
from bot.reading.lines import Sheet
from bot.reading.transcripts import captions, shapes

_CUE = re.compile(r"\s*(?:\d{1,9}\s*\n\s*)?(?:\d{1,3}:)?\d{1,2}:\d{2}[,.]\d{1,3}\s*-+>")
_HTML = re.compile(r"<(?:!doctype|html|head|body|main|article|section|cite|time|p|div|ul|span)\b", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z]")
_JSON = re.compile(r"\{|\[\s*[{\"\]]")
_BEFORE_ROOT = re.compile(r"^(?:<\?xml[^>]*>|<!--.*?-->|\s)+", re.DOTALL)
# What feeds call the kinds of `podcast:transcript`. The specification says application/x-subrip; the others are found.
_KINDS = {
    "text/vtt": "vtt",
    "application/x-subrip": "srt",
    "application/srt": "srt",
    "application/srr": "srt",
    "text/srt": "srt",
    "application/json": "json",
    "text/json": "json",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/markdown": "md",
}
# A page of fewer words that names no speaker and bears no stamp is a notice ("Not found"), not what was said.
_FEWEST_WORDS = 150
_REMEDY = (
    "Give a VTT, SRT or JSON transcript, or lines that begin with a stamp such as [0:05]; docs/formats.md shows each."
)


def read(data: bytes, name: str, mime: str = "") -> Transcript:
    """The transcript in `data`, whose bytes tell its format.

    `name` (a file's name or an address) is for messages; it and `mime` (what a feed or a server called it) help only
    where the bytes leave it open. Raises UnreadableDocument where not one spoken word is found, or where a web page
    shows no sign of speech.
    """
    check_size(data, name)
    text, _ = decode(data, name)
    return spoken(text, name, mime).transcript or _nothing(name)


def spoken(text: str, name: str, mime: str = "") -> Spoken:
    """As `read`, out of text that is decoded already, with remarks; the transcript may be None."""
    check_lines(text, name)
    called = _called(name, mime)
    start = _BEFORE_ROOT.sub("", text.lstrip("\ufeff \t\r\n")[:2000])[:300]
    if _begins_as_captions(text):
        return captions.read(text, name)
    if _JSON.match(start):
        return shapes.read(parse(text, name), name, source=text)
    if _HTML.match(start):
        return _page(html_page.sheet(text, name), name, expected=called)
    match called:
        case "vtt" | "srt":
            found = captions.read(text, name)
            return found if found.transcript else grammar.transcript(page.sheet(text, name))
        case "json":
            return shapes.read(parse(text, name), name, source=text)
        case "html" if _TAG.search(text):
            return _page(html_page.sheet(text, name), name, expected=called)
        case "md":
            return grammar.transcript(markdown.sheet(text, name))
        case _:
            return grammar.transcript(page.sheet(text, name))


def is_captions(text: str, name: str) -> bool:
    """Whether `text` is VTT or SRT, by its beginning or by the name."""
    return _begins_as_captions(text) or name.casefold().endswith((".vtt", ".srt"))


def _begins_as_captions(text: str) -> bool:
    return text.lstrip("\ufeff \t\r\n").startswith("WEBVTT") or _CUE.match(text.lstrip("\ufeff")[:200]) is not None


def _called(name: str, mime: str) -> str:
    """What somebody calls the format: "vtt", "srt", "json", "html", "md", or "" for anything else."""
    by_mime = _KINDS.get(mime.partition(";")[0].strip().casefold())
    if by_mime:
        return by_mime
    try:
        path = urlsplit(name).path if "://" in name else name
    except ValueError:
        path = name
    ending = path.casefold().rpartition(".")[2]
    return {"htm": "html", "xhtml": "html", "markdown": "md"}.get(ending, ending)


def _page(sheet: Sheet, name: str, *, expected: str) -> Spoken:
    found = grammar.transcript(sheet)
    said = found.transcript
    if said is None or any(segment.start is not None or segment.speaker for segment in said.segments):
        return found
    headed = any(grammar.is_transcript_heading(line) for line in sheet.lines)
    if not headed and (expected in ("vtt", "srt", "json") or len(said.text.split()) < _FEWEST_WORDS):
        what = "expected a transcript, but this is a web page without stamps, speakers or a heading 'Transcript'."
        raise UnreadableDocument(name, what, _REMEDY, line=1)
    return found


def _nothing(name: str) -> Transcript:
    raise UnreadableDocument(name, "expected a transcript, but found no spoken words.", _REMEDY, line=1)
