"""Postmark: what is asked, what an answer for each mail means, how a mail is found again, what its webhooks tell."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import respx

from bot.errors import NotSent, Refused, Rejected, Unknown
from bot.http import Door
from bot.model.secret import Secret
from bot.platforms.contract import Receipt
from bot.platforms.postmark import Postmark
from bot.platforms.registry import build
from bot.platforms.telling import Forged, Happening, Told
from tests.http.server import Fate, serving
from tests.platforms.mailers.postmark import STREAM, TOKEN, Service
from tests.platforms.test_every_mailer import AT, KEY, MAIL, letters

HOOK = "a-password-of-the-webhook"
NOW = datetime(2026, 11, 26, 9, 5, tzinfo=UTC)
BASIC = {"authorization": "Basic " + base64.b64encode(f"pullquote:{HOOK}".encode()).decode()}
LETTER = "edition-7-abcdef012345-s1"


def account(url: str = "https://api.postmarkapp.com") -> Postmark:
    hook = Secret("POSTMARK_WEBHOOK", HOOK)
    return Postmark(token=Secret("POSTMARK_TOKEN", TOKEN), webhook_secret=hook, server=url)


def test_the_request_is_that_of_the_documentation(door: Door) -> None:
    batch = letters(2)
    platform = replace(account(), reply_to="desk@example.org")
    with respx.mock:
        route = respx.post("https://api.postmarkapp.com/email/batch").respond(
            json=[{"ErrorCode": 0, "MessageID": f"m{each}", "Message": "OK"} for each in (1, 2)]
        )
        outcomes = platform.post(platform.enclose(MAIL, batch, key=KEY, at=AT), batch, door, key=KEY)
    request = route.calls[0].request
    assert request.headers["x-postmark-server-token"] == TOKEN
    assert request.headers["content-type"] == "application/json"
    first, second = json.loads(request.content)
    own = batch[0].filled(MAIL)
    assert first == {
        "From": '"The Test Post — Zoë" <weekly@example.org>',
        "To": "reader1@example.org",
        "Subject": MAIL.subject,
        "HtmlBody": own.html,
        "TextBody": own.text,
        "Headers": [
            {"Name": "List-Id", "Value": "<weekly.example.org>"},
            {"Name": "List-Unsubscribe", "Value": "<https://desk.example/leave/token0001>"},
            {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
            {"Name": "Auto-Submitted", "Value": "auto-generated"},
            {"Name": "X-Auto-Response-Suppress", "Value": "OOF, AutoReply"},
        ],
        "MessageStream": "broadcast",
        "Metadata": {"pullquote-letter": LETTER, "pullquote-request": KEY},
        "TrackOpens": False,
        "TrackLinks": "None",
        "ReplyTo": "desk@example.org",
    }
    assert "{{name}} %recipient.x% é" in own.html
    assert (second["To"], second["Metadata"]["pullquote-letter"]) == ("reader2@example.org", batch[1].key)
    assert outcomes == [Receipt("m1"), Receipt("m2")]


def test_a_question_without_a_way_out_goes_by_the_transactional_stream() -> None:
    (letter,) = letters(1)
    streams = [
        json.loads(account().enclose(MAIL, (each,), key=KEY, at=AT))[0]["MessageStream"]
        for each in (letter, replace(letter, unsubscribe="", preferences="", cadence=""))
    ]
    assert streams == ["broadcast", "outbound"]


@pytest.mark.parametrize(
    ("sender", "header", "domain"),
    [
        ("Foo, Inc. <a@b.example>", '"Foo, Inc." <a@b.example>', "b.example"),
        ('"Foo \\"the\\" Inc." <a@b.example>', '"Foo \\"the\\" Inc." <a@b.example>', "b.example"),
        ("a@b.example", "a@b.example", "b.example"),
        ("<a@b.example>", "a@b.example", "b.example"),
    ],
)
def test_a_name_with_a_comma_stays_one_name(sender: str, header: str, domain: str) -> None:
    (made,) = json.loads(account().enclose(replace(MAIL, sender=sender), letters(1), key=KEY, at=AT))
    assert made["From"] == header
    assert made["Headers"][0]["Value"] == f"<weekly.{domain}>"


def test_a_placeholder_of_postmarks_is_never_sent_as_words() -> None:
    for said in ("{{{ pm:unsubscribe }}}", "{{pm:Unsubscribe}}"):
        with pytest.raises(Refused, match="pm:"):
            account().enclose(replace(MAIL, text=f"She said {said}."), letters(1), key=KEY, at=AT)


def test_a_mail_of_which_a_hundred_do_not_fit_is_refused_when_it_is_approved() -> None:
    with pytest.raises(Refused, match="do not fit"):
        account().compose(replace(MAIL, html="x" * 460_000), key=KEY, at=AT)
    assert len(account().compose(replace(MAIL, html="x" * 440_000), key=KEY, at=AT)) * Postmark.most < 50_000_000


def outcomes_of(service: Service, door: Door, number: int = 3) -> Any:
    with serving(service) as server:
        platform, batch = account(server.url), letters(number)
        return platform.post(platform.enclose(MAIL, batch, key=KEY, at=AT), batch, door, key=KEY)


def test_a_reader_who_left_at_postmark_is_refused_alone(door: Door) -> None:
    outcomes = outcomes_of(Service(inactive={"reader2@example.org"}), door)
    assert [type(each) for each in outcomes] == [Receipt, Rejected, Receipt]
    everyone = outcomes_of(Service(inactive={f"reader{each}@example.org" for each in (1, 2, 3)}), door)
    assert [type(each) for each in everyone] == [Rejected] * 3


def test_an_illegal_address_is_refused_alone_with_postmarks_words(door: Door) -> None:
    outcomes = outcomes_of(Service(answers={"reader1@example.org": (300, "Invalid 'To' address: 'reader1@…'.")}), door)
    assert isinstance(outcomes[0], Rejected)
    assert "Invalid 'To' address" in str(outcomes[0])
    assert [type(each) for each in outcomes[1:]] == [Receipt, Receipt]


@pytest.mark.parametrize("code", [100, 405, 412, 413])
def test_what_is_about_the_account_rejects_no_reader(door: Door, code: int) -> None:
    everyone = {f"reader{each}@example.org": (code, "Not allowed to send") for each in (1, 2, 3)}
    with pytest.raises(NotSent, match=str(code)):
        outcomes_of(Service(answers=everyone), door)
    one = {"reader3@example.org": (code, "Not allowed to send")}
    assert [type(each) for each in outcomes_of(Service(answers=one), door)] == [Receipt, Receipt, NotSent]


@pytest.mark.parametrize("code", [400, 401])
def test_a_sender_that_is_not_confirmed_is_a_refusal_of_the_whole_request(door: Door, code: int) -> None:
    everyone = {f"reader{each}@example.org": (code, "Sender signature not found") for each in (1, 2, 3)}
    with pytest.raises(Rejected, match="Sender signature"):
        outcomes_of(Service(answers=everyone), door)


@pytest.mark.parametrize("code", [10, 405, 412])
def test_a_whole_request_that_the_account_may_not_make_yet_is_not_sent(door: Door, code: int) -> None:
    with respx.mock:
        respx.post("https://api.postmarkapp.com/email/batch").respond(422, json={"ErrorCode": code, "Message": "No"})
        with pytest.raises(NotSent):
            account().post(b"[]", letters(1), door, key=KEY)


@pytest.mark.parametrize("said", [[], [{"ErrorCode": 0, "MessageID": "m"}], {"ErrorCode": 0}, None, [1, 2, 3, 4]])
def test_a_number_of_answers_that_is_not_ours_proves_nothing(door: Door, said: object) -> None:
    with respx.mock:
        respx.post("https://api.postmarkapp.com/email/batch").respond(200, json=said)
        with pytest.raises(Unknown):
            account().post(b"[]", letters(3), door, key=KEY)


@pytest.mark.parametrize(
    "item", [{}, {"ErrorCode": 0}, {"MessageID": "m"}, {"ErrorCode": None, "MessageID": "m"}, [], 7, None]
)
def test_an_answer_without_an_id_or_an_error_is_in_doubt(door: Door, item: object) -> None:
    with respx.mock:
        respx.post("https://api.postmarkapp.com/email/batch").respond(json=[item, {"ErrorCode": 0, "MessageID": "m"}])
        outcomes = account().post(b"[]", letters(2), door, key=KEY)
    assert [type(each) for each in outcomes] == [Unknown, Receipt]


def test_what_got_no_answer_is_found_by_the_key_of_its_request(door: Door) -> None:
    service = Service()
    with serving(service) as server:
        platform, batch = account(server.url), letters(3)
        earlier = letters(3)
        platform.post(platform.enclose(MAIL, earlier, key="edition-6-x-r1", at=AT), earlier, door, key="edition-6-x-r1")
        server.at, server.fates = "/email/batch", type(server.fates)([Fate.DROP_AFTER])
        with pytest.raises(Unknown):
            platform.post(platform.enclose(MAIL, batch[:2], key=KEY, at=AT), batch[:2], door, key=KEY)
        found = platform.trace(batch, door, key=KEY, subject=MAIL.subject, since=datetime.now(UTC))
        service.listed = False
        not_yet = platform.trace(batch, door, key=KEY, subject=MAIL.subject, since=datetime.now(UTC))
    assert found == [Receipt(service.mails[3]["MessageID"]), Receipt(service.mails[4]["MessageID"]), None]
    assert not_yet == [None, None, None]


def test_a_search_that_does_not_filter_is_not_believed(door: Door) -> None:
    service = Service(filters=False)
    with serving(service) as server:
        platform, batch = account(server.url), letters(1)
        platform.post(platform.enclose(MAIL, batch, key="another", at=AT), batch, door, key="another")
        with pytest.raises(NotSent, match="not asked for"):
            platform.trace(batch, door, key=KEY, subject=MAIL.subject, since=datetime.now(UTC))


def test_what_may_have_been_forgotten_is_not_said_to_be_absent(door: Door) -> None:
    with serving(Service()) as server, pytest.raises(NotSent, match="forgotten"):
        account(server.url).trace(letters(1), door, key=KEY, subject="", since=datetime.now(UTC) - timedelta(days=45))


def test_the_check_says_who_manages_who_leaves(door: Door) -> None:
    with serving(Service()) as server:
        assert "its webhooks tell us" in account(server.url).check(door)
        assert "set up its webhook" in replace(account(server.url), webhook_secret=None).check(door)
    own = Service(stream=STREAM | {"SubscriptionManagementConfiguration": {"UnsubscribeHandlingType": "Custom"}})
    with serving(own) as server:
        assert "at our own address" in account(server.url).check(door)
    for wrong in ({"MessageStreamType": "Transactional"}, {"ArchivedAt": "2026-07-01T00:00:00-04:00"}):
        with serving(Service(stream=STREAM | wrong)) as server, pytest.raises(Rejected, match="newsletters"):
            account(server.url).check(door)


def test_a_setting_that_may_be_missing_is_still_a_secret() -> None:
    secrets = {"POSTMARK_TOKEN": TOKEN, "HOOK": HOOK}
    settings = {"token_env": "POSTMARK_TOKEN", "stream": "news"}
    made = build(Postmark, settings, folder=Path(), secret=secrets.get)
    assert made == Postmark(token=Secret("POSTMARK_TOKEN", TOKEN), stream="news")
    full = build(Postmark, settings | {"webhook_secret_env": "HOOK"}, folder=Path(), secret=secrets.get)
    assert isinstance(full, Postmark)
    assert full.webhook_secret == Secret("HOOK", HOOK)
    assert HOOK not in repr(full)


def told(said: dict[str, Any], headers: dict[str, str] | None = None) -> list[Told]:
    return list(account().events(headers or BASIC, json.dumps(said).encode(), now=NOW))


DELIVERY = {
    "RecordType": "Delivery",
    "ServerID": 23,
    "MessageStream": "broadcast",
    "MessageID": "00000000-0000-0000-0000-000000000001",
    "Recipient": "reader1@example.org",
    "Tag": "",
    "DeliveredAt": "2026-11-26T09:01:00.9070259Z",
    "Details": "Test delivery webhook details",
    "Metadata": {"pullquote-letter": LETTER, "pullquote-request": KEY},
}
BOUNCE = {
    "RecordType": "Bounce",
    "ID": 42,
    "Type": "HardBounce",
    "TypeCode": 1,
    "Name": "Hard bounce",
    "MessageID": "00000000-0000-0000-0000-000000000001",
    "Description": "The server was unable to deliver your message.",
    "Details": "550 5.1.1 no such user",
    "Email": "reader1@example.org",
    "BouncedAt": "2026-11-26T09:02:00Z",
    "Inactive": True,
    "Metadata": {"pullquote-letter": LETTER},
}


def test_a_delivery_names_our_letter_and_its_own_id() -> None:
    assert told(DELIVERY, {**BASIC, "x-pm-webhook-trace-id": "trace-1"}) == [
        Told(
            event="trace-1",
            happening=Happening.DELIVERED,
            at=datetime(2026, 11, 26, 9, 1, 0, 907025, tzinfo=UTC),
            address="reader1@example.org",
            letter=LETTER,
            remote_id="00000000-0000-0000-0000-000000000001",
        )
    ]
    (again,) = told(DELIVERY)
    assert again.event == told(DELIVERY)[0].event
    assert again.event != told(DELIVERY | {"MessageID": "x"})[0].event


@pytest.mark.parametrize(
    ("kind", "inactive", "happening"),
    [
        ("HardBounce", True, Happening.BOUNCED),
        ("BadEmailAddress", False, Happening.BOUNCED),
        ("SoftBounce", False, Happening.DEFERRED),
        ("Transient", False, Happening.DEFERRED),
        ("DnsError", False, Happening.DEFERRED),
        ("Blocked", False, Happening.DEFERRED),
        ("SpamNotification", True, Happening.BOUNCED),
        ("SpamComplaint", True, Happening.COMPLAINED),
        ("Unsubscribe", False, Happening.UNSUBSCRIBED),
        ("AutoResponder", False, None),
        ("AddressChange", False, None),
    ],
)
def test_only_what_is_for_good_is_a_bounce(kind: str, inactive: bool, happening: Happening | None) -> None:
    found = told(BOUNCE | {"Type": kind, "Inactive": inactive})
    assert [each.happening for each in found] == ([] if happening is None else [happening])
    assert all(each.reason == "Hard bounce: 550 5.1.1 no such user" for each in found)


@pytest.mark.parametrize(
    ("reason", "suppressed", "happening"),
    [
        ("ManualSuppression", True, Happening.UNSUBSCRIBED),
        ("HardBounce", True, Happening.BOUNCED),
        ("SpamComplaint", True, Happening.COMPLAINED),
        (None, False, None),
    ],
)
def test_a_change_of_a_subscription_tells_who_left(reason: str | None, suppressed: bool, happening: Happening) -> None:
    change = {
        "RecordType": "SubscriptionChange",
        "MessageID": "00000000-0000-0000-0000-000000000001",
        "ChangedAt": "2026-11-26T09:03:00Z",
        "Recipient": "reader1@example.org",
        "Origin": "Recipient",
        "SuppressSending": suppressed,
        "SuppressionReason": reason,
        "Metadata": {"pullquote-letter": LETTER},
    }
    assert [each.happening for each in told(change)] == ([happening] if happening else [])


def test_a_complaint_is_told_and_opens_are_nobodys_business() -> None:
    complaint = BOUNCE | {"RecordType": "SpamComplaint", "Type": "SpamComplaint"}
    assert [(each.happening, each.letter) for each in told(complaint)] == [(Happening.COMPLAINED, LETTER)]
    for kind in ("Open", "Click", "Inbound", "Whatever"):
        assert told({"RecordType": kind, "MessageID": "m"}) == []


def test_the_secret_may_come_in_a_header() -> None:
    assert told(DELIVERY, {"x-webhook-secret": HOOK})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Basic"},
        {"authorization": "Basic ====="},
        {"authorization": "Basic " + base64.b64encode(b"pullquote:other").decode()},
        {"authorization": "Basic " + base64.b64encode(HOOK.encode()).decode()},
        {"authorization": f"Bearer {HOOK}"},
        {"x-webhook-secret": ""},
        {"x-webhook-secret": HOOK[:-1]},
        {"x-webhook-secret": "ü"},
    ],
)
def test_a_webhook_without_the_secret_is_forged(headers: dict[str, str]) -> None:
    with pytest.raises(Forged):
        account().events(headers, json.dumps(DELIVERY).encode(), now=NOW)


def test_without_a_secret_of_ours_nothing_is_believed() -> None:
    with pytest.raises(Forged):
        replace(account(), webhook_secret=None).events(BASIC, json.dumps(DELIVERY).encode(), now=NOW)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "Expecting value"),
        (b"[]", "no event"),
        (b"{}", "no event"),
        (b"\xff", "decode"),
        (json.dumps(DELIVERY | {"DeliveredAt": "yesterday"}).encode(), "isoformat"),
        (json.dumps(DELIVERY | {"DeliveredAt": "2026-11-26T09:01:00"}).encode(), "zone"),
    ],
)
def test_nonsense_is_said_to_be_nonsense(body: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        account().events(BASIC, body, now=NOW)
