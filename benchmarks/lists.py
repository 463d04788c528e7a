"""Long lists of readers, taken in and given out by the real commands, each in a process of its own.

`python -m benchmarks.lists 2000 20000 200000` takes in a list of so many rows (one in fifty comes twice, one in a
hundred is broken) with a report, the same list once more, and writes it out again. `--database URL`: there in place of
a SQLite file; what was written stays there. Memory is the process's own, at its most; starting is in all of it.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_CONFIG = """
data = "data"

[newsletters.weekly]
title = "The Weekly"
sender = "The Weekly <weekly@example.org>"
address = "1 Quay"
channel = "mail"

[channels.mail]
platform = "smtp"
host = "127.0.0.1"
port = 25
tls = "none"
"""


def main(sizes: list[int], database: str) -> None:
    """Measure each size and print the rows."""
    print("| rows | what | s | CPU s | rows per CPU s | peak MB |")
    print("|---:|---|---:|---:|---:|---:|")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            (home / "c.toml").write_text(_CONFIG, encoding="utf-8")
            with (home / "list.csv").open("w", encoding="utf-8") as out:
                out.writelines(_rows(size))
            take_in = ("import", "list.csv", "--consent", "bench", "--report", "report.csv")
            for what, arguments in (("import", take_in), ("the same again", take_in), ("export", ("export",))):
                seconds, cpu, peak = _run(home, database, *arguments)
                print(f"| {size:,} | {what} | {seconds:.1f} | {cpu:.1f} | {size / cpu:,.0f} | {peak:.0f} |", flush=True)


def _rows(size: int) -> Iterator[str]:
    yield "email,name,frequency\n"
    for number in range(size):
        if number % 100 == 99:
            yield f"nobody{number},,\n"
        else:
            shown = number - 1_501 if number % 50 == 48 and number > 1_501 else number
            yield f"reader{shown}.of.{size}@example{shown % 7}.org,Reader {number},{'weekly' if number % 5 else ''}\n"


def _run(home: Path, database: str, *arguments: str) -> tuple[float, float, float]:
    """Seconds, processor seconds and the most megabytes of `pullquote subscribers …`."""
    environment = {**os.environ, **({"PULLQUOTE_DATABASE_URL": database} if database else {})}
    command = [sys.executable, "-m", "bot", "subscribers", arguments[0], "--config", str(home / "c.toml")]
    command += [str(home / each) if each.endswith(".csv") else each for each in arguments[1:]]
    began = time.perf_counter()
    child = os.fork()
    if child == 0:
        with (home / "out").open("wb") as out:
            os.dup2(out.fileno(), 1)
            os.dup2(out.fileno(), 2)
        os.execve(sys.executable, command, environment)  # noqa: S606 - our own command
    _, status, used = os.wait4(child, 0)
    seconds = time.perf_counter() - began
    if os.waitstatus_to_exitcode(status) not in (0, 5):
        raise SystemExit((home / "out").read_text(encoding="utf-8"))
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("sizes", type=int, nargs="+")
    options.add_argument("--database", default="")
    asked = options.parse_args()
    main(asked.sizes, asked.database)
