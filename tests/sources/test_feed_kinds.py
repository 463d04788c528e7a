"""Every kind of feed, and every fact of it that has a place with us."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from bot.errors import UnreadableDocument
from bot.model.episode import Chapter, Enclosure, Episode, Person, Soundbite, TranscriptLink
from bot.model.feed import Feed
from bot.reading import html_page
from bot.sources.feed import looks_like_feed, parse

PODCAST = "https://podcastindex.org/namespace/1.0"
NAMESPACES = (
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:psc="http://podlove.org/simple-chapters"'
)


def rss(item: str = "", channel: str = "<title>Show</title>", namespace: str = PODCAST) -> bytes:
    items = f"<item>{item}</item>" if item else ""
    declared = f'{NAMESPACES} xmlns:podcast="{namespace}"'
    return f'<rss version="2.0" {declared}><channel>{channel}{items}</channel></rss>'.encode()


def episode(item: str, channel: str = "<title>Show</title>") -> Episode:
    (found,) = parse(rss(item, channel), "feed.xml").items
    return found.episode


def channel(text: str) -> Feed:
    return parse(rss(channel=text), "feed.xml")


@pytest.mark.parametrize(
    "data",
    [
        "<rss version='0.91'><channel><title>Show</title><item><title>One</title><link>https://e.org/1</link></item></channel></rss>",
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://my.netscape.com/rdf/simple/0.9/'>"
        "<channel><title>Show</title></channel><item><title>One</title><link>https://e.org/1</link></item></rdf:RDF>",
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>"
        "<channel><title>Show</title><items><rdf:Seq><rdf:li rdf:resource='https://e.org/1'/></rdf:Seq></items></channel>"
        "<item rdf:about='https://e.org/1'><title>One</title><link>https://e.org/1</link></item></rdf:RDF>",
        "<feed xmlns='http://purl.org/atom/ns#' version='0.3'><title>Show</title><entry><title>One</title>"
        "<link rel='alternate' type='text/html' href='https://e.org/1'/></entry></feed>",
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>Show</title><entry><title>One</title>"
        "<link href='https://e.org/1'/></entry></feed>",
        "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:title>Show</a:title><a:entry><a:title>One</a:title>"
        "<a:link href='https://e.org/1'/></a:entry></a:feed>",
        '{"version": "https://jsonfeed.org/version/1", "title": "Show", "items": [{"title": "One", "url": "https://e.org/1"}]}',
        '\n {"items": [{"url": "https://e.org/1", "title": "One"}], "title": "Show", "version": "https://jsonfeed.org/version/1.1"}',
    ],
)  # fmt: skip
def test_every_kind_of_feed_is_told_by_what_stands_in_it(data: str) -> None:
    assert looks_like_feed(data.encode())
    feed = parse(data.encode(), "feed.bin", content_type="text/plain")
    assert feed.title == "Show"
    assert [(item.episode.title, item.episode.url) for item in feed.items] == [("One", "https://e.org/1")]


def test_what_a_channel_says_of_itself() -> None:
    feed = channel(
        "<title>The &lt;i&gt;Load&lt;/i&gt; Path</title><link>https://example.org/show</link><language>en-gb</language>"
        "<itunes:author>Ann Lee</itunes:author><itunes:block>yes</itunes:block><itunes:complete>Yes</itunes:complete>"
        "<itunes:new-feed-url>https://new.example.org/feed</itunes:new-feed-url><podcast:guid>9f-1</podcast:guid>"
        "<podcast:medium>Podcast</podcast:medium>"
    )
    assert (feed.title, feed.site, feed.language) == ("The Load Path", "https://example.org/show", "en-gb")
    assert (feed.author, feed.guid, feed.medium) == ("Ann Lee", "9f-1", "podcast")
    assert (feed.blocked, feed.complete, feed.moved_to) == (True, True, "https://new.example.org/feed")


@pytest.mark.parametrize(
    "feed",
    [
        channel('<title>Show</title><itunes:image href="/a.png"/><link>https://e.org</link>'),
        channel("<title>Show</title><image><url>https://e.org/a.png</url><title>Show</title></image>"),
        parse(
            b'<feed xmlns="http://www.w3.org/2005/Atom"><title>Show</title><logo>https://e.org/a.png</logo></feed>', "f"
        ),
        parse(
            b'{"version": "https://jsonfeed.org/version/1.1", "title": "Show", "items": [], "icon": "https://e.org/a.png"}',
            "f",
        ),
    ],
)
def test_the_picture_of_a_show_is_known_in_every_kind_of_feed(feed: Feed) -> None:
    assert feed.image == "https://e.org/a.png"


def test_the_own_picture_of_an_episode_is_known_and_no_part_of_its_fingerprint() -> None:
    def in_json(more: str) -> Feed:
        item = f'{{"id": "1", "title": "One"{more}}}'
        start = '{"version": "https://jsonfeed.org/version/1.1", "title": "Show", "home_page_url": "https://e.org", '
        return parse(f'{start}"items": [{item}]}}'.encode(), "f")

    itunes = parse(
        b'<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel><title>Show</title>'
        b'<itunes:image href="https://e.org/show.png"/><item><title>One</title>'
        b'<itunes:image href="https://e.org/one.png"/></item><item><title>Two</title></item></channel></rss>',
        "f",
    )
    pictured, bare = in_json(', "image": "/one.png"'), in_json("")
    assert [each.picture for each in (*itunes.items, *pictured.items)] == [
        "https://e.org/one.png", None, "https://e.org/one.png",
    ]  # fmt: skip
    assert pictured.items[0].fingerprint == bare.items[0].fingerprint


def test_a_channel_that_says_nothing_claims_nothing() -> None:
    assert channel("<title>Show</title>") == Feed(title="Show", items=())


def test_an_updatefrequency_may_say_that_nothing_will_follow() -> None:
    assert channel('<title>S</title><podcast:updateFrequency complete="true">done</podcast:updateFrequency>').complete


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("<ttl>60</ttl>", 3600.0),
        ("<ttl> 15 </ttl>", 900.0),
        ("<ttl>soon</ttl>", None),
        ("<ttl>0</ttl>", None),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 900.0),
        ("<sy:updatePeriod>\n daily </sy:updatePeriod>", 86_400.0),
        ("<sy:updatePeriod>weekly</sy:updatePeriod><ttl>60</ttl>", 604_800.0),
    ],
)
def test_how_long_a_feed_asks_to_be_left_alone(text: str, seconds: float | None) -> None:
    assert channel(f"<title>S</title>{text}").every == seconds


def test_a_hub_and_the_topic_it_knows_the_feed_by() -> None:
    links = (
        '<atom:link rel="hub" href="https://hub.example.org/"/><atom:link rel="self" href="https://example.org/feed"/>'
    )
    feed = channel(f"<title>S</title>{links}")
    assert (feed.hub, feed.topic) == ("https://hub.example.org/", "https://example.org/feed")


def test_what_an_item_says_of_itself() -> None:
    found = episode(
        "<title>One</title><guid isPermaLink='false'>g-1</guid><link>https://example.org/1</link>"
        "<enclosure url='https://example.org/1.mp3' type='audio/mpeg' length='1234'/>"
        "<pubDate>Mon, 02 Mar 2026 09:00:00 +0100</pubDate><itunes:duration>1:02:03</itunes:duration>"
        "<itunes:season>2</itunes:season><itunes:episode>7</itunes:episode><itunes:episodeType>Bonus</itunes:episodeType>"
        "<podcast:location geo='geo:30,-97'>Austin, TX</podcast:location>"
        "<itunes:keywords>steel, bridges</itunes:keywords>"
        "<podcast:chapters url='https://example.org/1.json' type='application/json+chapters'/>"
    )
    assert found.audio == Enclosure("https://example.org/1.mp3", "audio/mpeg", 1234)
    assert found.published == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert (found.guid, found.url, found.duration) == ("g-1", "https://example.org/1", 3723.0)
    assert (found.season, found.number, found.kind) == (2, 7.0, "bonus")
    assert (found.location, found.topics) == ("Austin, TX", ("steel", "bridges"))
    assert found.chapters_url == "https://example.org/1.json"


@pytest.mark.parametrize(
    "namespace",
    [
        PODCAST,
        "http://podcastindex.org/namespace/1.0",
        "https://podcastindex.org/Namespace/1.0/",
        "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md",
        "http://GITHUB.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md",
    ],
)
@pytest.mark.parametrize("prefix", ["podcast", "podcasting20"])
def test_the_namespace_is_known_by_either_address_and_any_prefix(namespace: str, prefix: str) -> None:
    item = (
        "<title>One</title><podcast:person>Ann Lee</podcast:person>"
        "<podcast:person role='Guest'>Bo Park</podcast:person>"
        "<podcast:soundbite startTime='1.5' duration='30'>Well &amp; said</podcast:soundbite>"
        "<podcast:soundbite starttime='90' duration='20'/><podcast:season name='Steel'>3</podcast:season>"
        "<podcast:episode display='Ch. 3'>204.5</podcast:episode>"
    )
    data = rss(item, namespace=namespace).replace(b"podcast:", prefix.encode() + b":")
    (found,) = parse(data.replace(b"xmlns:podcast=", b"xmlns:" + prefix.encode() + b"="), "feed.xml").items
    assert found.episode.people == (Person("Ann Lee", "host"), Person("Bo Park", "guest"))
    assert found.episode.soundbites == (Soundbite(1.5, 30.0, "Well & said"), Soundbite(90.0, 20.0))
    assert (found.episode.season, found.episode.number) == (3, 204.5)


def test_a_prefix_that_was_never_declared_is_understood() -> None:
    data = b"<rss><channel><item><title>One</title><podcast:person>Ann Lee</podcast:person></item></channel></rss>"
    (found,) = parse(data, "feed.xml").items
    assert found.episode.people == (Person("Ann Lee", "host"),)


def test_persons_of_an_item_stand_in_place_of_the_channels_and_group_says_what_they_did() -> None:
    crew = "<title>S</title><podcast:person>Ann Lee</podcast:person>"
    own = "<podcast:person group='Visuals' role='Cover Art Designer'>Cy Webb</podcast:person><podcast:person/>"
    assert episode("<title>One</title>", crew).people == (Person("Ann Lee", "host"),)
    assert episode(f"<title>One</title>{own}", crew).people == (Person("Cy Webb", "cover art designer", "visuals"),)


def test_transcripts_stand_best_first_and_in_the_language_that_is_spoken() -> None:
    links = "".join(
        f"<podcast:transcript url='https://e.org/{name}' type='{mime}' {more}/>"
        for name, mime, more in (
            ("a.txt", "text/plain", ""),
            ("a.html", "text/html", ""),
            ("a.srr", "application/srr", "rel='captions'"),
            ("a.vtt", "text/vtt; charset=utf-8", "language='en-US' rel='captions'"),
            ("es.json", "application/json", "language='es'"),
            ("b.vtt", "text/plain", ""),
            ("a.json", "Application/JSON", "language='en'"),
            ("a.json", "application/json", "language='en'"),
            ("mailto:x", "text/vtt", ""),
        )
    ).replace("https://e.org/mailto:x", "mailto:x")
    found = episode(f"<title>One</title>{links}", "<title>S</title><language>en-gb</language>").transcript_links
    assert [link.url.rpartition("/")[2] for link in found] == [
        "a.json", "a.vtt", "b.vtt", "a.srr", "a.html", "a.txt", "es.json",
    ]  # fmt: skip
    assert found[1] == TranscriptLink("https://e.org/a.vtt", "text/vtt", "en-US", captions=True)


def test_chapters_that_stand_in_the_feed_are_read_there() -> None:
    psc = "<psc:chapters version='1.2'><psc:chapter start='0' title='Intro'/><psc:chapter start='01:02.5' title='B' href='https://e.org/'/></psc:chapters>"
    assert episode(f"<title>One</title>{psc}").chapters == (
        Chapter(0.0, "Intro"),
        Chapter(62.5, "B", url="https://e.org/"),
    )


def test_a_live_item_is_no_episode_and_gives_the_channel_nothing() -> None:
    live = (
        "<podcast:liveItem status='live'><title>LIVE</title><guid>live</guid><link>https://e.org/live</link>"
        "<podcast:person>Nobody</podcast:person>"
        "<enclosure url='https://e.org/live.mp3' type='audio/mpeg'/></podcast:liveItem>"
    )
    feed = parse(rss("<title>One</title>", f"{live}<title>Show</title><link>https://e.org/</link>"), "feed.xml")
    assert (feed.title, feed.site) == ("Show", "https://e.org/")
    assert [(item.episode.title, item.episode.people) for item in feed.items] == [("One", ())]


@pytest.mark.parametrize(
    "words",
    [
        "<![CDATA[How to write a <podcast:liveItem> of your own.]]>",
        "<![CDATA[Close it with </podcast:liveItem>.]]>",
        "Words.<!-- <podcast:liveItem> -->",
    ],
)
def test_who_only_speaks_of_a_live_item_loses_neither_words_nor_episodes(words: str) -> None:
    live = "<podcast:liveItem status='live'><title>LIVE</title></podcast:liveItem>"
    told = f"<item><title>One</title><description>{words}</description></item><item><title>Two</title></item>"
    plain = told.replace("podcast:liveItem", "podcast:liveJtem")
    with_live, without = (rss("", f"{each}{live}{each}").replace(b"<item></item>", b"") for each in (told, plain))
    read, expected = parse(with_live, "feed.xml"), parse(without, "feed.xml")
    assert [item.episode.title for item in read.items] == ["One", "Two", "One", "Two"]
    assert [item.episode.blurb.replace("liveItem", "liveJtem") for item in read.items] == [
        item.episode.blurb for item in expected.items
    ]


@pytest.mark.parametrize(
    ("guid", "link", "url"),
    [
        ("<guid>1</guid>", "", None),
        ("<guid>https://e.org/1</guid>", "", "https://e.org/1"),
        ("<guid isPermaLink='false'>https://e.org/1</guid>", "", None),
        ("<guid>1</guid>", "<link>episodes/1</link>", "https://example.org/episodes/1"),
        ("", "<link>\n  /1?a=1&amp;b=2 \n</link>", "https://example.org/1?a=1&b=2"),
        ("", "<link>//cdn.example.org/1</link>", "https://cdn.example.org/1"),
        ("", "<link>https://example.org/a b</link>", "https://example.org/a%20b"),
        ("", "<link>javascript:alert(1)</link>", None),
        ("", "<link>mailto:ann@example.org</link>", None),
    ],
)
def test_only_what_leads_to_the_web_is_a_link(guid: str, link: str, url: str | None) -> None:
    found = episode(f"<title>One</title>{guid}{link}", "<title>S</title><link>https://example.org/show</link>")
    assert found.url == url


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("<pubDate>Mon, 02 Mar 2026 09:00:00 -0500</pubDate>", datetime(2026, 3, 2, 14, tzinfo=UTC)),
        ("<pubDate>2026-03-02T09:00:00Z</pubDate>", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("<pubDate>Wed, 02 Mar 2050 09:00:00 GMT</pubDate>", datetime(2050, 3, 2, 9, tzinfo=UTC)),
        ("<pubDate>05/04/2024</pubDate>", None),
        ("<pubDate>Mo, 02 Mär 2026 09:00:00 GMT</pubDate>", None),
        ("<pubDate>Mon, 32 Jan 2026 09:00:00 GMT</pubDate>", None),
        ("<pubDate></pubDate>", None),
        ("", None),
    ],
)
def test_a_date_is_what_is_claimed_and_an_unknown_one_is_none(date: str, moment: datetime | None) -> None:
    (item,) = parse(rss(f"<title>One</title>{date}"), "feed.xml").items
    assert item.episode.published == moment
    assert item.updated is None


def test_when_an_entry_was_changed_is_not_when_it_was_published() -> None:
    atom = (
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>S</title><entry><title>One</title>"
        "<published>2026-03-02T09:00:00Z</published><updated>2026-03-04T09:00:00Z</updated></entry></feed>"
    )
    (item,) = parse(atom.encode(), "feed.xml").items
    assert item.episode.published == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert item.updated == datetime(2026, 3, 4, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("listed", "name"),
    [
        ("<enclosure url='https://e.org/a.jpg' type='image/jpeg'/>"
         "<enclosure url='https://e.org/b.mp3' type='audio/mpeg'/>", "b.mp3"),
        ("<enclosure url='https://e.org/a.pdf' type='application/pdf'/>"
         "<enclosure url='https://e.org/b.ogg' type=''/>", "b.ogg"),
        ("<enclosure url='https://e.org/a' type=''/>"
         "<enclosure url='https://e.org/b.m4a' type='application/octet-stream'/>", "b.m4a"),
        ("<enclosure url='https://e.org/a.jpg' type=''/>", None),
        ("<enclosure url='' type='audio/mpeg'/>", None),
        ("<media:content url='https://e.org/c.mp4' medium='video'/>", "c.mp4"),
        ("<media:content url='https://e.org/c.png' medium='image'/>", None),
        ("<media:content url='https://www.youtube.com/v/x' type='application/x-shockwave-flash'/>", None),
        ("<podcast:alternateEnclosure type='audio/opus'><podcast:source uri='https://e.org/d.opus'/></podcast:alternateEnclosure>"
         "<enclosure url='https://e.org/b.mp3' type='audio/mpeg'/>", "b.mp3"),
        ("<atom:link rel='enclosure' href='https://e.org/e.mp3' type='audio/mpeg'/>", "e.mp3"),
    ],
)  # fmt: skip
def test_the_one_media_file_is_the_first_that_can_be_heard(listed: str, name: str | None) -> None:
    found = episode(f"<title>One</title>{listed}").audio
    assert (found.url.rpartition("/")[2] if found else None) == name


def test_what_has_no_title_gets_one_from_what_it_has() -> None:
    assert episode("<description>Only words, no title.</description>").title == "Only words, no title."
    assert episode("<itunes:title>One</itunes:title><description>Words</description>").title == "One"
    assert (
        episode("<enclosure url='https://e.org/The%20Quiet%20Bridge.mp3' type='audio/mpeg'/>").title
        == "The Quiet Bridge"
    )


def test_what_says_nothing_is_left_out_with_a_remark() -> None:
    feed = parse(rss("<guid>1</guid>"), "feed.xml")
    assert feed.items == ()
    assert feed.remarks[0].text == "Item 1 has neither a title nor a text nor a media file and was left out."


@pytest.mark.parametrize(
    ("text", "blurb"),
    [
        ("&lt;p&gt;One &lt;b&gt;bold&lt;/b&gt; line.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;", "One bold line.\n\nTwo."),
        ("<![CDATA[<p>One.</p>]]>", "One."),
        ("&amp;lt;p&amp;gt;Escaped twice.&amp;lt;/p&amp;gt;", "Escaped twice."),
        ("First line\n0:00 Intro\n1:30 Bridges", "First line\n\n0:00 Intro\n\n1:30 Bridges"),
        ("How to use List&lt;T&gt; and a &amp;lt; b, Ann &lt;ann@example.org&gt;",
         "How to use List<T> and a < b, Ann <ann@example.org>"),
        ("Fish &amp;amp; chips &amp;eacute;", "Fish & chips é"),
        ("&lt;script&gt;no()&lt;/script&gt;&lt;p&gt;Yes.&lt;/p&gt;", "Yes."),
        ("Before &lt;iframe src='x'&gt; after &lt;b&gt;it&lt;/b&gt;", "Before after it"),
        ("Before &lt;iframe src='x'/&gt; after &lt;b&gt;it&lt;/b&gt;", "Before after it"),
        ("This sentence was broken by a machine into lines of about\nseventy letters each, as mail once was.\n\nSo.",
         "This sentence was broken by a machine into lines of about seventy letters each, as mail once was.\n\nSo."),
    ],
)  # fmt: skip
def test_notes_are_plain_whether_they_came_as_markup_or_not(text: str, blurb: str) -> None:
    assert episode(f"<title>One</title><description>{text}</description>").blurb == blurb


def test_atom_is_believed_that_a_text_bears_no_markup() -> None:
    atom = (
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>S</title><entry><title>The &lt;b&gt; tag</title>"
        "<summary type='html'>The &lt;b&gt;bold&lt;/b&gt; one</summary></entry></feed>"
    )
    (item,) = parse(atom.encode(), "feed.xml").items
    assert (item.episode.title, item.episode.blurb) == ("The <b> tag", "The bold one")


def test_a_json_feed_is_read_in_every_field() -> None:
    feed = parse(
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "title": "Show",
                "home_page_url": "https://example.org/",
                "feed_url": "/feed.json",
                "language": "en",
                "expired": True,
                "authors": [{"name": "Ann Lee"}],
                "hubs": [{"type": "rssCloud", "url": "https://cloud.e.org/"}, {"type": "WebSub", "url": "https://hub.e.org/"}],
                "items": [
                    {
                        "id": 7,
                        "url": "/1",
                        "title": "One <T>",
                        "content_text": "Plain <b> words\nin lines",
                        "date_published": "2026-03-02T09:00:00+01:00",
                        "date_modified": "2026-03-03T09:00:00Z",
                        "tags": ["steel"],
                        "authors": [{"name": "Bo Park"}],
                        "attachments": [
                            {"url": "https://e.org/a.png", "mime_type": "image/png"},
                            {"url": "https://e.org/a.m4a", "mime_type": "audio/x-m4a", "size_in_bytes": 9,
                             "duration_in_seconds": 60},
                        ],
                    },
                    "no item",
                ],
            }
        ).encode(),
        "feed.json",
    )  # fmt: skip
    assert (feed.title, feed.site, feed.topic) == ("Show", "https://example.org/", None)
    assert (feed.language, feed.hub, feed.author, feed.complete) == ("en", "https://hub.e.org/", "Ann Lee", True)
    (item,) = feed.items
    found = item.episode
    assert (found.guid, found.url, found.title) == ("7", "https://example.org/1", "One <T>")
    assert found.blurb == "Plain <b> words\n\nin lines"
    assert (found.published, item.updated) == (
        datetime(2026, 3, 2, 8, tzinfo=UTC),
        datetime(2026, 3, 3, 9, tzinfo=UTC),
    )
    assert (found.audio, found.duration) == (Enclosure("https://e.org/a.m4a", "audio/x-m4a", 9), 60.0)
    assert (found.topics, found.people) == (("steel",), (Person("Bo Park"),))


@pytest.mark.parametrize("data", [b'{"items": []}', b'{"version": "1", "items": []}', b"[1, 2]", b"{", b'"text"'])
def test_other_json_is_no_feed(data: bytes) -> None:
    assert not looks_like_feed(data)
    with pytest.raises(UnreadableDocument):
        parse(data, "feed.json")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "it is empty"),
        (b"  \n", "it is empty"),
        (b"<!doctype html><html><body>Not found</body></html>", "it is a web page"),
        (b"<html><body><rss></rss></body></html>", "it is a web page"),
        (b"Service unavailable", "found no <rss>, <feed> or JSON Feed"),
        (b"<rss version='2.0'></rss>", "neither a channel nor items"),
        (b"<opml version='2.0'><body/></opml>", "found no <rss>"),
    ],
)
def test_what_is_no_feed_is_told_what_it_is(data: bytes, words: str) -> None:
    with pytest.raises(UnreadableDocument, match=words) as caught:
        parse(data, "example.org")
    assert caught.value.name == "example.org"


def test_a_feed_that_is_not_well_formed_is_read_with_a_remark() -> None:
    data = b"<rss version='2.0'><channel><title>A & B</title><item><title>One & <b>two</title></item></channel>"
    feed = parse(data, "feed.xml")
    assert (feed.title, len(feed.items)) == ("A & B", 1)
    assert "not well-formed" in feed.remarks[0].text


def test_one_item_that_cannot_be_read_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_page, "MAX_NODES", 100)
    huge = "<description>" + "&lt;b&gt;a&lt;/b&gt;" * 100 + "</description>"
    data = rss("<title>One</title>").replace(b"</channel>", f"<item><title>Two</title>{huge}</item></channel>".encode())
    feed = parse(data, "feed.xml")
    assert [item.episode.title for item in feed.items] == ["One"]
    assert feed.remarks[0].text.startswith("Item 2 was left out: expected a page of at most")


def test_items_without_a_guid_have_none_and_a_fingerprint_all_the_same() -> None:
    items = "<item><title>One</title></item><item><title>Two</title></item>"
    once, again = (parse(f"<rss><channel>{items}</channel></rss>".encode(), "a").items for _ in range(2))
    assert [item.episode.guid for item in once] == [None, None]
    assert [item.fingerprint for item in once] == [item.fingerprint for item in again]
    assert once[0].fingerprint != once[1].fingerprint
    wide = parse(f"<rss><channel>{items}</channel></rss>".encode("utf-16"), "a").items
    assert len({item.fingerprint for item in wide}) == 2
