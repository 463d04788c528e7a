"""The signature that Amazon's services want on each request (Signature Version 4), by Amazon's own library.

It is `awscrt`, an extra of its own (`pip install 'pullquote[ses]'`) of thirteen megabytes, and is imported when
something is signed: whoever sends by other ways neither has it nor waits for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from io import BytesIO
from urllib.parse import urlsplit


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
        """`headers` and those that prove who asks, names in small letters. Counts for a few minutes from `now`."""
        from awscrt.auth import AwsCredentialsProvider, AwsSigningAlgorithm, AwsSigningConfig, aws_sign_request
        from awscrt.http import HttpHeaders, HttpRequest

        parts = urlsplit(url)
        config = AwsSigningConfig(
            algorithm=AwsSigningAlgorithm.V4,
            credentials_provider=AwsCredentialsProvider.new_static(self.key_id, self.secret),
            region=self.region,
            service=self.service,
            date=now.astimezone(UTC),
        )
        asked = HttpHeaders([*headers.items(), ("host", parts.netloc)])
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        request = HttpRequest(method, path, asked, BytesIO(body) if body else None)
        signed = aws_sign_request(request, config).result()
        return {name.lower(): value for name, value in signed.headers if name.lower() != "host"}


def installed() -> bool:
    """Whether the library is there."""
    return find_spec("awscrt") is not None
