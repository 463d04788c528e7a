"""An edition that went out is put right in the archive, and nowhere else: its mails stay as they were sent."""

from __future__ import annotations

import re
from pathlib import Path

import feedparser
import pytest
import sqlalchemy as sa
from selectolax.lexbor import LexborHTMLParser

from bot import review
from bot.amend import LONGEST, Amended, amend, take_back
from bot.archive import Site
from bot.archive.export import export
from bot.correct import Wish, correct
from bot.errors import FalseQuote, Refused
from bot.house import House
from bot.model.publication import Kind
from bot.store.drafts import Draft
from bot.store.schema import deliveries, draft_revisions
from tests.archive.kit import PUBLIC, key_of, many, public, sent, spans, visitor
from tests.work.desk import (
    BENCH,
    DAY,
    HOUR,
    POT,
    TUESDAY,
    WEEK,
    approve_now,
    draft,
    history,
    lay,
    over,
    tamper,
    with_config,
    work,
)
from tests.work.test_correcting import Answering

NOTE = "The guest is <b>Mae</b>."
SAID = f"Corrected on 25 November 2026: {NOTE}"


def put(house: House, of: Draft, note: str = NOTE, *, episode: int | None = None, late: int = 0) -> Amended:
    return amend(house, of.id, note, episode=episode, actor="eve", now=TUESDAY + DAY + late * HOUR)


def back(house: House, of: Draft, note: str = NOTE, *, episode: int | None = None, late: int = 0) -> Amended:
    return take_back(house, of.id, note, episode=episode, actor="ada", now=TUESDAY + DAY + late * HOUR)


def said(house: House, path: str) -> list[str]:
    tree = LexborHTMLParser(visitor(house).get(path).text)
    return [" ".join(node.text().split()) for node in tree.css(".corrections p")]


def what_was_sent(house: House) -> list[object]:
    with house.store.read() as db:
        return [
            *map(tuple, db.execute(sa.select(draft_revisions).order_by(draft_revisions.c.draft_id))),
            *map(tuple, db.execute(sa.select(deliveries).order_by(deliveries.c.id))),
        ]


def changed_by_sitemap(house: House) -> str:
    found = re.search(
        rf"<loc>{PUBLIC}/archive/weekly/1</loc><lastmod>([^<]*)<", visitor(house).get("/sitemap.xml").text
    )
    assert found is not None
    return found[1]


def test_a_note_stands_on_the_page_the_quotes_the_feeds_and_in_the_files(house: House, tmp_path: Path) -> None:
    house = public(house)
    edition = sent(house)
    quotes = [f"/quote/{key_of(house, each)}" for each in spans(house, edition)]
    assert len(quotes) == 3
    folder = tmp_path / "public"
    export(house, folder, Site(PUBLIC, files=True))
    client, before = visitor(house), what_was_sent(house)
    paths = ("/archive/weekly/1", *quotes, "/archive/weekly/feed.xml", "/archive/weekly/feed.json", "/sitemap.xml")
    tags = {path: client.get(path).headers["ETag"] for path in paths}

    done = put(house, edition)
    assert (set(done.pages), done.changed) == ({"/archive/weekly/1", *quotes}, True)
    for path in ("/archive/weekly/1", *quotes):
        assert said(house, path) == [SAID]
    for path, tag in tags.items():
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 200, f"{path} is another one at once"
    atom = client.get("/archive/weekly/feed.xml", headers={"If-Modified-Since": "Tue, 24 Nov 2026 23:00:00 GMT"})
    (entry,) = feedparser.parse(atom.data).entries
    assert "The guest is &lt;b&gt;Mae&lt;/b&gt;." in entry.content[0].value
    assert entry.updated == "2026-11-25T08:00:00Z"
    (item,) = client.get("/archive/weekly/feed.json").json["items"]
    assert (item["date_modified"], "&lt;b&gt;Mae" in item["content_html"]) == ("2026-11-25T08:00:00Z", True)
    assert changed_by_sitemap(house) == "2026-11-25T08:00:00Z"
    assert export(house, folder, Site(PUBLIC, files=True)).written == len(("page", *quotes, "atom", "json", "sitemap"))
    assert "&lt;b&gt;Mae" in (folder / "archive/weekly/1/index.html").read_text(encoding="utf-8")
    assert what_was_sent(house) == before, "the mails and their bytes are as they were"
    assert history(house, f"draft:{edition.id}")[-1] == f"corrected in the archive: {NOTE}"


def test_the_same_note_again_changes_nothing(house: House) -> None:
    house = public(house)
    edition = sent(house, POT)
    put(house, edition)
    told, tag = history(house, f"draft:{edition.id}"), visitor(house).get("/archive/weekly/feed.xml").headers["ETag"]
    assert not put(house, edition, "  The guest is\n<b>Mae</b>. ", late=1).changed
    assert said(house, "/archive/weekly/1") == [SAID]
    assert history(house, f"draft:{edition.id}") == told
    assert visitor(house).get("/archive/weekly/feed.xml").headers["ETag"] == tag


def test_a_note_that_was_taken_back_is_gone_from_everywhere_but_the_history(house: House) -> None:
    house = public(house)
    edition = sent(house, POT)
    quote = f"/quote/{key_of(house, spans(house, edition)[0])}"
    put(house, edition)
    client = visitor(house)
    with_it = client.get("/archive/weekly/feed.xml")
    assert client.get("/sitemap.xml").status_code == 200
    back(house, edition, late=1)
    assert said(house, "/archive/weekly/1") == said(house, quote) == []
    for asked in ({"If-None-Match": with_it.headers["ETag"]}, {"If-Modified-Since": with_it.headers["Last-Modified"]}):
        again = client.get("/archive/weekly/feed.xml", headers=asked)
        assert again.status_code == 200, "who has the note hears that it is gone"
        (entry,) = feedparser.parse(again.data).entries
        assert ("Mae" in entry.content[0].value, entry.updated) == (False, "2026-11-25T09:00:00Z")
    assert changed_by_sitemap(house) == "2026-11-25T09:00:00Z"
    assert history(house, f"draft:{edition.id}")[-2:] == [
        f"corrected in the archive: {NOTE}",
        f"took a correction back from the archive: {NOTE}",
    ]
    with pytest.raises(Refused, match=r"No such note stands on draft 2\. None does"):
        back(house, edition, late=2)
    assert put(house, edition, late=2).changed, "it may be said again"
    assert said(house, "/archive/weekly/1") == [SAID]
    put(house, edition, "The meeting is on Friday.", late=2)
    with pytest.raises(Refused, match=r"There stand: \n- The guest is <b>Mae</b>.\n- The meeting is on Friday."):
        back(house, edition, "The guest is Mae.", late=2)


def test_a_note_on_one_episode_stands_with_its_quotes_alone(house: House) -> None:
    house = public(house)
    edition = sent(house)
    mine, *_ = found = spans(house, edition)
    episode = mine.ref.episode
    others = [each for each in found if each.ref.episode != episode]
    assert others
    done = put(house, edition, episode=episode)
    mine_at = {f"/quote/{key_of(house, each)}" for each in found if each.ref.episode == episode}
    assert set(done.pages) == {"/archive/weekly/1", *mine_at}
    assert [said(house, path) for path in done.pages] == [[SAID]] * len(done.pages)
    assert [said(house, f"/quote/{key_of(house, each)}") for each in others] == [[]] * len(others)
    with pytest.raises(Refused, match=rf"There stand: \n- The guest is <b>Mae</b>. \(episode {episode}\)"):
        back(house, edition)
    back(house, edition, episode=episode)
    assert said(house, "/archive/weekly/1") == []
    with pytest.raises(Refused, match="holds no episode 99"):
        put(house, edition, episode=99)


def test_a_note_is_beside_what_was_put_right_of_a_post(house: House) -> None:
    house = over(public(house), Answering())
    edition = sent(house, POT)
    post = draft(house, Kind.QUOTE_POST)
    approve_now(house, post)
    work(house)
    correct(house, post.id, Wish("The guest is Mae."), actor="eve", now=TUESDAY + DAY)
    work(house, TUESDAY + DAY)
    put(house, edition, "The guest is Mae.", late=1)
    put(house, edition, "The pot is blue.", late=1)
    once = ["Corrected on 25 November 2026: The guest is Mae.", "Corrected on 25 November 2026: The pot is blue."]
    assert said(house, "/archive/weekly/1") == once
    assert said(house, f"/quote/{key_of(house, spans(house, post)[0])}") == once
    back(house, edition, "The guest is Mae.", late=2)
    assert said(house, "/archive/weekly/1") == once, "the post was corrected still"


def test_only_what_the_archive_shows_can_be_put_right_there(house: House) -> None:
    house = public(house)
    lay(house, POT)
    work(house)
    edition = draft(house, Kind.EDITION)
    with pytest.raises(Refused, match="is not published; edit it instead"):
        put(house, edition)
    approve_now(house, edition)
    with pytest.raises(Refused, match="is not published; edit it instead"):
        put(house, edition)
    tamper(house, sa.update(deliveries).where(deliveries.c.draft_id == edition.id).values(texts_out=1))
    assert put(house, edition).changed, "the first readers have it: its page is there"
    assert said(house, "/archive/weekly/1") == [SAID]
    with pytest.raises(Refused, match="is no edition"):
        put(house, draft(house, Kind.QUOTE_POST))
    closed = with_config(
        house, lambda text: text.replace("[newsletters.weekly]", "[newsletters.weekly]\narchive = false")
    )
    with pytest.raises(Refused, match="has no public archive"):
        put(closed, edition)


def test_a_note_says_something_and_quotes_as_truly_as_a_post(house: House) -> None:
    house = public(house)
    edition = sent(house, POT)
    for wrong, why in ((" \n", "needs a note"), ("x" * (LONGEST + 1), r"has 1,001 characters; it may have 1,000")):
        with pytest.raises(Refused, match=why):
            put(house, edition, wrong)
    with pytest.raises(FalseQuote):
        put(house, edition, "She said “I never bake anything but very old bread”.")
    assert put(house, edition, f"She said “{spans(house, edition)[0].text}” of the pot.").changed
    with pytest.raises(Refused, match="whose mails cannot be called back"):
        correct(house, edition.id, Wish(NOTE), actor="eve", now=TUESDAY + DAY)


def test_who_puts_it_right_hears_which_edition_comes_next(house: House) -> None:
    house = public(house)
    edition = sent(house, POT)
    assert put(house, edition).following is None
    lay(house, BENCH)
    work(house, TUESDAY + WEEK)
    waiting = draft(house, Kind.EDITION, 1)
    review.edit(house, waiting.id, {"opener": "Good morning."}, actor="eve", now=TUESDAY + WEEK)
    done = put(house, edition, "The pot is blue.")
    assert (done.following, done.opener) == (waiting.id, "Good morning.")


def test_other_editions_are_as_they_were(house: House) -> None:
    house = public(house)
    edition = sent(house, POT)
    many(house, [2])
    put(house, edition)
    assert said(house, "/archive/weekly/2") == []
    entries = feedparser.parse(visitor(house).get("/archive/weekly/feed.xml").data).entries
    assert [("Mae" in each.content[0].value) for each in entries] == [False, True]
