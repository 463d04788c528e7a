"""Plain text for the terminal: lines of at most so many columns, underlined headings, no debris of empty lines."""

from __future__ import annotations

import re
import unicodedata

COLUMNS = 72

_EMPTY_LINES = re.compile(r"\n{3,}")
_MARKED = re.compile(r"\s*(?:-|\d+\.) ")
_TRAILING = re.compile(r"[ \t]+$", re.MULTILINE)
# Controls but tab and newline, the C1 block (Gmail clips a mail that holds U+0092), bidirectional overrides, embeddings
# and isolates (they make one title re-order its neighbours), half characters, and the byte order mark.
_STRAY = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
_ODD_SPACE = re.compile("[\x0b\x0c\x85\u2028\u2029]")


def printable(text: str) -> str:
    """`text` without the characters that break a mail: stray controls, bidirectional overrides, half characters."""
    return _STRAY.sub("", _ODD_SPACE.sub(" ", text))


def tidy(text: str) -> str:
    """`text` without white space at the ends of lines, and with never more than one empty line in a row."""
    return _EMPTY_LINES.sub("\n\n", _TRAILING.sub("", text)).strip("\n")


def width(text: str) -> int:
    """How many columns of a terminal `text` takes: two for a wide character, none for a combining one."""
    return len(text) if text.isascii() else sum(_columns(character) for character in text)


def wrap(text: str, first: str = "", rest: str | None = None) -> str:
    """`text` in lines of at most 72 columns; `first` stands before the first line, `rest` (as wide) before the others.

    Words are never cut, so an address stays whole however long it is; wide characters, which come without spaces, may
    part anywhere.
    """
    later = " " * width(first) if rest is None else rest
    lines: list[str] = []
    line, used, empty = first, width(first), True
    for word in text.split():
        for piece, glued in _pieces(word):
            gap = 0 if empty or glued else 1
            size = width(piece)
            if not empty and used + gap + size > COLUMNS:
                lines.append(line)
                line, used, gap = later, width(later), 0
            line, used, empty = line + " " * gap + piece, used + gap + size, False
    return "\n".join([*lines, line])


def hang(line: str) -> str:
    """A line of a list in at most 72 columns, what follows its mark below what stands behind it; others as `wrap`."""
    match = _MARKED.match(line)
    return wrap(line[match.end() :], match[0]) if match else wrap(line)


def underline(text: str, stroke: str = "-") -> str:
    """A heading in at most 72 columns with a line of `stroke` below it, as long as its longest line."""
    lines = wrap(text)
    return f"{lines}\n{stroke * max(width(line) for line in lines.splitlines() or [''])}"


def _pieces(word: str) -> list[tuple[str, bool]]:
    """`word` in pieces that may stand on lines of their own, each with whether it is glued to the one before."""
    if word.isascii() or not any(_columns(character) == 2 for character in word):
        return [(word, False)]
    pieces: list[list[str]] = [[]]
    for character in word:
        wide = _columns(character) == 2
        if pieces[-1] and wide:
            pieces.append([])
        pieces[-1].append(character)
    return [("".join(piece), at > 0) for at, piece in enumerate(pieces)]


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Me", "Mn"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
