"""A small OpenID provider on this machine: it keeps to the rules, or breaks the one that it is told to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT, SECRET = "pullquote-desk", "a secret with : and % in it"


@dataclass
class Provider:
    """`claims` replace those of the next token; a claim that is None is left out."""

    now: datetime
    issuer: str = ""
    calls_itself: str = ""
    subject: str = "user-7"
    algorithm: str = "RS256"
    claims: dict[str, Any] = field(default_factory=dict)
    foreign_key: bool = False
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._keys: dict[str, RSAKey | ECKey] = {
            "RS256": RSAKey.generate_key(2048, {"kid": "one"}),
            "ES256": ECKey.generate_key("P-256", {"kid": "two"}),
        }

    def sign_in(self, address: str) -> str:
        """What a browser does that is sent there: somebody signs in. The address it is sent back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{self.issuer}/authorize?")
        assert (asked["response_type"], asked["client_id"], asked["scope"]) == ("code", CLIENT, "openid")
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?code={code}&state={asked['state']}"

    def discovery(self) -> dict[str, str]:
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return {"issuer": self.calls_itself or self.issuer, **{k: f"{self.issuer}/{v}" for k, v in names.items()}}

    def keys(self) -> dict[str, Any]:
        return {"keys": [each.as_dict(private=False) for each in self._keys.values()]}

    def token(self, authorization: str, form: dict[str, str]) -> dict[str, str] | None:
        pair = base64.b64encode(
            f"{CLIENT}:{SECRET.replace('%', '%25').replace(':', '%3A').replace(' ', '%20')}".encode()
        )
        asked = self.codes.pop(form["code"], None)
        digest = _base64(hashlib.sha256(form["code_verifier"].encode()).digest())
        if authorization != f"Basic {pair.decode()}" or asked is None or digest != asked["code_challenge"]:
            return None
        if form["redirect_uri"] != asked["redirect_uri"]:
            return None
        seconds = int(self.now.timestamp())
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": self.subject, "iat": seconds, "exp": seconds + 300}
        whole = {**claims, "nonce": asked["nonce"], **self.claims}
        return {"id_token": self._signed({name: value for name, value in whole.items() if value is not None})}

    def _signed(self, claims: dict[str, Any]) -> str:
        if self.algorithm in ("none", "HS256"):
            # By hand: the library refuses to write what must not be believed.
            parts = ({"alg": self.algorithm, "kid": "one"}, claims)
            head = ".".join(_base64(json.dumps(each).encode()) for each in parts)
            shared = self._keys["RS256"].as_pem(private=False)
            signature = hmac.digest(shared, head.encode(), "sha256") if self.algorithm == "HS256" else b""
            return f"{head}.{_base64(signature)}"
        key = self._keys[self.algorithm]
        if self.foreign_key:
            key = RSAKey.generate_key(2048, {"kid": "one"})
        return jwt.encode({"alg": self.algorithm, "kid": str(key.kid)}, claims, key)


def _base64(plain: bytes) -> str:
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode()


@contextmanager
def serving(provider: Provider) -> Iterator[Provider]:
    """The provider on a port of this machine, for the length of a block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.asked.append(self.path)
            pages = {"/.well-known/openid-configuration": provider.discovery, "/keys": provider.keys}
            self._answer(pages[self.path]())

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(provider.token(self.headers["Authorization"], form))

        def _answer(self, said: object) -> None:
            body = json.dumps(said or {"error": "invalid_grant"}).encode()
            self.send_response(200 if said else 400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
