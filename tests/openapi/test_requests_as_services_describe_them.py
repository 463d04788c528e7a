"""Every request that we make of a newsletter service is one that its published description knows, in every name.

`script/openapi` downloads the descriptions; a service whose description is not there is skipped.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from bot.http import Door
from bot.model.publication import Mail
from bot.platforms.contract import Checks, Outgoing
from tests.http.server import Request, serving
from tests.platforms.cases import all_cases
from tests.platforms.engine import deliver
from tests.platforms.mailers import all_cases as all_mailers
from tests.platforms.test_every_mailer import AT, hand_over, letters
from tests.platforms.test_every_mailer import MAIL as LETTER

pytestmark = pytest.mark.openapi

FOLDER = os.environ.get("PULLQUOTE_TEST_OPENAPI", "")


@dataclass(frozen=True)
class Described:
    """`under` stands before the paths of the description; `unknown` are names that it lacks and the service has."""

    file: str
    under: str = ""
    unknown: tuple[str, ...] = ()


SERVICES = {
    # The scopes of a key stand in another of its files.
    "sendgrid": Described("sendgrid.json", unknown=("GET /v3/scopes: no such request",)),
    "resend": Described("resend.json"),
    "mailgun": Described("mailgun.yaml"),
    # Not by Postmark, and from before it had streams and metadata.
    "postmark": Described(
        "postmark.yaml", unknown=("('MessageStream', 'Metadata' were unexpected)", "GET /message-streams/")
    ),
    # Not by Brevo, and without the versions of a mail, with which "to" is not wanted.
    "brevo": Described(
        "brevo.yaml",
        under="/v3",
        unknown=("('messageVersions' was unexpected)", "'to' is a required property", "GET /senders/domains"),
    ),
    # From before mails could bear headers of their own.
    "ses": Described("ses.yaml", unknown=("Content/Simple: Additional properties are not allowed ('Headers'",)),
    "buttondown": Described("buttondown.json", under="/v1"),
    "mailchimp": Described("mailchimp.json", under="/3.0"),
    # Its description is behind its source, which reads all of these.
    "listmonk": Described(
        "listmonk.yaml",
        under="/api",
        unknown=("('altbody', 'archive', ", "send_at: None is not of type", "GET /campaigns: no parameter 'tag'"),
    ),
}


def description(file: str) -> dict[str, Any]:
    path = Path(FOLDER) / file
    if not FOLDER or not path.is_file():
        pytest.skip(f"{file} is not there; script/openapi downloads it where it can")
    text = path.read_text(encoding="utf-8")
    if file.endswith(".json"):
        found: dict[str, Any] = json.loads(text)
        return found
    yaml = pytest.importorskip("yaml")
    loaded: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded


def strict(value: Any, *, whole: bool = True) -> Any:
    """A description in which an object has no other names than those that it lists, and null stands where it may."""
    if isinstance(value, list):
        return [strict(each, whole=whole) for each in value]
    if not isinstance(value, dict):
        return value
    made = {name: strict(each, whole=name not in ("allOf", "anyOf", "oneOf")) for name, each in value.items()}
    if (
        whole
        and isinstance(made.get("properties"), dict)
        and "additionalProperties" not in made
        and "allOf" not in made
    ):
        made["additionalProperties"] = False
    if made.pop("nullable", False) is True and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    made.pop("discriminator", None)
    return made


def requests(name: str, door: Door) -> list[Request]:
    """What a service is asked when an edition goes out through it and its account is checked."""
    mailers, lists = all_mailers(), all_cases()
    if name in mailers:
        case = mailers[name]
        with case.serving(case.service()) as server:
            platform = case.platform(server.url)
            hand_over(platform, letters(min(3, platform.most)), door)  # type: ignore[attr-defined]
            platform.check(door)  # type: ignore[attr-defined]
            return list(server.requests)
    other = lists[name]
    with serving(other.service()) as server:
        platform = other.platform(server.url)
        body = platform.compose(_untagged(LETTER) if name == "ghost" else LETTER, key="edition-7-abcdef012345", at=AT)
        deliver(platform, Outgoing("edition-7-abcdef012345", body), door)
        if isinstance(platform, Checks):
            platform.check(door)
        return list(server.requests)


def _untagged(mail: Mail) -> Mail:
    """Ghost refuses what it would read as a tag."""
    return replace(mail, html=mail.html.replace("%recipient", "recipient"))


def operation(described: Mapping[str, Any], method: str, path: str) -> tuple[str, Mapping[str, Any]] | None:
    """The template of a path and what the description says of a method on it; the most literal one that fits."""
    fitting = []
    for template, known in described["paths"].items():
        pattern = re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(template))
        if method.lower() in known and re.fullmatch(pattern, path):
            fitting.append((template.count("{"), template, known[method.lower()]))
    return min(fitting, key=lambda each: each[:2])[1:] if fitting else None


def faults(described: dict[str, Any], request: Request, under: str) -> Iterator[str]:
    """What the description does not know of a request."""
    parts = urlsplit(request.path)
    path = parts.path.removeprefix(under)
    found = operation(described, request.method, path)
    if found is None:
        yield f"{request.method} {path}: no such request"
        return
    template, known = found
    place = f"{request.method} {template}"
    parameters = [
        _resolved(described, each)
        for each in [*described["paths"][template].get("parameters", []), *known.get("parameters", [])]
    ]
    queries = {each["name"] for each in parameters if each.get("in") == "query"}
    yield from (f"{place}: no parameter '{name}'" for name, _ in parse_qsl(parts.query) if name not in queries)
    if not request.body:
        return
    schema = _schema(described, known, request)
    if schema is None:
        yield f"{place}: takes no such body"
        return
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    registry = Registry().with_resource(
        "urn:described", Resource(contents=strict(described), specification=DRAFT202012)
    )
    validator = Draft202012Validator({"$ref": f"urn:described#{schema}"}, registry=registry)
    kind = request.headers.get("content-type", "")
    sent = json.loads(request.body) if "json" in kind else _form(request, kind)
    for error in validator.iter_errors(sent):
        if "json" not in kind and error.validator_value == "array":
            continue  # One value of a form is a list of one.
        yield f"{place}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"


def _form(request: Request, kind: str) -> dict[str, str | list[str]]:
    """The fields of a form, those that come more than once as a list."""
    if "multipart" in kind:
        whole = f"Content-Type: {kind}\r\n\r\n".encode() + request.body
        parts = list(message_from_bytes(whole, policy=default).iter_parts())  # type: ignore[attr-defined]
        pairs = [(part.get_param("name", header="content-disposition"), part.get_content()) for part in parts]
    else:
        pairs = parse_qsl(request.body.decode())
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(str(name), []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


def _schema(described: Mapping[str, Any], known: Mapping[str, Any], request: Request) -> str | None:
    """Where the schema of a request's body stands in the description, as a pointer."""
    kind = request.headers.get("content-type", "").partition(";")[0]
    if "requestBody" in known:
        body, at = known["requestBody"], _pointer(described, known, "requestBody")
        if "$ref" in body:
            at = body["$ref"].removeprefix("#")
            body = _resolved(described, body)
        return f"{at}/content/{_escaped(kind)}/schema" if kind in body["content"] else None
    for number, each in enumerate(known.get("parameters", [])):
        if each.get("in") == "body":
            return f"{_pointer(described, known, 'parameters')}/{number}/schema"
    return None


def _pointer(described: Mapping[str, Any], known: Mapping[str, Any], name: str) -> str:
    return next(
        f"/paths/{_escaped(path)}/{method}/{name}"
        for path, methods in described["paths"].items()
        for method, each in methods.items()
        if each is known
    )


def _resolved(described: Mapping[str, Any], value: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in value:
        found: Any = described
        for name in value["$ref"].removeprefix("#/").split("/"):
            found = found[name.replace("~1", "/").replace("~0", "~")]
        value = found
    return value


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


@pytest.fixture
def door() -> Iterator[Door]:
    with Door() as door:
        yield door


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_knows_every_request_that_we_make_of_it(name: str, door: Door) -> None:
    service = SERVICES[name]
    described = description(service.file)
    found = {each for request in requests(name, door) for each in faults(described, request, service.under)}
    assert {each for each in found if not any(known in each for known in service.unknown)} == set()
    stale = [known for known in service.unknown if not any(known in each for each in found)]
    assert stale == [], "the description knows these by now"


def test_ghosts_own_schemas_take_every_post_that_we_make(door: Door) -> None:
    """Ghost publishes no OpenAPI, but the JSON Schemas by which its server judges what it is sent."""
    schemas = {name: description(f"ghost-{name}.json") for name in ("posts", "posts-add", "posts-edit")}
    from jsonschema import Draft7Validator
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT7

    registry = Registry().with_resource("posts", Resource(contents=schemas["posts"], specification=DRAFT7))
    made = [each for each in requests("ghost", door) if each.body]
    assert {each.method for each in made} == {"POST", "PUT"}
    for each in made:
        schema = schemas["posts-add" if each.method == "POST" else "posts-edit"]
        errors = Draft7Validator(schema, registry=registry).iter_errors(json.loads(each.body))
        assert [error.message[:300] for error in errors] == []
