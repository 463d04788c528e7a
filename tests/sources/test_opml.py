"""A list of subscriptions comes in from any reader and goes out as OPML 2.0."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UnreadableDocument
from bot.reading.plain import one_line
from bot.sources import opml
from bot.sources.opml import Subscription, SubscriptionList

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "feeds" / "opml"
CASES = sorted((SHARED / "feedvalidator-opml").glob("*/*.opml"))
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the folder ../shared with real lists is not here")
MADE = datetime(2026, 11, 24, 8, tzinfo=UTC)


def read(body: str, *, head: str = "") -> SubscriptionList:
    return opml.read(f'<opml version="2.0"><head>{head}</head><body>{body}</body></opml>'.encode(), "list.opml")


def urls(found: SubscriptionList) -> list[str]:
    return [each.url for each in found.subscriptions]


def fault(data: bytes) -> UnreadableDocument:
    with pytest.raises(UnreadableDocument) as caught:
        opml.read(data, "list.opml")
    return caught.value


def test_folders_titles_and_sites_are_read() -> None:
    found = read(
        """<outline text="Podcasts"><outline text="Craft" title="The Craft">
          <outline text="The Load Path" type="rss" xmlUrl="https://example.org/rss" htmlUrl="https://example.org/"/>
        </outline></outline>
        <outline title="Alone" xmlUrl="https://example.org/alone"/><outline xmlUrl="https://example.org/bare"/>""",
        head="<title>My  feeds</title>",
    )
    assert found == SubscriptionList(
        (
            Subscription("https://example.org/rss", "The Load Path", "https://example.org/", ("Podcasts", "The Craft")),
            Subscription("https://example.org/alone", "Alone"),
            Subscription("https://example.org/bare", "https://example.org/bare"),
        ),
        "My feeds",
    )


@pytest.mark.parametrize(
    "attributes",
    [
        'xmlUrl="https://example.org/rss"',
        'xmlurl="https://example.org/rss"',
        'XMLURL=" https://example.org/rss "',
        'type="rss" url="https://example.org/rss"',
        'type="atom" URL="https://example.org/rss"',
        'xmlUrl="feed:https://example.org/rss"',
    ],
)
def test_every_spelling_of_the_address_is_read(attributes: str) -> None:
    assert urls(read(f'<outline text="A" {attributes}/>')) == ["https://example.org/rss"]


def test_a_feed_scheme_without_another_is_http() -> None:
    assert urls(read('<outline text="A" xmlUrl="feed://example.org/rss"/>')) == ["http://example.org/rss"]


def test_a_feed_named_twice_is_taken_once() -> None:
    found = read(
        """<outline text="A" xmlUrl="https://example.org/rss"/>
        <outline text="Folder"><outline text="B" xmlUrl="https://example.org/rss" htmlUrl="https://example.org"/></outline>"""
    )
    assert found.subscriptions == (Subscription("https://example.org/rss", "A", "https://example.org"),)
    assert [(remark.text, remark.line) for remark in found.remarks] == [
        ("The feed https://example.org/rss is named again and was taken once.", 2)
    ]


def test_what_is_left_out_is_said() -> None:
    found = read(
        """<outline text="No address" type="rss"/>
        <outline text="Script" xmlUrl="javascript:alert(1)"/>
        <outline text="Others" type="include" url="https://example.org/more.opml"/>
        <outline text="A page" type="link" url="https://example.org"/>"""
    )
    assert found.subscriptions == ()
    assert [remark.text for remark in found.remarks] == [
        "The feed 'No address' has no address and was left out.",
        "'javascript:alert(1)' is no web address: the feed 'Script' was left out.",
        "'Others' points to another list, which was not read.",
        "The list names no feed.",
    ]


def test_a_broken_list_is_salvaged_and_the_line_is_named() -> None:
    broken = """<opml version="1.0"><head><title>This & That</title></head><body>
<outline text="R&D at caf&eacute; &amp; Co" type="rss" xmlUrl="https://example.org/rss?a=1&b=2"/>
<outline text="Next" xmlUrl="https://example.org/next">"""
    found = opml.read(broken.encode(), "list.opml")
    assert [(each.url, each.title) for each in found.subscriptions] == [
        ("https://example.org/rss?a=1&b=2", "R&D at café & Co"),
        ("https://example.org/next", "Next"),
    ]
    assert found.title == "This & That"
    (remark,) = found.remarks
    assert remark.line == 1
    assert "Not well-formed" in remark.text


def test_a_description_with_quotes_and_tags_in_it_loses_no_feed() -> None:
    broken = """<outline text="Noise" description="By <a href="https://x.org" title="y">us</a>" xmlUrl="https://e.org/1"/>
    <!-- <outline xmlUrl="https://e.org/gone"/> --><outline text='F'><outline xmlurl='https://e.org/2'/></outline>"""
    found = read(broken)
    assert [(each.url, each.title, each.folder) for each in found.subscriptions] == [
        ("https://e.org/1", "Noise", ()),
        ("https://e.org/2", "https://e.org/2", ("F",)),
    ]


def test_a_list_that_says_one_charset_and_has_another_is_read() -> None:
    latin = '<?xml version="1.0" encoding="ISO-8859-1"?><opml><body><outline text="Café" xmlUrl="https://e.org/"/></body></opml>'
    for data in (latin.encode("latin-1"), latin.encode(), latin.encode("utf-16")):
        assert [each.title for each in opml.read(data, "list.opml").subscriptions] == ["Café"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"just words", "no XML"),
        (b"<html><body>Sign in</body></html>", "the document is a <html>"),
        (b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>', "this is a feed. Add its address"),
        (b"<opml><body><outline text='a' <", "not well-formed XML"),
        (b"{}", "no XML"),
        (b"<opml>" + b"x" * 5_000_000, "at most 5 MB"),
    ],
)
def test_what_is_no_list_is_refused_with_a_sentence(data: bytes, said: str) -> None:
    assert said in str(fault(data))


@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_entities_are_refused_before_anything_is_parsed(codec: str) -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">\n' for n in range(1, 10))
    bomb = f'<!DOCTYPE opml [<!ENTITY e0 "x">\n{levels}]>\n<opml><body><outline text="&e9;"/></body></opml>'
    found = fault(bomb.encode(codec))
    assert "declares entities" in str(found)
    assert found.line == 1


def test_a_document_type_alone_is_no_offence_and_is_never_fetched() -> None:
    text = '<!DOCTYPE opml SYSTEM "http://127.0.0.1:9/opml.dtd">\n<opml><body><outline xmlUrl="https://e.org/"/></body></opml>'
    assert urls(opml.read(text.encode(), "list.opml")) == ["https://e.org/"]


def test_a_list_nested_without_end_is_no_harm() -> None:
    deep = "<opml><body>" + '<outline text="a">' * 100_000 + '<outline xmlUrl="https://e.org/"/>'
    (found,) = opml.read(deep.encode(), "list.opml").subscriptions
    assert found.folder == ("a",) * 50


def test_a_written_list_says_what_it_is() -> None:
    written = opml.write([Subscription("https://e.org/", "A", folder=("F",))], title="Pullquote", made=MADE).decode()
    assert written.startswith("<?xml version='1.0' encoding='utf-8'?>")
    assert '<opml version="2.0">' in written
    assert "<title>Pullquote</title>" in written
    assert "<dateCreated>Tue, 24 Nov 2026 08:00:00 +0000</dateCreated>" in written
    assert '<outline text="F" title="F">' in written


NAMES = st.text(min_size=1, max_size=30).map(one_line).filter(bool)
PATHS = st.text(alphabet="abc/?=&;%<>\"'é", max_size=15)
SUBSCRIPTIONS = st.builds(
    Subscription,
    url=PATHS.map(lambda path: f"https://example.org/{path}"),
    title=NAMES,
    site=st.none() | PATHS.map(lambda path: f"http://example.org/{path}"),
    folder=st.lists(NAMES, max_size=4).map(tuple),
)


@given(st.lists(SUBSCRIPTIONS, max_size=12, unique_by=lambda each: each.url), NAMES)
def test_what_is_written_is_read_again(subscriptions: list[Subscription], title: str) -> None:
    written = opml.write(subscriptions, title=title, made=MADE)
    found = opml.read(written, "list.opml")
    assert found.title == title
    assert sorted(found.subscriptions, key=repr) == sorted(subscriptions, key=repr)
    assert opml.write(found.subscriptions, title=title, made=MADE) == written


@given(st.text(alphabet="<>/=\"'& \n", max_size=40) | st.binary(max_size=60))
def test_any_bytes_in_a_list_are_read_or_refused(noise: str | bytes) -> None:
    raw = noise.encode() if isinstance(noise, str) else noise
    try:
        found = opml.read(
            b'<opml><body><outline text="' + raw + b'" xmlUrl="https://e.org/"/></body></opml>', "list.opml"
        )
    except UnreadableDocument as error:
        assert str(error).startswith("list.opml")  # noqa: PT017 - both ends are right
        return
    assert all(each.title and each.url.startswith("http") for each in found.subscriptions)


@needs_shared
@pytest.mark.parametrize(("name", "count"), [("Programming.opml", 50), ("Startups.opml", 23)])
def test_real_lists_are_read_whole(name: str, count: int) -> None:
    found = opml.read((SHARED / name).read_bytes(), name)
    assert len(found.subscriptions) == count
    # Neither is well-formed: descriptions hold "&", quotes and tags.
    assert [remark.line is not None and "Not well-formed" in remark.text for remark in found.remarks] == [True]
    assert {each.folder for each in found.subscriptions} == {(name.removesuffix(".opml"),)}
    assert found.title == "Export from Plenary"


# What a list of the validator's suite holds for us: how many feeds, and what is remarked on or refused.
HELD = {
    "clean/subscriptionList.opml": 13,
    "errors/closedbody.opml": 1,
    "errors/missingTitleAttribute.opml": 1,
    "errors/notwellformed.opml": 1,
    "errors/subscriptionListErrors1.opml": 1,
    "errors/subscriptionListErrors2.opml": 1,
    "errors/subscriptionListErrors3.opml": 1,
    "errors/subscriptionListErrors4.opml": 1,
}
REFUSED = {"errors/missingOpml.opml": "<haha>", "errors/notEncoded.opml": "not well-formed"}


@needs_shared
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_the_validators_suite(path: Path) -> None:
    name = f"{path.parent.name}/{path.name}"
    if name in REFUSED:
        assert REFUSED[name] in str(fault(path.read_bytes()))
        return
    found = opml.read(path.read_bytes(), path.name)
    assert len(found.subscriptions) == HELD.get(name, 0)
    assert found.remarks or name in HELD
