from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import respx

from bot.errors import NotSent, Refused, Rejected, Unknown
from bot.http import Door
from bot.model.secret import Secret
from bot.platforms.contract import Receipt
from bot.platforms.registry import WrongSetting, build
from bot.platforms.ses import Ses
from tests.http.server import Request, Said, serving
from tests.platforms.mailers.ses import KEY as KEY_ID
from tests.platforms.mailers.ses import REGION, SECRET, Service, proven, refused
from tests.platforms.test_every_mailer import AT, KEY, MAIL, hand_over, letters

SES = Ses(region=REGION, key=Secret("AWS_KEY_ID", KEY_ID), secret=Secret("AWS_SECRET", SECRET))


@respx.mock
def test_a_mail_is_one_signed_request_for_one_reader() -> None:
    asked = respx.post("https://email.eu-central-1.amazonaws.com/v2/email/outbound-emails").mock(
        return_value=httpx.Response(200, json={"MessageId": "0107018a-1"})
    )
    with Door(clock=lambda: AT) as door:
        assert hand_over(SES, letters(1), door) == [Receipt("0107018a-1")]
    request = asked.calls.last.request
    (letter,) = letters(1)
    own = letter.filled(MAIL)
    assert json.loads(request.content) == {
        "FromEmailAddress": "=?utf-8?q?The_Test_Post_=E2=80=94_Zo=C3=AB?= <weekly@example.org>",
        "Destination": {"ToAddresses": ["reader1@example.org"]},
        "Content": {
            "Simple": {
                "Subject": {"Data": MAIL.subject, "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": own.text, "Charset": "UTF-8"},
                    "Html": {"Data": own.html, "Charset": "UTF-8"},
                },
                "Headers": [
                    {"Name": "List-Id", "Value": "<weekly.example.org>"},
                    {"Name": "List-Unsubscribe", "Value": "<https://desk.example/leave/token0001>"},
                    {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
                    {"Name": "Auto-Submitted", "Value": "auto-generated"},
                    {"Name": "X-Auto-Response-Suppress", "Value": "OOF, AutoReply"},
                    {"Name": "X-Pullquote-Letter", "Value": letter.key},
                ],
            }
        },
        "EmailTags": [{"Name": "pullquote-letter", "Value": letter.key}],
    }
    assert request.headers["x-amz-date"] == "20261126T090000Z"
    assert request.headers["authorization"].startswith(
        f"AWS4-HMAC-SHA256 Credential={KEY_ID}/20261126/eu-central-1/ses/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, Signature="
    )
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert proven(Request("POST", "/v2/email/outbound-emails", headers, request.content))


def test_the_bytes_bear_no_moment_and_the_signature_does(door: Door) -> None:
    with serving(Service()) as server:
        ses = replace(SES, server=server.url)
        for clock in (AT, AT + timedelta(days=1)):
            with Door(clock=lambda now=clock: now) as at:  # type: ignore[misc]
                hand_over(ses, letters(1), at)
    first, second = server.requests
    assert first.body == second.body
    assert first.headers["authorization"] != second.headers["authorization"]


def test_answers_and_reports_go_where_they_are_wanted() -> None:
    made = json.loads(
        replace(SES, reply_to="desk@example.org", configuration_set="news").enclose(MAIL, letters(1), key=KEY, at=AT)
    )
    assert made["ReplyToAddresses"] == ["desk@example.org"]
    assert made["ConfigurationSetName"] == "news"


@pytest.mark.parametrize(
    ("sender", "said"),
    [
        ("Desk, The <weekly@example.org>", '"Desk, The" <weekly@example.org>'),
        ("weekly@example.org", "weekly@example.org"),
        ("Zoë, Köln <weekly@example.org>", "=?utf-8?b?Wm/DqywgS8O2bG4=?= <weekly@example.org>"),
    ],
)
def test_the_senders_name_is_ascii_because_ses_takes_no_other(sender: str, said: str) -> None:
    made = json.loads(SES.enclose(replace(MAIL, sender=sender), letters(1), key=KEY, at=AT))
    assert made["FromEmailAddress"] == said


def test_what_ses_would_not_take_is_refused_before() -> None:
    with pytest.raises(Refused, match="xn--"):
        SES.enclose(replace(MAIL, sender="Desk <weekly@bücher.example>"), letters(1), key=KEY, at=AT)
    letter = replace(letters(1)[0], unsubscribe=f"https://desk.example/{'x' * 1000}")
    with pytest.raises(Refused, match="List-Unsubscribe of a mail is longer"):
        SES.enclose(MAIL, (letter,), key=KEY, at=AT)


NOT_VERIFIED = (
    "Email address is not verified. The following identities failed the check in region EU-CENTRAL-1: "
    "weekly@example.org"
)


@pytest.mark.parametrize(
    ("status", "kind", "message", "ending"),
    [
        (403, "InvalidSignatureException", "The request signature we calculated does not match", NotSent),
        (403, "UnrecognizedClientException", "The security token included in the request is invalid", NotSent),
        (403, "AccessDeniedException", "User is not authorized to perform: ses:SendEmail", NotSent),
        (400, "MessageRejected", NOT_VERIFIED, NotSent),
        (400, "MailFromDomainNotVerifiedException", "The MAIL FROM domain is not set up", NotSent),
        (400, "SendingPausedException", "Sending is paused", NotSent),
        (400, "AccountSuspendedException", "Suspended", NotSent),
        (404, "NotFoundException", "Configuration set news does not exist", NotSent),
        (400, "BadRequestException", "Illegal address", Rejected),
        (400, "MessageRejected", "The message contains a virus", Rejected),
    ],
)
def test_what_is_about_the_account_rejects_no_reader(
    door: Door, status: int, kind: str, message: str, ending: type[Exception]
) -> None:
    with (
        serving(lambda _: refused(status, kind, message)) as server,
        pytest.raises(ending, match=message[:20]) as caught,
    ):
        hand_over(replace(SES, server=server.url), letters(1), door)
    assert isinstance(caught.value, NotSent | Rejected)
    assert kind in caught.value.answer


@pytest.mark.parametrize("kind", ["ThrottlingException", "Throttling", "LimitExceededException"])
@pytest.mark.parametrize(
    ("message", "wait"), [("Maximum sending rate exceeded.", 10), ("Daily message quota exceeded.", 600)]
)
def test_throttling_waits_as_long_as_ses_asks_for(door: Door, kind: str, message: str, wait: float) -> None:
    with serving(lambda _: refused(400, kind, message)) as server, pytest.raises(NotSent) as caught:
        hand_over(replace(SES, server=server.url), letters(1), door)
    assert caught.value.retry_after == wait


def test_the_name_of_a_refusal_may_stand_in_the_body(door: Door) -> None:
    body = {"__type": "com.amazonaws.sesv2#SendingPausedException", "message": "Sending is paused"}
    with serving(lambda _: Said(400, json.dumps(body).encode())) as server, pytest.raises(NotSent, match="paused"):
        hand_over(replace(SES, server=server.url), letters(1), door)


def test_a_success_without_an_id_is_a_doubt(door: Door) -> None:
    with serving(lambda _: Said(200, b"{}")) as server, pytest.raises(Unknown):
        hand_over(replace(SES, server=server.url), letters(1), door)


def test_a_wrong_key_is_found_out_by_the_model(door: Door) -> None:
    service = Service()
    with serving(service) as server, pytest.raises(NotSent, match="AWS_SECRET anew"):
        hand_over(replace(SES, server=server.url, secret=Secret("AWS_SECRET", "another")), letters(1), door)
    assert service.mails == []


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"SendingEnabled": True, "ProductionAccessEnabled": True}, "an unknown number a day"),
        (
            {"SendingEnabled": True, "SendQuota": {"Max24HourSend": 200.0, "MaxSendRate": 1.0}},
            "may send 200 a day, 1 a second, and only to addresses confirmed there",
        ),
        (
            {
                "SendingEnabled": True,
                "ProductionAccessEnabled": True,
                "SendQuota": {"Max24HourSend": -1.0, "MaxSendRate": 14.0},
            },
            "may send any number a day, 14 a second",
        ),
    ],
)
def test_a_check_says_what_the_account_may_send(door: Door, said: object, words: str) -> None:
    with serving(lambda _: Said(200, json.dumps(said).encode())) as server:
        assert words in replace(SES, server=server.url).check(door)


def test_a_check_says_that_sending_is_paused(door: Door) -> None:
    with serving(lambda _: Said(200, b'{"SendingEnabled": false}')) as server, pytest.raises(Rejected):
        replace(SES, server=server.url).check(door)


@pytest.mark.parametrize("region", ["", "eu central", "evil.example/", "eu-central-1.evil"])
def test_a_region_that_is_none_is_refused(tmp_path: Path, region: str) -> None:
    given = {"region": region, "key_env": "K", "secret_env": "S"}
    with pytest.raises(WrongSetting, match="'region' is wrong"):
        build(Ses, given, folder=tmp_path, secret=lambda _: "a secret")


def test_without_the_library_that_signs_the_channel_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "awscrt", None)
    with pytest.raises(WrongSetting, match=r"pip install 'pullquote\[ses\]'"):
        build(Ses, {"region": REGION, "key_env": "K", "secret_env": "S"}, folder=tmp_path, secret=lambda _: "a secret")
