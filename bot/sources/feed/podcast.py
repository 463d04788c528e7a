"""Reads the Podcasting 2.0 namespace: a second, independent look at the document.

feedparser keeps only the last of a repeated element and drops its text. Both addresses of the namespace are known here,
whatever the prefix.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from bot.model.episode import Person, Soundbite, TranscriptLink
from bot.reading.facts import web_address
from bot.reading.plain import one_line

# https://github.com/Podcastindex-org/podcast-namespace: the official address, and the one that came before it.
_NAMESPACES = frozenset(
    {
        "podcastindex.org/namespace/1.0",
        "github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md",
        "github.com/podcastindex-org/podcast-namespace/blob/master/docs/1.0.md",
    }
)
_MARK = re.compile(rb"podcastindex\.org/namespace|podcastindex-org/podcast-namespace", re.IGNORECASE)
# The best first: words with times and speakers, then with times, then as they are.
_MIMES = ("json", "vtt", "srt", "subrip", "srr", "html", "plain")
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


def present(data: bytes) -> bool:
    """Whether a document names the namespace at all."""
    return _MARK.search(data) is not None


def read(data: bytes) -> tuple[Extras, list[Extras]]:
    """What is said of the channel, and of each item in order. `data` is UTF-8 without a declaration."""
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
    about = _extras(channel)
    return about, [_of_item(item, about) for item in _items(root)]


def _items(root: Any) -> Iterator[Any]:
    """Items and entries in order; what stands inside a live item is none."""
    for element in _elements(root.iter()):
        if _local(element) in ("item", "entry"):
            yield element


def _of_item(item: Any, channel: Extras) -> Extras:
    found = _extras(item)
    names = {
        name: one_line("".join(each.itertext()))
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


def _extras(holder: Any) -> Extras:
    extras = Extras()
    transcripts: list[TranscriptLink] = []
    soundbites: list[Soundbite] = []
    persons: list[Person] = []
    for element in _elements(holder):
        if not _is_ours(element):
            continue
        text = one_line("".join(element.itertext()))[:_LONGEST]
        match _local(element).casefold():
            case "transcript":
                transcripts += _transcript(element)
            case "chapters":
                extras = replace(extras, chapters=web_address(_get(element, "url")) or extras.chapters)
            case "soundbite":
                soundbites += _soundbite(element, text)
            case "person" if text:
                persons.append(Person(text, _get(element, "role").casefold() or "host"))
            case "season":
                extras = replace(extras, season=_whole(text))
            case "episode":
                extras = replace(extras, number=_decimal(text))
            case "location" if text:
                extras = replace(extras, location=text)
            case "guid" if text:
                extras = replace(extras, show_guid=text)
            case _:
                pass
    transcripts.sort(key=_rank)
    return replace(
        extras, transcripts=tuple(dict.fromkeys(transcripts)), soundbites=tuple(soundbites), persons=tuple(persons)
    )


def _transcript(element: Any) -> list[TranscriptLink]:
    address = web_address(_get(element, "url"))
    if address is None:
        return []
    mime = _get(element, "type").partition(";")[0].strip().casefold()
    captions = _get(element, "rel").casefold() == "captions"
    return [TranscriptLink(address, mime, _get(element, "language") or None, captions)]


def _rank(link: TranscriptLink) -> int:
    kind = link.mime or link.url.rpartition(".")[2].casefold()
    return next((number for number, name in enumerate(_MIMES) if name in kind), len(_MIMES))


def _soundbite(element: Any, text: str) -> list[Soundbite]:
    start, duration = _decimal(_get(element, "startTime")), _decimal(_get(element, "duration"))
    return [Soundbite(start, duration, text)] if start is not None and duration else []


def _elements(holder: Iterable[Any]) -> Iterator[Any]:
    """Elements only: comments and processing instructions are no tags."""
    return (each for each in holder if isinstance(each.tag, str))


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _is_ours(element: Any) -> bool:
    namespace = str(element.tag).rpartition("}")[0].lstrip("{").strip().casefold()
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
