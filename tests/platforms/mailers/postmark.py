from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot.model.secret import Secret
from bot.platforms.postmark import Postmark
from tests.http.server import Request, Said
from tests.platforms.mailers import MailCase
from tests.platforms.services import said

TOKEN = "3f1c8f5e-0000-4000-8000-tokenofserver"  # noqa: S105
STREAM = {
    "ID": "broadcast",
    "MessageStreamType": "Broadcasts",
    "ArchivedAt": None,
    "SubscriptionManagementConfiguration": {"UnsubscribeHandlingType": "Postmark"},
}


@dataclass
class Service:
    """Postmark: an answer for each mail of a batch, no keys, a search by metadata. `answers` give other error codes.

    `listed` is False while what was taken does not show yet, and `filters` is False for a search that ignores metadata.
    """

    mails: list[dict[str, Any]] = field(default_factory=list)
    inactive: set[str] = field(default_factory=set)
    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    stream: dict[str, Any] = field(default_factory=lambda: dict(STREAM))
    listed: bool = True
    filters: bool = True

    def __call__(self, request: Request) -> Said:
        if request.headers.get("x-postmark-server-token") != TOKEN:
            return said(401, {"ErrorCode": 10, "Message": "No Account or Server API tokens were supplied."})
        parts = urlsplit(request.path)
        match request.method, parts.path:
            case "POST", "/email/batch":
                return self._take(json.loads(request.body))
            case "GET", "/messages/outbound":
                return self._list({name: values[0] for name, values in parse_qs(parts.query).items()})
            case "GET", path if path == f"/message-streams/{self.stream['ID']}":
                return said(200, self.stream)
            case _:
                return said(404, {"ErrorCode": 404, "Message": "The requested resource does not exist."})

    def _take(self, batch: Any) -> Said:
        if not isinstance(batch, list) or not batch:
            return said(422, {"ErrorCode": 402, "Message": "Received invalid JSON input."})
        if len(batch) > 500:
            return said(422, {"ErrorCode": 410, "Message": "At most 500 messages in a batch."})
        return said(200, [self._one(each) for each in batch])

    def _one(self, mail: dict[str, Any]) -> dict[str, Any]:
        to = mail["To"]
        if to in self.answers:
            code, message = self.answers[to]
            return {"ErrorCode": code, "Message": message}
        if to.casefold() in self.inactive:
            message = f"You tried to send to recipient(s) that have been marked as inactive. Found: {to.casefold()}."
            return {"ErrorCode": 406, "Message": message}
        if any(len(name) > 20 or len(value) > 80 for name, value in mail["Metadata"].items()):
            return {"ErrorCode": 300, "Message": "Invalid metadata."}
        number = f"0a129aee-e1cd-480d-b08d-{len(self.mails):012}"
        self.mails.append({"MessageID": number, **mail})
        return {
            "To": to,
            "SubmittedAt": "2026-11-26T09:00:01-05:00",
            "MessageID": number,
            "ErrorCode": 0,
            "Message": "OK",
        }

    def _list(self, query: dict[str, str]) -> Said:
        count, offset = int(query["count"]), int(query["offset"])
        if count > 500 or count + offset > 10_000:
            return said(422, {"ErrorCode": 700, "Message": "Count and offset are too large."})
        asked = {name.removeprefix("metadata_"): value for name, value in query.items() if name.startswith("metadata_")}
        there = [
            each
            for each in reversed(self.mails)
            if each["MessageStream"] == query.get("messagestream", "outbound")
            and (not self.filters or all(each["Metadata"].get(name) == value for name, value in asked.items()))
        ]
        shown = [self._shown(each) for each in there] if self.listed else []
        return said(200, {"TotalCount": len(shown), "Messages": shown[offset : offset + count]})

    def _shown(self, mail: dict[str, Any]) -> dict[str, Any]:
        kept = {name: mail[name] for name in ("MessageID", "From", "Subject", "MessageStream", "Metadata")}
        return {**kept, "To": [{"Email": mail["To"], "Name": None}], "Recipients": [mail["To"]], "Status": "Queued"}


CASES = {
    "postmark": MailCase(
        service=Service,
        platform=lambda url: Postmark(token=Secret("POSTMARK_TOKEN", TOKEN), server=url),
        path="/email/batch",
        arrived=lambda service: [each["To"] for each in service.mails],
        turns_away=lambda service, address: service.inactive.add(address),
        secrets=(TOKEN,),
    )
}
