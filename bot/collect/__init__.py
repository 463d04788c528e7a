"""Collects episodes: looks at every source, reads what is new or changed, stores it. Never drafts, never sends."""

from bot.collect.folders import Place, collect, places
from bot.collect.outcome import Collected
from bot.collect.reading import read

__all__ = ["Collected", "Place", "collect", "places", "read"]
