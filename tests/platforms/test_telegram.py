"""A Telegram channel: what is asked, what is refused before, and what an answer means."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import respx

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.http import Door
from bot.model.publication import Mail, MediaKind, Part, Post
from bot.model.secret import Secret
from bot.model.states import DeliveryState
from bot.platforms.composing import fault_of
from bot.platforms.contract import Outgoing, Receipt
from bot.platforms.telegram import Telegram
from tests.http.server import Fate, Said, serving
from tests.platforms.cases import PICTURE, PNG
from tests.platforms.engine import deliver
from tests.platforms.services import AT
from tests.platforms.telegram import CHAT, TOKEN, BotApi, fault

ACCOUNT = Telegram(chat=CHAT, token=Secret("TELEGRAM_TOKEN", TOKEN))
BASE = f"https://api.telegram.org/bot{TOKEN}"
KEY = "quote-7-abcdef012345"
TAKEN = {"ok": True, "result": {"message_id": 41, "chat": {"id": -1001234, "username": "the_desk"}}}
FAMILY = "👨‍👩‍👧‍👦"


def post(text: str, **more: object) -> Post:
    return replace(Post(text, None, "en", (), ()), **more)  # type: ignore[arg-type]


def outgoing(made: Post, account: Telegram = ACCOUNT) -> Outgoing:
    return Outgoing(KEY, account.compose(made, key=KEY, at=AT), media={PICTURE.sha256: PNG})


def at(url: str) -> Telegram:
    return replace(ACCOUNT, server=url)


def test_the_request_is_that_of_the_documentation(door: Door) -> None:
    with respx.mock:
        route = respx.post(f"{BASE}/sendMessage").respond(200, json=TAKEN)
        receipt = ACCOUNT.publish(outgoing(post("*Hello* _you_", link="https://pod.example/31")), door)
    assert json.loads(route.calls[0].request.content) == {
        "chat_id": CHAT,
        "text": "*Hello* _you_",
        "link_preview_options": {"url": "https://pod.example/31"},
    }
    assert (receipt.remote_id, receipt.permalink) == ("41", "https://t.me/the_desk/41")


def test_a_picture_goes_within_the_request_with_the_text_below_it(door: Door) -> None:
    with serving(service := BotApi()) as server:
        receipt = at(server.url).publish(outgoing(post("Look", media=(PICTURE,))), door)
        mended = at(server.url).edit(receipt, outgoing(post("Look again", media=(PICTURE,))), door)
        at(server.url).edit(receipt, outgoing(post("Look again", media=(PICTURE,))), door)
    assert service.messages == [{"chat_id": CHAT, "caption": "Look again", "file": ("photo", PNG), "message_id": 1}]
    assert mended == receipt


def test_a_thread_answers_itself_and_a_silent_channel_makes_no_sound(door: Door) -> None:
    account = replace(ACCOUNT, silent=True)
    with respx.mock:
        route = respx.post(f"{BASE}/sendMessage").respond(200, json=TAKEN)
        first = Receipt("40")
        account.follow(outgoing(post("Second"), account), door, root=first, parent=first)
    asked = json.loads(route.calls[0].request.content)
    assert (asked["reply_parameters"], asked["disable_notification"]) == ({"message_id": 40}, True)


def test_a_message_is_edited_and_deleted_and_one_that_is_gone_is_no_fault(door: Door) -> None:
    with serving(service := BotApi()) as server:
        account = at(server.url)
        receipt = account.publish(outgoing(post("Helo")), door)
        account.edit(receipt, outgoing(post("Hello")), door)
        assert [each["text"] for each in service.messages] == ["Hello"]
        account.delete(receipt, door)
        account.delete(receipt, door)
        with pytest.raises(Rejected, match="message to edit not found"):
            account.edit(receipt, outgoing(post("Hello!")), door)
    assert service.messages == []


def test_a_message_that_is_too_old_to_delete_says_who_can(door: Door) -> None:
    old = fault(400, "Bad Request: message can't be deleted")
    with serving(lambda _: old) as server, pytest.raises(Rejected) as caught:
        at(server.url).delete(Receipt("5"), door)
    assert "Delete it in Telegram" in (caught.value.remedy or "")


def test_after_an_answer_that_never_came_nothing_is_sent_again(door: Door) -> None:
    with serving(service := BotApi()) as server:
        server.at = "/send"
        server.fates.append(Fate.DROP_AFTER)
        state, receipt = deliver(at(server.url), outgoing(post("Hello")), door)
    assert (state, receipt, len(service.messages)) == (DeliveryState.UNKNOWN, None, 1)


@pytest.mark.parametrize("character", ["x", "ש", "漢", "e\u0301", FAMILY])
def test_a_text_of_4096_units_fits_and_no_longer_one(character: str) -> None:
    size = len(character.encode("utf-16-le")) // 2
    longest = character * (4_096 // size)
    assert fault_of(ACCOUNT, post(longest)) is None
    assert "of 4096" in (fault_of(ACCOUNT, post(longest + character)) or "")


def test_beside_a_picture_the_text_is_shorter(door: Door) -> None:
    ACCOUNT.compose(post("x" * 1_024, media=(PICTURE,)), key=KEY, at=AT)
    with pytest.raises(Refused, match=r"takes 1024 characters \(most emoji count two\) of text, not 1025"):
        ACCOUNT.compose(post("x" * 1_025, media=(PICTURE,)), key=KEY, at=AT)
    with pytest.raises(Rejected, match="more than 1024"):
        ACCOUNT.edit(Receipt("1", memo="caption"), outgoing(post("x" * 1_025)), door)


@pytest.mark.parametrize(
    "text", ["ask @guest_of_ours", "“@Nasa said so”", "(@four)", "@@nasa", "@gif", "cafe\u0301@nasa"]
)
def test_a_name_that_would_be_told_of_it_is_refused_unless_it_is_allowed(text: str) -> None:
    with pytest.raises(Refused, match="would notify somebody on Telegram"):
        ACCOUNT.compose(post(text), key=KEY, at=AT)
    allowed = replace(ACCOUNT, mentions=("@Guest_of_ours", "@nasa", "@FOUR", "@gif"))
    assert json.loads(allowed.compose(post(text), key=KEY, at=AT))["fields"]["text"] == text


@pytest.mark.parametrize(
    "text", ["/start it", "say /help@some_bot now", "and\n/stop", "say:/start", "so.../start", "/start\u0301"]
)
def test_a_command_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="would be a command"):
        ACCOUNT.compose(post(text), key=KEY, at=AT)


@pytest.mark.parametrize(
    "text",
    [
        "desk@pod.example",
        "@al is short",
        "and/or, 24/7, 1/2",
        "*bold* _it_ <b>tag</b> [a](b) `code` || ~no~",
        f"https://pod.example/@ada_lovelace/start?{'a' * 400}",
        "#tag",
        "مرحبا بالعالم",
        FAMILY,
    ],
)
def test_everything_else_stays_as_it_is_written(text: str) -> None:
    assert json.loads(ACCOUNT.compose(post(text), key=KEY, at=AT))["fields"]["text"] == text


def test_media_that_telegram_takes_none_of_are_refused() -> None:
    assert "no alt text" in (fault_of(ACCOUNT, post("x", media=(replace(PICTURE, alt=" "),))) or "")
    assert "convert it" in (fault_of(ACCOUNT, post("x", media=(replace(PICTURE, mime="image/tiff"),))) or "")
    assert "1 media in one post" in (fault_of(ACCOUNT, post("x", media=(PICTURE, PICTURE))) or "")
    assert fault_of(ACCOUNT, post("x", parts=(Part("y"),))) is None
    for width, height in ((6_000, 4_001), (2_100, 100)):
        with pytest.raises(Refused, match="The image"):
            ACCOUNT.compose(post("x", media=(replace(PICTURE, width=width, height=height),)), key=KEY, at=AT)
    with pytest.raises(Refused, match="newsletters"):
        ACCOUNT.compose(Mail("a", "b", "c", "d", "e", None, (), ()), key=KEY, at=AT)


def test_a_film_and_a_sound_go_by_methods_of_their_own() -> None:
    for kind, mime, method in (
        (MediaKind.VIDEO, "video/mp4", "sendVideo"),
        (MediaKind.AUDIO, "audio/mpeg", "sendAudio"),
    ):
        made = post("x", media=(replace(PICTURE, kind=kind, mime=mime),))
        assert json.loads(ACCOUNT.compose(made, key=KEY, at=AT))["method"] == method


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (fault(401, "Unauthorized"), NotSent, "into TELEGRAM_TOKEN"),
        (fault(404, "Not Found"), NotSent, "into TELEGRAM_TOKEN"),
        (fault(403, "Forbidden: bot was kicked from the channel chat"), Rejected, "was kicked"),
        (fault(400, "Bad Request: chat not found"), Rejected, "chat not found"),
        (fault(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100999), Rejected, "upgraded"),
        (fault(200, "Bad Request: message is too long"), Rejected, "too long"),
        (Said(429, b"{}", {"Retry-After": "7"}), NotSent, "slow down"),
        (Said(200, b'{"ok": true, "result": {}}'), Unknown, "no number"),
        (Said(200, b'{"ok": true, "result": true}'), Unknown, "no number"),
        (Said(502, b"<html>Bad Gateway</html>"), Unknown, "does not say"),
    ],
)
def test_what_an_answer_means(door: Door, answer: Said, kind: type[Exception], words: str) -> None:
    with serving(lambda _: answer) as server, pytest.raises(kind, match=words) as caught:
        at(server.url).publish(outgoing(post("Hello")), door)
    if isinstance(caught.value, Rejected):
        assert caught.value.remedy


def test_a_group_that_became_another_says_what_to_set(door: Door) -> None:
    moved = fault(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-100999)
    with serving(lambda _: moved) as server, pytest.raises(Rejected) as caught:
        at(server.url).publish(outgoing(post("Hello")), door)
    assert "'-100999'" in (caught.value.remedy or "")


def test_neither_the_token_nor_its_secret_half_is_kept_of_an_answer(door: Door) -> None:
    secret = TOKEN.partition(":")[2]
    telling = Said(403, f'{{"description": "bot {secret} of {TOKEN} may not"}}'.encode())
    with serving(lambda _: telling) as server, pytest.raises(Rejected) as caught:
        at(server.url).publish(outgoing(post("Hello")), door)
    assert secret not in f"{caught.value} {caught.value.answer}"


def test_check_says_who_posts_where_and_a_wrong_token_is_told_of(door: Door) -> None:
    with serving(BotApi()) as server:
        assert at(server.url).check(door) == "posts as @desk_bot in The Desk on Telegram"
        wrong = replace(at(server.url), token=Secret("TELEGRAM_TOKEN", "1:x"))
        with pytest.raises(Rejected, match="refused the token"):
            wrong.check(door)
        with pytest.raises(Rejected, match="chat not found"):
            replace(at(server.url), chat="@elsewhere").check(door)


def test_a_message_in_a_private_chat_has_an_address_for_its_members(door: Door) -> None:
    account = replace(ACCOUNT, chat="-1001234")
    answer = {"ok": True, "result": {"message_id": 5, "chat": {"id": -1001234, "title": "Us"}}}
    with respx.mock:
        respx.post(f"{BASE}/sendMessage").respond(200, json=answer)
        assert account.publish(outgoing(post("Hello"), account), door).permalink == "https://t.me/c/1234/5"


@pytest.mark.parametrize("chat", ["", "the_desk", "@ab", "https://t.me/the_desk"])
def test_a_chat_that_is_none_is_a_fault_of_the_settings(chat: str) -> None:
    with pytest.raises(ConfigError, match="'chat' is wrong"):
        Telegram(chat=chat, token=Secret("TELEGRAM_TOKEN", TOKEN))
