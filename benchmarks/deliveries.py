"""Deliveries a second through the full ledger, against a bare loop that posts the same bytes to the same local server.

`python -m benchmarks.deliveries 100 1000 10000` makes so many approved posts (each with a quotation that is checked
against its transcript), sends them over some channels at once with the real worker, and prints a row for each size.
Server, worker and bare loop are processes of their own. Quote the ratios: seconds belong to the machine.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.house import House
    from bot.store.database import Db

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
_SAID = "The oven is the last thing that you learn to read, and number {number} taught me so in the first year."
_CONFIG = """
live = true
data = "data"
senders = {senders}
"""
_CHANNEL = """
[channels.c{number}]
platform = "webhook"
url_env = "HOOK_URL"
secret_env = "HOOK_SECRET"
late = "30d"
"""


@dataclass(frozen=True)
class Timed:
    """One way of sending: how many arrived, in how many seconds, and how many of them the process was computing."""

    sent: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        return self.sent / self.seconds


def main(sizes: list[int], *, channels: int, profile: bool, pause: float) -> None:
    """Measure each size and print the rows."""
    head = f"deliveries | bare loop /s | {channels} bare threads /s | full /s | of the loop | bare CPU ms | full CPU ms"
    print(f"| {head} |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder, _server(pause) as url:
            home = Path(folder)
            _inside("prepare", home, url, size, channels)
            bare = _timed(_inside("bare", home, url, size, 1))
            threads = _timed(_inside("bare", home, url, size, channels))
            full = _timed(_inside("profile" if profile else "full", home, url, size, channels))
        print(
            f"| {size} | {bare.rate:.0f} | {threads.rate:.0f} | {full.rate:.0f} | {full.rate / bare.rate:.2f} "
            f"| {bare.cpu / size * 1000:.2f} | {full.cpu / size * 1000:.2f} |",
            flush=True,
        )


def prepare(home: Path, size: int, channels: int) -> None:
    """An episode for every hundred posts, and the posts, as they stand once they were approved at once.

    Their rows are written a hundred at a time: what approving costs is not measured here.
    """
    from bot.config import load
    from bot.house import opened
    from bot.model.episode import Episode, Segment, Transcript
    from bot.store.codec import content_hash, encode
    from bot.store.schema import episode_revisions, episodes

    (home / "c.toml").write_text(
        _CONFIG.format(senders=min(channels, 32)) + "".join(_CHANNEL.format(number=each) for each in range(channels)),
        encoding="utf-8",
    )
    with opened(load(home / "c.toml")) as house:
        for first in range(0, size, 100):
            numbers = range(first, min(first + 100, size))
            said = tuple(Segment(_SAID.format(number=number), float(number), number + 5.0, "Ada") for number in numbers)
            text = encode(Episode(title=f"Episode {first}", transcript=Transcript(said)))
            full = " ".join(each.text for each in said)
            number = first // 100 + 1
            with house.store.write() as db:
                db.execute(
                    episodes.insert().values(
                        id=number,
                        identity=f"e{number}",
                        title=f"Episode {first}",
                        title_key=f"t{number}",
                        locator=f"l{number}",
                        first_seen_at=NOW,
                        announced=0,
                        revision=1,
                        prepared_revision=1,
                    )
                )
                db.execute(
                    episode_revisions.insert().values(
                        episode_id=number,
                        number=1,
                        content_hash=content_hash(text),
                        content=text,
                        locator="l",
                        read_at=NOW,
                    )
                )
                _posts(house, db, numbers, full, channels)
        _write_bodies(house, home, size)


def _posts(house: House, db: Db, numbers: range, full: str, channels: int) -> None:
    from bot.drafting.payload import freeze
    from bot.intend import written
    from bot.model.provenance import EpisodeRef
    from bot.model.publication import Post, QuotedSpan
    from bot.model.states import Act
    from bot.store.codec import content_hash
    from bot.store.schema import approvals, deliveries, draft_revisions, drafts

    rows: dict[str, list[dict[str, object]]] = {"drafts": [], "revisions": [], "approvals": [], "deliveries": []}
    for number in numbers:
        quote, channel, draft = _SAID.format(number=number), f"c{number % channels}", number + 1
        begin = full.index(quote)
        ref = EpisodeRef(number // 100 + 1, 1)
        span = QuotedSpan(ref, begin, begin + len(quote), quote, "Ada")
        post = Post(f"“{quote}”\n\n— Ada\n\nhttps://pod.example/{number}", None, "en", (span,), (ref,))
        payload = freeze(post)
        hashed = content_hash(payload)
        key = f"announcement-{draft}-{hashed[:12]}"
        body, _steps = written(house.channels[channel], post, act=Act.PUBLISH, key=key, at=NOW)
        who = {"draft_id": draft, "revision": 1}
        rows["drafts"].append(
            {
                "id": draft,
                "key": f"b:{number}",
                "kind": "announcement",
                "channel": channel,
                "state": "scheduled",
                "title": "T",
                "revision": 1,
                "edits": "{}",
                "due_at": NOW,
                "made_at": NOW,
                "changed_at": NOW,
            }
        )
        rows["revisions"].append(
            {
                "draft_id": draft,
                "number": 1,
                "hash": hashed,
                "payload": payload,
                "basis": "",
                "made_by": "bench",
                "made_at": NOW,
            }
        )
        rows["approvals"].append({**who, "hash": hashed, "actor": "bench", "at": NOW})
        rows["deliveries"].append(
            {
                **who,
                "key": key,
                "channel": channel,
                "state": "planned",
                "body": body,
                "body_hash": content_hash(body),
                "composed_at": NOW,
                "due_at": NOW,
                "late_at": NOW + timedelta(days=30),
                "attempts": 0,
                "changed_at": NOW,
            }
        )
    for table, of in (
        (drafts, "drafts"),
        (draft_revisions, "revisions"),
        (approvals, "approvals"),
        (deliveries, "deliveries"),
    ):
        db.execute(table.insert(), rows[of])


def _write_bodies(house: House, home: Path, size: int) -> None:
    """The bytes that were planned, for the bare loop."""
    import sqlalchemy as sa

    from bot.store.schema import deliveries

    with house.store.read() as db:
        bodies = [bytes(each).decode() for each in db.scalars(sa.select(deliveries.c.body))]
    assert len(bodies) == size
    (home / "bodies.json").write_text(json.dumps(bodies), encoding="utf-8")


def bare(home: Path, url: str, threads: int) -> Timed:
    """What httpx does when nothing is remembered: the same bytes, one after the other, on kept connections."""
    from concurrent.futures import ThreadPoolExecutor

    import httpx

    bodies = [each.encode() for each in json.loads((home / "bodies.json").read_text(encoding="utf-8"))]

    def send(share: list[bytes]) -> None:
        with httpx.Client() as client:
            for body in share:
                client.post(url, content=body, headers={"content-type": "application/json"}).raise_for_status()

    started, computing = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(send, [bodies[number::threads] for number in range(threads)]))
    return Timed(len(bodies), time.perf_counter() - started, time.process_time() - computing)


def full(home: Path) -> Timed:
    """The real worker: claim, check, write down, send, record; until nothing is due."""
    from bot import deliver
    from bot.config import load
    from bot.house import opened

    with opened(load(home / "c.toml")) as house:
        started = time.perf_counter()
        computing = time.process_time()
        done = deliver.deliver(house, lambda: NOW)
        return Timed(done.accepted, time.perf_counter() - started, time.process_time() - computing)


class _Hook(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body in one packet at once: else each answer would wait for the other side's delayed ACK.
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    # How long the service thinks, in seconds.
    pause = 0.0

    def do_POST(self) -> None:
        if self.pause:
            time.sleep(self.pause)
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    # Many connect at once; those that find the queue full would come again only after a second.
    request_queue_size = 128


@contextmanager
def _server(pause: float = 0.0) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.deliveries", "--inside", "server", str(pause)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def _serve(pause: float) -> None:
    _Hook.pause = pause
    server = _Server(("127.0.0.1", 0), _Hook)
    print(f"http://127.0.0.1:{server.server_address[1]}/hook", flush=True)
    server.serve_forever()


def _inside(what: str, home: Path, url: str, size: int, channels: int) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.endswith("DATABASE_URL")}
    environment |= {"HOOK_URL": url, "HOOK_SECRET": SECRET}
    command = [
        sys.executable,
        "-m",
        "benchmarks.deliveries",
        "--inside",
        what,
        str(home),
        url,
        str(size),
        str(channels),
    ]
    return subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE, text=True).stdout


def _timed(said: str) -> Timed:
    *shown, last = said.strip().splitlines()
    for line in shown:
        print(line, file=sys.stderr)
    sent, seconds, cpu = last.split()
    return Timed(int(sent), float(seconds), float(cpu))


def _do(what: str, home: str, url: str, size: str, channels: str) -> None:
    match what:
        case "prepare":
            prepare(Path(home), int(size), int(channels))
            return
        case "bare":
            made = bare(Path(home), url, int(channels))
        case "full":
            made = full(Path(home))
        case _:
            with cProfile.Profile() as profiled:
                made = full(Path(home))
            pstats.Stats(profiled).sort_stats("tottime").print_stats(30)
    print(made.sent, made.seconds, made.cpu)


if __name__ == "__main__":
    if sys.argv[1:3] == ["--inside", "server"]:
        _serve(float(sys.argv[3]))
    elif sys.argv[1:2] == ["--inside"]:
        _do(*sys.argv[2:])
    else:
        parser = argparse.ArgumentParser(description=__doc__)
        parser.add_argument("sizes", type=int, nargs="*", default=[100, 1000])
        parser.add_argument("--channels", type=int, default=16)
        parser.add_argument("--pause", type=float, default=0.0, help="how long the server thinks, in milliseconds")
        parser.add_argument("--profile", action="store_true", help="of the thread that writes the ledger")
        asked = parser.parse_args()
        main(asked.sizes, channels=asked.channels, profile=asked.profile, pause=asked.pause / 1000)
