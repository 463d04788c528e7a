"""Feeds that were made to hurt: each is read or refused in words, inside the sandbox, and the next is read as ever.

No time is asserted here. What would take too long is ended by the sandbox, and that is an answer too.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UnreadableDocument
from bot.model.feed import Feed
from bot.sources.feed import parse
from bot.sources.sandbox import Sandbox
from bot.sources.split import cleaned_hash, delta, fingerprint, split

CHANNEL = b"<rss version='2.0' xmlns:podcast='https://podcastindex.org/namespace/1.0'><channel><title>T</title>"
HEAD = CHANNEL + b"<item><title>x"
END = b"</item></channel></rss>"
BILLION = (
    b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><rss><channel><title>&c;</title></channel></rss>'
)

# Read as far as they go; the number is that of their items.
ESCAPED, ENDLESS = b"&lt;!-- " * 80_000, b"<!-- " * 80_000
READ = {
    "80,000 comments that never end, escaped": (HEAD + b"</title><description>" + ESCAPED + b"</description>" + END, 1),
    "80,000 comments that never end": (HEAD + b"</title><summary><![CDATA[" + ENDLESS + b"]]></summary>" + END, 1),
    "80,000 comments that never end, in the XML": (HEAD + b"</title><a>" + ENDLESS + b"</a>" + END, 1),
    "100,000 CDATA sections that never end": (HEAD + b"<![CDATA[" * 100_000, 0),
    "a document type from elsewhere": (b'<!DOCTYPE rss SYSTEM "file:///etc/passwd">' + HEAD + b"</title>" + END, 1),
    "an entity that nobody declared": (HEAD + b"&boom;</title>" + END, 1),
    "20,000 soundbites": (HEAD + b"</title>" + b"<podcast:soundbite startTime='1' duration='2'/>" * 20_000 + END, 1),
    "200,000 comments before the root": (b"<!-- x -->" * 200_000 + HEAD + b"</title>" + END, 1),
    "20,000 live items that never end": (CHANNEL + b"<podcast:liveItem>" * 20_000 + b"</channel></rss>", 0),
    "control characters": (HEAD + b"\x00\x01\x0b\x1f</title>" + END, 1),
}  # fmt: skip
REFUSED = {
    "a billion laughs": (BILLION, "entities"),
    "a billion laughs in UTF-16": (BILLION.decode().encode("utf-16"), "entities"),
    "200,000 empty items": (CHANNEL + b"<item></item>" * 200_000 + b"</channel></rss>", "20,000 items"),
    "31 MB": (HEAD + b"a" * 31_000_000 + b"</title>" + END, "at most 30 MB"),
    "a million brackets": (b'{"version": "https://jsonfeed.org/version/1", "items": ' + b"[" * 1_000_000, "not JSON"),
}  # fmt: skip
EITHER = {
    "200,000 nested tags": HEAD + b"</title><description>" + b"<a>" * 200_000 + b"</description>" + END,
    "200,000 nested tags, escaped": HEAD + b"</title><description>" + b"&lt;div>" * 200_000 + b"</description>" + END,
    "200,000 attributes": CHANNEL
    + b"<item "
    + b" ".join(b"a%d=''" % n for n in range(200_000))
    + b"><title>x</title>"
    + END,
    "50,000 categories": HEAD + b"</title>" + b"".join(b"<category>%d</category>" % n for n in range(50_000)) + END,
    "2,000,000 ampersands": HEAD + b"&" * 2_000_000 + b"</title>" + END,
    "an attribute that never ends": HEAD + b"</title><a b='" + b"x" * 5_000_000,
    "10,000 namespaces": HEAD
    + b"</title>"
    + b"".join(b"<a xmlns:n%d='urn:%d'/>" % (n, n) for n in range(10_000))
    + END,
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seconds=2) as made:
        yield made


@pytest.mark.parametrize("name", READ)
def test_hostile_feeds_are_read_as_far_as_they_go(sandbox: Sandbox, name: str) -> None:
    data, items = READ[name]
    feed = sandbox.parse(data, name)
    assert len(feed.items) == items
    assert "root:" not in repr(feed)


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_feeds_are_refused_in_words(sandbox: Sandbox, name: str) -> None:
    data, words = REFUSED[name]
    with pytest.raises(UnreadableDocument, match=words):
        sandbox.parse(data, name)


@pytest.mark.parametrize("name", EITHER)
def test_what_costs_too_much_is_ended_and_the_next_is_read(sandbox: Sandbox, name: str) -> None:
    try:
        sandbox.parse(EITHER[name], name)
    except UnreadableDocument as error:
        assert str(error).startswith(name)  # noqa: PT017
    assert len(sandbox.parse(HEAD + b"</title>" + END, "next").items) == 1


@pytest.mark.parametrize("name", [*READ, *REFUSED, *EITHER])
def test_taking_apart_what_is_hostile_needs_no_sandbox(name: str) -> None:
    """Splitting and hashing run in the parent: they are of linear cost, and give an answer for anything."""
    data = EITHER[name] if name in EITHER else (READ | REFUSED)[name][0]
    parts = split(data)
    assert cleaned_hash(data)
    if parts is not None:
        assert all(fingerprint(item) for item in parts.items)
        assert delta(parts, [])


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_feed_or_unreadable(data: bytes) -> None:
    _read_or_refused(data)


PIECES = [
    b"<rss>", b"<rss version='2.0'>", b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"<channel>", b"</channel>",
    b"<item>", b"</item>", b"<entry>", b"</entry>", b"<title>", b"</title>", b"<guid>1</guid>", b"<link>", b"</link>",
    b"<link href='/a' rel='enclosure'/>", b"<pubDate>Mon, 32 Jan 2026</pubDate>", b"<enclosure url='a b'/>", b"&amp;",
    b"<podcast:person role='x'>A</podcast:person>", b"<podcast:transcript url='//x/y'/>", b"<![CDATA[", b"]]>", b"<!--",
    b"-->", b"<?xml version='1.0' encoding='koi8-r'?>", b"\xff\xfe", b"\x00", b"\xe9", b"&#0;", b"&nbsp;", b"<", b">",
    b"<content type='xhtml'>", b"</content>", b"<podcast:liveItem>", b"</podcast:liveItem>", b"<itunes:duration>1:2:3",
    b"<description>&lt;p>words&lt;iframe>", b"</description>", b"<psc:chapters><psc:chapter start='x' title='y'/>",
    b'{"version": "https://jsonfeed.org/version/1.1", "items": [', b'{"id": 1e999, "title": null}', b"]}", b"a",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40))
@settings(max_examples=500, deadline=None)
def test_any_heap_of_pieces_is_a_feed_or_unreadable(pieces: list[bytes]) -> None:
    feed = _read_or_refused(b"".join(pieces))
    if feed is not None:
        for item in feed.items:
            assert item.episode.title
            assert item.episode.url is None or item.episode.url.startswith(("http://", "https://"))


def _read_or_refused(data: bytes) -> Feed | None:
    try:
        return parse(data, "any")
    except UnreadableDocument as error:
        assert str(error)  # noqa: PT017
        return None
