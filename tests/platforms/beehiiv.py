"""beehiiv as it looks from outside, small: drafts that are made in the background, and confirmed once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.http.server import Request, Said
from tests.platforms.services import said

TOKEN = "key-of-the-publication"  # noqa: S105
PUBLICATION = "pub_0123abcd-0000-0000-0000-000000000000"
ROOT = f"/v2/publications/{PUBLICATION}"


def fault(status: int, *messages: str, code: str = "SOMETHING") -> Said:
    errors = [{"message": each, "code": code} for each in messages]
    return said(status, {"status": status, "statusText": "no", "errors": errors})


@dataclass
class Hive:
    """One publication. A draft is there after it was asked for `works_for` times; `obeys` is a plan with the Send API,
    `fails` a background that comes to nothing.
    """

    works_for: int = 2
    obeys: bool = True
    fails: bool = False
    allowed: bool = True
    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    making: dict[str, int] = field(default_factory=dict)
    mailed: list[str] = field(default_factory=list)

    def __call__(self, request: Request) -> Said:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return fault(401, "The API key is missing, invalid, or expired.")
        parts = urlsplit(request.path)
        asked = {name: each[0] for name, each in parse_qs(parts.query).items()}
        told = json.loads(request.body) if request.body else {}
        match (request.method, *parts.path.removeprefix(ROOT).strip("/").split("/")):
            case ("GET", ""):
                stats = {"active_subscriptions": 4321} if asked.get("expand[]") == "stats" else None
                return said(200, {"data": {"id": PUBLICATION, "name": "The Letter", "stats": stats}})
            case ("POST", "posts"):
                return self.make(told)
            case ("GET", "posts"):
                return self.listed(asked)
            case (method, "posts", number) if number in self.posts:
                return self.one(method, self.posts[number], told)
        return fault(404, "Resource Not Found")

    def make(self, told: dict[str, Any]) -> Said:
        if not self.allowed:
            return fault(403, "This endpoint is not available on your plan.")
        if not told.get("title") or bool(told.get("blocks")) == bool(told.get("body_content")):
            return fault(400, "title is missing", "either blocks or body_content must be provided")
        taken = {each["slug"] for each in self.posts.values()}
        slug = told["web_settings"]["slug"]
        while slug in taken:
            slug += "-2"
        number = f"post_{len(self.posts):08x}-0000-0000-0000-000000000000"
        self.posts[number] = {"status": "confirmed", **told, "id": number, "slug": slug}
        self.posts[number]["preview_url"] = f"https://app.beehiiv.example/posts/{number}/preview"
        self.making[number] = self.works_for
        if self.posts[number]["status"] == "confirmed":
            self.mailed.append(number)
        return said(201, {"data": {"id": number}})

    def is_made(self, number: str) -> bool:
        self.making[number] = max(0, self.making[number] - 1)
        return self.making[number] == 0

    def listed(self, asked: dict[str, str]) -> Said:
        found = [
            each
            for number, each in self.posts.items()
            if each["slug"] == asked["slugs[]"]
            and asked.get("status", "all") in ("all", each["status"])
            and self.is_made(number)
        ]
        page = found[: int(asked.get("limit", "10"))]
        return said(200, {"data": page, "limit": 10, "page": 1, "total_results": len(found), "total_pages": 1})

    def one(self, method: str, post: dict[str, Any], told: dict[str, Any]) -> Said:
        if not self.is_made(post["id"]):
            return said(202, {"status": "processing"}, **{"Retry-After": "2"})
        if self.fails:
            return fault(404, "The post could not be created.", code="POST_CREATION_FAILED")
        if method == "PATCH":
            if told.get("status") == "draft" and post["status"] != "draft":
                return fault(400, "A confirmed post cannot be moved back to draft.")
            if told.get("status") == "confirmed" and post["status"] == "draft" and self.obeys:
                post["status"] = "confirmed"
                self.mailed.append(post["id"])
        return said(200, {"data": {name: each for name, each in post.items() if name != "body_content"}})

    def texts(self) -> list[str]:
        return [self.posts[each]["body_content"] for each in self.mailed]
