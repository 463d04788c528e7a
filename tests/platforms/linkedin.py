"""LinkedIn as an organisation and a member see it, small."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from bot.platforms.linkedin import VERSION, plain
from tests.http.server import Request, Said
from tests.platforms.services import AT, said

ORGANIZATION, MEMBER = "5583111", "yrZCpj2Z12"
TOKEN = "AQXdSP-W41-token-of-linkedin"  # noqa: S105
RENEWED = "AQXdSP-W41-renewed-token"
CLIENT, CLIENT_SECRET, REFRESH = "77abcdefghijkl", "WPL_AP1.secretofapp", "AQWAft-refresh-token"
PART = 20


def fault(status: int, code: str, message: str, **more: object) -> Said:
    return said(status, {"status": status, "code": code, "message": message, **more})


def duplicate(urn: str) -> Said:
    """As it was seen: the name of the post stands in the words, not in a field."""
    message = "com.linkedin.content.common.exception.BadRequestResponseException: Content is a duplicate of"
    faults = [{"description": "Duplicate post is detected", "input": {}, "code": "DUPLICATE_POST"}]
    return said(422, {"message": f"{message} {urn}", "errorDetails": {"inputErrors": faults}, "status": 422})


def urn_at(moment: datetime, number: int = 0, kind: str = "share") -> str:
    return f"urn:li:{kind}:{(int(moment.timestamp() * 1_000) << 22) + number}"


@dataclass
class Feed:
    """Posts and media of one author. `detects` says that words are taken once; `hides` how often a list leaves out the
    newest post; `readable` that the token may list posts; `keeps` that a change is taken and not made; `works_for` how
    often a medium is not ready yet.
    """

    author: str = f"urn:li:organization:{ORGANIZATION}"
    detects: bool = True
    hides: int = 0
    readable: bool = True
    keeps: bool = False
    works_for: int = 1
    token: str = TOKEN
    active: bool = True
    scope: str = "openid,profile,w_member_social,w_organization_social,r_organization_social"
    posts: list[dict[str, Any]] = field(default_factory=list)
    media: dict[str, dict[str, Any]] = field(default_factory=dict)
    oauth: list[dict[str, str]] = field(default_factory=list)

    def __call__(self, request: Request) -> Said:
        parts = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path.startswith("/oauth/v2/"):
            asked = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
            return self.log_in(parts.path.rpartition("/")[2], asked)
        if parts.path.startswith("/upload/"):
            return self.take(request, parts.path.removeprefix("/upload/"))
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return fault(401, "INVALID_ACCESS_TOKEN", "Invalid access token", serviceErrorCode=65600)
        if parts.path == "/v2/userinfo":
            return said(200, {"sub": MEMBER, "name": "Ada Desk"})
        if request.headers.get("linkedin-version") != VERSION:
            return fault(426, "NONEXISTENT_VERSION", "Requested version 20240101 is not active")
        if request.headers.get("x-restli-protocol-version") != "2.0.0":
            return fault(400, "ILLEGAL_ARGUMENT", "Syntax exception in path variables")
        what, _, urn = parts.path.removeprefix("/rest/").partition("/")
        match (request.method, what):
            case ("POST", "posts") if not urn:
                return self.post(json.loads(request.body))
            case ("GET", "posts") if not urn:
                return self.listed(query, request)
            case (_, "posts"):
                return self.change(request, unquote(urn))
            case ("POST", "images" | "videos"):
                return self.act(what, query["action"], json.loads(request.body), host=request.headers["host"])
            case ("GET", "images" | "videos"):
                return self.progress(unquote(urn))
        return fault(404, "RESOURCE_NOT_FOUND", "No virtual resource found")

    def log_in(self, what: str, asked: dict[str, str]) -> Said:
        self.oauth.append(asked)
        if (asked["client_id"], asked["client_secret"]) != (CLIENT, CLIENT_SECRET):
            return said(401, {"error": "invalid_client", "error_description": "Client authentication failed"})
        if what == "introspectToken":
            ends = int((AT + timedelta(days=30)).timestamp())
            told = {"active": self.active, "status": "active" if self.active else "expired"}
            return said(200, told | ({"expires_at": ends, "scope": self.scope} if self.active else {}))
        if asked["refresh_token"] != REFRESH:
            return said(400, {"error": "invalid_request", "error_description": "The provided refresh token is invalid"})
        self.token = RENEWED
        return said(200, {"access_token": RENEWED, "expires_in": 5_184_000, "refresh_token": REFRESH})

    def post(self, asked: dict[str, Any]) -> Said:
        if asked["author"] != self.author:
            return fault(403, "ACCESS_DENIED", "Not enough permissions to access: posts.CREATE", serviceErrorCode=100)
        names = [each for each in self.media if each in json.dumps(asked.get("content", {}))]
        if any(self.media[each]["state"] != "AVAILABLE" for each in names):
            return fault(400, "BAD_REQUEST", "The media is not ready")
        for each in self.posts if self.detects else ():
            if each["commentary"] == asked["commentary"]:
                return duplicate(each["id"])
        made = self.add(asked.pop("commentary"), **asked)
        return Said(201, b"", {"x-restli-id": made["id"]})

    def add(self, commentary: str, at: datetime = AT + timedelta(minutes=1), **more: Any) -> dict[str, Any]:
        moment = int(at.timestamp() * 1_000)
        urn = urn_at(at, len(self.posts), "ugcPost" if "media" in more.get("content", {}) else "share")
        times = {"createdAt": moment, "publishedAt": moment, "lastModifiedAt": moment}
        post = {**more, "id": urn, "commentary": commentary, **times}
        self.posts.append(post)
        return post

    def listed(self, query: dict[str, str], request: Request) -> Said:
        if not self.readable:
            return fault(403, "ACCESS_DENIED", "Not enough permissions to access: posts.FINDER-author")
        assert (query["q"], query["author"], query["sortBy"]) == ("author", self.author, "LAST_MODIFIED")
        assert query["viewContext"] == "AUTHOR"
        assert request.headers["x-restli-method"] == "FINDER"
        found = sorted(self.posts, key=lambda each: each["lastModifiedAt"], reverse=True)
        if self.hides and found:
            self.hides -= 1
            found = found[1:]
        start, count = int(query["start"]), int(query["count"])
        return said(200, {"paging": {"start": start, "count": count}, "elements": found[start : start + count]})

    def change(self, request: Request, urn: str) -> Said:
        found = next((each for each in self.posts if each["id"] == urn), None)
        if request.method == "DELETE":
            if found is not None:
                self.posts.remove(found)
            return Said(204)
        if found is None:
            return fault(404, "NOT_FOUND", "Could not find entity")
        if request.method == "GET":
            return said(200, found)
        assert request.headers["x-restli-method"] == "PARTIAL_UPDATE"
        if self.keeps:
            return Said(204)
        found |= json.loads(request.body)["patch"]["$set"]
        return Said(204)

    def act(self, what: str, action: str, asked: dict[str, Any], *, host: str) -> Said:
        told = asked[f"{action}Request"]
        if action == "finalizeUpload":
            medium = self.media[told["video"]]
            assert told["uploadedPartIds"] == [f"part-{number}" for number in range(len(medium["parts"]))]
            assert told["uploadToken"] == "a-token"
            medium["state"] = "PROCESSING"
            return Said(200)
        assert told["owner"] == self.author
        kind = what.removesuffix("s")
        urn = f"urn:li:{kind}:C4D{len(self.media)}"
        self.media[urn] = {"state": "WAITING_UPLOAD", "parts": {}, "left": self.works_for}
        address = f"http://{host}/upload/{urn}"
        if what == "images":
            return said(200, {"value": {"uploadUrl": address, "image": urn, "uploadUrlExpiresAt": 1}})
        size = told["fileSizeBytes"]
        parts = [
            {"uploadUrl": f"{address}/{begin // PART}", "firstByte": begin, "lastByte": min(begin + PART, size) - 1}
            for begin in range(0, size, PART)
        ]
        return said(200, {"value": {"video": urn, "uploadToken": "a-token", "uploadInstructions": parts}})

    def take(self, request: Request, path: str) -> Said:
        urn, _, part = path.partition("/")
        self.media[urn]["parts"][part or "0"] = request.body
        if not part:
            self.media[urn]["state"] = "PROCESSING"
        return Said(201, b"", {"ETag": f'"part-{part}"'})

    def progress(self, urn: str) -> Said:
        medium = self.media[urn]
        medium["left"] -= 1
        if medium["left"] < 0 and medium["state"] == "PROCESSING":
            medium["state"] = "AVAILABLE"
        return said(200, {"id": urn, "status": medium["state"]})

    @property
    def texts(self) -> list[str]:
        """What readers see of each post."""
        return [plain(each["commentary"]) for each in self.posts]
