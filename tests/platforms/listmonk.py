"""listmonk as its API shows it, small: campaigns and their states, the lists that a user may see, slugs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot.model.places import Place
from tests.http.server import Request, Said
from tests.platforms.services import said

USER = "pullquote"
TOKEN = "9fXkq2mLw7vTz4RbNc8sYd1J"  # noqa: S105
BARE = '{{ template "content" . }}'

# What listmonk puts into the places of a reader.
OURS = {
    Place.UNSUBSCRIBE: "https://lists.example.org/subscription/a/b",
    Place.PREFERENCES: "https://lists.example.org/subscription/a/b?manage=true",
}


def fault(status: int, message: str) -> Said:
    return said(status, {"message": message})


@dataclass
class Monk:
    """`seen` are the lists that the user may see. `old` knows neither slugs nor a filter by tag."""

    seen: tuple[int, ...] = (1, 3)
    old: bool = False
    template: str = BARE
    campaigns: list[dict[str, Any]] = field(default_factory=list)
    started: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, request: Request) -> Said:
        if request.headers.get("authorization") != f"token {USER}:{TOKEN}":
            return fault(403, "invalid API credentials")
        parts = urlsplit(request.path)
        asked = parse_qs(parts.query)
        match (request.method, parts.path.split("/")[2:]):
            case ("GET", ["campaigns"]):
                return self.listed(asked)
            case ("POST", ["campaigns"]):
                return self.create(json.loads(request.body))
            case (method, ["campaigns", number]):
                return self.one(method, int(number), json.loads(request.body or b"{}"))
            case ("PUT", ["campaigns", number, "status"]):
                return self.start(int(number), json.loads(request.body)["status"])
            case ("GET", ["lists", number]) if int(number) in self.seen:
                return said(200, {"data": {"id": int(number), "name": f"List {number}", "subscriber_count": 602}})
            case ("GET", ["lists", _]):
                return fault(403, "Permission denied: list")
            case ("GET", ["templates", "4"]):
                return said(200, {"data": {"id": 4, "name": "Bare", "body": self.template, "type": "campaign"}})
        return fault(404, "Not Found")

    def listed(self, asked: Mapping[str, list[str]]) -> Said:
        tags = [] if self.old else asked.get("tag", [])
        found = [each for each in self.campaigns if set(tags) <= set(each["tags"])]
        if not found:
            return said(200, {"data": {"results": [], "search": "", "query": "", "total": 0, "per_page": 0, "page": 0}})
        return said(
            200, {"data": {"results": [{**each, "body": ""} for each in found], "total": len(found), "page": 1}}
        )

    def create(self, asked: dict[str, Any]) -> Said:
        slug = None if self.old else asked.get("archive_slug")
        if slug is not None and any(each["archive_slug"] == slug for each in self.campaigns):
            return fault(500, 'Error creating campaign: pq: duplicate key value violates unique constraint "slug"')
        number = len(self.campaigns) + 1
        made = {**asked, "id": number, "uuid": f"uuid-{number}", "status": "draft", "archive_slug": slug}
        if (wrong := self.fill(made, asked)) is not None:
            return wrong
        self.campaigns.append(made)
        return said(200, {"data": made})

    def fill(self, campaign: dict[str, Any], asked: Mapping[str, Any]) -> Said | None:
        lists = [number for number in asked["lists"] if number in self.seen]
        if not lists:
            return fault(400, "Invalid list IDs.")
        slug = campaign["archive_slug"]
        campaign.update(asked, archive_slug=slug, lists=[{"id": each, "name": f"List {each}"} for each in lists])
        return None

    def one(self, method: str, number: int, asked: dict[str, Any]) -> Said:
        found = next((each for each in self.campaigns if each["id"] == number), None)
        if found is None:
            return fault(400, "Campaign not found")
        if method == "PUT":
            if found["status"] not in ("draft", "paused", "scheduled"):
                return fault(400, "Cannot update a running or a finished campaign.")
            if (wrong := self.fill(found, asked)) is not None:
                return wrong
        return said(200, {"data": found})

    def start(self, number: int, status: str) -> Said:
        found = next((each for each in self.campaigns if each["id"] == number), None)
        if found is None:
            return fault(400, "Campaign not found")
        if status != "running" or found["status"] not in ("draft", "paused"):
            return fault(400, "Only paused campaigns and drafts can be started")
        found["status"] = status
        self.started.append(dict(found))
        return said(200, {"data": found})


def rendered(template: str) -> str:
    """What Go makes of a template of ours, whose strings are JSON's as well; nothing may stand outside of actions."""
    # listmonk does this to everything before Go sees it.
    assert not re.search(r"https?://\S*@TrackLink|\{\{\s*Track", template)
    made, rest = [], template
    while rest:
        action, end, rest = rest.partition(" }}")
        assert (action[:3], end) == ("{{ ", " }}")
        match action[3:].partition(" "):
            case ("Safe", _, quoted) if quoted.startswith('"'):
                made.append(json.loads(quoted))
            case ("UnsubscribeURL", "", ""):
                made.append(OURS[Place.UNSUBSCRIBE])
            case ("ManageURL", "", ""):
                made.append(OURS[Place.PREFERENCES])
            case other:
                raise AssertionError(other)
    return "".join(made)
