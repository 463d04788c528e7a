"""Mattermost by a bot: what is asked, what is escaped or refused, and how a post is found again."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.http import Door
from bot.model.publication import Mail, Post
from bot.model.secret import Secret
from bot.platforms.composing import fault_of
from bot.platforms.contract import Outgoing, Receipt
from bot.platforms.mattermost import Mattermost, plain
from tests.http.server import Request, Said, serving
from tests.platforms.cases import PICTURE, PNG
from tests.platforms.engine import ahead
from tests.platforms.mattermost import CHANNEL, ME, TOKEN, Team, fault, in_browsers, numbered, on_phones
from tests.platforms.services import AT, said

ACCOUNT = Mattermost(server="https://chat.example", channel=CHANNEL, token=Secret("MATTERMOST_TOKEN", TOKEN))
KEY = "quote-7-abcdef012345"
FAMILY = "👨‍👩‍👧‍👦"


def post(text: str, **more: object) -> Post:
    return replace(Post(text, None, "en", (), ()), **more)  # type: ignore[arg-type]


def outgoing(made: Post, *, key: str = KEY) -> Outgoing:
    return Outgoing(key, ACCOUNT.compose(made, key=key, at=AT), media={PICTURE.sha256: PNG})


def at(url: str) -> Mattermost:
    return Mattermost(server=url, channel=CHANNEL, token=Secret("MATTERMOST_TOKEN", TOKEN))


def test_the_request_is_that_of_the_documentation(door: Door) -> None:
    with respx.mock:
        route = respx.post("https://chat.example/api/v4/posts", params={"set_online": "false"})
        route.respond(201, json={"id": numbered(7)})
        receipt = ACCOUNT.publish(outgoing(post("Hello")), door)
    sent = route.calls[0].request
    asked = json.loads(sent.content)
    assert (asked["channel_id"], asked["message"], sorted(asked)) == (
        CHANNEL,
        "Hello",
        ["channel_id", "message", "pending_post_id", "props"],
    )
    assert asked["props"] == {"pullquote_delivery": asked["pending_post_id"]}
    assert sent.headers["authorization"] == f"Bearer {TOKEN}"
    assert receipt == Receipt(numbered(7), f"https://chat.example/_redirect/pl/{numbered(7)}", receipt.answer)


def test_a_picture_goes_ahead_into_the_channel(door: Door) -> None:
    with serving(service := Team()) as server:
        sent = ahead(at(server.url), outgoing(post("Look", media=(PICTURE,))), door, (PICTURE,))
        at(server.url).publish(sent, door)
        upload = server.requests[0]
    assert f"channel_id={CHANNEL}" in upload.path
    assert upload.headers["content-type"] == "image/png"
    (shown,) = service.shown()
    ((number, (name, content)),) = service.files.items()
    assert (shown["file_ids"], content, name.endswith(".png")) == ([number], PNG, True)


def test_a_thread_hangs_on_its_root(door: Door) -> None:
    with serving(service := Team()) as server:
        account = at(server.url)
        receipts = [account.publish(outgoing(post("One")), door)]
        for number, text in enumerate(("Two", "Three"), start=2):
            sent = outgoing(post(text), key=f"{KEY}-p{number}")
            receipts.append(account.follow(sent, door, root=receipts[0], parent=receipts[-1]))
    assert [each["root_id"] for each in service.posts] == ["", receipts[0].remote_id, receipts[0].remote_id]


@pytest.mark.parametrize("older", [False, True])
def test_a_post_is_edited_and_deleted_and_one_that_is_gone_is_no_fault(door: Door, older: bool) -> None:
    with serving(service := Team(older=older)) as server:
        account = at(server.url)
        receipt = account.publish(outgoing(post("Helo", media=())), door)
        account.edit(receipt, outgoing(post("Hello *you*"), key="correction"), door)
        assert [each["message"] for each in service.shown()] == [r"Hello \*you\*"]
        account.delete(receipt, door)
        account.delete(receipt, door)
        with pytest.raises(Rejected, match="permissions"):
            account.edit(receipt, outgoing(post("Hello"), key="correction-2"), door)
    assert service.shown() == []


def test_what_belongs_to_somebody_else_is_not_gone(door: Door) -> None:
    with serving(service := Team()) as server:
        service.post({"channel_id": CHANNEL, "message": "Theirs"}, by=numbered(3))
        with pytest.raises(Rejected, match="permissions"):
            at(server.url).delete(Receipt(service.posts[0]["id"]), door)


def test_a_server_that_is_none_has_deleted_nothing(door: Door) -> None:
    with (
        serving(lambda _: Said(404, b"<html>Not Found</html>")) as server,
        pytest.raises(Rejected, match="404") as caught,
    ):
        at(server.url).delete(Receipt(numbered(1)), door)
    assert "Check 'server'" in caught.value.remedy


def test_a_doubt_is_settled_by_the_mark_and_not_by_the_words(door: Door) -> None:
    with serving(service := Team(forgets=True)) as server:
        account = at(server.url)
        account.publish(outgoing(post("The same words"), key="another"), door)
        assert account.find(outgoing(post("The same words")), door) is None
        mine = account.publish(outgoing(post("The same words")), door)
        # Whoever copies a post with all its properties copies its mark.
        service.post({**service.posts[-1], "pending_post_id": ""}, by=numbered(3))
        account.edit(mine, outgoing(post("Other words"), key="correction"), door)
        found = account.find(outgoing(post("The same words")), door)
        assert found is not None
        assert (found.remote_id, found.permalink) == (mine.remote_id, mine.permalink)
        later = Outgoing(KEY, ACCOUNT.compose(post("The same words"), key=KEY, at=AT + timedelta(days=2)))
        assert account.find(later, door) is None


def test_what_somebody_deleted_after_a_doubt_did_arrive(door: Door) -> None:
    with serving(Team(forgets=True)) as server:
        account = at(server.url)
        mine = account.publish(outgoing(post("Hello")), door)
        account.delete(mine, door)
        found = account.find(outgoing(post("Hello")), door)
    assert found is not None
    assert found.remote_id == mine.remote_id


def test_a_channel_that_talks_too_much_is_left_to_a_person(door: Door) -> None:
    listed = {"order": [numbered(each) for each in range(1_000)], "posts": {}}
    with serving(lambda asked: said(200, {"id": ME, **listed})) as server, pytest.raises(NotSent, match="1000 posts"):
        at(server.url).find(outgoing(post("Hello")), door)


def test_a_list_that_does_not_show_what_it_names_proves_nothing(door: Door) -> None:
    listed = {"id": ME, "order": [numbered(1)], "posts": {}}
    with serving(lambda _: said(200, listed)) as server, pytest.raises(NotSent, match="does not show"):
        at(server.url).find(outgoing(post("Hello")), door)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("*bold* _it_ ~~no~~ `code`", r"\*bold\* \_it\_ \~\~no\~\~ \`code\`"),
        ("[words](https://pod.example/a_b) ![x](y)", r"\[words\](https://pod.example/a_b) !\[x\](y)"),
        ("| a | b |\n|---|---|", "\\| a \\| b \\|\n\\|---\\|---\\|"),
        (
            "# Head\n > said\n- one\n+ two\n2. three\n3) four",
            "\\# Head\n \\> said\n\\- one\n\\+ two\n2\\. three\n3\\) four",
        ),
        ("Words\n---\nmore\n-\nmore\n- - -", "Words\n\\---\nmore\n\\-\nmore\n\\- - -"),
        ("Words\n\n- Ada\n#\n#", "Words\n\n\\- Ada\n\\#\n\\#"),
        ("Words\n      as code\n   \nmore", "Words\n as code\n\nmore"),
        ("Words\n-=\n\n1.", "Words\n\\-=\n\n1\\."),
        (r"\pod.fm/a_b, www.pod.fm/a_b, _pod.fm/a_b", r"\pod.fm/a_b, www.pod.fm/a_b, \_pod.fm/a_b"),
        ("xhttps://pod.example/*a*", r"xhttps://pod.example/\*a\*"),
        (r"a \ b \* \x \\x c:\n", r"a \\ b \\\* \x \\\x c:\n"),
        ("#tag, 3 > 2, in 2010. Then - so", "#tag, 3 > 2, in 2010. Then - so"),
        ("— Ada, 1:02:33, at $5 or $6, see note :)", "— Ada, 1:02:33, at $5 or $6, see note :)"),
        (f"https://pod.example/a_b_*c*?{'d' * 400}", f"https://pod.example/a_b_*c*?{'d' * 400}"),
        ("ada@pod.example, https://pod.example/@ada", "ada@pod.example, https://pod.example/@ada"),
        (f"e\u0301 {FAMILY} مرحبا", f"e\u0301 {FAMILY} مرحبا"),
    ],
)
def test_what_mattermost_would_read_as_marks_is_escaped_and_nothing_else(text: str, sent: str) -> None:
    assert plain(text) == sent
    assert json.loads(ACCOUNT.compose(post(text), key=KEY, at=AT))["post"]["message"] == sent


@given(st.text(alphabet=st.sampled_from("a1 é\n\\*_~`|<>[]()#+-.!:$={}"), max_size=60))
def test_browsers_and_phones_show_the_very_signs(text: str) -> None:
    wanted = re.sub(r"(?m)^[^\S\n]{2,}", " ", re.sub(r"(?m)^[^\S\n]+$", "", text))
    assert in_browsers(plain(text)) == wanted
    assert on_phones(plain(text)) == wanted
    bare = re.sub(r"\\\\", "", plain(text))
    assert not re.search(r"(?<!\\)[*_~`\[\]|]", bare), "a mark stands there unescaped"


@pytest.mark.parametrize(
    ("text", "said_of_it"),
    [
        ("ask @channel", "'@channel' would notify"),
        ("ask @HERE now", "'@HERE' would notify"),
        ("“…”.@all", "'@all' would notify"),
        ("thanks @ada.lovelace.", "'@ada.lovelace' would notify"),
        ("a -@ada", "'@ada' would notify"),
        ("_@ada_", "'@ada' would notify"),
        ("@@ada", "'@ada' would notify"),
        ("@мария", "'@мария' would notify"),
        ("so :smile: there", "':smile:' would become a picture"),
        ("(:+1:)", r"':\+1:' would become a picture"),
        ("full :100:", "':100:' would become a picture"),
        ("in US $ and AU $ alike", r"'\$ and AU \$' would become a formula"),
        ("_$5_ and $_", r"would become a formula"),
        ("Head\n===\nwords", "'===' would become the line under a heading"),
        ("R&amp;D", "'&amp;' would become another sign"),
        ("<https://pod.example/>", "a link without its brackets"),
        ("<ada@pod.example>", "a link without its brackets"),
    ],
)
def test_what_would_call_somebody_or_be_shown_otherwise_is_refused(text: str, said_of_it: str) -> None:
    with pytest.raises(Refused, match=said_of_it):
        ACCOUNT.compose(post(text), key=KEY, at=AT)


def test_names_that_are_allowed_may_be_called() -> None:
    account = replace(ACCOUNT, mentions=("@guest",))
    assert account.compose(post("Thanks, @Guest."), key=KEY, at=AT)
    with pytest.raises(Refused, match="'@channel'"):
        account.compose(post("Thanks, @Guest. @channel"), key=KEY, at=AT)


@pytest.mark.parametrize("character", ["x", "ש", "漢", "e\u0301", FAMILY])
def test_a_text_of_16383_characters_fits_and_no_longer_one(character: str) -> None:
    longest = character * (16_383 // len(character))
    assert fault_of(ACCOUNT, post(longest)) is None
    assert "of 16383" in (fault_of(ACCOUNT, post(longest + character)) or "")


def test_what_is_too_long_only_when_escaped_and_what_is_no_post_is_refused() -> None:
    with pytest.raises(Refused, match="with these escaped it counts 16385"):
        ACCOUNT.compose(post("*" + "x" * 16_381 + "*"), key=KEY, at=AT)
    with pytest.raises(Refused, match="newsletters"):
        ACCOUNT.compose(Mail("a", "b", "c", "d", "e", None, (), ()), key=KEY, at=AT)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (
            fault(401, "api.context.session_expired.app_error", "Invalid or expired session"),
            NotSent,
            "MATTERMOST_TOKEN",
        ),
        (fault(403, "api.context.permissions.app_error", "No permissions"), Rejected, "No permissions"),
        (fault(400, "model.post.is_valid.message_length.app_error", "Too long"), Rejected, "Too long"),
        (fault(500, "api.post.deduplicate_create_post.pending", "Pending"), Unknown, "does not say"),
        (Said(429, b"limit exceeded", {"X-RateLimit-Reset": "7"}), NotSent, "slow down"),
        (said(201, {"id": 7}), Unknown, "no id"),
        (said(201, {"id": "x"}), Unknown, "no id"),
        (Said(201, b""), Unknown, r"\w"),
    ],
)
def test_what_an_answer_means(door: Door, answer: Said, kind: type[Exception], words: str) -> None:
    with serving(lambda _: answer) as server, pytest.raises(kind, match=words):
        at(server.url).publish(outgoing(post("Hello")), door)


def test_a_server_that_asks_to_wait_is_obeyed(door: Door) -> None:
    slow = Said(429, b"limit exceeded", {"X-RateLimit-Reset": "7"})
    with serving(lambda _: slow) as server, pytest.raises(NotSent) as caught:
        at(server.url).publish(outgoing(post("Hello")), door)
    assert caught.value.retry_after == 7


def test_check_says_who_posts_where_and_learns_how_long_a_post_may_be(door: Door) -> None:
    with serving(service := Team(maximum=4_000)) as server:
        account = at(server.url)
        assert account.check(door) == f"posts as @desk in Episodes on {server.url}, up to 4000 characters"
        assert "of 4000" in (fault_of(account, post("x" * 4_001)) or "")
        with pytest.raises(Rejected, match="refused the token"):
            replace(account, token=Secret("MATTERMOST_TOKEN", "wrong")).check(door)
        service.archived = True
        with pytest.raises(Rejected, match="archived"):
            account.check(door)
        service.archived, service.member = False, False
        with pytest.raises(Rejected, match="No channel member found") as caught:
            account.check(door)
        assert "member of the team" in caught.value.remedy
        with pytest.raises(Rejected, match="404"):
            replace(account, channel="x" * 26).check(door)


def test_a_check_of_a_server_that_tells_no_length_keeps_the_usual_one(door: Door) -> None:
    def answer(asked: Request) -> Said:
        return Said(403) if "config" in asked.path else Team()(asked)

    with serving(answer) as server:
        assert "up to 16383 characters" in at(server.url).check(door)


@pytest.mark.parametrize("channel", ["town-square", "", "4XP9FDT77PNCBEF59F4K1QE83O"])
def test_only_a_channels_id_names_a_channel(channel: str) -> None:
    with pytest.raises(ConfigError, match="no channel's id"):
        replace(ACCOUNT, channel=channel)
