"""A Mattermost server as a bot sees it, small: one channel, its posts with what was edited and deleted, its files."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.http.server import Request, Said
from tests.platforms.services import AT, said

CHANNEL, ME = "4xp9fdt77pncbef59f4k1qe83o", "ay5sq51sebfh58ktrce5ijtcwy"
TOKEN = "9xuqwrwgstrb3mzrxb83nb357a"  # noqa: S105
_NOW = int((AT + timedelta(minutes=1)).timestamp() * 1_000)


def fault(status: int, number: str, message: str) -> Said:
    return said(status, {"id": number, "message": message, "request_id": "r", "status_code": status})


def numbered(number: int) -> str:
    return f"{number:026d}"


@dataclass
class Team:
    """`forgets` says that it has forgotten every pending post; `hides` how often a list leaves out what is newest;
    `older` that it forbids what is gone.
    """

    forgets: bool = False
    older: bool = False
    hides: int = 0
    member: bool = True
    archived: bool = False
    maximum: int = 16_383
    posts: list[dict[str, Any]] = field(default_factory=list)
    pending: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def __call__(self, request: Request) -> Said:
        parts = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = parts.path.removeprefix("/api/v4/")
        if path == "config/client":
            return said(200, {"MaxPostSize": str(self.maximum), "Version": "11.3.0"})
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return fault(
                401, "api.context.session_expired.app_error", "Invalid or expired session, please login again."
            )
        match (request.method, path):
            case ("GET", "users/me"):
                return said(200, {"id": ME, "username": "desk", "is_bot": True})
            case ("GET", name) if name == f"channels/{CHANNEL}":
                deleted = _NOW if self.archived else 0
                return said(200, {"id": CHANNEL, "display_name": "Episodes", "type": "O", "delete_at": deleted})
            case ("GET", name) if name == f"channels/{CHANNEL}/members/me":
                if not self.member:
                    return fault(404, "app.channel.get_member.missing.app_error", "No channel member found.")
                return said(200, {"channel_id": CHANNEL, "user_id": ME, "roles": "channel_user"})
            case ("GET", name) if name == f"channels/{CHANNEL}/posts":
                return said(200, self.listed(int(query["since"])))
            case ("POST", "posts"):
                return self.post(json.loads(request.body))
            case ("POST", "files"):
                number = numbered(900 + len(self.files))
                self.files[number] = (query["filename"], request.body)
                return said(201, {"file_infos": [{"id": number, "name": query["filename"]}], "client_ids": []})
            case (_, name) if name.startswith("posts/"):
                return self.change(request, name.split("/")[1])
        return fault(404, "api.context.404.app_error", "Sorry, we could not find the page.")

    def post(self, asked: dict[str, Any], *, by: str = ME) -> Said:
        if not self.member or asked["channel_id"] != CHANNEL:
            return fault(403, "api.context.permissions.app_error", "You do not have the appropriate permissions.")
        if (before := self.pending.get(asked.get("pending_post_id", ""))) is not None and not self.forgets:
            return said(201, before)
        if len(asked["message"]) > self.maximum:
            return fault(400, "model.post.is_valid.message_length.app_error", "Post Message property is too long.")
        if not asked["message"] and not asked.get("file_ids"):
            return fault(400, "api.post.create_post.empty.app_error", "Cannot create an empty post.")
        root = self.live(asked.get("root_id", ""))
        if asked.get("root_id") and (root is None or root["root_id"]):
            return fault(400, "api.post.create_post.root_id.app_error", "Invalid RootId parameter.")
        made = {
            "id": numbered(len(self.posts)),
            "create_at": _NOW + len(self.posts),
            "update_at": _NOW + len(self.posts),
            "delete_at": 0,
            "user_id": by,
            "channel_id": CHANNEL,
            "root_id": asked.get("root_id", ""),
            "original_id": "",
            "message": asked["message"],
            "props": asked.get("props", {}),
            "file_ids": [each for each in asked.get("file_ids", []) if each in self.files],
        }
        self.posts.append(made)
        self.pending[asked.get("pending_post_id") or made["id"]] = made
        return said(201, made)

    def live(self, number: str) -> dict[str, Any] | None:
        return next((each for each in self.posts if each["id"] == number and not each["delete_at"]), None)

    def change(self, request: Request, number: str) -> Said:
        found = self.live(number)
        gone = fault(404, "app.post.get.app_error", "Unable to get the post.")
        if request.method == "GET":
            return gone if found is None else said(200, found)
        forbidden = fault(403, "api.context.permissions.app_error", "You do not have the appropriate permissions.")
        if found is None:
            return forbidden if self.older or request.method == "PUT" else gone
        if found["user_id"] != ME:
            return forbidden
        if request.method == "DELETE":
            found |= {"delete_at": _NOW + 10_000, "update_at": _NOW + 10_000}
            found["props"] = {**found["props"], "deleteBy": ME}
            return said(200, {"status": "OK"})
        # What stood there before is kept under a number of its own.
        before = {**found, "id": numbered(500 + len(self.posts)), "original_id": number, "delete_at": _NOW + 5_000}
        self.posts.append(before)
        found |= json.loads(request.body) | {"update_at": _NOW + 5_000}
        return said(200, found)

    def listed(self, since: int) -> dict[str, Any]:
        found = [each for each in self.posts if each["update_at"] > since][:1_000]
        if self.hides and found:
            self.hides -= 1
            found = found[:-1]
        shown = [{**each, "message": ""} if each["delete_at"] else each for each in found]
        shown.sort(key=lambda each: each["create_at"], reverse=True)
        return {"order": [each["id"] for each in shown], "posts": {each["id"]: each for each in shown}}

    def shown(self) -> list[dict[str, Any]]:
        return [each for each in self.posts if not each["delete_at"]]


def in_browsers(message: str) -> str:
    """What a browser shows of a message in which marks were escaped (`inline.escape` of mattermost/marked)."""
    return re.sub(r"\\([`*{}\[\]()#+\-.!_>|~]|\\(?!\w))", r"\1", message, flags=re.ASCII)


def on_phones(message: str) -> str:
    """What a phone shows of it: CommonMark lets every sign of ASCII that is no letter and no digit be escaped."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", message)
