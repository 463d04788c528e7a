"""The picture that stands for a page where its address is shared: a card that was published with the quote, if any."""

from __future__ import annotations

from collections.abc import Iterable

from bot.house import House
from bot.model.archive import Picture
from bot.model.publication import MediaKind, Post, Publication


def picture(house: House, publications: Iterable[Publication]) -> Picture | None:
    """The first picture that readers of these posts saw; None where they saw none."""
    for each in publications:
        if isinstance(each, Post):
            for medium in each.media:
                if medium.kind is MediaKind.IMAGE:
                    path = house.path_of(medium)
                    return Picture(path, medium.mime, medium.alt, medium.width, medium.height, medium.sha256)
    return None
