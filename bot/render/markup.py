"""An editor's own words: Markdown made into HTML that is safe to print in a mail, and into readable plain text."""

from __future__ import annotations

import re
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
_HEADING = re.compile(r"<(/?)h[1-6]>")
_BREAK = re.compile(r"\n[ \t]*\n")
_MARKED = re.compile(r"\s*(?:[-*+]|\d+[.)])\s")


def markdown(text: str) -> Markup:
    """`text` (Markdown) as HTML of paragraphs, emphasis, lists and links, safe to print as it is.

    Links lead to http, https or mailto addresses only. Headings become bold paragraphs, because the headings of a mail
    are its outline. Quotation blocks lose their frame: that style is kept for words that stand in a transcript. HTML
    is shown as it was typed; an image becomes a link to it.
    """
    library = Markdown(output_format="html")
    library.preprocessors.deregister("html_block")
    library.parser.blockprocessors.deregister("code")
    library.parser.blockprocessors.deregister("reference")
    for name in _SLOW:
        library.inlinePatterns.deregister(name)
    library.inlinePatterns.register(_Link(_LINK, library), "link", 160)
    try:
        converted = library.convert(text)
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
    """`text` (Markdown) as the pieces that a plain-text mail wraps: one a paragraph, one a line of a list."""
    pieces = []
    for block in _BREAK.split(text.strip()):
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        if any(_MARKED.match(line) for line in lines):
            pieces.append("\n".join(lines))
        elif lines:
            pieces.append(" ".join(lines))
    return pieces


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
