"""What is answered where something is not done: problem details (RFC 9457), each with what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, json
from werkzeug.exceptions import HTTPException

from bot.errors import FalseQuote, Missing, Refused, StaleDraft, WrongField

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """A kind of problem: its HTTP status, its title, and what a program can do about it."""

    status: int
    title: str
    remedy: str


KINDS: dict[str, Kind] = {
    "unreadable": Kind(400, "This cannot be read", "Send one JSON document in UTF-8, without the character NUL."),
    "no-token": Kind(401, "No token that works", "Send “Authorization: Bearer …” with a token that is in force."),
    "scope": Kind(403, "The token does not open this", "Make a token with the scope that is named."),
    "role": Kind(403, "Its editor may not do this", "Ask somebody whose role may, or an owner for another role."),
    "missing": Kind(404, "Nothing is there", "Look at the address and the number."),
    "method": Kind(405, "Not this way", "Use one of the methods in the header Allow."),
    "refused": Kind(409, "Not possible as things stand", "Nothing was changed; do what the detail says."),
    "other-hash": Kind(409, "Not what you looked at", "Read the draft again, decide again, name its present hash."),
    "changed": Kind(412, "Changed since you looked", "Look at “changed”, then send yours with the present ETag."),
    "too-large": Kind(413, "That is too much", "Send a smaller body."),
    "media-type": Kind(415, "Not JSON", "Send the body as application/json."),
    "invalid": Kind(422, "Not what this takes", "Mend what stands in “errors”."),
    "false-quote": Kind(422, "Words that were not said", "Quote what the transcript holds, or take the marks away."),
    "no-match": Kind(428, "It is not said what you looked at", "Send If-Match with the ETag of the draft."),
    "too-many": Kind(429, "Too often", "Wait for the seconds in Retry-After."),
    "fault": Kind(500, "A fault of ours", "Try once more; then tell whoever runs this desk."),
}
_BY_STATUS = {400: "unreadable", 404: "missing", 405: "method", 413: "too-large", 415: "media-type"}


class Problem(Exception):
    """An answer that is not the one that was asked for. `more` are members of it beside those of RFC 9457."""

    def __init__(
        self, kind: str, detail: str, *, headers: Mapping[str, str] | None = None, more: Mapping[str, Any] | None = None
    ) -> None:
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = dict(more or {})
        super().__init__(detail)

    def answer(self) -> Response:
        """The whole answer."""
        kind = KINDS[self.kind]
        body = {"type": f"/api#{self.kind}", "title": kind.title, "status": kind.status, "detail": self.detail}
        made = Response(json.dumps({**body, **self.more}), status=kind.status, mimetype=MEDIA_TYPE)
        made.headers["Cache-Control"] = "no-store"
        made.headers.update(self.headers)
        return made


def invalid(faults: Sequence[tuple[str, str]]) -> Problem:
    """What is answered where a request is wrong in itself: each fault is where it is ("fields.subject") and what."""
    said = " ".join(f"{where or 'the body'}: {what}" for where, what in faults[:3])
    return Problem("invalid", said, more=_errors(faults))


def of_refused(refused: Refused, *where: str) -> Problem:
    """What is answered where a step is refused. `where` are the parts of the request that are at fault, if any is."""
    said = str(refused)
    match refused:
        case WrongField():
            return invalid([(each, said) for each in where or (refused.field,)])
        case FalseQuote():
            return Problem("false-quote", said, more=_errors([(each, said) for each in where]))
        case Missing():
            return Problem("missing", said)
        case StaleDraft():
            return Problem("other-hash", said)
        case _:
            return Problem("refused", said)


def of_http(error: HTTPException) -> Response:
    """The answer to what did not even find its operation, or ended with a fault of ours."""
    kind = _BY_STATUS.get(error.code or 500, "fault")
    headers = {name: value for name, value in error.get_headers() if name == "Allow"}
    return Problem(kind, KINDS[kind].remedy, headers=headers).answer()


def _errors(faults: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {"errors": [{"where": where, "said": what} for where, what in faults[:50]]} if faults else {}
