"""Asks an OpenID provider who somebody is: by OpenID Connect Core 1.0, with the code flow and PKCE (RFC 7636).

The door to one outside thing, and the only room that knows the library for signed tokens. It is handed its way out over
HTTP. What a provider says counts only where it is signed with its key, for us, for this very question, and still valid.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from bot.errors import NotSent, Refused, Rejected, Unknown

# Signatures with a public key; "none" and those with a shared secret are never taken, whatever a token says.
_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
# So far may the clocks of two machines differ (seconds).
_LEEWAY = 60


class Reply(Protocol):
    """What was answered. `json` raises where a success cannot be read."""

    status: int

    def json(self) -> Any: ...


class Way(Protocol):
    """The way out. It raises NotSent, Unknown or Rejected where no answer can be had."""

    def repeatable(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply: ...


@dataclass(frozen=True)
class Client:
    """How we are known to the provider; `back` is the address to which it sends people back."""

    issuer: str
    id: str
    secret: str
    back: str


@dataclass(frozen=True)
class Provider:
    """What a provider says of itself: where people sign in, where codes are redeemed, where its keys are."""

    authorize: str
    token: str
    keys: str


def discover(issuer: str, way: Way) -> Provider:
    """Read what a provider says of itself. Raises Refused."""
    said = _asked(way, "GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration", issuer)
    if said.get("issuer") != issuer:
        raise Refused(f"The provider at {_host(issuer)} calls itself otherwise; write its issuer letter by letter.")
    found = [said.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    plain = issuer.startswith("http://")
    if not all(isinstance(each, str) and (plain or each.startswith("https://")) for each in found):
        raise Refused(f"The provider at {_host(issuer)} does not say where its pages are, or not over TLS.")
    return Provider(*map(str, found))


def leads_to(provider: Provider, client: Client, *, state: str, nonce: str, verifier: str) -> str:
    """Where somebody is sent to sign in."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "scope": "openid",
        "client_id": client.id,
        "redirect_uri": client.back,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{provider.authorize}{'&' if '?' in provider.authorize else '?'}{urlencode(asked)}"


def subject(
    provider: Provider, client: Client, way: Way, *, code: str, nonce: str, verifier: str, now: datetime
) -> str:
    """Who came back with this code, by the provider's own name for them. Raises Refused where that is not proved."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": client.back, "code_verifier": verifier}
    pair = f"{quote(client.id, safe='')}:{quote(client.secret, safe='')}".encode()
    headers = {
        "authorization": f"Basic {base64.b64encode(pair).decode()}",
        "content-type": "application/x-www-form-urlencoded",
    }
    token = _asked(way, "POST", provider.token, client.issuer, headers, urlencode(form).encode()).get("id_token")
    keys: Any = _asked(way, "GET", provider.keys, client.issuer)
    try:
        claims = jwt.decode(str(token), KeySet.import_key_set(keys), algorithms=_ALGORITHMS).claims
        _checked(claims, client, nonce, now)
    except (JoseError, ValueError, TypeError, KeyError):
        raise Refused("What the provider says of you is not proved; sign in again.") from None
    return str(claims["sub"])


def _checked(claims: Mapping[str, Any], client: Client, nonce: str, now: datetime) -> None:
    """Raise where a signed token is not for us, now, and this question (OpenID Connect Core, 3.1.3.7)."""
    registry = jwt.JWTClaimsRegistry(
        now=lambda: int(now.timestamp()),
        leeway=_LEEWAY,
        iss={"essential": True, "value": client.issuer},
        aud={"essential": True, "value": client.id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    registry.validate(dict(claims))
    if claims.get("azp", client.id) != client.id or (isinstance(claims["aud"], list) and len(claims["aud"]) > 1):
        raise ValueError("The token is for others too.")
    if not isinstance(claims["sub"], str):
        raise TypeError("A subject is text.")


def _asked(
    way: Way, method: str, url: str, issuer: str, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> dict[str, Any]:
    try:
        reply = way.repeatable(method, url, headers={"accept": "application/json", **(headers or {})}, body=body)
        said = reply.json() if reply.status == 200 else None
    except (NotSent, Unknown, Rejected):
        raise Refused(f"The provider at {_host(issuer)} does not answer; try again, or use your password.") from None
    if not isinstance(said, dict):
        raise Refused(f"The provider at {_host(issuer)} refused; try again, or use your password.")
    return said


def _host(url: str) -> str:
    return urlsplit(url).hostname or "an unnamed host"
