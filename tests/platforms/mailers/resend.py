from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot.model.secret import Secret
from bot.platforms.resend import Resend
from tests.http.server import Request, Said
from tests.platforms.mailers import MailCase
from tests.platforms.services import said

TOKEN = "re_tokenofresend_123456"  # noqa: S105


@dataclass
class Service:
    """Resend: batches all or nothing, keys remembered with their bytes, a list of what was sent, newest first."""

    mails: list[dict[str, Any]] = field(default_factory=list)
    keys: dict[str, tuple[bytes, Said]] = field(default_factory=dict)
    barred: set[str] = field(default_factory=set)

    def __call__(self, request: Request) -> Said:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return said(401, {"statusCode": 401, "name": "missing_api_key", "message": "Missing API key"})
        parts = urlsplit(request.path)
        match request.method, parts.path:
            case "POST", "/emails/batch":
                return self._take(request)
            case "GET", "/emails":
                return self._list(parse_qs(parts.query))
            case "GET", "/domains":
                return said(200, {"data": [{"id": "d1", "name": "example.org", "status": "verified"}]})
            case _:
                return said(404, {"statusCode": 404, "name": "not_found", "message": "No such endpoint"})

    def _take(self, request: Request) -> Said:
        key = request.headers.get("idempotency-key", "")
        if key in self.keys:
            body, answer = self.keys[key]
            conflict = {"statusCode": 409, "name": "invalid_idempotent_request", "message": "Same key, other payload"}
            return answer if body == request.body else said(409, conflict)
        batch = json.loads(request.body)
        if not 0 < len(batch) <= 100 or any(set(each["to"]) & self.barred for each in batch):
            return said(422, {"statusCode": 422, "name": "validation_error", "message": "Invalid `to` field"})
        made = []
        for each in batch:
            number = f"mail-{len(self.mails)}"
            self.mails.append({"id": number, "created_at": datetime.now(UTC).isoformat(sep=" "), **each})
            made.append({"id": number})
        answer = said(200, {"data": made})
        if key:
            self.keys[key] = (request.body, answer)
        return answer

    def _list(self, query: dict[str, list[str]]) -> Said:
        newest = self.mails[::-1]
        if after := query.get("after"):
            newest = newest[[each["id"] for each in newest].index(after[0]) + 1 :]
        page = newest[: int(query.get("limit", ["20"])[0])]
        shown = [{name: each[name] for name in ("id", "to", "from", "subject", "created_at")} for each in page]
        return said(200, {"object": "list", "has_more": len(page) < len(newest), "data": shown})


CASES = {
    "resend": MailCase(
        service=Service,
        platform=lambda url: Resend(token=Secret("RESEND_TOKEN", TOKEN), server=url),
        path="/emails/batch",
        arrived=lambda service: [each["to"][0] for each in service.mails],
        turns_away=lambda service, address: service.barred.add(address),
        secrets=(TOKEN,),
    )
}
