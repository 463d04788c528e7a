"""What a service that owns the list needs of a mail: its own addresses in the reader's places, and no other tag.

Pure. What a tag looks like is the platform's to say; what is done about one is decided here, alike for all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from email.utils import parseaddr
from typing import NamedTuple

import regex

from bot.errors import Refused
from bot.model.places import Place, filled
from bot.model.publication import Mail, Publication
from bot.text import fold

_AROUND = 30
_PARTS = {
    "sender": "the sender",
    "subject": "the subject",
    "preheader": "the preheader",
    "html": "the HTML",
    "text": "the plain text",
}


class Sender(NamedTuple):
    """The two halves of a From header."""

    name: str
    address: str


def mail_of(publication: Publication, *, service: str) -> Mail:
    """The mail, for a service that sends nothing else. Raises Refused for a post."""
    if not isinstance(publication, Mail):
        raise Refused(f"{service} takes newsletters, not posts; send the post through another channel.")
    return publication


def sender_of(mail: Mail) -> Sender:
    """Who it is from. Raises Refused where there is no address."""
    name, address = parseaddr(mail.sender)
    if "@" not in address:
        raise Refused(f"'{mail.sender}' is no sender; write the newsletter's 'sender' as \"Name <address>\".")
    return Sender(name or address, address)


def for_readers_of(mail: Mail, addresses: Mapping[Place, str], *, service: str) -> Mail:
    """The mail with a service's own addresses in the places of a reader.

    Raises Refused where a part has no way out, which every reader must have, or where a place stays empty.
    """
    for part, content in (("HTML", mail.html), ("plain text", mail.text)):
        if Place.UNSUBSCRIBE not in content:
            raise Refused(
                f"The {part} of the edition has no link to unsubscribe, and {service} sends none without. Put it back "
                "into the newsletter's template."
            )
    made = filled(mail, addresses)
    left = [place.name.lower() for place in Place if place in made.html or place in made.text]
    if left:
        raise Refused(f"{service} has nothing for the reader's {left[0]}; take it out of the newsletter's template.")
    return made


def refuse_tags(mail: Mail, opening: regex.Pattern[str], *, service: str, parts: tuple[str, ...]) -> None:
    """Raise Refused where `parts` of a mail hold what the service would read as a tag of its own.

    A tag has no escape in plain text, and a quotation must arrive word for word: so nothing is slipped in between.
    """
    for part in parts:
        content: str = getattr(mail, part)
        if (found := opening.search(content)) is not None:
            begin, stop = max(0, found.start() - _AROUND), found.end() + _AROUND
            raise Refused(
                f"{service} would read '{found[0]}' in {_PARTS[part]} (“{fold(content[begin:stop])}”) as a tag of its "
                "own and put something else there. Pick another quote, or write it otherwise."
            )


def escaped(mail: Mail, opening: regex.Pattern[str]) -> Mail:
    """The mail with the tags of a service made harmless in its HTML: their first character becomes an entity."""
    return replace(mail, html=opening.sub(lambda found: f"&#{ord(found[0][0])};{found[0][1:]}", mail.html))
