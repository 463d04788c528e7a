"""What a webhook, an ntfy topic and Slack get when editors are told something."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Literal

import pytest
import respx

from bot.errors import Rejected
from bot.http import Door
from bot.model.notice import Notice, What
from bot.model.secret import Secret
from bot.platforms.paging import Pager, Told
from bot.platforms.webhook import signature, signing_key
from tests.platforms.services import SECRET

SENT = datetime(2026, 11, 24, 8, 0, 7, tzinfo=UTC)
HELD = Notice(What.HELD, "Held by eve: “Größe <3 & more”: ask @channel", "/drafts/3")
TOLD = Told("notice-7", SENT, "Held", f"{HELD.words} https://desk.example/drafts/3", (HELD,), "https://desk.example")


def pager(kind: Literal["webhook", "ntfy", "slack"], url: str, secret: str = "") -> Pager:
    return Pager(kind, Secret("URL", url), Secret("SECRET", secret) if secret else None)


def test_a_webhook_gets_signed_json() -> None:
    with respx.mock, Door(clock=lambda: SENT) as door:
        route = respx.post("https://hooks.example/x").respond(204)
        pager("webhook", "https://hooks.example/x", SECRET).tell(TOLD, door)
    request = route.calls[0].request
    assert json.loads(request.content) == {
        "type": "pullquote.notice",
        "id": "notice-7",
        "data": {
            "title": "Held",
            "text": TOLD.text,
            "notices": [{"what": "held", "words": HELD.words, "link": "https://desk.example/drafts/3"}],
        },
    }
    moment = int(SENT.timestamp())
    expected = signature(signing_key(Secret("S", SECRET)), key="notice-7", moment=moment, body=request.content)
    assert request.headers["webhook-signature"] == expected
    assert request.headers["webhook-id"] == "notice-7"
    assert request.headers["webhook-timestamp"] == str(moment)


def test_ntfy_gets_json_at_its_root_with_the_topic_and_the_token() -> None:
    with respx.mock, Door() as door:
        route = respx.post("https://ntfy.example/").respond(200, json={"id": "x"})
        pager("ntfy", "https://ntfy.example/desk%20of%20ours", "tk_secret").tell(TOLD, door)
    request = route.calls[0].request
    assert json.loads(request.content) == {
        "topic": "desk of ours",
        "title": "Held",
        "message": TOLD.text,
        "click": "https://desk.example/drafts/3",
    }
    assert request.headers["authorization"] == "Bearer tk_secret"


def test_ntfy_never_makes_a_file_of_a_message() -> None:
    many = Told("n", SENT, "t", "\n".join("ü" * 150 for _ in range(20)), (HELD,), None)
    with respx.mock, Door() as door:
        route = respx.post("https://ntfy.example/").respond(200)
        pager("ntfy", "https://ntfy.example/t").tell(many, door)
    sent = json.loads(route.calls[0].request.content)
    assert len(sent["message"].encode()) <= 4_000
    assert set(sent["message"].split("\n")) == {"ü" * 150}
    assert "authorization" not in route.calls[0].request.headers
    assert "click" not in sent


def test_slack_gets_words_that_call_nobody() -> None:
    with respx.mock, Door() as door:
        route = respx.post("https://hooks.slack.example/T/B/x").respond(200, text="ok")
        pager("slack", "https://hooks.slack.example/T/B/x").tell(TOLD, door)
    said = json.loads(route.calls[0].request.content)
    assert said["text"].startswith("*Held*\nHeld by eve: “Größe &lt;3 &amp; more”: ask @")
    assert "@channel" not in said["text"]
    assert "https://desk.example/drafts/3" in said["text"]


@pytest.mark.parametrize("status", [400, 401, 404, 410, 413])
def test_a_refusal_is_final_and_tells_no_secret(status: int) -> None:
    with respx.mock, Door() as door:
        respx.post("https://hooks.slack.example/T/B/secret-part-of-it").respond(status, text="secret-part-of-it")
        with pytest.raises(Rejected) as caught:
            pager("slack", "https://hooks.slack.example/T/B/secret-part-of-it").tell(TOLD, door)
    assert "secret-part-of-it" not in f"{caught.value} {caught.value.answer}"


@pytest.mark.parametrize(
    ("kind", "url", "secret", "expected"),
    [
        ("slack", "hooks.slack.example", "", "whole address"),
        ("slack", "http://hooks.slack.example/x", "", "https"),
        ("webhook", "https://hooks.example", "short", "at least 24 bytes"),
        ("ntfy", "https://ntfy.example/", "", "topic"),
        ("ntfy", "https://ntfy.example", "", "topic"),
    ],
)
def test_a_wrong_address_or_secret_is_named_by_its_variable(
    kind: Literal["webhook", "ntfy", "slack"], url: str, secret: str, expected: str
) -> None:
    fault = pager(kind, url, secret).fault(at_home=False)
    assert fault is not None
    assert expected in fault
    assert "SECRET" in fault or "URL" in fault


def test_on_this_machine_an_address_may_be_plain() -> None:
    assert pager("ntfy", "http://localhost:2586/desk").fault(at_home=True) is None
