"""Passkeys: what the browser is asked, and whether what it answers is genuine; the only room that knows the library.

Everything here follows Web Authentication, Level 3 (W3C). The person has to prove themselves to their device (by
finger, face or PIN), so that a passkey stands for possession and person both, and needs no password beside it.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from fido2 import cbor
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialParameters,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from bot.errors import Refused
from bot.store.editors import Editor
from bot.store.passkeys import Passkey

T = TypeVar("T")

# ES256, EdDSA and RS256: together they are what authenticators in use can do.
_ALGORITHMS = (-7, -8, -257)
# An answer has some hundred bytes; an attestation that we do not ask for some thousand. It is a few objects deep.
_LONGEST_ANSWER = 20_000
_MOST_BRACKETS = 200
# What of a response is read, each in base64url.
_SHOWN = ("clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle")
_UNREADABLE = "The browser's answer cannot be read; try again."
_REQUIRED = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True)
class Site:
    """Where passkeys work: the name they are bound to, and the only origin whose answers count."""

    name: str
    origin: str


@dataclass(frozen=True)
class Registered:
    """A new passkey: `credential` and `public` as `bot.store.passkeys.Passkey` has them."""

    credential: str
    public: str
    count: int


def site(public: str | None, asked: str) -> Site | None:
    """The site for a desk of that public address that was `asked` under an address; None where passkeys cannot work.

    Browsers offer them over TLS and on this machine, and bind them to a name, never to a number.
    """
    parts = urlsplit(asked)
    here, host = parts.netloc, parts.hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return Site(host, f"{parts.scheme}://{here}")
    known = urlsplit(public or "")
    if known.scheme != "https" or known.netloc.casefold() != here.casefold() or _number(host):
        return None
    return Site(host, f"https://{here}")


def to_create(site: Site, editor: Editor, known: list[Passkey], challenge: bytes) -> dict[str, Any]:
    """What the browser is asked to make for an editor, as JSON; devices that hold one of `known` are left out."""
    user = PublicKeyCredentialUserEntity(id=handle(editor), name=editor.login, display_name=editor.name)
    options, _ = _server(site).register_begin(
        user,
        [
            PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=websafe_decode(each.credential))
            for each in known
        ],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=_REQUIRED,
        challenge=challenge,
    )
    return dict(options)


def to_sign(site: Site, challenge: bytes) -> dict[str, Any]:
    """What the browser is asked to sign, as JSON: any passkey for this site will do."""
    options, _ = _server(site).authenticate_begin(user_verification=_REQUIRED, challenge=challenge)
    return dict(options)


def handle(editor: Editor) -> bytes:
    """What a device keeps an editor's passkeys under: it tells nobody who that is."""
    return hashlib.sha256(f"{editor.id} {editor.made_at.isoformat()}".encode()).digest()


def challenged(answer: str) -> bytes:
    """The challenge that an answer claims to be for. Raises Refused."""
    return _read(lambda: _challenge(answer), answer)


def named(answer: str) -> str:
    """The name of the passkey that an answer claims to be from. Raises Refused."""
    return _read(lambda: websafe_encode(AuthenticationResponse.from_dict(_shown(answer)).raw_id), answer)


def registered(site: Site, challenge: bytes, answer: str) -> Registered:
    """The passkey that an answer brings. Raises Refused where it is not what was asked for."""

    def read() -> Registered:
        found = RegistrationResponse.from_dict(_shown(answer))
        if found.response.client_data.cross_origin:
            raise ValueError("It was made inside the page of another site.")
        data = _server(site).register_complete(_state(challenge), found).credential_data
        if data is None or data.public_key.ALGORITHM not in _ALGORITHMS:
            raise ValueError("Its kind of key was not asked for.")
        if data.credential_id != found.raw_id:
            raise ValueError("It names itself in two ways.")
        count = found.response.attestation_object.auth_data.counter
        return Registered(websafe_encode(data.credential_id), websafe_encode(bytes(data)), count)

    return _read(read, answer)


def signed(site: Site, challenge: bytes, answer: str, passkey: Passkey, owner: Editor) -> int:
    """How often the passkey signed by its own count, where it signed this. Raises Refused where it did not."""

    def read() -> int:
        found = AuthenticationResponse.from_dict(_shown(answer))
        if found.response.client_data.cross_origin:
            raise ValueError("It was signed inside the page of another site.")
        if found.response.user_handle != handle(owner):
            raise ValueError("It was made for somebody else.")
        known = [AttestedCredentialData(websafe_decode(passkey.public))]
        _server(site).authenticate_complete(_state(challenge), known, found)
        return int(found.response.authenticator_data.counter)

    return _read(read, answer)


def _shown(answer: str) -> dict[str, Any]:
    """What of an answer is read, as the library takes it: nothing but texts, and bytes where it attests something.

    Where the library expects bytes and finds a number, it makes that many of them: forty characters would be enough to
    take all the memory there is.
    """
    whole = json.loads(answer)
    given = whole["response"]
    response = {name: _text(given, name) for name in _SHOWN if given.get(name) is not None}
    _text(json.loads(websafe_decode(response["clientDataJSON"])), "challenge")
    if "attestationObject" in response:
        attested: Any = cbor.decode(websafe_decode(response["attestationObject"]))
        if not isinstance(attested["authData"], bytes):
            raise TypeError("What it attests are no bytes.")
    return {"id": _text(whole, "id"), "rawId": _text(whole, "rawId"), "response": response}


def _text(members: dict[str, Any], name: str) -> str:
    if not isinstance(text := members[name], str):
        raise TypeError(f"Its {name} is no text.")
    return text


def _challenge(answer: str) -> bytes:
    # Both kinds of answers bear it at the same place.
    data = json.loads(websafe_decode(_shown(answer)["response"]["clientDataJSON"]))
    return websafe_decode(data["challenge"])


def _read(read: Callable[[], T], answer: str) -> T:
    """What `read` makes of an answer, which anybody may have written."""
    if len(answer) > _LONGEST_ANSWER or answer.count("[") + answer.count("{") > _MOST_BRACKETS:
        raise Refused(_UNREADABLE)
    try:
        return read()
    except (ValueError, TypeError, LookupError, AttributeError, AssertionError, struct.error, RecursionError):
        raise Refused(_UNREADABLE) from None


def _server(site: Site) -> Fido2Server:
    server = Fido2Server(
        PublicKeyCredentialRpEntity(name="Pullquote", id=site.name), verify_origin=lambda origin: origin == site.origin
    )
    server.allowed_algorithms = [
        PublicKeyCredentialParameters(type=PublicKeyCredentialType.PUBLIC_KEY, alg=each) for each in _ALGORITHMS
    ]
    return server


def _state(challenge: bytes) -> dict[str, Any]:
    return {"challenge": websafe_encode(challenge), "user_verification": _REQUIRED}


def _number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
