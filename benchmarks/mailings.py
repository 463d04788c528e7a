"""Readers a second through the whole ledger, against a bare loop that posts the same bytes to the same local server.

`python -m benchmarks.mailings 1000 10000 100000` writes down so many readers, approves an edition of thirty kilobytes
and sends it with the real worker to a server that speaks like Resend, a hundred readers a request. Server, worker and
bare loop are processes of their own. Quote the ratios: seconds belong to the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path

from bot.model.places import Place
from bot.model.publication import Mail
from bot.model.subscriber import Cadence

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
_CONFIG = """
live = true
data = "data"

[web]
public = "https://desk.example"

[newsletters.weekly]
title = "The Weekly"
sender = "The Weekly <weekly@example.org>"
address = "1 Quay"
# What is sent here is no whole mail, and its sender an example's.
preflight = "warn"
channel = "mail"
late = "30d"

[channels.mail]
platform = "resend"
token_env = "RESEND_TOKEN"
server = "{url}"
late = "30d"
"""
_SENTENCE = "The oven is the last thing that you learn to read, and it taught me so in the first year of the trade. "


def main(sizes: list[int]) -> None:
    """Measure each size and print the rows."""
    print("| readers | bare loop /s | full /s | of the loop | making the list, s | peak MB of the worker |")
    print("|---:|---:|---:|---:|---:|---:|")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder, _server() as url:
            home = Path(folder)
            listed = _inside("prepare", home, url, size)
            full = _inside("full", home, url, size)
            bare = _inside("bare", home, url, size)
        print(
            f"| {size:,} | {size / bare['seconds']:,.0f} | {size / full['seconds']:,.0f} "
            f"| {bare['seconds'] / full['seconds']:.2f} | {listed['seconds']:.1f} | {full['peak']:.0f} |",
            flush=True,
        )


def prepare(home: Path, url: str, size: int) -> None:
    """The readers and an approved edition, as the program makes them."""
    from bot import review, subscribe
    from bot.addresses import Line
    from bot.config import load
    from bot.drafting.payload import freeze
    from bot.house import opened
    from bot.model.address import Address
    from bot.model.publication import Kind
    from bot.store import drafts

    (home / "c.toml").write_text(_CONFIG.format(url=url), encoding="utf-8")
    with opened(load(home / "c.toml")) as house:
        rows = (Line(n, Address(f"reader{n:07}@example.org"), "", Cadence.EVERY, "bench") for n in range(size))
        subscribe.take_in(house, "weekly", rows, NOW)
        with house.store.write() as db:
            new = drafts.NewDraft(
                "e", Kind.EDITION, "mail", "T", freeze(_mail()), newsletter="weekly", number=1, due_at=NOW
            )
            made = drafts.create(db, new, actor="bench", at=NOW)
        review.approve(house, made.id, actor="bench", now=NOW, at_once=True)


def full(home: Path, _url: str, size: int) -> None:
    """The real worker, until everybody has it."""
    from bot import deliver
    from bot.config import load
    from bot.house import opened
    from bot.model.states import RecipientState
    from bot.store import mailings

    with opened(load(home / "c.toml")) as house:
        deliver.deliver(house, lambda: NOW)
        with house.store.read() as db:
            assert mailings.tally(db, 1)[RecipientState.ACCEPTED] == size


def bare(home: Path, url: str, size: int) -> None:
    """The same bytes, posted one after the other by httpx and nothing else; made before the clock starts."""
    import httpx

    from bot.config import load
    from bot.deliver.mailing import letters_of
    from bot.house import opened
    from bot.platforms.resend import Resend
    from bot.store import deliveries, mailings

    with opened(load(home / "c.toml")) as house, house.store.read() as db:
        delivery = deliveries.get(db, 1)
        platform = house.channels["mail"]
        assert isinstance(platform, Resend)
        readers = list(islice(mailings.listed(db, 1), 100))
        body = platform.enclose(_mail(), letters_of(delivery, readers, "https://desk.example"), key="k", at=NOW)
    _clock_starts()
    with httpx.Client() as client:
        for number in range((size + 99) // 100):
            headers = {"Authorization": "Bearer x", "Idempotency-Key": f"{number}", "Content-Type": "application/json"}
            client.post(f"{url}/emails/batch", content=body, headers=headers).json()


def _mail() -> Mail:
    words = _SENTENCE * 120
    way_out = f'<a href="{Place.UNSUBSCRIBE}">x</a><a href="{Place.PREFERENCES}">y</a>'
    return Mail(
        "The Weekly <weekly@example.org>",
        "Deadlines",
        "And promises",
        f"<html><p>{words}{words[:5_000]}</p><p>{Place.PROMISE}</p>{way_out}</html>",
        f"{words}\n{Place.PROMISE}\n{Place.UNSUBSCRIBE}\n{Place.PREFERENCES}\n",
        "en",
        (),
        (),
        newsletter="weekly",
        promises=((Cadence.EVERY, "every Thursday"),),
    )


_started = 0.0


def _clock_starts() -> None:
    global _started
    _started = time.perf_counter()


def _inside(what: str, home: Path, url: str, size: int) -> dict[str, float]:
    """Do one thing in a process of its own; how long it took there, and the most memory that it had."""
    command = [sys.executable, "-m", "benchmarks.mailings", f"--{what}", str(home), url, str(size)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "RESEND_TOKEN": "x"})
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        number = body.count(b'"tags": [')
        said = json.dumps({"data": [{"id": f"m{each}"} for each in range(number)]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def do_GET(self) -> None:
        said = b'{"data": []}'
        self.send_response(200)
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)


@contextmanager
def _server() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.mailings", "--serve"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


def _serve() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--serve"]:
            _serve()
        case [("--prepare" | "--full" | "--bare") as what, home, url, size]:
            _clock_starts()
            {"--prepare": prepare, "--full": full, "--bare": bare}[what](Path(home), url, int(size))
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(json.dumps({"seconds": time.perf_counter() - _started, "peak": peak}))
        case _:
            parser = argparse.ArgumentParser(description=__doc__)
            parser.add_argument("sizes", nargs="+", type=int)
            main(parser.parse_args().sizes)
