from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot.model.secret import Secret
from bot.platforms.brevo import Brevo
from tests.http.server import Request, Said
from tests.platforms.mailers import MailCase
from tests.platforms.services import said

TOKEN = "xkeysib-tokenofbrevo-123456"  # noqa: S105
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def rendered(template: str) -> str:
    """What Brevo's template language makes of a text in which no variable has a value."""
    return re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", "", template, flags=re.DOTALL)


@dataclass
class Service:
    """Brevo: versions all or nothing, a key known for a while whose repetition is refused, a log, newest first."""

    mails: list[dict[str, Any]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    barred: set[str] = field(default_factory=set)

    def __call__(self, request: Request) -> Said:
        if request.headers.get("api-key") != TOKEN:
            return said(401, {"code": "unauthorized", "message": "Key not found"})
        parts = urlsplit(request.path)
        match request.method, parts.path:
            case "POST", "/v3/smtp/email":
                return self._take(json.loads(request.body))
            case "GET", "/v3/smtp/statistics/events":
                return self._list(parse_qs(parts.query))
            case "GET", "/v3/senders/domains":
                return said(200, {"domains": [{"id": "1", "domain_name": "example.org", "authenticated": True}]})
            case _:
                return said(404, {"code": "document_not_found", "message": "No such endpoint"})

    def _take(self, message: dict[str, Any]) -> Said:
        key = message.get("headers", {}).get("idempotencyKey", "")
        if key and not UUID.fullmatch(key):
            return said(400, {"code": "invalid_parameter", "message": "idempotencyKey is no UUID"})
        if key in self.keys:
            return said(400, {"code": "duplicate_parameter", "message": "This idempotencyKey was processed"})
        versions = message.get("messageVersions", [])
        if not 0 < len(versions) <= 1000 or "htmlContent" not in message:
            return said(400, {"code": "invalid_parameter", "message": "htmlContent is missing"})
        if any(to["email"] in self.barred for each in versions for to in each["to"]):
            return said(400, {"code": "invalid_parameter", "message": "email is not valid in to"})
        if key:
            self.keys.add(key)
        made = []
        for each in versions:
            number = f"<{len(self.mails)}.20261126@smtp-relay.mailin.fr>"
            own = {name: rendered(each.get(name, message[name])) for name in ("subject", "htmlContent", "textContent")}
            taken = {"to": each["to"], "headers": {**message["headers"], **each.get("headers", {})}, **own}
            self.mails.append({"messageId": number, "at": datetime.now(UTC), "tags": message.get("tags", []), **taken})
            made.append(number)
        return said(201, {"messageIds": made})

    def _list(self, query: dict[str, list[str]]) -> Said:
        offset, limit = (int(query.get(name, [other])[0]) for name, other in (("offset", "0"), ("limit", "2500")))
        events = [
            {
                "email": each["to"][0]["email"],
                "date": each["at"].isoformat(timespec="milliseconds"),
                "subject": each["subject"],
                "messageId": each["messageId"],
                "event": "requests",
                "tag": json.dumps(each["tags"]),
            }
            for each in self.mails[::-1][offset : offset + limit]
        ]
        return said(200, {"events": events} if events else {})


CASES = {
    "brevo": MailCase(
        service=Service,
        platform=lambda url: Brevo(token=Secret("BREVO_KEY", TOKEN), server=url),
        path="/v3/smtp/email",
        arrived=lambda service: [each["to"][0]["email"] for each in service.mails],
        turns_away=lambda service, address: service.barred.add(address),
        secrets=(TOKEN,),
    )
}
