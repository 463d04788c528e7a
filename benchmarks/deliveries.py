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
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

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


def main(sizes: list[int], *, channels: int, profile: bool) -> None:
    """Measure each size and print the rows."""
    head = f"deliveries | bare loop /s | {channels} bare threads /s | full /s | of the loop | bare CPU ms | full CPU ms"
    print(f"| {head} |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder, _server() as url:
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
    """An episode for every hundred posts, and the posts: drafted, approved and planned as the program does it."""
    from bot import review
    from bot.config import load
    from bot.drafting.payload import freeze
    from bot.house import opened
    from bot.model.episode import Episode, Segment, Transcript
    from bot.model.provenance import EpisodeRef
    from bot.model.publication import Kind, Post, QuotedSpan
    from bot.store import drafts
    from bot.store.codec import content_hash, encode
    from bot.store.drafts import NewDraft
    from bot.store.schema import episode_revisions, episodes

    (home / "c.toml").write_text(
        _CONFIG.format(senders=channels) + "".join(_CHANNEL.format(number=each) for each in range(channels)),
        encoding="utf-8",
    )
    with opened(load(home / "c.toml")) as house:
        for first in range(0, size, 100):
            numbers = range(first, min(first + 100, size))
            said = tuple(Segment(_SAID.format(number=number), float(number), number + 5.0, "Ada") for number in numbers)
            episode = Episode(title=f"Episode {first}", transcript=Transcript(said))
            with house.store.write() as db:
                number = first // 100 + 1
                db.execute(
                    episodes.insert().values(
                        id=number,
                        identity=f"e{number}",
                        title=episode.title,
                        title_key=f"t{number}",
                        locator=f"l{number}",
                        first_seen_at=NOW,
                        announced=0,
                        revision=1,
                        prepared_revision=1,
                    )
                )
                text = encode(episode)
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
            full = " ".join(each.text for each in said)
            for number in numbers:
                quote = _SAID.format(number=number)
                begin = full.index(quote)
                ref = EpisodeRef(first // 100 + 1, 1)
                span = QuotedSpan(ref, begin, begin + len(quote), quote, "Ada")
                post = Post(f"“{quote}”\n\n— Ada\n\nhttps://pod.example/{number}", None, "en", (span,), (ref,))
                with house.store.write() as db:
                    made = drafts.create(
                        db,
                        # An announcement is not compared with what ran before: that is measured elsewhere.
                        NewDraft(f"b:{number}", Kind.EDITION_POST, f"c{number % channels}", "T", freeze(post)),
                        actor="bench",
                        at=NOW,
                    )
                review.approve(house, made.id, actor="bench", now=NOW, at_once=True)
        _write_bodies(home, size)


def _write_bodies(home: Path, size: int) -> None:
    """The bytes that were planned, for the bare loop."""
    import sqlalchemy as sa

    from bot.store.database import Store, sqlite_url
    from bot.store.schema import deliveries

    store = Store(sqlite_url(home / "data" / "pullquote.db"))
    with store.read() as db:
        bodies = [bytes(each).decode() for each in db.scalars(sa.select(deliveries.c.body))]
    store.close()
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

    def do_POST(self) -> None:
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
def _server() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.deliveries", "--inside", "server"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def _serve() -> None:
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
        _serve()
    elif sys.argv[1:2] == ["--inside"]:
        _do(*sys.argv[2:])
    else:
        parser = argparse.ArgumentParser(description=__doc__)
        parser.add_argument("sizes", type=int, nargs="*", default=[100, 1000])
        parser.add_argument("--channels", type=int, default=4)
        parser.add_argument("--profile", action="store_true")
        asked = parser.parse_args()
        main(asked.sizes, channels=asked.channels, profile=asked.profile)
