"""Secrets that webhooks bear as they are, where a service signs nothing: a Basic password, or a header of its own."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping

from bot.model.secret import Secret
from bot.platforms.telling import Forged

HEADER = "x-webhook-secret"


def demand(headers: Mapping[str, str], secret: Secret | None) -> None:
    """Raise Forged unless a request bears the secret: as the password of HTTP Basic, or whole in `HEADER`.

    `headers` have names in small letters. Without a secret of ours nothing proves anything.
    """
    if secret is None:
        raise Forged("No webhook is expected here: set 'webhook_secret_env' in the channel first.")
    shown = (headers.get(HEADER, ""), _password(headers.get("authorization", "")))
    if not any(hmac.compare_digest(each.encode(), secret.reveal().encode()) for each in shown):
        raise Forged(f"A webhook does not bear the secret of {secret.variable}.")


def _password(authorization: str) -> str:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.casefold() != "basic":
        return ""
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode().partition(":")[2]
    except ValueError:
        return ""
