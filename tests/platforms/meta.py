"""The Graph API of Meta as it looks from outside, small: containers, lists of posts, its one shape of error."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.http.server import Request, Said
from tests.platforms.services import AT, said

TOKEN = "EAAGm0PX4ZCpsBA-token-of-the-account"  # noqa: S105
SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105
TRACE = "AXr2bTkN9yQ"


def fault(code: int, message: str, *, status: int = 400, subcode: int | None = None, transient: bool = False) -> Said:
    """A refusal in the shape that all of Meta's services have."""
    error = {
        "message": message,
        "type": "OAuthException",
        "code": code,
        "is_transient": transient,
        "fbtrace_id": TRACE,
        **({} if subcode is None else {"error_subcode": subcode}),
    }
    return said(status, {"error": error})


def asked_of(request: Request) -> tuple[str, dict[str, str]]:
    """The path behind the version, and everything that is asked, wherever it stands."""
    parts = urlsplit(request.path)
    asked = parse_qs(parts.query)
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        asked |= parse_qs(request.body.decode())
    return parts.path.partition("/v")[2].partition("/")[2], {name: each[0] for name, each in asked.items()}


@dataclass
class Container:
    form: dict[str, str]
    works_for: int
    state: str = "IN_PROGRESS"

    def asked(self) -> str:
        """Its state, one step further each time somebody asks."""
        if self.state == "IN_PROGRESS":
            self.works_for -= 1
            if self.works_for <= 0:
                self.state = "FINISHED"
        return self.state


@dataclass
class Meta:
    """A service with containers. `hides` is how many times a list leaves out what is new in it."""

    works_for: int = 1
    hides: int = 0
    at: datetime = AT + timedelta(minutes=1)
    containers: dict[str, Container] = field(default_factory=dict)
    posts: list[dict[str, Any]] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    used: int = 3
    tokens: list[str] = field(default_factory=lambda: [TOKEN])

    make_at = "me/threads"
    publish_at = "me/threads_publish"
    lists = ("me/threads", "me/replies")
    state_field = "status"
    names = ("text", "timestamp")
    not_ready = (24, 4_279_009)
    limit_at = "me/threads_publishing_limit"

    def __call__(self, request: Request) -> Said:
        path, asked = asked_of(request)
        if request.path.startswith("/refresh_access_token"):
            return self.renew(asked)
        if request.headers.get("authorization") != f"Bearer {self.tokens[-1]}":
            return fault(190, "Invalid OAuth access token.", subcode=463)
        match request.method:
            case "POST" if path == self.make_at:
                return self.make(asked)
            case "POST" if path == self.publish_at:
                return self.publish(asked["creation_id"])
            case "GET" if path == "me":
                return said(200, {"id": "7", "username": "desk"})
            case "GET" if path == self.limit_at:
                return said(200, {"data": [{"quota_usage": self.used, "config": {"quota_total": 250}}]})
            case "GET" if path in self.lists:
                return self.listed(path, asked)
            case "GET" if path in self.containers:
                return said(200, {"id": path, self.state_field: self.containers[path].asked()})
            case "GET" | "DELETE":
                return self.one(request.method, path)
        return fault(100, "Unsupported request")

    def renew(self, asked: dict[str, str]) -> Said:
        if asked["access_token"] != self.tokens[-1]:
            return fault(190, "Error validating access token: the session has expired.", subcode=463)
        self.tokens.append(f"{TOKEN}-renewed-{len(self.tokens)}")
        return said(200, {"access_token": self.tokens[-1], "token_type": "bearer", "expires_in": 5_184_000})

    def make(self, asked: dict[str, str]) -> Said:
        if (refused := self.unfit(asked)) is not None:
            return refused
        for child in filter(None, asked.get("children", "").split(",")):
            if self.containers[child].state != "FINISHED":
                return fault(100, "A child of the carousel is not ready")
        number = str(18_000 + len(self.containers))
        self.containers[number] = Container(asked, self.works_for)
        return said(200, {"id": number})

    def unfit(self, asked: dict[str, str]) -> Said | None:
        text = asked.get("text", "")
        if asked["media_type"] == "TEXT" and not text:
            return fault(100, "Param text must be a non-empty string")
        if len(text) > 500:
            return fault(100, "Param text must be at most 500 characters long.")
        if (answers := asked.get("reply_to_id")) and not any(each["id"] == answers for each in self.posts):
            return fault(100, "The post to reply to does not exist", subcode=33)
        return None

    def publish(self, number: str) -> Said:
        container = self.containers.get(number)
        if container is None or container.state != "FINISHED":
            code, subcode = self.not_ready
            return fault(code, "The requested resource does not exist", subcode=subcode)
        container.state = "PUBLISHED"
        return said(200, {"id": self.add(container.form)["id"]})

    def add(self, form: dict[str, str], at: datetime | None = None) -> dict[str, Any]:
        number = str(90_000 + len(self.posts) + len(self.gone))
        text, time = self.names
        post = {
            "id": number,
            text: form.get("text", form.get("caption", "")),
            time: (at or self.at).strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "permalink": f"https://www.threads.net/@desk/post/{number}",
            "form": form,
        }
        self.posts.append(post)
        return post

    def listed(self, path: str, asked: dict[str, str]) -> Said:
        answers = path.endswith("replies")
        newest: Iterable[dict[str, Any]] = reversed(self.posts)
        found = [each for each in newest if ("reply_to_id" in each["form"]) == answers]
        since, time = int(asked["since"]), self.names[1]
        found = [each for each in found if datetime.fromisoformat(each[time]).timestamp() >= since]
        if self.hides and found:
            self.hides -= 1
            found = found[1:]
        begin, limit = int(asked.get("after", "0")), int(asked["limit"])
        page = [{name: each for name, each in post.items() if name in asked["fields"].split(",")} for post in found]
        paging: dict[str, Any] = {"cursors": {"after": str(begin + limit)}}
        if begin + limit < len(page):
            paging["next"] = "https://graph.example/next"
        return said(200, {"data": page[begin : begin + limit], "paging": paging})

    def one(self, method: str, number: str) -> Said:
        found = next((each for each in self.posts if each["id"] == number), None)
        if found is None:
            return fault(100, f"Object with ID '{number}' does not exist", subcode=33)
        if method == "DELETE":
            self.posts.remove(found)
            self.gone.add(number)
            return said(200, {"success": True, "deleted_id": number})
        return said(200, {"id": number, "permalink": found["permalink"]})


class Insta(Meta):
    """Instagram: the same with other names, and pictures or films only."""

    make_at = "me/media"
    publish_at = "me/media_publish"
    lists = ()
    state_field = "status_code"
    names = ("caption", "timestamp")
    not_ready = (9_007, 2_207_027)
    limit_at = "me/content_publishing_limit"

    def __call__(self, request: Request) -> Said:
        path, asked = asked_of(request)
        mine = request.headers.get("authorization") == f"Bearer {self.tokens[-1]}"
        if mine and (request.method, path) == ("GET", "me/media"):
            return self.listed(path, asked)
        return super().__call__(request)

    def unfit(self, asked: dict[str, str]) -> Said | None:
        if asked.get("media_type") != "CAROUSEL" and not asked.get("image_url") and not asked.get("video_url"):
            return fault(100, "The parameter image_url is required.")
        if len(asked.get("caption", "")) > 2_200:
            return fault(36_004, "The caption is too long.", subcode=2_207_010)
        return None


PAGE = "546349135390552"


@dataclass
class Page:
    """A Facebook Page. It refuses to say the same twice running. `hides` as with Meta."""

    hides: int = 0
    at: datetime = AT + timedelta(minutes=1)
    posts: list[dict[str, Any]] = field(default_factory=list)
    photos: dict[str, bytes] = field(default_factory=dict)
    token_ends: int = 0
    numbers: int = 0

    def __call__(self, request: Request) -> Said:
        path, asked = asked_of(request)
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return fault(190, "Invalid OAuth access token.", subcode=467)
        match (request.method, path):
            case ("GET", "me"):
                return said(200, {"id": PAGE, "name": "The Desk"})
            case ("GET", "debug_token"):
                return said(200, {"data": {"is_valid": True, "expires_at": self.token_ends}})
            case ("POST", path) if path == f"{PAGE}/photos":
                number = self.number()
                self.photos[number] = request.body
                return said(200, {"id": number})
            case ("POST", path) if path == f"{PAGE}/feed":
                return self.post(asked)
            case ("POST", path) if path == f"{PAGE}/videos":
                self.add(asked["description"], film=asked["file_url"])
                return said(200, {"id": self.number()})
            case ("GET", path) if path == f"{PAGE}/published_posts":
                return self.listed(asked)
        return self.one(request.method, path, asked)

    def number(self) -> str:
        self.numbers += 1
        return str(122_000 + self.numbers)

    def post(self, asked: dict[str, str]) -> Said:
        if asked["published"] != "true" or not asked.get("message"):
            return fault(100, "Invalid parameter")
        if self.posts and self.posts[-1]["message"] == asked["message"]:
            return fault(506, "Duplicate status message")
        bears = [each for name, each in asked.items() if name.startswith("attached_media")]
        if not all(any(photo in each for photo in self.photos) for each in bears):
            return fault(100, "The photo does not exist", subcode=33)
        return said(200, {"id": self.add(asked["message"], asked=asked)["id"]})

    def add(self, message: str, at: datetime | None = None, **more: Any) -> dict[str, Any]:
        number = f"{PAGE}_{self.number()}"
        post = {
            "id": number,
            "message": message,
            "created_time": (at or self.at).strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "permalink_url": f"https://www.facebook.com/{number}",
            **more,
        }
        self.posts.append(post)
        return post

    def listed(self, asked: dict[str, str]) -> Said:
        since = int(asked.get("since", "0"))
        found = [e for e in reversed(self.posts) if datetime.fromisoformat(e["created_time"]).timestamp() >= since]
        if self.hides and found:
            self.hides -= 1
            found = found[1:]
        fields = asked["fields"].split(",")
        page = [{name: each for name, each in post.items() if name in fields} for post in found]
        return said(200, {"data": page[: int(asked["limit"])], "paging": {"cursors": {"after": "x"}}})

    def one(self, method: str, number: str, asked: dict[str, str]) -> Said:
        found = next((each for each in self.posts if each["id"] == number), None)
        if found is None:
            return fault(100, f"Object with ID '{number}' does not exist", subcode=33)
        if method == "DELETE":
            self.posts.remove(found)
        elif method == "POST":
            found["message"] = asked["message"]
        else:
            return said(200, {"id": number})
        return said(200, {"success": True})
