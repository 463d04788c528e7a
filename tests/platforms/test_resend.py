"""The requests that Resend gets, and what it tells later."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import NotSent, Rejected
from bot.http import Door
from bot.model.secret import Secret
from bot.platforms.resend import Resend
from bot.platforms.telling import Forged, Happening
from tests.http.server import serving
from tests.platforms.mailers.resend import TOKEN, Service
from tests.platforms.services import said
from tests.platforms.test_every_mailer import AT, KEY, MAIL, letters

SIGNING = b"a signing secret of enough bytes"
NOW = datetime(2026, 11, 26, 9, 5, tzinfo=UTC)
ACCOUNT = Resend(
    token=Secret("RESEND_TOKEN", TOKEN),
    reply_to="answers@example.org",
    webhook_secret=Secret("RESEND_WEBHOOK", "whsec_" + base64.b64encode(SIGNING).decode()),
)


def test_each_reader_is_a_mail_of_its_own_with_the_way_out_in_its_headers() -> None:
    one, other = json.loads(ACCOUNT.enclose(MAIL, letters(2), key=KEY, at=AT))
    assert one["to"] == ["reader1@example.org"]
    assert other["to"] == ["reader2@example.org"]
    assert one["from"] == MAIL.sender
    assert one["subject"] == MAIL.subject
    assert one["reply_to"] == ["answers@example.org"]
    assert one["headers"]["List-Unsubscribe"] == "<https://desk.example/leave/token0001>"
    assert one["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert one["headers"]["List-Id"] == "<weekly.example.org>"
    assert one["tags"] == [{"name": "pullquote-letter", "value": "edition-7-abcdef012345-s1"}]
    assert "token0002" not in json.dumps(one)
    assert "{{name}} %recipient.x%" in one["text"], "words that other services would replace arrive as they are"


def test_the_same_key_with_the_same_bytes_counts_once(door: Door) -> None:
    service = Service()
    with serving(service) as server:
        account = Resend(token=Secret("RESEND_TOKEN", TOKEN), server=server.url)
        body = account.enclose(MAIL, letters(2), key=KEY, at=AT)
        first = account.post(body, letters(2), door, key=KEY)
        assert account.post(body, letters(2), door, key=KEY) == first
    assert len(service.mails) == 2
    assert server.requests[0].headers["idempotency-key"] == KEY


def test_a_doubt_that_is_older_than_the_key_is_looked_up_page_by_page(door: Door) -> None:
    service = Service()
    with serving(service) as server:
        account = Resend(token=Secret("RESEND_TOKEN", TOKEN), server=server.url)
        account.post(account.enclose(MAIL, letters(1), key=KEY, at=AT), letters(1), door, key=KEY)
        for number in range(150):
            service.mails.append(
                {"id": f"x{number}", "to": ["x@example.org"], "from": "", "subject": "", "created_at": f"{NOW}"}
            )
        found = account.trace(letters(2), door, key=KEY, subject=MAIL.subject, since=NOW - timedelta(days=2))
    assert [each is not None for each in found] == [True, False]


def test_an_earlier_edition_of_the_same_subject_is_not_taken_for_this_one(door: Door) -> None:
    service = Service()
    before = {"to": ["reader1@example.org"], "from": "", "subject": MAIL.subject, "created_at": f"{NOW}"}
    service.mails.append({"id": "last-week", **before})
    with serving(service) as server:
        account = Resend(token=Secret("RESEND_TOKEN", TOKEN), server=server.url)
        found = account.trace(letters(1), door, key=KEY, subject=MAIL.subject, since=NOW + timedelta(days=7))
    assert found == [None]


@pytest.mark.parametrize(("name", "kind"), [("invalid_api_key", NotSent), ("validation_error", Rejected)])
def test_a_refused_key_is_tried_again_and_a_refused_domain_is_not(door: Door, name: str, kind: type[Exception]) -> None:
    with serving(lambda _: said(403, {"name": name, "message": "The example.org domain is not verified"})) as server:
        account = Resend(token=Secret("RESEND_TOKEN", TOKEN), server=server.url)
        with pytest.raises(kind, match="not verified"):
            account.post(account.enclose(MAIL, letters(1), key=KEY, at=AT), letters(1), door, key=KEY)


def signed(
    body: bytes, *, at: datetime = NOW, key: bytes = SIGNING, number: str = "msg_1", moment: str = ""
) -> dict[str, str]:
    moment = moment or str(int(at.timestamp()))
    mark = hmac.new(key, f"{number}.{moment}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(b'an older key').decode()} v1,{base64.b64encode(mark).decode()}"
    return {"svix-id": number, "svix-timestamp": moment, "svix-signature": signature}


def told(kind: str, tags: object) -> bytes:
    return json.dumps(
        {
            "type": kind,
            "created_at": "2026-11-26T09:04:00.000Z",
            "data": {
                "email_id": "mail-0",
                "to": ["reader1@example.org"],
                "tags": tags,
                "bounce": {"message": "No such mailbox", "type": "Permanent"},
            },
        }
    ).encode()


@pytest.mark.parametrize("tags", [[{"name": "pullquote-letter", "value": "e-s1"}], {"pullquote-letter": "e-s1"}])
def test_a_bounce_names_the_letter(tags: object) -> None:
    body = told("email.bounced", tags)
    (event,) = ACCOUNT.events(signed(body), body, now=NOW)
    assert (event.event, event.happening, event.letter) == ("msg_1", Happening.BOUNCED, "e-s1")
    assert (event.remote_id, event.address, event.reason) == ("mail-0", "reader1@example.org", "No such mailbox")


def test_what_does_not_concern_us_is_passed_over() -> None:
    body = told("email.opened", [])
    assert ACCOUNT.events(signed(body), body, now=NOW) == ()


def test_a_webhook_that_is_forged_old_or_from_the_future_is_not_believed() -> None:
    body = told("email.complained", [])
    right = signed(body)
    for headers, content, account in (
        (signed(body, key=b"another"), body, ACCOUNT),
        (right, body + b" ", ACCOUNT),
        ({**right, "svix-id": "msg_2"}, body, ACCOUNT),
        ({**right, "svix-signature": "v1,"}, body, ACCOUNT),
        ({}, body, ACCOUNT),
        (signed(body, at=NOW - timedelta(minutes=6)), body, ACCOUNT),
        (signed(body, at=NOW + timedelta(minutes=6)), body, ACCOUNT),
        (signed(body, moment="9" * 400), body, ACCOUNT),
        (signed(body, moment="9" * 5000), body, ACCOUNT),
        (right, body, Resend(token=Secret("RESEND_TOKEN", TOKEN))),
    ):
        with pytest.raises(Forged):
            account.events(headers, content, now=NOW)
