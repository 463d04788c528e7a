"""Bluesky: the record that is written, what its facets point at, and why the same bytes count once."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import respx
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.errors import ConfigError, NotSent, Refused, Rejected
from bot.http import Door
from bot.model.provenance import EpisodeRef
from bot.model.publication import Card, Mail, MediaKind, Medium, Part, Post, PostRef, QuotedSpan
from bot.model.secret import Secret
from bot.platforms.bluesky import Bluesky, rich_text, tid
from bot.platforms.composing import compose, fault_of
from bot.platforms.contract import Outgoing
from bot.platforms.memory import Forgetful
from bot.platforms.preview import preview
from bot.text import Limit, Unit, count, fits
from tests.growth import MOST, growth
from tests.http.server import Fate, serving
from tests.platforms.cases import PICTURE, PNG
from tests.platforms.services import AT, DID, HANDLE, PASSWORD, DataServer

KEY = "quote-7-abcdef012345"
REF = EpisodeRef(1, 1)
ACCOUNT = Bluesky(handle=HANDLE, password=Secret("BLUESKY_PASSWORD", PASSWORD), server="https://pds.example")
LINK = "https://pod.example/episodes/2026/08/20/a-very-long-name?utm_source=bluesky"
FAMILY = "👨‍👩‍👧‍👦"


def post(text: str, *, link: str | None = None, language: str | None = "en", quotes: tuple[str, ...] = ()) -> Post:
    return Post(text, link, language, tuple(QuotedSpan(REF, 0, len(each), each, "Ada") for each in quotes), (REF,))


def record(publication: Post) -> dict[str, Any]:
    return json.loads(ACCOUNT.compose(publication, key=KEY, at=AT))["record"]


def outgoing(text: str = "Hello", key: str = KEY) -> Outgoing:
    return Outgoing(key, ACCOUNT.compose(post(text), key=key, at=AT))


def at(url: str) -> Bluesky:
    return replace(ACCOUNT, server=url, memory=Forgetful())


def marked(text: str, *quotes: str) -> list[tuple[str, str]]:
    """What each facet covers and where it leads."""
    shown, facets = rich_text(text, quotes=quotes)
    raw = shown.encode()
    return [
        (
            raw[each["index"]["byteStart"] : each["index"]["byteEnd"]].decode(),
            each["features"][0].get("uri") or each["features"][0]["tag"],
        )
        for each in facets
    ]


def test_the_whole_request_is_frozen_with_its_key_its_time_and_no_way_to_overwrite() -> None:
    made = json.loads(ACCOUNT.compose(post("Hello"), key=KEY, at=AT + timedelta(milliseconds=7)))
    assert made == {
        "repo": HANDLE,
        "collection": "app.bsky.feed.post",
        "rkey": tid(KEY, at=AT),
        "record": {
            "$type": "app.bsky.feed.post",
            "text": "Hello",
            "createdAt": "2026-08-20T10:00:00.007Z",
            "langs": ["en"],
        },
        "swapRecord": None,
    }


def test_the_requests_are_a_log_in_and_one_put(door: Door) -> None:
    sent = outgoing()
    with respx.mock:
        log_in = respx.post("https://pds.example/xrpc/com.atproto.server.createSession")
        log_in.respond(200, json={"accessJwt": "jwt", "refreshJwt": "r", "handle": HANDLE, "did": DID})
        put = respx.post("https://pds.example/xrpc/com.atproto.repo.putRecord")
        put.respond(200, json={"uri": f"at://{DID}/app.bsky.feed.post/3abcdefghij23", "cid": "c"})
        receipt = ACCOUNT.publish(sent, door)
    assert json.loads(log_in.calls[0].request.content) == {"identifier": HANDLE, "password": PASSWORD}
    assert put.calls[0].request.content == sent.body
    assert put.calls[0].request.headers["authorization"] == "Bearer jwt"
    assert receipt.remote_id == f"at://{DID}/app.bsky.feed.post/3abcdefghij23"
    assert receipt.permalink == f"https://bsky.app/profile/{HANDLE}/post/3abcdefghij23"


MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC))


@given(key=st.text(), moment=MOMENTS)
def test_a_record_key_is_valid_and_always_the_same(key: str, moment: datetime) -> None:
    made = tid(key, at=moment)
    assert re.fullmatch(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}", made)
    assert made == tid(key, at=moment)


@given(keys=st.tuples(st.text(), st.text()), moment=MOMENTS, later=st.integers(1, 10**6))
def test_record_keys_sort_by_their_time_whatever_the_delivery(
    keys: tuple[str, str], moment: datetime, later: int
) -> None:
    assert tid(keys[0], at=moment) < tid(keys[1], at=moment + timedelta(seconds=later))


def test_a_record_key_tells_its_second() -> None:
    alphabet = "234567abcdefghijklmnopqrstuvwxyz"
    number = 0
    for character in tid(KEY, at=AT):
        number = number * 32 + alphabet.index(character)
    assert (number >> 10) // 1_000_000 == int(AT.timestamp())


def test_ten_thousand_deliveries_of_one_second_have_ten_thousand_keys() -> None:
    assert len({tid(f"quote-{number}-abc", at=AT) for number in range(10_000)}) == 10_000


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("no facet here", []),
        ("see https://pod.example/1", [("pod.example/1", "https://pod.example/1")]),
        (f"{FAMILY} é ש https://pod.example/1.", [("pod.example/1", "https://pod.example/1")]),
        ("(https://pod.example/1)", [("pod.example/1", "https://pod.example/1")]),
        (
            "(https://pod.example/a_(b))!",
            [("pod.example/a_(b)", "https://pod.example/a_(b)")],
        ),
        ("“https://pod.example/1”, he said", [("pod.example/1", "https://pod.example/1")]),
        ("http://pod.example/ http://pod.example/", [("pod.example", "http://pod.example/")] * 2),
        ("#work #arbeit, #働く! #a-b #2026work", [("#work", "work"), ("#arbeit", "arbeit"), ("#働く", "働く"),
                                              ("#a-b", "a-b"), ("#2026work", "2026work")]),
        ("#1 #️⃣ # ## a#b x# #!?", []),
        ("＃work", [("＃work", "work")]),
        ("#" + "x" * 64 + " #" + "y" * 65, [("#" + "x" * 64, "x" * 64)]),
        ("https://pod.example/#part", [("pod.example/#part", "https://pod.example/#part")]),
        ("https:// http://) https://[half", []),
        ("#https://pod.example/1", [("pod.example/1", "https://pod.example/1")]),
        ("@ada.example says", []),
    ],
)  # fmt: skip
def test_links_and_hashtags_are_marked_and_nothing_else(text: str, covered: list[tuple[str, str]]) -> None:
    assert marked(text) == covered


def test_a_long_link_is_shown_short_and_leads_to_the_whole_address() -> None:
    ((shown, uri),) = marked(f"Listen: {LINK}")
    assert uri == LINK
    assert shown == "pod.example/episodes/2026/…"
    assert len(shown) == 27


def test_a_host_too_long_to_show_keeps_its_end() -> None:
    ((shown, _),) = marked("https://" + "bank-example-secure-login." * 3 + "evil.example/path")
    assert shown.startswith("…")
    assert shown.endswith("evil.example")


def test_quoted_words_are_neither_shortened_nor_marked() -> None:
    said = f"go to {LINK} and use #metoo"
    text = f"“{said}” — Ada #work"
    assert marked(text, said) == [("#work", "work")]
    assert rich_text(text, quotes=(said,))[0] == text


def test_names_in_a_text_notify_nobody() -> None:
    assert "mention" not in json.dumps(record(post("@ada.bsky.social and @bob")))


TEXT_WITH_LINKS = st.lists(
    st.one_of(
        st.text(max_size=20),
        st.sampled_from([LINK, "https://a.example", "#work", FAMILY, "\u0301", "http://x/é́", ").", "”", "\r\n", " "]),
    ),
    max_size=25,
).map("".join)


@given(text=TEXT_WITH_LINKS, quote=st.text(max_size=5))
@settings(max_examples=300)
def test_facets_are_byte_spans_in_order_that_cover_what_they_mark(text: str, quote: str) -> None:
    shown, facets = rich_text(text, quotes=(quote,))
    raw = shown.encode()
    end = 0
    for each in facets:
        begin, stop = each["index"]["byteStart"], each["index"]["byteEnd"]
        assert end <= begin < stop <= len(raw)
        label = raw[begin:stop].decode()
        feature = each["features"][0]
        if "tag" in feature:
            assert label[1:] == feature["tag"]
        else:
            assert feature["uri"] in text
            assert 0 < len(label) <= 27
        end = stop
    if not any("uri" in each["features"][0] for each in facets):
        assert shown == text


def is_address(text: str) -> bool:
    try:
        return bool(urlsplit(text).hostname)
    except ValueError:
        return False


def test_an_address_that_is_none_is_shown_whole_and_still_held_to_the_limit() -> None:
    text = "https://[" + "0" * 300
    assert fits(text, ACCOUNT.limits())
    with pytest.raises(Refused, match="too long"):
        record(post(text))


@given(text=TEXT_WITH_LINKS)
@settings(max_examples=300)
def test_what_fits_the_limits_fits_bluesky(text: str) -> None:
    text = text.strip()
    # An address that is none ("https://[") counts as a link but is shown whole: see the test above.
    assume(all(is_address(each) for each in re.findall(r"https?://[^\s<>\"]+", text)))
    shown, _ = rich_text(text, quotes=())
    graphemes, size = ACCOUNT.limits()
    assert count(shown, Limit(300, Unit.GRAPHEMES)) <= count(text, graphemes) + 1  # a line end that a link parted
    assert len(shown.encode()) <= count(text, size)
    if text and fits(text, ACCOUNT.limits()) and count(text, graphemes) < 300:
        assert record(post(text))["text"] == shown


def test_one_grapheme_too_long_is_refused_before_anything_is_sent() -> None:
    assert record(post("x" * 300))
    assert record(post("e\u0301" * 300))
    assert record(post("ש" * 300))
    with pytest.raises(Refused, match="301 of 300 characters"):
        record(post("x" * 301))
    assert fault_of(ACCOUNT, post("x" * 301)) == "The text is too long for bluesky: 301 of 300 characters. Shorten it."


def test_families_are_few_graphemes_and_many_bytes() -> None:
    assert record(post(FAMILY * 120))
    with pytest.raises(Refused, match="3025 of 3000 bytes"):
        record(post(FAMILY * 121))


def test_a_link_of_400_characters_takes_the_place_of_a_short_one() -> None:
    made = record(post("x" * 270 + " https://pod.example/" + "a" * 400))
    assert made["facets"][0]["features"][0]["uri"].endswith("a" * 400)


def test_a_post_with_a_link_bears_a_card_made_of_its_own_words() -> None:
    text = f"“A deadline is a promise.”\n\n— Ada, Late Rollback, 12:34\n\n{LINK}\n\n#deadlines #work"
    made = record(post(text, link=LINK, quotes=("A deadline is a promise.",)))
    assert made["embed"] == {
        "$type": "app.bsky.embed.external",
        "external": {"uri": LINK, "title": "Ada, Late Rollback, 12:34", "description": ""},
    }
    made = record(post(f"Late Rollback · The Show\n\nWhat a night it was.\n\n{LINK}", link=LINK))
    assert made["embed"]["external"] | {"uri": ""} == {
        "uri": "",
        "title": "Late Rollback · The Show",
        "description": "What a night it was.",
    }


def test_a_card_never_holds_a_part_of_a_quotation() -> None:
    said = "Never, ever cut " + "this " * 40 + "sentence."
    made = record(post(f"“{said}”\n\n{LINK}", link=LINK, quotes=(said,)))
    assert made["embed"]["external"] == {"uri": LINK, "title": "pod.example", "description": ""}


def test_without_a_link_there_is_no_card() -> None:
    assert "embed" not in record(post("Hello"))


@pytest.mark.parametrize(
    ("language", "langs"), [("en", ["en"]), ("pt-BR", ["pt-BR"]), (None, None), ("English!", None)]
)
def test_the_language_is_sent_where_it_is_one(language: str | None, langs: list[str] | None) -> None:
    assert record(post("Hello", language=language)).get("langs") == langs


@pytest.mark.parametrize("text", ["", " \n ", "half \ud83d"])
def test_what_cannot_be_posted_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        record(post(text))


@pytest.mark.parametrize(("begin", "unit"), [("#", "!"), ("", "https://a"), ("", "# "), ("https://a/", ")")])
def test_a_text_without_end_is_refused_at_no_more_than_its_cost(begin: str, unit: str) -> None:
    def work(size: int) -> None:
        with pytest.raises(Refused):
            record(post(begin + unit * (size // len(unit)) + " x" * 300))

    assert growth(work, 50_000) < MOST


def test_a_newsletter_is_no_post() -> None:
    with pytest.raises(Refused, match="newsletters"):
        ACCOUNT.compose(Mail("a", "b", "c", "d", "e", None, (), ()), key=KEY, at=AT)


@pytest.mark.parametrize("strict", [False, True])
def test_the_same_bytes_again_give_the_same_receipt_and_no_second_post(door: Door, strict: bool) -> None:
    service = DataServer(strict=strict)
    with serving(service) as server:
        first = at(server.url).publish(outgoing(), door)
        again = at(server.url).publish(outgoing(), door)
    assert first.remote_id == again.remote_id
    assert service.commits == 1


def test_other_words_under_the_same_key_never_overwrite_what_stands(door: Door) -> None:
    service = DataServer()
    with serving(service) as server:
        at(server.url).publish(outgoing(), door)
        with pytest.raises(Rejected, match="Another text stands") as caught:
            at(server.url).publish(outgoing("Other words"), door)
        with pytest.raises(NotSent, match="look at it"):
            at(server.url).find(outgoing("Other words"), door)
    assert "delete it there" in caught.value.remedy
    assert [each["text"] for each in service.records.values()] == ["Hello"]


def test_a_look_up_needs_no_log_in(door: Door) -> None:
    service = DataServer()
    with serving(service) as server:
        account = at(server.url)
        assert account.find(outgoing(), door) is None
        account.publish(outgoing(), door)
        service.log_ins = 0
        assert account.find(outgoing(), door) is not None
    assert service.log_ins == 0


def test_a_look_up_on_an_old_server_understands_its_words(door: Door) -> None:
    with serving(DataServer(old=True)) as server:
        assert at(server.url).find(outgoing(), door) is None


@pytest.mark.parametrize("name", ["ExpiredToken", "InvalidToken", "AuthMissing"])
def test_a_token_that_is_refused_with_400_was_not_sent(door: Door, name: str) -> None:
    service = DataServer(refuses={"error": name, "message": "Token has expired"})
    with serving(service) as server, pytest.raises(NotSent, match="new log-in"):
        at(server.url).publish(outgoing(), door)


def test_a_refusal_is_told_in_the_servers_words(door: Door) -> None:
    message = "Invalid app.bsky.feed.post record: grapheme too big (maximum 300, got 301) at $.record.text"
    service = DataServer(refuses={"error": "InvalidRequest", "message": message})
    with serving(service) as server, pytest.raises(Rejected, match="got 301"):
        at(server.url).publish(outgoing(), door)


def test_a_wrong_password_sends_nothing_and_says_what_to_do(door: Door) -> None:
    service = DataServer()
    with serving(service) as server:
        account = replace(at(server.url), password=Secret("BLUESKY_PASSWORD", "wrong-wrong-wrong"))
        with pytest.raises(NotSent, match="BLUESKY_PASSWORD") as caught:
            account.publish(outgoing(), door)
        with pytest.raises(Rejected) as checked:
            account.check(door)
    assert "app password" in checked.value.remedy
    assert "wrong-wrong" not in f"{caught.value}{checked.value}"
    assert service.commits == 0


def test_too_many_log_ins_put_the_delivery_off(door: Door) -> None:
    service = DataServer()
    with serving(service) as server:
        server.at = "createSession"
        server.fates.append(Fate.SLOW_DOWN)
        with pytest.raises(NotSent) as caught:
            at(server.url).publish(outgoing(), door)
    assert caught.value.retry_after == 120


def test_a_check_names_the_account_and_sees_one_that_may_not_post(door: Door) -> None:
    service = DataServer()
    with serving(service) as server:
        assert at(server.url).check(door) == f"posts as {HANDLE} on {server.url}"
        service.active = False
        with pytest.raises(Rejected, match="deactivated"):
            at(server.url).check(door)


def test_a_check_sees_that_the_handle_has_changed(door: Door) -> None:
    with respx.mock:
        respx.post("https://pds.example/xrpc/com.atproto.server.createSession").respond(
            200, json={"accessJwt": "a", "refreshJwt": "r", "handle": "new.example.test", "did": DID}
        )
        with pytest.raises(Rejected, match=r"new\.example\.test"):
            ACCOUNT.check(door)


@pytest.mark.parametrize(
    ("handle", "kept"),
    [
        ("@You.Bsky.Social", "you.bsky.social"),
        (" you.example ", "you.example"),
        (DID, DID),
        ("did:web:a.example", None),
    ],
)
def test_a_handle_is_written_as_people_write_it(handle: str, kept: str | None) -> None:
    assert replace(ACCOUNT, handle=handle).handle == (kept or handle)


@pytest.mark.parametrize("handle", ["", "you", "you@example.org", "you_1.bsky.social", "a" * 70 + ".example", "did:x"])
def test_a_handle_that_is_none_is_refused(handle: str) -> None:
    with pytest.raises(ConfigError, match="'handle' is wrong"):
        replace(ACCOUNT, handle=handle)


@pytest.mark.parametrize("server", ["", "http://pds.example", "https://pds.example/xrpc", "https://[half"])
def test_a_server_that_is_none_or_unencrypted_is_refused(server: str) -> None:
    with pytest.raises(ConfigError, match="'server' is wrong"):
        at(server)


def test_a_later_slot_makes_other_bytes_because_the_time_is_part_of_the_post() -> None:
    made = [ACCOUNT.compose(post("Hello"), key=KEY, at=AT + later) for later in (timedelta(), timedelta(minutes=1))]
    assert made[0] != made[1]


def jwt(ends: datetime) -> str:
    told = base64.urlsafe_b64encode(json.dumps({"exp": int(ends.timestamp())}).encode()).decode().rstrip("=")
    return f"e30.{told}.sig"


def test_one_log_in_serves_many_posts_and_outlives_the_process(door: Door) -> None:
    with serving(service := DataServer()) as server:
        account = at(server.url)
        for number in range(3):
            key = f"quote-{number}-abc"
            account.publish(Outgoing(key, account.compose(post("Hello"), key=key, at=AT)), door)
        restarted = replace(account)
        restarted.publish(outgoing("Again", "another-key"), door)
    assert (service.log_ins, service.commits) == (1, 4)


def test_a_session_is_renewed_before_it_ends_and_begun_anew_when_it_cannot_be() -> None:
    now = datetime.now(UTC)
    soon, later = jwt(now + timedelta(seconds=30)), jwt(now + timedelta(days=60))
    with respx.mock, Door() as door:
        log_in = respx.post("https://pds.example/xrpc/com.atproto.server.createSession")
        log_in.respond(200, json={"accessJwt": soon, "refreshJwt": later})
        renew = respx.post("https://pds.example/xrpc/com.atproto.server.refreshSession")
        renew.side_effect = [
            respx.MockResponse(200, json={"accessJwt": jwt(now + timedelta(hours=2)), "refreshJwt": later}),
            respx.MockResponse(200, json={"accessJwt": "", "refreshJwt": ""}),
            respx.MockResponse(401, json={"error": "ExpiredToken"}),
        ]
        put = respx.post("https://pds.example/xrpc/com.atproto.repo.putRecord")
        put.respond(200, json={"uri": f"at://{DID}/app.bsky.feed.post/3abcdefghij23", "cid": "c"})
        account = replace(ACCOUNT, memory=Forgetful())
        account.publish(outgoing(), door)  # logs in, with a token that is about to end
        account.publish(outgoing(), door)  # renews it
        account.publish(outgoing(), door)  # has a good one
        assert (log_in.call_count, renew.call_count, put.call_count) == (1, 1, 3)
        assert renew.calls[0].request.headers["authorization"] == f"Bearer {later}"
        assert renew.calls[0].request.content == b""
        account.memory.keep("session", json.dumps({**account._session(), "accessJwt": soon}))
        account.publish(outgoing(), door)  # a renewal that gives nothing takes nothing away, and a log-in follows
        account.publish(outgoing(), door)  # the renewal is refused: a log-in again
        assert (log_in.call_count, renew.call_count) == (3, 3)


def test_a_session_that_the_server_refuses_is_given_up_for_the_next_try(door: Door) -> None:
    with serving(service := DataServer()) as server:
        account = at(server.url)
        account.publish(outgoing(), door)
        service.log_ins += 1  # the server knows the old token no more
        with pytest.raises(NotSent):
            account.publish(outgoing("Again", "another-key"), door)
        account.publish(outgoing("Again", "another-key"), door)
    assert service.log_ins == 3


def test_another_password_does_not_go_on_with_the_old_session(door: Door) -> None:
    with serving(DataServer()) as server:
        account = at(server.url)
        account.publish(outgoing(), door)
        changed = replace(account, password=Secret("BLUESKY_PASSWORD", "wrong"))
        with pytest.raises(NotSent, match="refused the log-in"):
            changed.publish(outgoing(), door)


def test_pictures_are_blobs_with_alt_text_and_shape(door: Door) -> None:
    picture = replace(PICTURE, width=1080, height=1350)
    made = replace(post("Look"), media=(picture, picture))
    with serving(service := DataServer()) as server:
        account = at(server.url)
        found = account.upload(picture, PNG, door)
        assert account.upload(picture, PNG, door) == found, "the same bytes have the same reference"
        body = account.compose(made, key=KEY, at=AT)
        account.publish(Outgoing(KEY, body, uploads={picture.sha256: found.reference}), door)
    (stored,) = service.records.values()
    blob = {"$type": "blob", "ref": {"$link": picture.sha256}, "mimeType": "image/png", "size": len(PNG)}
    image = {"alt": picture.alt, "image": blob, "aspectRatio": {"width": 1080, "height": 1350}}
    assert stored["embed"] == {"$type": "app.bsky.embed.images", "images": [image, image]}


def test_a_film_and_its_description() -> None:
    film = Medium(MediaKind.VIDEO, "video/mp4", "f" * 64, 9, "Ada says it", width=720, height=1280, duration=30)
    made = record(replace(post("Look"), media=(film,)))
    assert made["embed"] == {
        "$type": "app.bsky.embed.video",
        "video": {"$sha256": "f" * 64},
        "alt": "Ada says it",
        "aspectRatio": {"width": 720, "height": 1280},
    }
    with pytest.raises(Refused, match="not both"):
        record(replace(post("Look"), media=(film, PICTURE)))


def test_the_card_has_the_words_and_the_picture_that_were_made_for_it() -> None:
    made = record(replace(post("Look", link=LINK), card=Card("Title", "What it is", PICTURE)))
    assert made["embed"]["external"] == {
        "uri": LINK,
        "title": "Title",
        "description": "What it is",
        "thumb": {"$sha256": PICTURE.sha256},
    }
    with pytest.raises(Refused, match="1,000,000"):
        record(replace(post("Look", link=LINK), card=Card("Title", "", replace(PICTURE, size=1_000_001))))


def test_a_quoted_post_stands_alone_or_with_pictures() -> None:
    ref = PostRef(f"at://{DID}/app.bsky.feed.post/3abcdefghij23", memo="bafy")
    strong = {"uri": ref.remote_id, "cid": "bafy"}
    quoted = {"$type": "app.bsky.embed.record", "record": strong}
    assert record(replace(post("Look"), quoting=ref))["embed"] == quoted
    both = record(replace(post("Look"), quoting=ref, media=(PICTURE,)))["embed"]
    assert (both["$type"], both["record"]) == ("app.bsky.embed.recordWithMedia", quoted)
    assert both["media"]["$type"] == "app.bsky.embed.images"
    with pytest.raises(Refused, match="at:// address"):
        record(replace(post("Look"), quoting=PostRef("https://bsky.app/profile/x/post/y")))


def test_a_thread_names_its_root_and_what_it_answers(door: Door) -> None:
    with serving(service := DataServer()) as server:
        account = at(server.url)
        thread = replace(post("One"), parts=(Part("Two"), Part("Three")))
        pieces = compose(account, thread, key=KEY, at=AT).pieces
        receipts = [account.publish(Outgoing(pieces[0].key, pieces[0].body), door)]
        for piece in pieces[1:]:
            sent = Outgoing(piece.key, piece.body)
            made = account.follow(sent, door, root=receipts[0], parent=receipts[-1])
            assert account.follow(sent, door, root=receipts[0], parent=receipts[-1]).remote_id == made.remote_id
            receipts.append(made)
    one, two, three = service.records.values()
    assert [each["text"] for each in (one, two, three)] == ["One", "Two", "Three"]
    strong = [{"uri": each.remote_id, "cid": each.memo} for each in receipts]
    assert "reply" not in one
    assert two["reply"] == {"root": strong[0], "parent": strong[0]}
    assert three["reply"] == {"root": strong[0], "parent": strong[1]}
    assert one["createdAt"] < two["createdAt"] < three["createdAt"]
    assert sorted(service.records) == list(service.records), "the keys sort as the thread reads"


def test_what_a_person_confirmed_is_asked_for_its_hash_before_it_is_answered(door: Door) -> None:
    with serving(service := DataServer()) as server:
        account = at(server.url)
        there = account.publish(outgoing(), door)
        bare = replace(there, memo="")
        account.follow(outgoing("Two", "another-key"), door, root=bare, parent=bare)
    assert list(service.records.values())[-1]["reply"]["parent"] == {"uri": there.remote_id, "cid": "c"}


def test_the_preview_shows_links_as_the_record_does() -> None:
    seen = preview(ACCOUNT, post(f"{FAMILY} see {LINK} #bread", link=LINK))
    (part,) = seen.parts
    assert "https://" not in part.text
    link, tag = part.marks
    assert (part.text[link.begin : link.stop], link.leads_to) == ("pod.example/episodes/2026/…", LINK)
    assert part.text[tag.begin : tag.stop] == "#bread"
    assert (seen.card_by, seen.link) == ("us", LINK)
