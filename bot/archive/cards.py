"""The card of an edition: the picture that is shown where the address of its page is shared.

It is drawn when somebody asks for it first, and kept in the folder `cards` of the data under what it says and how it
looks. The folder may be emptied at any time.
"""

from __future__ import annotations

import hashlib
import os
import threading
from dataclasses import dataclass, replace
from functools import lru_cache

import regex

from bot import __version__
from bot.archive.dress import dress
from bot.drafting import pages
from bot.errors import Refused
from bot.house import House
from bot.media.card import PNG, Look, draw
from bot.media.faces import Faces
from bot.media.look import LANDSCAPE
from bot.model.archive import Here, Picture, Site
from bot.model.card import Colours, Words
from bot.model.digest import Edition
from bot.store.archive import Sent
from bot.text import fold, shorten

_FOLDER = "cards"
# In characters: a longer one would be too small to be read where links are shown.
_TITLE = 180
# Pictures among letters, with what joins them. Few machines have a face for them, and a title says the same without.
_PICTURES = regex.compile(r"[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\uFE0F\u20E3\u200D]+")
# One after the other, so that many who ask at once take one processor.
_DRAWING = threading.Lock()


@dataclass(frozen=True)
class Card:
    """A card before it is drawn: `picture` is what its page says of it."""

    picture: Picture
    words: Words
    look: Look


def card(house: House, site: Site, sent: Sent, edition: Edition) -> Card | None:
    """The card of an edition; None where no face holds its letters here."""
    table, subject = house.config.newsletters[sent.newsletter], fold(edition.subject.text)
    wears, path = dress(house, site, sent.newsletter).renderer, pages.card_path(sent.newsletter, sent.number)
    said = {"number": edition.number, "day": edition.day}
    below = fold(wears.page("web/archive/card.txt", table.language, said, Here(site, path)))
    words = _settable(
        Words(shorten(subject, _TITLE), table.title, below, language=table.language, quoted=False),
        house.look(None).faces,
    )
    if words is None:
        return None
    light = wears.theme.light
    colours = Colours(light.paper, light.ink, light.muted, light.accent)
    picture = Picture(path, PNG, f"{table.title}, {below}: {subject}", LANDSCAPE.width, LANDSCAPE.height)
    return Card(picture, words, Look(colours, house.look(None).faces))


def drawn(house: House, sent: Sent, found: Card) -> bytes | None:
    """The file of a card, out of the folder where it was drawn before; None where it cannot be drawn after all."""
    folder, whose = house.data / _FOLDER, f"{sent.newsletter}-{sent.number}"
    made_of = (__version__, found.words, found.look.colours, found.look.faces)
    target = folder / f"{whose}.{hashlib.sha256(repr(made_of).encode()).hexdigest()[:24]}.png"
    with _DRAWING:
        try:
            return target.read_bytes()
        except FileNotFoundError:
            pass
        try:
            content = draw(found.words, LANDSCAPE, found.look).content
        except Refused:
            return None
        folder.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        beside.write_bytes(content)
        os.replace(beside, target)
        for old in folder.glob(f"{whose}.*.png"):
            if old != target:
                old.unlink(missing_ok=True)
    return content


@lru_cache(maxsize=1_024)
def _settable(words: Words, faces: Faces) -> Words | None:
    """The words where there is a face for all their letters, else without pictures among them; None in other cases."""
    bare = replace(words, quote=_plain(words.quote), speaker=_plain(words.speaker or ""))
    for each in (words, bare):
        if not any(map(str.isalnum, each.quote)):
            continue
        try:
            for text in (each.quote, each.speaker or "", each.beside):
                faces.of(f"{text}…", each.language)
        except Refused:
            continue
        return each
    return None


def _plain(text: str) -> str:
    return fold(_PICTURES.sub(" ", text))
