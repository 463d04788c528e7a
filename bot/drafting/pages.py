"""The addresses of the public archive: pure functions of what a page shows, so that a draft can bear them.

A quote's address is made of its episode's identity and its words. It needs no database and no number, it is the same
on every channel, and it stays when the transcript is read anew and the same words stand elsewhere in it.
"""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.model.digest import Digest, Edition
from bot.model.provenance import EpisodeRef
from bot.model.quote import Quote
from bot.text import fold

HOME = "/archive"
# 60 bits: among a million quotes two are alike once in two million archives.
_LENGTH = 12


def quote_key(identity: str, text: str) -> str:
    """What tells one quote from all others: 12 letters and digits. `identity` is the episode's (`bot.identity`)."""
    digest = hashlib.sha256(f"{identity}\0{fold(text)}".encode()).digest()
    return b32encode(digest).decode()[:_LENGTH].lower()


def quote_path(key: str) -> str:
    return f"/quote/{key}"


def edition_path(newsletter: str, number: int) -> str:
    return f"{HOME}/{newsletter}/{number}"


def shelf_path(newsletter: str, upto: int | None = None) -> str:
    """The list of a newsletter's editions: the newest, or those up to a number."""
    return f"{HOME}/{newsletter}" if upto is None else f"{HOME}/{newsletter}/upto/{upto}"


def card_path(newsletter: str, number: int) -> str:
    """The picture of an edition, for where the address of its page is shared."""
    return f"{edition_path(newsletter, number)}/card.png"


def feed_path(newsletter: str, kind: str, upto: int | None = None) -> str:
    """The feed of a newsletter's editions: the newest, or those up to a number. `kind` is "xml" (Atom) or "json"
    (JSON Feed)."""
    return f"{HOME}/{newsletter}/feed.{kind}" if upto is None else f"{HOME}/{newsletter}/feed/{upto}.{kind}"


def with_pages(
    edition: Edition, identities: Mapping[int, str], address: Callable[[str], str], *, page: str | None
) -> Edition:
    """The edition with the address of each quote that it prints, and with its own. `address` makes one of a path.

    `identities` are those of the episodes by number. A quote of an episode that is not among them gets no address.
    """

    def placed(quote: Quote, ref: EpisodeRef) -> Quote:
        identity = identities.get(ref.episode)
        found = address(quote_path(quote_key(identity, quote.text))) if identity is not None else None
        return replace(quote, page=found)

    def of(digest: Digest) -> Digest:
        printed = tuple(placed(each, digest.ref) for each in digest.quotes[:1])
        return replace(digest, quotes=printed + digest.quotes[1:])

    return replace(
        edition,
        page=page,
        top=tuple(of(each) for each in edition.top),
        lead=of(edition.lead),
        groups=tuple(replace(group, digests=tuple(of(each) for each in group.digests)) for group in edition.groups),
        quotes=tuple(replace(each, quote=placed(each.quote, each.ref)) for each in edition.quotes),
    )
