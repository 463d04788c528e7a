"""Which feeds belong to a web page: those that it names, and those whose address follows from its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urljoin, urlsplit

from bot.reading.facts import web_address
from bot.reading.plain import one_line

MIMES = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
        "application/xml",
        "text/xml",
    }
)
_YOUTUBE = frozenset({"youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com"})
_FEED = "https://www.youtube.com/feeds/videos.xml?{}={}"
_CHANNEL = re.compile(r"UC[\w-]{22}")
_COMMENTS = re.compile(r"\bcomments?\b", re.IGNORECASE)
_MOST = 20
# Shops of podcasts: their pages name no feed and no transcript, and asking their programs is not our business.
DIRECTORIES = {
    "podcasts.apple.com": "Apple Podcasts",
    "itunes.apple.com": "Apple Podcasts",
    "open.spotify.com": "Spotify",
    "creators.spotify.com": "Spotify",
    "music.amazon.com": "Amazon Music",
    "podcasts.google.com": "Google Podcasts",
    "overcast.fm": "Overcast",
    "pca.st": "Pocket Casts",
    "castbox.fm": "Castbox",
}


@dataclass(frozen=True)
class FeedLink:
    """A feed that a page names in its head."""

    url: str
    title: str
    mime: str


def feeds_named(tree: Any, url: str) -> tuple[FeedLink, ...]:
    """The feeds in the head of a parsed page at `url`, in its order; those of comments are left out."""
    found: dict[str, FeedLink] = {}
    base = next((urljoin(url, element.get("href") or "") for element in tree.iter("base")), url)
    for link in tree.iter("link"):
        mime = one_line(link.get("type") or "").casefold().partition(";")[0].strip()
        rel = (link.get("rel") or "").casefold().split()
        if "alternate" not in rel or mime not in MIMES:
            continue
        try:
            address = web_address(urljoin(base, (link.get("href") or "").strip()))
        except ValueError:
            continue
        title = one_line(link.get("title") or "")[:200]
        if address is None or _COMMENTS.search(f"{title} {urlsplit(address).path}") or len(found) >= _MOST:
            continue
        found.setdefault(address, FeedLink(address, title or address, mime))
    return tuple(found.values())


def feed_address(url: str) -> str | None:
    """The address of the feed that belongs to a page's address, where it follows from it: YouTube's channels and lists.

    A page such as youtube.com/@name names its feed only in its head: `feeds_of` finds it there.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").casefold()
    except ValueError:
        return None
    if host not in _YOUTUBE or parts.path.startswith("/feeds/"):
        return None
    steps = [step for step in parts.path.split("/") if step]
    listed = parse_qs(parts.query).get("list", [""])[0]
    if listed and (steps[:1] in (["playlist"], ["watch"])):
        return _FEED.format("playlist_id", quote(listed, safe=""))
    if len(steps) > 1 and steps[0] == "channel" and _CHANNEL.fullmatch(steps[1]):
        return _FEED.format("channel_id", steps[1])
    if len(steps) > 1 and steps[0] == "user":
        return _FEED.format("user", quote(steps[1], safe=""))
    return None


def directory(url: str) -> str | None:
    """The name of the shop or directory of podcasts that an address belongs to."""
    try:
        host = (urlsplit(url).hostname or "").casefold()
    except ValueError:
        return None
    return DIRECTORIES.get(host)
