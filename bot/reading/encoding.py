"""Turns bytes into text: UTF-8, then UTF-16, then what the document declares, then cp1252; never binary data."""

from __future__ import annotations

import codecs
import re

from bot.errors import UnreadableDocument
from bot.model.episode import Remark

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF", "a PDF file"),
    (0, b"PK\x03\x04", "a zip archive or an Office file"),
    (0, b"ID3", "an MP3 file"),
    (0, b"\xff\xfb", "an MP3 file"),
    (0, b"\xff\xf3", "an MP3 file"),
    (0, b"OggS", "an Ogg file"),
    (0, b"fLaC", "a FLAC file"),
    (0, b"RIFF", "a WAV or WebP file"),
    (4, b"ftyp", "an MP4 file"),
    (0, b"\x89PNG", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"GIF8", "a GIF image"),
    (0, b"\x1f\x8b", "a gzip file"),
    (0, b"7z\xbc\xaf", "a 7z archive"),
    (0, b"\xd0\xcf\x11\xe0", "an old Office file"),
    (0, b"\x7fELF", "a program"),
    (0, b"SQLite format 3", "a database"),
    (0, b"{\\rtf", "an RTF file"),
)
_REMEDY = "Save the episode as plain text, Markdown, HTML, JSON, VTT or SRT in UTF-8."
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_DECLARED = re.compile(rb"""(?:charset\s*=\s*["']?|encoding\s*=\s*["'])([A-Za-z0-9_-]{2,20})""")
# Only charsets of plain text: Python also knows "codecs" that decompress or run escapes.
_CHARSET = re.compile(
    r"(?:iso-?8859|windows-?125|cp125|koi8|shift_?jis|euc|gb|big5|macintosh|iso-2022-jp)", re.IGNORECASE
)
_MOSTLY = 4
# Bytes that begin no UTF-8 character of more than one byte.
_NOT_LEADING = bytes(range(0xC2))


def decode(data: bytes, name: str) -> tuple[str, tuple[Remark, ...]]:
    """The text of `data` and a remark on what was assumed. Raises UnreadableDocument for binary or empty data."""
    if not data.strip(b"\x00 \t\r\n\x0b\x0c\xef\xbb\xbf\xfe\xff"):
        raise UnreadableDocument(name, "the file is empty.", "Save the episode page again.", line=1)
    for offset, magic, kind in _MAGIC:
        if data.startswith(magic, offset):
            raise UnreadableDocument(name, f"expected text, but this is {kind}.", _REMEDY)
    text, remark = _decoded(data, name)
    if not text.strip():
        raise UnreadableDocument(name, "the file is empty.", "Save the episode page again.", line=1)
    controls = len(_CONTROL.findall(text, 0, 100_000))
    if controls > 2 + min(len(text), 100_000) // 200:
        raise UnreadableDocument(name, "expected text, but this is binary data.", _REMEDY)
    return text, (Remark(remark),) if remark else ()


def _decoded(data: bytes, name: str) -> tuple[str, str]:
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return _wide(data, "utf-32", name), "Read as UTF-32, by its byte-order mark."
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _wide(data, "utf-16", name), "Read as UTF-16, by its byte-order mark."
    if b"\0" in data:
        codec = _nul_pattern(data[:4096])
        if codec is None:
            raise UnreadableDocument(name, "expected text, but this is binary data (it holds NUL bytes).", _REMEDY)
        return _wide(data, codec, name), "Read as UTF-16, by the pattern of its NUL bytes."
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 3 and error.reason == "unexpected end of data":
            text = data[: error.start].decode("utf-8-sig")
            return text, "The file ends inside a character: it has been cut."
        return _legacy(data, name, error)


def _wide(data: bytes, codec: str, name: str) -> str:
    unit = 4 if codec == "utf-32" else 2
    try:
        return data[: len(data) - len(data) % unit].decode(codec).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableDocument(
            name, f"expected {codec.upper()}, but byte {error.start} breaks it.", _REMEDY, line=line
        ) from error


def _nul_pattern(head: bytes) -> str | None:
    """UTF-16 without a mark: text in Latin letters has a NUL in every other byte, on one side only."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = max(len(head) // 2, 1)
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def _legacy(data: bytes, name: str, error: UnicodeDecodeError) -> tuple[str, str]:
    declared = _declared(data)
    if declared:
        return data.decode(declared, errors="replace"), f"Read as {declared}, as the document declares."
    lenient = data.decode("utf-8-sig", errors="replace")
    broken = lenient.count("\ufffd")
    sound = len(data.translate(None, delete=_NOT_LEADING)) - broken
    line = data.count(b"\n", 0, error.start) + 1
    if sound > _MOSTLY * broken:
        return lenient, f"Read as UTF-8, though {broken} characters are broken, the first on line {line}."
    text = data.decode("cp1252", errors="replace")
    unknown = text.count("\ufffd")
    if unknown > 2 + len(text) // 200:
        raise UnreadableDocument(name, "expected text, but this is no encoding that we know.", _REMEDY, line=line)
    return text, f"Not UTF-8 (line {line}): read as cp1252 (Western European). Save it as UTF-8 if letters look wrong."


def _declared(data: bytes) -> str | None:
    if data.lstrip()[:1] != b"<":
        return None
    match = _DECLARED.search(data[:4096])
    label = match[1].decode("ascii") if match else ""
    if not _CHARSET.match(label):
        return None
    try:
        return codecs.lookup(label).name
    except LookupError:
        return None
