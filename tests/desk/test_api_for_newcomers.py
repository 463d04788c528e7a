"""Somebody who has only read docs/api.md: its commands as they stand there, and the ten-minute review by a script."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from bot import clock
from bot.clock import one_pass
from bot.desk import app
from bot.desk.api.problems import KINDS
from bot.house import House
from bot.model.editor import Role
from bot.model.publication import Kind
from bot.model.scope import Scope
from tests.conftest import SQLITE
from tests.desk.caller import V1, a_token
from tests.desk.kit import Desk
from tests.desk.test_beside import answers, free_port
from tests.work.desk import BENCH, POT, draft, lay, sent, work

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
PATIENCE = 60.0


@contextmanager
def served(house: House, role: Role) -> Iterator[httpx.Client]:
    """The desk on a real port, and a client with a token for somebody of that role."""
    token, port = a_token(Desk(house, now=clock.now()), role), free_port()
    with app.beside(house, host="127.0.0.1", port=port):
        answers(port)
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}{V1}", headers=headers, timeout=PATIENCE) as client:
            yield client


def curl(command: str, known: dict[str, str]) -> httpx.Response:
    """What curl would do with the options that the document uses."""
    for name, value in known.items():
        command = command.replace(f"${name}", value)
    words = shlex.split(command.replace("\\\n", " "))
    assert words.pop(0) == "curl"
    method, url, body, headers = "", "", None, {}
    while words:
        match words.pop(0):
            case "-s" | "-i":
                continue
            case "-X":
                method = words.pop(0)
            case "-H":
                name, _, value = words.pop(0).partition(": ")
                headers[name] = value
            case "-d":
                body = words.pop(0)
            case other:
                assert other.startswith("http"), other
                url = other
    method = method or ("GET" if body is None else "POST")
    return httpx.request(method, url, content=body, headers=headers, timeout=PATIENCE)


@pytest.mark.parametrize("database_url", [SQLITE], indirect=True)
def test_the_commands_of_the_document_do_what_it_says(house: House) -> None:
    lay(house, POT)
    work(house)
    with served(house, Role.OWNER) as client:
        known = {
            "DESK": str(client.base_url).removesuffix(f"{V1}/"),
            "TOKEN": client.headers["Authorization"].removeprefix("Bearer "),
        }
        commands = [each for each in re.findall(r"```sh\n(.*?)```", DOCUMENT, re.DOTALL) if each.startswith("curl")]
        assert len(commands) == 9
        for command in commands:
            answer = curl(command, {**known, "HASH": client.get("/drafts/1").json()["hash"]})
            assert answer.status_code in (200, 201), (command, answer.text)
            if "quotes/check" in command:
                assert answer.json()["said"] is True
    assert draft(house, Kind.QUOTE_POST).held_reason == "the guest asked us to wait"


def test_the_document_names_every_scope_and_every_problem() -> None:
    assert [scope for scope in Scope if f"| `{scope}` |" not in DOCUMENT] == []
    rows = DOCUMENT.partition("## When something")[2]
    assert [name for name, kind in KINDS.items() if name != "fault" and f"`/api#{name}`" not in rows] == []


@pytest.mark.parametrize("database_url", [SQLITE], indirect=True)
def test_the_ten_minute_review_by_a_script(house: House) -> None:
    """Reads everything that waits, holds what is wrong, mends the edition's subject, approves the rest, looks again."""
    for seed in (POT, BENCH):
        lay(house, seed)
    now = clock.now()
    one_pass(house, clock=lambda: now)
    with served(house, Role.APPROVER) as client:
        assert {"approve", "drafts:write"} <= set(client.get("/token").json()["scopes"])
        found = client.get("/drafts", params={"state": ["draft", "in_review"], "limit": 100}).json()
        assert found["next"] is None
        approved, posts = [], 0
        for each in found["items"]:
            number = each["id"]
            seen = client.get(f"/drafts/{number}").json()
            assert all(quote["lock"] in ("exact", "trimmed") for quote in seen["quotes"])
            assert not [line for line in seen["findings"] if line["level"] == "block"]
            if seen["kind"] == "quote":
                posts += 1
                span = seen["quotes"][0]
                asked = {"episode": span["episode"], "words": span["said"].strip()}
                assert client.post("/quotes/check", json=asked).json()["said"] is True
                if posts > 1:
                    held = client.post(f"/drafts/{number}/hold", json={"reason": "one a day is enough"})
                    assert held.json()["state"] == "held"
                    continue
            if seen["kind"] == "edition":
                match = {"If-Match": f'"{seen["hash"]}"'}
                edit = {"fields": {"subject": "What patience makes", "opener": "Two episodes about *waiting*."}}
                seen = client.patch(f"/drafts/{number}", json=edit, headers=match).raise_for_status().json()
                assert seen["content"]["subject"] == "What patience makes"
                client.post(f"/drafts/{number}/comments", json={"text": "Subject is mine."}).raise_for_status()
            done = client.post(
                f"/drafts/{number}/approve", json={"hash": seen["hash"], "at_once": each["kind"] == "quote"}
            )
            assert done.status_code == 200, done.text
            assert done.json()["state"] == "scheduled"
            approved.append(number)
        assert posts >= 2
        standing = {each["draft"]["id"] for each in client.get("/calendar").json()["entries"] if each["draft"]}
        assert standing >= set(approved) - {None}
        one_pass(house, clock=lambda: clock.now())
        accepted = client.get("/deliveries", params={"state": "accepted"}).json()["items"]
        assert len(accepted) == 1
        evidence = client.get(f"/deliveries/{accepted[0]['id']}").json()
        assert evidence["history"][-1]["what"] == "accepted"
        status = client.get("/status").json()
        assert status["drafts"]["published"] == 1
        assert [each["state"] for each in status["waiting"]] == ["held"] * (posts - 1)
    assert len(sent(house)) == 1


def test_the_page_for_people_names_everything_and_every_address_in_it_leads_somewhere(desk: Desk) -> None:
    page = desk.visitor().get("/api").text
    for link in set(re.findall(r'href="#([^"]+)"', page)):
        assert f'id="{link}"' in page, link
    for name in (*KINDS, *Scope):
        assert f"<code>{name}</code>" in page or f'id="{name}"' in page, name
    assert "PATCH /api/v1/drafts/{number}" in page
    assert len(page) < 100_000
