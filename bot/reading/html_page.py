"""Reads an HTML page into lines for the grammar, and a scrap of HTML into plain text."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.errors import UnreadableDocument
from bot.model.episode import Enclosure, Remark
from bot.reading import dates, gate, speakers, stamps
from bot.reading.facts import web_address
from bot.reading.headings import heading_of
from bot.reading.limits import check_depth
from bot.reading.lines import Facts, Line, Sheet
from bot.reading.plain import one_line, text_of

MAX_NODES = 400_000
_LONGEST_TITLE = 500
_SKIPPED_TAGS = (
    "script style noscript template nav footer form svg math iframe object select option textarea head audio video "
    "canvas dialog datalist"
)
_SKIPPED = frozenset(_SKIPPED_TAGS.split())
_BLOCK_TAGS = (
    "p div section article main header aside li ul ol dl dt dd h1 h2 h3 h4 h5 h6 blockquote figure figcaption table tr "
    "td th pre details summary address hgroup body html"
)
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_HEADINGS = {f"h{level}": level for level in range(1, 7)}


def sheet(text: str, name: str, *, remarks: tuple[Remark, ...] = ()) -> Sheet:
    """The page's blocks as lines, and its head as facts. Menus, scripts, forms and footers are left out."""
    check_depth(text, name)
    tree = LexborHTMLParser(text)
    facts = _facts(tree)
    walker = _Walker(name, base=facts.url)
    if tree.body is not None:
        walker.walk(tree.body)
    return Sheet(name=name, lines=tuple(walker.lines), facts=facts, remarks=remarks, hard_wrapped=True)


def plain_text(fragment: str, name: str) -> str:
    """A scrap of HTML as plain text, its paragraphs parted by an empty line; text without markup stays as it is."""
    return text_of(line.text for line in sheet(fragment, name).lines)


class _Walker:
    """Goes through the tree in order, without recursion, and closes a line at every block."""

    def __init__(self, name: str, *, base: str | None) -> None:
        self.lines: list[Line] = []
        self._name = name
        self._base = base
        self._nodes = 0
        self._text: list[str] = []
        self._begun = False
        self._level = 0
        self._marker = ""
        self._voice: str | None = None
        self._link: str | None = None
        self._gap = False

    def walk(self, root: LexborNode) -> None:
        # Comparing two nodes compares all that is in them; their place in memory says whether they are one.
        last = root.mem_id
        node: LexborNode | None = root
        while node is not None:
            self._count()
            child = node.child if self._open(node) else None
            if child is not None:
                node = child
                continue
            while node is not None:
                self._close(node)
                if node.mem_id == last:
                    node = None
                elif node.next is not None:
                    node = node.next
                    break
                else:
                    node = node.parent
        self._flush()

    def _count(self) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            expected = f"expected a page of at most {MAX_NODES:,} elements."
            raise UnreadableDocument(self._name, expected, "Save only the article, or the page as text.")

    def _open(self, node: LexborNode) -> bool:
        """Takes in a node; whether its children are to be visited."""
        tag = node.tag or ""
        if tag == "-text":
            words = node.text_content or ""
            self._text.append(words)
            self._begun = self._begun or not words.isspace()
            return False
        if tag in _SKIPPED or tag.startswith(("-", "!")):
            return False
        if tag == "button":
            words = _own_text(node)
            if gate.is_gate(words):
                self._flush()
                self.lines.append(Line(text=words))
            return False
        if tag == "br":
            self._flush()
        elif tag in _BLOCKS:
            self._flush()
            self._gap = True
            if tag in _HEADINGS:
                self._level = _HEADINGS[tag]
            elif tag == "li":
                self._marker = "-"
        elif tag == "a":
            self._link = self._link or self._address(node)
        elif tag in ("cite", "b", "strong") and not self._begun:
            return not self._speaker(node, tag)
        elif tag == "time":
            return not self._stamp(node)
        return True

    def _close(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag in _BLOCKS:
            self._flush()
            self._gap = True
            self._level = 0
            if tag == "li":
                self._marker = ""

    def _speaker(self, node: LexborNode, tag: str) -> bool:
        """A name set apart at the beginning of a block: `<cite>Ann:</cite>`, `<b>Ann:</b>`, `<b>Ann</b>: …`."""
        if self._level:
            return False
        words = _own_text(node)
        after = node.next
        following = after.text_content or "" if after is not None and after.tag == "-text" else ""
        colon = words.endswith((":", "：")) or following.startswith((":", "："))
        beside = tag == "cite" and (after is None or not following.strip())
        if not (colon or beside) or not speakers.looks_like_name(words) or heading_of(Line(text=words)):
            return False
        self._voice = words.rstrip(":： ")
        return True

    def _stamp(self, node: LexborNode) -> bool:
        words = _own_text(node).strip("[]()")
        if stamps.seconds(words) is None:
            return False
        self._text.append(f" [{words}] ")
        return True

    def _address(self, node: LexborNode) -> str | None:
        raw = node.attributes.get("href") or ""
        try:
            return web_address(urljoin(self._base or "", raw.strip()))
        except ValueError:
            return None

    def _flush(self) -> None:
        text = one_line("".join(self._text))
        if text.startswith((":", "：")) and self._voice:
            text = text[1:].lstrip()
        self._text, self._begun = [], False
        if text or self._voice:
            if self._gap and self.lines:
                self.lines.append(Line(text=""))
            self._gap = False
            self.lines.append(
                Line(text=text, level=self._level, marker=self._marker, voice=self._voice, link=self._link)
            )
            self._marker = ""
        self._voice = None
        self._link = None


def _own_text(node: LexborNode) -> str:
    """The text of a node that holds nothing but text, else "": the text of nested nodes would cost a walk for each."""
    child = node.child
    if child is None or child.tag != "-text" or child.next is not None:
        return ""
    return one_line(child.text_content or "")


def _facts(tree: LexborHTMLParser) -> Facts:
    meta: dict[str, str] = {}
    for node in tree.css("meta")[:500]:
        key = node.attributes.get("property") or node.attributes.get("name")
        if key:
            meta.setdefault(key.casefold(), one_line(node.attributes.get("content") or ""))
    canonical = tree.css_first('link[rel="canonical"]')
    site = gate.strip(meta.get("og:site_name", ""))[0] or None
    root = tree.css_first("html")
    audio = web_address(meta.get("og:audio", ""))
    return Facts(
        title=_title(tree, meta, site),
        site=site,
        blurb=gate.strip(meta.get("og:description") or meta.get("description") or "")[0],
        url=web_address((canonical.attributes.get("href") if canonical else None) or meta.get("og:url", "")),
        audio=Enclosure(url=audio, mime=meta.get("og:audio:type", "")) if audio else None,
        published=dates.moment(meta.get("article:published_time") or meta.get("date") or ""),
        language=one_line((root.attributes.get("lang") if root else None) or "")[:35] or None,
    )


def _title(tree: LexborHTMLParser, meta: dict[str, str], site: str | None) -> str | None:
    heading, head = tree.css_first("h1"), tree.css_first("title")
    words = [meta.get("og:title", "")] + [one_line(node.text()) for node in (heading, head) if node is not None]
    ungated = (gate.strip(found)[0] for found in words if len(found) < _LONGEST_TITLE)
    title = next((found for found in ungated if found), None)
    if title and site:
        title = re.sub(rf"\s[-–—|·]\s{re.escape(site)}$", "", title)
    return title
