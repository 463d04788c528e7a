"""The list in docs/preflight.md is that of the rules."""

from __future__ import annotations

import re
from pathlib import Path

from bot.preflight import Rule

PAGE = Path(__file__).resolve().parents[2] / "docs" / "preflight.md"


def test_every_rule_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(Rule)
