"""Ghost as it looks from outside, small: posts, what publishing one to a newsletter does, and its signed tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import regex

from tests.http.server import Request, Said
from tests.platforms.services import AT, said

NUMBER = "6748592f4b9b7700010f6564"
SECRET = "b1b5b9c1d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0c1d2e3f4a5b6c7d8e9f0a1"  # noqa: S105
NEWSLETTER = "weekly-letter"
ROOT = "/ghost/api/admin/"


def fault(status: int, kind: str, message: str, context: str | None = None, code: str | None = None) -> Said:
    return said(status, {"errors": [{"message": message, "context": context, "type": kind, "code": code}]})


def unpacked(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@dataclass
class Site:
    """A site with one newsletter. `changes` counts every change, as `updated_at` does; `email` is how a mail fares."""

    readers: int = 321
    active: bool = True
    email: str = "pending"
    counts: bool = False
    changes: int = 0
    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    mailed: list[str] = field(default_factory=list)

    def __call__(self, request: Request) -> Said:
        scheme, _, held = request.headers.get("authorization", "").partition(" ")
        if scheme != "Ghost" or not self.knows(held):
            return fault(401, "UnauthorizedError", "Unknown Admin API Key", code="UNKNOWN_ADMIN_API_KEY")
        parts = urlsplit(request.path)
        asked = {name: each[0] for name, each in parse_qs(parts.query).items()}
        told = json.loads(request.body)["posts"][0] if request.body else {}
        match (request.method, *parts.path.removeprefix(ROOT).strip("/").split("/")):
            case ("GET", "newsletters"):
                return said(200, {"newsletters": self.newsletters(asked["filter"])})
            case ("GET", "settings"):
                names = ("email_track_opens", "email_track_clicks")
                told = [{"key": each, "value": self.counts} for each in names]
                return said(200, {"settings": [{"key": "title", "value": "Pod"}, *told]})
            case ("GET", "posts"):
                slug = asked["filter"].removeprefix("slug:'").removesuffix("'")
                return said(200, {"posts": [each for each in self.posts.values() if each["slug"] == slug], "meta": {}})
            case ("POST", "posts"):
                return self.make(told)
            case ("GET", "posts", number) if number in self.posts:
                return said(200, {"posts": [self.posts[number]]})
            case ("PUT", "posts", number) if number in self.posts:
                return self.change(self.posts[number], told, asked)
        return fault(404, "NotFoundError", "Resource not found error, cannot read post.", "Post not found.")

    def knows(self, token: str) -> bool:
        signed, _, signature = token.rpartition(".")
        head, _, claims = signed.partition(".")
        mine = hmac.digest(bytes.fromhex(SECRET), signed.encode(), hashlib.sha256)
        return (
            unpacked(head) == {"alg": "HS256", "kid": NUMBER, "typ": "JWT"}
            and hmac.compare_digest(base64.urlsafe_b64encode(mine).rstrip(b"=").decode(), signature)
            and regex.fullmatch(r"/?admin/?", unpacked(claims)["aud"]) is not None
            and 0 < unpacked(claims)["exp"] - unpacked(claims)["iat"] <= 300
        )

    def newsletters(self, asked: str) -> list[dict[str, Any]]:
        if asked != f"slug:{NEWSLETTER}":
            return []
        status = "active" if self.active else "archived"
        own = {"slug": NEWSLETTER, "name": "The Letter", "status": status, "sender_email": "desk@example.org"}
        return [{**own, "count": {"active_members": self.readers}}]

    def touched(self) -> str:
        self.changes += 1
        return (AT + timedelta(seconds=self.changes)).strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def make(self, told: dict[str, Any]) -> Said:
        if not told.get("title"):
            return fault(422, "ValidationError", "Validation error, cannot save post.", "Title cannot be blank.")
        taken = {each["slug"] for each in self.posts.values()}
        slug = told["slug"]
        while slug in taken:
            slug += "-2"
        number = f"{len(self.posts):024x}"
        place = {"id": number, "slug": slug, "updated_at": self.touched(), "email": None, "newsletter": None}
        self.posts[number] = {"status": "draft", **told, **place, "url": f"https://pod.example/p/{number}/"}
        return said(201, {"posts": [self.posts[number]]})

    def change(self, post: dict[str, Any], told: dict[str, Any], asked: dict[str, str]) -> Said:
        if told["updated_at"] != post["updated_at"]:
            said_so = "Saving failed! Someone else is editing this post."
            return fault(409, "UpdateCollisionError", said_so, said_so, code="UPDATE_COLLISION")
        before, wanted = post["status"], told.get("status", post["status"])
        out = wanted == "published" and before not in ("published", "sent")
        if out and asked.get("newsletter") and not (asked["newsletter"] == NEWSLETTER and self.active):
            return fault(400, "BadRequestError", "Cannot send email to archived newsletters")
        post |= told
        if out:
            post["status"] = "sent" if post.get("email_only") else "published"
            if asked.get("newsletter"):
                post["email"] = {"status": self.email, "recipient_filter": asked["email_segment"], "error": "No quota"}
                post["url"] = f"https://pod.example/email/{post['id']}/"
                self.mailed.append(post["id"])
        elif wanted == "published":
            post["status"] = before
        post["updated_at"] = self.touched()
        return said(200, {"posts": [post]})

    def texts(self) -> list[str]:
        return [json.loads(self.posts[each]["lexical"])["root"]["children"][0]["html"] for each in self.mailed]
