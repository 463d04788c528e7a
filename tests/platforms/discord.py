"""Discord as a webhook and as a bot sees it, small."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.http.server import Request, Said
from tests.platforms.services import AT, said

GUILD, CHANNEL, HOOK = "290926798999357250", "290926798626357999", "223704706495545344"
BOT = "1098765432109876543"
HOOK_TOKEN = "3d89bb7572e0fb30d8128367b3b1b44fecd1726de135cbe28a41f8b2f777c372"  # noqa: S105
TOKEN = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"  # noqa: S105
PATH = f"/api/webhooks/{HOOK}/{HOOK_TOKEN}"
_EPOCH = 1_420_070_400_000


def fault(status: int, code: int, message: str) -> Said:
    return said(status, {"code": code, "message": message})


@dataclass
class Room:
    """A channel. `forgets` says that it has forgotten every nonce; `hides` how often a list leaves out what is new;
    `veiled` that the bot may not read the history, which Discord answers with an empty list.
    """

    forgets: bool = False
    veiled: bool = False
    hides: int = 0
    messages: list[dict[str, Any]] = field(default_factory=list)
    nonces: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __call__(self, request: Request) -> Said:
        parts = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path.startswith("/api/webhooks/"):
            return self.hook(request, parts.path, query)
        if request.headers.get("authorization") != f"Bot {TOKEN}":
            return fault(401, 0, "401: Unauthorized")
        base = f"/api/v10/channels/{CHANNEL}"
        match (request.method, parts.path):
            case ("GET", "/api/v10/users/@me"):
                return said(200, {"id": BOT, "username": "desk", "bot": True})
            case ("GET", path) if path == base:
                last = self.messages[-1]["id"] if self.messages else None
                return said(
                    200,
                    {"id": CHANNEL, "guild_id": GUILD, "name": "episodes", "type": 0, "last_message_id": last},
                )
            case ("GET", path) if path == f"{base}/messages":
                return self.listed(query)
            case ("POST", path) if path == f"{base}/messages":
                return self.post(*payload(request), author=BOT)
            case (_, path) if path.startswith(f"{base}/messages/"):
                return self.change(request, path.rpartition("/")[2])
        return fault(404, 10_003, "Unknown Channel")

    def hook(self, request: Request, path: str, query: dict[str, str]) -> Said:
        if not path.startswith(PATH):
            return fault(404, 10_015, "Unknown Webhook")
        rest = path.removeprefix(PATH)
        if rest.startswith("/messages/"):
            return self.change(request, rest.rpartition("/")[2])
        if request.method == "GET":
            return said(200, {"id": HOOK, "channel_id": CHANNEL, "guild_id": GUILD, "name": "The Desk", "token": "x"})
        made = self.post(*payload(request), author=HOOK)
        return made if query.get("wait") == "true" or made.status >= 300 else Said(204)

    def post(self, asked: dict[str, Any], files: int, *, author: str) -> Said:
        assert asked["allowed_mentions"] == {"parse": []}
        if asked.get("enforce_nonce") and not self.forgets and (before := self.nonces.get(asked["nonce"])):
            return said(200, before)
        if not asked.get("content") and not files:
            return fault(400, 50_006, "Cannot send an empty message")
        if len(asked.get("content", "")) > 2_000:
            return fault(400, 50_035, "Invalid Form Body")
        assert len(asked.get("attachments", [])) == files
        moment = int((AT + timedelta(minutes=1)).timestamp() * 1_000)
        message = {
            "id": str(((moment - _EPOCH) << 22) + len(self.messages)),
            "channel_id": CHANNEL,
            "author": {"id": author},
            "content": asked.get("content", ""),
            "attachments": asked.get("attachments", []),
        }
        if (reference := asked.get("message_reference")) is not None:
            if not any(each["id"] == reference["message_id"] for each in self.messages):
                return fault(400, 50_035, "Invalid Form Body: Unknown message")
            message["referenced"] = reference["message_id"]
        self.messages.append(message)
        self.nonces[asked.get("nonce", message["id"])] = message
        return said(200, message)

    def change(self, request: Request, number: str) -> Said:
        found = next((each for each in self.messages if each["id"] == number), None)
        if found is None:
            return fault(404, 10_008, "Unknown Message")
        if request.method == "DELETE":
            self.messages.remove(found)
            return Said(204)
        found["content"] = json.loads(request.body)["content"]
        return said(200, found)

    def listed(self, query: dict[str, str]) -> Said:
        found = [each for each in self.messages if int(each["id"]) > int(query["after"])]
        if self.veiled:
            return said(200, [])
        if self.hides and found:
            self.hides -= 1
            found = found[:-1]
        return said(200, list(reversed(found[: int(query["limit"])])))


def payload(request: Request) -> tuple[dict[str, Any], int]:
    """What a message says, and how many files come with it."""
    kind = request.headers["content-type"]
    if kind == "application/json":
        return json.loads(request.body), 0
    parts = request.body.split(b"--" + kind.partition("boundary=")[2].encode())[1:-1]
    first = parts[0].partition(b"\r\n\r\n")[2]
    return json.loads(first), len(parts) - 1
