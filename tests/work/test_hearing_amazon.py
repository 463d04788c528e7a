"""What Amazon SES tells through SNS: believed once, from the one topic, under Amazon's own certificate."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import respx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from flask.testing import FlaskClient

from bot.desk.app import application
from bot.house import House
from bot.model.address import Address
from bot.model.secret import Secret
from bot.model.states import Fate
from bot.model.subscriber import Standing, Why
from bot.platforms.registry import WrongSetting, build
from bot.platforms.ses import Ses
from bot.store import deliveries, receipts, subscribers
from tests.work.desk import DAY, HOUR, TUESDAY, approve_now
from tests.work.readers import PostOffice, an_edition, passes, with_readers

TOPIC = "arn:aws:sns:eu-central-1:123456789012:newsletter"
SNS = "https://sns.eu-central-1.amazonaws.com"
CERTIFICATE = f"{SNS}/SimpleNotificationService-6aad65c2f9911b05cd53efda11f913f9.pem"
CONFIRM = f"{SNS}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f37"
READER = "reader00000@example.org"
NOW = TUESDAY + HOUR


@dataclass
class Amazon:
    """Signs as SNS does, with a key whose certificate lies where SNS keeps its own."""

    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    def certificate(self, *, ends: datetime = TUESDAY + 300 * DAY) -> bytes:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key())
        made = made.serial_number(1).not_valid_before(TUESDAY - 300 * DAY).not_valid_after(ends)
        return made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def message(self, said: object, *, version: str = "2", **changes: str) -> dict[str, str]:
        made = {
            "Type": "Notification",
            "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            "TopicArn": TOPIC,
            "Message": said if isinstance(said, str) else json.dumps(said),
            "Timestamp": NOW.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "SignatureVersion": version,
            "SigningCertURL": CERTIFICATE,
            **changes,
        }
        asking = made["Type"] != "Notification"
        names = ["Message", "MessageId", *(["SubscribeURL"] if asking else []), "Subject", "Timestamp"]
        names += [*(["Token"] if asking else []), "TopicArn", "Type"]
        signed = "".join(f"{name}\n{made[name]}\n" for name in names if name in made)
        digest = hashes.SHA1() if version == "1" else hashes.SHA256()  # noqa: S303
        signature = self.key.sign(signed.encode(), padding.PKCS1v15(), digest)
        return {**made, "Signature": base64.b64encode(signature).decode()}


@pytest.fixture(scope="module")
def amazon() -> Amazon:
    return Amazon()


@dataclass
class Hearing:
    house: House
    client: FlaskClient
    letter: str

    def tell(self, message: object) -> int:
        return self.client.post("/told/mail", data=json.dumps(message)).status_code

    def fate(self) -> Fate:
        with self.house.store.read() as db:
            return next(each.fate for each in receipts.listed(db, 1) if each.address == READER)

    def standing(self) -> Standing:
        with self.house.store.read() as db:
            found = subscribers.of(db, Address(READER), "weekly")
        assert found is not None
        return found.standing

    def barred(self) -> Why | None:
        with self.house.store.read() as db:
            found = subscribers.suppressed(db, Address(READER).hash, "another")
        return found.why if found is not None else None

    def event(self, kind: str, **details: Any) -> dict[str, Any]:
        mail = {"messageId": "0107018a", "destination": [READER], "tags": {"pullquote-letter": [self.letter]}}
        return {"eventType": kind, "mail": mail, kind[0].lower() + kind[1:]: details}


@pytest.fixture
def hearing(house: House) -> Hearing:
    """An edition that went out, and the channel on Amazon SES from then on."""
    house = with_readers(house, PostOffice(), 2)
    approve_now(house, an_edition(house))
    passes(house, 2)
    ses = Ses(region="eu-central-1", key=Secret("K", "key"), secret=Secret("S", "secret"), topic=TOPIC)
    house = replace(house, channels={**house.channels, "mail": ses})
    with house.store.read() as db:
        letter = f"{deliveries.get(db, 1).key}-s{next(receipts.listed(db, 1)).subscriber_id}"
    return Hearing(house, application(house, now=lambda: NOW).test_client(), letter)


@pytest.fixture
def asked(amazon: Amazon) -> Iterator[respx.MockRouter]:
    """Amazon, as it answers: with its certificate, and to a yes."""
    with respx.mock(assert_all_called=False) as router:
        router.get(CERTIFICATE).mock(return_value=httpx.Response(200, content=amazon.certificate()))
        router.get(url__startswith=f"{SNS}/?Action").mock(return_value=httpx.Response(200, text="<ok/>"))
        yield router


def bounce(hearing: Hearing, kind: str = "Permanent", sub: str = "NoEmail") -> dict[str, Any]:
    reader = {"emailAddress": READER, "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
    return hearing.event("Bounce", bounceType=kind, bounceSubType=sub, bouncedRecipients=[reader])


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_bounce_ends_it_for_good_and_a_replay_changes_nothing(
    hearing: Hearing, amazon: Amazon, asked: respx.MockRouter, version: str
) -> None:
    message = amazon.message(bounce(hearing), version=version)
    assert hearing.tell(message) == 200
    assert (hearing.fate(), hearing.standing(), hearing.barred()) == (Fate.BOUNCED, Standing.ENDED, Why.BOUNCED)
    with hearing.house.store.write() as db:
        subscribers.release(db, Address(READER).hash)
    assert hearing.tell(message) == 200
    assert hearing.barred() is None, "told before"
    assert len(asked.calls) == 1, "the certificate is fetched once"


def test_what_else_it_tells_is_taken_for_what_it_is(hearing: Hearing, amazon: Amazon, asked: respx.MockRouter) -> None:
    told = iter(f"message-{number}" for number in range(20))

    def tells(event: object) -> int:
        return hearing.tell(amazon.message(event, MessageId=next(told)))

    assert tells(hearing.event("Delivery", recipients=[READER], smtpResponse="250 ok")) == 200
    assert hearing.fate() is Fate.DELIVERED
    for nothing in (
        "Successfully validated SNS topic for Amazon SES event publishing.",
        hearing.event("Send"),
        hearing.event("DeliveryDelay", delayType="MailboxFull", delayedRecipients=[{"emailAddress": READER}]),
        hearing.event("Complaint", complaintFeedbackType="not-spam", complainedRecipients=[{"emailAddress": READER}]),
        bounce(hearing, "Transient", "MailboxFull"),
        [7],
        {"eventType": "Bounce", "mail": None},
        {"eventType": "", "mail": {}},
    ):
        assert tells(nothing) == 200, nothing
    assert (hearing.fate(), hearing.standing()) == (Fate.DELIVERED, Standing.ACTIVE)
    old = hearing.event("Complaint", complainedRecipients=[{"emailAddress": READER}])
    old["notificationType"] = old.pop("eventType")
    old["mail"].pop("tags")
    old["mail"]["headers"] = [{"name": "X-Pullquote-Letter", "value": hearing.letter}]
    assert tells(old) == 200
    assert (hearing.fate(), hearing.barred()) == (Fate.COMPLAINED, Why.COMPLAINED)


def test_a_topic_that_asks_is_answered_with_yes_and_another_one_is_not(
    hearing: Hearing, amazon: Amazon, asked: respx.MockRouter
) -> None:
    question = {"Type": "SubscriptionConfirmation", "Token": "2336412f37", "SubscribeURL": CONFIRM}
    assert hearing.tell(amazon.message("You have chosen to subscribe", **question)) == 200
    assert [str(each.request.url) for each in asked.calls][1:] == [CONFIRM]
    elsewhere = {**question, "SubscribeURL": "https://evil.example/?Action=ConfirmSubscription"}
    assert hearing.tell(amazon.message("You have chosen", **elsewhere)) == 401
    other = {**question, "TopicArn": TOPIC.replace("newsletter", "another")}
    assert hearing.tell(amazon.message("You have chosen", **other)) == 401
    assert len(asked.calls) == 2
    goodbye = {**question, "Type": "UnsubscribeConfirmation"}
    assert hearing.tell(amazon.message("You have chosen to deactivate", **goodbye)) == 200
    assert len(asked.calls) == 2


ELSEWHERE: list[dict[str, str]] = [
    {"TopicArn": TOPIC.replace("1234", "9999")},
    {"SigningCertURL": CERTIFICATE.replace("sns.eu-central-1", "sns.us-east-1")},
    {"SigningCertURL": CERTIFICATE.replace("amazonaws.com", "amazonaws.com.evil.example")},
    {"SigningCertURL": CERTIFICATE.replace("https://", "http://")},
    {"SigningCertURL": f"{SNS}/?Action=Publish&x=/SimpleNotificationService-aa.pem"},
    {"SigningCertURL": f"{SNS}@evil.example/SimpleNotificationService-aa.pem"},
    {"Timestamp": (NOW + timedelta(hours=2)).isoformat()},
    {"Timestamp": (NOW - timedelta(days=31)).isoformat()},
    {"SignatureVersion": "3"},
]


def test_what_comes_from_elsewhere_or_another_time_is_forged(
    hearing: Hearing, amazon: Amazon, asked: respx.MockRouter
) -> None:
    for changes in ELSEWHERE:
        assert hearing.tell(amazon.message(bounce(hearing), **changes)) == 401, changes
    assert hearing.standing() is Standing.ACTIVE
    assert {str(each.request.url) for each in asked.calls} <= {CERTIFICATE}


def test_a_changed_word_another_key_or_a_dead_certificate_proves_nothing(
    hearing: Hearing, amazon: Amazon, asked: respx.MockRouter
) -> None:
    message = amazon.message(bounce(hearing))
    assert (
        hearing.tell({**message, "Message": message["Message"].replace("Transient", "").replace("5.1.1", "5.1.2")})
        == 401
    )
    assert hearing.tell({**message, "Signature": "AAAA"}) == 401
    assert hearing.tell({**message, "Signature": "no base64!"}) == 401
    assert hearing.tell(Amazon().message(bounce(hearing))) == 401
    assert hearing.tell({**message, "Type": "Other"}) == 400
    assert hearing.tell([]) == 400
    assert hearing.client.post("/told/mail", data=b"{").status_code == 400
    assert hearing.standing() is Standing.ACTIVE


def test_while_its_certificate_is_not_there_it_is_asked_to_tell_again(
    hearing: Hearing, amazon: Amazon, asked: respx.MockRouter
) -> None:
    dead = httpx.Response(200, content=amazon.certificate(ends=TUESDAY - DAY))
    answers = [httpx.Response(503), httpx.Response(200, text="<html>"), httpx.ConnectError("no"), dead]
    asked.get(CERTIFICATE).mock(side_effect=answers)
    assert [hearing.tell(amazon.message(bounce(hearing))) for _ in answers] == [503, 503, 503, 401]
    assert hearing.standing() is Standing.ACTIVE


def test_without_a_topic_nothing_is_believed_and_a_wrong_one_is_refused(
    hearing: Hearing, amazon: Amazon, asked: respx.MockRouter, tmp_path: Any
) -> None:
    ses = hearing.house.channels["mail"]
    assert isinstance(ses, Ses)
    mute = replace(hearing.house, channels={"mail": replace(ses, topic="")})
    client = application(mute, now=lambda: NOW).test_client()
    assert client.post("/told/mail", data=json.dumps(amazon.message(bounce(hearing)))).status_code == 401
    assert client.post("/told/mail", data=json.dumps(amazon.message("x", TopicArn=""))).status_code == 401
    given = {"region": "eu-central-1", "key_env": "K", "secret_env": "S", "topic": "newsletter"}
    with pytest.raises(WrongSetting, match="'topic' is wrong"):
        build(Ses, given, folder=tmp_path, secret=lambda _: "a secret")
