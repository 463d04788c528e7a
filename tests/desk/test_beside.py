"""The desk beside the worker in one process: it answers while the worker works, and ends with it, whole."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
import pytest

from bot.cli.worker import listening
from bot.desk import app
from bot.house import House
from bot.model.editor import Role
from tests.desk.kit import hired
from tests.work.desk import with_config

PATIENCE = 60.0


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def answers(port: int, path: str = "/healthz") -> bytes:
    """What is answered, waited for until somebody listens."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as answer:
                return bytes(answer.read())
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_it_answers_for_the_length_of_the_block_only(house: House) -> None:
    port = free_port()
    with app.beside(house, host="127.0.0.1", port=port):
        assert b"pullquote" in answers(port)
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), timeout=5):
        pass
    assert not [each for each in threading.enumerate() if each.name == "web"]
    with app.beside(house, host="127.0.0.1", port=port):
        assert b"pullquote" in answers(port), "the port is free at once"


@pytest.mark.parametrize("trusted", [True, False])
def test_a_proxy_is_believed_who_asks_only_where_it_is_named(house: House, trusted: bool) -> None:
    named = with_config(house, lambda text: text + ('\n[web]\nproxy = "127.0.0.1"\n' if trusted else ""))
    hired(named, "olga", Role.OWNER)
    port = free_port()
    with app.beside(named, host="127.0.0.1", port=port):
        codes = [sign_in_as(port, "olga", machine=f"203.0.113.{each}") for each in range(11)]
    assert codes == [401] * 11 if trusted else codes == [401] * 10 + [429]


def sign_in_as(port: int, login: str, *, machine: str) -> int:
    form = f"login={login}&password=wrong-wrong-wrong".encode()
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/sign-in", data=form, headers={"X-Forwarded-For": machine}, method="POST"
    )
    try:
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_an_answer_that_is_under_way_comes_to_its_end(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, ending = threading.Event(), threading.Event()

    def slow(_environ: dict[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
        asked.set()
        ending.wait(PATIENCE)
        time.sleep(0.5)
        start("200 OK", [("Content-Type", "text/plain")])
        return [b"the whole answer"]

    monkeypatch.setattr(app, "application", lambda _house: slow)
    port, got = free_port(), []
    asking = threading.Thread(target=lambda: got.append(answers(port)))
    with app.beside(house, host="127.0.0.1", port=port):
        asking.start()
        assert asked.wait(PATIENCE)
        ending.set()
    asking.join(PATIENCE)
    assert got == [b"the whole answer"]


def test_a_connection_that_says_nothing_holds_nobody_up(house: House) -> None:
    port = free_port()
    with ExitStack() as stack:
        with app.beside(house, host="127.0.0.1", port=port):
            silent = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            silent.sendall(b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n")
            answers(port)
            begun = time.monotonic()
        assert time.monotonic() - begun < 4
        assert silent.recv(1) == b""


def test_worker_and_desk_are_one_process_and_end_together(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "pullquote.toml").write_text('[channels.posts]\nplatform = "outbox"\n')
    clean = {name: value for name, value in os.environ.items() if "DATABASE_URL" not in name}
    command = [sys.executable, "-m", "bot", "run", "--web", f"127.0.0.1:{port}", "--config", "pullquote.toml"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=clean
    )
    try:
        assert b"pullquote" in answers(port)
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == 0, said
    assert f"http://127.0.0.1:{port}/join/" in said
    assert "Traceback" not in said


def test_a_port_that_is_taken_is_a_fault_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "pullquote.toml").write_text("")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        command = [sys.executable, "-m", "bot", "run", "--web", address, "--config", "pullquote.toml"]
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert ended.returncode == 3
    assert f"{address} cannot be listened on" in ended.stderr


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8080", ("127.0.0.1", 8080)),
        (":8080", ("127.0.0.1", 8080)),
        ("10.0.0.5:80", ("10.0.0.5", 80)),
        ("[::1]:8080", ("::1", 8080)),
        ("desk.local:1", ("desk.local", 1)),
    ],
)
def test_an_address_without_a_host_is_this_machine(address: str, expected: tuple[str, int]) -> None:
    assert listening(address) == expected


@pytest.mark.parametrize("address", ["", "host", "host:", "host:99999", "::1:8080", "host:8o8o"])
def test_a_wrong_address_is_refused(address: str) -> None:
    with pytest.raises(click.BadParameter):
        listening(address)
