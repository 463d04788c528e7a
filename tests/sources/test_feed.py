"""A saved feed becomes episodes, newest first."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UnreadableDocument
from bot.reading.document import MAX_BYTES
from bot.sources.feed import looks_like_feed, read_feed

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "feeds"
RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
     xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>The Load Path</title><language>en-gb</language>
<item><title>Older #bridges</title><guid>g-1</guid><link>https://example.org/1</link>
  <description>&lt;p&gt;One &lt;b&gt;bold&lt;/b&gt; line.&lt;/p&gt;
  &lt;p&gt;Another.&lt;/p&gt;&lt;script&gt;no&lt;/script&gt;</description>
  <enclosure url="https://example.org/cover.png" type="image/png" length="9"/>
  <enclosure url="https://example.org/1.mp3" type="audio/mpeg" length="1234"/>
  <pubDate>Mon, 02 Mar 2026 09:00:00 +0100</pubDate><itunes:duration>58:12</itunes:duration></item>
<item><title>Newer</title><guid>g-2</guid><category>steel</category>
  <content:encoded><![CDATA[<p>Short.</p><h2>Summary</h2><p>A summary.</p><h2>Key Insights</h2><ul><li>One</li></ul>
  <h2>Transcript</h2><p>[0:00] Ann Lee: Words.</p>
  <p>Full transcript available for Foundry members</p>]]></content:encoded>
  <pubDate>Tue, 03 Mar 2026 09:00:00 GMT</pubDate></item>
<item><title>Newer</title><guid>g-2</guid></item>
<item><guid>g-3</guid><description>No title, only a text.</description></item>
<item><guid>g-4</guid></item>
</channel></rss>
"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>A &amp;amp; B</title>
<entry><id>a-1</id><title type="html">One &amp;lt;two&amp;gt;</title><updated>2026-01-02T03:04:05Z</updated>
<link rel="alternate" href="https://example.org/a"/><summary>S.</summary></entry></feed>"""


def test_every_field_of_an_item_is_read() -> None:
    reading = read_feed(RSS.encode(), "feed.xml")
    assert reading.feed
    newer, older, untitled = reading.episodes
    assert (older.title, older.topics, older.show, older.language) == ("Older", ("bridges",), "The Load Path", "en-gb")
    assert older.blurb == "One bold line.\n\nAnother."
    assert (older.guid, older.url, older.duration) == ("g-1", "https://example.org/1", 3492.0)
    assert older.published == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert older.audio is not None
    assert (older.audio.url, older.audio.mime, older.audio.length) == ("https://example.org/1.mp3", "audio/mpeg", 1234)
    assert newer.title == "Newer"
    assert untitled.title == "No title, only a text."


def test_notes_with_the_headings_of_a_page_are_read_as_one() -> None:
    newer = read_feed(RSS.encode(), "feed.xml").episodes[0]
    assert (newer.blurb, newer.summary, newer.insights, newer.topics) == ("Short.", "A summary.", ("One",), ("steel",))
    assert newer.transcript is not None
    assert newer.transcript.segments[0].speaker == "Ann Lee"
    assert newer.gated


def test_a_repeated_guid_and_an_empty_item_are_left_out_with_a_remark() -> None:
    remarks = [remark.text for remark in read_feed(RSS.encode(), "feed.xml").remarks]
    assert len(remarks) == 2
    assert "neither a title nor a text" in remarks[0]
    assert "g-2" in remarks[1]


def test_atom_is_read() -> None:
    (episode,) = read_feed(ATOM.encode(), "feed.atom").episodes
    assert (episode.title, episode.show, episode.url) == ("One <two>", "A & B", "https://example.org/a")
    assert episode.published == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_the_encoding_of_a_feed_does_not_matter(codec: str) -> None:
    assert read_feed(RSS.encode(codec), "feed.xml").episodes == read_feed(RSS.encode(), "feed.xml").episodes


def test_comments_and_doctypes_before_the_root_do_not_matter() -> None:
    before = '<!-- a & b -- <rss> --><!DOCTYPE rss PUBLIC "x" "http://example.org/x.dtd">'
    assert len(read_feed((before + ATOM).encode(), "feed.xml").episodes) == 1


@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_a_feed_that_declares_entities_is_refused(codec: str) -> None:
    bomb = '<?xml version="1.0"?>\n<!DOCTYPE rss [\n<!ENTITY a "aaaa">]>' + ATOM
    with pytest.raises(UnreadableDocument, match="entities") as caught:
        read_feed(bomb.encode(codec), "bomb.xml")
    assert caught.value.line in (2, 3)


def test_a_feed_beyond_the_limit_is_refused() -> None:
    with pytest.raises(UnreadableDocument, match="at most 5 MB"):
        read_feed(b"<rss>" + b" " * MAX_BYTES, "big.xml")


def test_items_that_cannot_be_read_are_never_passed_over_in_silence() -> None:
    with pytest.raises(UnreadableDocument, match="cannot be read"):
        read_feed(b"<rss version=2.0 xmlns:x='urn:x'><channel><x:item></x:item>", "broken.xml")


@pytest.mark.parametrize("data", [b"", b"<html><rss>", b"plain", b"<?xml version='1.0'?><opml/>", b'{"items": []}'])
def test_what_is_no_feed_is_told_apart(data: bytes) -> None:
    assert not looks_like_feed(data)


@pytest.mark.parametrize("text", [RSS, ATOM, "\n<rss>", "<!-- <html> --><feed>"])
def test_a_feed_is_known_by_its_beginning(text: str) -> None:
    assert looks_like_feed(text.encode())


def test_a_feed_without_items_is_no_error() -> None:
    assert read_feed(b"<rss version='2.0'><channel><title>T</title></channel></rss>", "new.xml").episodes == ()


@given(st.binary(max_size=300), st.sampled_from([b"", b"<rss><channel><item>", b"<feed><entry>", RSS[:300].encode()]))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes, head: bytes) -> None:
    try:
        read_feed(head + data, "any.xml")
    except UnreadableDocument as error:
        assert str(error)  # noqa: PT017


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder ../shared with real feeds is not here")
@pytest.mark.parametrize("folder", ["podcast-feeds", "youtube-substack", "identity"])
def test_real_feeds_give_as_many_episodes_as_they_have_items(folder: str) -> None:
    facts = json.loads((SHARED / "facts.json").read_text(encoding="utf-8"))
    paths = [path for path in sorted((SHARED / folder).iterdir()) if f"{folder}/{path.name}" in facts]
    assert paths
    for path in paths:
        known = facts[f"{folder}/{path.name}"]
        reading = read_feed(path.read_bytes(), path.name)
        assert looks_like_feed(path.read_bytes())
        assert len(reading.episodes) == (known["distinct_guids"] or known["items"]), path.name
        dates = [episode.published for episode in reading.episodes if episode.published]
        assert dates == sorted(dates, reverse=True)
