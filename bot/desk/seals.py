"""Challenges that we know again without keeping them: random, for one purpose, over after some minutes.

Strangers may ask for as many as they like, and nothing is written down for it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta

_RANDOM, _TIME, _SIGNATURE = 16, 8, 32


class Seals:
    """`key` has to be the same in all processes that serve one desk."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def make(self, purpose: str, *, now: datetime, lasts: timedelta) -> bytes:
        """A new challenge, 56 bytes long."""
        body = secrets.token_bytes(_RANDOM) + int((now + lasts).timestamp()).to_bytes(_TIME, "big")
        return body + self._signature(purpose, body)

    def ends(self, purpose: str, challenge: bytes, *, now: datetime) -> datetime | None:
        """Until when a challenge of ours for this purpose holds; None where it is over or none of ours."""
        body, signature = challenge[:-_SIGNATURE], challenge[-_SIGNATURE:]
        if len(body) != _RANDOM + _TIME or not hmac.compare_digest(signature, self._signature(purpose, body)):
            return None
        until = datetime.fromtimestamp(int.from_bytes(body[_RANDOM:], "big"), UTC)
        return until if now <= until else None

    def _signature(self, purpose: str, body: bytes) -> bytes:
        return hmac.new(self._key, b"challenge:" + purpose.encode() + b":" + body, hashlib.sha256).digest()
