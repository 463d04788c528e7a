"""Serves the operations: lets a request in, checks what it brings, takes the step, and answers in JSON."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from typing import Any

from flask import Blueprint, Response, json, request
from pydantic import BaseModel, ValidationError

from bot.desk.api.description import description
from bot.desk.api.gate import Gate
from bot.desk.api.operations import Call, Operation
from bot.desk.api.problems import Problem, invalid, of_refused
from bot.desk.api.shapes import TAGS, Hashed
from bot.desk.api.table import OPERATIONS
from bot.errors import Refused
from bot.house import House
from bot.store import events

PREFIX = "/api/v1"
_JSON = "application/json"
_NOT_KNOWN = "There is no such thing here; look at the spelling."
# How the history calls what an address is about.
_ABOUT = {"drafts": "draft", "deliveries": "delivery"}


def api(house: House, now: Callable[[], datetime]) -> Blueprint:
    """Every operation, and the description of them all, which needs no token."""
    blueprint = Blueprint("api", __name__, url_prefix=PREFIX)
    gate = Gate(house, now)
    for each in OPERATIONS:
        answer = partial(_answer, house, now, gate, each)
        blueprint.add_url_rule(each.rule, endpoint=each.name, view_func=answer, methods=[each.method])

    @blueprint.get("/openapi.json")
    def described() -> Response:
        return Response(_described(), mimetype=_JSON)

    return blueprint


@cache
def _described() -> str:
    return json.dumps(description(OPERATIONS, PREFIX))


def _answer(house: House, now: Callable[[], datetime], gate: Gate, operation: Operation, **numbers: int) -> Response:
    try:
        holder = gate.let_in(operation)
        given: dict[str, Any] = {}
        query = _query(operation)
        if operation.query is not None:
            given["query"] = query
        if operation.body is not None:
            given["body"] = _body(operation.body)
        call = Call(house, now(), holder, _match(required=operation.match))
        found = operation.does(call, **numbers, **given)
        if operation.changes:
            _leave_a_line(call, operation, numbers)
    except Problem as problem:
        return problem.answer()
    except Refused as refused:
        return of_refused(refused).answer()
    answer = Response(found.model_dump_json(), status=operation.status, mimetype=_JSON)
    answer.headers["Cache-Control"] = "no-store"
    if isinstance(found, Hashed):
        answer.headers["ETag"] = f'"{found.hash}"'
    return answer


def _query(operation: Operation) -> BaseModel | None:
    """What stands after the question mark. Raises Problem, also for what this operation does not know."""
    fields = operation.query.model_fields if operation.query is not None else {}
    sent: dict[str, Any] = {}
    for name, values in request.args.to_dict(flat=False).items():
        many = name in fields and isinstance(fields[name].default, tuple)
        if not many and len(values) > 1:
            raise invalid([(name, "Give it once.")])
        sent[name] = values if many else values[0]
    if operation.query is None:
        if sent:
            raise invalid([(name, _NOT_KNOWN) for name in sent])
        return None
    try:
        return operation.query.model_validate(sent)
    except ValidationError as error:
        raise invalid(_faults(error)) from None


def _body(wanted: type[BaseModel]) -> BaseModel:
    """The body of a request. Raises Problem."""
    if request.mimetype != _JSON:
        raise Problem("media-type", f"Send the body as {_JSON}, not as '{request.mimetype[:80] or 'nothing named'}'.")
    try:
        return wanted.model_validate_json(request.get_data(cache=False))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        if faults[0]["type"] == "json_invalid":
            raise Problem("unreadable", f"{faults[0]['msg']}.") from None
        raise invalid(_faults(error)) from None


def _match(*, required: bool) -> tuple[str, ...]:
    """The strong tags that If-Match names. Raises Problem where one is needed: "*" does not say what was looked at."""
    sent = request.headers.get("If-Match", "").strip()
    if required and sent in ("", "*"):
        raise Problem("no-match", "Send If-Match with the ETag of the draft that you looked at (its hash in quotes).")
    if required and not re.fullmatch(TAGS, sent):
        raise Problem("unreadable", "If-Match holds no tags; send the ETag of the draft as it came, with its quotes.")
    return tuple(request.if_match.as_set())


def _faults(error: ValidationError) -> list[tuple[str, str]]:
    """Where and what, without what was sent."""
    found = []
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        where = ".".join(str(each) for each in fault["loc"] if each != "[key]")
        said = f"{fault['msg'].removeprefix('Value error, ')}."
        found.append((where, _NOT_KNOWN if fault["type"] == "extra_forbidden" else said))
    return found


def _leave_a_line(call: Call, operation: Operation, numbers: dict[str, int]) -> None:
    """Say in the history by which token it was: the step itself bears its editor's name."""
    about = _ABOUT.get(operation.rule.split("/")[1])
    subject = f"{about}:{numbers['number']}" if about is not None else "house"
    detail = f"“{call.holder.token.name}”: {operation.name.replace('_', ' ')}"
    with call.house.store.write() as db:
        events.note(db, at=call.now, actor=call.actor, subject=subject, what=events.BY_TOKEN, detail=detail)
