"""CPU seconds and memory of picking from transcripts of 3,000 to 300,000 invented words.

python -m benchmarks.quotes.speed
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import time

from bot.model.episode import Episode, Segment, Transcript
from bot.quotes import pick

_SIZES = (3_000, 30_000, 100_000, 300_000)
_OPENERS = (
    "You never",
    "The thing is that you",
    "People",
    "I think we",
    "So they",
    "What matters is that you",
    "And it",
)
_VERBS = ("bake", "carry", "sell", "learn", "lose", "find", "trust", "build", "remember", "change")
_THINGS = (
    "bread",
    "a mill",
    "the river",
    "every customer",
    "an honest oven",
    "the price of flour",
    "a promise",
    "time",
)
_TAILS = (
    "before sunrise",
    "without thinking",
    "in a small town",
    "because it lasts",
    "year after year",
    "at 5 degrees",
)


def main() -> None:
    if len(sys.argv) > 1:
        _one(int(sys.argv[1]))
        return
    print("| words | sentences | CPU s | peak MB |\n|---|---|---|---|")
    for size in _SIZES:
        subprocess.run([sys.executable, "-m", "benchmarks.quotes.speed", str(size)], check=True)


def _one(size: int) -> None:
    episode = invented(size)
    began = time.process_time()
    pick.pick(episode)
    took = time.process_time() - began
    sentences = len(pick.judge(episode)) if size <= 30_000 else size // 12
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"| {size:,} | about {sentences:,} | {took:.2f} | {peak:.0f} |", flush=True)


def invented(size: int) -> Episode:
    """An interview of about `size` words that no one ever held."""
    draw = random.Random(size)  # noqa: S311
    segments, words, at, turn = [], 0, 0.0, 0
    while words < size:
        turn += 1
        lines = [_sentence(draw) for _ in range(2 if turn % 2 else draw.randint(3, 14))]
        text = " ".join(lines) + (" Why is that?" if turn % 2 else "")
        segments.append(Segment(text, round(at, 2), round(at + len(text) / 15, 2), "Host" if turn % 2 else "Guest"))
        at += len(text) / 15
        words += len(text.split())
    return Episode(title="The price of flour", transcript=Transcript(tuple(segments)))


def _sentence(draw: random.Random) -> str:
    parts = [draw.choice(_OPENERS), draw.choice(_VERBS), draw.choice(_THINGS), draw.choice(_TAILS)]
    if draw.random() < 0.4:
        parts += ["but", draw.choice(_VERBS), draw.choice(_THINGS), f"{draw.choice('bcdfg')}{draw.choice('aeiou')}rn"]
    return " ".join(parts) + "."


if __name__ == "__main__":
    main()
