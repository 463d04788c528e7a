"""X's API as it looks from outside, small: it checks signatures and tokens itself, refuses what stands there already,
and shows every link as one of its shortener's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, unquote, urlsplit

from bot.weighted import links
from tests.http.server import Request, Said
from tests.platforms.services import AT, said

API_KEY, API_SECRET = "key-of-the-program", "secret-of-the-program"
TOKEN, TOKEN_SECRET = "7-token-of-the-account", "secret-of-the-account"
CLIENT, CLIENT_SECRET = "M1M5R3BMVy13QmpScXkz", "secret-of-the-client"
REFRESH = "refresh-token-of-the-account"
SECRETS = (API_KEY, API_SECRET, TOKEN, TOKEN_SECRET, CLIENT_SECRET, REFRESH)
ADDRESS = "https://x.com/desk/status"


def problem(status: int, detail: str, kind: str = "about:blank", title: str = "Forbidden", **headers: str) -> Said:
    return said(status, {"title": title, "detail": detail, "type": kind, "status": status}, **headers)


@dataclass
class Service:
    """`hides` so many listings lack what was posted last; `works_for` so many looks an upload is not ready.

    `public` programs have no secret; `spent` are the tokens that renewed once and do not again.
    """

    public: bool = False
    hides: int = 0
    works_for: int = 0
    at: datetime = AT + timedelta(minutes=1)
    posts: list[dict[str, Any]] = field(default_factory=list)
    uploads: dict[str, dict[str, Any]] = field(default_factory=dict)
    nonces: set[str] = field(default_factory=set)
    access: set[str] = field(default_factory=lambda: {"access-0"})
    refresh: str = REFRESH
    renewed: int = 0
    made: int = 1000

    def __call__(self, request: Request) -> Said:
        parts = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if (request.method, parts.path) == ("POST", "/2/oauth2/token"):
            return self.renew(request)
        if not self.let_in(request):
            return problem(401, "Unauthorized", title="Unauthorized")
        match (request.method, *parts.path.strip("/").split("/")):
            case ("GET", "2", "users", "me"):
                return said(200, {"data": {"id": "7", "name": "The desk", "username": "desk"}})
            case ("GET", "2", "users", "7", "tweets"):
                return self.listed(query)
            case ("POST", "2", "tweets"):
                return self.post(json.loads(request.body))
            case ("DELETE", "2", "tweets", number):
                self.posts = [each for each in self.posts if each["id"] != number]
                return said(200, {"data": {"deleted": True}})
            case ("POST", "2", "media", "upload", "initialize"):
                return self.begin(json.loads(request.body))
            case ("POST", "2", "media", "upload", number, "append") if number in self.uploads:
                return self.append(self.uploads[number], request)
            case ("POST", "2", "media", "upload", number, "finalize") if number in self.uploads:
                return self.finalize(number)
            case ("GET", "2", "media", "upload") if query.get("media_id") in self.uploads:
                return self.progress(query["media_id"])
            case ("POST", "2", "media", "metadata"):
                asked = json.loads(request.body)
                self.uploads[asked["id"]]["alt"] = asked["metadata"]["alt_text"]["text"]
                return said(200, {"data": {"id": asked["id"]}})
        return problem(404, "Not Found", title="Not Found")

    def let_in(self, request: Request) -> bool:
        kind, _, rest = request.headers.get("authorization", "").partition(" ")
        if kind == "Bearer":
            return rest in self.access
        told = {
            name: unquote(value.strip('"')) for name, _, value in (each.partition("=") for each in rest.split(", "))
        }
        if kind != "OAuth" or told.get("oauth_nonce") in self.nonces:
            return False
        self.nonces.add(told["oauth_nonce"])
        return hmac.compare_digest(told.pop("oauth_signature"), signature(request, told))

    def renew(self, request: Request) -> Said:
        asked = dict(parse_qsl(request.body.decode()))
        pair = base64.b64encode(f"{CLIENT}:{CLIENT_SECRET}".encode()).decode()
        known = (
            asked.get("client_id") == CLIENT if self.public else request.headers.get("authorization") == f"Basic {pair}"
        )
        if not known:
            return said(
                401, {"error": "unauthorized_client", "error_description": "Missing valid authorization header"}
            )
        if asked.get("grant_type") != "refresh_token" or asked.get("refresh_token") != self.refresh:
            told = "Value passed for the token was invalid."
            return said(400, {"error": "invalid_request", "error_description": told})
        self.renewed += 1
        self.refresh = f"refresh-{self.renewed}"
        self.access = {f"access-{self.renewed}"}
        answer = {"token_type": "bearer", "expires_in": 7200, "scope": "tweet.write offline.access"}
        return said(200, {**answer, "access_token": f"access-{self.renewed}", "refresh_token": self.refresh})

    def post(self, asked: dict[str, Any]) -> Said:
        text, media = asked.get("text", ""), asked.get("media", {}).get("media_ids", [])
        parent = asked.get("reply", {}).get("in_reply_to_tweet_id")
        if not text and not media:
            return problem(400, "One or more parameters to your request was invalid.", title="Invalid Request")
        if any(self.uploads.get(each, {}).get("left", 1) for each in media):
            return problem(400, "Your media IDs are invalid.", title="Invalid Request")
        if any(each["said"] == text for each in self.posts):
            return problem(403, "You are not allowed to create a Tweet with duplicate content.")
        if parent and not any(each["id"] == parent for each in self.posts):
            return problem(403, "You attempted to reply to a Tweet that is deleted or not visible to you.")
        post = self.add(text, media=media, parent=parent)
        return said(201, {"data": {"id": post["id"], "text": post["text"], "edit_history_tweet_ids": [post["id"]]}})

    def add(
        self, text: str, *, media: list[str] | None = None, parent: str | None = None, at: datetime | None = None
    ) -> Any:
        self.made += 1
        number = str(self.made)
        shown, urls = shortened(text, number, media or [])
        post = {"id": number, "text": shown, "created_at": f"{at or self.at:%Y-%m-%dT%H:%M:%S}.000Z", "said": text}
        if urls:
            post["entities"] = {"urls": urls}
        if parent:
            post["referenced_tweets"] = [{"type": "replied_to", "id": parent}]
        post["media"] = media or []
        self.posts.append(post)
        return post

    def listed(self, query: dict[str, str]) -> Said:
        assert query["exclude"] == "retweets"
        late = min(self.hides, 1)
        self.hides -= late
        known = self.posts[: len(self.posts) - late]
        since = [each for each in reversed(known) if each["created_at"] >= query["start_time"]]
        begin = int(query.get("pagination_token", "0"))
        page = since[begin : begin + int(query["max_results"])]
        meta: dict[str, Any] = {"result_count": len(page)}
        if begin + len(page) < len(since):
            meta["next_token"] = str(begin + len(page))
        fields = {"id", "text", *query["tweet.fields"].split(",")}
        data = [{name: value for name, value in each.items() if name in fields} for each in page]
        return said(200, {"meta": meta} | ({"data": data} if data else {}))

    def begin(self, asked: dict[str, Any]) -> Said:
        number = str(1880028106020515840 + len(self.uploads))
        self.uploads[number] = {**asked, "pieces": {}, "alt": "", "left": 1}
        return said(200, {"data": {"id": number, "media_key": f"3_{number}", "expires_after_secs": 86_400}})

    def append(self, upload: dict[str, Any], request: Request) -> Said:
        boundary = request.headers["content-type"].partition("boundary=")[2].encode()
        fields = {}
        for piece in request.body.split(b"--" + boundary)[1:-1]:
            head, _, content = piece.partition(b"\r\n\r\n")
            fields[head.decode().partition('name="')[2].partition('"')[0]] = content[:-2]
        upload["pieces"][int(fields["segment_index"])] = fields["media"]
        return said(200, {"data": {"expires_at": 1_787_220_000}})

    def finalize(self, number: str) -> Said:
        upload = self.uploads[number]
        whole = b"".join(upload["pieces"][index] for index in range(len(upload["pieces"])))
        if len(whole) != upload["total_bytes"]:
            return problem(400, "Segments do not add up to provided total file size.", title="Invalid Request")
        upload |= {"whole": whole, "left": self.works_for}
        return self.state(number, "pending")

    def progress(self, number: str) -> Said:
        self.uploads[number]["left"] = max(0, self.uploads[number]["left"] - 1)
        return self.state(number, "in_progress")

    def state(self, number: str, working: str) -> Said:
        data: dict[str, Any] = {"id": number, "size": self.uploads[number]["total_bytes"]}
        if self.works_for:
            left = self.uploads[number]["left"]
            data["processing_info"] = {"state": working, "check_after_secs": 1} if left else {"state": "succeeded"}
        return said(200, {"data": data})


def signature(request: Request, told: dict[str, str]) -> str:
    """OAuth 1.0a as RFC 5849 has it, section 3.4, written without any library."""

    def encoded(text: str) -> str:
        return quote(text, safe="")

    parts = urlsplit(request.path)
    pairs = [*parse_qsl(parts.query, keep_blank_values=True), *told.items()]
    listed = "&".join(f"{name}={value}" for name, value in sorted((encoded(n), encoded(v)) for n, v in pairs))
    address = f"http://{request.headers['host']}{parts.path}"
    signed = "&".join(encoded(each) for each in (request.method, address, listed))
    key = f"{encoded(API_SECRET)}&{encoded(TOKEN_SECRET)}"
    return base64.b64encode(hmac.new(key.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def shortened(text: str, number: str, media: list[str]) -> tuple[str, list[dict[str, Any]]]:
    """A text as X shows it: its links shortened, its marks escaped, and one more link for what it bears."""
    pieces, urls, at = [], [], 0
    for index, each in enumerate(links(text)):
        written = text[each.begin : each.stop]
        short = f"https://t.co/{number}l{index}"
        expanded = written if "://" in written else f"http://{written}"
        pieces += [html.escape(text[at : each.begin], quote=False), short]
        urls.append({"url": short, "expanded_url": expanded, "display_url": written[:25] + "…"})
        at = each.stop
    pieces.append(html.escape(text[at:], quote=False))
    if media:
        short = f"https://t.co/{number}m"
        pieces.append(f" {short}")
        pictures = [
            {"url": short, "expanded_url": f"{ADDRESS}/{number}/photo/1", "media_key": f"3_{each}"} for each in media
        ]
        urls += pictures
    return "".join(pieces), urls
