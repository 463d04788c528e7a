"""Reads the HTML part of a mail as a mail program and a reader meet it: words, links, pictures, outline, colours.

It says what is there and judges nothing; `bot.preflight` does. A page of an episode is read by `bot.reading.html_page`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.errors import UnreadableDocument
from bot.reading.html_page import MAX_NODES
from bot.reading.limits import MAX_BYTES, check_depth
from bot.reading.plain import one_line

_BLOCK_TAGS = (
    "p div section article main header footer aside nav li ul ol dl dt dd h1 h2 h3 h4 h5 h6 blockquote figure "
    "figcaption table tbody thead tr td th pre address hr body html center"
)
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BOLD = frozenset({"b", "strong", "th", *_HEADINGS})
# What mail programs take out, or what makes them distrust a mail.
_FOREIGN_TAGS = "script iframe frame object embed applet form input button select textarea audio video svg"
_FOREIGN = frozenset(_FOREIGN_TAGS.split())
_WORDLESS_TAGS = "script style template head title noscript select option textarea object iframe svg"
_WORDLESS = frozenset(_WORDLESS_TAGS.split())
_KEPT = frozenset({"transparent", "inherit", "initial", "unset", "revert", "currentcolor", "none", ""})
_DECLARATION = re.compile(r"(?<![a-zA-Z-])([a-zA-Z-]++)\s*+:\s*+((?:\"[^\"]*+\"|'[^']*+'|\([^)]*+\)|[^;\"'(])*+)")
_LONGEST_STYLE = 4_000
# Words count for the innermost links, headings and quotations round them; nobody nests more.
_MOST_COLLECTORS = 8
_PIXELS = re.compile(r"(\d{1,4}(?:\.\d{1,4})?)px")
_HEAVY = re.compile(r"\b(?:bold|bolder|[6-9]00)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Link:
    """`href` is None where the tag has none. `words` are what is read aloud: its text, and the alt of its pictures."""

    href: str | None
    words: str
    visible: bool


@dataclass(frozen=True)
class Picture:
    """`alt` is None where the tag has none; an empty one says that the picture is an ornament. Sizes as written."""

    src: str
    alt: str | None
    width: str
    height: str


@dataclass(frozen=True)
class Ink:
    """Words in one colour on one ground, both as they are written in the tags, None where nothing tells.

    `colour` is "" for a link that has none of its own: the mail program's then. `size` is in CSS pixels, None where it
    is not written in pixels.
    """

    words: str
    colour: str | None
    ground: str | None
    size: float | None
    bold: bool


@dataclass(frozen=True)
class Letter:
    """`text` is what a reader sees, one paragraph from the next by an empty line; `quoted` the first paragraph of each
    quotation block. `unmarked` counts the children of the body that lack a language or a direction of their own, `plain
    tables` those that do not say that they are layout. `style_bytes` are those of every `<style>` together.
    """

    language: str | None
    direction: str | None
    title: str | None
    charset: str | None
    text: str
    headings: tuple[tuple[int, str], ...]
    quoted: tuple[str, ...]
    links: tuple[Link, ...]
    pictures: tuple[Picture, ...]
    inks: tuple[Ink, ...]
    ids: frozenset[str]
    foreign: tuple[str, ...]
    handlers: tuple[str, ...]
    unmarked: int
    plain_tables: int
    style_bytes: int
    style_in_body: bool


def letter(html: str) -> Letter:
    """The mail that `html` makes, whatever stands in it. Raises UnreadableDocument where it is too long or too deep."""
    if len(html) > MAX_BYTES:
        raise UnreadableDocument("the HTML part", "it is far longer than a mail may be.", "Take episodes out of it.")
    check_depth(html, "the HTML part")
    # A half character cannot be encoded; what is wrong with it is found in the text itself.
    tree = LexborHTMLParser(html.encode("utf-8", "replace").decode())
    reader = _Reader()
    if tree.root is not None:
        reader.read(tree.root)
    return reader.read_letter(tree)


@dataclass(frozen=True)
class _State:
    """What the elements round a text make of it, and who collects its words."""

    colour: str | None = None
    ground: str | None = None
    size: float | None = None
    bold: bool = False
    hidden: bool = False
    body: bool = False
    collectors: tuple[list[str], ...] = ()


@dataclass
class _Reader:
    """Goes through the tree in order, without recursion, carrying what is inherited."""

    text: list[str] = field(default_factory=list)
    headings: list[tuple[int, list[str]]] = field(default_factory=list)
    quoted: list[list[str]] = field(default_factory=list)
    links: list[tuple[str | None, list[str], bool]] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    inks: dict[tuple[str | None, str | None, float | None, bool], str] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    foreign: dict[str, None] = field(default_factory=dict)
    handlers: dict[str, None] = field(default_factory=dict)
    charset: str | None = None
    plain_tables: int = 0
    style_bytes: int = 0
    style_in_body: bool = False

    def read(self, root: LexborNode) -> None:
        waiting: list[tuple[LexborNode | None, _State]] = [(root, _State())]
        nodes = 0
        while waiting:
            node, state = waiting.pop()
            nodes += 1
            if nodes > MAX_NODES:
                raise UnreadableDocument("the HTML part", "it has too many elements.", "Take episodes out of it.")
            if node is None:
                self._say("\n\n", state)
                continue
            tag = node.tag or ""
            if tag == "-text":
                self._words(node.text_content or "", state)
                continue
            if tag.startswith(("-", "!")):
                continue
            inner = self._element(node, tag, state)
            if tag in _BLOCKS:
                self._say("\n\n", inner)
                waiting.append((None, inner))
            elif tag == "br":
                self._say("\n", inner)
            below = []
            child = node.child
            while child is not None:
                below.append((child, inner))
                child = child.next
            waiting.extend(reversed(below))

    def read_letter(self, tree: LexborHTMLParser) -> Letter:
        root, title = tree.css_first("html"), tree.css_first("head > title")
        top = root.attributes if root is not None else {}
        children = [] if tree.body is None else _elements_in(tree.body)
        marks = ("lang", "dir")
        return Letter(
            language=top.get("lang") or None,
            direction=top.get("dir") or None,
            title=one_line(title.text()) or None if title is not None else None,
            charset=self.charset,
            text="".join(self.text),
            headings=tuple((level, one_line("".join(words))) for level, words in self.headings),
            quoted=tuple(
                found for words in self.quoted if (found := one_line("".join(words).strip().split("\n\n")[0]))
            ),
            links=tuple(Link(href, one_line("".join(words)), seen) for href, words, seen in self.links),
            pictures=tuple(self.pictures),
            inks=tuple(Ink(words, *looks) for looks, words in self.inks.items()),
            ids=frozenset(self.ids),
            foreign=tuple(self.foreign),
            handlers=tuple(self.handlers),
            unmarked=sum(not all(each.attributes.get(mark) for mark in marks) for each in children),
            plain_tables=self.plain_tables,
            style_bytes=self.style_bytes,
            style_in_body=self.style_in_body,
        )

    def _element(self, node: LexborNode, tag: str, state: _State) -> _State:
        """Take in an element; what it makes of what is inside it."""
        attributes = node.attributes
        if name := attributes.get("id"):
            self.ids.add(name)
        if tag == "a" and (anchor := attributes.get("name")):
            self.ids.add(anchor)
        self.handlers.update(dict.fromkeys(each for each in attributes if each.startswith("on")))
        if tag in _FOREIGN or (tag == "link" and "stylesheet" in (attributes.get("rel") or "").casefold()):
            self.foreign[tag] = None
        inner = _styled(state, tag, attributes)
        if tag == "body":
            inner = replace(inner, body=True)
        elif tag == "meta":
            self._meta(attributes)
        elif tag == "style":
            self.style_bytes += len(node.text().encode("utf-8", "replace"))
            self.style_in_body = self.style_in_body or state.body
        elif tag == "table":
            self.plain_tables += attributes.get("role") not in ("presentation", "none")
        elif tag == "img":
            self._picture(attributes, inner)
        elif tag == "a" and "href" in attributes:
            words: list[str] = []
            self.links.append((attributes.get("href"), words, not inner.hidden))
            inner = replace(inner, collectors=(*inner.collectors, words)[-_MOST_COLLECTORS:])
        elif tag in _HEADINGS:
            words = []
            self.headings.append((_HEADINGS[tag], words))
            inner = replace(inner, collectors=(*inner.collectors, words)[-_MOST_COLLECTORS:])
        elif tag == "blockquote":
            words = []
            self.quoted.append(words)
            inner = replace(inner, collectors=(*inner.collectors, words)[-_MOST_COLLECTORS:])
        return inner

    def _meta(self, attributes: dict[str, str | None]) -> None:
        said = attributes.get("charset")
        if said is None and (attributes.get("http-equiv") or "").casefold() == "content-type":
            said = (attributes.get("content") or "").casefold().partition("charset=")[2].strip() or None
        self.charset = self.charset or said

    def _picture(self, attributes: dict[str, str | None], state: _State) -> None:
        # An attribute without a value is there, and empty.
        alt = (attributes["alt"] or "") if "alt" in attributes else None
        found = [attributes.get(name) or "" for name in ("src", "width", "height")]
        self.pictures.append(Picture(found[0], alt, found[1], found[2]))
        for each in state.collectors:
            each.append(alt or "")

    def _words(self, words: str, state: _State) -> None:
        self._say(words, state)
        if state.body and not state.hidden and not words.isspace():
            looks = (state.colour, state.ground, state.size, state.bold)
            self.inks.setdefault(looks, one_line(words))

    def _say(self, words: str, state: _State) -> None:
        if state.hidden:
            return
        if state.body:
            self.text.append(words)
        for each in state.collectors:
            each.append(words)


def _styled(state: _State, tag: str, attributes: dict[str, str | None]) -> _State:
    style = {name.casefold(): value for name, value in _declarations(attributes.get("style") or "")}
    if attributes.get("bgcolor") and "background-color" not in style:
        style.setdefault("background", attributes.get("bgcolor") or "")
    if tag == "font" and attributes.get("color"):
        style.setdefault("color", attributes.get("color") or "")
    hidden = (
        tag in _WORDLESS
        or "hidden" in attributes
        or style.get("display", "").casefold() == "none"
        or style.get("visibility", "").casefold() == "hidden"
    )
    face = style.get("font", "")
    weight = style.get("font-weight") or face
    size = _PIXELS.search(style.get("font-size") or face)
    # A link without a colour of its own has the program's, which is not known here.
    own = tag == "a" and "href" in attributes
    return replace(
        state,
        colour=_taken(style.get("color"), "" if own else state.colour),
        ground=_taken(style.get("background-color") or style.get("background"), state.ground),
        size=float(size[1]) if size else state.size if not (style.get("font-size") or face) else None,
        bold=bool(_HEAVY.search(weight)) if weight else state.bold or tag in _BOLD,
        hidden=state.hidden or hidden,
    )


def _declarations(style: str) -> list[tuple[str, str]]:
    found = []
    for name, value in _DECLARATION.findall(style[:_LONGEST_STYLE]):
        found.append((name, re.sub(r"\s*!\s*important\s*$", "", value, flags=re.IGNORECASE).strip()))
    return found


def _taken(value: str | None, before: str | None) -> str | None:
    return before if value is None or value.casefold() in _KEPT else value


def _elements_in(parent: LexborNode) -> list[LexborNode]:
    found = []
    child = parent.child
    while child is not None:
        if not (child.tag or "").startswith(("-", "!")) and child.tag not in ("style", "script"):
            found.append(child)
        child = child.next
    return found
