"""SendGrid: what is asked, that each reader's mail arrives word for word, what its logs and its webhooks tell."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.http import Door
from bot.model.places import Place
from bot.model.secret import Secret
from bot.platforms.contract import Receipt
from bot.platforms.sendgrid import SendGrid
from bot.platforms.telling import Forged, Happening, Told
from tests.http.server import Fate, serving
from tests.platforms.mailers.sendgrid import TOKEN, Service, no
from tests.platforms.signing import public_key, signature
from tests.platforms.test_every_mailer import AT, KEY, MAIL, letters

API = "https://api.sendgrid.com/v3/mail/send"
LETTER = "edition-7-abcdef012345-s1"
# The example that SendGrid's own libraries hold themselves against.
PUBLIC_KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6w"
    "EA3F+g=="
)
SIGNED_AT = datetime.fromtimestamp(1600112502, UTC)
SIGNED = {
    "x-twilio-email-event-webhook-signature": (
        "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM="
    ),
    "x-twilio-email-event-webhook-timestamp": "1600112502",
}
DROPPED = (
    b'[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address",'
    b'"sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",'
    b'"sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",'
    b'"smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n'
)


def account(url: str = "https://api.sendgrid.com") -> SendGrid:
    hook = Secret("SENDGRID_WEBHOOK", PUBLIC_KEY)
    return SendGrid(token=Secret("SENDGRID_TOKEN", TOKEN), webhook_secret=hook, server=url)


def test_the_request_is_that_of_the_documentation(door: Door) -> None:
    batch, platform = letters(2), replace(account(), reply_to="desk@example.org")
    with respx.mock:
        route = respx.post(API).respond(202, headers={"X-Message-Id": "m1"})
        outcomes = platform.post(platform.enclose(MAIL, batch, key=KEY, at=AT), batch, door, key=KEY)
    request = route.calls[0].request
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["content-type"] == "application/json"
    asked = json.loads(request.content)
    tags = list(asked["personalizations"][0].pop("substitutions"))
    assert asked["personalizations"][0] == {
        "to": [{"email": "reader1@example.org"}],
        "headers": {
            "List-Id": "<weekly.example.org>",
            "List-Unsubscribe": "<https://desk.example/leave/token0001>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "OOF, AutoReply",
        },
        "custom_args": {"pullquote_letter": LETTER},
    }
    assert list(asked["personalizations"][1]["substitutions"].values()) == [
        "https://desk.example/leave/token0002",
        "https://desk.example/leave/token0002",
        "https://desk.example/preferences/token0002",
        "https://desk.example/preferences/token0002",
        "every Thursday",
        "every Thursday",
    ]
    assert all(tag.isascii() and not set(tag) & set("<>& %{}") for tag in tags)
    del asked["personalizations"], asked["content"]
    assert asked == {
        "from": {"email": "weekly@example.org", "name": "The Test Post — Zoë"},
        "subject": MAIL.subject,
        "categories": [KEY],
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
            "ganalytics": {"enable": False},
        },
        "reply_to": {"email": "desk@example.org"},
    }
    assert outcomes == [Receipt("m1"), Receipt("m1")]


def test_every_mail_arrives_word_for_word(door: Door) -> None:
    """Whatever looks like a command in a transcript, and what is to be escaped in the HTML and not in the text."""
    said = "{{name}} -name- %open-track% [unsubscribe] {{{x}}} [%first%] -t0- ≤"
    promise = "Tom & Ada's <weekly>"
    mail = replace(MAIL, html=f"<p>{said}</p>{MAIL.html}", text=f"{said}\n{MAIL.text}", promises=(("every", promise),))
    batch, service = letters(3), Service()
    with serving(service) as server:
        platform = account(server.url)
        platform.post(platform.enclose(mail, batch, key=KEY, at=AT), batch, door, key=KEY)
    for letter, arrived in zip(batch, service.mails, strict=True):
        own = letter.filled(mail)
        assert (arrived["subject"], arrived["html"], arrived["text"]) == (mail.subject, own.html, own.text)
        assert arrived["to"] == [letter.address]


WORDS = st.text(st.characters(codec="utf-8"), max_size=40)


@given(before=WORDS, between=WORDS, after=WORDS, promise=WORDS)
def test_whatever_is_said_arrives_around_filled_places(before: str, between: str, after: str, promise: str) -> None:
    part = f"{before}{Place.UNSUBSCRIBE}{between}{Place.PROMISE}{after}"
    mail = replace(MAIL, html=part, text=part, promises=(("every", promise),))
    (letter,) = letters(1)
    asked = json.loads(account().enclose(mail, (letter,), key=KEY, at=AT))
    arrived = Service()._one(asked, asked["personalizations"][0])
    own = letter.filled(mail)
    invisible = str.maketrans("", "", "\u200c")
    assert arrived["html"].translate(invisible) == own.html.translate(invisible)
    assert arrived["text"].translate(invisible) == own.text.translate(invisible)


@pytest.mark.parametrize("words", ["plain", "café, naïve © ·", "“quotes” — ≤ 3"])
def test_each_part_has_a_character_beyond_latin_1(words: str) -> None:
    for html in (f"<html><body><p>{words}</p></body></html>", f"<html><p>{words}</p></html>", words):
        plain = f"{words} {Place.PROMISE}"
        made = json.loads(account().enclose(replace(MAIL, html=html, text=plain), letters(1), key=KEY, at=AT))
        text, marked = (each["value"] for each in made["content"])
        assert any(character > "\xff" for character in text)
        assert any(character > "\xff" for character in marked)
        assert marked.replace("\u200c", "") == html
        assert ("\u200c" in marked) == (not any(character > "\xff" for character in html))


def test_a_tag_of_sendgrids_groups_is_never_sent_as_words() -> None:
    with pytest.raises(Refused, match="asm_"):
        account().enclose(replace(MAIL, text="<%asm_group_unsubscribe_raw_url%>"), letters(1), key=KEY, at=AT)


@pytest.mark.parametrize("status", [401, 403])
def test_what_is_about_the_account_rejects_no_reader(door: Door, status: int) -> None:
    with respx.mock:
        said = {"errors": [{"message": "The from address does not match a verified Sender Identity.", "field": "from"}]}
        respx.post(API).respond(status, json=said)
        with pytest.raises(NotSent, match="verified Sender Identity"):
            account().post(b"{}", letters(2), door, key=KEY)


def test_a_refusal_says_all_of_sendgrids_words(door: Door) -> None:
    with respx.mock:
        respx.post(API).respond(400, json={"errors": [{"message": "One."}, {"message": "Two."}]})
        with pytest.raises(Rejected, match=r"One\. Two"):
            account().post(b"{}", letters(2), door, key=KEY)


@pytest.mark.parametrize("status", [200, 201, 204])
def test_only_202_is_acceptance(door: Door, status: int) -> None:
    with respx.mock:
        respx.post(API).respond(status)
        with pytest.raises(Unknown):
            account().post(b"{}", letters(2), door, key=KEY)


def test_the_sandbox_says_so_and_sends_nothing(door: Door) -> None:
    service = Service()
    with serving(service) as server:
        platform, batch = replace(account(server.url), sandbox=True), letters(2)
        outcomes = platform.post(platform.enclose(MAIL, batch, key=KEY, at=AT), batch, door, key=KEY)
        assert "sends none" in platform.check(door)
    assert service.mails == []
    assert outcomes == [Receipt(each.key) for each in batch]


def test_a_mail_that_was_sent_though_it_was_to_go_to_the_sandbox_is_in_doubt(door: Door) -> None:
    with respx.mock:
        respx.post(API).respond(202)
        with pytest.raises(Unknown):
            replace(account(), sandbox=True).post(b"{}", letters(2), door, key=KEY)


def test_what_got_no_answer_is_found_in_the_logs_by_its_request(door: Door) -> None:
    service = Service()
    with serving(service) as server:
        platform, batch, since = account(server.url), letters(3), datetime.now(UTC)
        platform.post(platform.enclose(MAIL, batch, key="edition-6-x-r1", at=AT), batch, door, key="edition-6-x-r1")
        server.at, server.fates = "/v3/mail/send", type(server.fates)([Fate.DROP_AFTER])
        with pytest.raises(Unknown):
            platform.post(platform.enclose(MAIL, batch[:2], key=KEY, at=AT), batch[:2], door, key=KEY)
        found = platform.trace(batch, door, key=KEY, subject=MAIL.subject, since=since)
        service.listed = False
        not_yet = platform.trace(batch, door, key=KEY, subject=MAIL.subject, since=since)
        service.open = False
        with pytest.raises(NotSent, match="access forbidden"):
            platform.trace(batch, door, key=KEY, subject=MAIL.subject, since=since)
    assert found == [Receipt("LRzXl_NHStOGhQ4kofSm_2")] * 2 + [None]
    assert not_yet == [None] * 3


def test_logs_that_may_be_cut_off_or_forgotten_say_nothing(door: Door) -> None:
    platform = account()
    many = [{"to_email": f"r{each}@example.org", "sg_message_id": f"m{each}.x"} for each in range(1000)]
    with respx.mock:
        respx.post("https://api.sendgrid.com/v3/logs").respond(json={"messages": many})
        with pytest.raises(NotSent, match="more mails"):
            platform.trace(letters(1), door, key=KEY, subject="", since=datetime.now(UTC))
    with pytest.raises(NotSent, match="forgotten"):
        platform.trace(letters(1), door, key=KEY, subject="", since=datetime.now(UTC) - timedelta(days=30))


def test_a_key_that_may_not_send_is_said_to_be_one(door: Door) -> None:
    with respx.mock:
        respx.get("https://api.sendgrid.com/v3/scopes").respond(json={"scopes": ["stats.read"]})
        with pytest.raises(Rejected, match="may not send"):
            account().check(door)
    with respx.mock:
        answer = no(401, "access forbidden")
        respx.get("https://api.sendgrid.com/v3/scopes").respond(answer.status, content=answer.body)
        with pytest.raises(NotSent):
            account().check(door)


def test_what_sendgrid_signed_is_believed() -> None:
    assert account().events(SIGNED, DROPPED, now=SIGNED_AT + timedelta(minutes=1)) == [
        Told(
            event="ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",
            happening=Happening.BOUNCED,
            at=datetime.fromtimestamp(1600112492, UTC),
            address="hello@world.com",
            remote_id="LRzXl_NHStOGhQ4kofSm_A",
            reason="Bounced Address",
        )
    ]


@pytest.mark.parametrize(
    ("headers", "body", "now"),
    [
        ({}, DROPPED, SIGNED_AT),
        (SIGNED, DROPPED[:-2], SIGNED_AT),
        (SIGNED | {"x-twilio-email-event-webhook-timestamp": "1600112503"}, DROPPED, SIGNED_AT),
        (SIGNED | {"x-twilio-email-event-webhook-signature": "MEUCIGHQ"}, DROPPED, SIGNED_AT),
        (SIGNED | {"x-twilio-email-event-webhook-signature": "not base64"}, DROPPED, SIGNED_AT),
        (SIGNED, DROPPED, SIGNED_AT + timedelta(days=3)),
        (SIGNED, DROPPED, SIGNED_AT - timedelta(hours=1)),
    ],
)
def test_what_is_unsigned_changed_or_old_is_forged(headers: dict[str, str], body: bytes, now: datetime) -> None:
    with pytest.raises(Forged):
        account().events(headers, body, now=now)


def test_without_a_key_of_ours_or_with_another_nothing_is_believed() -> None:
    for hook in (None, Secret("HOOK", public_key())):
        with pytest.raises(Forged):
            replace(account(), webhook_secret=hook).events(SIGNED, DROPPED, now=SIGNED_AT)


def test_a_verification_key_that_is_none_is_refused_at_once_and_not_shown() -> None:
    other = base64.b64encode(base64.b64decode(PUBLIC_KEY)[:-1] + b"\x00").decode()
    for wrong in ("no key", "ü", TOKEN, other):
        with pytest.raises(ConfigError, match="HOOK is not the verification key") as caught:
            replace(account(), webhook_secret=Secret("HOOK", wrong))
        assert wrong not in str(caught.value)
    assert replace(account(), webhook_secret=Secret("HOOK", f" {PUBLIC_KEY}\n")).events(SIGNED, DROPPED, now=SIGNED_AT)


def told(said: object) -> list[Told]:
    body = json.dumps(said).encode()
    headers = {
        "x-twilio-email-event-webhook-signature": signature(b"1600112502" + body),
        "x-twilio-email-event-webhook-timestamp": "1600112502",
    }
    hook = Secret("SENDGRID_WEBHOOK", public_key())
    return list(replace(account(), webhook_secret=hook).events(headers, body, now=SIGNED_AT))


def event(**more: Any) -> dict[str, Any]:
    return {
        "email": "reader1@example.org",
        "timestamp": 1600112492,
        "sg_event_id": "e1",
        "sg_message_id": "m1.filter0001.1.0",
        "pullquote_letter": LETTER,
        "category": [KEY],
        **more,
    }


@pytest.mark.parametrize(
    ("more", "happening"),
    [
        ({"event": "delivered", "response": "250 OK"}, Happening.DELIVERED),
        ({"event": "deferred", "response": "400 try again later"}, Happening.DEFERRED),
        ({"event": "bounce", "type": "bounce", "reason": "500 unknown recipient"}, Happening.BOUNCED),
        ({"event": "bounce", "type": "blocked", "reason": "550 spam"}, Happening.DEFERRED),
        ({"event": "dropped", "reason": "Unsubscribed Address"}, Happening.UNSUBSCRIBED),
        ({"event": "dropped", "reason": "Spam Reporting Address"}, Happening.COMPLAINED),
        ({"event": "dropped", "reason": "Invalid"}, Happening.BOUNCED),
        ({"event": "dropped", "reason": "Recipient List over Package Quota"}, Happening.DEFERRED),
        ({"event": "spamreport"}, Happening.COMPLAINED),
        ({"event": "unsubscribe"}, Happening.UNSUBSCRIBED),
        ({"event": "group_unsubscribe"}, Happening.UNSUBSCRIBED),
        ({"event": "processed"}, None),
        ({"event": "open"}, None),
        ({"event": "click", "url": "https://pod.example"}, None),
        ({"event": "group_resubscribe"}, None),
        ({}, None),
    ],
)
def test_each_event_is_told_as_it_is(more: dict[str, str], happening: Happening | None) -> None:
    found = told([event(**more)])
    assert [each.happening for each in found] == ([happening] if happening else [])
    assert all((each.letter, each.remote_id, each.event) == (LETTER, "m1", "e1") for each in found)


def test_one_request_bears_many_events() -> None:
    said = [event(event="delivered", sg_event_id=f"e{each}") for each in range(3)] + [event(event="open")]
    assert [each.event for each in told(said)] == ["e0", "e1", "e2"]


@pytest.mark.parametrize(
    "said",
    [
        {},
        None,
        [1],
        [event(event="delivered", sg_event_id="")],
        [event(event="delivered", timestamp="now")],
        [event(event="delivered", timestamp=10**30)],
    ],
)
def test_nonsense_is_said_to_be_nonsense(said: object) -> None:
    with pytest.raises(ValueError, match=r"event|moment"):
        told(said)
