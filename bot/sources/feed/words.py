"""Makes plain text out of the texts of an entry, whether they bear markup or not; nobody says so reliably."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from itertools import pairwise

from bot.reading import html_page
from bot.reading.lines import Line
from bot.reading.plain import one_line, split_lines, text_of

# A tag that only markup has. In plain text `<T>` or `<me@example.org>` is what it says.
_TAG = re.compile(
    r"<(?:/?(?:a|abbr|acronym|address|applet|area|article|aside|audio|b|base|basefont|bdi|bdo|bgsound|big|blink"
    r"|blockquote|body|br|button|canvas|caption|center|cite|code|col|colgroup|command|dd|del|details|dfn|dialog|dir|div"
    r"|dl|dt|em|embed|fieldset|figcaption|figure|font|footer|form|frame|frameset|h[1-6]|head|header|hr|html|i|iframe|img"
    r"|input|ins|isindex|kbd|keygen|label|legend|li|link|main|map|mark|marquee|math|menu|meta|meter|nav|nobr|noframes"
    r"|noscript|object|ol|optgroup|option|p|param|picture|pre|progress|q|rp|rt|ruby|s|samp|script|section|select|small"
    r"|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|textarea|tfoot|th|thead|time|tr|track|tt|u|ul"
    r"|var|video|wbr)(?:\s[^<>]{0,2000})?/?>|!--)",
    re.IGNORECASE,
)
# Tags that swallow what follows until they are closed; in a feed that may be never.
_SWALLOWING = re.compile(
    r"<(iframe|object|applet|video|audio|canvas|form|select|textarea|noscript|noframes|noembed|svg|math|button|dialog"
    r"|title|script|style)\b[^<>]{0,2000}>",
    re.IGNORECASE,
)
_END = re.compile(r"</(\w{1,20})")
# What would show its innards: better none of the rest than code in a blurb.
_CODE = ("script", "style")
_CLOSING = re.compile(r"</(?:a|b|blockquote|div|em|h[1-6]|i|li|ol|p|span|strong|ul)>", re.IGNORECASE)
# Text that was broken into lines by a machine has full lines of about this length.
_FULL_LINE = range(50, 101)


@dataclass(frozen=True)
class Words:
    """A text as the feed gives it. `plain`: the feed says that it bears no markup, and so it is."""

    text: str = ""
    plain: bool = False

    def __bool__(self) -> bool:
        return bool(self.text.strip())


NOTHING = Words()


def lines_of(words: Words, name: str) -> tuple[Line, ...]:
    """The text in lines, an empty one between two paragraphs."""
    markup = _markup(words)
    if markup is not None:
        return html_page.sheet(markup, name).lines
    return tuple(Line(text=line) for line in _paragraphs(html.unescape(words.text)))


def paragraphs_of(words: Words, name: str) -> str:
    return text_of(line.text for line in lines_of(words, name))


def line_of(words: Words, name: str) -> str:
    """A text that has one line only, such as a title."""
    markup = _markup(words)
    if markup is None:
        return one_line(html.unescape(words.text))
    return one_line(html_page.plain_text(markup, name))


def markup_of(words: Words) -> str:
    """The text as markup, whichever it was."""
    markup = _markup(words)
    if markup is not None:
        return markup
    return "".join(f"<p>{html.escape(line)}</p>" for line in _paragraphs(html.unescape(words.text)))


def _markup(words: Words) -> str | None:
    """The text where it bears markup, else None. Markup that was escaped once too often is taken for what it was."""
    if words.plain:
        return None
    if "<" in words.text and _TAG.search(words.text):
        return _closed(words.text)
    if "&lt;/" in words.text and _CLOSING.search(again := html.unescape(words.text)):
        return _closed(again)
    return None


def _closed(markup: str) -> str:
    """Markup without the tags that are never closed, or closed as in XML, and would swallow the rest of the notes."""
    closed = {match[1].casefold() for match in _END.finditer(markup)}

    def kept(match: re.Match[str]) -> str:
        name = match[1].casefold()
        return "" if match[0].endswith("/>") or (name not in closed and name not in _CODE) else match[0]

    return _SWALLOWING.sub(kept, markup)


def _paragraphs(text: str) -> list[str]:
    """The lines of a plain text; where they were broken at a width they are joined again."""
    lines = split_lines(text)
    full = [line for line, following in pairwise(lines) if line and following]
    if not full or not all(len(line) in _FULL_LINE for line in full):
        return [line for line in lines if line]
    joined: list[str] = []
    before = ""
    for line in lines:
        if line and before:
            joined[-1] = f"{joined[-1]} {line}"
        elif line:
            joined.append(line)
        before = line
    return joined
