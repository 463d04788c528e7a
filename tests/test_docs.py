"""Every page of the documentation is found from the README, and no link in one leads nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "benchmarks/RESULTS.md", *sorted((ROOT / "docs").rglob("*.md"))]
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```|`[^`\n]*`", re.M | re.S)


def links(page: Path) -> list[tuple[str, Path]]:
    """What a page links to within the project: as it is written, and the file."""
    prose = _FENCED.sub("", page.read_text(encoding="utf-8"))
    own = [each for each in _LINK.findall(prose) if not re.match(r"[a-z]+:|#", each)]
    return [(each, (page.parent / each.partition("#")[0]).resolve()) for each in own]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_leads_nowhere(page: Path) -> None:
    assert [written for written, file in links(page) if not file.exists()] == []


def test_every_page_is_found_from_the_readme() -> None:
    found, ahead = set[Path](), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in found or page.suffix != ".md":
            continue
        found.add(page)
        ahead += [file for _, file in links(page) if file.is_file()]
    assert [str(page.relative_to(ROOT)) for page in PAGES if page not in found] == []
