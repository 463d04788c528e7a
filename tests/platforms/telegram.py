"""Telegram as a bot sees it, small: it takes every message anew, and lists none."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.http.server import Request, Said
from tests.platforms.services import said

CHAT = "@the_desk"
TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw-"  # noqa: S105


def fault(code: int, description: str, **parameters: object) -> Said:
    more = {"parameters": parameters} if parameters else {}
    return said(code, {"ok": False, "error_code": code, "description": description, **more})


@dataclass
class BotApi:
    messages: list[dict[str, Any]] = field(default_factory=list)
    numbers: int = 0

    def __call__(self, request: Request) -> Said:
        _, token, method = request.path.split("/")
        if token != f"bot{TOKEN}":
            return fault(401, "Unauthorized")
        asked = fields_of(request)
        if method == "getMe":
            return said(200, {"ok": True, "result": {"id": 110201543, "is_bot": True, "username": "desk_bot"}})
        if asked.get("chat_id") != CHAT:
            return fault(400, "Bad Request: chat not found")
        match method:
            case "getChat":
                return said(200, {"ok": True, "result": {"id": -1001234, "title": "The Desk", "type": "channel"}})
            case "sendMessage" | "sendPhoto" | "sendVideo" | "sendAudio":
                return self.send(asked)
            case "deleteMessage" | "editMessageText" | "editMessageCaption":
                return self.change(method, asked)
        return fault(404, "Not Found: method not found")

    def send(self, asked: dict[str, Any]) -> Said:
        if not asked.get("text") and "file" not in asked:
            return fault(400, "Bad Request: message text is empty")
        self.numbers += 1
        self.messages.append({**asked, "message_id": self.numbers})
        chat = {"id": -1001234, "username": CHAT[1:], "type": "channel"}
        return said(200, {"ok": True, "result": {"message_id": self.numbers, "date": 1_787_220_000, "chat": chat}})

    def change(self, method: str, asked: dict[str, Any]) -> Said:
        found = next((each for each in self.messages if each["message_id"] == asked["message_id"]), None)
        if method == "deleteMessage":
            if found is None:
                return fault(400, "Bad Request: message to delete not found")
            self.messages.remove(found)
            return said(200, {"ok": True, "result": True})
        if found is None:
            return fault(400, "Bad Request: message to edit not found")
        name = "text" if method == "editMessageText" else "caption"
        if found.get(name) == asked[name]:
            return fault(400, "Bad Request: message is not modified: specified new message content is the same")
        found[name] = asked[name]
        return said(200, {"ok": True, "result": {"message_id": found["message_id"]}})


def fields_of(request: Request) -> dict[str, Any]:
    """The fields of a request, of a form as well; "file" is whatever file is in one."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        asked: dict[str, Any] = json.loads(request.body or b"{}")
        return asked
    found: dict[str, Any] = {}
    for part in request.body.split(b"--" + kind.partition("boundary=")[2].encode())[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        (name,) = re.findall(rb'; name="([^"]+)"', head)
        value = content.removesuffix(b"\r\n")
        if b"filename=" in head:
            found["file"] = (name.decode(), value)
        else:
            found[name.decode()] = value.decode()
    return found
