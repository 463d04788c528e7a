"""A device that holds passkeys, written for tests: it does what a real one does, or lies where it is told to."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestedCredentialData, AuthenticatorData

PRESENT, VERIFIED = 0x01, 0x04
ORIGIN = "http://localhost"


@dataclass
class Device:
    """One passkey. Every field may be set to what it should not be."""

    origin: str = ORIGIN
    name: str = "localhost"
    flags: int = PRESENT | VERIFIED
    count: int = 0
    counts: bool = True
    crossed: bool = False
    credential: bytes = b"the only key of this device"
    handle: bytes = b""
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    cose: dict[int, Any] = field(default_factory=dict)
    attests: Any = None

    def create(self, options: dict[str, Any]) -> str:
        """What the browser sends for the options that a page asks to make a passkey by."""
        asked = options["publicKey"]
        self.handle = asked["user"]["id"].encode()
        public = {**ES256.from_cryptography_key(self.key.public_key()), **self.cose}
        data = AuthenticatorData.create(
            self._site(),
            self.flags | 0x40,
            self.count,
            AttestedCredentialData.create(bytes(16), self.credential, public),
        )
        attested = bytes(data) if self.attests is None else self.attests
        made = cbor.encode({"fmt": "none", "attStmt": {}, "authData": attested})
        return self._answer({"attestationObject": websafe_encode(made)}, self._client("webauthn.create", asked))

    def sign(self, options: dict[str, Any]) -> str:
        """What the browser sends to sign in."""
        self.count += self.counts
        client = self._client("webauthn.get", options["publicKey"])
        data = bytes(AuthenticatorData.create(self._site(), self.flags, self.count))
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature),
            "userHandle": self.handle.decode(),
        }
        return self._answer(response, client)

    def _site(self) -> bytes:
        return hashlib.sha256(self.name.encode()).digest()

    def _client(self, kind: str, asked: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": asked["challenge"], "origin": self.origin, "crossOrigin": self.crossed}
        return json.dumps(said).encode()

    def _answer(self, response: dict[str, str], client: bytes) -> str:
        name = websafe_encode(self.credential)
        whole = {**response, "clientDataJSON": websafe_encode(client)}
        return json.dumps(
            {"id": name, "rawId": name, "type": "public-key", "response": whole, "clientExtensionResults": {}}
        )
