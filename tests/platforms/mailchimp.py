"""Mailchimp as it looks from outside, small: campaigns, their content, and what it wants before it sends one."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.http.server import Request, Said
from tests.platforms.services import AT, said

KEY = "0123456789abcdef0123456789abcdef-us6"
AUDIENCE = "a1b2c3d4e5"


def problem(status: int, title: str, detail: str, **more: Any) -> Said:
    """A refusal as RFC 7807 has it and Mailchimp too."""
    kind = "https://mailchimp.com/developer/marketing/docs/errors/"
    return said(status, {"type": kind, "title": title, "status": status, "detail": detail, "instance": "i-1", **more})


@dataclass
class Campaigns:
    """One account with one audience. `at` is its clock; `readers` and `domains` are what a check is told."""

    at: datetime = AT + timedelta(minutes=1)
    readers: int = 1234
    domains: list[dict[str, Any]] = field(
        default_factory=lambda: [{"domain": "example.org", "verified": True, "authenticated": True}]
    )
    campaigns: dict[str, dict[str, Any]] = field(default_factory=dict)
    content: dict[str, dict[str, str]] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)

    def __call__(self, request: Request) -> Said:
        held = request.headers.get("authorization", "").removeprefix("Basic ")
        if base64.b64decode(held).decode().partition(":")[2] != KEY:
            return problem(401, "API Key Invalid", "Your API key may be invalid, or you've attempted the wrong server.")
        parts = urlsplit(request.path)
        asked = {name: each[0] for name, each in parse_qs(parts.query).items()}
        told = json.loads(request.body) if request.body else {}
        match (request.method, *parts.path.removeprefix("/3.0/").split("/")):
            case ("GET", "lists", number) if number == AUDIENCE:
                return said(200, {"id": AUDIENCE, "name": "Readers", "stats": {"member_count": self.readers}})
            case ("GET", "verified-domains"):
                return said(200, {"domains": self.domains, "total_items": len(self.domains)})
            case ("POST", "campaigns"):
                return self.make(told)
            case ("GET", "campaigns"):
                return self.listed(asked)
            case (method, "campaigns", number, *rest) if number in self.campaigns:
                return self.one(method, self.campaigns[number], rest, told)
        return problem(404, "Resource Not Found", "The requested resource could not be found.")

    def make(self, told: dict[str, Any]) -> Said:
        if told.get("type") not in ("regular", "plaintext") or told["recipients"]["list_id"] != AUDIENCE:
            faults = [{"field": "recipients.list_id", "message": "There is no such list"}]
            return problem(400, "Invalid Resource", "The resource submitted could not be validated.", errors=faults)
        number = f"c{len(self.campaigns):09}"
        self.campaigns[number] = {
            **told,
            "id": number,
            "status": "save",
            "create_time": self.at.isoformat(),
            "archive_url": f"http://eepurl.example/{number}",
            "long_archive_url": f"https://us6.campaign-archive.example/?id={number}",
        }
        return said(200, self.campaigns[number])

    def listed(self, asked: dict[str, str]) -> Said:
        since = datetime.fromisoformat(asked["since_create_time"])
        found = [
            each
            for each in self.campaigns.values()
            if each["recipients"]["list_id"] == asked["list_id"] and datetime.fromisoformat(each["create_time"]) > since
        ]
        return said(200, {"campaigns": found[: int(asked.get("count", "10"))], "total_items": len(found)})

    def one(self, method: str, campaign: dict[str, Any], rest: list[str], told: dict[str, Any]) -> Said:
        number, is_draft = campaign["id"], campaign["status"] == "save"
        match (method, *rest):
            case ("GET",):
                if campaign["status"] == "sending":
                    campaign["status"] = "sent"
                    return said(200, {**campaign, "status": "sending"})
                return said(200, campaign)
            case ("PATCH",) if is_draft:
                campaign.update(told)
                return said(200, campaign)
            case ("PUT", "content") if is_draft:
                self.content[number] = told
                return said(200, told)
            case ("GET", "send-checklist"):
                return said(200, {"is_ready": not self.faults(campaign), "items": self.faults(campaign)})
            case ("POST", "actions", "send"):
                if not is_draft or self.faults(campaign):
                    return problem(400, "Bad Request", "Your Campaign is not ready to send.")
                campaign["status"] = "sending"
                self.sent.append(number)
                return Said(204)
        return problem(405, "Method Not Allowed", "The requested method and resource are not compatible.")

    def faults(self, campaign: dict[str, Any]) -> list[dict[str, str]]:
        wrong = []
        if not self.content.get(campaign["id"], {}).get("html"):
            wrong.append({"type": "error", "heading": "Content", "details": "Your campaign has no content."})
        if campaign["settings"]["reply_to"].rpartition("@")[2] not in [each["domain"] for each in self.domains]:
            wrong.append({"type": "error", "heading": "From", "details": "Your From email domain is not verified."})
        return wrong

    def texts(self) -> list[str]:
        return [self.content[each]["plain_text"] for each in self.sent]
