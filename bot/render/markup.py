"""An editor's own words: Markdown made into HTML that is safe to print in a mail, and into readable plain text."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree.ElementTree import Element

import nh3
from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor
from markupsafe import Markup

TAGS = frozenset({"p", "br", "em", "strong", "a", "ul", "ol", "li"})
SCHEMES = frozenset({"http", "https", "mailto"})

# The library's own link patterns look for the closing bracket anew at every opening one, its reader of tags for every
# "<": 20,000 of either take half a minute.
_SLOW = ("reference", "link", "image_link", "image_reference", "short_reference", "short_image_ref", "html")
_LINK = r"!?\[([^\[\]]+)\]\(((?:[^()\s\[\]<>\"]|\([^()\s\[\]<>\"]*\))+)\)"
# It puts the rest of a block back for every heading in it: 5,000 in one take five seconds. Each gets its own block.
_UNDERLINED = re.compile(r"^([^\n]+)\n(?:=+|-+) *$", re.MULTILINE)
_NUMBERED = re.compile(r"^#{1,6}(?!#)[^\n]*$", re.MULTILINE)
# It reads what stands in a quotation or in an item again as a whole: a thousand in each other are a thousand texts.
_DEEPEST = 8
_MARK = r"(?:>|[-*+](?=[ \t])|\d+\.(?=[ \t]))"
_DEEPER = re.compile(rf"^((?:[ \t]*{_MARK}){{{_DEEPEST}}}[ \t]*)(?={_MARK})(\d*)", re.MULTILINE)
_BEGUN = re.compile(r"\s*(?:-|\d+\.) ")
_SPACE = re.compile(r"\s+")
_HEADING = re.compile(r"<(/?)h[1-6]>")


def markdown(text: str) -> Markup:
    """`text` (Markdown) as HTML of paragraphs, emphasis, lists and links, safe to print as it is.

    Links lead to http, https or mailto addresses only. Headings become bold paragraphs, because the headings of a mail
    are its outline. Quotation blocks lose their frame: that style is kept for words that stand in a transcript. HTML
    is shown as it was typed; an image becomes a link to it. Marks of quotations and lists that stand before a line
    beyond the eighth are words.
    """
    library = Markdown(output_format="html")
    library.preprocessors.deregister("html_block")
    library.parser.blockprocessors.deregister("code")
    library.parser.blockprocessors.deregister("reference")
    for name in _SLOW:
        library.inlinePatterns.deregister(name)
    library.inlinePatterns.register(_Link(_LINK, library), "link", 160)
    flat = _DEEPER.sub(r"\1\2" + "\\\\", text)
    try:
        converted = library.convert(_NUMBERED.sub(r"\n\n\g<0>\n\n", _UNDERLINED.sub(r"# \1", flat)))
    except RecursionError:  # lists nested some hundred deep
        return Markup("<p>{}</p>").format(text)
    bold = _HEADING.sub(lambda tag: "</strong></p>" if tag[1] else "<p><strong>", converted)
    return Markup(  # noqa: S704 - cleaned here, and only here
        nh3.clean(
            bold,
            tags=set(TAGS),
            attributes={"a": {"href"}},
            url_schemes=set(SCHEMES),
            url_relative="deny",
            link_rel=None,
        ).strip()
    )


def paragraphs(text: str) -> list[str]:
    """`text` (Markdown) as the pieces that a plain-text mail wraps: one a paragraph, one a list with a line an item.

    It says what `markdown` says: a link is its words and its address behind them, emphasis leaves no marks.
    """
    reader = _Plain()
    reader.feed(str(markdown(text)))
    reader.close()
    return reader.pieces()


class _Plain(HTMLParser):
    """Reads what `markdown` wrote, and only that."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[list[str]] = []
        self._lists: list[int | None] = []
        self._href: str | None = None
        self._linked = ""

    def pieces(self) -> list[str]:
        lines = ([line.rstrip() for line in piece if line.strip()] for piece in self._pieces)
        return ["\n".join(piece) for piece in lines if piece]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        match tag:
            case "ul" | "ol":
                if not self._lists:
                    self._pieces.append([])
                self._lists.append(0 if tag == "ol" else None)
            case "li":
                count = self._lists[-1] = None if self._lists[-1] is None else self._lists[-1] + 1
                mark = "- " if count is None else f"{count}. "
                self._line("   " * (len(self._lists) - 1) + mark)
            case "p" if not self._lists:
                self._pieces.append([""])
            case "p" if not _BEGUN.fullmatch(self._pieces[-1][-1]):
                self._line("   " * len(self._lists))
            case "br":
                self._line("   " * len(self._lists))
            case "a":
                self._href, self._linked = dict(attrs).get("href"), ""

    def handle_endtag(self, tag: str) -> None:
        if tag in ("ul", "ol"):
            self._lists.pop()
        elif tag == "a":
            address = (self._href or "").removeprefix("mailto:")
            if address and self._linked.strip() not in (address, self._href):
                self._say(f" ({address})")
            self._href = None

    def handle_data(self, data: str) -> None:
        if self._href is not None:
            self._linked += data
        if data.strip() or (self._pieces and self._pieces[-1]):
            self._say(_SPACE.sub(" ", data))

    def _say(self, words: str) -> None:
        if not self._pieces or not self._pieces[-1]:
            self._pieces.append([""])
        line = self._pieces[-1][-1]
        self._pieces[-1][-1] = line + (words.lstrip() if not line or line.endswith(" ") else words)

    def _line(self, begin: str) -> None:
        if not self._pieces:
            self._pieces.append([])
        self._pieces[-1].append(begin)


class _Link(InlineProcessor):
    """`[words](address)`, found in linear time."""

    def handleMatch(  # type: ignore[override]  # noqa: N802
        self,
        m: re.Match[str],
        data: str,  # noqa: ARG002
    ) -> tuple[Element, int, int]:
        link = Element("a", href=m[2])
        link.text = m[1]
        return link, m.start(0), m.end(0)
