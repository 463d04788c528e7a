from __future__ import annotations

import json
import uuid
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import httpx
import pytest
import respx

from bot.errors import NotSent, Refused, Rejected, Unknown
from bot.http import Door
from bot.model.secret import Secret
from bot.platforms.brevo import Brevo
from bot.platforms.contract import Receipt
from bot.platforms.registry import build
from bot.platforms.telling import Forged, Happening, Tells
from tests.http.server import Said, serving
from tests.platforms.mailers.brevo import TOKEN, Service
from tests.platforms.test_every_mailer import AT, KEY, MAIL, hand_over, letters

HOOK = Secret("BREVO_HOOK", "a-long-secret-of-the-webhook")
BREVO = Brevo(token=Secret("BREVO_KEY", TOKEN), webhook_secret=HOOK)
EVENT = {
    "event": "delivered",
    "email": "reader1@example.org",
    "id": 26224,
    "date": "2026-11-26 10:05:00",
    "ts": 1793697900,
    "message-id": "<1.20261126@smtp-relay.mailin.fr>",
    "ts_event": 1793697900,
    "ts_epoch": 1795683900123,
    "X-Mailin-custom": "edition-7-abcdef012345-s1",
    "tag": '["edition-7-abcdef012345-r1"]',
}


def told(value: object, *, authorization: str = f"Bearer {HOOK.reveal()}") -> Any:
    return BREVO.events({"authorization": authorization}, json.dumps(value).encode(), now=AT)


@respx.mock
def test_a_batch_is_one_request_of_versions_whose_key_stands_in_the_body(door: Door) -> None:
    asked = respx.post("https://api.brevo.com/v3/smtp/email").mock(
        return_value=httpx.Response(201, json={"messageIds": ["<1@mailin>", "<2@mailin>"]})
    )
    assert [each.remote_id for each in hand_over(BREVO, letters(2), door) if isinstance(each, Receipt)] == [
        "<1@mailin>",
        "<2@mailin>",
    ]
    request = asked.calls.last.request
    assert request.headers["api-key"] == TOKEN
    assert "idempotency-key" not in request.headers
    sent = json.loads(request.content)
    own = letters(2)[1].filled(MAIL)
    assert sent["headers"] == {"idempotencyKey": str(uuid.uuid5(uuid.NAMESPACE_URL, f"pullquote:{KEY}"))}
    assert sent["sender"] == {"name": "The Test Post — Zoë", "email": "weekly@example.org"}
    assert sent["tags"] == [KEY]
    assert {"to", "cc", "bcc", "params"}.isdisjoint(sent)
    assert (sent["htmlContent"], sent["textContent"]) == (f"<p>{MAIL.subject}</p>", MAIL.subject)
    assert [each["to"] for each in sent["messageVersions"]] == [
        [{"email": "reader1@example.org"}],
        [{"email": "reader2@example.org"}],
    ]
    assert sent["messageVersions"][1] == {
        "to": [{"email": "reader2@example.org"}],
        "subject": MAIL.subject,
        "htmlContent": own.html.replace("{{", "&#123;{"),
        "textContent": own.text.replace("{{", "{\u2060{"),
        "headers": {
            "List-Id": "<weekly.example.org>",
            "List-Unsubscribe": "<https://desk.example/leave/token0002>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "OOF, AutoReply",
            "X-Mailin-custom": "edition-7-abcdef012345-s2",
        },
    }


def test_the_key_is_a_uuid_of_the_request_and_of_nothing_else() -> None:
    def key_of(key: str, number: int) -> str:
        made = BREVO.enclose(MAIL, letters(number), key=key, at=AT)
        return str(json.loads(made)["headers"]["idempotencyKey"])

    assert key_of("edition-7-r1", 1) == key_of("edition-7-r1", 2) != key_of("edition-7-r2", 1)


@pytest.mark.parametrize("words", ["{{name}}", "{{{x}}}", "{% if x %}", "{# a remark #}", "%recipient.x% {single}"])
def test_words_that_look_like_variables_arrive(door: Door, words: str) -> None:
    service = Service()
    style = "<style>@media all{#a{color:red}}</style>"
    mail = replace(MAIL, subject=f"On {words}", html=f"{style}<p>{words}</p>{MAIL.html}", text=f"{words}\n{MAIL.text}")
    with serving(service) as server:
        brevo = replace(BREVO, server=server.url)
        batch = letters(1)
        brevo.post(brevo.enclose(mail, batch, key=KEY, at=AT), batch, door, key=KEY)
    (arrived,) = service.mails
    own = batch[0].filled(mail)
    assert arrived["subject"].replace("\u2060", "") == mail.subject
    assert arrived["textContent"].replace("\u2060", "") == own.text
    sheet, _, rest = arrived["htmlContent"].partition("</style>")
    assert sheet.replace("{ #", "{#") == "<style>@media all{#a{color:red}}"
    assert unescape(rest) == unescape(own.html.partition("</style>")[2])


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ("Desk <weekly@example.org>", "Desk"),
        ('"Desk, The" <weekly@example.org>', "Desk, The"),
        ("Zoë <weekly@example.org>", "Zoë"),
        ("weekly@example.org", ""),
        ("Zoë, Köln <weekly@example.org>", "=?utf-8?b?Wm/DqywgS8O2bG4=?="),
        ('"Zoë, Köln" <weekly@example.org>', "=?utf-8?b?Wm/DqywgS8O2bG4=?="),
    ],
)
def test_a_name_with_a_comma_and_an_umlaut_is_encoded_because_brevo_would_drop_it(sender: str, name: str) -> None:
    made = json.loads(BREVO.enclose(replace(MAIL, sender=sender), letters(1), key=KEY, at=AT))
    assert made["sender"] == {"name": name, "email": "weekly@example.org"} or not name
    assert ("name" in made["sender"]) == bool(name)


@pytest.mark.parametrize("name", ["x" * 71, "Zoë, " * 12])
def test_a_name_that_is_too_long_as_it_goes_out_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="70 characters"):
        BREVO.enclose(replace(MAIL, sender=f"{name} <weekly@example.org>"), letters(1), key=KEY, at=AT)


def test_a_header_outside_ascii_is_refused() -> None:
    with pytest.raises(Refused, match="List-Id"):
        BREVO.enclose(replace(MAIL, sender="Desk <weekly@bücher.example>"), letters(1), key=KEY, at=AT)


def test_a_repetition_that_is_refused_is_a_doubt_and_the_log_settles_it(door: Door) -> None:
    service = Service()
    with serving(service) as server:
        brevo = replace(BREVO, server=server.url)
        first = hand_over(brevo, letters(2), door)
        with pytest.raises(Unknown, match="knows the key"):
            hand_over(brevo, letters(2), door)
        found = brevo.trace(letters(3), door, key=KEY, subject=MAIL.subject, since=datetime.now(UTC))
    assert [*found[:2]] == first
    assert found[2] is None


def test_the_log_of_another_edition_or_of_an_earlier_day_is_not_ours(door: Door) -> None:
    service = Service()
    with serving(service) as server:
        brevo = replace(BREVO, server=server.url)
        hand_over(brevo, letters(1), door)
        asked = datetime.now(UTC)
        others = brevo.trace(letters(1), door, key="edition-8-r1", subject="Another", since=asked)
        later = brevo.trace(letters(1), door, key=KEY, subject=MAIL.subject, since=asked + timedelta(hours=1))
    assert [*others, *later] == [None, None]


def test_a_doubt_that_is_older_than_the_log_is_left_to_a_person(door: Door) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=89)
    with serving(Service()) as server, pytest.raises(NotSent, match="may have forgotten it"):
        replace(BREVO, server=server.url).trace(letters(1), door, key=KEY, subject=MAIL.subject, since=long_ago)
    assert server.requests == []


def test_the_log_is_read_page_after_page(door: Door) -> None:
    def log(request: Any) -> Said:
        offset = int(httpx.URL(request.path).params["offset"])
        address = "reader1@example.org" if offset else "somebody@example.org"
        event = {"email": address, "subject": MAIL.subject, "messageId": "<9@mailin>", "date": AT.isoformat()}
        return Said(200, json.dumps({"events": [event] * (1 if offset else 2500)}).encode())

    with serving(log) as server:
        found = replace(BREVO, server=server.url).trace(letters(1), door, key=KEY, subject=MAIL.subject, since=AT)
    assert found == [Receipt("<9@mailin>")]
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("status", "code", "ending"),
    [
        (401, "unauthorized", NotSent),
        (402, "not_enough_credits", NotSent),
        (403, "permission_denied", NotSent),
        (400, "duplicate_parameter", Unknown),
        (400, "invalid_parameter", Rejected),
    ],
)
def test_what_a_refusal_means(door: Door, status: int, code: str, ending: type[Exception]) -> None:
    answer = Said(status, json.dumps({"code": code, "message": "No"}).encode())
    with serving(lambda _: answer) as server, pytest.raises(ending):
        hand_over(replace(BREVO, server=server.url), letters(1), door)


@pytest.mark.parametrize("answer", [{"messageIds": ["<1@mailin>"]}, {"messageId": "<1@mailin>"}, {}])
def test_a_count_that_is_not_ours_proves_nothing(door: Door, answer: object) -> None:
    with (
        serving(lambda _: Said(201, json.dumps(answer).encode())) as server,
        pytest.raises(Unknown, match="of 2 mails"),
    ):
        hand_over(replace(BREVO, server=server.url), letters(2), door)


def test_the_sandbox_is_asked_for_in_the_whole_and_in_every_version() -> None:
    made = json.loads(replace(BREVO, sandbox=True).enclose(MAIL, letters(1), key=KEY, at=AT))
    assert made["headers"]["X-Sib-Sandbox"] == "drop"
    assert made["messageVersions"][0]["headers"]["X-Sib-Sandbox"] == "drop"


@pytest.mark.parametrize(
    ("event", "happening"),
    [
        ("delivered", Happening.DELIVERED),
        ("hard_bounce", Happening.BOUNCED),
        ("invalid_email", Happening.BOUNCED),
        ("soft_bounce", Happening.DEFERRED),
        ("blocked", Happening.DEFERRED),
        ("spam", Happening.COMPLAINED),
        ("unsubscribed", Happening.UNSUBSCRIBED),
    ],
)
def test_an_event_is_told_with_our_letter_and_the_only_time_that_has_no_zone(event: str, happening: Happening) -> None:
    assert isinstance(BREVO, Tells)
    (each,) = told({**EVENT, "event": event, "reason": "mailbox full"})
    assert each.happening is happening
    assert each.letter == "edition-7-abcdef012345-s1"
    assert each.remote_id == "<1.20261126@smtp-relay.mailin.fr>"
    assert each.address == "reader1@example.org"
    assert each.at == datetime(2026, 11, 26, 9, 5, 0, 123000, tzinfo=UTC)
    assert each.reason == "mailbox full"


def test_an_event_that_comes_again_is_known_and_another_one_is_another() -> None:
    changes: list[dict[str, object]] = [
        {},
        {},
        {"ts_epoch": 1795683999000},
        {"event": "spam"},
        {"message-id": "<2@mailin>"},
    ]
    first, again, later, *others = (told({**EVENT, **each})[0].event for each in changes)
    assert first == again == later
    assert len({first, *others}) == 3


def test_several_events_may_come_together_and_those_of_no_meaning_are_left_out() -> None:
    found = told([{**EVENT, "event": each} for each in ("request", "unique_proxy_open", "deferred", "delivered")])
    assert [each.happening for each in found] == [Happening.DELIVERED]


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer wrong", "Basic !", f"Basic {b64encode(b'desk:wrong').decode()}", f"Bearer {HOOK.reveal()}x"],
)
def test_a_webhook_without_the_secret_is_forged(authorization: str) -> None:
    with pytest.raises(Forged):
        told(EVENT, authorization=authorization)
    with pytest.raises(Forged):
        replace(BREVO, webhook_secret=None).events({"authorization": authorization}, b"{}", now=AT)


def test_the_password_in_the_address_of_a_webhook_counts_too() -> None:
    credentials = b64encode(f"desk:{HOOK.reveal()}".encode()).decode()
    assert told(EVENT, authorization=f"Basic {credentials}")


@pytest.mark.parametrize(
    "body", [b"", b"7", b"[7]", b'{"event": "spam"}', b'{"event": "spam", "email": "a@b", "ts_epoch": "x"}']
)
def test_nonsense_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        BREVO.events({"authorization": f"Bearer {HOOK.reveal()}"}, body, now=AT)


def test_its_webhook_secret_is_named_by_a_variable_or_left_out(tmp_path: Any) -> None:
    kept = {"KEY": "a key", "HOOK": "a secret"}
    made = build(Brevo, {"token_env": "KEY", "webhook_secret_env": "HOOK"}, folder=tmp_path, secret=kept.get)
    assert isinstance(made, Brevo)
    assert made.webhook_secret == Secret("HOOK", "a secret")
    assert build(Brevo, {"token_env": "KEY"}, folder=tmp_path, secret=kept.get) == Brevo(token=Secret("KEY", "a key"))
