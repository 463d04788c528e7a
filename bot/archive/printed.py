"""One edition as its public page tells it: what was approved and sent, and what was put right since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from html import escape

from bot.archive.notes import notes
from bot.archive.site import shown
from bot.drafting import pages
from bot.drafting.payload import thaw
from bot.house import House
from bot.model.archive import Note
from bot.model.digest import Edition
from bot.model.places import Place
from bot.model.publication import Kind, Mail
from bot.store import archive, archive_notes
from bot.store.archive import Content, Correction, Sent
from bot.store.codec import decode
from bot.store.database import Db
from bot.text import fold, shorten

_DESCRIPTION = 200


@dataclass(frozen=True)
class Printed:
    """An edition that went out, its quotes linked to their pages. `changed` is when it was sent, or put right last, or
    when a note that was none was taken back. `places` are what the mail left open, and what the page says there:
    nothing that belongs to one reader."""

    sent: Sent
    edition: Edition
    language: str
    corrections: tuple[Note, ...]
    changed: datetime
    places: tuple[tuple[Place, str], ...]


def printed(house: House, db: Db, content: Content, address: Callable[[str], str]) -> Printed:
    """What was sent, from its stored value. `address` makes the address of a page's path as it is to stand in links."""
    mail = thaw(content.payload)
    assert isinstance(mail, Mail)  # noqa: S101 - an edition is one
    stored = decode(Edition, content.basis)
    page = address(pages.edition_path(content.sent.newsletter, content.sent.number))
    episodes = {digest.ref.episode for digest in stored.digests}
    promise = mail.promises[0][1] if mail.promises else ""
    on_it = archive_notes.of(db, [content.sent.draft_id])
    corrections = notes(_corrections(house, db, content.sent, episodes), on_it)
    taken_back = [each.taken_back_at for each in on_it if each.taken_back_at is not None]
    return Printed(
        content.sent,
        pages.with_pages(stored, archive.identities(db, episodes), address, page=page),
        mail.language or "en",
        corrections,
        max([content.sent.at, *(each.at for each in corrections), *taken_back]),
        ((Place.UNSUBSCRIBE, page), (Place.PREFERENCES, page), (Place.PROMISE, promise)),
    )


def known_as(found: Printed) -> dict[str, object]:
    """The names by which templates know an edition."""
    edition = found.edition
    return {
        "edition": edition,
        "above": "",
        "corrections": found.corrections,
        "episodes": {digest.ref.episode: digest for digest in (*edition.top, *edition.digests)},
        "notes": dict(edition.notes),
        # Readers of feeds see none: their programs are not ours to choose what they load.
        "pictures": {},
        "title": fold(edition.subject.text),
        "description": shorten(fold(edition.preheader.text), _DESCRIPTION),
    }


def filled(html: str, found: Printed) -> str:
    """What was rendered, without places: an editor may have written a reader's own into the opener, and here it names
    nobody."""
    for place, instead in found.places:
        html = html.replace(place, escape(instead))
    return html


def _corrections(house: House, db: Db, sent: Sent, episodes: set[int]) -> list[Correction]:
    """What was put right of a post that says what the edition says: of its episodes, its quotes, or itself."""
    channels = shown(house).channels
    keys = archive.keys_of(db, sent.draft_id)
    found = [
        each
        for each in archive.corrections_of_episodes(db, episodes)
        if each.kind is not Kind.QUOTE_POST or archive.keys_of(db, each.of) & keys
    ]
    announced = [f"{Kind.EDITION_POST}:{sent.newsletter}:{sent.number}:{channel}" for channel in channels]
    found += archive.corrections_of(db, archive.drafts_by_key(db, announced))
    return [each for each in found if each.channel in channels]
