"""A homeserver as one account sees it, small: one room, its messages, and the transactions of one device."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.http.server import Request, Said
from tests.platforms.services import AT, said

HOST, ROOM, ME = "example.org", "!wfGQjsXAbc_-1:example.org", "@desk:example.org"
TOKEN = "syt_ZGVzaw_kYyTvBqLmXnRpQwEsZxC_0a1B2c"  # noqa: S105
BASE = f"/_matrix/client/v3/rooms/{ROOM}"


def fault(status: int, errcode: str, error: str, **more: object) -> Said:
    return said(status, {"errcode": errcode, "error": error, **more})


@dataclass
class Homeserver:
    """`forgets` says that it has forgotten every transaction; `hides` how often a list leaves out what is newest.

    `joined` is False where the account was never in the room, `left` True where it is no more: such a one is still told
    how the room was then. `state` is what the room says of itself, by type.
    """

    forgets: bool = False
    hides: int = 0
    joined: bool = True
    left: bool = False
    state: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    transactions: dict[str, str] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def __call__(self, request: Request) -> Said:
        parts = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        # Each part by itself: an event's number may hold what a path is made of.
        path = [unquote(each) for each in parts.path.strip("/").split("/")]
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return fault(401, "M_UNKNOWN_TOKEN", "Invalid access token passed.", soft_logout=False)
        match (request.method, path):
            case ("GET", ["_matrix", "client", "v3", "account", "whoami"]):
                return said(200, {"user_id": ME, "device_id": "DESK", "is_guest": False})
            case ("POST", ["_matrix", "media", "v3", "upload"]):
                number = f"mxc://{HOST}/file{len(self.files)}"
                self.files[number] = (request.headers["content-type"], request.body)
                return said(200, {"content_uri": number})
            case (_, ["_matrix", "client", _, "rooms", room, *_]) if room != ROOM or not self.joined:
                return fault(403, "M_FORBIDDEN", f"User {ME} not in room {room}")
            case ("GET", ["_matrix", "client", "v3", "rooms", _, "state", "m.room.member", member]):
                return said(200, {"membership": "leave" if self.left else "join"}) if member == ME else self.told("")
            case ("GET", ["_matrix", "client", "v3", "rooms", _, "state", kind]):
                return self.told(kind)
            case ("PUT", ["_matrix", "client", "v3", "rooms", _, "send", "m.room.message", transaction]):
                if self.left:
                    return fault(403, "M_FORBIDDEN", f"User {ME} not in room {ROOM}")
                return self.send("m.room.message", json.loads(request.body), f"send/{transaction}")
            case ("PUT", ["_matrix", "client", "v3", "rooms", _, "redact", number, transaction]):
                return self.redact(number, f"redact/{number}/{transaction}")
            case ("GET", ["_matrix", "client", "v3", "rooms", _, "messages"]):
                return self.listed(query)
            case ("GET", ["_matrix", "client", "v3", "rooms", _, "event", number]):
                found = self.event(number)
                return fault(404, "M_NOT_FOUND", "Event not found.") if found is None else said(200, found)
            case ("GET", ["_matrix", "client", "v1", "rooms", _, "relations", number, kind]):
                return said(200, {"chunk": self.changes(kind, number)})
        return fault(404, "M_UNRECOGNIZED", "Unrecognized request")

    def told(self, kind: str) -> Said:
        return said(200, self.state[kind]) if kind in self.state else fault(404, "M_NOT_FOUND", "Event not found.")

    def event(self, number: str) -> dict[str, Any] | None:
        return next((each for each in self.events if each["event_id"] == number), None)

    def changes(self, kind: str, number: str) -> list[dict[str, Any]]:
        """What relates to a message; nothing is said of one that was taken away, as Synapse does."""
        gone = not (self.event(number) or {}).get("content")
        return [] if gone else [each for each in self.events if relates(each) == (kind, number)]

    def send(self, kind: str, content: dict[str, Any], transaction: str, *, sender: str = ME) -> Said:
        if transaction in self.transactions and not self.forgets:
            return said(200, {"event_id": self.transactions[transaction]})
        event = {
            "event_id": f"$abc_-{len(self.events)}",
            "type": kind,
            "room_id": ROOM,
            "sender": sender,
            "origin_server_ts": int((AT + timedelta(minutes=1)).timestamp() * 1_000) + len(self.events),
            "content": content,
            "unsigned": {"transaction_id": transaction.partition("/")[2]} if sender == ME and not self.forgets else {},
        }
        if len(json.dumps(event)) > 65_536:
            return fault(413, "M_TOO_LARGE", "event too large")
        if not isinstance(content.get("body"), str) or not isinstance(content.get("msgtype"), str):
            return fault(400, "M_BAD_JSON", "'body' or 'msgtype' not in content")
        relation = content.get("m.relates_to", {})
        if relation.get("rel_type") == "m.thread" and relates(self.event(relation["event_id"]) or {}) != ("", ""):
            return fault(400, "M_UNKNOWN", "Cannot start threads from an event with a relation")
        self.events.append(event)
        self.transactions[transaction] = event["event_id"]
        return said(200, {"event_id": event["event_id"]})

    def redact(self, number: str, transaction: str) -> Said:
        if (found := self.event(number)) is not None:
            found["content"] = {}
            found["unsigned"] |= {"redacted_because": {"type": "m.room.redaction", "sender": ME}}
        return said(200, {"event_id": f"$redaction-{transaction}"})

    def listed(self, query: dict[str, str]) -> Said:
        wanted = json.loads(query["filter"])
        assert query["dir"] == "b"
        found = [
            each for each in self.events if each["sender"] in wanted["senders"] and each["type"] in wanted["types"]
        ]
        if self.hides and found:
            self.hides -= 1
            found = found[:-1]
        found = list(reversed(found))
        at, size = int(query.get("from", "t0")[1:]), int(query["limit"])
        page = {"start": f"t{at}", "chunk": found[at : at + size], "state": []}
        return said(200, page | ({"end": f"t{at + size}"} if at + size < len(found) else {}))

    def shown(self) -> list[dict[str, Any]]:
        """The contents that a client would show: changed where they were changed, without what was taken away."""
        shown = []
        for event in self.events:
            if not event["content"] or relates(event)[0] == "m.replace":
                continue
            changes = [each for each in self.events if relates(each) == ("m.replace", event["event_id"])]
            shown.append(changes[-1]["content"]["m.new_content"] if changes else event["content"])
        return shown


def relates(event: dict[str, Any]) -> tuple[str, str]:
    relation = event.get("content", {}).get("m.relates_to", {})
    return relation.get("rel_type", ""), relation.get("event_id", "")
