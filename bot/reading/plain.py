"""What plain text is in Pullquote: no control characters, no invisible junk, one space between words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.text import fold

LINE_END = re.compile(r"\r\n|[\n\r\u2028\u2029]")
# Directional marks, embeddings, overrides and isolates can turn the text around them; a reader that needs them puts
# them in again from the language. Soft hyphens, word joiners and the like show nothing.
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
)
_JUNK = re.compile(
    f"[\\x00-\\x08\\x0e-\\x1b\\x7f-\\x84\\x86-\\x9f{_INVISIBLE}\\ud800-\\udfff\ufffe\uffff]"
    # A joiner belongs between two letters of a script that joins, or between two emoji.
    "|(?<![^\\x00-\\x7f\\s])[\u200c\u200d]|[\u200c\u200d](?![^\\x00-\\x7f\\s])"
)
# Tag characters spell the flags of England, Scotland and Wales; anywhere else they only hide text.
_TAGS = re.compile("(\U0001f3f4[\U000e0020-\U000e007f]+)|[\U000e0000-\U000e007f]+")
_ENDS_SENTENCE = re.compile(r"[.!?…:;。！？؟۔।][\"'”’»)\]*_]*$")


def clean(text: str) -> str:
    """`text` without control characters and invisible junk. Line ends, tabs and odd spaces stay for `fold`."""
    if text.isascii() and text.isprintable():
        return text
    text = _JUNK.sub("", text)
    return _TAGS.sub(lambda match: match[1] or "", text)


def one_line(text: str) -> str:
    """`text` as one clean line: a title, a name, a topic."""
    return fold(clean(text))


def split_lines(text: str) -> list[str]:
    """The lines of a document, by any of the usual line ends, cleaned and folded; numbers count from 1 in it."""
    return [fold(line) for line in LINE_END.split(clean(text))]


def unwrap(lines: Sequence[str], *, hard_wrapped: bool) -> list[str]:
    """Paragraphs out of lines, an empty line parting two.

    Where `hard_wrapped` is false (text saved off a page) a line that ends a sentence ends its paragraph as well.
    """
    paragraphs: list[list[str]] = [[]]
    for line in lines:
        last = paragraphs[-1]
        if not line:
            if last:
                paragraphs.append([])
            continue
        if last and not hard_wrapped and ends_sentence(last[-1]):
            paragraphs.append([line])
        else:
            last.append(line)
    return [" ".join(paragraph) for paragraph in paragraphs if paragraph]


def ends_sentence(line: str) -> bool:
    return bool(_ENDS_SENTENCE.search(line[-8:]))


def text_of(paragraphs: Iterable[str]) -> str:
    """Paragraphs as one field of an episode: parted by one empty line."""
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
