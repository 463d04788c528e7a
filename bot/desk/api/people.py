"""The description of the API as people read it: one page, made of the same description that machines get."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import Blueprint

from bot.desk.api.description import description
from bot.desk.api.operations import Operation
from bot.desk.api.problems import KINDS
from bot.desk.api.serving import PREFIX
from bot.desk.api.table import GROUPS, OPERATIONS
from bot.desk.sessions import Desk, page
from bot.model.editor import RIGHTS, Right, Role
from bot.model.scope import OPENS

_KINDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "null": "null"}


@dataclass(frozen=True)
class Member:
    """A parameter, or a member of an object. `of` is the name of the type that `kind` names, "" for a plain one."""

    name: str
    kind: str
    of: str
    required: bool
    said: str


@dataclass(frozen=True)
class Shape:
    """A type: an object with members, or one of some `values`."""

    name: str
    said: str
    members: tuple[Member, ...]
    values: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """One operation. `role` is the least that may; `example` a body that is taken, "" where none is sent."""

    method: str
    path: str
    name: str
    summary: str
    told: str
    scope: str
    role: Role
    match: bool
    asked: tuple[Member, ...]
    sent: Shape | None
    example: str
    gives: Shape


def pages(_desk: Desk) -> Blueprint:
    """The page. It says nothing of this house, so anybody may read it."""
    blueprint = Blueprint("api_page", __name__)
    blueprint.get("/api")(lambda: page("api.html", **_content()))
    return blueprint


@cache
def _content() -> dict[str, Any]:
    """What the page says: always the same, and made when somebody asks first, because it takes a tenth of a second."""
    document = description(OPERATIONS, PREFIX)
    shapes = {name: _shape(name, schema) for name, schema in document["components"]["schemas"].items()}
    return {
        "groups": {name: [_entry(document, shapes, each) for each in group] for name, group in GROUPS.items()},
        "shapes": [shape for name, shape in sorted(shapes.items()) if shape.members or shape.values],
        "scopes": [(scope, words, least(right)) for scope, (words, right) in OPENS.items()],
        "kinds": KINDS,
        "prefix": PREFIX,
    }


def least(right: Right) -> Role:
    """The least role that has a right."""
    return next(role for role in Role if right in RIGHTS[role])


def _entry(document: dict[str, Any], shapes: dict[str, Shape], operation: Operation) -> Entry:
    found = document["paths"][operation.path][operation.method.lower()]
    asked = tuple(
        Member(each["name"], *_kind(each["schema"]), each["required"], each.get("description", ""))
        for each in found["parameters"]
        if each["in"] == "query"
    )
    body = shapes[operation.body.__name__] if operation.body is not None else None
    examples = operation.body.model_json_schema()["examples"] if operation.body is not None else []
    return Entry(
        operation.method,
        f"{PREFIX}{operation.path}",
        operation.name,
        operation.summary,
        operation.description,
        str(operation.scope or ""),
        least(operation.right),
        operation.match,
        asked,
        body,
        json.dumps(examples[0], ensure_ascii=False) if examples else "",
        shapes[operation.gives.__name__],
    )


def _shape(name: str, schema: dict[str, Any]) -> Shape:
    required = schema.get("required", [])
    members = tuple(
        Member(each, *_kind(of), each in required, of.get("description", ""))
        for each, of in schema.get("properties", {}).items()
    )
    return Shape(name, schema.get("description", ""), members, tuple(schema.get("enum", ())))


def _kind(schema: dict[str, Any]) -> tuple[str, str]:
    """What a value is, in words, and the type that these words name."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return name, name
    either = schema.get("anyOf") or schema.get("oneOf")
    if either:
        kinds = [_kind(each) for each in either]
        return " or ".join(words for words, _ in kinds), next((of for _, of in kinds if of), "")
    if schema.get("type") == "array":
        words, of = _kind(schema["items"])
        return f"list of {words}", of
    if schema.get("type") == "object":
        within: list[dict[str, Any]] = list(schema.get("patternProperties", {}).values())
        words, of = _kind(within[0] if within else schema["additionalProperties"])
        return f"{words} by name", of
    if "enum" in schema or "const" in schema:
        return ", ".join(f"“{each}”" for each in schema.get("enum", [schema.get("const")])), ""
    if schema.get("format") in ("date-time", "date"):
        return "time" if schema["format"] == "date-time" else "day", ""
    return _KINDS[schema["type"]], ""
