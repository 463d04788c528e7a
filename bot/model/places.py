"""What differs from reader to reader in a mail: places that are filled when it goes out, and nothing else.

An edition is approved with its places empty; whoever sends it fills them: we ourselves for each subscriber, or a
service that owns the list, with its own merge tags. The addresses are whole web addresses under a domain that never
exists (RFC 2606), so that whatever reads a mail takes them for links.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from html import escape

from bot.model.publication import Mail


class Place(StrEnum):
    """`PROMISE` is how often a reader gets the newsletter, in words; the others are addresses of a reader's own."""

    UNSUBSCRIBE = "https://reader.invalid/unsubscribe"
    PREFERENCES = "https://reader.invalid/preferences"
    PROMISE = "⟦promise⟧"


def filled(mail: Mail, values: Mapping[Place, str], *, cadence: str | None = None) -> Mail:
    """The mail with `values` in its places, and with the promise that was made to a reader of this cadence.

    A place that `values` does not name stays. Values are plain text; in the HTML part they are escaped.
    """
    wanted = dict(values)
    promises = dict(mail.promises)
    wanted.setdefault(Place.PROMISE, promises.get(cadence or "", next(iter(promises.values()), "")))
    html, text = mail.html, mail.text
    for place, value in wanted.items():
        html, text = html.replace(place, escape(value)), text.replace(place, value)
    return replace(mail, html=html, text=text)


def places_in(mail: Mail) -> frozenset[Place]:
    """The places that both parts of a mail have."""
    return frozenset(place for place in Place if place in mail.html and place in mail.text)
