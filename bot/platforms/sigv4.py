"""The signature that Amazon's services want on each request (Signature Version 4). Pure, and for all of them.

Thirty lines of HMAC, held in the tests against Amazon's published examples: its own library for it (botocore) would
bring seventeen megabytes and an HTTP client.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True)
class Signer:
    """Who signs, and for what: `key_id` is the name of the key and `secret` the key, which never leaves."""

    key_id: str = field(repr=False)
    secret: str = field(repr=False)
    region: str
    service: str

    def headers(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> dict[str, str]:
        """`headers` and those that prove who asks. Counts for a few minutes from `now`.

        The path of `url` needs no escaping, and it has no query; `headers` have names in small letters and values
        without spaces at their ends.
        """
        parts = urlsplit(url)
        moment = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        signed = dict(sorted({**headers, "host": parts.netloc, "x-amz-date": moment}.items()))
        names = ";".join(signed)
        lines = "".join(f"{name}:{value}\n" for name, value in signed.items())
        request = "\n".join((method, parts.path or "/", parts.query, lines, names, sha256(body).hexdigest()))
        scope = f"{moment[:8]}/{self.region}/{self.service}/aws4_request"
        wanted = "\n".join((_ALGORITHM, moment, scope, sha256(request.encode()).hexdigest()))
        signature = hmac.new(self._key(moment[:8]), wanted.encode(), sha256).hexdigest()
        proof = f"{_ALGORITHM} Credential={self.key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
        return {**headers, "x-amz-date": moment, "authorization": proof}

    def _key(self, day: str) -> bytes:
        """The key of one day, one region and one service."""
        key = f"AWS4{self.secret}".encode()
        for part in (day, self.region, self.service, "aws4_request"):
            key = hmac.new(key, part.encode(), sha256).digest()
        return key
