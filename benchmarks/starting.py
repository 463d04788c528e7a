"""How long commands take to begin: processor seconds of whole processes, beside what their largest library takes alone.

`python -m benchmarks.starting 15` runs each in turn so many times and prints the least. `--tree FOLDER` runs the
program of another checkout, for before and after in one run. Seconds are of this machine; the ratios are what to trust.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

_HERE = Path(__file__).resolve().parents[1]
_COMMANDS = (
    ("--help",),
    ("--nonsense",),
    ("status",),
    ("drafts", "list"),
    ("episodes",),
    ("deliveries",),
    ("check",),
    ("once",),
)


def main(rounds: int, trees: list[Path]) -> None:
    """Measure and print a row for each."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        _bot(trees[0], home, "init")
        for seed in (_HERE / "seeds").glob("*.txt"):
            (home / "inbox" / seed.name).write_bytes(seed.read_bytes())
        _bot(trees[0], home, "once")
        bare = [([sys.executable, "-c", code], _HERE) for code in ("pass", "import sqlalchemy")]
        ours = [([sys.executable, "-m", "bot", *words], tree) for words in _COMMANDS for tree in trees]
        least = [float("inf")] * len(bare + ours)
        for _ in range(rounds):
            for number, (command, tree) in enumerate(bare + ours):
                least[number] = min(least[number], _cpu(command, tree, home))
    print("| | " + " | ".join(f"{tree}: CPU s | of `import sqlalchemy`" for tree in trees) + " |")
    print("|---|" + "---:|---:|" * len(trees))
    unit, rows = least[1], iter(least[len(bare) :])
    for (command, _), seconds in zip(bare, least, strict=False):
        print(f"| `python -c '{command[2]}'` | {seconds:.3f} | {seconds / unit:.2f} |")
    for words in _COMMANDS:
        cells = " | ".join(f"{seconds:.3f} | {seconds / unit:.2f}" for seconds in (next(rows) for _ in trees))
        print(f"| `pullquote {' '.join(words)}` | {cells} |")


def _cpu(command: list[str], tree: Path, home: Path) -> float:
    """Processor seconds of a process from its beginning to its end, in it and in the system for it."""
    running = subprocess.Popen(
        command, cwd=home, env=_surroundings(tree), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, _, used = os.wait4(running.pid, 0)
    running.returncode = 0
    return used.ru_utime + used.ru_stime


def _bot(tree: Path, home: Path, *words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "bot", *words], cwd=home, env=_surroundings(tree), check=True, stdout=subprocess.DEVNULL
    )


def _surroundings(tree: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if "DATABASE_URL" not in name}
    return clean | {"PYTHONPATH": str(tree)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rounds", nargs="?", type=int, default=15)
    parser.add_argument("--tree", action="append", type=Path, default=[], help="another checkout, measured first")
    given = parser.parse_args()
    main(given.rounds, [*(each.resolve() for each in given.tree), _HERE])
