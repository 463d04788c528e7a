"""Matrix: what is asked of a homeserver, how a message is found again, and what is refused of a room."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.http import Door
from bot.model.publication import Mail, MediaKind, Post
from bot.model.secret import Secret
from bot.model.states import DeliveryState
from bot.platforms.composing import fault_of
from bot.platforms.contract import Outgoing, Receipt
from bot.platforms.matrix import Matrix
from tests.http.server import Fate, Request, Said, serving
from tests.platforms.cases import PICTURE, PNG
from tests.platforms.engine import ahead, deliver
from tests.platforms.matrix import ME, ROOM, TOKEN, Homeserver, fault
from tests.platforms.services import AT, said

KEY = "quote-7-abcdef012345"
ACCOUNT = Matrix(server="https://matrix.example", room=ROOM, token=Secret("MATRIX_TOKEN", TOKEN))
API = "https://matrix.example/_matrix/client/v3"
ROOM_PATH = f"{API}/rooms/{quote(ROOM, safe='')}"
FAMILY = "👨‍👩‍👧‍👦"


def post(text: str, **more: object) -> Post:
    return replace(Post(text, None, "en", (), ()), **more)  # type: ignore[arg-type]


def outgoing(made: Post, *, key: str = KEY, account: Matrix = ACCOUNT) -> Outgoing:
    return Outgoing(key, account.compose(made, key=key, at=AT), media={PICTURE.sha256: PNG})


def at(url: str) -> Matrix:
    return Matrix(server=url, room=ROOM, token=Secret("MATRIX_TOKEN", TOKEN))


def content(made: Post, account: Matrix = ACCOUNT) -> dict[str, object]:
    found: dict[str, object] = json.loads(account.compose(made, key=KEY, at=AT))["content"]
    return found


def test_the_request_is_that_of_the_specification(door: Door) -> None:
    account = replace(ACCOUNT)
    with respx.mock:
        respx.get(f"{API}/account/whoami").respond(200, json={"user_id": ME})
        for kind in ("m.room.encryption", "m.room.tombstone"):
            respx.get(f"{ROOM_PATH}/state/{kind}").respond(404, json={"errcode": "M_NOT_FOUND"})
        route = respx.put(url__startswith=f"{ROOM_PATH}/send/m.room.message/").respond(200, json={"event_id": "$7_a-b"})
        receipt = account.publish(outgoing(post("Hello *you*")), door)
    sent = route.calls[0].request
    asked = json.loads(sent.content)
    mark = asked.pop("pullquote.delivery")
    assert asked == {"msgtype": "m.text", "body": "Hello *you*", "m.mentions": {}}
    assert sent.url.path.endswith(f"/{mark}")
    assert sent.headers["authorization"] == f"Bearer {TOKEN}"
    assert receipt.remote_id == "$7_a-b"
    assert receipt.permalink == f"https://matrix.to/#/{quote(ROOM, safe='')}/%247_a-b?via=example.org"


def test_nobody_is_told_and_nothing_formats_whatever_a_transcript_says() -> None:
    text = "@room @ada:example.org <b>*bold*</b> /me #room:example.org"
    assert content(post(text)) | {"pullquote.delivery": ""} == {
        "msgtype": "m.text",
        "body": text,
        "m.mentions": {},
        "pullquote.delivery": "",
    }
    assert content(post(text), replace(ACCOUNT, silent=True))["msgtype"] == "m.notice"


def test_a_picture_goes_ahead_and_its_description_stands_for_it(door: Door) -> None:
    with serving(service := Homeserver()) as server:
        account = at(server.url)
        sent = ahead(account, outgoing(post("1 < 2\nand", media=(PICTURE,))), door, (PICTURE,))
        account.publish(sent, door)
    (shown,) = service.shown()
    assert service.files == {shown["url"]: ("image/png", PNG)}
    assert (shown["msgtype"], shown["body"]) == ("m.image", f"1 < 2\nand\n\n{PICTURE.alt}")
    assert (shown["format"], shown["formatted_body"]) == ("org.matrix.custom.html", "1 &lt; 2<br>and")
    assert shown["info"] == {"mimetype": "image/png", "size": len(PNG), "w": 1, "h": 1}
    assert shown["filename"].endswith(".png")
    assert shown["m.mentions"] == {}


def test_a_medium_without_words_is_shown_with_its_description_and_counts_milliseconds() -> None:
    sound = replace(PICTURE, kind=MediaKind.AUDIO, mime="audio/mpeg", width=None, height=None, duration=12.3456)
    made = content(post("", media=(sound,)))
    assert (made["msgtype"], made["body"]) == ("m.audio", PICTURE.alt)
    assert "formatted_body" not in made
    assert made["info"] == {"mimetype": "audio/mpeg", "size": len(PNG), "duration": 12_346}


def test_a_thread_hangs_on_its_root_and_replies_for_clients_that_know_none(door: Door) -> None:
    with serving(service := Homeserver()) as server:
        account = at(server.url)
        receipts = [account.publish(outgoing(post("One")), door)]
        for number, text in enumerate(("Two", "Three"), start=2):
            sent = outgoing(post(text), key=f"{KEY}-p{number}")
            receipts.append(account.follow(sent, door, root=receipts[0], parent=receipts[-1]))
    assert service.events[2]["content"]["m.relates_to"] == {
        "rel_type": "m.thread",
        "event_id": receipts[0].remote_id,
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": receipts[1].remote_id},
    }


def test_a_message_is_edited_and_still_found_as_what_it_was(door: Door) -> None:
    with serving(service := Homeserver(forgets=True)) as server:
        account = at(server.url)
        receipt = account.publish(outgoing(post("Helo")), door)
        correction = outgoing(post("Hello"), key="correction-1")
        for _ in range(2):
            account.edit(receipt, correction, door)
        change = service.events[1]["content"]
        assert (change["body"], change["m.new_content"]["body"]) == ("* Hello", "Hello")
        assert change["m.relates_to"] == {"rel_type": "m.replace", "event_id": receipt.remote_id}
        assert change["m.mentions"] == change["m.new_content"]["m.mentions"] == {}
        assert [each["body"] for each in service.shown()] == ["Hello"]
        found = account.find(outgoing(post("Helo")), door)
        assert found is not None
        assert found.remote_id == receipt.remote_id
        assert account.find(correction, door) is None


def test_an_older_server_that_shows_the_edited_words_in_the_messages_place_is_no_harm(door: Door) -> None:
    with serving(service := Homeserver()) as server:
        account = at(server.url)
        receipt = account.publish(outgoing(post("Helo")), door)
        account.edit(receipt, outgoing(post("Hello"), key="correction-1"), door)
        service.events[0]["content"] = service.events[1]["content"]["m.new_content"]
        found = account.find(outgoing(post("Helo")), door)
    assert found is not None
    assert found.remote_id == receipt.remote_id


def test_a_message_is_taken_away_with_all_that_it_was_changed_to(door: Door) -> None:
    with serving(service := Homeserver()) as server:
        account = at(server.url)
        receipt = account.publish(outgoing(post("Helo")), door)
        account.edit(receipt, outgoing(post("Hello"), key="correction-1"), door)
        service.send("m.room.message", {**service.events[1]["content"]}, "send/theirs", sender="@eve:example.org")
        for _ in range(2):
            account.delete(receipt, door)
        account.delete(Receipt("$nowhere"), door)
        assert [bool(each["content"]) for each in service.events] == [False, False, True]
        with pytest.raises(Rejected, match="taken away"):
            account.edit(receipt, outgoing(post("Hello"), key="correction-2"), door)
        with pytest.raises(Rejected, match="Event not found"):
            account.edit(Receipt("$nowhere"), outgoing(post("Hello"), key="correction-2"), door)


@pytest.mark.parametrize("status", [404, 405])
def test_a_server_that_lists_no_changes_still_takes_a_message_away(door: Door, status: int) -> None:
    service = Homeserver()

    def smaller(asked: Request) -> Said:
        return fault(status, "M_UNRECOGNIZED", "Unrecognized") if "/relations/" in asked.path else service(asked)

    with serving(smaller) as server:
        receipt = at(server.url).publish(outgoing(post("Hello")), door)
        at(server.url).delete(receipt, door)
    assert service.shown() == []


def test_a_doubt_is_settled_by_the_mark_and_not_by_the_words(door: Door) -> None:
    with serving(service := Homeserver(forgets=True)) as server:
        account = at(server.url)
        account.publish(outgoing(post("The same words"), key="another"), door)
        assert account.find(outgoing(post("The same words")), door) is None
        mine = account.publish(outgoing(post("The same words")), door)
        # Whoever copies a message copies its mark.
        service.send("m.room.message", {**service.events[-1]["content"]}, "send/theirs", sender="@eve:example.org")
        for number in range(120):
            account.publish(outgoing(post(f"Later {number}"), key=f"later-{number}"), door)
        found = account.find(outgoing(post("The same words")), door)
        assert found is not None
        assert (found.remote_id, found.permalink) == (mine.remote_id, mine.permalink)
        later = Outgoing(KEY, account.compose(post("The same words"), key=KEY, at=AT + timedelta(days=2)))
        assert account.find(later, door) is None


def test_an_account_that_talks_too_much_is_left_to_a_person(door: Door) -> None:
    with serving(service := Homeserver()) as server:
        for number in range(501):
            service.send("m.room.message", {"msgtype": "m.text", "body": "Talk"}, f"send/{number}")
        with pytest.raises(NotSent, match="More than 500"):
            at(server.url).find(outgoing(post("Hello")), door)


def test_what_somebody_took_away_after_a_doubt_is_not_sent_again(door: Door) -> None:
    with serving(service := Homeserver()) as server:
        account = at(server.url)
        receipt = account.publish(outgoing(post("Hello")), door)
        service.redact(receipt.remote_id, "by-a-moderator")
        found = account.find(outgoing(post("Hello")), door)
        assert found is not None
        assert found.remote_id == receipt.remote_id
        # Of another message this one is known not to be it, as long as the server remembers who sent it.
        other = outgoing(post("Hello"), key="another")
        assert account.find(other, door) is None
        service.events[0]["unsigned"].pop("transaction_id")
        for sent in (outgoing(post("Hello")), other):
            with pytest.raises(NotSent, match="taken away since"):
                account.find(sent, door)


def test_a_page_without_messages_is_not_the_end_of_the_list(door: Door) -> None:
    pages = [
        {"start": "a", "end": "b", "chunk": []},
        {"start": "b", "end": "c", "chunk": []},
        {"start": "c", "chunk": []},
    ]
    asked: list[str] = []

    def answer(request: Request) -> Said:
        if "/messages" not in request.path:
            return Homeserver()(request)
        asked.append(request.path)
        return said(200, pages[len(asked) - 1])

    with serving(answer) as server:
        assert at(server.url).find(outgoing(post("Hello")), door) is None
    assert ["from=b" in asked[1], "from=c" in asked[2], len(asked)] == [True, True, 3]


@pytest.mark.parametrize("event", [{"event_id": "$1", "sender": ME}, {"origin_server_ts": 10**15, "sender": ME}])
def test_messages_that_cannot_be_read_prove_nothing(door: Door, event: dict[str, object]) -> None:
    answer = said(200, {"user_id": ME, "chunk": [event]})
    with serving(lambda _: answer) as server, pytest.raises(NotSent, match="without a readable time"):
        at(server.url).find(outgoing(post("Hello")), door)


def test_nothing_plain_goes_into_an_encrypted_room(door: Door) -> None:
    with serving(service := Homeserver(state={"m.room.encryption": {"algorithm": "m.megolm.v1.aes-sha2"}})) as server:
        account = at(server.url)
        for act in (lambda: account.publish(outgoing(post("Hello")), door), lambda: account.check(door)):
            with pytest.raises(Rejected, match="is encrypted"):
                act()
        state, _ = deliver(account, outgoing(post("Hello")), door)
        assert (state, service.events) == (DeliveryState.REJECTED, [])
        with pytest.raises(Rejected, match="is encrypted"):
            account.edit(Receipt("$7"), outgoing(post("Hello")), door)
    assert service.events == []


def test_a_homeserver_that_does_not_tell_whether_a_room_is_encrypted_is_sent_nothing(door: Door) -> None:
    service = Homeserver()
    answers = [fault(404, "M_UNRECOGNIZED", "Unrecognized request"), Said(404, b"<html>"), said(200, []), Said(502)]
    with serving(lambda asked: answers[0] if "encryption" in asked.path else service(asked)) as server:
        while answers:
            with pytest.raises((NotSent, Rejected)):
                at(server.url).publish(outgoing(post("Hello")), door)
            answers.pop(0)
    assert service.events == []


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (fault(401, "M_UNKNOWN_TOKEN", "Access token has expired", soft_logout=True), NotSent, "MATRIX_TOKEN"),
        (fault(401, "M_USER_LOCKED", "This account has been locked"), NotSent, "administrator"),
        (fault(403, "M_FORBIDDEN", "You don't have permission to post"), Rejected, "permission to post"),
        (fault(403, "M_USER_SUSPENDED", "Suspended"), Rejected, "Suspended"),
        (fault(413, "M_TOO_LARGE", "event too large"), Rejected, "event too large"),
        (fault(400, "M_BAD_JSON", "Bad JSON"), Rejected, "Bad JSON"),
        (said(200, {"event_id": 7}), Unknown, "no number"),
        (said(200, {"event_id": "7"}), Unknown, "no number"),
        (Said(502, b"<html>Bad Gateway</html>"), Unknown, "does not say"),
    ],
)
def test_what_an_answer_means(door: Door, answer: Said, kind: type[Exception], words: str) -> None:
    def refusing(asked: Request) -> Said:
        return answer if asked.method == "PUT" else Homeserver()(asked)

    with serving(refusing) as server, pytest.raises(kind, match=words):
        at(server.url).publish(outgoing(post("Hello")), door)


@pytest.mark.parametrize(
    ("headers", "body", "wait"),
    [
        ({"Retry-After": "8"}, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2_500}, 8.0),
        ({}, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2_500}, 2.5),
        ({}, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 10**15}, 86_400.0),
        ({}, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": "soon"}, None),
        ({}, {"errcode": "M_LIMIT_EXCEEDED"}, None),
        ({}, [], None),
    ],
)
def test_a_wait_is_read_where_a_server_names_it(
    door: Door, headers: dict[str, str], body: object, wait: float | None
) -> None:
    slow = said(429, body, **headers)
    with serving(lambda asked: slow if asked.method == "PUT" else Homeserver()(asked)) as server:
        account = at(server.url)
        for act in (
            lambda: account.publish(outgoing(post("Hello")), door),
            lambda: account.delete(Receipt("$7"), door),
        ):
            with pytest.raises(NotSent, match="slow down") as caught:
                act()
            assert caught.value.retry_after == wait


def test_check_says_who_posts_where(door: Door) -> None:
    with serving(service := Homeserver()) as server:
        account = at(server.url)
        assert account.check(door) == f"posts as {ME} in {ROOM} on {server.url}"
        service.state["m.room.name"] = {"name": "Episodes"}
        assert account.check(door) == f"posts as {ME} in Episodes on {server.url}"
        with pytest.raises(Rejected, match="refused the token"):
            replace(account, token=Secret("MATRIX_TOKEN", "wrong")).check(door)
        service.joined = False
        with pytest.raises(Rejected, match="not in room") as caught:
            account.check(door)
        assert "join the room" in caught.value.remedy


@pytest.mark.parametrize(
    ("levels", "made", "may"),
    [
        ({}, None, True),
        ({"events_default": 50}, None, False),
        ({"events_default": 50, "users": {ME: 50}}, None, True),
        ({"events_default": "50", "users": {ME: "50"}}, None, True),
        ({"events_default": 50, "users_default": 50}, None, True),
        ({"events_default": 50, "events": {"m.room.message": 0}}, None, True),
        ({"users": {ME: -1}}, None, False),
        ({"events_default": 50}, {"sender": ME, "content": {"room_version": "12"}}, True),
        ({"events_default": 50}, {"sender": "@ada:a.example", "content": {"room_version": "12"}}, False),
        (
            {"events_default": 50},
            {"sender": "@ada:a.example", "content": {"room_version": "12", "additional_creators": [ME]}},
            True,
        ),
        ({"events_default": 50}, {"sender": ME, "content": {"room_version": "10"}}, False),
        ({"events_default": 50}, {"sender": ME, "content": {}}, False),
    ],
)
def test_check_sees_whether_the_account_may_write(
    door: Door, levels: dict[str, object], made: dict[str, object] | None, may: bool
) -> None:
    state: dict[str, dict[str, object]] = {"m.room.power_levels": levels}
    if made is not None:
        state["m.room.create"] = made
    with serving(Homeserver(state=state)) as server:
        if may:
            assert ME in at(server.url).check(door)
            return
        with pytest.raises(Rejected, match="is needed to write"):
            at(server.url).check(door)


def test_a_room_that_was_replaced_is_told_of_and_gets_nothing(door: Door) -> None:
    with serving(service := Homeserver(state={"m.room.tombstone": {"replacement_room": "!new:a.example"}})) as server:
        account = at(server.url)
        for act in (lambda: account.check(door), lambda: account.publish(outgoing(post("Hello")), door)):
            with pytest.raises(Rejected, match="replaced") as caught:
                act()
            assert "!new:a.example" in caught.value.remedy
    assert service.events == []


def test_an_account_that_has_left_is_not_taken_for_one_that_is_in_the_room(door: Door) -> None:
    with serving(Homeserver(left=True)) as server, pytest.raises(Rejected, match="is not in the room"):
        at(server.url).check(door)


def test_the_second_safety_is_the_transaction_which_one_device_repeats(door: Door) -> None:
    with serving(service := Homeserver(hides=9)) as server:
        server.at = "/send/m.room.message/"
        server.fates.append(Fate.DROP_AFTER)
        state, receipt = deliver(at(server.url), outgoing(post("Hello")), door)
    assert (state, len(service.events)) == (DeliveryState.ACCEPTED, 1)
    assert receipt is not None


@pytest.mark.parametrize("character", ["x", "ש", "漢", "e\u0301", FAMILY, '"'])
def test_a_text_of_12000_bytes_fits_and_no_longer_one(character: str) -> None:
    longest = character * (12_000 // len(character.encode()))
    assert fault_of(ACCOUNT, post(longest)) is None
    assert "of 12000" in (fault_of(ACCOUNT, post(f"{longest}{character}")) or "")
    assert ACCOUNT.compose(post(longest), key=KEY, at=AT)


def test_what_would_not_fit_into_an_event_when_it_is_edited_is_refused() -> None:
    described = replace(PICTURE, alt='"' * 4_000)
    with pytest.raises(Refused, match="as Matrix would edit it"):
        ACCOUNT.compose(post('"' * 12_000, media=(described,)), key=KEY, at=AT)
    with pytest.raises(Refused, match="newsletters"):
        ACCOUNT.compose(Mail("a", "b", "c", "d", "e", None, (), ()), key=KEY, at=AT)


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=300), st.booleans())
def test_every_edit_of_what_was_composed_fits_into_an_event(text: str, bears: bool) -> None:
    made = content(post(text, media=(PICTURE,) if bears else ()))
    made["url"] = "mxc://example.org/" + "x" * 255
    edit = {**made, "body": f"* {made['body']}", "m.new_content": made, "m.relates_to": {"event_id": "$" + "x" * 43}}
    assert len(json.dumps(edit, ensure_ascii=False).encode()) < 65_536 - 6_000


@pytest.mark.parametrize("room", ["#episodes:example.org", "", "wfGQ:example.org", "!a b:example.org", "!a/b"])
def test_only_a_rooms_number_names_a_room(room: str) -> None:
    with pytest.raises(ConfigError, match="no room's number"):
        replace(ACCOUNT, room=room)
