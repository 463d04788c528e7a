"""Mastodon and its kin: what is sent, what is refused before, and how a post is found again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import ConfigError, NotSent, Refused, Rejected
from bot.http import Door
from bot.model.publication import Mail, Part, Post
from bot.model.secret import Secret
from bot.platforms.composing import compose
from bot.platforms.contract import Outgoing, Receipt
from bot.platforms.mastodon import Mastodon, _plain, _rendered
from bot.platforms.memory import Forgetful
from bot.text import fits
from tests.growth import MOST, growth
from tests.http.server import Fate, serving
from tests.platforms.cases import PICTURE, PNG
from tests.platforms.services import AT, TOKEN, Fediverse, rendered, said

LONG_LINK = "https://pod.example/" + "a" * 400
ACCOUNT = Mastodon(server="social.example", token=Secret("MASTODON_TOKEN", TOKEN))
KEY = "quote-7-abcdef012345"


def post(text: str, language: str | None = "en") -> Post:
    return Post(text, None, language, (), ())


def outgoing(text: str, account: Mastodon = ACCOUNT) -> Outgoing:
    return Outgoing(KEY, account.compose(post(text), key=KEY, at=AT))


def at(url: str) -> Mastodon:
    return replace(ACCOUNT, server=url, memory=Forgetful())


def test_the_request_is_that_of_the_documentation(door: Door) -> None:
    with respx.mock:
        route = respx.post("https://social.example/api/v1/statuses")
        route.respond(200, json={"id": "1", "url": "https://social.example/@desk/1"})
        receipt = ACCOUNT.publish(outgoing("Hello"), door)
    request = route.calls[0].request
    assert json.loads(request.content) == {"status": "Hello", "visibility": "public", "language": "en"}
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["content-type"] == "application/json"
    assert len(request.headers["idempotency-key"]) == 64
    assert (receipt.remote_id, receipt.permalink) == ("1", "https://social.example/@desk/1")


def test_the_key_is_the_same_for_every_attempt_and_another_for_other_words(door: Door) -> None:
    keys = []
    with respx.mock:
        route = respx.post("https://social.example/api/v1/statuses").respond(200, json={"id": "1"})
        for text in ("Hello", "Hello", "Good-bye"):
            ACCOUNT.publish(outgoing(text), door)
        keys = [call.request.headers["idempotency-key"] for call in route.calls]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize(
    ("tag", "code"), [("en", "en"), ("en-US", "en"), ("PT_br", "pt"), (None, None), ("", None), ("English", None)]
)
def test_the_language_is_sent_as_its_code_or_not_at_all(tag: str | None, code: str | None) -> None:
    body = json.loads(ACCOUNT.compose(post("Hello", tag), key=KEY, at=AT))
    assert body["status"].get("language") == code


@pytest.mark.parametrize(
    "text", ["@ada said so", "thanks, @ada@social.example!", "(@7)", "“so @everyone knows”", "،@ada"]
)
def test_words_that_would_notify_somebody_are_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(Refused, match="without '@'"):
        ACCOUNT.compose(post(text), key=KEY, at=AT)


@pytest.mark.parametrize(
    "text", ["mail desk@pod.example", "@ home", "a @ b", "https://video.example/@ada/12", "50@60", "@", "＠ada"]
)
def test_an_at_sign_that_notifies_nobody_is_none_of_our_business(text: str) -> None:
    ACCOUNT.compose(post(text), key=KEY, at=AT)


def test_an_account_that_the_host_named_may_be_mentioned() -> None:
    account = replace(ACCOUNT, mentions=("@Ada@social.example",))
    account.compose(post("With @ada@social.example today"), key=KEY, at=AT)
    with pytest.raises(Refused):
        account.compose(post("With @ada@elsewhere.example today"), key=KEY, at=AT)


def test_a_link_counts_23_however_long_it_is() -> None:
    text = "x" * (500 - 23 - 1)
    ACCOUNT.compose(post(f"{text} {LONG_LINK}"), key=KEY, at=AT)
    with pytest.raises(Refused, match="501"):
        ACCOUNT.compose(post(f"{text}x {LONG_LINK}"), key=KEY, at=AT)


@pytest.mark.parametrize("character", ["👨‍👩‍👧‍👦", "e\u0301\u0323", "🇩🇪", "ש\u05c1"])
def test_what_a_person_sees_as_one_counts_one(character: str) -> None:
    ACCOUNT.compose(post(character * 500), key=KEY, at=AT)
    with pytest.raises(Refused):
        ACCOUNT.compose(post(character * 501), key=KEY, at=AT)


@given(text=st.text(st.characters(exclude_characters="@"), min_size=1, max_size=60))
@settings(deadline=None)
def test_what_fits_is_composed(text: str) -> None:
    account = replace(ACCOUNT, limit=40)
    if text.strip() and fits(text.strip(), account.limits()):
        assert json.loads(account.compose(post(text), key=KEY, at=AT))["status"]["status"] == text.strip()


def test_what_is_no_post_is_refused() -> None:
    with pytest.raises(Refused, match="newsletters"):
        ACCOUNT.compose(Mail("a", "b", "c", "d", "e", None, (), ()), key=KEY, at=AT)
    with pytest.raises(Refused, match="without text"):
        ACCOUNT.compose(post(" \n"), key=KEY, at=AT)


TEXTS = [
    "“A deadline is a promise.”\n\n— Ada & Bob, 12:34\n\nhttps://pod.example/31?a=1&b=2\n\n#deadlines #work",
    "Umlaute, „Zitat“ und <Klammern>: 100 % sicher — 5 > 4",
    "עברית עם https://pod.example/אבג וגם 👨‍👩‍👧‍👦 emoji",
    "See (https://pod.example/wiki/Foo_(bar)).",
    LONG_LINK,
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_post_is_found_by_its_words_as_the_server_renders_them(door: Door, text: str) -> None:
    service = Fediverse()
    with serving(service) as server:
        service.add("something else")
        mine = service.add(text)
        service.add("a later one")
        receipt = at(server.url).find(outgoing(text), door)
    assert receipt is not None
    assert receipt.remote_id == mine["id"]


@given(text=st.text(min_size=1, max_size=200))
@settings(deadline=None)
def test_no_rendering_hides_a_text(text: str) -> None:
    assert not _plain(text) or _plain(text).shown_as(_rendered(rendered(text)))


def test_servers_that_show_links_in_other_ways_hide_nothing_either() -> None:
    wanted = _plain("Listen: https://pod.example/31?a=1 #work")
    for link in ("pod.example/…", "https://pod.example/31?a=1", "🔗"):
        content = (
            f'<p>Listen: <a href="https://pod.example/31?a=1">{link}</a> <a class="hashtag" href="/t/work">#work</a>'
        )
        assert wanted.shown_as(_rendered(content))
    assert not wanted.shown_as(_rendered('<p>Listen: <a href="https://pod.example/32">pod.example/…</a> #work</p>'))


@pytest.mark.parametrize("unit", ["<", "<a ", "&", "<!--", "</", "<a class='"])
def test_hostile_content_costs_no_more_than_its_share(unit: str) -> None:
    assert growth(lambda size: _rendered(unit * (size // len(unit)) + ">" * 9), 50_000) < MOST


def test_the_same_words_from_another_day_are_not_this_post(door: Door) -> None:
    service = Fediverse()
    with serving(service) as server:
        service.add("Hello", AT - timedelta(days=7))
        assert at(server.url).find(outgoing("Hello"), door) is None


def test_a_server_whose_clock_is_a_little_behind_hides_nothing(door: Door) -> None:
    service = Fediverse(at=AT - timedelta(minutes=10))
    with serving(service) as server:
        service.add("Hello")
        assert at(server.url).find(outgoing("Hello"), door) is not None


def test_a_busy_account_is_looked_through_page_by_page(door: Door) -> None:
    service = Fediverse()
    with serving(service) as server:
        mine = service.add("Hello")
        for number in range(100):
            service.add(f"other {number}")
        receipt = at(server.url).find(outgoing("Hello"), door)
        assert receipt is not None
        assert receipt.remote_id == mine["id"]
        for number in range(200):
            service.add(f"more {number}")
        with pytest.raises(NotSent, match="look at the account"):
            at(server.url).find(outgoing("Hello"), door)


def test_words_that_cannot_be_told_apart_are_left_to_a_person(door: Door) -> None:
    with pytest.raises(NotSent, match="cannot be told"):
        ACCOUNT.find(outgoing("🎉🎉"), door)


def test_mastodon_4_6_answers_a_repeated_key_with_500_and_still_there_is_one_post(door: Door) -> None:
    service = Fediverse(stumbles=True)
    with serving(service) as server:
        account, sent = at(server.url), outgoing("Hello")
        account.publish(sent, door)
        with pytest.raises(Exception, match="does not say whether"):
            account.publish(sent, door)
        assert account.find(sent, door) is not None
    assert len(service.statuses) == 1


def test_a_revoked_token_waits_for_a_new_one(door: Door) -> None:
    service = Fediverse()
    with serving(service) as server:
        account = replace(at(server.url), token=Secret("MASTODON_TOKEN", "revoked"))
        with pytest.raises(NotSent, match="MASTODON_TOKEN"):
            account.publish(outgoing("Hello"), door)
        with pytest.raises(NotSent):
            account.find(outgoing("Hello"), door)
        with pytest.raises(Rejected, match="invalid") as caught:
            account.check(door)
    assert "MASTODON_TOKEN" in caught.value.remedy
    assert service.statuses == []


def test_a_token_without_the_scope_is_told_which_it_needs(door: Door) -> None:
    with serving(lambda _: said(403, {"error": "This action is outside the authorized scopes"})) as server:
        with pytest.raises(NotSent, match="write:statuses"):
            at(server.url).publish(outgoing("Hello"), door)
        with pytest.raises(Rejected) as caught:
            at(server.url).check(door)
    assert "read:accounts" in caught.value.remedy


def test_a_refusal_is_told_in_the_servers_words(door: Door) -> None:
    with (
        serving(lambda _: said(422, {"error": "Validation failed: Text is too long."})) as server,
        pytest.raises(Rejected, match=r"\(422\): Validation failed: Text is too long\.$"),
    ):
        at(server.url).publish(outgoing("Hello"), door)


def test_a_check_names_the_account_and_holds_the_limit_against_the_servers(door: Door) -> None:
    with serving(Fediverse(maximum=500)) as server:
        assert at(server.url).check(door) == f"posts as @desk on {server.url}, up to 500 characters"
        with pytest.raises(Rejected, match="allows 500") as caught:
            replace(at(server.url), limit=5000).check(door)
    assert "limit = 500" in caught.value.remedy


def test_a_check_that_fails_on_the_way_is_not_sent(door: Door) -> None:
    with serving(Fediverse()) as server:
        server.fates.append(Fate.ERROR_BEFORE)
        with pytest.raises(NotSent):
            at(server.url).check(door)


@pytest.mark.parametrize("server", ["social.example", "https://social.example/", " https://social.example "])
def test_a_server_is_written_as_people_write_it(server: str) -> None:
    assert replace(ACCOUNT, server=server).server == "https://social.example"


@pytest.mark.parametrize(
    "server",
    ["", "https://", "http://social.example", "https://social.example/@desk", "https://[half", "https://u:p@x.example"],
)
def test_a_server_that_is_none_or_unencrypted_is_refused(server: str) -> None:
    with pytest.raises(ConfigError, match="'server' is wrong"):
        replace(ACCOUNT, server=server)


def test_a_picture_goes_ahead_with_its_description_and_the_post_names_its_id(door: Door) -> None:
    made = replace(post("Look"), media=(PICTURE,))
    with respx.mock:
        media = respx.post("https://social.example/api/v2/media").respond(200, json={"id": "22", "url": "u"})
        route = respx.post("https://social.example/api/v1/statuses").respond(200, json={"id": "1"})
        found = ACCOUNT.upload(PICTURE, PNG, door)
        body = ACCOUNT.compose(made, key=KEY, at=AT)
        ACCOUNT.publish(Outgoing(KEY, body, uploads={PICTURE.sha256: found.reference}), door)
        ACCOUNT.publish(Outgoing(KEY, body, uploads={PICTURE.sha256: "33"}), door)
    sent = media.calls[0].request
    assert sent.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="description"\r\n\r\n' + PICTURE.alt.encode() in sent.content
    assert PNG in sent.content
    first, second = (call.request for call in route.calls)
    assert json.loads(first.content)["media_ids"] == ["22"]
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"], "another upload is no other post"


def test_a_server_that_works_on_media_is_asked_until_it_is_done(door: Door) -> None:
    with serving(Fediverse(works_for=2)) as server:
        account = at(server.url)
        found = account.upload(PICTURE, PNG, door)
        assert not found.ready
        body = account.compose(replace(post("Look"), media=(PICTURE,)), key=KEY, at=AT)
        with pytest.raises(NotSent, match="not finished processing"):
            account.publish(Outgoing(KEY, body, uploads={PICTURE.sha256: found.reference}), door)
        assert not account.uploaded(found.reference, door).ready
        assert account.uploaded(found.reference, door).ready
        assert account.publish(Outgoing(KEY, body, uploads={PICTURE.sha256: found.reference}), door)


def test_media_that_the_server_cannot_use_are_rejected(door: Door) -> None:
    with respx.mock:
        respx.get("https://social.example/api/v1/media/7").respond(422, json={"error": "Error processing thumbnail"})
        with pytest.raises(Rejected, match="Error processing thumbnail"):
            ACCOUNT.uploaded("7", door)


def test_each_text_of_a_thread_answers_the_one_before(door: Door) -> None:
    thread = replace(post("One"), parts=(Part("Two"), Part("Three")), warning="food")
    with serving(service := Fediverse()) as server:
        account = at(server.url)
        receipts: list[Receipt] = []
        for piece in compose(account, thread, key=KEY, at=AT).pieces:
            sent = Outgoing(piece.key, piece.body)
            if receipts:
                receipts.append(account.follow(sent, door, root=receipts[0], parent=receipts[-1]))
            else:
                receipts.append(account.publish(sent, door))
    assert [each["in_reply_to_id"] for each in service.statuses] == [None, "1000", "1001"]
    assert {each["spoiler_text"] for each in service.statuses} == {"food"}


def test_a_warning_is_sent_as_such_and_counts(door: Door) -> None:
    made = json.loads(ACCOUNT.compose(replace(post("Hello"), warning="food"), key=KEY, at=AT))["status"]
    assert (made["spoiler_text"], made["sensitive"]) == ("food", True)
    with pytest.raises(Refused, match="501 characters"):
        ACCOUNT.compose(replace(post("x" * 497), warning="food"), key=KEY, at=AT)
    with pytest.raises(Refused, match="notify"):
        ACCOUNT.compose(replace(post("x"), warning="for @ada"), key=KEY, at=AT)


def test_one_film_or_sound_or_up_to_four_pictures() -> None:
    sound = replace(PICTURE, kind="audio", mime="audio/mpeg")
    with pytest.raises(Refused, match="take some out"):
        ACCOUNT.compose(replace(post("x"), media=(PICTURE, sound)), key=KEY, at=AT)


def test_an_edit_keeps_the_visibility_and_names_the_media_again(door: Door) -> None:
    with respx.mock:
        route = respx.put("https://social.example/api/v1/statuses/9").respond(200, json={"id": "9"})
        made = ACCOUNT.compose(replace(post("Mended"), media=(PICTURE,)), key=KEY, at=AT)
        ACCOUNT.edit(Receipt("9"), Outgoing(KEY, made, uploads={PICTURE.sha256: "22"}), door)
    assert json.loads(route.calls[0].request.content) == {"status": "Mended", "language": "en", "media_ids": ["22"]}


def test_the_limits_are_the_servers_once_it_was_asked_and_the_hosts_where_he_set_one(door: Door) -> None:
    with serving(Fediverse(maximum=5000, version="0.17.3 git-abc")) as server:
        account = at(server.url)
        assert account.limits()[0].maximum == 500
        assert "5000 characters; gotosocial takes no idempotency key" in account.check(door)
        assert account.limits()[0].maximum == 5000
        assert replace(account, limit=280).limits()[0].maximum == 280


def test_pixelfed_gets_no_post_without_a_picture(door: Door) -> None:
    with serving(Fediverse(version="3.5.3 (compatible; Pixelfed 0.12.4)")) as server:
        account = at(server.url)
        account.check(door)
        with pytest.raises(Refused, match="only posts with a picture"):
            account.compose(post("Hello"), key=KEY, at=AT)
        assert account.compose(replace(post("Hello"), media=(PICTURE,)), key=KEY, at=AT)


def test_a_server_that_knows_only_the_first_version_of_the_question(door: Door) -> None:
    def old(request: object) -> object:
        path = request.path  # type: ignore[attr-defined]
        if path == "/api/v1/instance":
            return said(200, {"version": "2.7.2 (not true; compatible; snac/2.78)", "max_toot_chars": 4000})
        if path == "/api/v1/accounts/verify_credentials":
            return said(200, {"id": "7", "acct": "desk"})
        return said(404, {"error": "no"})

    with serving(old) as server:  # type: ignore[arg-type]
        assert "up to 4000 characters; snac takes no" in at(server.url).check(door)
