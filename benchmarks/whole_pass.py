"""The whole pass over many episode pages: pages a second, peak memory, and how both grow.

`python -m benchmarks.whole_pass 100 1000` writes pages into a folder of its own, runs the real `pullquote once` on them
in a process of its own, twice, and prints a row for each size. Quote the ratios: seconds belong to the machine.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

_TEXT = """
the a of and to in that we they people work time week water bread city street music team measure
number question answer reason mistake habit craft small large slow quick honest simple careful early
late never always often because although before after without against make keep lose find build
repair teach learn wait listen decide forget remember matter change stay leave begin finish hand
voice road river garden machine letter
"""
_WORDS = tuple(_TEXT.split())
_SHOWS = tuple(f"Show number {number}" for number in range(1, 21))


@dataclass(frozen=True)
class Run:
    """One process: wall and CPU seconds, and its peak memory in MB."""

    wall: float
    cpu: float
    peak: float


def page(number: int, chance: random.Random) -> str:
    """An episode page of about 1,000 spoken words, in the shape of the sample pages."""
    show = chance.choice(_SHOWS)
    lines = [
        f"Episode {number}: {_sentence(chance, 4, 8).rstrip('.')} #ai #podcast",
        _sentence(chance, 15, 25),
        "Summary",
        " ".join(_sentence(chance, 12, 25) for _ in range(6)),
        "Key Insights",
        *(f"- The speaker argues that {_sentence(chance, 10, 18).lower()}" for _ in range(4)),
        "Topics",
        "Transcript",
    ]
    at = 0
    for turn in range(40):
        said = " ".join(_sentence(chance, 6, 22) for _ in range(2))
        lines.append(f"[{at // 60}:{at % 60:02}] {'Host' if turn % 3 == 0 else 'Guest'}: {said}")
        at += 11
    return "\n".join([*lines, f"More from {show}", f"Another {number}", _sentence(chance, 12, 20)]) + "\n"


def main(sizes: list[int]) -> None:
    """Measure each size and print the rows."""
    print("| pages | first pass s | pages/s | CPU s | peak MB | unchanged pass s | s ratio | memory ratio |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|")
    before: Run | None = None
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            first, again = _measure(Path(folder), size)
        grown = f"{first.wall / before.wall:.1f} | {first.peak / before.peak:.2f}" if before else "– | –"
        print(
            f"| {size} | {first.wall:.1f} | {size / first.wall:.0f} | {first.cpu:.1f} | {first.peak:.0f} "
            f"| {again.wall:.1f} | {grown} |",
            flush=True,
        )
        before = first


def _measure(folder: Path, size: int) -> tuple[Run, Run]:
    chance = random.Random(size)  # noqa: S311 - pages to measure on, no secrets
    pages = folder / "pages"
    pages.mkdir()
    for number in range(size):
        (pages / f"{number:06}.txt").write_text(page(number, chance), encoding="utf-8")
    return _run(folder), _run(folder)


def _run(folder: Path) -> Run:
    """One `pullquote once`, measured by a small process around it, so that its peak is its own."""
    inner = [sys.executable, "-m", "benchmarks.whole_pass", "--inside", str(folder)]
    environment = {key: value for key, value in os.environ.items() if not key.endswith("DATABASE_URL")}
    said = subprocess.run(inner, check=True, capture_output=True, text=True, env=environment).stdout.split()
    wall, cpu, peak = (float(each) for each in said[-3:])
    return Run(wall, cpu, peak)


def _inside(folder: Path) -> None:
    started = time.monotonic()
    command = [sys.executable, "-m", "bot", "once", str(folder / "pages"), "--json"]
    config = Path(__file__).resolve().parent.parent / "config" / "pullquote.toml"
    home = folder / "pullquote.toml"
    home.write_text(config.read_text(encoding="utf-8"), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(config.parent.parent)}
    subprocess.run(
        [*command, "--config", str(home)], check=True, env=environment, cwd=folder, stdout=subprocess.DEVNULL
    )
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(time.monotonic() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _sentence(chance: random.Random, least: int, most: int) -> str:
    words = chance.choices(_WORDS, k=chance.randint(least, most))
    return " ".join([words[0].capitalize(), *words[1:]]) + "."


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        _inside(Path(sys.argv[2]))
    else:
        main([int(size) for size in sys.argv[1:]] or [100, 1000])
