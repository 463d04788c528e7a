"""The ways to tell editors something outside the desk: a signed webhook, an ntfy topic, Slack's incoming webhook.

One request, once; the answer's body says nothing that matters here. What may enter is how such a request looks; what
is told, and to whom, is decided elsewhere. Facts: docs.ntfy.sh/publish (publish as JSON, limits) and
docs.slack.dev/messaging (sending messages using incoming webhooks), both read on 28 November 2026.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import unquote, urlsplit

from bot.errors import NotSent, Rejected
from bot.model.notice import Notice
from bot.model.secret import Secret
from bot.platforms.contract import Http, Timed
from bot.platforms.slack import escaped
from bot.platforms.webhook import signed_headers, signing_key

# ntfy makes a file of a longer message (bytes).
_NTFY_LONGEST = 4_000
_SHOWN = 300


@dataclass(frozen=True)
class Told:
    """A message: its title, its words with addresses in them, its parts, and the desk's address. `key` is its own.

    `at` is when it was written: the same at every attempt.
    """

    key: str
    at: datetime
    title: str
    text: str
    notices: tuple[Notice, ...]
    public: str | None


@dataclass(frozen=True)
class Pager:
    """One address that is told, and the secret for it: of the signature (webhook) or of the access (ntfy)."""

    kind: Literal["webhook", "ntfy", "slack"]
    url: Secret
    secret: Secret | None = None

    @property
    def place(self) -> str:
        """The only part of the address that is ever shown: its host."""
        try:
            return urlsplit(self.url.reveal()).hostname or ""
        except ValueError:
            return ""

    def fault(self, *, at_home: bool) -> str | None:
        """What is wrong with the address or the secret, in a sentence, or None."""
        url = self.url.reveal()
        if not self.place or not url.startswith(("https://", "http://")):
            return f"The environment variable {self.url.variable} must hold a whole address, https://…."
        if url.startswith("http://") and not at_home:
            return f"What {self.url.variable} holds would travel readable to everybody on the way; it must be https://."
        try:
            if self.kind == "webhook" and self.secret is not None:
                signing_key(self.secret)
            if self.kind == "ntfy":
                _topic(url, self.url.variable)
        except NotSent as error:
            return str(error)
        return None

    def tell(self, told: Told, http: Http) -> None:
        """Send it once. Raises NotSent, Rejected or Unknown."""
        url, headers, body = self.request(told, http)
        reply = http.once("POST", url, headers=headers, body=body)
        if reply.status >= 300:
            shown = reply.body[:_SHOWN].decode("utf-8", "replace")
            raise Rejected(
                f"{self.place} refused it ({reply.status}).", remedy="Look at [notices] in the config.", answer=shown
            )

    def request(self, told: Told, http: Http) -> tuple[str, dict[str, str], bytes]:
        """The address, the headers and the bytes of a message."""
        url, headers = self.url.reveal(), {"content-type": "application/json"}
        match self.kind:
            case "slack":
                return url, headers, _json({"text": _slack(told), "unfurl_links": False})
            case "ntfy":
                server, topic = _topic(url, self.url.variable)
                if self.secret is not None:
                    headers["authorization"] = f"Bearer {self.secret.reveal()}"
                return server, headers, _json(_ntfy(told, topic))
            case "webhook":
                if self.secret is None or not isinstance(http, Timed):
                    raise TypeError("a signed webhook needs a secret, and a way out that tells the time")
                body = _json({"type": "pullquote.notice", "id": told.key, "data": _data(told)})
                moment = int(http.now().timestamp())
                return url, signed_headers(self.secret, key=told.key, moment=moment, body=body), body


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False).encode()


def _data(told: Told) -> dict[str, object]:
    lines = [
        {"what": each.what, "words": each.words, "link": f"{told.public}{each.path}" if told.public else None}
        for each in told.notices
    ]
    return {"title": told.title, "text": told.text, "notices": lines}


def _slack(told: Told) -> str:
    # What speaks like Slack reads "@channel" in a title as a call to everybody; a word joiner makes it words again.
    return f"*{escaped(told.title)}*\n{escaped(told.text)}".replace("@", "@\u2060")


def _ntfy(told: Told, topic: str) -> dict[str, object]:
    message: dict[str, object] = {"topic": topic, "title": told.title, "message": _short(told.text)}
    if told.public:
        message["click"] = f"{told.public}{told.notices[0].path if len(told.notices) == 1 else '/'}"
    return message


def _short(text: str) -> str:
    """As many whole lines as ntfy shows as a message."""
    lines = text.split("\n")
    while len(lines) > 1 and len("\n".join(lines).encode()) > _NTFY_LONGEST:
        lines = lines[:-1]
    return "\n".join(lines)


def _topic(url: str, variable: str) -> tuple[str, str]:
    """The server and the topic of an ntfy address: JSON goes to the server itself. Raises NotSent."""
    server, _, topic = url.split("?")[0].rstrip("/").rpartition("/")
    if not topic or server.endswith(("/", ":")):
        raise NotSent(f"{variable} must hold the server and the topic: https://ntfy.example/topic.")
    return f"{server}/", unquote(topic)
