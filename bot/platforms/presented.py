"""How webhooks prove themselves: by a secret that they bear as it is, or by a signature that is no service's own."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from bot.model.secret import Secret
from bot.platforms.telling import Forged

HEADER = "x-webhook-secret"
# Seconds; what the libraries of Standard Webhooks allow.
_TOLERANCE = 300
# Digits of a moment in Unix seconds.
_LONGEST_MOMENT = 12


def demand(headers: Mapping[str, str], secret: Secret | None) -> None:
    """Raise Forged unless a request bears the secret: as the password of HTTP Basic, or whole in `HEADER`.

    `headers` have names in small letters. Without a secret of ours nothing proves anything.
    """
    if secret is None:
        raise Forged("No webhook is expected here: set 'webhook_secret_env' in the channel first.")
    shown = (headers.get(HEADER, ""), _password(headers.get("authorization", "")))
    if not any(hmac.compare_digest(each.encode(), secret.reveal().encode()) for each in shown):
        raise Forged(f"A webhook does not bear the secret of {secret.variable}.")


def demand_signed(headers: Mapping[str, str], body: bytes, secret: Secret | None, *, now: datetime) -> None:
    """Raise Forged unless a request is signed as Standard Webhooks says, not long ago and not in the future.

    The secret is "whsec_" and base64; the headers may be called "svix-…" or "webhook-…" (standardwebhooks.com).
    """
    if secret is None:
        raise Forged("No webhook is expected here: set 'webhook_secret_env' in the channel first.")
    prefix = "svix" if "svix-id" in headers else "webhook"
    number, moment = headers.get(f"{prefix}-id", ""), headers.get(f"{prefix}-timestamp", "")
    try:
        key = base64.b64decode(secret.reveal().removeprefix("whsec_"), validate=True)
    except ValueError:
        raise Forged(f"{secret.variable} is no signing secret; it begins with 'whsec_'.") from None
    signed = b".".join((number.encode(), moment.encode(), body))
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    given = [each.partition(",")[2] for each in headers.get(f"{prefix}-signature", "").split() if each[:3] == "v1,"]
    if not number or not any(hmac.compare_digest(each.encode(), wanted) for each in given):
        raise Forged(f"A webhook was not signed with {secret.variable}.")
    if not moment.isdecimal() or len(moment) > _LONGEST_MOMENT or abs(int(moment) - now.timestamp()) > _TOLERANCE:
        raise Forged("A webhook was signed too long ago, or in the future.")


def _password(authorization: str) -> str:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.casefold() != "basic":
        return ""
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode().partition(":")[2]
    except ValueError:
        return ""
