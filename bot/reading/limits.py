"""How much one document may hold, so that a hostile one costs no more than an honest one."""

from __future__ import annotations

from bot.errors import UnreadableDocument
from bot.reading.lines import MAX_LINES

MAX_BYTES = 5_000_000


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
