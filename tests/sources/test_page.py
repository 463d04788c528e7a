"""The web page of an episode, in our shapes and in the shapes of others; what is no episode is not made one."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UnreadableDocument
from bot.model.episode import Enclosure, Episode, Reading, TranscriptLink
from bot.sources.page import FeedLink, feed_address, feeds_of, read_page

ENCODINGS = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "feeds" / "encodings"
URL = "https://show.example/episodes/12"
NOTES = (
    "<p>Ann Lee and Bo Reed talk about how a bridge sings in the wind, and what an engineer can do about it without "
    "stopping traffic for a week.</p><p>They also visit the old ferry and find that the tide has its own idea of a "
    "timetable, one that nobody in the office had ever written down.</p>"
)
ARTICLE = '<meta property="og:type" content="article">'
TALK = "".join(
    f"<p>[{n // 60}:{n % 60:02}] {'Ann' if n % 40 else 'Bo'}: So the wind comes in from the side, number {n}, and the "
    "deck begins to hum.</p>"
    for n in range(0, 600, 20)
)
EPISODE = {
    "@type": "PodcastEpisode",
    "url": URL,
    "name": "The Quiet Bridge",
    "datePublished": "2026-03-01T09:00:00+01:00",
    "description": "<p>Short &amp; sweet.</p>",
    "timeRequired": "PT58M12S",
    "episodeNumber": "12",
    "partOfSeason": {"@type": "PodcastSeason", "seasonNumber": 2},
    "associatedMedia": {"@type": "MediaObject", "contentUrl": "/audio/12.mp3", "encodingFormat": "audio/mpeg"},
    "partOfSeries": {"@type": "PodcastSeries", "name": "The Load Path"},
}


def data(value: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


def html(body: str, *, head: str = "", heading: str = "The Quiet Bridge") -> str:
    return f"""<!DOCTYPE html><html lang="en"><head><title>{heading} | The Load Path</title>
    <meta property="og:site_name" content="The Load Path"><link rel="canonical" href="{URL}">
    <link rel="alternate" type="application/rss+xml" title="Every episode" href="/feed.xml">{head}</head>
    <body><header><a href="/">Home</a> <a href="/about">About us</a></header>
    <nav><a href="/transcripts">Transcripts</a></nav>
    <main><article><h1>{heading}</h1>{body}</article></main>
    <footer><p>Copyright 2026. <a href="/terms">Terms of use</a></p></footer></body></html>"""


def reading(page: str | bytes, url: str = URL, *, content_type: str = "text/html; charset=utf-8") -> Reading:
    return read_page(page.encode() if isinstance(page, str) else page, url, content_type=content_type)


def read(page: str | bytes, url: str = URL, *, content_type: str = "text/html; charset=utf-8") -> Episode:
    (episode,) = reading(page, url, content_type=content_type).episodes
    return episode


def refused(page: str | bytes, url: str = URL, *, content_type: str = "text/html") -> str:
    with pytest.raises(UnreadableDocument) as caught:
        reading(page, url, content_type=content_type)
    return str(caught.value)


def remarks(page: str) -> str:
    return "\n".join(remark.text for remark in reading(page).remarks)


def test_a_page_of_our_shape_is_read_as_such_and_completed_by_what_it_states() -> None:
    page = html(
        "<p>A blurb.</p><h2>Summary</h2><p>One summary.</p><h2>Key Insights</h2><ul><li>One</li></ul>"
        "<h2>Transcript</h2><p>[0:05] Ann Lee: You wait.</p><p>[0:09] Bo Reed: Yes.</p>",
        head=data({"@context": "https://schema.org", "@graph": [{"@type": "WebPage"}, EPISODE]}),
    )
    found = read(page)
    assert (found.title, found.show, found.blurb) == ("The Quiet Bridge", "The Load Path", "A blurb.")
    assert (found.summary, found.insights, found.url) == ("One summary.", ("One",), URL)
    assert found.transcript is not None
    assert [(one.start, one.speaker) for one in found.transcript.segments] == [(5.0, "Ann Lee"), (9.0, "Bo Reed")]
    assert found.published == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert (found.duration, found.season, found.number) == (3492.0, 2, 12.0)
    assert found.audio == Enclosure("https://show.example/audio/12.mp3", "audio/mpeg")
    assert remarks(page) == ""


def test_any_other_page_gives_its_readable_part_and_says_so() -> None:
    page = html(f"{NOTES}<h2>Links</h2><ul><li>A ferry</li></ul>", head=data(EPISODE))
    found = read(page)
    assert found.blurb.split("\n\n")[0].startswith("Ann Lee and Bo Reed talk")
    assert found.blurb.endswith("ever written down.")
    assert found.transcript is None
    assert "no shape that we know" in remarks(page)
    assert "No transcript on this page" in remarks(page)


def test_a_page_with_hardly_any_text_takes_its_own_description() -> None:
    assert read(html("<p>Listen now.</p>", head=data(EPISODE))).blurb == "Short & sweet."


@pytest.mark.parametrize(
    "body",
    [
        f"{NOTES}<h2>Transcript</h2>{TALK}",
        f'{NOTES}<div id="episode-transcript">{TALK}</div>',
        f'{NOTES}<section class="c-EpisodeTranscript"><p>Transcript</p><div>{TALK}</div></section>',
        f"{NOTES}<details><summary>Read the transcript</summary>{TALK}</details>",
        NOTES + TALK,
    ],
    ids=["heading", "id", "class", "details", "lines"],
)
def test_the_transcript_is_found_wherever_a_page_keeps_it(body: str) -> None:
    found = read(html(body, head='<meta property="og:audio" content="https://cdn.example/12.mp3">'))
    assert found.transcript is not None
    assert len(found.transcript.segments) == 30
    assert found.transcript.segments[1].speaker == "Ann"
    assert found.transcript.segments[1].start == 20.0
    assert found.transcript.segments[1].text.startswith("So the wind comes in")
    assert found.blurb.startswith("Ann Lee and Bo Reed talk")
    assert "the deck begins to hum" not in found.blurb


def test_a_transcript_in_the_pages_data_is_read() -> None:
    said = "Ann: You wait for the tide.\nBo: And then?\nAnn: Then you go."
    for node in (EPISODE | {"transcript": said}, EPISODE | {"associatedMedia": {"transcript": {"text": said}}}):
        found = read(html(NOTES, head=data(node)))
        assert found.transcript is not None
        assert [one.speaker for one in found.transcript.segments] == ["Ann", "Bo", "Ann"]
        assert found.transcript_links == ()


def test_a_list_of_chapters_is_neither_speech_nor_blurb() -> None:
    chapters = "".join(f"<li>{minute}:00 Another topic of the day</li>" for minute in range(0, 60, 4))
    found = read(html(f"{NOTES}<ul>{chapters}</ul>", head=data(EPISODE)))
    assert found.transcript is None
    assert "topic of the day" not in found.blurb


def test_what_stands_behind_a_members_gate_stays_out() -> None:
    page = html(
        f'{NOTES}<div class="transcript">{TALK[:400]}</p><p>Sign up to read the full transcript</p></div>',
        head=data(EPISODE),
    )
    found = read(page)
    assert found.gated
    assert found.transcript is not None
    assert "Sign up" not in found.transcript.text + found.blurb


def test_links_to_transcripts_are_handed_on_with_what_they_are() -> None:
    page = html(
        NOTES + '<video><track kind="captions" src="12.en.vtt" srclang="en"></video>'
        '<a href="/t/12.srt">Captions</a> <a href="/episodes/12/transcript">Read the transcript</a>'
        '<a href="/files/12-transcript.json">JSON</a> <a href="/12.pdf">Transcript (PDF)</a>'
        '<a href="/join">Sign up to read the transcript</a> <a href="#transcript">Transcript</a>',
        head=data(EPISODE | {"transcript": {"contentUrl": "/t/12.html", "encodingFormat": "text/html"}}),
    )
    assert read(page).transcript_links == (
        TranscriptLink("https://show.example/t/12.html", "text/html"),
        TranscriptLink("https://show.example/episodes/12.en.vtt", "text/vtt", "en", captions=True),
        TranscriptLink("https://show.example/t/12.srt", "application/x-subrip", captions=True),
        TranscriptLink("https://show.example/episodes/12/transcript"),
        TranscriptLink("https://show.example/files/12-transcript.json", "application/json"),
    )


@pytest.mark.parametrize(
    ("head", "body", "audio"),
    [
        ('<meta property="og:audio" content="/a.mp3">', "", Enclosure("https://show.example/a.mp3", "audio/mpeg")),
        ("", '<audio src="https://cdn.example/a"></audio>', Enclosure("https://cdn.example/a")),
        ("", '<audio><source src="a.ogg"></audio>', Enclosure("https://show.example/episodes/a.ogg", "audio/ogg")),
        ("", '<a href="/a.mp3?dl=1">Download</a>', Enclosure("https://show.example/a.mp3?dl=1", "audio/mpeg")),
        (data({"@type": "AudioObject", "contentUrl": "/b.m4a", "duration": "PT1M"}), "",
         Enclosure("https://show.example/b.m4a", "audio/mp4")),
    ],
)  # fmt: skip
def test_the_sound_is_found(head: str, body: str, audio: Enclosure) -> None:
    assert read(html(NOTES + body, head=head)).audio == audio


def test_of_several_episodes_in_the_data_the_pages_own_is_taken() -> None:
    other = EPISODE | {"url": "https://show.example/episodes/11", "name": "The Other One"}
    assert read(html(NOTES, head=data([other, EPISODE]))).number == 12
    listing = [other, other | {"url": "https://show.example/episodes/10"}]
    assert "lists 2 of them. The page names the feed https://show.example/feed.xml" in refused(
        html(NOTES, head=data(listing))
    )


def test_what_is_assumed_of_the_show_and_the_day_is_said_or_left_out() -> None:
    page = html(
        f'{NOTES}<time datetime="2026-03-01">1 March</time>', head='<meta property="og:type" content="article">'
    )
    found = read(page)
    assert found.show == "The Load Path"
    assert "the name of its site" in remarks(page)
    assert found.published == datetime(2026, 3, 1, tzinfo=UTC)
    several = html(
        f'{NOTES}<time datetime="2026-03-01"></time><time datetime="2026-04-01"></time>',
        head=ARTICLE,
    )
    assert read(several).published is None


@pytest.mark.parametrize(
    ("page", "url", "said"),
    [
        (html(NOTES), "https://show.example/", "the front page of a site. The page names the feed"),
        (html(NOTES), URL, "neither sound, nor a transcript"),
        (html(NOTES + '<audio src="a.mp3"></audio><audio src="b.mp3"></audio>'), URL, "lists 2 of them"),
        ('<html><body><div id="root"></div><script src="app.js"></script></body></html>', URL, "holds no words"),
        ("<html>", "https://podcasts.apple.com/us/podcast/x/id1", "a page of Apple Podcasts names no feed"),
        ("<html>", "https://open.spotify.com/episode/1", "a page of Spotify"),
        ('<?xml version="1.0"?><rss version="2.0"><channel/></rss>', URL, "this is a feed. Add it"),
        ("", URL, "empty"),
        (b"\x89PNG\r\n", URL, "PNG"),
        (b"x" * 5_000_001, URL, "at most 5 MB"),
    ],
)
def test_what_is_no_episode_is_refused_in_words(page: str | bytes, url: str, said: str) -> None:
    assert said in refused(page, url)


def test_secrets_of_an_address_stay_out_of_messages() -> None:
    assert "token" not in refused(html(NOTES), URL + "?token=s3cret")


@pytest.mark.parametrize("kind", ["text/html", "text/plain", "application/octet-stream", ""])
def test_what_stands_at_an_address_may_be_no_page_at_all(kind: str) -> None:
    found = read(
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>You wait.\n", "https://e.org/quiet-bridge.vtt", content_type=kind
    )
    assert found.transcript is not None
    assert (found.title, found.url) == ("quiet bridge", "https://e.org/quiet-bridge.vtt")


def test_the_charset_that_the_server_names_is_believed_where_the_bytes_are_not_utf8() -> None:
    page = html(NOTES.replace("ferry", "Fähre"), head=data(EPISODE))
    assert "Fähre" in read(page.encode("iso-8859-1"), content_type="text/html; charset=iso-8859-1").blurb
    assert "Fähre" in read(page.encode(), content_type="text/html; charset=iso-8859-1").blurb
    assert "Fähre" in read(page.encode("iso-8859-1"), content_type="text/html; charset=rot13").blurb


def test_a_reading_can_leave_the_process_that_made_it() -> None:
    found = reading(html(NOTES + TALK, head=data(EPISODE)))
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    "unit",
    [
        "<div>",
        "<div class=transcript>",
        "<details><summary>Transcript</summary>x",
        "<span>word </span>",
        "<p><a href=/t.vtt>transcript</a>",
        "<p>[0:01] Ann: words</p>",
        '<script type="application/ld+json">[[{"@type":"PodcastEpisode"}]]</script>',
        '<script type="application/ld+json">' + "[" * 5000 + "</script>",
        '<p id="transcript' + "a" * 1000 + '">x',
        "<svg><path/></svg>",
        "<!--",
        "<table><tr><td>",
        '<p class="',
        '<a href="http://[">',
        '<link rel="alternate" type="application/rss+xml" href="/x">',
    ],
)
def test_a_hostile_page_ends_in_an_episode_or_in_words(unit: str) -> None:
    page = html(unit * (300_000 // len(unit)), head=ARTICLE)
    try:
        found = reading(page)
    except UnreadableDocument as error:
        assert str(error).startswith("show.example/episodes/12")  # noqa: PT017 - both ends are right
        return
    assert len(found.episodes) == 1
    assert len(found.episodes[0].transcript_links) <= 10


def test_a_page_of_more_elements_than_an_article_has_is_told_by_its_head() -> None:
    page = html("<p>word</p>" * 20_000, head=data(EPISODE))
    assert read(page).blurb == "Short & sweet."
    assert "over 10,000 elements" in remarks(page)


KEYS = st.sampled_from([*EPISODE, "@value", "transcript", "duration", "contentUrl", "text"])


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
        max_leaves=12,
    )
)
def test_any_data_in_a_page_is_borne(value: object) -> None:
    node = EPISODE | value if isinstance(value, dict) else {**EPISODE, "transcript": value, "associatedMedia": value}
    try:
        found = read(html(NOTES, head=data(node)))
    except UnreadableDocument:
        return
    assert found.title
    assert found.audio is None or found.audio.url.startswith("http")


def test_the_feeds_that_a_page_names_are_listed() -> None:
    page = html(
        NOTES,
        head='<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">'
        '<link rel="alternate" type="application/feed+json" href="https://show.example/feed.json">'
        '<link rel="alternate" type="text/html" hreflang="de" href="/de">'
        '<link rel="ALTERNATE" type="Application/Atom+XML; charset=utf-8" title="News" href="//cdn.example/atom">'
        '<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">',
    )
    assert feeds_of(page.encode(), URL) == (
        FeedLink("https://show.example/feed.xml", "Every episode", "application/rss+xml"),
        FeedLink("https://show.example/feed.json", "https://show.example/feed.json", "application/feed+json"),
        FeedLink("https://cdn.example/atom", "News", "application/atom+xml"),
    )
    assert feeds_of(b"", URL) == feeds_of(b"\x89PNG", URL) == feeds_of(b"words", URL) == ()


@pytest.mark.parametrize(
    ("url", "feed"),
    [
        ("https://www.youtube.com/channel/UCtI0Hodo5o5dUb67FeUjDeA", "channel_id=UCtI0Hodo5o5dUb67FeUjDeA"),
        ("https://youtube.com/channel/UCtI0Hodo5o5dUb67FeUjDeA/videos?view=0", "channel_id=UCtI0Hodo5o5dUb67FeUjDeA"),
        ("https://www.youtube.com/playlist?list=PL_ab-12", "playlist_id=PL_ab-12"),
        ("https://www.youtube.com/watch?v=abc&list=PL_ab-12", "playlist_id=PL_ab-12"),
        ("https://m.youtube.com/user/marieforleo", "user=marieforleo"),
        ("https://www.youtube.com/@somebody", None),
        ("https://www.youtube.com/watch?v=abc", None),
        ("https://www.youtube.com/channel/nonsense", None),
        ("https://www.youtube.com/feeds/videos.xml?channel_id=UCtI0Hodo5o5dUb67FeUjDeA", None),
        ("https://youtube.com.example/channel/UCtI0Hodo5o5dUb67FeUjDeA", None),
        ("https://show.example/playlist?list=x", None),
        ("http://[", None),
    ],
)
def test_the_feed_of_a_channel_or_list_follows_from_its_address(url: str, feed: str | None) -> None:
    assert feed_address(url) == (f"https://www.youtube.com/feeds/videos.xml?{feed}" if feed else None)


@pytest.mark.skipif(not ENCODINGS.is_dir(), reason="the folder ../shared with pages in many encodings is not here")
@pytest.mark.parametrize("path", sorted(ENCODINGS.glob("*.html")), ids=lambda path: path.name)
def test_pages_in_any_charset_hold_the_right_letters(path: Path) -> None:
    raw = path.read_bytes()
    page = raw.replace(b"</head>", b'<meta property="og:type" content="article"></head>')
    try:
        found = read(page, content_type="text/html; charset=iso-8859-1" if "iso" in path.name else "text/html")
    except UnreadableDocument as error:
        assert "holds no words" in str(error)  # noqa: PT017 - such a file is all head
        return
    assert "Ã" not in found.title + found.blurb
    assert "\ufffd" not in found.title + found.blurb
