"""Buttondown as its API shows it, small: drafts, their states, its list of emails and its two shapes of error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.http.server import Request, Said
from tests.platforms.services import AT, said

TOKEN = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"  # noqa: S105
NEWSLETTER = "a1b2c3d4-5678-90ab-cdef-1234567890ab"
_FIELDS = {
    "subject",
    "body",
    "description",
    "slug",
    "template",
    "archival_mode",
    "metadata",
    "filters",
    "status",
    "publish_date",
}


def fault(status: int, code: str, detail: str) -> Said:
    return said(status, {"code": code, "detail": detail, "metadata": {}})


@dataclass
class Buttonhole:
    """`page` is how many emails stand on one page. `asks` of a key's first mail that it be confirmed."""

    page: int = 2
    asks: bool = True
    at: datetime = AT + timedelta(minutes=1)
    emails: list[dict[str, Any]] = field(default_factory=list)
    features: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)

    def __call__(self, request: Request) -> Said:
        if request.headers.get("authorization") != f"Token {TOKEN}":
            return fault(401, "authentication_invalid", "Invalid token.")
        if request.headers.get("buttondown-context", NEWSLETTER) != NEWSLETTER:
            return fault(401, "authentication_invalid", "No such newsletter.")
        parts = urlsplit(request.path)
        asked = parse_qs(parts.query)
        match (request.method, parts.path.split("/")[2:]):
            case ("POST", ["emails"]):
                return self.create(json.loads(request.body))
            case ("GET", ["emails"]):
                return self.listed(asked)
            case ("GET", ["emails", number]):
                return self.one(number)
            case ("POST", ["emails", number, "publish"]):
                return self.publish(number, json.loads(request.body), request.headers)
            case ("GET", ["newsletters"]):
                return said(200, {"results": [self.newsletter()], "next": None, "count": 1})
            case ("GET", ["subscribers"]):
                return said(200, {"results": [], "next": None, "count": 1_204 if "regular" in asked["type"] else 0})
        return fault(404, "not_found", "Not found.")

    def newsletter(self) -> dict[str, Any]:
        return {
            "id": NEWSLETTER,
            "name": "The Desk",
            "username": "desk",
            "api_key": TOKEN,
            "from_name": "Desk",
            "email_address": "desk@example.org",
            "enabled_features": self.features,
            "sending_domain_status": "valid",
        }

    def create(self, asked: dict[str, Any]) -> Said:
        if (wrong := _unknown(asked)) is not None:
            return wrong
        if any(each["slug"] == asked["slug"] for each in self.emails):
            return fault(400, "slug_invalid", "This slug is already in use.")
        if asked.get("status", "about_to_send") != "draft":
            return fault(400, "sending_requires_confirmation", "Confirm that this key may send.")
        number = f"em_{len(self.emails):026d}"
        made = {
            **asked,
            "id": number,
            "creation_date": self.at.isoformat(),
            "absolute_url": f"https://buttondown.com/desk/archive/{asked['slug']}/",
        }
        self.emails.append(made)
        return said(201, made)

    def listed(self, asked: Mapping[str, list[str]]) -> Said:
        since = datetime.fromisoformat(asked["creation_date__start"][0]).date()
        assert asked["ordering"] == ["-creation_date"]
        found = [e for e in reversed(self.emails) if datetime.fromisoformat(e["creation_date"]).date() >= since]
        found = [{name: value for name, value in each.items() if name != "body"} for each in found]
        begin = (int(asked["page"][0]) - 1) * self.page
        more = begin + self.page < len(found)
        results = found[begin : begin + self.page]
        return said(200, {"results": results, "next": "https://…" if more else None, "count": len(found)})

    def one(self, number: str) -> Said:
        found = next((each for each in self.emails if each["id"] == number), None)
        return fault(404, "not_found", "Not found.") if found is None else said(200, found)

    def publish(self, number: str, asked: dict[str, Any], headers: Mapping[str, str]) -> Said:
        found = next((each for each in self.emails if each["id"] == number), None)
        if found is None:
            return fault(404, "not_found", "Not found.")
        if (wrong := _unknown(asked)) is not None:
            return wrong
        if self.asks and headers.get("x-buttondown-live-dangerously") != "true":
            return fault(400, "sending_requires_confirmation", "Confirm that this key may send.")
        if "{{ unsubscribe_url }}" not in found["body"]:
            return fault(400, "body_invalid", "There is no way to unsubscribe.")
        found.update(asked, status="about_to_send")
        self.sent.append(found["body"])
        return said(200, found)


def _unknown(asked: Mapping[str, Any]) -> Said | None:
    wrong = [name for name in asked if name not in _FIELDS]
    faults = [
        {"type": "extra_forbidden", "loc": ["body", name], "msg": "Extra inputs are not permitted"} for name in wrong
    ]
    return said(422, {"detail": faults}) if wrong else None
