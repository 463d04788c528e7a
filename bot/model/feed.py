"""A feed as published at one moment: what it says of itself, and its items, before anybody decides what is new."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.model.episode import Episode, Remark


@dataclass(frozen=True)
class Item:
    """One entry of a feed. `episode` holds what it says; its `published` is the date that the feed claims.

    `fingerprint` is a hash of what the entry says, without what changes by itself (view counts, comment counts): two
    polls that give one fingerprint give one entry. `updated` is when the feed says that the entry was changed.
    `blocked` says that its makers want it in no directory (`itunes:block`). `picture` is where a picture of its own
    stands; it is no part of the episode, because some addresses of pictures change by themselves.
    """

    episode: Episode
    fingerprint: str
    updated: datetime | None = None
    blocked: bool = False
    picture: str | None = None


@dataclass(frozen=True)
class Feed:
    """A feed, its items in the order of the document.

    `guid` is `podcast:guid`, which stays when the feed moves. `hub` and `topic` are WebSub's; `every` is how many
    seconds the feed asks to be left alone between two polls (`<ttl>`, `syndication`), None where it does not say.
    `moved_to` is where the feed itself says that it has gone (`itunes:new-feed-url`). `complete` says that no episode
    will follow. `author` is whoever makes it, as it says. `medium` is `podcast:medium` in lower case ("podcast",
    "music"), "" where it does not say. `blocked` says that its makers want it in no directory (`itunes:block`). `image`
    is where the show's picture stands.
    """

    title: str
    items: tuple[Item, ...]
    site: str | None = None
    guid: str | None = None
    language: str | None = None
    hub: str | None = None
    topic: str | None = None
    every: float | None = None
    moved_to: str | None = None
    complete: bool = False
    author: str = ""
    medium: str = ""
    blocked: bool = False
    image: str | None = None
    remarks: tuple[Remark, ...] = ()
