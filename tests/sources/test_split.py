"""A feed is taken apart on its bytes, so that only what is new is parsed; the parts say the same as the whole."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UnreadableDocument
from bot.sources.feed import parse
from bot.sources.split import cleaned_hash, delta, fingerprint, split
from tests.sources.material import SHARED, documents, needs_shared, titled

HEAD = b"<rss version='2.0'><channel><title>T</title>"
TAIL = b"</channel></rss>"
ONE = b"<item><title>One</title><guid>1</guid></item>"
TWO = b"<item><title>Two</title><guid>2</guid></item>"


def rss(*items: bytes) -> bytes:
    return HEAD + b"\n".join(items) + TAIL


def youtube(views: int, updated: str, server: int) -> bytes:
    return (
        "<entry><id>yt:video:a</id><yt:videoId>a</yt:videoId><title>A</title><published>2026-01-01T00:00:00Z</published>"
        f"<updated>{updated}</updated><media:group><media:description>Words</media:description>"
        f'<media:thumbnail url="https://i{server}.ytimg.com/vi/a/hqdefault.jpg"/><media:community>'
        f'<media:starRating count="{views // 9}" average="5.00"/><media:statistics views="{views}"/>'
        "</media:community></media:group></entry>"
    ).encode()


def test_the_pieces_make_the_whole() -> None:
    data = rss(ONE, TWO)
    parts = split(data)
    assert parts is not None
    assert parts.items == (ONE, TWO)
    assert parts.head + b"".join(item + gap for item, gap in zip(parts.items, parts.gaps, strict=True)) == data


def test_a_delta_holds_only_what_is_wanted() -> None:
    parts = split(rss(ONE, TWO, ONE))
    assert parts is not None
    assert delta(parts, [1]) == HEAD + TWO + TAIL
    assert delta(parts, []) == HEAD + TAIL


def test_what_stands_between_items_belongs_to_the_channel() -> None:
    parts = split(rss(ONE, b"<language>fr</language>", TWO))
    assert parts is not None
    assert b"<language>fr</language>" in delta(parts, [0])


@pytest.mark.parametrize(
    "hidden",
    [b"<![CDATA[ <item> </item> ]]>", b"<!-- <item>not yet</item> -->", b"<items><rdf:li/></items>", b"<itemize/>"],
)
def test_what_only_looks_like_an_item_is_none(hidden: bytes) -> None:
    item = b"<item><title>One</title>" + hidden + b"</item>"
    parts = split(HEAD + hidden + item + TWO + TAIL)
    assert parts is not None
    assert parts.items == (item, TWO)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no feed",
        rss(),
        rss(ONE, b"<item><title>never ends"),
        rss(ONE, b"<item>", TWO, b"</item>"),
        rss(ONE, b"</item>"),
        rss(ONE, b"<entry></entry>"),
        rss(b"<item><![CDATA[ never closed </item>", TWO),
        rss(b"<item><!-- never closed </item>", TWO),
        rss(ONE).decode().encode("utf-16"),
        rss(ONE).decode().encode("utf-16-le"),
        b"<?xml version='1.0' encoding='ISO-2022-JP'?>" + rss(ONE),
        rss(b"<item>\x1b$B<item\x1b(B</item>"),
        b'{"version": "https://jsonfeed.org/version/1", "items": [{"content_html": "<item></item>"}]}',
    ],
)
def test_where_a_cut_cannot_be_trusted_there_is_none(data: bytes) -> None:
    assert split(data) is None


def test_an_empty_element_is_an_item_too() -> None:
    parts = split(rss(b'<item rdf:about="x"/>', ONE))
    assert parts is not None
    assert parts.items == (b'<item rdf:about="x"/>', ONE)


def test_views_and_likes_and_the_date_that_moves_with_them_are_no_news() -> None:
    before, after = youtube(100, "2026-01-01T00:00:00Z", 1), youtube(9000, "2026-01-02T00:00:00Z", 3)
    assert fingerprint(before) == fingerprint(after)
    assert fingerprint(before) != fingerprint(before.replace(b"Words", b"Other words"))


def test_the_date_of_any_other_entry_is_news() -> None:
    entry = b"<entry><id>a</id><updated>2026-01-01T00:00:00Z</updated></entry>"
    assert fingerprint(entry) != fingerprint(entry.replace(b"2026", b"2027"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"<slash:comments>3</slash:comments>", b"<slash:comments>14</slash:comments>"),
        (b'<link rel="replies" href="u" thr:count="3"/>', b'<link rel="replies" href="u" thr:count="4"/>'),
        (b"<thr:total>3</thr:total>", b"<thr:total>4</thr:total>"),
        (b'&lt;img src="/a.png?ver=1.2"&gt;', b'&lt;img src="/a.png?ver=1.3"&gt;'),
        (b"<![CDATA[<img src='/a.png?x=1&amp;ver=171'>]]>", b"<![CDATA[<img src='/a.png?x=1&amp;ver=172'>]]>"),
    ],
)
def test_counts_and_stamps_are_no_news(one: bytes, other: bytes) -> None:
    assert fingerprint(b"<item><title>A</title>" + one + b"</item>") == fingerprint(
        b"<item><title>A</title>" + other + b"</item>"
    )
    assert cleaned_hash(rss(ONE, b"<item>" + one + b"</item>")) == cleaned_hash(
        rss(ONE, b"<item>" + other + b"</item>")
    )


def test_words_that_only_look_like_a_stamp_are_news() -> None:
    assert fingerprint(b"<item>never=1</item>") != fingerprint(b"<item>never=2</item>")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"<lastBuildDate>Mon</lastBuildDate>", b"<lastBuildDate>Tue</lastBuildDate>"),
        (b"<pubDate>Mon</pubDate>", b"<pubDate>Tue</pubDate>"),
        (b"<updated>1</updated>", b"<updated>2</updated>"),
        (b"<!-- made in 0.2 s -->", b"<!-- made in 0.3 s, served from a cache -->"),
    ],
)
def test_when_a_feed_was_made_is_no_news(one: bytes, other: bytes) -> None:
    assert cleaned_hash(HEAD + one + ONE + TAIL) == cleaned_hash(HEAD + other + ONE + TAIL)


def test_what_is_written_behind_the_end_of_a_feed_is_no_news() -> None:
    assert cleaned_hash(rss(ONE) + b"<!-- 0.2 s -->") == cleaned_hash(rss(ONE) + b"\n<!-- 0.3 s -->")


def test_the_date_of_an_item_is_news() -> None:
    dated = ONE.replace(b"<guid>", b"<pubDate>Mon</pubDate><guid>")
    assert cleaned_hash(rss(dated)) != cleaned_hash(rss(dated.replace(b"Mon", b"Tue")))
    assert cleaned_hash(rss(ONE)) != cleaned_hash(rss(TWO))
    assert cleaned_hash(rss(ONE)) != cleaned_hash(rss(ONE, TWO))


TOKENS = [b"<item>", b"</item>", b"<item/>", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<entry>", b"</entry>", b"a", b">"]


@given(st.lists(st.sampled_from(TOKENS)))
@settings(max_examples=500, deadline=None)
def test_whatever_is_cut_can_be_put_together_again(tokens: list[bytes]) -> None:
    data = b"".join(tokens)
    parts = split(data)
    cleaned_hash(data)
    if parts is None:
        return
    assert parts.head + b"".join(item + gap for item, gap in zip(parts.items, parts.gaps, strict=True)) == data
    assert all(item.startswith(b"<item") and item.endswith(b">") for item in parts.items) or b"<entry" in data


@needs_shared
@pytest.mark.parametrize("folder", ["podcast-feeds", "youtube-substack", "identity", "malformed", "namespace"])
def test_a_part_says_the_same_as_the_whole_on_every_feed(folder: str) -> None:
    """Item by item on all fields, in random subsets: what was parsed alone is what a full parse gives."""
    checked = sum(_same_in_parts(path, path.read_bytes(), subsets=4) for path in documents(folder))
    assert checked


@needs_shared
@pytest.mark.parametrize("folder", ["yardstick", "encodings"])
def test_a_part_says_the_same_as_the_whole_on_every_small_case(folder: str) -> None:
    checked = sum(_same_in_parts(path, titled(path.read_bytes()), subsets=1) for path in documents(folder))
    assert checked >= (1400 if folder == "yardstick" else 10)


@needs_shared
def test_every_feed_with_plain_items_can_be_taken_apart() -> None:
    """Only those that hold no item, or whose items bear a prefix, are read whole each time."""
    whole = [
        path.name
        for path in documents("podcast-feeds", "youtube-substack", "identity", "malformed")
        if split(path.read_bytes()) is None and _items_of(path.read_bytes())
    ]
    assert sorted(whole) == ["jsonfeed.xml", "leading-comment-ampersand.xml"]


def _items_of(data: bytes) -> int:
    try:
        return len(parse(data, "feed.xml").items)
    except UnreadableDocument:
        return 0


def _same_in_parts(path: Path, data: bytes, *, subsets: int) -> bool:
    """Whether the feed can be taken apart, having checked that random subsets of it say the same."""
    parts = split(data)
    if parts is None:
        return False
    try:
        full = parse(data, path.name)
    except UnreadableDocument:
        return False
    where = str(path.relative_to(SHARED))
    assert len(full.items) == len(parts.items), where
    assert [item.fingerprint for item in full.items] == [fingerprint(item) for item in parts.items], where
    numbers = range(len(parts.items))
    chance = random.Random(where)  # noqa: S311
    for size in range(1, subsets + 1):
        wanted = sorted(chance.sample(numbers, min(len(numbers), size)))
        found = parse(delta(parts, wanted), path.name)
        assert list(found.items) == [full.items[number] for number in wanted], where
        assert replace(found, items=(), remarks=()) == replace(full, items=(), remarks=()), where
    return True
