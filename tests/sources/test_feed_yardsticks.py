"""Other readers' own test suites, as far as they concern what we keep; where we differ stands here, with why."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest

from bot.errors import UnreadableDocument
from bot.model.feed import Feed, Item
from bot.reading.plain import one_line
from bot.sources.feed import parse
from bot.sources.feed.words import Words, line_of, paragraphs_of
from tests.sources.material import SHARED, needs_shared, titled

pytestmark = needs_shared

FEEDPARSER = SHARED / "yardstick" / "feedparser-tests"
PODCASTPARSER = SHARED / "yardstick" / "podcastparser"
READER = SHARED / "yardstick" / "reader-data"
VALIDATOR = SHARED / "yardstick" / "feedvalidator-itunes-rss"

# feedparser's cases that we do not follow.
FEEDPARSER_OTHERWISE = {
    "wellformed/cdf/*": "CDF, a format of 1997 that nobody publishes, is refused as no feed",
    "wellformed/rss/entity_in_doctype.xml": "a feed that declares entities is refused",
    "wellformed/rss/item_description_not_a_doctype.xml": "a scrap that begins like a declaration holds no words",
    "wellformed/lang/http_content_language.xml": "a server's Content-Language is often its own, and not read",
    "wellformed/base/http_entry_id_base_*": "a guid names an item and stays as it is written",
    "wellformed/http/headers_content_location-unsafe.xml": "an address that leads out of the web is no base",
    "wellformed/sanitize/*_iframe.xml": "what stands inside a frame is for those who cannot show it",
    "wellformed/sanitize/xml_malicious_comment.xml": "a comment ends where HTML says, not at the next '>'",
    "wellformed/atom/*_base64_2.xml": "Atom 0.3 says that it is plain text, and so it is",
    "encoding/bozo_linenoise.xml": "bytes of no encoding",
}
WHERE = "http://127.0.0.1:8097/"


def feedparser_folders() -> list[str]:
    if not FEEDPARSER.is_dir():
        return []
    return sorted({str(path.parent.relative_to(FEEDPARSER)) for path in FEEDPARSER.rglob("*.xml")})


@pytest.mark.parametrize("folder", feedparser_folders())
def test_feedparsers_expectations_hold(folder: str) -> None:
    wrong = []
    for path in sorted((FEEDPARSER / folder).glob("*.xml")):
        key = f"{folder}/{path.name}"
        if any(fnmatch(key, pattern) for pattern in FEEDPARSER_OTHERWISE):
            continue
        feed = _case(path)
        wrong += [
            f"{key}: {where} is {found!r}, expected {wanted[-1]!r}"
            for where, found, wanted in _claims(path, feed)
            if found not in wanted
        ]
    assert not wrong


def test_enough_of_feedparsers_expectations_concern_us() -> None:
    claims = 0
    for path in sorted((FEEDPARSER / "wellformed" / "rss").glob("*.xml")):
        if not any(fnmatch(f"wellformed/rss/{path.name}", pattern) for pattern in FEEDPARSER_OTHERWISE):
            claims += len(list(_claims(path, _case(path))))
    assert claims > 40


def test_feedparsers_oddest_documents_are_read_or_refused() -> None:
    for path in sorted(FEEDPARSER.rglob("*")):
        if path.is_file():
            try:
                parse(path.read_bytes(), path.name)
            except UnreadableDocument as error:
                assert str(error)  # noqa: PT017


def podcastparser_cases() -> list[str]:
    return sorted(path.stem for path in PODCASTPARSER.glob("*.rss"))


# podcastparser's cases that we do not follow, by case and field.
PODCASTPARSER_OTHERWISE = {
    ("*", "title of a show without one"): "podcastparser names it after its file",
    ("atom_*", "site"): "podcastparser does not read the links of an Atom feed",
    ("*", "guid"): "podcastparser takes the media file's address for a missing guid; our ladder does so elsewhere",
    ("empty", "*"): "a document without a channel is no feed",
    ("max_episodes", "items"): "a parser leaves out none",
    ("no_enclosure", "items"): "an item without a media file is one",
    ("no_title_multi_enclosure", "items"): "an item with media files but no title is one",
    ("image_and_audio", "audio"): "a picture is no media file, wherever it stands",
    ("image_and_audio", "url"): "what stands as guid is no address",
    ("chapters", "chapters"): "fractions of a second count",
    ("*", "file://"): "an address on podcastparser's own disk",
}


@pytest.mark.parametrize("case", podcastparser_cases())
def test_podcastparsers_pairs_agree(case: str) -> None:
    expected = json.loads((PODCASTPARSER / f"{case}.json").read_text(encoding="utf-8"))
    if case == "empty":
        with pytest.raises(UnreadableDocument):
            parse((PODCASTPARSER / f"{case}.rss").read_bytes(), case)
        return
    feed = parse((PODCASTPARSER / f"{case}.rss").read_bytes(), case)
    wrong = [
        (field, found, wanted)
        for field, found, wanted in _compared(feed, expected, case)
        if found != wanted
        and "file://" not in str(wanted)
        and not any(fnmatch(case, name) and field == which for name, which in PODCASTPARSER_OTHERWISE)
    ]
    assert not wrong


def test_readers_full_feeds_are_read_in_every_field() -> None:
    rss = parse((READER / "full.rss").read_bytes(), "full.rss")
    assert (rss.title, rss.site, rss.author) == ("RSS Title", "http://www.example.com/main.html", "Example editor")
    first, second = rss.items  # three more hold nothing but a guid and a source: nothing to tell
    assert (first.episode.title, first.episode.url) == ("Example entry", "http://www.example.com/blog/post/1")
    assert first.episode.guid == "7bd204c6-1655-4c27-aeee-53f933c5395f"
    assert first.episode.published == datetime(2009, 9, 6, 16, 20, tzinfo=UTC)
    assert first.updated is None
    assert second.episode.title == "Example entry, again"
    assert len(rss.remarks) == 3
    atom = parse((READER / "full.atom").read_bytes(), "full.atom")
    assert (atom.title, atom.site, atom.author) == ("Example Feed", "http://example.org/", "John Doe")
    assert atom.items[0].episode.published == datetime(2003, 12, 13, 17, 17, 51, tzinfo=UTC)
    assert atom.items[0].updated == datetime(2003, 12, 13, 18, 30, 2, tzinfo=UTC)
    feed = parse((READER / "full.json").read_bytes(), "full.json")
    assert (feed.title, feed.site, feed.topic) == (
        "My Example Feed",
        "https://example.org/",
        "https://example.org/feed.json",
    )
    assert feed.author == "Joe, Jane"
    newer, older = feed.items
    assert newer.episode.audio is not None
    assert (newer.episode.guid, newer.episode.audio.length) == ("2", 12345678)
    assert newer.updated == datetime(2020, 1, 4, tzinfo=UTC)
    assert older.episode.blurb == "Hello, world!"


def test_readers_small_and_broken_feeds_are_read_or_refused() -> None:
    for name in ("10.json", "empty.json", "empty.rss", "empty.atom", "invalid.json"):
        parse((READER / name).read_bytes(), name)
    # A number is a fair identifier, whatever the standard says.
    assert [item.episode.guid for item in parse((READER / "invalid.json").read_bytes(), "a").items] == ["3.1415"]
    for name in ("unknown.json", "sqlite_releases.html"):
        with pytest.raises(UnreadableDocument):
            parse((READER / name).read_bytes(), name)


@pytest.mark.parametrize("name", ["relative.rss", "relative.atom"])
def test_relative_addresses_are_resolved_against_where_the_feed_came_from(name: str) -> None:
    feed = parse((READER / name).read_bytes(), name, url="http://example.com/feeds/feed")
    (item,) = feed.items
    assert feed.site == "http://example.com/feeds/file.html"
    assert item.episode.url in ("http://example.com/feeds/blog/post/1", "http://example.com/feeds/entries/entry.html")
    assert item.episode.audio is not None
    assert item.episode.audio.url == "http://example.com/feeds/enclosure?q=a#fragment"


def test_whatever_the_validator_knows_of_is_read() -> None:
    """Valid and invalid: an extension written wrongly is no reason to miss an episode."""
    refused = []
    for path in sorted(VALIDATOR.rglob("*.xml")):
        data = path.read_bytes()
        if re.search(rb"<(?:\w+:)?(?:rss|feed|RDF)[\s>]", re.sub(rb"<!--.*?-->", b"", data, flags=re.DOTALL)) is None:
            continue  # service documents and the like: no feeds
        try:
            parse(data, path.name)
        except UnreadableDocument as error:
            refused.append(str(error))
    assert not refused


def _case(path: Path) -> Feed | UnreadableDocument:
    data = path.read_bytes()
    text = _text(data)
    mime = re.search(r"Header:\s*Content-type:\s*(.+)", text, re.IGNORECASE)
    location = re.search(r"Header:\s*Content-Location:\s*(.+)", text, re.IGNORECASE)
    options = {
        "content_type": mime[1].strip() if mime else "",
        "url": urljoin(WHERE, location[1].strip()) if location else WHERE,
    }
    try:
        feed = parse(data, path.name, **options)
        empty = any("left out" in remark.text for remark in feed.remarks)
        return parse(titled(data), path.name, **options) if empty else feed
    except UnreadableDocument as error:
        return error


def _text(data: bytes) -> str:
    for start, codec in (
        (b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
        (b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"),
    ):  # fmt: skip
        if data.startswith(start):
            return data.decode(codec, "replace")
    return data.decode("utf-8", "replace")


def _claims(path: Path, feed: Feed | UnreadableDocument) -> Iterator[tuple[str, object, tuple[object, ...]]]:
    """What a case expects of fields that we keep: where, what we found, and in which forms it would be right."""
    line = re.search(r"Expect:\s*(.+)", _text(path.read_bytes()))
    try:
        body = ast.parse(line[1].strip() if line else "1", mode="eval").body
    except SyntaxError:
        return
    for clause in body.values if isinstance(body, ast.BoolOp) and isinstance(body.op, ast.And) else [body]:
        if not (isinstance(clause, ast.Compare) and isinstance(clause.ops[0], ast.Eq)):
            continue
        where = ast.unparse(clause.left)
        try:
            wanted = ast.literal_eval(clause.comparators[0])
        except ValueError:
            continue
        names = re.sub(r"\['?(\w+)'?\]", r".\1", where).split(".")
        claim = _claim(names, wanted, feed)
        if claim is not None:
            yield where, *claim


def _claim(names: list[str], wanted: Any, feed: Feed | UnreadableDocument) -> tuple[object, tuple[object, ...]] | None:
    match names:
        case ["entries", number, ("title" | "title_detail"), *rest] if rest in ([], ["value"]):
            forms = (one_line(wanted), line_of(Words(wanted), "case"))
            return (_item(feed, number, "title"), forms) if forms[-1] else None
        case ["entries", number, "link"]:
            return _item(feed, number, "url"), (wanted or None,)
        case ["entries", number, "id" | "guid"]:
            return _item(feed, number, "guid"), (wanted or None,)
        case ["entries", number, "description" | "summary"]:
            return _item(feed, number, "blurb"), (
                paragraphs_of(Words(wanted, plain=True), "case"),
                paragraphs_of(Words(wanted), "case"),
            )
        case ["entries", number, "published_parsed"]:
            return _item(feed, number, "published"), (_moment(wanted),)
        case ["entries", number, "updated_parsed"]:
            return _item(feed, number, "updated"), (_moment(wanted),)
        case ["entries", number, "itunes_block"]:
            return _item(feed, number, "blocked"), (bool(wanted),)
        case ["feed", "title", *rest] | ["feed", "title_detail", *rest] if rest in ([], ["value"]):
            forms = (one_line(wanted), line_of(Words(wanted), "case"))
            return (getattr(feed, "title", feed), forms) if forms[-1] else None
        case ["feed", "link"]:
            return getattr(feed, "site", feed), (wanted or None,)
        case ["feed", "language"]:
            return getattr(feed, "language", feed), (wanted,)
        case ["feed", "itunes_block"]:
            return getattr(feed, "blocked", feed), (bool(wanted),)
        case ["feed", "author_detail", "name"]:
            return getattr(feed, "author", feed), (wanted,)
    return None


def _item(feed: Feed | UnreadableDocument, number: str, field: str) -> object:
    if isinstance(feed, UnreadableDocument) or int(number) >= len(feed.items):
        return str(feed)
    item: Item = feed.items[int(number)]
    return getattr(item if field in ("updated", "blocked") else item.episode, field)


def _moment(parsed: tuple[int, ...] | None) -> datetime | None:
    return datetime(*parsed[:6], tzinfo=UTC) if parsed else None


def _compared(feed: Feed, expected: dict[str, Any], case: str) -> Iterator[tuple[str, object, object]]:
    """Each field that both keep: its name, what we found, what podcastparser found."""
    yield ("title" if feed.title else "title of a show without one"), feed.title, expected["title"]
    yield "site", feed.site, expected.get("link") or None
    yield "language", feed.language, expected.get("language") or None
    yield "moved to", feed.moved_to, expected.get("new_url")
    if "itunes_author" in expected:
        yield "author", feed.author, expected["itunes_author"]
    yield "items", len(feed.items), len(expected["episodes"])
    # podcastparser puts the newest first.
    theirs = {each["title"]: each for each in expected["episodes"]}
    for item in feed.items:
        if item.episode.title in theirs:
            yield from _compared_item(item, theirs[item.episode.title])


def _compared_item(item: Item, expected: dict[str, Any]) -> Iterator[tuple[str, object, object]]:
    episode = item.episode
    yield "guid", episode.guid, expected["guid"]
    yield "url", episode.url, expected.get("link") or None
    yield "duration", episode.duration or 0, expected.get("total_time", 0)
    yield "published", episode.published.timestamp() if episode.published else 0, expected.get("published", 0)
    yield "number", episode.number, expected.get("number")
    yield "season", episode.season, expected.get("season")
    yield "kind", episode.kind or "full", expected.get("type") or "full"
    enclosed = expected["enclosures"][:1]
    ours = [] if episode.audio is None else [
        {
            "url": episode.audio.url,
            "mime_type": episode.audio.mime or "application/octet-stream",
            "file_size": episode.audio.length or -1,
        }
    ]  # fmt: skip
    yield "audio", ours, enclosed
    if "transcript_url" in expected:
        yield "transcript", episode.transcript_links[0].url, expected["transcript_url"]
    if "chapters_json_url" in expected:
        yield "chapters' address", episode.chapters_url, expected["chapters_json_url"]
    if "chapters" in expected:
        chapters = [(each["start"], each["title"]) for each in expected["chapters"]]
        yield "chapters", [(each.start, each.title) for each in episode.chapters], chapters
    if "persons" in expected:
        persons = [(each["name"], each["role"], each["group"]) for each in expected["persons"]]
        yield "persons", [(each.name, each.role, each.group or "cast") for each in episode.people], persons
