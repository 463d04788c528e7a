"""What polling costs: `python -m benchmarks.polling [FEEDS] [--memory]`, all on loopback, as ratios in one run.

A thousand feeds, each at an address of its own: first all answer 304, then all answer 200 with what they had before.
Ours is the real poll over a real store. Beside it, in the same process and in turn: a bare loop over httpx in as many
threads, which keeps no books; the same with a hash of each body; and, where it is installed, the `reader` package's
update of the same feeds. CPU seconds are those of this process; the server is another one.

With --memory only ours polls, once for the first time, then while all answer 304, then while all answer 200; what each
poll takes at most is told, of this process and of the one in which feeds are read.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from bot import collect
from bot.config import load
from bot.house import House
from bot.sources import sandbox
from bot.store.database import Store, sqlite_url

AT_ONCE = 16
START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ROUNDS = 3


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("feeds", nargs="?", type=int, default=1000)
    arguments.add_argument("--memory", action="store_true", help="tell the memory of three polls and nothing else")
    arguments.add_argument("--server", type=int, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.server is not None:
        _serve(given.server)
        return
    with tempfile.TemporaryDirectory() as folder, _serving() as port:
        hosts = [f"127.{1 + n // 60_000}.{n // 250 % 240}.{n % 250 + 1}" for n in range(given.feeds)]
        urls = [f"http://{host}:{port}/feed" for host in hosts]
        house = _house(Path(folder), urls)
        if given.memory:
            _remember(house, port, given.feeds)
        else:
            _measure(house, port, urls, Path(folder))


@contextmanager
def _serving() -> Iterator[int]:
    port = 18_099
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.polling", "--server", str(port)])
    try:
        _wait(port)
        yield port
    finally:
        server.terminate()
        server.wait()


def _remember(house: House, port: int, count: int) -> None:
    moment = [START]
    for what in ("the first poll", "all answer 304", "all answer 200, unchanged"):
        if what.startswith("all answer 200"):
            httpx.post(f"http://127.0.0.1:{port}/mode/200")
        seconds = _cpu(lambda: collect.poll(house, lambda: moment[0]))
        child = (sandbox.shared().resident or 0) / 2**20
        print(f"{count} feeds, {what}: {seconds:.1f} CPU s, peak {_peak():.0f} MB, and {child:.0f} MB in the reader")
        moment[0] += timedelta(hours=13)


def _measure(house: House, port: int, urls: list[str], folder: Path) -> None:
    moment = [START]
    first = _cpu(lambda: collect.poll(house, lambda: moment[0]))
    print(f"{len(urls)} feeds, first poll (parsed and stored): {first:.2f} CPU s, peak {_peak():.0f} MB")
    _compare("304", urls, house, moment, folder)
    httpx.post(f"http://127.0.0.1:{port}/mode/200")
    _compare("200, unchanged", urls, house, moment, folder)
    print(f"peak of this process: {_peak():.0f} MB")


def _compare(what: str, urls: list[str], house: House, moment: list[datetime], folder: Path) -> None:
    figures: dict[str, list[float]] = {}
    client = httpx.Client(timeout=20)

    def bare(url: str) -> None:
        client.get(url, headers={"if-none-match": '"one"'})

    def hashed(url: str) -> None:
        hashlib.sha256(client.get(url).content).hexdigest()

    contenders: dict[str, Callable[[], object]] = {
        "pullquote": lambda: collect.poll(house, lambda: moment[0]),
        "bare httpx loop": lambda: _threads(bare if what == "304" else hashed, urls),
    }
    if (other := _reader(folder, urls)) is not None:
        contenders["reader"] = other
    for _ in range(ROUNDS):
        for name, contender in contenders.items():
            # Past every pause, and past the day in which a feed is asked in full: the second poll of a day is the one.
            moment[0] += timedelta(hours=13)
            figures.setdefault(name, []).append(_cpu(contender))
    ours = min(figures["pullquote"])
    for name, seconds in figures.items():
        print(f"{what:>15}  {name:<16} {min(seconds):6.2f} CPU s   pullquote takes {ours / min(seconds):.2f} of it")
    client.close()


def _house(folder: Path, urls: list[str]) -> House:
    hosts = ", ".join(f'"{url.split("/")[2]}"' for url in urls)
    tables = "".join(f'[[sources]]\nkind = "feed"\nurl = "{url}"\nmost = "12h"\n' for url in urls)
    path = folder / "pullquote.toml"
    path.write_text(f"[fetch]\nat_once = {AT_ONCE}\nallow = [{hosts}]\n{tables}", encoding="utf-8")
    loaded = load(path)
    loaded.data.mkdir(exist_ok=True)
    store = Store(sqlite_url(loaded.data / "bench.db"))
    store.migrate()
    return House(loaded, store, {})


def _reader(folder: Path, urls: list[str]) -> Callable[[], object] | None:
    try:
        from reader import make_reader  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        return None
    path = folder / "reader.db"
    fresh = not path.exists()
    reader = make_reader(str(path))
    if fresh:
        for url in urls:
            reader.add_feed(url)
        reader.update_feeds(workers=AT_ONCE)
    return lambda: reader.update_feeds(workers=AT_ONCE, scheduled=False)


def _threads(one: Callable[[str], None], urls: list[str]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(one, urls))


def _cpu(what: Callable[[], object]) -> float:
    began = time.process_time()
    what()
    return time.process_time() - began


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _wait(port: int) -> None:
    for _ in range(100):
        try:
            httpx.get(f"http://127.0.0.1:{port}/feed")
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server did not start")


def _serve(port: int) -> None:
    """Answers 304 to those who have a validator, or (after POST /mode/200) always 200 without one."""
    import asyncio

    items = "".join(
        f"<item><title>Episode {n}</title><guid>g{n}</guid>"
        f"<pubDate>Tue, {1 + n % 27:02d} Sep 2026 08:00:00 GMT</pubDate>"
        f"<description>{'Words of the notes. ' * 40}</description></item>"
        for n in range(50)
    )
    body = f'<rss version="2.0"><channel><title>Show</title>{items}</channel></rss>'.encode()
    whole = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n%s\r\n" + body
    mode = {"honest": True}

    class Answer(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport
            self.received = b""

        def data_received(self, data: bytes) -> None:
            self.received += data
            if b"\r\n\r\n" not in self.received:
                return
            head, self.received = self.received.lower(), b""
            if head.startswith(b"post /mode"):
                mode["honest"] = False
            if mode["honest"] and b"if-none-match" in head:
                answer = b'HTTP/1.1 304 Not Modified\r\nETag: "one"\r\nDate: Tue, 24 Nov 2026 08:00:00 GMT\r\n\r\n'
            else:
                answer = whole % (len(body), b'ETag: "one"\r\n' if mode["honest"] else b"")
            self.transport.write(answer)  # type: ignore[attr-defined]

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Answer, "0.0.0.0", port, backlog=2000)  # noqa: S104
        async with server:
            # Ends by itself, should nobody end it.
            await asyncio.sleep(1200)

    asyncio.run(run())


if __name__ == "__main__":
    main()
