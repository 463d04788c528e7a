"""The signature of Amazon's services, against the examples that Amazon published for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.platforms.sigv4 import Signer

SIGNER = Signer("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "service")
NOW = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("method", "headers", "body", "signature"),
    [
        ("GET", {}, b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("POST", {}, b"", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        ("POST", FORM, b"Param1=value1", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
    ],
)
def test_amazons_own_examples(method: str, headers: dict[str, str], body: bytes, signature: str) -> None:
    made = SIGNER.headers(method, "https://example.amazonaws.com/", headers=headers, body=body, now=NOW)
    names = ";".join(sorted([*headers, "host", "x-amz-date"]))
    assert made["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    assert made["x-amz-date"] == "20150830T123600Z"
    assert "host" not in made


def test_a_moment_is_the_same_in_every_zone_and_what_is_signed_matters() -> None:
    def made(now: datetime, *, body: bytes = b"", url: str = "https://example.amazonaws.com/") -> str:
        return SIGNER.headers("POST", url, headers={}, body=body, now=now)["authorization"]

    once = made(NOW)
    assert once == made(NOW.astimezone(timezone(timedelta(hours=9))))
    others = [made(NOW, body=b"x"), made(NOW, url="https://example.amazonaws.com/v2"), made(NOW + timedelta(seconds=1))]
    assert len({once, *others}) == 4


def test_the_key_shows_nowhere() -> None:
    made = SIGNER.headers("POST", "https://example.amazonaws.com/", headers={}, body=b"", now=NOW)
    assert SIGNER.secret not in f"{made} {SIGNER!r}"
