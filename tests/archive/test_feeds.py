"""The feeds of editions: valid, whole, the same for everybody, and cheap to ask for again."""

from __future__ import annotations

import re
from urllib.parse import urljoin

import feedparser
import pytest
import sqlalchemy as sa
from selectolax.lexbor import LexborHTMLParser

from bot import review
from bot.archive.sitemap import Address, sitemaps
from bot.correct import Wish, correct
from bot.house import House
from bot.model.places import Place
from bot.model.publication import Kind
from bot.store.schema import deliveries, drafts
from tests.archive.kit import PUBLIC, many, public, quoted, sent, visitor
from tests.work.desk import DAY, HOUR, POT, TUESDAY, approve_now, content, draft, over, tamper, with_config, work
from tests.work.test_correcting import Answering, Whole


def test_both_feeds_hold_the_whole_edition_and_no_reader(house: House) -> None:
    house = public(house)
    mail = content(house, sent(house))
    client = visitor(house)
    atom, by_json = client.get("/archive/weekly/feed.xml"), client.get("/archive/weekly/feed.json").json
    assert atom.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    read = feedparser.parse(atom.data)
    assert not read.bozo
    assert read.version == "atom10"
    feed, (entry,) = read.feed, read.entries
    assert (feed.title, feed.language) == ("The Test Post", "en")
    assert feed.author == "The Test Post"
    rels = {link.rel: link.href for link in feed.links}
    assert rels == {"self": f"{PUBLIC}/archive/weekly/feed.xml", "alternate": f"{PUBLIC}/archive/weekly"}
    assert entry.link == f"{PUBLIC}/archive/weekly/1"
    assert entry.id.startswith("urn:uuid:")
    assert entry.published_parsed <= entry.updated_parsed
    assert feed.updated == entry.updated
    # What https://jsonfeed.org/version/1.1 asks for.
    assert by_json["version"] == "https://jsonfeed.org/version/1.1"
    assert by_json["feed_url"] == f"{PUBLIC}/archive/weekly/feed.json"
    (item,) = by_json["items"]
    assert (item["id"], item["url"], item["title"]) == (entry.id, entry.link, entry.title)
    assert item["date_published"].endswith("Z")
    assert isinstance(by_json["authors"], list)
    raw = item["content_html"]
    tree = LexborHTMLParser(raw)
    assert all(quote.text in tree.text() for quote in mail.quotes)
    for node in tree.css("a"):
        href = str(node.attributes["href"])
        assert urljoin("https://elsewhere.example/", href) == href, "nothing is relative to who reads"
    for token in (*Place, "weekly@example.org", "<script"):
        assert token not in raw
        assert token not in atom.text


def test_who_has_the_feed_is_told_so_until_something_changes(house: House) -> None:
    house = over(public(house), Answering())
    sent(house, POT)
    post = draft(house, Kind.QUOTE_POST)
    approve_now(house, post)
    work(house)
    client = visitor(house)
    first = client.get("/archive/weekly/feed.xml")
    tag, when = first.headers["ETag"], first.headers["Last-Modified"]
    assert when == "Tue, 24 Nov 2026 08:00:00 GMT"
    for asked in ({"If-None-Match": tag}, {"If-Modified-Since": when}):
        answer = client.get("/archive/weekly/feed.xml", headers=asked)
        assert (answer.status_code, answer.data) == (304, b"")
    correct(house, post.id, Wish("It was another pot."), actor="eve", now=TUESDAY + DAY)
    work(house, TUESDAY + DAY)
    second = client.get("/archive/weekly/feed.xml", headers={"If-None-Match": tag})
    assert second.status_code == 200
    assert second.headers["Last-Modified"] == "Wed, 25 Nov 2026 08:00:00 GMT"
    (before,), (after,) = feedparser.parse(first.data).entries, feedparser.parse(second.data).entries
    assert (after.id, after.published) == (before.id, before.published)
    assert after.updated > before.updated
    assert "It was another pot." in after.content[0].value


def test_a_feed_holds_the_newest_and_an_empty_one_is_a_feed_too(house: House) -> None:
    client = visitor(public(house))
    empty = feedparser.parse(client.get("/archive/weekly/feed.xml").data)
    assert not empty.bozo
    assert empty.entries == []
    many(house, list(range(1, 31)))
    read = feedparser.parse(client.get("/archive/weekly/feed.xml").data)
    assert [each.link.rpartition("/")[2] for each in read.entries] == [str(each) for each in range(30, 10, -1)]
    assert len(client.get("/archive/weekly/feed.json").json["items"]) == 20


def test_who_has_the_feed_is_told_so_without_making_it_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    many(house, [1, 2])
    house = public(house)
    client = visitor(house)
    paths = ("/archive/weekly/feed.xml", "/archive/weekly/feed.json")
    tags = [client.get(path).headers["ETag"] for path in paths]
    assert len(set(tags)) == 2
    with monkeypatch.context() as patched:
        patched.setattr("bot.archive.feeding.printed", None)
        for path, tag in zip(paths, tags, strict=True):
            answer = client.get(path, headers={"If-None-Match": tag})
            assert (answer.status_code, answer.headers["ETag"]) == (304, tag)
            assert "max-age" in answer.headers["Cache-Control"]
            assert client.get(path).status_code == 200, "it is made once for all who have it not"
    tamper(house, sa.update(drafts).where(drafts.c.number == 2).values(state="held"))
    held = client.get(paths[0], headers={"If-None-Match": tags[0]})
    assert held.status_code == 200
    assert len(feedparser.parse(held.data).entries) == 1
    named = with_config(house, lambda text: text.replace("The Test Post", "Another Name", 1))
    assert visitor(named).get(paths[0]).headers["ETag"] != held.headers["ETag"]


def test_the_older_editions_follow_in_documents_that_stay(house: House) -> None:
    """RFC 5005, section 4: from the newest to the first, each edition is met."""
    numbers = [each for each in range(1, 71) if each not in (19, 20, *range(42, 60))]
    many(house, numbers)
    client = visitor(public(house))
    seen: list[int] = []
    path, documents = "/archive/weekly/feed.xml", []
    while path:
        read = feedparser.parse(client.get(path).data)
        assert not read.bozo
        assert len(read.entries) <= 20
        documents.append(path)
        links = {link.rel: link.href.removeprefix(PUBLIC) for link in read.feed.links}
        assert links["self"] == path
        assert links.get("current") == (None if len(documents) == 1 else documents[0])
        assert links.get("next-archive", "").endswith(("", "/60.xml", "/40.xml")[len(documents) - 1])
        seen += [int(each.link.rpartition("/")[2]) for each in read.entries]
        path = links.get("prev-archive", "")
    assert documents == [
        "/archive/weekly/feed.xml",
        "/archive/weekly/feed/40.xml",
        "/archive/weekly/feed/20.xml",
    ]
    assert sorted(set(seen)) == numbers
    assert "fh:archive" in client.get(documents[1]).text
    assert client.get("/archive/weekly/feed.json").json["next_url"] == f"{PUBLIC}/archive/weekly/feed/40.json"
    assert "next_url" not in client.get("/archive/weekly/feed/20.json").json
    for wrong in ("feed/0.xml", "feed/41.xml", "feed/80.xml", "feed/40.rss"):
        assert client.get(f"/archive/weekly/{wrong}").status_code == 404, wrong


def test_the_sitemap_names_what_anybody_may_see_and_when_it_changed(house: House) -> None:
    house = over(public(house), Answering())
    sent(house, POT)
    post = draft(house, Kind.QUOTE_POST)
    approve_now(house, post)
    work(house)
    correct(house, post.id, Wish("It was another pot."), actor="eve", now=TUESDAY + DAY)
    work(house, TUESDAY + DAY)
    many(house, [90])
    many(house, [91], out=False)
    client = visitor(house)
    answer = client.get("/sitemap.xml")
    assert answer.mimetype == "application/xml"
    found = dict(re.findall(r"<loc>([^<]*)</loc>(?:<lastmod>([^<]*)</lastmod>)?", answer.text))
    quotes = {each for each in found if "/quote/" in each}
    assert set(found) - quotes == {
        f"{PUBLIC}/archive{each}" for each in ("", "/weekly", "/weekly/upto/40", "/weekly/1", "/weekly/90")
    }
    assert quotes
    assert {found[each] for each in quotes} == {""}
    assert found[f"{PUBLIC}/archive/weekly/1"] == "2026-11-25T08:00:00Z", "when it was corrected"
    assert found[f"{PUBLIC}/archive/weekly/90"] == found[f"{PUBLIC}/archive/weekly"] == "2027-02-22T08:00:00Z"
    for each in found:
        assert client.get(each.removeprefix(PUBLIC)).status_code == 200, each
    assert client.get("/sitemap.xml", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.get("/sitemap-1.xml").status_code == 404
    assert f"\nSitemap: {PUBLIC}/sitemap.xml\n" in client.get("/robots.txt").text


def test_the_sitemap_is_made_once_until_anything_that_may_be_seen_is_another(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = over(public(house), Whole())
    post = quoted(house)
    client = visitor(house)
    with monkeypatch.context() as patched:
        assert client.get("/sitemap.xml").text.count("/quote/") == 1
        patched.setattr("bot.archive.addresses", None)
        assert client.get("/sitemap.xml").text.count("/quote/") == 1
    correct(house, post.id, Wish("The guest asked us to.", take_down=True), actor="eve", now=TUESDAY + HOUR)
    assert client.get("/sitemap.xml").text.count("/quote/") == 1, "it is not taken away yet"
    work(house, TUESDAY + HOUR)
    assert "/quote/" not in client.get("/sitemap.xml").text
    edition = draft(house, Kind.EDITION)
    approve_now(house, edition, TUESDAY + 2 * HOUR)
    assert "/archive/weekly/1<" not in client.get("/sitemap.xml").text
    # As while a mailing goes out, which the history tells when it has ended.
    tamper(house, sa.update(deliveries).where(deliveries.c.draft_id == edition.id).values(texts_out=1))
    assert "/archive/weekly/1<" in client.get("/sitemap.xml").text
    review.hold(house, edition.id, reason="stop", actor="eve", now=TUESDAY + 2 * HOUR)
    assert "/archive/weekly/1<" not in client.get("/sitemap.xml").text


def test_a_long_sitemap_is_parted() -> None:
    addresses = [Address(f"https://x.example/{each}?a=1&b=2") for each in range(5)]
    whole = dict(sitemaps(addresses, "https://x.example", most=5))
    assert list(whole) == ["sitemap.xml"]
    assert whole["sitemap.xml"].count(b"&amp;") == 5
    parted = dict(sitemaps(addresses, "https://x.example", most=2))
    assert sorted(parted) == ["sitemap-1.xml", "sitemap-2.xml", "sitemap-3.xml", "sitemap.xml"]
    assert b"<sitemapindex" in parted["sitemap.xml"]
    assert parted["sitemap.xml"].count(b"https://x.example/sitemap-") == 3
