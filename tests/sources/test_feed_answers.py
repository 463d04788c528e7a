"""Feeds that nobody here wrote give what their answer keys say; broken ones a clear error, or what they hold."""

from __future__ import annotations

from typing import Any

import pytest

from bot.errors import UnreadableDocument
from bot.model.feed import Feed
from bot.sources.feed import looks_like_feed, parse
from tests.sources.material import SHARED, facts, needs_shared

pytestmark = needs_shared

# Where we count otherwise than the answer key, which counts elements whatever stands in them, and why.
OTHERWISE: dict[str, dict[str, tuple[int, str]]] = {
    "podcast-feeds/dk-podcast.xml": {
        "guids": (58, "one guid is empty, which is none"),
        "distinct_guids": (58, "one guid is empty, which is none"),
    },
    "podcast-feeds/pc20rss.xml": {"persons": (16, "two persons bear no name")},
    "youtube-substack/substack-heated.xml": {"enclosures": (0, "what is enclosed is a picture")},
    "bench/podcast300.xml": {"persons": (1052, "items without persons have those of the channel")},
}
# No answer key was counted for these; index.md says what they hold.
SALVAGED = {
    "malformed/declared-utf16-is-utf8.xml": 59,
    "malformed/jsonfeed.xml": 10,
    "malformed/leading-comment-ampersand.xml": 35,
    "malformed/leading-newline.xml": 15,
    "malformed/argl-non-well-formed.xml": 1,
}
REFUSED = {
    "malformed/argl-empty.xml": "it is empty",
    "malformed/argl-html-response.xml": "it is a web page",
    "malformed/argl-empty-root.xml": "neither a channel nor items",
    "malformed/argl-no-feed.xml": "found no <rss>, <feed> or JSON Feed",
}
WHOLE = sorted(key for key in facts() if not key.startswith("malformed/"))


def read(key: str) -> Feed:
    return parse((SHARED / key).read_bytes(), key)


def counts(feed: Feed) -> dict[str, int]:
    episodes = [item.episode for item in feed.items]
    guids = [episode.guid for episode in episodes if episode.guid]
    return {
        "items": len(episodes),
        "transcripts": sum(len(episode.transcript_links) for episode in episodes),
        "chapters": sum(episode.chapters_url is not None for episode in episodes),
        "soundbites": sum(len(episode.soundbites) for episode in episodes),
        "persons": sum(len(episode.people) for episode in episodes),
        "enclosures": sum(episode.audio is not None for episode in episodes),
        "guids": len(guids),
        "distinct_guids": len(set(guids)),
        "distinct_titles": len({episode.title for episode in episodes}),
    }


@pytest.mark.parametrize("key", WHOLE)
def test_a_feed_holds_what_its_answer_key_says(key: str) -> None:
    known: dict[str, Any] = facts()[key]
    found = counts(read(key))
    expected = {name: known[name] for name in found} | {
        name: count for name, (count, _why) in OTHERWISE.get(key, {}).items()
    }
    assert found == expected


@pytest.mark.parametrize("key", WHOLE)
def test_every_item_is_dated_and_every_word_is_whole(key: str) -> None:
    for item in read(key).items:
        assert item.episode.published is not None
        assert "\ufffd" not in item.episode.title + item.episode.blurb
        assert item.fingerprint


@pytest.mark.parametrize(("key", "items"), SALVAGED.items())
def test_a_broken_feed_is_read_as_far_as_it_goes(key: str, items: int) -> None:
    assert looks_like_feed((SHARED / key).read_bytes())
    assert len(read(key).items) == items


@pytest.mark.parametrize(("key", "words"), REFUSED.items())
def test_what_is_no_feed_is_refused_in_words(key: str, words: str) -> None:
    with pytest.raises(UnreadableDocument, match=words):
        read(key)


def test_a_newline_before_the_declaration_changes_nothing() -> None:
    data = (SHARED / "podcast-feeds/sentimental-garbage.xml").read_bytes()
    assert not data.startswith(b"<?xml")
    assert parse(data, "a").items == parse(data.strip(), "a").items


def test_every_transcript_and_soundbite_is_kept_with_its_words() -> None:
    """feedparser alone keeps the last of each, without its words: 54 and 3 here."""
    feed = read("podcast-feeds/themnshow.xml")
    twice = [item.episode for item in feed.items if len(item.episode.transcript_links) == 2]
    assert len(twice) == 2
    bites = [bite for item in feed.items for bite in item.episode.soundbites]
    assert len(bites) == 5
    assert all(bite.title and bite.duration > 0 for bite in bites)


def test_persons_of_an_item_stand_in_place_of_the_channels() -> None:
    feed = read("podcast-feeds/SOM.xml")
    assert [len(item.episode.people) for item in feed.items] == [2, 2]


def test_the_official_example_is_read_in_every_tag_that_we_know() -> None:
    feed = read("namespace/example.xml")
    assert (feed.title, feed.medium, feed.guid) == (
        "Podcasting 2.0 Namespace Example",
        "podcast",
        "y0ur-gu1d-g035-h3r3",
    )
    newest = feed.items[0].episode
    assert (newest.title, newest.season, newest.number) == ("Episode 3 - The Future", 1, 3.0)
    assert [(person.name, person.role, person.group) for person in newest.people] == [
        ("Adam Curry", "host", ""),
        ("Dave Jones", "guest", ""),
        ("Becky Smith", "cover art designer", "visuals"),
    ]
    assert newest.soundbites[0].start == 33.833


def test_a_live_item_is_no_episode_and_gives_the_show_no_title() -> None:
    feed = read("podcast-feeds/themnshow.xml")
    assert feed.title == "The Mike Neumann Show"
    assert "LIVE" not in " ".join(item.episode.title for item in feed.items)


@pytest.mark.parametrize("name", ["youtube-tuesdays-with-stories-podcast", "youtube-art-of-the-problem"])
def test_a_channel_of_videos_is_read_with_its_descriptions(name: str) -> None:
    feed = read(f"youtube-substack/{name}.xml")
    assert all(item.episode.guid and item.episode.guid.startswith("yt:video:") for item in feed.items)
    assert all(item.updated for item in feed.items)
    assert any(item.updated != item.episode.published for item in feed.items)
    assert sum(bool(item.episode.blurb) for item in feed.items) >= 13
    assert not any(item.episode.audio for item in feed.items)


def test_a_newsletter_is_read_from_its_full_text() -> None:
    (item,) = read("youtube-substack/substack-heated.xml").items
    assert item.episode.audio is None
    assert item.episode.url == item.episode.guid
    assert item.episode.blurb


def test_repeated_items_are_all_there_and_items_without_guid_have_none() -> None:
    twice = read("identity/duplicate-items-fallthrough.xml").items
    assert len(twice) - len({item.fingerprint for item in twice}) == 2
    bare = read("identity/no-guid-aa10ca.xml").items
    assert {item.episode.guid for item in bare} == {None}
    assert len({item.episode.url for item in bare}) == len({item.fingerprint for item in bare}) == 30


@pytest.mark.parametrize(
    ("name", "title", "words"),
    [
        ("miniflux-encoding-utf8.xml", "테스트 피드", "Café"),
        ("miniflux-encoding-utf8-incorrect-prolog.xml", "테스트 피드", "Café"),
        ("miniflux-encoding-invalid-prolog.xml", "테스트 피드", "Café"),
        ("miniflux-encoding-iso-8859-1.xml", "Café", ""),
        ("miniflux-encoding-windows-1252.xml", "Euro €", ""),
        ("miniflux-encoding-windows-1252-incorrect-prolog.xml", "Euro €", ""),
        ("miniflux-encoding-koi8r.xml", "Пример RSS ленты", "Первая новость"),
        ("miniflux-xml-koi8r.xml", "Пример RSS ленты", "Первая новость"),
        ("miniflux-parser-encoding_ISO-8859-1.xml", "Golem.de", "Spieler wünschen sich"),
        ("miniflux-parser-encoding_WINDOWS-1251.xml", "iBash.Org.Ru", "Цитата #17703"),
        ("miniflux-parser-no_encoding_ISO-8859-1.xml", "Le Cercle Psy", "très"),
        ("miniflux-parser-rdf_UTF8.xml", "heise online News", "Vorsichtsmaßnahmen"),
        ("miniflux-parser-urdu_UTF8.xml", "BBC News اردو", "امریکی عسکری امداد"),
        ("feedparser-chardet/koi8r.xml", "", "Как пережить новогоднюю ночь"),
        ("feedparser-chardet/big5.xml", "我希望", ""),
        ("feedparser-chardet/gb2312.xml", "", "不归移民漫画系列"),
        ("feedparser-chardet/eucjp.xml", "", "ゲーム三昧な正月"),
        ("feedparser-chardet/shiftjis.xml", "", "色々調べてたら"),
        ("feedparser-chardet/euckr.xml", "", "한글닉네임 표시하기"),
        ("feedparser-chardet/tis620.xml", "", "สำนักงานส่งเสริม"),
        ("feedparser-chardet/windows1255.xml", "", "האם תדפיס נייר"),
    ],
)
def test_every_encoding_gives_the_right_letters(name: str, title: str, words: str) -> None:
    feed = read(f"encodings/{name}")
    assert title in feed.title
    assert words in " ".join(f"{item.episode.title} {item.episode.blurb}" for item in feed.items)


@pytest.mark.parametrize(("name", "items"), [("large_rss", 25), ("large_atom", 25), ("small_atom", 20)])
def test_large_feeds_are_read_whole(name: str, items: int) -> None:
    assert len(read(f"encodings/miniflux-parser-{name}.xml").items) == items
