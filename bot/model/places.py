"""What differs from reader to reader in a mail: places that are filled when it goes out, and nothing else.

An edition is approved with its places empty; whoever sends it fills them: we ourselves for each subscriber, or a
service that owns the list, with its own merge tags. The addresses are whole web addresses under a domain that never
exists (RFC 2606), so that whatever reads a mail takes them for links.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from functools import lru_cache
from html import escape

from bot.model.publication import Mail


class Place(StrEnum):
    """`PROMISE` is how often a reader gets the newsletter, in words; the others are addresses of a reader's own."""

    UNSUBSCRIBE = "https://reader.invalid/unsubscribe"
    PREFERENCES = "https://reader.invalid/preferences"
    PROMISE = "⟦promise⟧"


_ANY = re.compile(f"({'|'.join(map(re.escape, Place))})")


def filled(mail: Mail, values: Mapping[Place, str], *, cadence: str | None = None) -> Mail:
    """The mail with `values` in its places, and with the promise that was made to a reader of this cadence.

    A place that `values` does not name stays. Values are plain text; in the HTML part they are escaped.
    """
    wanted = with_promise(mail, values, cadence=cadence)
    return replace(mail, html=put_in(mail.html, in_html(wanted)), text=put_in(mail.text, wanted))


def with_promise(mail: Mail, values: Mapping[Place, str], *, cadence: str | None) -> dict[str, str]:
    """`values`, and the promise of `mail` to a reader of this cadence where they name none."""
    wanted = {str(place): value for place, value in values.items()}
    promises = dict(mail.promises)
    wanted.setdefault(Place.PROMISE, promises.get(cadence or "", next(iter(promises.values()), "")))
    return wanted


def in_html(values: Mapping[str, str]) -> dict[str, str]:
    """Plain values as they stand in HTML."""
    return {place: escape(value) for place, value in values.items()}


def put_in(text: str, values: Mapping[str, str]) -> str:
    """A text with `values` in its places; a place that they do not name stays."""
    return "".join([values.get(part, part) for part in parts(text)])


# A hundred readers get the same text in one request: it is taken apart once.
@lru_cache(maxsize=16)
def parts(text: str) -> tuple[str, ...]:
    """A text taken apart at its places: what stands between them, and each place by itself."""
    return tuple(_ANY.split(text))


def places_in(mail: Mail) -> frozenset[Place]:
    """The places that both parts of a mail have."""
    return frozenset(place for place in Place if place in mail.html and place in mail.text)
