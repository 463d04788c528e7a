"""Mailgun: what is asked, that nothing of it is replaced, paths that answer 200, what its events and webhooks tell."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import respx

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.http import Door
from bot.model.secret import Secret
from bot.platforms.contract import Receipt
from bot.platforms.letters import Letter
from bot.platforms.mailgun import Mailgun
from bot.platforms.telling import Forged, Happening, Told
from tests.http.server import Fate, Request, Said, serving
from tests.platforms.mailers.mailgun import DOMAIN, TOKEN, Service, form_of
from tests.platforms.test_every_mailer import AT, KEY, MAIL, letters

API = f"https://api.mailgun.net/v3/{DOMAIN}/messages"
SIGNING = "signing-key-of-the-webhooks"
NOW = datetime(2026, 11, 26, 9, 5, tzinfo=UTC)
LETTER = "edition-7-abcdef012345-s1"


def account(url: str = "https://api.mailgun.net") -> Mailgun:
    hook = Secret("MAILGUN_WEBHOOK", SIGNING)
    return Mailgun(domain=DOMAIN, token=Secret("MAILGUN_TOKEN", TOKEN), webhook_secret=hook, server=url)


def send(platform: Mailgun, letter: Letter, door: Door) -> Any:
    return platform.post(platform.enclose(MAIL, (letter,), key=KEY, at=AT), (letter,), door, key=KEY)


def test_the_request_is_that_of_the_documentation(door: Door) -> None:
    (letter,), platform = letters(1), replace(account(), reply_to="desk@example.org")
    with respx.mock:
        route = respx.post(API).respond(json={"id": "<m1@mail.example.org>", "message": "Queued. Thank you."})
        outcomes = send(platform, letter, door)
    request = route.calls[0].request
    assert request.headers["authorization"] == f"Basic {base64.b64encode(f'api:{TOKEN}'.encode()).decode()}"
    own = letter.filled(MAIL)
    assert form_of(Request("POST", "", dict(request.headers), request.content)) == [
        ("from", '"The Test Post — Zoë" <weekly@example.org>'),
        ("to", "reader1@example.org"),
        ("subject", MAIL.subject),
        ("text", own.text),
        ("html", own.html),
        ("h:List-Id", "<weekly.example.org>"),
        ("h:List-Unsubscribe", "<https://desk.example/leave/token0001>"),
        ("h:List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("h:Auto-Submitted", "auto-generated"),
        ("h:X-Auto-Response-Suppress", "OOF, AutoReply"),
        ("h:Reply-To", "desk@example.org"),
        ("v:pullquote-letter", LETTER),
        ("o:tracking", "no"),
        ("o:tracking-clicks", "no"),
        ("o:tracking-opens", "no"),
    ]
    assert "%recipient.x%" in own.text
    assert outcomes == [Receipt("m1@mail.example.org")]


def test_nothing_that_would_make_it_replace_words_is_ever_sent() -> None:
    """Without variables of ours, and with one reader, "%recipient.x%" is nothing but words."""
    made = account().enclose(MAIL, letters(1), key=KEY, at=AT)
    assert b"recipient-variables" not in made
    assert Mailgun.most == 1


@pytest.mark.parametrize(
    "said",
    [
        "%unsubscribe_url%",
        "%tag_unsubscribe_url%",
        "%mailing_list_unsubscribe_email%",
        "%recipient_name%",
        "%Recipient%",
    ],
)
def test_what_it_replaces_for_everybody_is_refused(said: str) -> None:
    with pytest.raises(Refused, match=said):
        account().enclose(replace(MAIL, text=f"She said {said}."), letters(1), key=KEY, at=AT)


def test_a_success_on_a_wrong_path_sent_nothing(door: Door) -> None:
    with serving(lambda _: Said(200, b"Mailgun Magnificent API")) as server:
        with pytest.raises(NotSent, match="no such path"):
            send(account(server.url), letters(1)[0], door)
        with pytest.raises(NotSent):
            account(server.url).check(door)
        with pytest.raises(NotSent):
            account(server.url).trace(letters(1), door, key=KEY, subject="", since=datetime.now(UTC))


@pytest.mark.parametrize("body", [{}, {"message": "Queued. Thank you."}, {"id": ""}, {"id": "<>"}, [], None])
def test_a_success_without_an_id_is_in_doubt(door: Door, body: object) -> None:
    with respx.mock:
        respx.post(API).respond(json=body)
        with pytest.raises(Unknown):
            send(account(), letters(1)[0], door)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (
            400,
            "Domain mail.example.org is not allowed to send: The domain is unverified and requires DNS configuration.",
        ),
        (400, "from parameter is not a valid address. please check documentation"),
        (403, "Domain mail.example.org is not allowed to send: Please activate your Mailgun account."),
        (403, "Sandbox subdomains are for test purposes only. Please add your own domain"),
        (404, "Domain not found: mail.example.org"),
        (401, "Invalid private key"),
    ],
)
def test_what_is_about_the_account_rejects_no_reader(door: Door, status: int, said: str) -> None:
    with serving(Service(refuses=(status, said))) as server, pytest.raises(NotSent):
        send(account(server.url), letters(1)[0], door)


def test_a_bad_address_rejects_its_reader(door: Door) -> None:
    with serving(Service(barred={"reader1@example.org"})) as server, pytest.raises(Rejected, match="valid address"):
        send(account(server.url), letters(1)[0], door)


def test_a_wait_that_is_asked_for_is_kept(door: Door) -> None:
    with respx.mock:
        said = "Domain mail.example.org is not allowed to send: account-requests-per-sec limit exceeded"
        respx.post(API).respond(429, json={"message": said}, headers={"Retry-After": "120"})
        with pytest.raises(NotSent) as caught:
            send(account(), letters(1)[0], door)
    assert caught.value.retry_after == 120


def test_what_got_no_answer_is_found_by_its_letter(door: Door) -> None:
    service, since = Service(), datetime.now(UTC)
    with serving(service) as server:
        platform = account(server.url)
        # The same reader's mail of another edition, and one whose address has capitals.
        other, (letter, missing) = replace(letters(1)[0], key="edition-6-x-s1"), letters(2)
        capital = replace(letter, key="edition-7-x-s9", address="Reader9@Example.org")
        send(platform, other, door)
        for each in (letter, capital):
            server.at, server.fates = "/messages", type(server.fates)([Fate.DROP_AFTER])
            with pytest.raises(Unknown):
                send(platform, each, door)
        found = platform.trace((letter, capital, missing), door, key=KEY, subject="", since=since)
        service.shows = False
        not_yet = platform.trace((letter,), door, key=KEY, subject="", since=since)
    assert found == [Receipt(service.mails[1]["id"]), Receipt(service.mails[2]["id"]), None]
    assert not_yet == [None]


def test_the_look_up_is_that_of_the_documentation(door: Door) -> None:
    since = datetime.now(UTC)
    with respx.mock:
        route = respx.get(f"https://api.mailgun.net/v3/{DOMAIN}/events").respond(json={"items": [], "paging": {}})
        assert account().trace(letters(1), door, key=KEY, subject="", since=since) == [None]
    assert dict(route.calls[0].request.url.params) == {
        "recipient": "reader1@example.org",
        "begin": str(int((since - timedelta(minutes=15)).timestamp())),
        "ascending": "yes",
        "limit": "300",
    }


def test_events_that_may_be_cut_off_or_gone_say_nothing(door: Door) -> None:
    with respx.mock:
        many = [{"event": "accepted", "user-variables": {}} for _ in range(300)]
        respx.get(f"https://api.mailgun.net/v3/{DOMAIN}/events").respond(json={"items": many})
        with pytest.raises(NotSent, match="more events"):
            account().trace(letters(1), door, key=KEY, subject="", since=datetime.now(UTC))
    with pytest.raises(NotSent, match="forgotten"):
        account().trace(letters(1), door, key=KEY, subject="", since=datetime.now(UTC) - timedelta(days=1))


def test_the_check_says_what_the_domain_may_do(door: Door) -> None:
    with serving(Service()) as server:
        assert account(server.url).check(door) == "may send for mail.example.org"
        assert "delivers nothing" in replace(account(server.url), sandbox=True).check(door)
    with serving(Service(footer=True)) as server:
        assert "second way out" in account(server.url).check(door)
    with serving(Service(state="unverified")) as server, pytest.raises(Rejected, match="unverified"):
        account(server.url).check(door)
    with serving(Service()) as server, pytest.raises(NotSent, match="region"):
        replace(account(server.url), token=Secret("MAILGUN_TOKEN", "other")).check(door)


def test_the_sandbox_is_mailguns_test_mode() -> None:
    made = replace(account(), sandbox=True).enclose(MAIL, letters(1), key=KEY, at=AT)
    assert b'name="o:testmode"\r\n\r\nyes\r\n' in made
    assert b"o:testmode" not in account().enclose(MAIL, letters(1), key=KEY, at=AT)


@pytest.mark.parametrize("domain", ["", "mail", "mail.example.org/x", "https://mail.example.org", "a b.example"])
def test_a_domain_that_is_none_is_refused_at_once(domain: str) -> None:
    with pytest.raises(ConfigError, match="sending domain"):
        replace(account(), domain=domain)


def signed(said: object, *, at: datetime = NOW, token: str = "t" * 50, key: str = SIGNING) -> bytes:
    moment = str(int(at.timestamp()))
    proof = hmac.new(key.encode(), f"{moment}{token}".encode(), hashlib.sha256).hexdigest()
    return json.dumps(
        {"signature": {"timestamp": moment, "token": token, "signature": proof}, "event-data": said}
    ).encode()


def event(**more: Any) -> dict[str, Any]:
    return {
        "event": "delivered",
        "id": "only-unique-within-a-day",
        "timestamp": 1795683665.5,
        "recipient": "reader1@example.org",
        "message": {"headers": {"message-id": f"m1@{DOMAIN}", "to": "reader1@example.org"}},
        "user-variables": {"pullquote-letter": LETTER},
        "delivery-status": {"message": "OK", "code": 250},
        **more,
    }


def told(said: object) -> list[Told]:
    return list(account().events({}, signed(said), now=NOW))


def test_an_event_names_our_letter_and_its_token() -> None:
    assert told(event()) == [
        Told(
            event="t" * 50,
            happening=Happening.DELIVERED,
            at=datetime.fromtimestamp(1795683665.5, UTC),
            address="reader1@example.org",
            letter=LETTER,
            remote_id=f"m1@{DOMAIN}",
            reason="OK",
        )
    ]


@pytest.mark.parametrize(
    ("more", "happening"),
    [
        ({"event": "failed", "severity": "permanent", "reason": "bounce"}, Happening.BOUNCED),
        ({"event": "failed", "severity": "permanent", "reason": "suppress-bounce"}, Happening.BOUNCED),
        ({"event": "failed", "severity": "permanent", "reason": "suppress-unsubscribe"}, Happening.UNSUBSCRIBED),
        ({"event": "failed", "severity": "permanent", "reason": "suppress-complaint"}, Happening.COMPLAINED),
        ({"event": "failed", "severity": "permanent", "reason": "old"}, Happening.DEFERRED),
        ({"event": "failed", "severity": "permanent", "reason": "espblock"}, Happening.DEFERRED),
        (
            {
                "event": "failed",
                "severity": "permanent",
                "reason": "bounce",
                "delivery-status": {"bounce-type": "soft", "message": "mailbox full"},
            },
            Happening.DEFERRED,
        ),
        ({"event": "failed", "severity": "temporary", "reason": "bounce"}, Happening.DEFERRED),
        ({"event": "rejected", "reject": {"reason": "Sandbox subdomains"}}, Happening.DEFERRED),
        ({"event": "complained"}, Happening.COMPLAINED),
        ({"event": "unsubscribed"}, Happening.UNSUBSCRIBED),
        ({"event": "accepted"}, None),
        ({"event": "opened"}, None),
        ({"event": "clicked"}, None),
    ],
)
def test_each_event_is_told_as_it_is(more: dict[str, Any], happening: Happening | None) -> None:
    found = told(event(**more))
    assert [each.happening for each in found] == ([happening] if happening else [])
    assert all((each.letter, each.address) == (LETTER, "reader1@example.org") for each in found)


@pytest.mark.parametrize(
    "body",
    [
        signed(event(), key="another"),
        signed(event()).replace(b"ttttt", b"tttts"),
        signed(event(), token=""),
        signed(event(), at=NOW - timedelta(days=2)),
        signed(event(), at=NOW + timedelta(hours=1)),
        json.dumps({"event-data": event()}).encode(),
        json.dumps({"signature": "x", "event-data": event()}).encode(),
        json.dumps({"signature": {"timestamp": "1", "token": "t", "signature": "ü"}}).encode(),
        b"[]",
        b"null",
    ],
)
def test_what_is_not_signed_or_old_is_forged(body: bytes) -> None:
    with pytest.raises(Forged):
        account().events({}, body, now=NOW)


def test_without_a_key_of_ours_nothing_is_believed() -> None:
    with pytest.raises(Forged):
        replace(account(), webhook_secret=None).events({}, signed(event()), now=NOW)


@pytest.mark.parametrize("said", [None, [], {}, {"event": 7.5}, event(timestamp="now"), event(timestamp=True)])
def test_nonsense_is_said_to_be_nonsense(said: object) -> None:
    with pytest.raises(ValueError, match=r"event|moment"):
        told(said)


def test_a_body_that_is_no_json_is_nonsense() -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        account().events({}, b"<html>", now=NOW)
