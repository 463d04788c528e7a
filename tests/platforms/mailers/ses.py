from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field
from typing import Any

from bot.model.secret import Secret
from bot.platforms.ses import Ses
from tests.http.server import Request, Said
from tests.platforms.mailers import MailCase
from tests.platforms.services import said

KEY, SECRET, REGION = "AKIDEXAMPLEOFSES1234", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLE", "eu-central-1"
PROOF = re.compile(
    rf"AWS4-HMAC-SHA256 Credential={KEY}/(\d{{8}})/{REGION}/ses/aws4_request, "
    r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})"
)


def refused(status: int, kind: str, message: str) -> Said:
    return said(status, {"message": message}, **{"x-amzn-ErrorType": f"{kind}:http://internal.amazon.com/coral/"})


def proven(request: Request) -> bool:
    """Whether the signature is one: computed as its reader does, from what came over the wire."""
    found = PROOF.fullmatch(request.headers.get("authorization", ""))
    if found is None:
        return False
    day, names, signature = found.groups()
    if not {"host", "x-amz-date"} <= set(names.split(";")) or not request.headers["x-amz-date"].startswith(day):
        return False
    lines = [f"{name}:{request.headers[name]}" for name in names.split(";")]
    asked = [request.method, request.path, "", *lines, "", names, hashlib.sha256(request.body).hexdigest()]
    scope = [day, REGION, "ses", "aws4_request"]
    hashed = hashlib.sha256("\n".join(asked).encode()).hexdigest()
    key = b"AWS4" + SECRET.encode()
    for part in [*scope, "\n".join(["AWS4-HMAC-SHA256", request.headers["x-amz-date"], "/".join(scope), hashed])]:
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.compare_digest(key.hex(), signature)


@dataclass
class Service:
    """Amazon SES: one mail in a request, no key, no look-up, a signature that must fit."""

    mails: list[dict[str, Any]] = field(default_factory=list)
    barred: set[str] = field(default_factory=set)

    def __call__(self, request: Request) -> Said:
        if not proven(request):
            return refused(403, "InvalidSignatureException", "The request signature we calculated does not match")
        match request.method, request.path:
            case "POST", "/v2/email/outbound-emails":
                return self._take(json.loads(request.body))
            case "GET", "/v2/email/account":
                quota = {"Max24HourSend": 50000.0, "MaxSendRate": 14.0, "SentLast24Hours": 1.0}
                return said(200, {"SendingEnabled": True, "ProductionAccessEnabled": True, "SendQuota": quota})
            case _:
                return refused(404, "UnknownOperationException", "")

    def _take(self, message: dict[str, Any]) -> Said:
        simple = message["Content"]["Simple"]
        (to,) = message["Destination"]["ToAddresses"]
        if to in self.barred:
            return refused(400, "BadRequestException", "Local address contains control or whitespace")
        headers = simple["Headers"]
        if len(headers) > 15 or not all(re.fullmatch(r"[ -~]+", each["Value"]) for each in headers):
            return refused(400, "BadRequestException", "Header value is invalid")
        if not all(re.fullmatch(r"[A-Za-z0-9_-]+", each["Value"]) for each in message["EmailTags"]):
            return refused(400, "BadRequestException", "Tag value is invalid")
        self.mails.append(message)
        return said(200, {"MessageId": f"0107018a{len(self.mails):08}-000000"})


CASES = {
    "ses": MailCase(
        service=Service,
        platform=lambda url: Ses(
            region=REGION, key=Secret("AWS_KEY_ID", KEY), secret=Secret("AWS_SECRET", SECRET), server=url
        ),
        path="/v2/email/outbound-emails",
        arrived=lambda service: [each["Destination"]["ToAddresses"][0] for each in service.mails],
        turns_away=lambda service, address: service.barred.add(address),
        secrets=(SECRET, KEY),
    )
}
