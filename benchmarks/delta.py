"""What one new item costs: `python -m benchmarks.delta [FEED]`, in processor seconds, as ratios in one run.

FEED is a long feed (`../shared/data/feeds/bench/podcast300.xml` by default: 300 real items, 1.9 MB). Its first item
counts as new, all others as known. Beside each other: hashing the body, which an unchanged feed costs; taking it apart,
fingerprinting each item and parsing the one that is new; our parse of the whole; feedparser's, as it comes and with its
sanitiser and its resolving of links off. The best of some rounds counts, because others work on the machine too.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import time
from collections.abc import Callable
from pathlib import Path

import feedparser

from bot.model.feed import Feed
from bot.sources import split
from bot.sources.feed import parse

FEED = Path(__file__).resolve().parents[2] / "shared" / "data" / "feeds" / "bench" / "podcast300.xml"
ROUNDS = 7


def delta_parse(body: bytes, known: frozenset[str]) -> Feed:
    """What a poll does with a feed of which most items are known."""
    parts = split.split(body)
    if parts is None:
        raise SystemExit("this feed cannot be taken apart, so each change of it costs a parse of the whole")
    marks = [split.fingerprint(item) for item in parts.items]
    return parse(split.delta(parts, [n for n, mark in enumerate(marks) if mark not in known]), "feed")


def best(work: Callable[[], object]) -> float:
    """Processor milliseconds of the quickest of some rounds."""
    spent = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        work()
        spent.append(time.process_time() - begun)
    return min(spent) * 1000


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("feed", nargs="?", type=Path, default=FEED)
    body = arguments.parse_args().feed.read_bytes()
    full = parse(body, "feed")
    newest = full.items[0]
    known = frozenset(item.fingerprint for item in full.items) - {newest.fingerprint}
    found = delta_parse(body, known)
    if found.items != (newest,):
        raise SystemExit("the new item says something else alone than beside the others")
    parts = split.split(body)
    size = f"{len(body):,} bytes, {len(full.items)} items, {len(parts.items[0]) if parts else 0:,} bytes of them new"
    rows = {
        "hash of the body": best(lambda: hashlib.sha256(body).digest()),
        "hash without what changes by itself": best(lambda: split.cleaned_hash(body)),
        "taken apart, one new item parsed": best(lambda: delta_parse(body, known)),
        "our parse of the whole": best(lambda: parse(body, "feed")),
        "feedparser, its sanitiser and links off": best(
            lambda: feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
        ),
        "feedparser": best(lambda: feedparser.parse(io.BytesIO(body))),
    }
    one = rows["taken apart, one new item parsed"]
    print(size)
    for name, spent in rows.items():
        print(f"{name:42} {spent:9.1f} ms {spent / one:8.2f} x")
    print(f"One new item costs {rows['feedparser'] / one:.0f} times less than feedparser's parse of the whole.")


if __name__ == "__main__":
    main()
