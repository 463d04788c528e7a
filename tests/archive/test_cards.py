"""Each edition has a picture for where its address is shared, with its title, its newsletter and its day."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
import sqlalchemy as sa
from PIL import Image
from selectolax.lexbor import LexborHTMLParser

from bot.house import House
from bot.model.digest import Edition
from bot.store.codec import decode, encode
from bot.store.schema import draft_revisions
from tests.archive.kit import PUBLIC, key_of, many, public, sent, spans, visitor
from tests.archive.test_dress import wearing
from tests.conftest import SQLITE
from tests.work.desk import POT

# What a card shows is no question to the database.
pytestmark = pytest.mark.parametrize("database_url", [SQLITE], indirect=True)

CARD = "/archive/weekly/1/card.png"


def told(page: str) -> dict[str, str]:
    """What a page says of itself to whoever shows its address."""
    return {
        str(node.attributes.get("property") or node.attributes.get("name")): str(node.attributes["content"])
        for node in LexborHTMLParser(page).css("meta[content]")
    }


def entitled(house: House, subject: str) -> None:
    with house.store.write() as db:
        stored = decode(Edition, str(db.scalar(sa.select(draft_revisions.c.basis))))
        changed = replace(stored, subject=replace(stored.subject, text=subject))
        db.execute(sa.update(draft_revisions).values(basis=encode(changed)))


def test_a_card_is_drawn_once_and_its_page_tells_its_size_and_what_it_says(house: House) -> None:
    many(house, [1])
    entitled(house, 'Deadlines & "promises"')
    house = public(house)
    client = visitor(house)
    said = told(client.get("/archive/weekly/1").text)
    assert said["og:image"] == f"{PUBLIC}{CARD}"
    assert said["og:image:alt"].startswith("The Test Post, No. 1 · ")
    assert said["og:image:alt"].endswith(': Deadlines & "promises"')
    assert said["twitter:card"] == "summary_large_image"
    first = client.get(CARD)
    with Image.open(io.BytesIO(first.data)) as picture:
        assert (said["og:image:width"], said["og:image:height"]) == (str(picture.width), str(picture.height))
        assert said["og:image:type"] == first.headers["Content-Type"] == Image.MIME[picture.format or ""]
        assert picture.convert("RGB").getpixel((0, 0)) == (0xFB, 0xFA, 0xF6)
    (kept,) = (house.data / "cards").iterdir()
    written = kept.stat().st_mtime_ns
    assert client.get(CARD).data == first.data
    assert client.get(CARD, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert kept.stat().st_mtime_ns == written
    assert client.get("/archive/weekly/2/card.png").status_code == 404
    other = visitor(wearing(house, "wire")).get(CARD)
    assert other.data != first.data
    assert len(list((house.data / "cards").iterdir())) == 1, "the one in the old look is gone"


@pytest.mark.parametrize(
    ("subject", "card"),
    [("Party 🎉", True), ("/../" + "long " * 200, True), ("🎉", False), ("ꀀꀁꀂ", False), ("\u202eabc", True)],
)
def test_a_title_that_cannot_be_set_leaves_a_page_without_a_card(house: House, subject: str, card: bool) -> None:
    many(house, [1])
    entitled(house, subject)
    client = visitor(public(house))
    said = told(client.get("/archive/weekly/1").text)
    assert ("og:image" in said) is card
    assert said["twitter:card"] == ("summary_large_image" if card else "summary")
    assert client.get(CARD).status_code == (200 if card else 404)


def test_a_quote_without_a_card_of_its_own_has_that_of_its_edition(house: House) -> None:
    house = public(house)
    (span, *_) = spans(house, sent(house, POT))
    said = told(visitor(house).get(f"/quote/{key_of(house, span)}").text)
    assert said["og:image"] == f"{PUBLIC}{CARD}"
