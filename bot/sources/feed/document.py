"""Finds the feed in a document: past what stands before its root, and without what would mislead a parser."""

from __future__ import annotations

import re

from bot.errors import UnreadableDocument

REMEDY = "Give the address, or a saved file, of an RSS, Atom or JSON Feed."
_ROOT = re.compile(r"<(?:\w{1,20}:)?(rss|feed|rdf|html)(?=[\s>])", re.IGNORECASE)
_ENTITY = re.compile(r"<!entity", re.IGNORECASE)
# The longest archives that were seen list some five thousand.
_MOST_ITEMS = 20_000
_PREFIXED_ITEM = re.compile(rb"<(\w{1,20}):(?:item|entry)[\s>]")
_LIVE = re.compile(rb"</?\w{1,20}:liveitem(?=[\s>])|<!--|<!\[CDATA\[", re.IGNORECASE)
# XML allows none of these, and strict parsers end at the first.
_CONTROL = bytes([*range(9), 11, 12, *range(14, 32)])


def root_of(text: str) -> int | None:
    """Where the root element of a feed begins, past comments and what else may stand before it; None for HTML."""
    at, found = 0, _ROOT.search(text)
    while found is not None:
        comment = text.find("<!--", at, found.start())
        if comment < 0:
            return None if found[1].lower() == "html" else found.start()
        end = text.find("-->", comment)
        if end < 0:
            return None
        at = end + 3
        # Looked for again only where it stood in the comment: a search for each of many comments would be quadratic.
        if found.start() < at:
            found = _ROOT.search(text, at)
    return None


def body_of(text: str, name: str) -> bytes:
    """The feed from its root on, in UTF-8, without a declaration, control characters and live items.

    What stands before the root (comments, stylesheets, document types) tells nothing and trips the parsers. Raises
    UnreadableDocument where there is no feed, and where entities are declared.
    """
    root = root_of(text)
    if root is None:
        raise UnreadableDocument(name, f"expected a feed, but {_instead(text)}.", REMEDY, line=1)
    entity = _ENTITY.search(text, 0, root)
    if entity is not None:
        line = text.count("\n", 0, entity.start()) + 1
        raise UnreadableDocument(name, "the feed declares entities, which no honest feed needs.", REMEDY, line=line)
    body = text[root:].encode("utf-8", "replace").translate(None, _CONTROL)
    if body.count(b"</item>") + body.count(b"</entry>") > _MOST_ITEMS:
        raise UnreadableDocument(name, f"expected a feed of at most {_MOST_ITEMS:,} items.", "List the newest ones.")
    return _without_live_items(body)


def without_prefix(body: bytes) -> bytes | None:
    """A feed whose own elements bear a prefix that it forgot to declare, without it; None for any other."""
    found = _PREFIXED_ITEM.search(body)
    if found is None or b"xmlns:" + found[1] in body:
        return None
    return re.sub(rb"(</?)" + re.escape(found[1]) + rb":(?=[A-Za-z])", rb"\1", body)


def _without_live_items(body: bytes) -> bytes:
    """A broadcast that is announced or on air is no episode, and its title is not the title of the show.

    One that is only spoken of, in a text or a comment, is none, and one that never ends stays.
    """
    if b"liveitem" not in body.lower():
        return body
    kept, done, at, begin = [], 0, 0, -1
    while (found := _LIVE.search(body, at)) is not None:
        at = found.end()
        if found[0].startswith(b"<!"):
            end = body.find(b"-->" if found[0] == b"<!--" else b"]]>", at)
            if end < 0:
                break
            at = end + 3
        elif not found[0].startswith(b"</"):
            begin = found.start() if begin < 0 else begin
        elif begin >= 0:
            kept.append(body[done:begin])
            done = at = body.find(b">", at) + 1 or len(body)
            begin = -1
    return b"".join((*kept, body[done:])) if kept else body


def _instead(text: str) -> str:
    head = text[:20_000].lstrip("\ufeff \t\r\n").casefold()
    if not head:
        return "it is empty"
    if "<html" in head or head.startswith("<!doctype html"):
        return "it is a web page"
    return "found no <rss>, <feed> or JSON Feed in it"
