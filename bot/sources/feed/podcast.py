"""Reads the Podcasting 2.0 namespace: a second, independent look at the document.

feedparser keeps only the last of a repeated element and drops its text. Both addresses of the namespace are known here,
whatever the prefix.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from bot.model.episode import Person, Soundbite, TranscriptLink
from bot.reading.plain import one_line
from bot.sources.feed.address import absolute

# https://github.com/Podcastindex-org/podcast-namespace: the official address, and the one that came before it.
_NAMESPACES = frozenset(
    {
        "podcastindex.org/namespace/1.0",
        "github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md",
        "github.com/podcastindex-org/podcast-namespace/blob/master/docs/1.0.md",
    }
)
# A feed that uses the customary prefix and forgot to declare it means the same.
_PREFIX = "podcast:"
_MARK = re.compile(rb"podcastindex\.org/namespace|podcastindex-org/podcast-namespace|<podcast:", re.IGNORECASE)
# The best first: words with times and speakers, then with times, then as they are.
_KINDS = (("json",), ("vtt",), ("srt", "subrip", "srr"), ("html",), ("plain", "txt"))
# Types under which anything is served: there the name of the file says more.
_ANY_KIND = ("", "text/plain", "application/octet-stream", "application/text")
_LONGEST = 200


@dataclass(frozen=True)
class Extras:
    """What the namespace says of a channel, or of one item. `guid` and `title` are the item's own, to find it by."""

    guid: str = ""
    title: str = ""
    transcripts: tuple[TranscriptLink, ...] = ()
    chapters: str | None = None
    soundbites: tuple[Soundbite, ...] = ()
    persons: tuple[Person, ...] = ()
    season: int | None = None
    number: float | None = None
    location: str | None = None
    show_guid: str | None = None
    medium: str = ""
    complete: bool = False


def present(data: bytes) -> bool:
    """Whether a document names the namespace at all."""
    return _MARK.search(data) is not None


def read(data: bytes, base: str | None = None) -> tuple[Extras, list[Extras]]:
    """What is said of the channel, and of each item in order. `data` is UTF-8 without a declaration.

    Relative addresses are resolved against `base`.
    """
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, encoding="utf-8"
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return Extras(), []
    if root is None:
        return Extras(), []
    channel = next((each for each in _elements(root) if _local(each) == "channel"), root)
    about = _extras(channel, base)
    return about, [_of_item(item, about, base) for item in _items(root)]


def _items(root: Any) -> Iterator[Any]:
    """Items and entries in order; what stands inside a live item is none."""
    for element in _elements(root.iter()):
        if _local(element) in ("item", "entry"):
            yield element


def _of_item(item: Any, channel: Extras, base: str | None) -> Extras:
    found = _extras(item, base)
    names = {
        name: _text(each)
        for each in _elements(item)
        if (name := _local(each)) in ("guid", "id", "title") and not _is_ours(each)
    }
    return replace(
        found,
        guid=names.get("guid") or names.get("id") or "",
        title=names.get("title", ""),
        # Persons of an item stand in place of the channel's.
        persons=found.persons or channel.persons,
    )


def _extras(holder: Any, base: str | None) -> Extras:
    extras = Extras()
    transcripts: list[TranscriptLink] = []
    soundbites: list[Soundbite] = []
    persons: list[Person] = []
    for element in _elements(holder):
        if not _is_ours(element):
            continue
        text = _text(element)[:_LONGEST]
        match _local(element).casefold():
            case "transcript":
                transcripts += _transcript(element, base)
            case "chapters":
                extras = replace(extras, chapters=absolute(_get(element, "url"), base) or extras.chapters)
            case "soundbite":
                soundbites += _soundbite(element, text)
            case "person" if text:
                persons.append(_person(element, text))
            case "season":
                extras = replace(extras, season=_whole(text))
            case "episode":
                extras = replace(extras, number=_decimal(text))
            case "location" if text:
                extras = replace(extras, location=text)
            case "guid" if text:
                extras = replace(extras, show_guid=text)
            case "medium":
                extras = replace(extras, medium=text.casefold())
            case "updatefrequency":
                extras = replace(extras, complete=_get(element, "complete").casefold() == "true")
            case _:
                pass
    transcripts.sort(key=_rank)
    return replace(
        extras, transcripts=tuple(dict.fromkeys(transcripts)), soundbites=tuple(soundbites), persons=tuple(persons)
    )


def _person(element: Any, name: str) -> Person:
    """The namespace's own defaults: a host, of the cast."""
    group = _get(element, "group").casefold()
    return Person(name, _get(element, "role").casefold() or "host", "" if group == "cast" else group)


def _transcript(element: Any, base: str | None) -> list[TranscriptLink]:
    address = absolute(_get(element, "url"), base)
    if address is None:
        return []
    mime = _get(element, "type").partition(";")[0].strip().casefold()
    captions = _get(element, "rel").casefold() == "captions"
    return [TranscriptLink(address, mime, _get(element, "language") or None, captions)]


def _rank(link: TranscriptLink) -> int:
    """How far from the best kind. A type under which anything is served says less than the name of the file."""
    name = link.url.partition("?")[0].rpartition("/")[2].rpartition(".")[2].casefold()
    for words in (name, link.mime) if link.mime in _ANY_KIND else (link.mime,):
        for number, kinds in enumerate(_KINDS):
            if any(kind in words for kind in kinds):
                return number
    return len(_KINDS)


def _soundbite(element: Any, text: str) -> list[Soundbite]:
    start, duration = _decimal(_get(element, "startTime")), _decimal(_get(element, "duration"))
    return [Soundbite(start, duration, text)] if start is not None and duration else []


def _elements(holder: Iterable[Any]) -> Iterator[Any]:
    """Elements only: comments and processing instructions are no tags."""
    return (each for each in holder if isinstance(each.tag, str))


def _text(element: Any) -> str:
    """The text in an element; letters that are named as in HTML were left as they are by the parser."""
    return one_line(html.unescape("".join(element.itertext())))


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2].removeprefix(_PREFIX)


def _is_ours(element: Any) -> bool:
    tag = str(element.tag)
    namespace = tag.rpartition("}")[0].lstrip("{").strip().casefold()
    if not namespace:
        return tag.startswith(_PREFIX)
    return namespace.partition("://")[2].rstrip("/") in _NAMESPACES


def _get(element: Any, name: str) -> str:
    """An attribute whatever its case: `startTime` is often written `starttime`."""
    value = element.get(name)
    if value is None:
        value = next((found for key, found in element.attrib.items() if key.casefold() == name.casefold()), "")
    return one_line(str(value))


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else None


def _decimal(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,7}(?:\.\d{1,6})?", text) else None
