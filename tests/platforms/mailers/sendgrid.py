from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from bot.model.secret import Secret
from bot.platforms.sendgrid import SendGrid
from tests.http.server import Request, Said
from tests.platforms.mailers import MailCase
from tests.platforms.services import said

TOKEN = "SG.tokenofsendgrid_0123.4567890abcdef"  # noqa: S105


@dataclass
class Service:
    """SendGrid: all or nothing, no keys, 202 without a body, places filled by plain replacement, logs by category.

    `listed` is False while what was taken does not show in the logs yet; `open` is False where the key may not read
    them.
    """

    mails: list[dict[str, Any]] = field(default_factory=list)
    barred: set[str] = field(default_factory=set)
    requests: int = 0
    listed: bool = True
    open: bool = True

    def __call__(self, request: Request) -> Said:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return no(401, "The provided authorization grant is invalid, expired, or revoked")
        match request.method, request.path:
            case "POST", "/v3/mail/send":
                return self._take(json.loads(request.body))
            case "POST", "/v3/logs":
                return self._logs(json.loads(request.body)) if self.open else no(403, "access forbidden")
            case "GET", "/v3/scopes":
                return said(200, {"scopes": ["mail.send", "user.account.read"]})
            case _:
                return no(404, "not found")

    def _take(self, asked: dict[str, Any]) -> Said:
        readers = asked["personalizations"]
        addresses = [to["email"].casefold() for each in readers for to in each["to"]]
        if not 0 < len(readers) <= 1000 or len(set(addresses)) < len(addresses):
            return no(400, "Each unique email address in the personalizations array should only be included once.")
        if set(addresses) & self.barred:
            return no(400, "Does not contain a valid address.", field="personalizations.0.to.0.email")
        if [each["type"] for each in asked["content"]] != ["text/plain", "text/html"]:
            return no(400, "If present, text/plain and text/html must be in that order.", field="content")
        if any(len(json.dumps(each["substitutions"])) > 10_000 for each in readers):
            return no(400, "Substitutions may not exceed 10000 bytes.")
        if asked.get("mail_settings", {}).get("sandbox_mode", {}).get("enable"):
            return Said(200)
        self.requests += 1
        taken = f"LRzXl_NHStOGhQ4kofSm_{self.requests}"
        for number, each in enumerate(readers):
            self.mails.append(self._one(asked, each) | {"sg_message_id": f"{taken}.filter0001p1mdw1.{number}.0"})
        return Said(202, b"", {"X-Message-Id": taken})

    def _one(self, asked: dict[str, Any], reader: dict[str, Any]) -> dict[str, Any]:
        plain, html = (each["value"] for each in asked["content"])
        subject = asked["subject"]
        for tag, value in reader["substitutions"].items():
            plain, html, subject = (part.replace(tag, value) for part in (plain, html, subject))
        return {
            "to": [each["email"] for each in reader["to"]],
            "subject": subject,
            "text": plain,
            "html": html,
            "headers": reader["headers"],
            "custom_args": reader["custom_args"],
            "categories": asked["categories"],
        }

    def _logs(self, asked: dict[str, Any]) -> Said:
        query = re.fullmatch(r"categories IN \('([\w-]+)'\)", asked["query"])
        if query is None or not 1 <= asked["limit"] <= 1000:
            return no(400, "invalid query")
        found = [each for each in self.mails if query[1] in each["categories"]] if self.listed else []
        shown = [
            {
                "from_email": "weekly@example.org",
                "sg_message_id": each["sg_message_id"],
                "subject": each["subject"],
                "to_email": each["to"][0],
                "status": "processed",
                "sg_message_id_created_at": "2026-11-26T09:00:01Z",
            }
            for each in found
        ]
        return said(200, {"messages": shown[: asked["limit"]]})


def no(status: int, message: str, *, field: str | None = None) -> Said:
    return said(status, {"errors": [{"message": message, "field": field, "help": None}]})


CASES = {
    "sendgrid": MailCase(
        service=Service,
        platform=lambda url: SendGrid(token=Secret("SENDGRID_TOKEN", TOKEN), server=url),
        path="/v3/mail/send",
        arrived=lambda service: [each["to"][0] for each in service.mails],
        turns_away=lambda service, address: service.barred.add(address),
        secrets=(TOKEN,),
    )
}
