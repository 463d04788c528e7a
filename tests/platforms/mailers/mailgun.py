from __future__ import annotations

import base64
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot.model.secret import Secret
from bot.platforms.mailgun import Mailgun
from tests.http.server import Request, Said
from tests.platforms.mailers import MailCase
from tests.platforms.services import said

TOKEN = "key-0123456789abcdef0123456789abcdef"  # noqa: S105
DOMAIN = "mail.example.org"


@dataclass
class Service:
    """Mailgun: a form for each mail, no keys, events that may come late, 200 on paths that it does not know.

    `shows` is False while events have not come, `refuses` what it says to every mail, with a status.
    """

    mails: list[dict[str, Any]] = field(default_factory=list)
    barred: set[str] = field(default_factory=set)
    shows: bool = True
    refuses: tuple[int, str] | None = None
    state: str = "active"
    footer: bool = False

    def __call__(self, request: Request) -> Said:
        credentials = base64.b64encode(f"api:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {credentials}":
            return Said(401, b"Forbidden")
        parts = urlsplit(request.path)
        match request.method, parts.path:
            case "POST", path if path == f"/v3/{DOMAIN}/messages":
                return self._take(form_of(request))
            case "GET", path if path == f"/v3/{DOMAIN}/events":
                return self._events({name: values[0] for name, values in parse_qs(parts.query).items()})
            case "GET", path if path == f"/v4/domains/{DOMAIN}":
                return said(200, {"domain": {"name": DOMAIN, "state": self.state}})
            case "GET", path if path == f"/v3/domains/{DOMAIN}/tracking":
                return said(200, {"tracking": {"unsubscribe": {"active": self.footer}}})
            case _, path if path.startswith("/v3/"):
                return said(404, {"message": "Domain not found: elsewhere.example.org"})
            case _:
                return Said(200, b"Mailgun Magnificent API")

    def _take(self, asked: list[tuple[str, str]]) -> Said:
        if self.refuses:
            return said(self.refuses[0], {"message": self.refuses[1]})
        values = dict(asked)
        if len(values) < len(asked) or "," in values["to"]:
            return said(400, {"message": "the test takes one reader and each field once"})
        if values["to"] in self.barred:
            return said(400, {"message": "to parameter is not a valid address. please check documentation"})
        options = sum(len(name) + len(value) for name, value in asked if name[:2] in ("o:", "h:", "v:", "t:"))
        if options > 16_384:
            return said(
                400, {"message": "Send options (parameters starting with o:, h:, or v:) are limited to 16KB total"}
            )
        number = f"20261126090001.1.{len(self.mails):016}@{DOMAIN}"
        self.mails.append({**values, "id": number})
        return said(200, {"id": f"<{number}>", "message": "Queued. Thank you."})

    def _events(self, query: dict[str, str]) -> Said:
        there = [each for each in self.mails if each["to"].casefold() == query["recipient"]] if self.shows else []
        items = [
            {
                "event": "accepted",
                "id": f"event-{number}",
                "timestamp": 1795683601.1 + number,
                "recipient": each["to"].casefold(),
                "message": {"headers": {"message-id": each["id"], "to": each["to"]}},
                "user-variables": {name[2:]: value for name, value in each.items() if name.startswith("v:")},
                "tags": [],
            }
            for number, each in enumerate(there)
        ]
        return said(200, {"items": items[: int(query["limit"])], "paging": {}})


def form_of(request: Request) -> list[tuple[str, str]]:
    """The fields of a form, in order; what its header says of it has to be right."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    parts = message_from_bytes(head + request.body, policy=HTTP)
    return [
        (str(part.get_param("name", header="content-disposition")), part.get_payload(decode=True).decode())
        for part in parts.iter_parts()
    ]


CASES = {
    "mailgun": MailCase(
        service=Service,
        platform=lambda url: Mailgun(domain=DOMAIN, token=Secret("MAILGUN_TOKEN", TOKEN), server=url),
        path="/messages",
        arrived=lambda service: [each["to"] for each in service.mails],
        turns_away=lambda service, address: service.barred.add(address),
        secrets=(TOKEN, base64.b64encode(f"api:{TOKEN}".encode()).decode()),
    )
}
