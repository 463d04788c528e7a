"""Slack by a webhook and by a bot: what is asked, what no word of a text does, and how a message is found again."""

from __future__ import annotations

import html
import json
from dataclasses import replace
from datetime import timedelta

import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.http import Door
from bot.model.publication import Mail, MediaKind, Part, Post
from bot.model.secret import Secret
from bot.model.states import DeliveryState
from bot.platforms.composing import fault_of
from bot.platforms.contract import Outgoing, Receipt
from bot.platforms.slack import Slack, SlackWebhook, escaped, rich
from tests.http.server import Fate, Request, Said, serving
from tests.platforms.cases import PICTURE, PNG
from tests.platforms.engine import ahead, deliver
from tests.platforms.services import AT
from tests.platforms.slack import BOT, CHANNEL, HOME, HOOK, TOKEN, Workspace, no, text_of, yes

BOTTED = Slack(channel=CHANNEL, token=Secret("SLACK_TOKEN", TOKEN))
HOOKED = SlackWebhook(url=Secret("SLACK_WEBHOOK", f"https://hooks.slack.com{HOOK}"))
KEY = "quote-7-abcdef012345"
ADDRESS = "https://desk.example/media/picture.png"
WITH_MARKS = "*bold* _it_ ~no~ `code` :smile: <!channel> <@U024BE7LH> <#C024BE7LR> @here & co. > said\n- one"


def post(text: str, **more: object) -> Post:
    return replace(Post(text, None, "en", (), ()), **more)  # type: ignore[arg-type]


def outgoing(made: Post, account: Slack | SlackWebhook = BOTTED, *, key: str = KEY) -> Outgoing:
    return Outgoing(
        key,
        account.compose(made, key=key, at=AT),
        media={PICTURE.sha256: PNG},
        addresses={PICTURE.sha256: ADDRESS},
    )


def bot(url: str) -> Slack:
    return Slack(channel=CHANNEL, token=Secret("SLACK_TOKEN", TOKEN), server=url)


def hook(url: str) -> SlackWebhook:
    return SlackWebhook(url=Secret("SLACK_WEBHOOK", f"{url}{HOOK}"))


def test_the_webhooks_request_is_that_of_the_documentation(door: Door) -> None:
    with respx.mock:
        route = respx.post(f"https://hooks.slack.com{HOOK}").respond(200, text="ok")
        receipt = HOOKED.publish(outgoing(post("Hello https://pod.example/31 & more"), HOOKED), door)
    assert json.loads(route.calls[0].request.content) == {
        "text": "Hello https://pod.example/31 &amp; more",
        "mrkdwn": False,
        "parse": "none",
        "link_names": False,
        "unfurl_links": True,
        "unfurl_media": True,
        "blocks": [
            {
                "type": "rich_text",
                "elements": [
                    {
                        "type": "rich_text_section",
                        "elements": [
                            {"type": "text", "text": "Hello "},
                            {"type": "link", "url": "https://pod.example/31"},
                            {"type": "text", "text": " & more"},
                        ],
                    }
                ],
            }
        ],
    }
    assert (receipt.remote_id, receipt.permalink) == (KEY, None)


def test_the_bots_request_is_that_of_the_documentation(door: Door) -> None:
    account = replace(BOTTED, cards=False)
    with respx.mock:
        respx.post("https://slack.com/api/auth.test").respond(200, json={"ok": True, "url": HOME, "user_id": BOT})
        route = respx.post("https://slack.com/api/chat.postMessage").respond(
            200, json={"ok": True, "channel": CHANNEL, "ts": "1503435956.000247"}
        )
        receipt = account.publish(outgoing(post("Hello"), account), door)
    sent = route.calls[0].request
    asked = json.loads(sent.content)
    metadata = asked.pop("metadata")
    assert asked == {
        "channel": CHANNEL,
        "text": "Hello",
        "mrkdwn": False,
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": [rich("Hello")],
    }
    assert metadata["event_type"] == "pullquote_post"
    assert len(metadata["event_payload"]["key"]) == 32
    assert sent.headers["authorization"] == f"Bearer {TOKEN}"
    assert sent.headers["content-type"] == "application/json; charset=utf-8"
    assert receipt.remote_id == "1503435956.000247"
    assert receipt.permalink == f"{HOME}archives/{CHANNEL}/p1503435956000247"


@pytest.mark.parametrize("account", [BOTTED, HOOKED])
def test_no_word_of_a_text_formats_or_calls_anything(account: Slack | SlackWebhook) -> None:
    told = json.loads(account.compose(post(WITH_MARKS), key=KEY, at=AT))
    assert text_of(told["blocks"]) == WITH_MARKS
    assert not {"<", ">"} & set(told["message"]["text"])
    assert (told["message"]["parse"], told["message"]["link_names"]) == ("none", False)


@given(st.text(alphabet=st.sampled_from("a \n*_~`:<>&!@#;|/.lgtmp") | st.characters(codec="utf-8"), max_size=80))
def test_what_is_escaped_is_read_as_it_was_and_what_is_shown_is_the_text(text: str) -> None:
    assert html.unescape(escaped(text)) == html.unescape(text.replace("&", "&amp;"))
    assert not {"<", ">"} & set(escaped(text))
    text = f"{text} https://pod.example/a_b?c=d&e {text}"
    assert text_of([rich(text)]) == text


def test_an_address_ends_before_the_punctuation_of_its_sentence() -> None:
    (section,) = rich("(See https://pod.example/31).")["elements"]
    assert [each.get("url") or each["text"] for each in section["elements"]] == [
        "(See ",
        "https://pod.example/31",
        ").",
    ]


def test_a_picture_goes_ahead_and_is_waited_for(door: Door) -> None:
    with serving(service := Workspace(works_for=2)) as server:
        account = bot(server.url)
        first = account.upload(PICTURE, PNG, door)
        assert not first.ready
        assert [account.uploaded(first.reference, door).ready for _ in range(3)] == [False, False, True]
        sent = replace(outgoing(post("Look", media=(PICTURE,))), uploads={PICTURE.sha256: first.reference})
        account.publish(sent, door)
    (file,), (message,) = service.files.values(), service.messages
    assert (file["content"], file["alt"]) == (PNG, PICTURE.alt)
    assert message["blocks"][1] == {
        "type": "image",
        "slack_file": {"id": first.reference},
        "alt_text": PICTURE.alt,
    }


def test_a_picture_without_words_says_what_it_shows(door: Door) -> None:
    with serving(service := Workspace()) as server:
        account = bot(server.url)
        account.publish(ahead(account, outgoing(post("", media=(PICTURE,))), door, (PICTURE,)), door)
    (message,) = service.messages
    assert message["text"] == PICTURE.alt
    assert [each["type"] for each in message["blocks"]] == ["image"]


def test_a_webhook_names_the_address_of_a_picture(door: Door) -> None:
    with serving(service := Workspace()) as server:
        account = hook(server.url)
        account.publish(outgoing(post("Look", media=(PICTURE,)), account), door)
        with pytest.raises(NotSent, match="public"):
            account.publish(replace(outgoing(post("Look", media=(PICTURE,)), account), addresses={}), door)
    (message,) = service.hooked
    assert message["blocks"][1] == {"type": "image", "image_url": ADDRESS, "alt_text": PICTURE.alt}


def test_an_upload_to_an_address_that_is_none_is_not_made(door: Door) -> None:
    for address in ("", "http://elsewhere.example/upload", "ftp://files.slack.com/x"):
        with serving(lambda _, address=address: yes(file_id="F1", upload_url=address)) as server:
            with pytest.raises(NotSent, match="no place"):
                bot(server.url).upload(PICTURE, PNG, door)
            assert len(server.requests) == 1


def test_a_message_is_edited_and_deleted_and_one_that_is_gone_is_no_fault(door: Door) -> None:
    with serving(service := Workspace()) as server:
        account = bot(server.url)
        sent = ahead(account, outgoing(post("Helo", media=(PICTURE,))), door, (PICTURE,))
        receipt = account.publish(sent, door)
        before = service.messages[0]["metadata"]
        mended = replace(outgoing(post("Hello <you>", media=(PICTURE,))), uploads=sent.uploads)
        assert account.edit(receipt, mended, door) == receipt
        (message,) = service.messages
        assert text_of(message["blocks"]) == "Hello <you>"
        assert message["text"] == "Hello &lt;you&gt;"
        assert message["blocks"][1]["type"] == "image"
        assert message["metadata"] == before
        account.delete(receipt, door)
        account.delete(receipt, door)
        with pytest.raises(Rejected, match="message_not_found"):
            account.edit(receipt, mended, door)
    assert service.messages == []


def test_a_thread_hangs_below_its_first_text_and_is_looked_up_there(door: Door) -> None:
    with serving(service := Workspace()) as server:
        account = bot(server.url)
        first = account.publish(outgoing(post("One")), door)
        sent = [replace(outgoing(post(each), key=f"{KEY}-{each}"), before=(first,)) for each in ("Two", "Three")]
        second = account.follow(sent[0], door, root=first, parent=first)
        assert account.find(sent[1], door) is None
        third = account.follow(sent[1], door, root=first, parent=second)
        assert [each.get("thread_ts") for each in service.messages] == [None, first.remote_id, first.remote_id]
        assert account.find(sent[1], door) == replace(third, answer="")
        assert third.permalink is not None
        assert third.permalink.endswith(f"?thread_ts={first.remote_id}&cid={CHANNEL}")
        assert account.find(replace(sent[1], before=()), door) is None, "a channel does not list its threads"
    assert "no threads" in (fault_of(HOOKED, post("x", parts=(Part("y"),))) or "")


def test_a_doubt_about_a_webhook_is_left_to_a_person(door: Door) -> None:
    with serving(service := Workspace()) as server:
        server.at = "/services/"
        server.fates.append(Fate.DROP_AFTER)
        state, _ = deliver(hook(server.url), outgoing(post("Hello"), HOOKED), door)
    assert (state, len(service.hooked)) == (DeliveryState.UNKNOWN, 1)


def test_a_doubt_is_settled_by_the_metadata_of_the_bots_own_messages(door: Door) -> None:
    with serving(service := Workspace()) as server:
        account = bot(server.url)
        for number in range(450):
            service.add(f"Talk {number}", user="U1", bot_id="")
        service.add("Hello", user="U1", bot_id="")
        other = json.loads(outgoing(post("Hello"), key="another").body)["message"]["metadata"]
        service.add("Hello", metadata=other)
        assert account.find(outgoing(post("Hello")), door) is None
        mine = account.publish(outgoing(post("Hello")), door)
        service.messages[-1]["text"] = "as a person edited it"
        assert account.find(outgoing(post("Hello")), door) == replace(mine, answer="")
        later = Outgoing(KEY, account.compose(post("Hello"), key=KEY, at=AT + timedelta(days=2)))
        assert account.find(later, door) is None


def test_what_says_the_same_but_bears_no_mark_is_left_to_a_person(door: Door) -> None:
    with serving(service := Workspace(bare=True)) as server:
        account = bot(server.url)
        service.add("Something else", metadata=None)
        assert account.find(outgoing(post("Q&A: Hello")), door) is None
        account.publish(outgoing(post("Q&A: Hello")), door)
        with pytest.raises(NotSent, match="without a mark"):
            account.find(outgoing(post("Q&A: Hello")), door)


def test_a_channel_that_talks_too_much_is_left_to_a_person(door: Door) -> None:
    with serving(service := Workspace(page=10)) as server:
        for number in range(51):
            service.add(f"Talk {number}", user="U1", bot_id="")
        with pytest.raises(NotSent, match="More than 5 pages"):
            bot(server.url).find(outgoing(post("Hello")), door)


@pytest.mark.parametrize(
    "answer",
    [yes(), yes(messages=[{"ts": "x"}]), yes(messages=[7]), yes(messages=[], has_more=True), no("not_in_channel")],
)
def test_a_list_that_is_none_is_no_absence(door: Door, answer: Said) -> None:
    def history(request: Request) -> Said:
        return answer if "history" in request.path else Workspace()(request)

    with serving(history) as server, pytest.raises(NotSent):
        bot(server.url).find(outgoing(post("Hello")), door)


@pytest.mark.parametrize("character", ["x", "ש", "漢", "e\u0301", "👨‍👩‍👧‍👦"])
def test_a_text_of_4000_units_fits_and_no_longer_one(character: str) -> None:
    longest = character * (4_000 // (len(character.encode("utf-16-le")) // 2))
    assert fault_of(BOTTED, post(longest)) is None
    assert "of 4000" in (fault_of(BOTTED, post(longest + character)) or "")


def test_what_is_too_long_only_when_escaped_and_what_is_no_post_is_refused() -> None:
    with pytest.raises(Refused, match="with these it counts 4004"):
        BOTTED.compose(post("&" + "x" * 3_999), key=KEY, at=AT)
    with pytest.raises(Refused, match="newsletters"):
        HOOKED.compose(Mail("a", "b", "c", "d", "e", None, (), ()), key=KEY, at=AT)
    film = replace(PICTURE, kind=MediaKind.VIDEO, mime="video/mp4")
    assert "takes no video" in (fault_of(BOTTED, post("x", media=(film,))) or "")
    assert "takes 1000" in (fault_of(BOTTED, post("x", media=(replace(PICTURE, alt="x" * 1_001),))) or "")


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (no("invalid_auth"), NotSent, "SLACK_TOKEN"),
        (no("token_revoked"), NotSent, "SLACK_TOKEN"),
        (no("missing_scope", needed="chat:write"), NotSent, "needed: chat:write"),
        (no("ratelimited"), NotSent, "later"),
        (Said(429, b'{"ok": false, "error": "ratelimited"}', {"Retry-After": "30"}), NotSent, "slow down"),
        (no("internal_error"), Unknown, "whether it counted"),
        (no("fatal_error"), Unknown, "whether it counted"),
        (no("channel_not_found"), Rejected, "channel_not_found"),
        (no("not_in_channel"), Rejected, "not_in_channel"),
        (no("restricted_action_read_only_channel"), Rejected, "read_only"),
        (no("msg_too_long"), Rejected, "msg_too_long"),
        (no("invalid_blocks", response_metadata={"messages": ["[ERROR] bad"]}), Rejected, "bad"),
        (no("invalid_blocks", 400), Rejected, "400"),
        (yes(), Unknown, "no time stamp"),
        (yes(ts=7), Unknown, "no time stamp"),
        (Said(200, b'{"ts": "1.2"}'), Unknown, "neither yes nor no"),
        (Said(200, b"<html>"), Unknown, "not JSON"),
        (Said(502, b"<html>Bad Gateway</html>"), Unknown, "does not say"),
    ],
)
def test_what_an_answer_to_the_bot_means(door: Door, answer: Said, kind: type[Exception], words: str) -> None:
    def slack(request: Request) -> Said:
        return answer if "postMessage" in request.path else Workspace()(request)

    with serving(slack) as server, pytest.raises(kind, match=words):
        bot(server.url).publish(outgoing(post("Hello")), door)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (Said(403, b"invalid_token"), NotSent, "SLACK_WEBHOOK"),
        (Said(404, b"no_service"), NotSent, "SLACK_WEBHOOK"),
        (Said(403, b"action_prohibited"), Rejected, "action_prohibited"),
        (Said(410, b"channel_is_archived"), Rejected, "channel_is_archived"),
        (Said(400, b"invalid_blocks"), Rejected, "invalid_blocks"),
        (Said(429, b"rate_limited", {"Retry-After": "1"}), NotSent, "slow down"),
        (Said(200, b"<html>Welcome</html>"), Unknown, "did not say 'ok'"),
        (Said(200, b""), Unknown, "did not say 'ok'"),
        (Said(500, b"rollup_error"), Unknown, "does not say"),
    ],
)
def test_what_an_answer_to_a_webhook_means(door: Door, answer: Said, kind: type[Exception], words: str) -> None:
    with serving(lambda _: answer) as server, pytest.raises(kind, match=words):
        hook(server.url).publish(outgoing(post("Hello"), HOOKED), door)


@pytest.mark.parametrize(
    ("workspace", "words"),
    [
        (Workspace(scopes="chat:write"), "lacks files:write, files:read"),
        (Workspace(member=False), "no member of #episodes"),
        (Workspace(archived=True), "archived"),
    ],
)
def test_check_says_what_would_go_wrong(door: Door, workspace: Workspace, words: str) -> None:
    with serving(workspace) as server, pytest.raises(Rejected, match=words):
        bot(server.url).check(door)


def test_check_says_who_posts_where(door: Door) -> None:
    with serving(Workspace()) as server:
        assert bot(server.url).check(door) == "posts as desk in #episodes on Slack, Late Rollback"
        with pytest.raises(Rejected, match="invalid_auth"):
            replace(bot(server.url), token=Secret("SLACK_TOKEN", "xoxb-wrong")).check(door)
        with pytest.raises(Rejected, match="channel_not_found"):
            replace(bot(server.url), channel="C9999999999").check(door)
        with pytest.raises(Rejected, match="twelve hours"):
            replace(bot(server.url), token=Secret("SLACK_TOKEN", "xoxe.xoxb-1-abc")).check(door)
        asked = len(server.requests)
        assert "cannot be tried" in hook(server.url).check(door)
        assert len(server.requests) == asked


def test_settings_that_are_none_are_told_of(door: Door) -> None:
    with pytest.raises(ConfigError, match="no channel's id"):
        Slack(channel="#general", token=Secret("SLACK_TOKEN", TOKEN))
    for address in ("", "https://hooks.slack.com/", "hooks.slack.com" + HOOK, "https://[/services/T/B/x"):
        with pytest.raises(NotSent, match="whole address"):
            SlackWebhook(url=Secret("SLACK_WEBHOOK", address)).publish(outgoing(post("x"), HOOKED), door)
    with pytest.raises(Rejected):
        SlackWebhook(url=Secret("SLACK_WEBHOOK", "x")).check(door)


def test_a_receipt_is_kept_where_the_workspace_names_no_address(door: Door) -> None:
    def slack(request: Request) -> Said:
        return yes(user_id=BOT) if "auth.test" in request.path else Workspace()(request)

    with serving(slack) as server:
        receipt = bot(server.url).publish(outgoing(post("Hello")), door)
    assert (bool(receipt.remote_id), receipt.permalink) == (True, None)
    assert isinstance(receipt, Receipt)
