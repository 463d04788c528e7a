"""Readers a second through the whole ledger, against bare httpx that posts the same bytes to the same local server.

`python -m benchmarks.mailings 1000 10000 100000` writes down so many readers, approves an edition of thirty kilobytes
(`--kilobytes 3`: another size) and sends it with the real worker to a server that speaks like Resend, a hundred readers
a request (`--service ses`: like Amazon's, one); with `--tls` over TLS, as every real service demands it. The worker
takes as many processes beside it as it does of itself, or `--mailers 2`. Then bare httpx posts the same requests, held
against the hashes in the ledger: one after the other on one kept connection, and as many at once as the worker makes.

`--rounds 3` does all of that three times in turn and tells the medians. Server, worker and bare loop are processes of
their own; each clock starts when the process has loaded what it needs. The worker's includes writing the audience down.
The server does no more than count the mails, and tells what time that took. Quote the ratios: seconds belong to the
machine.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import groupby, islice
from pathlib import Path
from statistics import median
from urllib.request import urlopen

from bot.model.places import Place
from bot.model.publication import Mail
from bot.model.subscriber import Cadence
from bot.store.database import Store

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
_BODIES = 32
_CONFIG = """
live = true
{mailers}
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
{account}
server = "{url}"
late = "30d"
"""
# What an account's settings are, and where its mails are posted to. Amazon's take one in a request.
_SERVICES = {
    "resend": ('platform = "resend"\ntoken_env = "TOKEN"', "emails/batch"),
    "ses": (
        'platform = "ses"\nregion = "eu-central-1"\nkey_env = "TOKEN"\nsecret_env = "TOKEN"',
        "v2/email/outbound-emails",
    ),
}
_SENTENCE = "The oven is the last thing that you learn to read, and it taught me so in the first year of the trade. "


def main(sizes: list[int], kilobytes: int, rounds: int, mailers: int | None, *, service: str, tls: bool) -> None:
    """Measure each size and print the rows."""
    print(
        "| readers | bare loop /s | bare, four at once /s | full /s | of the loop | of four at once "
        "| CPU ms a request: loop, worker, server of each | peak MB of the worker and its processes |"
    )
    print("|---:|---:|---:|---:|---:|---:|---:|---:|")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder, _server(Path(folder), tls=tls) as url:
            home = Path(folder) / "home"
            home.mkdir()
            (home / "c.toml").write_text(
                _CONFIG.format(
                    url=url, account=_SERVICES[service][0], mailers="" if mailers is None else f"mailers = {mailers}"
                ),
                encoding="utf-8",
            )
            _inside("prepare", home, url, size, kilobytes)
            found: list[dict[str, dict[str, float]]] = []
            for number in range(rounds):
                used = Path(folder) / f"used{number}"
                shutil.copytree(home, used)
                found.append({what: _inside(what, used, url, size, kilobytes) for what in ("full", "bare", "four")})
                shutil.rmtree(used)
                print(f"{size:,}: {found[-1]}", file=sys.stderr, flush=True)
        print(_row(size, found), flush=True)


def _row(size: int, found: list[dict[str, dict[str, float]]]) -> str:
    requests = found[0]["full"]["requests"]
    rates = [f"{median(size / one[what]['seconds'] for one in found):,.0f}" for what in ("bare", "four", "full")]
    ratios = [
        f"{median(one[what]['seconds'] / one['full']['seconds'] for one in found):.2f}" for what in ("bare", "four")
    ]
    spent = [
        f"{median(one[what][where] for one in found) * 1000 / requests:.1f}"
        for what, where in (("bare", "cpu"), ("full", "cpu"), ("bare", "server"), ("full", "server"))
    ]
    peak = max(each["full"]["peak"] for each in found)
    return f"| {size:,} | {' | '.join(rates)} | {' | '.join(ratios)} | {', '.join(spent)} | {peak:.0f} |"


def prepare(home: Path, _url: str, size: int, kilobytes: int) -> int:
    """The readers and an approved edition, as the program makes them."""
    from bot import review, subscribe
    from bot.addresses import Line
    from bot.config import load
    from bot.drafting.payload import freeze
    from bot.house import opened
    from bot.model.address import Address
    from bot.model.publication import Kind
    from bot.store import drafts

    with opened(load(home / "c.toml")) as house:
        first = Line(1, Address("reader0000000@example.org"), "", Cadence.EVERY, "bench")
        subscribe.take_in(house, "weekly", [first], NOW)
        _many_like_the_first(house.store, size)
        with house.store.write() as db:
            new = drafts.NewDraft(
                "e", Kind.EDITION, "mail", "T", freeze(_mail(kilobytes)), newsletter="weekly", number=1, due_at=NOW
            )
            made = drafts.create(db, new, actor="bench", at=NOW)
        review.approve(house, made.id, actor="bench", now=NOW, at_once=True)
    return 0


def _many_like_the_first(store: Store, size: int) -> None:
    """So many readers as one was taken in: an import of a million would take longer than all that is measured."""
    import sqlalchemy as sa

    from bot.model.address import Address
    from bot.store.schema import subscribers, subscriptions

    with store.write() as db:
        reader = dict(db.execute(sa.select(subscribers)).one()._mapping)
        wish = dict(db.execute(sa.select(subscriptions)).one()._mapping)
        for begin in range(1, size, 10_000):
            readers, wishes = [], []
            for number in range(begin, min(begin + 10_000, size)):
                one, token = Address(f"reader{number:07}@example.org"), f"{number:011}-{number:020}"
                told = {"address": one.text, "address_key": one.key, "address_hash": one.hash}
                readers.append({**reader, **told, "id": reader["id"] + number})
                own = {"subscriber_id": reader["id"] + number, "token_id": token[:11], "token": token}
                wishes.append({**wish, **own})
            db.execute(sa.insert(subscribers), readers)
            db.execute(sa.insert(subscriptions), wishes)


def full(home: Path, _url: str, size: int, _kilobytes: int) -> int:
    """The real worker, until everybody has it. Gives the number of requests, as do the others."""
    from bot import deliver
    from bot.config import load
    from bot.house import opened
    from bot.model.states import RecipientState
    from bot.store import mailings, receipts

    with opened(load(home / "c.toml")) as house:
        threading.Thread(target=_watch_the_processes, daemon=True).start()
        _clock_starts()
        deliver.deliver(house, lambda: NOW)
        with house.store.read() as db:
            assert receipts.tally(db, 1)[RecipientState.ACCEPTED] == size
            return mailings.number_of_requests(db, 1)


def bare(home: Path, _url: str, _size: int, _kilobytes: int) -> int:
    """The same bytes, posted one after the other by httpx and nothing else; made before the clock starts."""
    return _posted(*_bodies(home), at_once=1)


def four(home: Path, _url: str, _size: int, _kilobytes: int) -> int:
    """As `bare`, as many at once as the worker has under way."""
    return _posted(*_bodies(home), at_once=4)


def _bodies(home: Path) -> tuple[list[bytes], int, str]:
    """The first requests as the worker made them, more than a cache holds; how many all are, and where they go."""
    from bot.config import load
    from bot.drafting.payload import fingerprint, thaw
    from bot.house import opened
    from bot.model.subscriber import Addressee
    from bot.platforms.letters import Letters
    from bot.posting.edition import Edition
    from bot.store import deliveries, drafts, mailings, receipts

    made = list[bytes]()
    with opened(load(home / "c.toml")) as house, house.store.read() as db:
        delivery, platform = deliveries.get(db, 1), house.channels["mail"]
        mail = thaw(drafts.revision(db, drafts.get(db, delivery.draft_id)).payload)
        assert isinstance(platform, Letters)
        assert isinstance(mail, Mail)
        edition = Edition(platform, mail, delivery.key, NOW, "https://desk.example")
        for _, group in islice(groupby(receipts.exported(db, 1), lambda each: each[0].batch), _BODIES):
            sent = list(group)
            readers = [Addressee(*(getattr(reader, name) for name in Addressee._fields)) for reader, _, _ in sent]
            _, body = edition.write(0, readers)
            assert {fingerprint(body)} == {noted for _, noted, _ in sent}, "the very bytes that the worker sent"
            made.append(body)
        return made, mailings.number_of_requests(db, 1), f"{platform.server}/{_SERVICES[platform.name][1]}"  # type: ignore[attr-defined]


def _posted(bodies: list[bytes], requests: int, url: str, *, at_once: int) -> int:
    import httpx

    _clock_starts()
    with httpx.Client() as client, ThreadPoolExecutor(at_once) as pool:

        def post(number: int) -> None:
            headers = {"Authorization": "Bearer x", "Idempotency-Key": f"{number}", "Content-Type": "application/json"}
            client.post(url, content=bodies[number % len(bodies)], headers=headers).json()

        numbers = range(requests)
        for _ in pool.map(post, numbers) if at_once > 1 else map(post, numbers):
            pass
    return requests


def _mail(kilobytes: int) -> Mail:
    words = _SENTENCE * (4 * kilobytes)
    way_out = f'<a href="{Place.UNSUBSCRIBE}">x</a><a href="{Place.PREFERENCES}">y</a>'
    return Mail(
        "The Weekly <weekly@example.org>",
        "Deadlines",
        "And promises",
        f"<html><p>{words}{words[: 170 * kilobytes]}</p><p>{Place.PROMISE}</p>{way_out}</html>",
        f"{words}\n{Place.PROMISE}\n{Place.UNSUBSCRIBE}\n{Place.PREFERENCES}\n",
        "en",
        (),
        (),
        newsletter="weekly",
        promises=((Cadence.EVERY, "every Thursday"),),
    )


# The most memory that the processes beside this one had together, in MB.
_beside = 0.0


def _watch_the_processes() -> None:
    global _beside
    while True:
        found = 0.0
        for children in Path("/proc/self/task").glob("*/children"):
            for each in children.read_text().split():
                with suppress(OSError, IndexError):
                    told = Path(f"/proc/{each}/status").read_text().partition("VmHWM:")[2]
                    found += int(told.split()[0]) / 1024
        _beside = max(_beside, found)
        time.sleep(0.2)


_started = (0.0, 0.0)


def _clock_starts() -> None:
    global _started
    _started = (time.perf_counter(), time.process_time())


def _inside(what: str, home: Path, url: str, size: int, kilobytes: int) -> dict[str, float]:
    """Do one thing in a process of its own; how long it took there and at the server, and the most memory it had."""
    command = [sys.executable, "-m", "benchmarks.mailings", f"--{what}", str(home), url, str(size), str(kilobytes)]
    certificate = home.parent / "certificate.pem"
    trusted = {"SSL_CERT_FILE": str(certificate)} if certificate.exists() else {}
    before = _spent(url, certificate)
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, **trusted, "TOKEN": "x"}
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return {**found, "server": _spent(url, certificate) - before}


def _spent(url: str, certificate: Path) -> float:
    """The processor seconds that the server has used."""
    trusting = ssl.create_default_context(cafile=certificate) if certificate.exists() else None
    with urlopen(f"{url}/spent", context=trusting) as answer:  # noqa: S310 - our own
        return float(json.loads(answer.read())["spent"])


# A whole request fits into each; kept from connection to connection.
_rooms: list[bytearray] = []


def _answer(connection: socket.socket) -> None:
    """Take requests from one connection until it ends. It must not be what the others wait for: nothing is copied."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    room = _rooms.pop() if _rooms else bytearray(16_000_000)
    view = memoryview(room)
    try:
        while (got := _request(connection, view, room)) is not None:
            # The mail holds no brace, and what is around it three pairs: for itself, its headers and its tag.
            number = room.count(b"{", 0, got) // 3
            mails = [{"id": f"m{each}"} for each in range(number)]
            told = json.dumps({"data": mails, "MessageId": "m", "spent": time.process_time()})
            head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(told)}\r\n\r\n"
            connection.sendall((head + told).encode())
    finally:
        _rooms.append(room)


def _request(connection: socket.socket, view: memoryview, room: bytearray) -> int | None:
    """Read one request into the room. How long it is; None where the connection ended."""
    got, whole = 0, 0
    while not whole or got < whole:
        if not (more := connection.recv_into(view[got : whole or got + 65_536])):
            return None
        got += more
        if not whole and (head := room.find(b"\r\n\r\n", 0, got)) >= 0:
            said = bytes(room[:head]).lower().partition(b"content-length: ")[2].partition(b"\r")[0]
            whole = head + 4 + int(said or 0)
    return got


@contextmanager
def _server(folder: Path, *, tls: bool) -> Iterator[str]:
    if tls:
        names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
        kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
        subprocess.run(["openssl", "req", "-x509", *kind, *files, *names], check=True, capture_output=True)
    command = [sys.executable, "-m", "benchmarks.mailings", "--serve", str(folder) if tls else ""]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


def _serve(folder: str) -> None:
    context = None
    if folder:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{folder}/certificate.pem", f"{folder}/key.pem")

    def serve(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            _answer(connection if context is None else context.wrap_socket(connection, server_side=True))

    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        print(f"http{'s' if folder else ''}://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        while True:
            threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--serve", folder]:
            _serve(folder)
        case [("--prepare" | "--full" | "--bare" | "--four") as what, home, url, size, kilobytes]:
            _clock_starts()
            does = {"--prepare": prepare, "--full": full, "--bare": bare, "--four": four}[what]
            requests = does(Path(home), url, int(size), int(kilobytes))
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 + _beside
            seconds, cpu = time.perf_counter() - _started[0], time.process_time() - _started[1]
            children = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu += children.ru_utime + children.ru_stime
            print(json.dumps({"seconds": seconds, "cpu": cpu, "peak": peak, "requests": requests}))
        case _:
            parser = argparse.ArgumentParser(description=__doc__)
            parser.add_argument("sizes", nargs="+", type=int)
            parser.add_argument("--kilobytes", type=int, default=30)
            parser.add_argument("--rounds", type=int, default=1)
            parser.add_argument("--mailers", type=int)
            parser.add_argument("--service", choices=_SERVICES, default="resend")
            parser.add_argument("--tls", action="store_true")
            asked = parser.parse_args()
            main(asked.sizes, asked.kilobytes, asked.rounds, asked.mailers, service=asked.service, tls=asked.tls)
