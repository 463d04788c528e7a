"""How much one document may hold, so that a hostile one costs no more than an honest one."""

from __future__ import annotations

import re

from bot.errors import UnreadableDocument
from bot.reading.lines import MAX_LINES

MAX_BYTES = 5_000_000
# A page has some dozens of elements inside one another, and a browser flattens what lies deeper than 512. For each new
# block a parser looks upwards for an open paragraph, so its cost grows with the depth.
MAX_DEPTH = 1_000
_MOST_SHAPES = 5_000
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]{0,30})")
# Elements that never hold another, or end by themselves where the next of their kind begins.
_SHALLOW_TAGS = (
    "area base br col embed hr img input link meta param source track wbr p li dd dt tr td th thead tbody tfoot option "
    "optgroup colgroup caption rp rt html head body"
)
_SHALLOW = frozenset(_SHALLOW_TAGS.split())
# Drawn shapes close themselves inside a drawing; a parser that meets them outside takes them for open.
_SHAPES = frozenset({"path", "circle", "rect", "line", "polyline", "polygon", "ellipse", "use", "stop"})


def check_size(data: bytes, name: str) -> None:
    """Raises UnreadableDocument where `data` is longer than `MAX_BYTES`."""
    if len(data) > MAX_BYTES:
        size = f"{len(data) / 1e6:.1f} MB"
        expected = f"expected a document of at most {MAX_BYTES // 1_000_000} MB, but this one has {size}."
        raise UnreadableDocument(
            name, expected, "Give the page or the transcript as text, without audio or pictures in it."
        )


def check_lines(text: str, name: str) -> None:
    """Raises UnreadableDocument where `text` has more lines than `MAX_LINES`."""
    count = text.count("\n") + text.count("\r") - text.count("\r\n") + text.count("\u2028") + text.count("\u2029")
    if count > MAX_LINES:
        expected = f"expected at most {MAX_LINES:,} lines, but found {count:,}."
        raise UnreadableDocument(name, expected, "Split the document into one per episode.", line=MAX_LINES)


def check_depth(text: str, name: str) -> None:
    """Raises UnreadableDocument where the elements of an HTML page lie deeper in one another than `MAX_DEPTH`."""
    if text.count("<") <= MAX_DEPTH:
        return
    depth = shapes = 0
    for tag in _TAG.finditer(text):
        element = tag[2].lower()
        if element in _SHALLOW:
            continue
        if element in _SHAPES:
            shapes += 1
        elif tag[1]:
            depth -= depth > 0
        else:
            depth += 1
        if depth > MAX_DEPTH or shapes > _MOST_SHAPES:
            line = text.count("\n", 0, tag.start()) + 1
            expected = f"expected a page whose elements lie at most {MAX_DEPTH:,} deep in one another."
            raise UnreadableDocument(name, expected, "Save only the article, or the page as text.", line=line)
