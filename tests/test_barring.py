"""Lists of whom not to mail, as services export them."""

from __future__ import annotations

import json

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
OURS = f"sha256,newsletter,why,at,detail\n{ADA},weekly,unsubscribed,2026-11-20,page\n"


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
    (found,) = read_barred(export.encode(), why=Why.BY_HAND)
    assert isinstance(found, Barred)
    assert (found.address_hash, found.why) == (ADA, why)
    assert found.newsletter == ("weekly" if export is OURS else "")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_broken_rows_are_told_with_their_line_and_the_others_count(encoding: str) -> None:
    export = "Email,Reason\r\nada@example.org,bounce\r\n\r\nnobody,bounce\r\nbob@example.org\r\n"
    ada, nobody, bob = read_barred(export.encode(encoding), why=Why.COMPLAINED)
    assert ada == Barred(2, ADA, Why.BOUNCED, "")
    assert isinstance(nobody, Fault)
    assert nobody.number == 4
    assert bob == Barred(5, BOB, Why.COMPLAINED, "")


def test_what_is_no_list_is_refused_or_empty() -> None:
    with pytest.raises(Refused, match="no column of mail addresses"):
        list(read_barred(b"name,created\nAda,2026\n", why=Why.BY_HAND))
    with pytest.raises(Refused, match="begins like JSON"):
        list(read_barred(b'{"Suppressions": [', why=Why.BY_HAND))
    (fault,) = read_barred(b"sha256\nabc\n", why=Why.BY_HAND)
    assert isinstance(fault, Fault)
    assert list(read_barred(b"", why=Why.BY_HAND)) == list(read_barred(b'{"Suppressions": []}', why=Why.BY_HAND)) == []
