"""Slack as a webhook and as an app's bot see it, small."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.http.server import Request, Said
from tests.platforms.services import AT, said

CHANNEL, BOT, BOT_ID = "C0123456789", "U0BOTBOTBOT", "B0BOTBOTBOT"
TOKEN = "xoxb-1234567890-abcdefghijklmnop"  # noqa: S105
HOOK = "/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"
HOME = "https://late-rollback.slack.com/"
SCOPES = "chat:write,channels:read,channels:history,files:write,files:read"


def no(error: str, status: int = 200, **more: object) -> Said:
    """A refusal, which Slack answers with 200."""
    return said(status, {"ok": False, "error": error, **more})


def yes(**told: object) -> Said:
    return said(200, {"ok": True, **told})


@dataclass
class Workspace:
    """A channel and the files of a workspace. `works_for` is how often a file is not ready yet when it is asked for;
    `bare` says that it lists messages without their metadata; `page` is how many it lists at once at most.
    """

    works_for: int = 1
    bare: bool = False
    archived: bool = False
    member: bool = True
    scopes: str = SCOPES
    page: int = 200
    messages: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    hooked: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, request: Request) -> Said:
        path = urlsplit(request.path).path
        if path.startswith("/services/"):
            return self.hook(request, path)
        if path.startswith("/upload/"):
            self.files[path.rpartition("/")[2]]["content"] = request.body
            return Said(200, b"OK - 70")
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return no("invalid_auth")
        asked = arguments(request)
        if asked.get("channel", CHANNEL) != CHANNEL:
            return no("channel_not_found")
        match path.removeprefix("/api/"):
            case "auth.test":
                me = {"url": HOME, "team": "Late Rollback", "user": "desk", "user_id": BOT, "bot_id": BOT_ID}
                return said(200, {"ok": True, **me}, **{"x-oauth-scopes": self.scopes})
            case "conversations.info":
                told = {"id": CHANNEL, "name": "episodes", "is_member": self.member, "is_archived": self.archived}
                return yes(channel=told)
            case "conversations.history":
                return self.listed(asked, [each for each in reversed(self.messages) if "thread_ts" not in each])
            case "conversations.replies":
                found = self.thread(asked["ts"])
                return self.listed(asked, found) if found else no("thread_not_found")
            case "chat.postMessage":
                return no("is_archived") if self.archived else self.post(asked)
            case "chat.update" | "chat.delete" as method:
                return self.change(asked, method)
            case method if method.startswith("files."):
                return self.file(method, asked, host=request.headers["host"])
        return no("unknown_method")

    def hook(self, request: Request, path: str) -> Said:
        if path != HOOK:
            return Said(404, b"no_service")
        asked = json.loads(request.body)
        if not asked.get("text") and not asked.get("blocks"):
            return Said(400, b"no_text")
        if asked.get("text", "").startswith("<!"):
            raise AssertionError("everybody would be called")
        self.hooked.append(asked)
        return Said(200, b"ok", {"Content-Type": "text/html"})

    def post(self, asked: dict[str, Any]) -> Said:
        for block in asked.get("blocks", []):
            if block["type"] == "image" and not self.files.get(block["slack_file"]["id"], {}).get("mimetype"):
                return no("invalid_blocks", response_metadata={"messages": ["[ERROR] invalid slack file"]})
        if not asked.get("text") and not asked.get("blocks"):
            return no("no_text")
        if (thread := asked.get("thread_ts")) and not self.thread(thread):
            return no("cannot_reply_to_message")
        message = self.add(asked["text"], blocks=asked["blocks"], metadata=asked.get("metadata"))
        if thread:
            message["thread_ts"] = thread
        return yes(channel=CHANNEL, ts=message["ts"], message=message)

    def add(self, text: str, at: datetime = AT + timedelta(minutes=1), **more: Any) -> dict[str, Any]:
        stamp = f"{int(at.timestamp())}.{len(self.messages):06d}"
        message = {"type": "message", "user": BOT, "bot_id": BOT_ID, "text": text, "ts": stamp, **more}
        self.messages.append(message)
        return message

    def thread(self, stamp: str) -> list[dict[str, Any]]:
        found = [each for each in self.messages if stamp in (each["ts"], each.get("thread_ts"))]
        return found if any(each["ts"] == stamp for each in found) else []

    def listed(self, asked: dict[str, Any], found: list[dict[str, Any]]) -> Said:
        if not self.member:
            return no("not_in_channel")
        found = [each for each in found if float(each["ts"]) > float(asked.get("oldest", "0"))]
        begin = int(asked.get("cursor") or 0)
        size = min(int(asked["limit"]), self.page)
        page = [dict(each) for each in found[begin : begin + size]]
        for each in page:
            if self.bare:
                each.pop("metadata", None)
            elif asked.get("include_all_metadata") != "true" and each.get("metadata"):
                each["metadata"] = {"event_type": each["metadata"]["event_type"]}
        more = begin + size < len(found)
        notes = {"response_metadata": {"next_cursor": str(begin + size)}} if more else {}
        return yes(messages=page, has_more=more, **notes)

    def change(self, asked: dict[str, Any], method: str) -> Said:
        found = next((each for each in self.messages if each["ts"] == asked["ts"]), None)
        if found is None:
            return no("message_not_found")
        if method == "chat.delete":
            self.messages.remove(found)
        else:
            if len(asked["text"]) > 4_000:
                return no("msg_too_long")
            found |= {"text": asked["text"], "blocks": asked["blocks"]}
        return yes(channel=CHANNEL, ts=asked["ts"], text=found["text"])

    def file(self, method: str, asked: dict[str, Any], *, host: str) -> Said:
        match method:
            case "files.getUploadURLExternal":
                if len(asked["alt_txt"]) > 1_000:
                    return no("alt_txt_too_large")
                number = f"F0{len(self.files):08d}"
                self.files[number] = {"alt": asked["alt_txt"], "length": int(asked["length"]), "left": self.works_for}
                return yes(upload_url=f"http://{host}/upload/v1/{number}", file_id=number)
            case "files.completeUploadExternal":
                (told,) = json.loads(asked["files"])
                file = self.files[told["id"]]
                if len(file.get("content", b"")) != file["length"]:
                    return no("file_not_found")
                return yes(files=[{"id": told["id"], "title": told["title"], "mimetype": ""}])
            case _:
                file = self.files[asked["file"]]
                file["left"] -= 1
                if file["left"] < 0:
                    file["mimetype"] = "image/png"
                return yes(file={"id": asked["file"], "mimetype": file.get("mimetype", "")})


def arguments(request: Request) -> dict[str, Any]:
    """What a method is asked, as JSON or as a form."""
    if request.headers.get("content-type", "").startswith("application/json"):
        return json.loads(request.body)
    return dict(parse_qsl(request.body.decode()))


def text_of(blocks: list[Mapping[str, Any]]) -> str:
    """What the blocks of a message show to who reads it."""
    rich = [each for each in blocks if each["type"] == "rich_text"]
    elements = [one for each in rich for section in each["elements"] for one in section["elements"]]
    assert all(one.get("text") or one.get("url") for one in elements), "Slack takes no empty element"
    return "".join(one["text"] if one["type"] == "text" else one["url"] for one in elements)
