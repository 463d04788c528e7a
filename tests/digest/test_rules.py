"""Every rule that may make a line is explained, with an example, where the lines say it is."""

from __future__ import annotations

import re
from pathlib import Path

from bot.digest.rules import Rule

PAGE = Path(__file__).resolve().parents[2] / "docs" / "digest-rules.md"


def test_every_rule_is_documented_with_an_example_and_no_other_is() -> None:
    rows = re.findall(r"^\| `([a-z, -]+)` \|[^|]+\|([^|]+)\|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert {name for name, _ in rows} == {rule.value for rule in Rule}
    assert all("→" in example for _, example in rows)
