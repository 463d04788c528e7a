"""Kit as its API shows it, small: broadcasts and their states, lists that show what is new only after a while."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.http.server import Request, Said
from tests.platforms.services import AT, said

KEY = "kit_3f9a1c7e5b2d4860a1b2c3d4e5f60718"
SENDER = "desk@example.org"


def fault(status: int, *errors: str) -> Said:
    return said(status, {"errors": list(errors)})


@dataclass
class Creator:
    """`hides` is how many lists leave out the newest broadcast, `page` how many stand on a page.

    With `public_only` a broadcast that is not public gets no time, as one sentence of Kit's description says.
    """

    hides: int = 0
    page: int = 2
    public_only: bool = False
    senders: tuple[str, ...] = (SENDER,)
    broadcasts: list[dict[str, Any]] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, request: Request) -> Said:
        if request.headers.get("x-kit-api-key") != KEY:
            return fault(401, "The access token is invalid")
        parts = urlsplit(request.path)
        asked = parse_qs(parts.query)
        match (request.method, parts.path.split("/")[2:]):
            case ("GET", ["account"]):
                return said(200, {"user": {"email": SENDER}, "account": self.account()})
            case ("GET", ["subscribers"]):
                total = 1_204 if asked["status"] == ["active"] else 2_000
                return said(200, {"subscribers": [], "pagination": {"has_next_page": True, "total_count": total}})
            case ("GET", ["email_templates"]):
                templates = [
                    {"id": 35, "name": "Bare", "is_default": False, "category": "Starting point"},
                    {"id": 6, "name": "Text Only", "is_default": True, "category": "HTML"},
                ]
                return said(200, {"email_templates": templates, "pagination": {"has_next_page": False}})
            case ("GET", ["broadcasts"]):
                return self.listed(asked)
            case ("POST", ["broadcasts"]):
                return self.create(json.loads(request.body))
            case ("GET", ["broadcasts", number]):
                return self.one(number)
            case ("PUT", ["broadcasts", number]):
                return self.update(number, json.loads(request.body))
        return fault(404, "Not Found")

    def account(self) -> dict[str, Any]:
        addresses = [{"email_address": each, "from_name": "Desk", "is_verified": True} for each in self.senders]
        return {"id": 27, "name": "The Desk", "plan_type": "creator", "sending_addresses": addresses}

    def listed(self, asked: Mapping[str, list[str]]) -> Said:
        found = [{name: value for name, value in each.items() if name != "content"} for each in self.broadcasts]
        found.reverse()
        if self.hides and found:
            self.hides -= 1
            found = found[1:]
        begin = int(asked.get("after", ["0"])[0])
        more = begin + self.page < len(found)
        pagination = {"has_next_page": more, "end_cursor": str(begin + self.page), "per_page": self.page}
        return said(200, {"broadcasts": found[begin : begin + self.page], "pagination": pagination})

    def create(self, asked: dict[str, Any]) -> Said:
        if (wrong := self.unfit(asked)) is not None:
            return wrong
        number = len(self.broadcasts) + 91
        made = {
            **asked,
            "id": number,
            "publication_id": number + 1_000,
            "created_at": "2026-08-20T10:01:00Z",
            "status": "scheduled" if asked.get("send_at") else "draft",
            "public_url": "https://desk.kit.com/posts/deadlines",
        }
        self.broadcasts.append(made)
        return said(201, {"broadcast": made})

    def unfit(self, asked: Mapping[str, Any]) -> Said | None:
        if asked["email_address"] not in self.senders:
            return fault(422, "Email address is not a confirmed address")
        if asked["email_template_id"] not in (35, 6):
            return fault(422, "Email template not found")
        return None

    def one(self, number: str) -> Said:
        found = next((each for each in self.broadcasts if str(each["id"]) == number), None)
        return fault(404, "Not Found") if found is None else said(200, {"broadcast": found})

    def update(self, number: str, asked: dict[str, Any]) -> Said:
        found = next((each for each in self.broadcasts if str(each["id"]) == number), None)
        if found is None:
            return fault(404, "Not Found")
        if found["status"] not in ("draft", "scheduled"):
            return fault(422, "The campaign has already started sending")
        if (wrong := self.unfit(asked)) is not None:
            return wrong
        found.update(asked)
        if self.public_only and not found["public"]:
            found["send_at"] = None
        if found["send_at"]:
            assert datetime.fromisoformat(found["send_at"]) > AT
            found["status"] = "scheduled"
            self.sent.append(dict(found))
        return said(200, {"broadcast": found})
