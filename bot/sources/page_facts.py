"""What a web page states about its episode apart from its words: JSON-LD, the head, media, links to transcripts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from bot.model.episode import Enclosure, TranscriptLink
from bot.reading import dates, gate, html_page
from bot.reading.facts import web_address
from bot.reading.plain import one_line

# https://schema.org/PodcastEpisode and what else sites call one.
_EPISODES = frozenset({"podcastepisode", "radioepisode", "audiobook", "episode"})
_MEDIA = frozenset({"audioobject", "videoobject", "mediaobject"})
_ARTICLES = frozenset({"article", "newsarticle", "blogposting"})
_KINDS = {".vtt": "text/vtt", ".srt": "application/x-subrip", ".json": "application/json", ".html": "text/html"}
_SOUNDS = {".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".ogg": "audio/ogg", ".opus": "audio/opus", ".wav": "audio/wav"}
_TRANSCRIPT = re.compile(r"\btranscript(?:ion)?\b", re.IGNORECASE)
_WALL = re.compile(r"\b(?:sign|log|subscribe|subscribers?|join|members?|unlock|upgrade|account)\b", re.IGNORECASE)
# Comment and CDATA marks that hide data from browsers of long ago.
_WRAPPING = re.compile(r"\A\s*(?:<!--|(?://)?<!\[CDATA\[)|(?:-->|(?://)?\]\]>)\s*\Z")
_MOST_BLOCKS, _LARGEST_BLOCK, _MOST_NODES = 20, 1_000_000, 20_000
_MOST_LINKS, _MOST_ANCHORS = 10, 20_000


@dataclass(frozen=True)
class Stated:
    """What a page says of itself. `episode` says that it calls itself an episode, `article` an article.

    `listed` is the number of episodes that it describes, `sounds` that of its different sound files. `transcript` is
    the text that stands in the page's data, as it stands there.
    """

    title: str = ""
    show: str | None = None
    blurb: str = ""
    url: str | None = None
    audio: Enclosure | None = None
    published: datetime | None = None
    duration: float | None = None
    season: int | None = None
    number: float | None = None
    transcript: str = ""
    links: tuple[TranscriptLink, ...] = ()
    episode: bool = False
    article: bool = False
    listed: int = 0
    sounds: int = 0


Node = Mapping[str, Any]


def stated(tree: Any, url: str) -> Stated:
    """The facts of a parsed page that stands at `url`. Values of another kind than expected are passed over."""
    base = _base(tree, url)
    canonical = _canonical(tree, url, base)
    nodes = list(_nodes(tree))
    episodes = [node for node in nodes if _is(node, _EPISODES)]
    found = _own(episodes, canonical or url, base)
    media = [node for node in nodes if _is(node, _MEDIA)] if found is None and not episodes else []
    about: Node = found or (media[0] if len(media) == 1 else {})
    carried = [each for key in ("associatedMedia", "audio", "encoding") for each in _dicts(about.get(key))]
    sounds = list(_sounds(tree, base))
    season = _first(_dicts(about.get("partOfSeason"))).get("seasonNumber")
    meta_kind = one_line(_meta(tree, "og:type")).casefold()
    article = next((node for node in nodes if _is(node, _ARTICLES)), {})
    said = _meta(tree, "article:published_time") or _meta(tree, "date") or _time(tree)
    return Stated(
        title=_text(about.get("name")) or _text(about.get("headline")),
        show=_text(_first(_dicts(about.get("partOfSeries"))).get("name")) or _text(about.get("partOfSeries")) or None,
        blurb=_prose(about.get("description")),
        url=canonical,
        audio=_enclosure([*carried, *([about] if _is(about, _MEDIA) else [])], base) or _single(tree, sounds, base),
        published=next(
            (
                moment
                for text in (about.get("datePublished"), about.get("uploadDate"), said, article.get("datePublished"))
                if (moment := dates.moment(_text(text))) is not None
            ),
            None,
        ),
        duration=next(
            (
                seconds
                for node in (about, *carried)
                for key in ("duration", "timeRequired")
                if (seconds := dates.duration(_text(node.get(key)))) is not None
            ),
            None,
        ),
        season=_whole(season),
        number=_number(about.get("episodeNumber")),
        transcript=next((text for node in (about, *carried) if (text := _transcript_text(node.get("transcript")))), ""),
        links=_links(tree, [about, *carried], base=base, url=url),
        episode=found is not None,
        article=meta_kind == "article" or bool(article),
        listed=len(episodes),
        sounds=len(sounds),
    )


def _nodes(tree: Any) -> Iterator[Node]:
    """Every object of the page's JSON-LD, without recursion, up to a bound."""
    seen = 0
    for number, script in enumerate(tree.iter("script")):
        if number > 10 * _MOST_BLOCKS or "ld+json" not in (script.get("type") or "").casefold():
            continue
        text = (script.text or "")[: _LARGEST_BLOCK + 1]
        if len(text) > _LARGEST_BLOCK:
            continue
        try:
            waiting: list[object] = [json.loads(_WRAPPING.sub("", text), strict=False)]
        except (ValueError, RecursionError):
            continue
        while waiting and seen < _MOST_NODES:
            seen += 1
            value = waiting.pop()
            if isinstance(value, dict):
                yield value
                waiting += reversed(list(value.values()))
            elif isinstance(value, list):
                waiting += reversed(value)


def _own(episodes: list[Node], url: str, base: str) -> Node | None:
    """The episode that the page is about: its only one, or of several the one whose address is the page's."""
    if len(episodes) == 1:
        return episodes[0]
    here = _bare(url)
    own = [node for node in episodes for key in ("url", "@id") if _bare(_absolute(node.get(key), base) or "") == here]
    return own[0] if own else None


def _canonical(tree: Any, url: str, base: str) -> str | None:
    """The page's own name for itself; one that is only the site's front page is a fault of the site."""
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").casefold().split():
            found = _absolute(link.get("href"), base)
            if found and (urlsplit(found).path.strip("/") or not urlsplit(url).path.strip("/")):
                return found
    return None


def _links(tree: Any, nodes: list[Node], *, base: str, url: str) -> tuple[TranscriptLink, ...]:
    """Where the page says that the transcript stands."""
    found: dict[str, TranscriptLink] = {}

    def take(address: str | None, *, mime: str = "", language: str | None = None, captions: bool = False) -> None:
        if address and _bare(address) != _bare(url) and len(found) < _MOST_LINKS:
            guessed = _KINDS.get(_ending(address), "")
            found.setdefault(address, TranscriptLink(address, mime.casefold() or guessed, language, captions))

    for node in nodes:
        for one in _listed(node.get("transcript")):
            if isinstance(one, dict):
                address = _absolute(one.get("contentUrl") or one.get("url"), base)
                take(address, mime=_text(one.get("encodingFormat")))
            elif isinstance(one, str):
                take(web_address(one))
    for track in tree.iter("track"):
        if (track.get("kind") or "subtitles").casefold() in ("captions", "subtitles"):
            language = one_line(track.get("srclang") or "")[:35] or None
            take(_absolute(track.get("src"), base), language=language, captions=True)
    for number, anchor in enumerate(tree.iter("a")):
        if number > _MOST_ANCHORS:
            break
        href = anchor.get("href") or ""
        address = _absolute(href, base) if href else None
        if address is None:
            continue
        ending = _ending(address)
        if ending in (".vtt", ".srt"):
            take(address, captions=True)
        elif _names_transcript(_words(anchor), ending) or (ending == ".json" and "transcript" in address.casefold()):
            take(address)
    return tuple(found.values())


def _names_transcript(words: str, ending: str) -> bool:
    """Whether a link says "Transcript" and leads to one, not to a door or to paper."""
    named = len(words) <= 60 and bool(_TRANSCRIPT.search(words)) and not _WALL.search(words)
    return named and not gate.is_gate(words) and ending not in (".pdf", ".doc", ".docx", *_SOUNDS)


def _sounds(tree: Any, base: str) -> Iterator[str]:
    """The addresses of the page's sound files, each once."""
    seen: set[str] = set()
    for element in tree.iter("audio", "source", "a"):
        attribute = "href" if element.tag == "a" else "src"
        address = _absolute(element.get(attribute), base)
        if address is None or (element.tag != "audio" and _ending(address) not in _SOUNDS):
            continue
        bare = _bare(address).partition("?")[0]
        if bare not in seen:
            seen.add(bare)
            yield address


def _single(tree: Any, sounds: list[str], base: str) -> Enclosure | None:
    said = _absolute(_meta(tree, "og:audio") or _meta(tree, "og:audio:secure_url"), base)
    if said:
        return Enclosure(said, _meta(tree, "og:audio:type").casefold() or _SOUNDS.get(_ending(said), ""))
    return Enclosure(sounds[0], _SOUNDS.get(_ending(sounds[0]), "")) if len(sounds) == 1 else None


def _enclosure(nodes: list[Node], base: str) -> Enclosure | None:
    for node in nodes:
        address = _absolute(node.get("contentUrl"), base) or _absolute(node.get("url"), base)
        mime = _text(node.get("encodingFormat")).casefold()
        if address and (mime.startswith(("audio/", "video/")) or _ending(address) in _SOUNDS or node.get("contentUrl")):
            return Enclosure(address, mime if "/" in mime else _SOUNDS.get(_ending(address), ""))
    return None


def _transcript_text(value: object) -> str:
    """The transcript itself, where the page's data holds it and not its address."""
    for one in _listed(value):
        text = one.get("text") if isinstance(one, dict) else one
        if isinstance(text, str) and web_address(text) is None and text.strip():
            return text
    return ""


def _time(tree: Any) -> str:
    """The only moment that the page marks as one; of several none can be told to be the day of publication."""
    found = {element.get("datetime") for element in tree.iter("time") if element.get("datetime")}
    dated = [text for text in found if dates.moment(text) is not None]
    return dated[0] if len(dated) == 1 else ""


def _meta(tree: Any, key: str) -> str:
    for element in tree.iter("meta"):
        if (element.get("property") or element.get("name") or "").casefold() == key:
            return one_line(element.get("content") or "")
    return ""


def _base(tree: Any, url: str) -> str:
    for element in tree.iter("base"):
        return _joined(url, element.get("href") or "") or url
    return url


def _absolute(value: object, base: str) -> str | None:
    return web_address(_joined(base, value.strip())) if isinstance(value, str) and value.strip() else None


def _joined(base: str, href: str) -> str:
    try:
        return urljoin(base, href)
    except ValueError:
        return ""


def _bare(url: str) -> str:
    return urldefrag(url)[0].rstrip("/")


def _ending(url: str) -> str:
    try:
        path = urlsplit(url).path.casefold()
    except ValueError:
        return ""
    dot = path.rfind(".")
    return path[dot:] if dot > path.rfind("/") else ""


def _words(element: Any) -> str:
    """The words of a link, of its first elements: what stands in it may be a whole page."""
    parts = []
    for number, part in enumerate(element.itertext()):
        if number > 20:
            break
        parts.append(part[:200])
    return one_line(" ".join(parts))


def _is(node: Node, kinds: frozenset[str]) -> bool:
    return any(isinstance(kind, str) and kind.casefold() in kinds for kind in _listed(node.get("@type")))


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _dicts(value: object) -> list[Node]:
    return [one for one in _listed(value) if isinstance(one, dict)]


def _first(nodes: list[Node]) -> Node:
    return nodes[0] if nodes else {}


def _text(value: object) -> str:
    """A value as one plain line; "" for anything that is no text."""
    one = _listed(value)[0] if _listed(value) else None
    if isinstance(one, dict):
        one = one.get("@value")
    if not isinstance(one, str):
        return ""
    return gate.strip(one_line(html_page.plain_text(one, "JSON-LD") if "<" in one or "&" in one else one))[0][:2000]


def _prose(value: object) -> str:
    one = _listed(value)[0] if _listed(value) else None
    return gate.strip(html_page.plain_text(one, "JSON-LD"))[0] if isinstance(one, str) else ""


def _number(value: object) -> float | None:
    text = str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    return float(text) if re.fullmatch(r"\d{1,6}(?:\.\d{1,3})?", text) else None


def _whole(value: object) -> int | None:
    number = _number(value)
    return int(number) if number is not None and number.is_integer() else None
