"""Discord by a webhook and by a bot: what is asked, what is escaped, and how a message is found again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.http import Door
from bot.model.publication import Mail, Part, Post
from bot.model.secret import Secret
from bot.model.states import DeliveryState
from bot.platforms.composing import fault_of
from bot.platforms.contract import Outgoing, Receipt
from bot.platforms.discord import Discord, DiscordWebhook, plain
from tests.http.server import Fate, Said, serving
from tests.platforms.cases import PICTURE, PNG
from tests.platforms.discord import BOT, CHANNEL, GUILD, PATH, TOKEN, Room, fault
from tests.platforms.engine import deliver
from tests.platforms.services import AT

BOTTED = Discord(channel=CHANNEL, token=Secret("DISCORD_TOKEN", TOKEN))
HOOKED = DiscordWebhook(url=Secret("DISCORD_WEBHOOK", f"https://discord.com{PATH}"))
KEY = "quote-7-abcdef012345"
FAMILY = "👨‍👩‍👧‍👦"


def post(text: str, **more: object) -> Post:
    return replace(Post(text, None, "en", (), ()), **more)  # type: ignore[arg-type]


def outgoing(made: Post, account: Discord | DiscordWebhook = BOTTED) -> Outgoing:
    return Outgoing(KEY, account.compose(made, key=KEY, at=AT), media={PICTURE.sha256: PNG})


def bot(url: str) -> Discord:
    return Discord(channel=CHANNEL, token=Secret("DISCORD_TOKEN", TOKEN), server=url)


def hook(url: str) -> DiscordWebhook:
    return DiscordWebhook(url=Secret("DISCORD_WEBHOOK", f"{url}{PATH}"))


def test_the_webhooks_request_is_that_of_the_documentation(door: Door) -> None:
    with respx.mock:
        route = respx.post(f"https://discord.com{PATH}", params={"wait": "true"}).respond(200, json={"id": "7"})
        receipt = HOOKED.publish(outgoing(post("Hello"), HOOKED), door)
    assert json.loads(route.calls[0].request.content) == {"content": "Hello", "allowed_mentions": {"parse": []}}
    assert receipt.remote_id == "7"


def test_the_bots_request_is_that_of_the_documentation(door: Door) -> None:
    base = f"https://discord.com/api/v10/channels/{CHANNEL}"
    account = replace(BOTTED, server="https://discord.com")
    with respx.mock:
        respx.get(base).respond(200, json={"id": CHANNEL, "guild_id": GUILD})
        route = respx.post(f"{base}/messages").respond(200, json={"id": "7", "channel_id": CHANNEL})
        receipt = account.publish(outgoing(post("Hello")), door)
    sent = route.calls[0].request
    asked = json.loads(sent.content)
    assert (asked["content"], asked["allowed_mentions"], asked["enforce_nonce"]) == ("Hello", {"parse": []}, True)
    assert len(asked["nonce"]) <= 25
    assert sent.headers["authorization"] == f"Bot {TOKEN}"
    assert receipt.permalink == f"https://discord.com/channels/{GUILD}/{CHANNEL}/7"


@pytest.mark.parametrize("account", [bot, hook])
def test_pictures_go_within_the_request_with_their_alt_texts(door: Door, account: type) -> None:
    with serving(service := Room()) as server:
        made = account(server.url)
        made.publish(outgoing(post("Look", media=(PICTURE,)), made), door)
    (message,) = service.messages
    (bears,) = message["attachments"]
    assert (message["content"], bears["description"], bears["id"]) == ("Look", PICTURE.alt, 0)


@pytest.mark.parametrize("account", [bot, hook])
def test_a_message_is_edited_and_deleted_and_one_that_is_gone_is_no_fault(door: Door, account: type) -> None:
    with serving(service := Room()) as server:
        made = account(server.url)
        receipt = made.publish(outgoing(post("Helo"), made), door)
        made.edit(receipt, outgoing(post("Hello *you*"), made), door)
        assert [each["content"] for each in service.messages] == [r"Hello \*you\*"]
        made.delete(receipt, door)
        made.delete(receipt, door)
        with pytest.raises(Rejected, match="Unknown Message"):
            made.edit(receipt, outgoing(post("Hello"), made), door)
    assert service.messages == []


def test_a_thread_replies_to_itself(door: Door) -> None:
    with serving(service := Room()) as server:
        first = bot(server.url).publish(outgoing(post("One")), door)
        second = Outgoing(f"{KEY}-p2", BOTTED.compose(post("Two"), key=f"{KEY}-p2", at=AT))
        bot(server.url).follow(second, door, root=first, parent=first)
    assert service.messages[1]["referenced"] == first.remote_id
    assert "no threads" in (fault_of(HOOKED, post("x", parts=(Part("y"),))) or "")


def test_a_doubt_about_a_webhook_is_left_to_a_person(door: Door) -> None:
    with serving(service := Room()) as server:
        server.at = "?wait=true"
        server.fates.append(Fate.DROP_AFTER)
        state, _ = deliver(hook(server.url), outgoing(post("Hello"), HOOKED), door)
    assert (state, len(service.messages)) == (DeliveryState.UNKNOWN, 1)


def test_a_doubt_is_settled_by_what_the_bot_itself_wrote_since(door: Door) -> None:
    with serving(service := Room()) as server:
        account = bot(server.url)
        for number in range(150):
            service.post({"content": f"Talk {number}", "allowed_mentions": {"parse": []}}, 0, author="1")
        service.post({"content": "“A *star*”", "allowed_mentions": {"parse": []}}, 0, author="1")
        assert account.find(outgoing(post("“A *star*”")), door) is None
        mine = account.publish(outgoing(post("“A *star*”")), door)
        found = account.find(outgoing(post("“A *star*”")), door)
        assert found is not None
        assert (found.remote_id, found.permalink) == (mine.remote_id, mine.permalink)
        later = Outgoing(KEY, account.compose(post("“A *star*”"), key=KEY, at=AT + timedelta(days=2)))
        assert account.find(later, door) is None
        with pytest.raises(NotSent, match="without words"):
            account.find(outgoing(post("", media=(PICTURE,))), door)


def test_an_empty_list_is_not_believed_where_the_channel_has_messages_since(door: Door) -> None:
    with serving(service := Room(veiled=True)) as server:
        account = bot(server.url)
        assert account.find(outgoing(post("Hello")), door) is None
        account.publish(outgoing(post("Hello")), door)
        with pytest.raises(NotSent, match="read the message history"):
            account.find(outgoing(post("Hello")), door)
    assert len(service.messages) == 1


def test_a_channel_that_talks_too_much_is_left_to_a_person(door: Door) -> None:
    with serving(service := Room()) as server:
        for number in range(501):
            service.post({"content": f"Talk {number}", "allowed_mentions": {"parse": []}}, 0, author=BOT)
        with pytest.raises(NotSent, match="More than 500"):
            bot(server.url).find(outgoing(post("Hello")), door)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("*bold* _it_ ~~no~~ `code` ||spoiler||", r"\*bold\* \_it\_ \~\~no\~\~ \`code\` \|\|spoiler\|\|"),
        ("[words](https://pod.example/a_b)", r"\[words](https://pod.example/a_b)"),
        ("<@123> <#4> <t:1:R>", r"\<@123> \<#4> \<t:1:R>"),
        ("# Head\n  > said\n-# small\n- one\n2. two", "\\# Head\n  \\> said\n\\-# small\n\\- one\n2\\. two"),
        ("Words\n\n- Ada\n \n# Head\n\n1. one", "Words\n\n\\- Ada\n \n\\# Head\n\n1\\. one"),
        (":smile: at 12:34: now", r"\:smile: at 12:34: now"),
        (r"a \ b", r"a \\ b"),
        ("#tag, 3 > 2, in 2010. Then - so", "#tag, 3 > 2, in 2010. Then - so"),
        (f"https://pod.example/a_b_*c*?{'d' * 400}", f"https://pod.example/a_b_*c*?{'d' * 400}"),
        ("@everyone @here @ada", "@everyone @here @ada"),
        (f"e\u0301 {FAMILY} مرحبا", f"e\u0301 {FAMILY} مرحبا"),
    ],
)
def test_what_discord_would_read_as_marks_is_escaped_and_nothing_else(text: str, sent: str) -> None:
    assert plain(text) == sent


@given(st.text(alphabet=st.sampled_from("a1 \n\\*_~`|<>[]#-+.:/@()"), max_size=60))
def test_escaping_adds_backslashes_before_punctuation_and_loses_no_sign(text: str) -> None:
    sent, at, kept = plain(text), 0, []
    while at < len(sent):
        if sent[at] == "\\":
            at += 1
            assert not sent[at].isalnum()
        kept.append(sent[at])
        at += 1
    assert "".join(kept) == text


@pytest.mark.parametrize("character", ["x", "ש", "漢", "e\u0301", FAMILY])
def test_a_text_of_2000_units_fits_and_no_longer_one(character: str) -> None:
    size = len(character.encode("utf-16-le")) // 2
    longest = character * (2_000 // size)
    assert fault_of(BOTTED, post(longest)) is None
    assert "of 2000" in (fault_of(BOTTED, post(longest + character)) or "")


def test_what_is_too_long_only_when_escaped_and_what_is_no_post_is_refused() -> None:
    with pytest.raises(Refused, match="with these escaped it counts 2002"):
        BOTTED.compose(post("*" + "x" * 1_998 + "*"), key=KEY, at=AT)
    with pytest.raises(Refused, match="newsletters"):
        HOOKED.compose(Mail("a", "b", "c", "d", "e", None, (), ()), key=KEY, at=AT)
    assert "no alt text" in (fault_of(BOTTED, post("x", media=(replace(PICTURE, alt=""),))) or "")
    assert "takes 1024" in (fault_of(BOTTED, post("x", media=(replace(PICTURE, alt="x" * 1_025),))) or "")


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (fault(401, 0, "401: Unauthorized"), NotSent, "DISCORD_"),
        (fault(403, 50_013, "Missing Permissions"), Rejected, "Missing Permissions"),
        (fault(400, 50_035, "Invalid Form Body"), Rejected, "Invalid Form Body"),
        (Said(429, b'{"retry_after": 7.5}', {"Retry-After": "8"}), NotSent, "slow down"),
        (Said(200, b'{"id": 7}'), Unknown, "no number"),
        (Said(200, b'{"id": "x"}'), Unknown, "no number"),
        (Said(204, b""), Unknown, r"\w"),
        (Said(502, b"<html>Bad Gateway</html>"), Unknown, "does not say"),
    ],
)
@pytest.mark.parametrize("account", [bot, hook])
def test_what_an_answer_means(door: Door, account: type, answer: Said, kind: type[Exception], words: str) -> None:
    with serving(lambda request: answer if request.method == "POST" else Room()(request)) as server:
        made = account(server.url)
        with pytest.raises(kind, match=words):
            made.publish(outgoing(post("Hello"), made), door)


def test_check_says_who_posts_and_remembers_where(door: Door) -> None:
    with serving(Room()) as server:
        assert bot(server.url).check(door) == "posts as desk in episodes on Discord"
        with pytest.raises(Rejected, match="401"):
            replace(bot(server.url), token=Secret("DISCORD_TOKEN", "wrong")).check(door)
        with pytest.raises(Rejected, match="Unknown Channel"):
            replace(bot(server.url), channel="1" * 18).check(door)
        made = hook(server.url)
        assert made.check(door) == "posts as The Desk on Discord"
        receipt = made.publish(outgoing(post("Hello"), made), door)
        assert (receipt.permalink or "").startswith(f"https://discord.com/channels/{GUILD}/{CHANNEL}/")
        with pytest.raises(Rejected, match="Unknown Webhook"):
            DiscordWebhook(url=Secret("DISCORD_WEBHOOK", f"{server.url}/api/webhooks/{'1' * 18}/{'a' * 60}")).check(
                door
            )


def test_settings_that_are_none_are_told_of(door: Door) -> None:
    with pytest.raises(ConfigError, match="no channel's number"):
        Discord(channel="#general", token=Secret("DISCORD_TOKEN", TOKEN))
    with pytest.raises(NotSent, match="whole address"):
        DiscordWebhook(url=Secret("DISCORD_WEBHOOK", "https://discord.com/x")).publish(
            outgoing(post("x"), HOOKED), door
        )
    with pytest.raises(NotSent):
        DiscordWebhook(url=Secret("DISCORD_WEBHOOK", "")).delete(Receipt("7"), door)
