"""The description of the API is the API: each operation explains itself, and a machine that reads it finds no fault."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from pydantic import BaseModel

from bot import clock
from bot.desk import app
from bot.desk.api.operations import Operation
from bot.desk.api.problems import KINDS
from bot.desk.api.table import OPERATIONS
from bot.house import House
from bot.model.scope import Scope
from tests.conftest import SQLITE
from tests.desk.caller import V1, a_token
from tests.desk.kit import Desk
from tests.desk.test_beside import answers, free_port
from tests.work.desk import POT, lay, with_config, work

# What schemathesis looks at: no fault of ours (5xx), nothing answered that the description does not hold, nothing
# taken that it forbids, no way round the token.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "ignored_auth",
)


def described(desk: Desk) -> dict[str, Any]:
    answer = desk.visitor().get(f"{V1}/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json
    return found


def test_every_address_is_described_and_nothing_else(desk: Desk) -> None:
    found = described(desk)
    served = {
        (rule.rule.replace("<int:", "{").replace(">", "}").removeprefix(V1), method)
        for rule in desk.app.url_map.iter_rules()
        if rule.rule.startswith(V1) and rule.endpoint != "api.described"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    said = {(path, method.upper()) for path, methods in found["paths"].items() for method in methods}
    assert served == said
    assert found["openapi"].startswith("3.1")
    for path, methods in found["paths"].items():
        for method, each in methods.items():
            assert len(each["summary"]) > 10, (path, method)
            assert each["summary"].endswith("."), (path, method)
            assert set(each["security"][0]["token"]) <= set(Scope), (path, method)
            assert {"401", "403", "429"} <= set(each["responses"]), (path, method)


@pytest.mark.parametrize("each", [each for each in OPERATIONS if each.body], ids=lambda each: each.name)
def test_every_body_has_an_example_that_is_taken(each: Operation) -> None:
    body: type[BaseModel] = each.body  # type: ignore[assignment]
    for example in body.model_json_schema()["examples"]:
        body.model_validate_json(json.dumps(example))


def test_every_kind_of_problem_says_what_to_do() -> None:
    assert all(kind.title and kind.remedy.endswith(".") for kind in KINDS.values())


@pytest.mark.parametrize("database_url", [SQLITE], indirect=True)
def test_a_machine_that_reads_the_description_finds_no_fault(house: House) -> None:
    """schemathesis calls a real server with what the description allows and with what it forbids."""
    house = with_config(house, lambda text: f"{text}\n[web]\napi_per_minute = 1000000\n")
    lay(house, POT)
    work(house)
    token, port = a_token(Desk(house, now=clock.now())), free_port()
    with app.beside(house, host="127.0.0.1", port=port):
        answers(port)
        ran = subprocess.run(
            [
                f"{sys.prefix}/bin/schemathesis",
                "run",
                f"http://127.0.0.1:{port}{V1}/openapi.json",
                "--header",
                f"Authorization: Bearer {token}",
                "--checks",
                ",".join(CHECKS),
                "--phases",
                "examples,coverage,fuzzing",
                "--max-examples",
                "3",
                "--generation-deterministic",
                "--continue-on-failure",
                "--no-color",
                "--warnings",
                "off",
            ],
            capture_output=True,
            text=True,
            cwd=house.loaded.home,
        )
    assert ran.returncode == 0, ran.stdout[-12_000:] + ran.stderr[-2_000:]
