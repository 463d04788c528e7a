"""The description of the API (OpenAPI 3.1), made of the very types that check its requests and shape its answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from bot import __version__
from bot.desk.api.operations import Operation
from bot.desk.api.problems import KINDS, MEDIA_TYPE
from bot.desk.api.shapes import TAGS, Hashed, ProblemDetails
from bot.desk.api.table import GROUPS
from bot.model.scope import OPENS

_REF = "#/components/schemas/{model}"
_ABOUT = (
    "What the pages of the desk do, for programs. Every request bears a token (`Authorization: Bearer …`), which "
    "stands for an editor and opens its scopes as far as that editor's role reaches. Times are ISO 8601 with an "
    "offset. What is refused is answered as problem details (RFC 9457), and then nothing was changed. A request may "
    "be sent again after a lost answer: no change happens twice."
)


def description(operations: Sequence[Operation], prefix: str) -> dict[str, Any]:
    """The whole description, as JSON takes it."""
    schemas = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, schemas)
    opens = "\n".join(f"- `{scope}`: {words}" for scope, (words, _) in OPENS.items())
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pullquote",
            "version": __version__,
            "summary": "The publishing desk for podcasts",
            "description": f"{_ABOUT}\n\nScopes:\n\n{opens}",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": prefix}],
        "security": [{"token": []}],
        "tags": [{"name": name} for name in GROUPS],
        "paths": paths,
        "components": {
            "schemas": schemas.pop("$defs"),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Made by `pullquote tokens new`, or at the desk's page Tokens.",
                }
            },
        },
    }


def refusals(operation: Operation) -> list[int]:
    """The statuses with which an operation may be refused."""
    found = {400, 401, 403, 422, 429}
    if operation.numbers or operation.body is not None:
        found.add(404)
    if operation.method != "GET":
        found.add(409)
    if operation.body is not None:
        found |= {413, 415}
    if operation.match:
        found |= {412, 428}
    return sorted(found)


def _schemas(operations: Sequence[Operation]) -> dict[str, Any]:
    """The schema of each model that is sent or given, by model, and what they share (`$defs`)."""
    sent = [each.body for each in operations if each.body is not None]
    asked = [each.query for each in operations if each.query is not None]
    given: list[type[BaseModel]] = [each.gives for each in operations] + [ProblemDetails]
    wanted: list[tuple[type[BaseModel], Any]] = [(model, "validation") for model in dict.fromkeys([*sent, *asked])]
    wanted += [(model, "serialization") for model in dict.fromkeys(given)]
    found, shared = models_json_schema(wanted, ref_template=_REF)
    definitions = shared["$defs"]
    schemas: dict[str, Any] = {model.__name__: reference for (model, _), reference in found.items()}
    for model in asked:
        # These are parameters, and stand nowhere else.
        schemas[model.__name__] = definitions.pop(model.__name__)
    return {**schemas, "$defs": definitions}


def _operation(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    scope = operation.scope
    needs = f"Scope `{scope}`; its editor may {operation.right}." if scope is not None else "Any token will do."
    made: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"{operation.description}\n\n{needs}".strip(),
        "tags": [next(name for name, group in GROUPS.items() if operation in group)],
        "security": [{"token": [str(scope)] if scope is not None else []}],
        "parameters": _parameters(operation, schemas),
        "responses": _responses(operation, schemas),
    }
    if operation.body is not None:
        content = {"schema": schemas[operation.body.__name__]}
        made["requestBody"] = {"required": True, "content": {"application/json": content}}
    return made


def _parameters(operation: Operation, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    numbers = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer", "minimum": 0, "maximum": 999_999_999},
            "example": 1,
        }
        for name in operation.numbers
    ]
    asked = []
    if operation.query is not None:
        for name, schema in schemas[operation.query.__name__]["properties"].items():
            plain = {key: value for key, value in schema.items() if key not in ("title", "description")}
            plain = _without_null(plain)
            said = {"description": schema["description"]} if "description" in schema else {}
            asked.append({"name": name, "in": "query", "required": False, **said, "schema": plain})
    matched = [
        {
            "name": "If-Match",
            "in": "header",
            "required": True,
            "description": "The ETag of the draft as you looked at it: its hash in quotes.",
            "schema": {"type": "string", "pattern": TAGS},
        }
    ]
    return [*numbers, *asked, *(matched if operation.match else [])]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """What stands in an address has no null: a parameter is left out instead."""
    kinds = [each for each in schema.get("anyOf", []) if each != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    return {**{key: value for key, value in schema.items() if key not in ("anyOf", "default")}, **kinds[0]}


def _responses(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    done: dict[str, Any] = {
        "description": "Done." if operation.method != "GET" else "As it stands.",
        "content": {"application/json": {"schema": schemas[operation.gives.__name__]}},
    }
    if issubclass(operation.gives, Hashed):
        said = "The hash of the content, in quotes."
        done["headers"] = {"ETag": {"description": said, "required": True, "schema": {"type": "string"}}}
    refused = {str(status): _refusal(status, schemas) for status in refusals(operation)}
    return {str(operation.status): done, **refused}


def _refusal(status: int, schemas: dict[str, Any]) -> dict[str, Any]:
    kinds = [(name, kind) for name, kind in KINDS.items() if kind.status == status]
    said = " ".join(f"`{name}`: {kind.title}. {kind.remedy}" for name, kind in kinds)
    headers = {
        401: {"WWW-Authenticate": {"description": "Bearer, and why.", "schema": {"type": "string"}}},
        429: {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}},
    }.get(status)
    return {
        "description": said,
        "content": {MEDIA_TYPE: {"schema": schemas[ProblemDetails.__name__]}},
        **({"headers": headers} if headers else {}),
    }
