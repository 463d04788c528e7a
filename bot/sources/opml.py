"""Reads and writes lists of subscriptions (OPML), as feed readers and podcast apps exchange them.

http://opml.org/spec2.opml
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from lxml import etree

from bot.errors import UnreadableDocument
from bot.model.episode import Remark
from bot.reading.encoding import decode
from bot.reading.facts import web_address
from bot.reading.limits import check_size
from bot.reading.plain import one_line
from bot.text import shorten

# "outlineDocument" is what OPML was called before 1.0.
_ROOTS = frozenset({"opml", "outlinedocument"})
_FEEDS = frozenset({"rss", "rdf", "feed"})
_FEED_TYPES = frozenset({"rss", "rss1", "rss2", "atom", "feed", "json", "podcast"})
# Schemes by which programs hand feeds to one another: "feed://example.org/rss", "feed:https://example.org/rss".
_FEED_SCHEME = re.compile(r"^(?:feed|itpc|pcast|podcast):(?://)?", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_TAG = re.compile(r"<([A-Za-z][\w:.-]{0,60})")
_OUTLINE = re.compile(r"<(/?)outline(?=[\s/>])", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""\s(xmlUrl|htmlUrl|feedUrl|title|text|type|url)\s{0,9}=\s{0,9}(?:"([^"<>]*)"|'([^'<>]*)')""", re.IGNORECASE
)
_TITLE = re.compile(r"<title>([^<]{0,2000})<", re.IGNORECASE)
_LONGEST_TITLE = 300
_DEEPEST = 50
_MOST_REMARKS = 50
_REMEDY = "Export the list of feeds again as OPML."


@dataclass(frozen=True)
class Subscription:
    """A feed that somebody follows. `site` is its web page; `folder` the names of the folders, outermost first."""

    url: str
    title: str
    site: str | None = None
    folder: tuple[str, ...] = ()


@dataclass(frozen=True)
class SubscriptionList:
    """What an OPML file holds, in its order, and what had to be left out or assumed."""

    subscriptions: tuple[Subscription, ...]
    title: str = ""
    remarks: tuple[Remark, ...] = ()


def read(data: bytes, name: str) -> SubscriptionList:
    """The subscriptions of an OPML document; a feed that is named twice is taken once, with a remark.

    A document that is not well-formed is read as far as it can be, with a remark that names the line. Raises
    UnreadableDocument where it is no OPML, declares entities, or is so broken that not one feed is found.
    """
    check_size(data, name)
    text, remarks = decode(data, name)
    text = _DECLARATION.sub("", text.removeprefix("\ufeff"), count=1)
    declared = text.casefold().find("<!entity")
    if declared >= 0:
        line = text.count("\n", 0, declared) + 1
        raise UnreadableDocument(name, "the list declares entities, which no honest list needs.", _REMEDY, line=line)
    reader = _Reader(list(remarks))
    try:
        root = _parse(text)
    except etree.XMLSyntaxError as error:
        return _salvaged(text, reader, name, error)
    if _local(root) not in _ROOTS:
        raise _foreign(_local(root), name, root.sourceline)
    for event, node in etree.iterwalk(root, events=("start", "end")):
        if _local(node) == "outline" and event == "start":
            reader.enter(
                {key.rpartition("}")[2].casefold(): value for key, value in node.attrib.items()}, node.sourceline
            )
        elif _local(node) == "outline":
            reader.leave()
    title = next((node.text for node in root.iter() if _local(node) == "title" and node.text), "")
    return reader.finish(title)


def write(subscriptions: Iterable[Subscription], *, title: str, made: datetime) -> bytes:
    """The subscriptions as OPML 2.0, in UTF-8, each folder once and in the order in which it comes first.

    `made` is the moment that the file bears; it is aware.
    """
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = one_line(title)
    etree.SubElement(head, "dateCreated").text = format_datetime(made)
    folders: dict[tuple[str, ...], Any] = {(): etree.SubElement(root, "body")}
    for each in subscriptions:
        parent = _folder(folders, tuple(name for part in each.folder[:_DEEPEST] if (name := one_line(part))))
        words = one_line(each.title) or each.url
        facts = {"type": "rss", "text": words, "title": words, "xmlUrl": each.url}
        etree.SubElement(parent, "outline", facts | ({"htmlUrl": each.site} if each.site else {}))
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
    return written


def _folder(folders: dict[tuple[str, ...], Any], names: tuple[str, ...]) -> Any:
    for depth in range(1, len(names) + 1):
        path = names[:depth]
        if path not in folders:
            folders[path] = etree.SubElement(folders[path[:-1]], "outline", text=path[-1], title=path[-1])
    return folders[names]


def _parse(text: str) -> Any:
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(text.encode("utf-8", errors="replace"), parser)


def _salvaged(text: str, reader: _Reader, name: str, error: etree.XMLSyntaxError) -> SubscriptionList:
    """The outlines of a list that is no XML: exporters put descriptions with quotes, tags and "&" into attributes.

    A recovering parser drops such an outline with its address. Here each attribute that we need is looked for by name.
    """
    line = error.lineno or 1
    text = _without_comments(text)
    root = _TAG.search(text)
    if root is None:
        raise UnreadableDocument(
            name, f"expected an OPML list, but this is no XML ({_reason(error)}).", _REMEDY, line=line
        )
    if root[1].casefold() not in _ROOTS:
        raise _foreign(root[1].casefold(), name, text.count("\n", 0, root.start()) + 1)
    marks = list(_OUTLINE.finditer(text))
    number, at = 1, 0
    for mark, end in zip(marks, [*(mark.start() for mark in marks[1:]), len(text)], strict=True):
        number += text.count("\n", at, mark.start())
        at = mark.start()
        if mark[1]:
            reader.leave()
            continue
        facts: dict[str, str] = {}
        for found in _ATTRIBUTE.finditer(text, mark.end(), end):
            key = found[1].casefold()
            # The name stands first; a later "title" may be that of a link in a description.
            facts.setdefault("title" if key == "text" else key, html.unescape(found[2] or found[3] or ""))
        reader.enter(facts, number)
        if text[mark.end() : end].rstrip().endswith("/>"):
            reader.leave()
    if not reader.found:
        expected = f"the list is not well-formed XML ({_reason(error)}), and no feed could be read."
        raise UnreadableDocument(name, expected, _REMEDY, line=line)
    reader.remark(f"Not well-formed XML ({_reason(error)}): what could be read of it was taken.", line)
    title = _TITLE.search(text)
    return reader.finish(html.unescape(title[1]) if title else "")


def _without_comments(text: str) -> str:
    """`text` with empty lines in place of its comments; one that is never closed runs to the end."""
    kept, at = [], 0
    while (begin := text.find("<!--", at)) >= 0:
        end = text.find("-->", begin)
        kept += [text[at:begin], "\n" * text.count("\n", begin, end if end >= 0 else len(text))]
        at = end + 3 if end >= 0 else len(text)
    return "".join([*kept, text[at:]])


def _foreign(root: str, name: str, line: int) -> UnreadableDocument:
    if root in _FEEDS:
        return UnreadableDocument(
            name, "expected an OPML list, but this is a feed.", "Add its address as a source.", line=line
        )
    expected = f"expected an OPML list, but the document is a <{root[:40]}>."
    return UnreadableDocument(name, expected, _REMEDY, line=line)


def _reason(fault: etree.XMLSyntaxError) -> str:
    return one_line(str(fault.msg or fault))[:120]


def _local(node: Any) -> str:
    """The name of an element without its namespace, in lower case; "" for a comment."""
    return node.tag.rpartition("}")[2].casefold() if isinstance(node.tag, str) else ""


class _Reader:
    """Gathers feeds while outlines are entered and left."""

    def __init__(self, remarks: list[Remark]) -> None:
        self.found: dict[str, Subscription] = {}
        self._remarks = remarks
        self._folders: list[str] = []

    def enter(self, facts: Mapping[str, str], line: int) -> None:
        """An outline begins; `facts` are its attributes by their names in lower case."""
        words = shorten(one_line(facts.get("title") or facts.get("text") or ""), _LONGEST_TITLE)
        self._take(facts, words, line)
        self._folders.append(words)

    def leave(self) -> None:
        """The outline entered last ends; one too many is no matter."""
        if self._folders:
            self._folders.pop()

    def finish(self, title: str) -> SubscriptionList:
        if not self.found:
            self.remark("The list names no feed.", None)
        return SubscriptionList(
            tuple(self.found.values()), shorten(one_line(title), _LONGEST_TITLE), tuple(self._remarks)
        )

    def remark(self, text: str, line: int | None) -> None:
        if len(self._remarks) < _MOST_REMARKS:
            self._remarks.append(Remark(text, line=line))

    def _take(self, facts: Mapping[str, str], words: str, line: int) -> None:
        kind = one_line(facts.get("type", "")).casefold()
        named = facts.get("xmlurl") or facts.get("feedurl") or (facts.get("url") if kind in _FEED_TYPES else None)
        if named is None:
            if kind in _FEED_TYPES:
                self.remark(f"The feed '{words}' has no address and was left out.", line)
            elif kind == "include":
                self.remark(f"'{words}' points to another list, which was not read.", line)
            return
        url = _address(named)
        if url is None:
            self.remark(f"'{one_line(named)[:80]}' is no web address: the feed '{words}' was left out.", line)
            return
        folder = tuple(name for name in self._folders[:_DEEPEST] if name)
        found = Subscription(url, words or url, web_address(facts.get("htmlurl", "")), folder)
        if url in self.found:
            self.remark(f"The feed {url} is named again and was taken once.", line)
            if self.found[url].site is None and found.site:
                self.found[url] = replace(self.found[url], site=found.site)
            return
        self.found[url] = found


def _address(named: str) -> str | None:
    text = one_line(named)
    bare = _FEED_SCHEME.sub("", text)
    if bare != text and "://" not in bare:
        bare = f"http://{bare}"
    return web_address(bare)
