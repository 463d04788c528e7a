"""How a program shows that an account let it in: requests signed with four keys (OAuth 1.0a, RFC 5849), or a token
that lives for hours and is renewed in time (OAuth 2.0, RFC 6749, section 6). Nothing of one service may enter.

The signing is oauthlib's.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from oauthlib.oauth1 import Client

from bot.errors import NotSent
from bot.model.secret import Secret
from bot.platforms.contract import Http, Memory, Reply, Timed
from bot.platforms.renewed import Renewed
from bot.platforms.replies import field as read
from bot.platforms.replies import words

# A token that ends sooner than this is renewed before it is used.
_MARGIN = timedelta(minutes=5)
# What a token is taken to live for where the answer does not say.
_USUAL_LIFE = 3_600
_LONGEST_LIFE = 400 * 86_400

# Below this level oauthlib writes what it signs.
logging.getLogger("oauthlib").setLevel(logging.INFO)


class Permit(Protocol):
    """What makes a request the account's own."""

    def headers(self, method: str, url: str, http: Http) -> dict[str, str]:
        """The header for a request. Raises NotSent where there is none now."""
        ...

    def refused(self) -> None:
        """The service took no notice of the header: what can be renewed is renewed before the next request."""
        ...

    @property
    def mark(self) -> str:
        """Tells one permit from another, without telling a secret: what was learnt with one is not for another."""
        ...

    @property
    def variables(self) -> str:
        """The environment variables that hold it, in words."""
        ...


@dataclass(frozen=True)
class Signed:
    """Four keys, which do not end: the program's own key and secret, the account's token and its secret."""

    key: Secret
    secret: Secret
    token: Secret
    token_secret: Secret

    def headers(self, method: str, url: str, http: Http) -> dict[str, str]:
        """A signature over the method, the address and the moment; a body that is no form is not signed.

        The number that no two requests may share comes from the moment, to the microsecond, and from the request.
        """
        if not isinstance(http, Timed):
            raise NotSent("The request cannot be signed without the time.")
        now = http.now()
        once = hashlib.sha256(f"{now.isoformat(timespec='microseconds')} {method} {url}".encode()).hexdigest()[:32]
        client = Client(
            self.key.reveal(),
            client_secret=self.secret.reveal(),
            resource_owner_key=self.token.reveal(),
            resource_owner_secret=self.token_secret.reveal(),
            nonce=once,
            timestamp=str(int(now.timestamp())),
        )
        _, headers, _ = client.sign(url, http_method=method)
        return {"authorization": str(headers["Authorization"])}

    def refused(self) -> None:
        """These keys are never renewed."""

    @property
    def mark(self) -> str:
        return _mark(self.token.reveal())

    @property
    def variables(self) -> str:
        return f"{self.key.variable}, {self.secret.variable}, {self.token.variable} and {self.token_secret.variable}"


@dataclass(frozen=True)
class Rotating:
    """A token that is renewed with another one, which may be used once and is replaced each time.

    `client_secret` is empty where the program is a public client. `endpoint` is where tokens are renewed, `what` names
    the service.
    """

    client_id: str
    client_secret: Secret
    refresh_token: Secret
    memory: Memory = field(repr=False)
    endpoint: str
    what: str

    def headers(self, method: str, url: str, http: Http) -> dict[str, str]:  # noqa: ARG002 (the protocol's)
        return {"authorization": f"Bearer {self._token(http)}"}

    def refused(self) -> None:
        """The token in use is given up; the one that renews it stays."""
        kept = self._kept()
        if (values := kept.values()).get("access"):
            kept.keep({**values, "access": ""})

    @property
    def mark(self) -> str:
        return _mark(self.refresh_token.reveal())

    @property
    def variables(self) -> str:
        return self.refresh_token.variable

    def _token(self, http: Http) -> str:
        values = self._kept().values()
        if (token := values.get("access")) and not _ends(values, http):
            return str(token)
        return self._renew(str(values.get("refresh") or self.refresh_token.reveal()), http)

    def _renew(self, used: str, http: Http) -> str:
        """Renew the token, and keep what came back only if it is whole. Raises NotSent; nothing good is ever lost."""
        asked = {"grant_type": "refresh_token", "refresh_token": used}
        headers = {"content-type": "application/x-www-form-urlencoded"}
        if secret := self.client_secret.reveal():
            # RFC 6749, section 2.3.1: both are encoded as in a form first.
            pair = f"{quote(self.client_id, safe='')}:{quote(secret, safe='')}"
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            asked["client_id"] = self.client_id
        reply = http.repeatable("POST", self.endpoint, headers=headers, body=urlencode(asked).encode())
        if reply.status >= 300:
            return self._renewed_elsewhere(used, reply)
        answer = reply.json()
        access, refresh, life = (read(answer, name) for name in ("access_token", "refresh_token", "expires_in"))
        if not access.strip():
            raise NotSent(f"{self.what} renewed no token: the answer held none. It is tried again.")
        made = {"access": access, "refresh": refresh.strip() or used}
        if isinstance(http, Timed):
            seconds = min(int(life), _LONGEST_LIFE) if life.isascii() and life.isdigit() else _USUAL_LIFE
            made["ends"] = (http.now() + timedelta(seconds=seconds)).isoformat()
        self._kept().keep(made)
        return access

    def _renewed_elsewhere(self, used: str, reply: Reply) -> str:
        """Another worker may have used the same token a moment before; then what it got is taken."""
        values = self._kept().values()
        if values.get("access") and values.get("refresh") != used:
            return str(values["access"])
        said = words(reply, ("error_description",), ("error",)).replace(used, "***")
        raise NotSent(
            f"{self.what} did not renew the token ({reply.status}): {said}. If that goes on, let the program in anew "
            f"and put the new refresh token into {self.refresh_token.variable}."
        )

    def _kept(self) -> Renewed:
        return Renewed(self.refresh_token, self.memory)


def _ends(kept: Mapping[str, Any], http: Http) -> bool:
    if "ends" not in kept or not isinstance(http, Timed):
        return False
    return datetime.fromisoformat(kept["ends"]) - http.now() < _MARGIN


def _mark(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:16]
