"""Golden pairs: each document in cases/ and, beside it, the reading that it must give. A new case is two new files."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path

import pytest

from bot.reading.document import read

CASES = Path(__file__).parent / "cases"


def sources() -> list[Path]:
    return sorted(path for path in CASES.iterdir() if not path.name.endswith(".expected.json"))


def as_json(source: Path) -> object:
    return plain(read(source.read_bytes(), source.name))


def plain(value: object) -> object:
    """A value of the model as JSON, without the fields that say nothing."""
    if is_dataclass(value):
        named = {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        return {name: one for name, one in named.items() if one is not False and one not in (None, "", [])}
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    return value.isoformat() if isinstance(value, datetime) else value


@pytest.mark.parametrize("source", sources(), ids=lambda path: path.name)
def test_a_document_gives_the_reading_beside_it(source: Path) -> None:
    expected = json.loads((CASES / f"{source.name}.expected.json").read_text(encoding="utf-8"))
    assert as_json(source) == expected
