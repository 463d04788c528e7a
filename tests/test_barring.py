"""Lists of whom not to mail, as services export them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from itertools import islice

import pytest

from bot.addresses import Fault
from bot.barring import Barred, read_barred
from bot.errors import Refused
from bot.model.address import Address
from bot.model.subscriber import Why

ADA, BOB = Address("ada@example.org").hash, Address("bob@example.org").hash
SENDGRID = "status,reason,email,created\n5.1.1,550 5.1.1 <ada@example.org>: spam trap,Ada@example.org,1443651125\n"
SENDGRID_SPAM = "email,created,ip\nada@example.org,1443651125,203.0.113.7\n"
MAILGUN = "address,code,error,created_at\nada@example.org,550,No such mailbox,2026-11-20T09:00:00Z\n"
POSTMARK = "EmailAddress,SuppressionReason,Origin,CreatedAt\nada@example.org,SpamComplaint,Recipient,2026-11-20\n"
BREVO = "Email;Blocked reason;Date\nada@example.org;Unsubscribed via email;20-11-2026\n"
SES = {"SuppressedDestinationSummaries": [{"EmailAddress": "ada@example.org", "Reason": "BOUNCE"}]}
POSTMARK_API = {"Suppressions": [{"EmailAddress": "ada@example.org", "SuppressionReason": "HardBounce"}]}
MANY = 20_000
OURS = f"sha256,newsletter,why,at,detail\n{ADA},weekly,unsubscribed,2026-11-20,page\n"


def read(export: bytes, why: Why = Why.BY_HAND) -> Iterator[Barred | Fault]:
    return read_barred(io.BytesIO(export), why=why)


@pytest.mark.parametrize(
    ("export", "why"),
    [
        (SENDGRID, Why.BOUNCED),
        (SENDGRID_SPAM, Why.BY_HAND),
        (MAILGUN, Why.BY_HAND),
        (POSTMARK, Why.COMPLAINED),
        (BREVO, Why.UNSUBSCRIBED),
        (json.dumps(SES), Why.BOUNCED),
        (json.dumps(POSTMARK_API), Why.BOUNCED),
        (OURS, Why.UNSUBSCRIBED),
        ("ada@example.org\n", Why.BY_HAND),
        (f"{ADA.upper()}\n", Why.BY_HAND),
    ],
    ids=["sendgrid", "spam", "mailgun", "postmark", "brevo", "ses", "postmark-api", "ours", "bare", "fingerprints"],
)
def test_an_export_names_one_who_is_not_mailed_and_why(export: str, why: Why) -> None:
    (found,) = read(export.encode())
    assert isinstance(found, Barred)
    assert (found.address_hash, found.why) == (ADA, why)
    assert found.newsletter == ("weekly" if export is OURS else "")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_broken_rows_are_told_with_their_line_and_the_others_count(encoding: str) -> None:
    export = "Email,Reason\r\nada@example.org,bounce\r\n\r\nnobody,bounce\r\nbob@example.org\r\n"
    ada, nobody, bob = read(export.encode(encoding), Why.COMPLAINED)
    assert ada == Barred(2, ADA, Why.BOUNCED, "")
    assert isinstance(nobody, Fault)
    assert nobody.number == 4
    assert bob == Barred(5, BOB, Why.COMPLAINED, "")


def test_what_is_no_list_is_refused_or_empty() -> None:
    with pytest.raises(Refused, match="no column of mail addresses"):
        list(read(b"name,created\nAda,2026\n"))
    with pytest.raises(Refused, match="begins like JSON"):
        list(read(b'{"Suppressions": ['))
    (fault,) = read(b"sha256\nabc\n")
    assert isinstance(fault, Fault)
    assert list(read(b"")) == list(read(b'{"Suppressions": []}')) == []


@pytest.mark.parametrize(
    "export",
    [
        b"email,reason\n" + b"".join(b"reader%d@example.org,bounce\n" % each for each in range(MANY)),
        json.dumps(
            {"count": MANY, "Suppressions": [{"email": f"reader{each}@example.org"} for each in range(MANY)]}
        ).encode(),
    ],
    ids=["csv", "json"],
)
def test_a_long_list_is_read_a_piece_at_a_time(export: bytes) -> None:
    source = io.BytesIO(export)
    found = read_barred(source, why=Why.BOUNCED)
    assert [each.number for each in islice(found, 3)]
    assert source.tell() < len(export) / 3
    assert sum(isinstance(each, Barred) for each in found) == MANY - 3


def test_what_stood_before_a_break_in_json_counts_and_the_break_is_told() -> None:
    broken = json.dumps([{"email": "ada@example.org"}, {"email": "bob@example.org"}])[:-5]
    found = read(broken.encode("utf-16"))
    assert getattr(next(found), "address_hash", "") == ADA
    with pytest.raises(Refused, match="breaks off"):
        next(found)


def test_an_object_without_an_address_is_told_where_others_have_one() -> None:
    objects = [{"email": "ada@example.org"}, {"paging": {"next": 2}}, 7, {"Reason": "spam", "EMAIL": "bob@example.org"}]
    ada, nobody, bob = read(json.dumps({"about": {"page": 1}, "items": objects}).encode())
    assert ada == Barred(1, ADA, Why.BY_HAND, "")
    assert isinstance(nobody, Fault)
    assert nobody.number == 2
    assert bob == Barred(3, BOB, Why.COMPLAINED, "")
    with pytest.raises(Refused, match="no column of mail addresses"):
        list(read(b'[{"name": "Ada"}]'))


@pytest.mark.parametrize(
    "broken", [b'{"a" 1}', b"{]", b"[1,,2]", b'[{"a": tru}]', b'{"a":' * 10_000, b'[{"email": "a@b.cd"} {}]']
)
def test_what_only_begins_like_json_is_refused(broken: bytes) -> None:
    with pytest.raises(Refused, match="begins like JSON"):
        list(read(broken))
