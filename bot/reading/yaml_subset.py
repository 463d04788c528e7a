"""The small part of YAML that front matter may hold (docs/formats.md); every scalar stays a string.

A YAML library would turn `No` into false, `010` into 8 and `1:02:03` into 3723.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.errors import UnreadableDocument
from bot.reading.plain import clean
from bot.text import fold

KEY = re.compile(r"([A-Za-z_][\w .-]{0,60}?|\"[^\"]{1,60}\"|'[^']{1,60}'):(?:[ \t]+(.*)|)$")
_ESCAPES = {"n": "\n", "t": " ", '"': '"', "\\": "\\", "/": "/", "r": "", " ": " ", "0": ""}
REMEDY = "Quote the value, or write a simple 'key: value' or list; docs/formats.md shows what front matter may hold."


@dataclass(frozen=True)
class Field:
    """The value of one key and the line it stands on. A list keeps its items; anything deeper is None."""

    value: str | tuple[str, ...] | None
    line: int


class YamlSubset:
    """`key: value` lines, quoted values over several lines, `|` and `>` blocks, lists of scalars."""

    def __init__(self, head: str, name: str, offset: int) -> None:
        self._lines = head.split("\n")
        self._name = name
        self._offset = offset
        self._at = 0

    def read(self) -> dict[str, Field]:
        fields: dict[str, Field] = {}
        while self._at < len(self._lines):
            raw = self._lines[self._at]
            number = self._at + 1 + self._offset
            self._at += 1
            if not raw.strip() or raw.lstrip().startswith("#"):
                continue
            match = KEY.match(clean(raw))
            if match is None:
                raise self._error(f"expected 'key: value' in the front matter, but found '{raw.strip()[:40]}'.", number)
            fields[match[1].strip("\"'").casefold()] = Field(self._value((match[2] or "").strip(), number), number)
        return fields

    def _value(self, first: str, number: int) -> str | tuple[str, ...] | None:
        if first[:1] in ("'", '"'):
            return self._quoted(first, number)
        if re.fullmatch(r"[|>][+-]?\d?[+-]?(?:\s+#.*)?", first):
            return self._block(folded=first[0] == ">")
        if first.startswith("["):
            return self._flow(first, number)
        below = self._below()
        if first.startswith(("{", "&", "*", "!", "@", "`", "%")):
            return None
        plain = _uncomment(first)
        if plain:
            return fold(" ".join([plain, *(_uncomment(line.strip()) for line in below)]))
        return self._list(below)

    def _below(self) -> list[str]:
        """The lines that belong to a key: indented ones, and list items."""
        below = []
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if line.strip() and not line.startswith((" ", "\t", "- ")) and line.rstrip() != "-":
                break
            if line.strip() and not line.lstrip().startswith("#"):
                below.append(line)
            self._at += 1
        return below

    def _list(self, below: Sequence[str]) -> str | tuple[str, ...] | None:
        if not below:
            return ""
        items: list[str] = []
        for line in below:
            text = line.strip()
            if text != "-" and not text.startswith("- "):
                if items and not KEY.match(text):
                    items[-1] = f"{items[-1]} {_uncomment(text)}"
                    continue
                return None
            item = text[1:].strip()
            if item[:1] in ("{", "[", "&", "*", "!", "-") or (KEY.match(item) and item[:1] not in ("'", '"')):
                return None
            items.append(_scalar(item))
        return tuple(item for item in items if item)

    def _quoted(self, first: str, number: int) -> str:
        quote = first[0]
        parts = [first[1:]]
        while True:
            end = _closing(parts[-1], quote)
            if end is not None:
                rest = parts[-1][end + 1 :].strip()
                if rest and not rest.startswith("#"):
                    raise self._error(f"found '{rest[:30]}' behind the closing {quote} of a value.", number)
                parts[-1] = parts[-1][:end]
                break
            if self._at >= len(self._lines):
                raise self._error(f"a value opens with {quote} and never closes.", number)
            parts.append(self._lines[self._at].strip())
            self._at += 1
        # A line end inside quotes is a space, an empty line is a line end.
        joined = re.sub(r" ?(?:\n )+|\n", "\n", " ".join(part or "\n" for part in parts))
        return _unescape(joined, quote).strip()

    def _block(self, *, folded: bool) -> str:
        lines = []
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if line.strip() and not line.startswith((" ", "\t")):
                break
            lines.append(line.strip())
            self._at += 1
        text = "\n".join(lines).strip()
        if folded:
            text = "\n\n".join(fold(paragraph) for paragraph in text.split("\n\n"))
        return text

    def _flow(self, first: str, number: int) -> tuple[str, ...] | None:
        """A list in square brackets, over one line or several. Quotes count only where an item begins, as in YAML."""
        items: list[str] = []
        item, quote, escaped = "", "", False
        nested = False
        line = first[1:]
        while True:
            for character in line:
                if quote:
                    item += character
                    if character == quote and not escaped:
                        quote = ""
                    escaped = character == "\\" and quote == '"' and not escaped
                elif character in ",]":
                    items.append(_scalar(item))
                    item = ""
                    if character == "]":
                        return None if nested else tuple(item for item in items if item)
                elif character in "\"'" and not item.strip():
                    item, quote = character, character
                else:
                    nested = nested or (character in "[{" and not item.strip())
                    item += character
            if self._at >= len(self._lines):
                raise self._error("a list opens with '[' and never closes.", number)
            line = f" {_uncomment(self._lines[self._at].strip())}"
            self._at += 1

    def _error(self, expected: str, number: int) -> UnreadableDocument:
        return UnreadableDocument(self._name, expected, REMEDY, line=number)


def _uncomment(text: str) -> str:
    if text.startswith("#"):
        return ""
    return text.split(" #", 1)[0].rstrip()


def _scalar(text: str) -> str:
    text = text.strip()
    if text[:1] in ("'", '"'):
        end = _closing(text[1:], text[0])
        if end is not None:
            return fold(_unescape(text[1 : end + 1], text[0]))
    return _uncomment(text)


def _closing(text: str, quote: str) -> int | None:
    """The index of the quote that closes `text`, past doubled or escaped ones."""
    pattern = r"(?:[^']|'')*" if quote == "'" else r'(?:[^"\\]|\\.)*'
    match = re.match(pattern, text)
    end = match.end() if match else 0
    return end if end < len(text) and text[end] == quote else None


def _unescape(text: str, quote: str) -> str:
    if quote == "'":
        return text.replace("''", "'")

    def one(match: re.Match[str]) -> str:
        if match[1]:
            code = int(match[1][1:], 16)
            return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
        return _ESCAPES.get(match[2], match[2])

    return re.sub(r"\\(?:(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})|(.))", one, text)
