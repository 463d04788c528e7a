"""The public archive: past editions, one page for each quote, feeds; the same for the web process and for plain files.

Only what truly went out is shown (`bot.store.archive` decides that), and only of newsletters and channels that have not
switched it off. Nothing here knows a reader.
"""

from bot.archive.feeding import feed, state
from bot.archive.mapped import addresses, map_state
from bot.archive.pages import Page, edition, home, newest, picture_of_edition, quote, shelf, style
from bot.archive.sitemap import sitemaps
from bot.model.archive import Site

__all__ = [
    "Page",
    "Site",
    "addresses",
    "edition",
    "feed",
    "home",
    "map_state",
    "newest",
    "picture_of_edition",
    "quote",
    "shelf",
    "sitemaps",
    "state",
    "style",
]
