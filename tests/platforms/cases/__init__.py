"""The platforms that the contract test runs over: one module here for each, found by itself.

A module has `CASES`: a name that says which kind of server it is, and the Case. Its service is a small model of the
server (see `tests/platforms/services.py`): it takes a Request, gives what the real one would say, and remembers.
"""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bot.model.publication import MediaKind, Medium
from bot.platforms.contract import Platform

# The smallest PNG that is one: a single grey pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636800000082008177cd72b60000000049454e44ae426082"
)
# And the smallest JPEG, which some services want instead.
JPEG = bytes.fromhex(
    "ffd8ffe000104a46494600010101004800480000ffdb004300030202020202030202020303030304060404040404080606050609080a0a09"
    "0809090a0c0f0c0a0b0e0b09090d110d0e0f101011100a0c12131210130f101010ffc9000b080001000101011100ffcc000600101005ffda"
    "0008010100003f00d2cf20ffd9"
)
PICTURE = Medium(
    kind=MediaKind.IMAGE,
    mime="image/png",
    sha256=hashlib.sha256(PNG).hexdigest(),
    size=len(PNG),
    alt="A card that says: A deadline is a promise.",
    width=1,
    height=1,
)
PHOTO = replace(PICTURE, mime="image/jpeg", sha256=hashlib.sha256(JPEG).hexdigest(), size=len(JPEG))


@dataclass(frozen=True)
class Case:
    """`service` makes a model, `platform` the account on a server at an address.

    `path` is part of the first line of the irreversible request and of no other. `posts` are the texts of what stands
    on the service, in the order of arrival. `secrets` are what must never be shown.
    `turned_away` are the statuses that, with a body that is no JSON object, say that the service had no time: nothing
    was looked at.
    """

    service: Callable[[], Any]
    platform: Callable[[str], Platform]
    path: str
    posts: Callable[[Any], list[str]]
    secrets: tuple[str, ...]
    turned_away: tuple[int, ...] = ()


def picture_for(platform: Platform) -> Medium | None:
    """The picture that a platform takes, None where it takes none."""
    limit = platform.facts.limit(MediaKind.IMAGE)
    return next((each for each in (PICTURE, PHOTO) if limit is not None and each.mime in limit.mimes), None)


def all_cases() -> dict[str, Case]:
    found: dict[str, Case] = {}
    for module in pkgutil.iter_modules(__path__):
        found |= importlib.import_module(f"{__name__}.{module.name}").CASES
    return found
