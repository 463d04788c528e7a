"""What caniemail's tables say of our mails: nothing that Gmail, Outlook, Apple Mail or Yahoo lacks, but for a list.

The list stands in docs/decisions/mail-programs.md, each line with what happens there instead. The tables come with the
package that reads them; both are installed for this test and are no part of the project.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.mailchecks.conftest import program
from tests.mailchecks.samples import Sample

pytestmark = pytest.mark.mailchecks

_LIST = Path(__file__).resolve().parents[2] / "docs" / "decisions" / "mail-programs.md"
_ROW = re.compile(r"^\| (?P<feature>[^|]+?) +\| (?P<clients>[^|]+?) +\|", re.MULTILINE)


def allowed() -> set[tuple[str, str]]:
    """Each feature and program of the written list."""
    table = _LIST.read_text(encoding="utf-8").partition("<!-- unsupported -->")[2].partition("<!-- end -->")[0]
    rows = [(each["feature"].strip("`"), each["clients"]) for each in _ROW.finditer(table)][2:]
    return {(feature, client) for feature, clients in rows for client in re.findall(r"[a-z-]+\.[a-z-]+", clients)}


def lacking(modules: Path, folder: Path, html: str) -> set[tuple[str, str]]:
    """Each feature that a mail uses, with each program that does not have it."""
    # Beside its packages, because Node looks for them from where the file stands.
    script = shutil.copy(Path(__file__).parent / "support.mjs", modules.parent)
    page = folder / "mail.html"
    page.write_text(html, encoding="utf-8")
    done = subprocess.run(
        [program("node"), script, page], capture_output=True, text=True, check=True, timeout=120, encoding="utf-8"
    )
    return {(feature, client) for feature, client in json.loads(done.stdout)}


def test_nothing_is_used_that_a_big_mail_program_lacks_but_what_the_list_says(
    modules: Path, tmp_path: Path, mails: list[Sample]
) -> None:
    found = set[tuple[str, str]]().union(*(lacking(modules, tmp_path, each.html) for each in mails))
    assert sorted(found - allowed()) == [], "mend the mail, or say in the list what happens there instead"
    assert sorted(allowed() - found) == [], "this is not so any more: take it off the list"


def test_what_they_lack_is_found(modules: Path, tmp_path: Path) -> None:
    html = "<!doctype html><html><head><style>@media print { p { display: grid } }</style></head><body></body></html>"
    assert ("display:grid", "outlook.windows") in lacking(modules, tmp_path, html)
