"""A worker that sends a mailing, pass after pass, until somebody kills it."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

from bot import deliver
from bot.config import load
from bot.house import opened

PASS_EVERY = timedelta(minutes=30)


def send(config: Path, secrets: dict[str, str], begin: datetime, passes: int) -> None:
    os.environ.update(secrets)
    with opened(load(config)) as house:
        for number in range(passes):
            now = begin + number * PASS_EVERY
            deliver.deliver(house, lambda now=now: now)  # type: ignore[misc]
