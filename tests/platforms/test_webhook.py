"""The signed webhook: what a receiver gets, how it proves where that came from, and when nothing is sent again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import respx

from bot.errors import NotSent, Rejected
from bot.http import Door
from bot.model.provenance import EpisodeRef
from bot.model.publication import Mail, Post, QuotedSpan
from bot.model.secret import Secret
from bot.platforms.contract import Outgoing
from bot.platforms.webhook import Webhook, signature, signing_key
from tests.http.server import Fate, serving
from tests.platforms.engine import deliver
from tests.platforms.services import AT, SECRET, Inbox

SENT = datetime(2026, 8, 20, 10, 0, 7, tzinfo=UTC)
REF = EpisodeRef(3, 1)
POST = Post("“Yes.” — Ada 🧵", "https://pod.example/3", "en", (QuotedSpan(REF, 0, 4, "Yes.", "Ada"),), (REF,))
MAIL = Mail("Desk <d@example.org>", "Subject", "Pre", "<p>Ünïcode</p>", "Text", None, (), (REF,))


def hook(url: str = "https://hooks.example/T0000/secret-part", signing: str = SECRET) -> Webhook:
    return Webhook(url=Secret("HOOK_URL", url), secret=Secret("HOOK_SECRET", signing))


def outgoing(platform: Webhook) -> Outgoing:
    return Outgoing("quote-3-0123456789ab", platform.compose(POST, key="quote-3-0123456789ab", at=AT))


def test_a_signature_is_that_of_the_standard() -> None:
    """The example that the libraries of Standard Webhooks hold themselves against."""
    key = signing_key(hook().secret)
    made = signature(key, key="msg_p5jXN8AQM9LWM0D4loKWxJek", moment=1614265330, body=b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_request_bears_the_key_the_moment_of_sending_and_a_signature_over_both() -> None:
    platform = hook()
    sent = outgoing(platform)
    with respx.mock, Door(clock=lambda: SENT) as door:
        route = respx.post("https://hooks.example/T0000/secret-part").respond(204)
        receipt = platform.publish(sent, door)
    request = route.calls[0].request
    moment = int(SENT.timestamp())
    assert request.content == sent.body
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == sent.key
    assert request.headers["webhook-timestamp"] == str(moment)
    assert request.headers["webhook-signature"] == signature(
        signing_key(platform.secret), key=sent.key, moment=moment, body=sent.body
    )
    assert receipt.remote_id == sent.key


def test_the_body_says_what_it_is_and_holds_no_time() -> None:
    platform = hook()
    post = json.loads(platform.compose(POST, key="k", at=AT))
    assert post == {
        "type": "pullquote.post",
        "id": "k",
        "data": {
            "text": "“Yes.” — Ada 🧵",
            "link": "https://pod.example/3",
            "language": "en",
            "quotes": [{"text": "Yes.", "speaker": "Ada"}],
        },
    }
    mail = json.loads(platform.compose(MAIL, key="k", at=AT))
    assert mail["type"] == "pullquote.edition"
    assert mail["data"]["html"] == "<p>Ünïcode</p>"
    assert platform.compose(MAIL, key="k", at=SENT) == platform.compose(MAIL, key="k", at=AT)


@pytest.mark.parametrize("fate", [Fate.DROP_AFTER, Fate.DROP_BEFORE, Fate.ERROR_AFTER, Fate.SILENCE_AFTER])
def test_an_unclear_answer_is_never_repeated(door: Door, fate: Fate) -> None:
    inbox = Inbox()
    with serving(inbox) as server:
        server.fates.append(fate)
        platform = hook(server.url + "/hook")
        deliver(platform, outgoing(platform), door)
        assert len(server.requests) == 1


@pytest.mark.parametrize("fate", [Fate.HTML, Fate.CUT, Fate.HUGE, Fate.DRIP_BODY, Fate.PACKED])
def test_a_2xx_is_acceptance_whatever_the_body_does(door: Door, fate: Fate) -> None:
    with serving(Inbox()) as server:
        server.fates.append(fate)
        platform = hook(server.url + "/hook")
        assert platform.publish(outgoing(platform), door).remote_id == "quote-3-0123456789ab"


def test_a_receiver_that_is_gone_is_said_to_be_gone(door: Door) -> None:
    with respx.mock:
        respx.post(url__startswith="https://hooks.example/").respond(410)
        with pytest.raises(Rejected) as caught:
            hook().publish(outgoing(hook()), door)
    assert "remove the channel" in caught.value.remedy


BAD: list[tuple[Callable[[], Webhook], str]] = [
    (lambda: hook(url="hooks.example/abc"), "HOOK_URL"),
    (lambda: hook(url="https://"), "HOOK_URL"),
    (lambda: hook(url="https://[half"), "HOOK_URL"),
    (lambda: hook(url="not needed while live = false"), "HOOK_URL"),
    (lambda: hook(signing="short"), "HOOK_SECRET"),
    (lambda: hook(signing="whsec_short"), "HOOK_SECRET"),
    (lambda: hook(signing="whsec_!" + "A" * 40), "HOOK_SECRET"),
]


@pytest.mark.parametrize(("make", "variable"), BAD)
def test_wrong_variables_are_named_before_anything_is_sent(
    door: Door, make: Callable[[], Webhook], variable: str
) -> None:
    platform = make()
    with pytest.raises(Rejected, match=variable):
        platform.check(door)
    with pytest.raises(NotSent, match=variable) as caught:
        platform.publish(outgoing(platform), door)
    assert platform.secret.reveal() not in str(caught.value)


def test_any_long_words_are_a_secret_too() -> None:
    assert signing_key(hook(signing="x" * 24).secret) == b"x" * 24


def test_a_way_out_without_a_clock_is_a_fault_of_ours() -> None:
    with pytest.raises(TypeError, match="time"):
        hook().publish(outgoing(hook()), object())  # type: ignore[arg-type]
