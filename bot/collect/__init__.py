"""Collects episodes: looks at every source, reads what is new or changed, stores it. Never drafts, never sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import lazily

if TYPE_CHECKING:
    from bot.collect.again import look_again
    from bot.collect.artworks import copy_artworks
    from bot.collect.feeds import poll
    from bot.collect.folders import Place, collect, places
    from bot.collect.hubs import subscribe
    from bot.collect.outcome import Collected
    from bot.collect.patience import Patience
    from bot.collect.reading import read
    from bot.collect.supplying import supply
else:
    __getattr__ = lazily.names(
        __name__,
        {
            "again": ("look_again",),
            "artworks": ("copy_artworks",),
            "feeds": ("poll",),
            "folders": ("Place", "collect", "places"),
            "hubs": ("subscribe",),
            "outcome": ("Collected",),
            "patience": ("Patience",),
            "reading": ("read",),
            "supplying": ("supply",),
        },
    )

__all__ = [
    "Collected",
    "Patience",
    "Place",
    "collect",
    "copy_artworks",
    "look_again",
    "places",
    "poll",
    "read",
    "subscribe",
    "supply",
]
