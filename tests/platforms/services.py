"""The services as they look from outside, small: what they store, what they refuse, what they remember of a key."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.http.server import Request, Said

AT = datetime(2026, 8, 20, 10, 0, tzinfo=UTC)
TOKEN = "token-of-the-account"  # noqa: S105
PASSWORD = "abcd-efgh-ijkl-mnop"  # noqa: S105
HANDLE = "you.example.test"
DID = "did:plc:abcdefghijklmnopqrstuvwx"
SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def said(status: int, value: object, **headers: str) -> Said:
    return Said(status, json.dumps(value).encode(), {"Content-Type": "application/json", **headers})


@dataclass
class Inbox:
    """What stands behind a webhook: it takes everything and answers "ok"."""

    taken: list[Request] = field(default_factory=list)

    def __call__(self, request: Request) -> Said:
        self.taken.append(request)
        return Said(200, b"ok")


@dataclass
class Fediverse:
    """A server with Mastodon's API. `honours` its Idempotency-Key or not; `stumbles` over a repeated one with 500."""

    honours: bool = True
    stumbles: bool = False
    maximum: int = 500
    statuses: list[dict[str, Any]] = field(default_factory=list)
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    media: list[bytes] = field(default_factory=list)
    working: dict[str, int] = field(default_factory=dict)
    works_for: int = 0
    version: str = "4.5.2"
    at: datetime = AT + timedelta(minutes=1)

    def __call__(self, request: Request) -> Said:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return said(401, {"error": "The access token is invalid"})
        parts = urlsplit(request.path)
        match (request.method, parts.path):
            case ("GET", "/api/v1/accounts/verify_credentials"):
                return said(200, {"id": "7", "acct": "desk", "username": "desk"})
            case ("GET", "/api/v2/instance"):
                statuses = {"max_characters": self.maximum, "characters_reserved_per_url": 23}
                return said(200, {"version": self.version, "configuration": {"statuses": statuses}})
            case ("GET", "/api/v1/accounts/7/statuses"):
                return said(200, self.listed(parse_qs(parts.query)))
            case ("POST", "/api/v1/statuses"):
                return self.post(request)
            case ("POST", "/api/v2/media"):
                self.media.append(request.body)
                self.working[str(len(self.media))] = self.works_for
                return said(202 if self.works_for else 200, {"id": str(len(self.media)), "url": None})
            case ("GET", path) if path.startswith("/api/v1/media/"):
                return self.progress(path.rpartition("/")[2])
            case ("PUT" | "DELETE", path) if path.startswith("/api/v1/statuses/"):
                return self.change(request, path.rpartition("/")[2])
        return said(404, {"error": "Record not found"})

    def progress(self, number: str) -> Said:
        if number not in self.working:
            return said(404, {"error": "Record not found"})
        self.working[number] = max(0, self.working[number] - 1)
        return said(206 if self.working[number] else 200, {"id": number, "url": None})

    def change(self, request: Request, number: str) -> Said:
        found = next((each for each in self.statuses if each["id"] == number), None)
        if found is None:
            return said(404, {"error": "Record not found"})
        if request.method == "DELETE":
            self.statuses.remove(found)
            return said(200, {"id": number, "text": ""})
        asked = json.loads(request.body)
        found |= {"content": rendered(asked["status"]), "media": asked.get("media_ids", []), "edited_at": "now"}
        return said(200, found)

    def post(self, request: Request) -> Said:
        asked = json.loads(request.body)
        key = request.headers["idempotency-key"]
        if self.honours and key in self.keys:
            return said(500, {"error": "Internal Server Error"}) if self.stumbles else said(200, self.keys[key])
        if not asked["status"]:
            return said(422, {"error": "Validation failed: Text can't be blank"})
        if any(self.working.get(each) != 0 for each in asked.get("media_ids", [])):
            return said(422, {"error": "Cannot attach files that have not finished processing. Try again in a moment!"})
        if (parent := asked.get("in_reply_to_id")) and not any(each["id"] == parent for each in self.statuses):
            return said(404, {"error": "The post you are trying to reply to does not appear to exist."})
        status = self.add(asked["status"]) | {"in_reply_to_id": parent, "media": asked.get("media_ids", [])}
        status["spoiler_text"] = asked.get("spoiler_text", "")
        self.statuses[-1] = status
        self.keys[key] = status
        return said(200, status)

    def add(self, text: str, at: datetime | None = None) -> dict[str, Any]:
        number = str(1000 + len(self.statuses))
        status = {
            "id": number,
            "created_at": (at or self.at).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "url": f"https://social.example/@desk/{number}",
            "content": rendered(text),
        }
        self.statuses.append(status)
        return status

    def listed(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        assert query["exclude_reblogs"] == ["true"]
        newest: Iterable[dict[str, Any]] = reversed(self.statuses)
        if "max_id" in query:
            newest = (each for each in newest if int(each["id"]) < int(query["max_id"][0]))
        return list(newest)[: int(query["limit"][0])]


def rendered(text: str) -> str:
    """Plain text as Mastodon renders it: paragraphs, breaks, shortened links, linked hashtags."""

    def link(found: re.Match[str]) -> str:
        url = found.group()
        bare = url.split("://")[1]
        rest = f'<span class="invisible">{bare[30:]}</span>' if len(bare) > 30 else ""
        return (
            f'<a href="{url}" rel="nofollow noopener" translate="no"><span class="invisible">https://</span>'
            f'<span class="ellipsis">{bare[:30]}</span>{rest}</a>'
        )

    escaped = html.escape(text, quote=True).replace("&#x27;", "&#39;")
    linked = re.sub(r"https?://[^\s<>\"]+", link, escaped)
    tagged = re.sub(
        r"(?<![\w/&])#(\w+)",
        r'<a href="https://social.example/tags/\1" class="mention hashtag">#<span>\1</span></a>',
        linked,
    )
    paragraphs = [each.replace("\n", "<br />") for each in re.split(r"\n{2,}", tagged)]
    return "".join(f"<p>{each}</p>" for each in paragraphs)


@dataclass
class DataServer:
    """A Personal Data Server. `strict` ones refuse even the same record where one stands; `old` ones name no error."""

    strict: bool = False
    old: bool = False
    active: bool = True
    refuses: dict[str, Any] | None = None
    refused_with: int = 400
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    commits: int = 0
    log_ins: int = 0
    refreshed: int = 0

    def __call__(self, request: Request) -> Said:
        parts = urlsplit(request.path)
        match parts.path.removeprefix("/xrpc/"):
            case "com.atproto.server.createSession":
                return self.log_in(json.loads(request.body))
            case "com.atproto.repo.putRecord":
                if request.headers.get("authorization") != f"Bearer access-{self.log_ins}":
                    return said(400, {"error": "InvalidToken", "message": "Token could not be verified"})
                return self.put(json.loads(request.body))
            case "com.atproto.server.refreshSession":
                return self.refresh(request)
            case "com.atproto.repo.uploadBlob" | "com.atproto.repo.deleteRecord" as method:
                if request.headers.get("authorization") != f"Bearer access-{self.log_ins}":
                    return said(400, {"error": "ExpiredToken", "message": "Token has expired"})
                return self.take(request) if method.endswith("uploadBlob") else self.delete(json.loads(request.body))
            case "com.atproto.repo.getRecord":
                return self.get({name: values[0] for name, values in parse_qs(parts.query).items()})
        return said(501, {"error": "MethodNotImplemented"})

    def log_in(self, asked: dict[str, str]) -> Said:
        if asked != {"identifier": HANDLE, "password": PASSWORD}:
            return said(401, {"error": "AuthenticationRequired", "message": "Invalid identifier or password"})
        self.log_ins += 1
        session = {"accessJwt": f"access-{self.log_ins}", "refreshJwt": "r", "handle": HANDLE, "did": DID}
        return said(200, session | ({} if self.active else {"active": False, "status": "deactivated"}))

    def refresh(self, request: Request) -> Said:
        if request.headers.get("authorization") != "Bearer r" or request.body:
            return said(401, {"error": "ExpiredToken", "message": "Token has expired"})
        self.log_ins += 1
        self.refreshed += 1
        session = {"accessJwt": f"access-{self.log_ins}", "refreshJwt": "r", "handle": HANDLE, "did": DID}
        return said(200, session)

    def take(self, request: Request) -> Said:
        name = hashlib.sha256(request.body).hexdigest()
        self.blobs[name] = request.body
        kind = request.headers["content-type"]
        blob = {"$type": "blob", "ref": {"$link": name}, "mimeType": kind, "size": len(request.body)}
        return said(200, {"blob": blob})

    def delete(self, asked: dict[str, Any]) -> Said:
        assert (asked["repo"], asked["collection"]) == (HANDLE, "app.bsky.feed.post")
        gone = self.records.pop(asked["rkey"], None)
        self.commits -= gone is not None
        return said(200, {} if gone is None else {"commit": {"cid": "c", "rev": "r"}})

    def put(self, asked: dict[str, Any]) -> Said:
        if self.refuses is not None:
            return said(self.refused_with, self.refuses)
        assert (asked["repo"], asked["collection"]) == (HANDLE, "app.bsky.feed.post")
        if not re.fullmatch(r"[2-7a-j][2-7a-z]{12}", asked["rkey"]):
            return said(400, {"error": "InvalidRequest", "message": "Invalid TID string"})
        for link in re.findall(r'"ref": {"\$link": "(\w+)"', json.dumps(asked["record"])):
            if link not in self.blobs:
                return said(400, {"error": "BlobNotFound", "message": "Could not find blob"})
        if "$sha256" in json.dumps(asked["record"]):
            return said(400, {"error": "InvalidRequest", "message": "Invalid app.bsky.feed.post record: no blob"})
        uri = f"at://{DID}/app.bsky.feed.post/{asked['rkey']}"
        here = self.records.get(asked["rkey"])
        cid = hashlib.sha256(json.dumps(asked["record"], sort_keys=True).encode()).hexdigest()
        if here is not None and here == asked["record"] and not self.strict:
            return said(200, {"uri": uri, "cid": cid, "validationStatus": "valid"})
        if here is not None and "swapRecord" in asked and asked["swapRecord"] is None:
            return said(400, {"error": "InvalidSwap", "message": "Record was at bafyrei"})
        self.records[asked["rkey"]] = asked["record"]
        self.commits += 1
        return said(200, {"uri": uri, "cid": cid, "commit": {"cid": "c", "rev": "r"}, "validationStatus": "valid"})

    def get(self, asked: dict[str, str]) -> Said:
        uri = f"at://{DID}/{asked['collection']}/{asked['rkey']}"
        if (here := self.records.get(asked["rkey"])) is None:
            error = "InvalidRequest" if self.old else "RecordNotFound"
            return said(400, {"error": error, "message": f"Could not locate record: {uri}"})
        return said(200, {"uri": uri, "cid": "c", "value": here})
