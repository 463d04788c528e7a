"""The Nu HTML Checker finds no error in mails, in the readers' pages and in the desk's."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.correct import Wish, correct
from bot.errors import Unknown
from bot.house import House
from bot.model.publication import Kind, Post
from bot.store import editors
from bot.subscribe import new_token
from tests.desk.kit import Desk
from tests.mailchecks.conftest import program
from tests.mailchecks.samples import Sample
from tests.work.desk import TUESDAY, Scripted, a_post, all_drafts, approve_now, delivery, draft, over, work
from tests.work.readers import PostOffice, join, with_readers
from tests.work.test_correcting import Answering

pytestmark = pytest.mark.mailchecks

# What stands in the address of a page and may not stand in the name of a file.
_UNFIT = r"[^A-Za-z0-9]+"


def errors(modules: Path, folder: Path, pages: Mapping[str, str]) -> list[str]:
    """What the checker calls an error, with the page and the line."""
    folder.mkdir(exist_ok=True)
    for name, html in pages.items():
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    jar = modules / "vnu-jar" / "build" / "dist" / "vnu.jar"
    done = subprocess.run(
        [program("java"), "-Xmx512m", "-jar", jar, "--format", "json", "--exit-zero-always", folder],
        capture_output=True,
        check=True,
        timeout=240,
    )
    return [
        f"{Path(each['url']).name}:{each.get('lastLine')}: {each['message']} {each.get('extract', '')!r}"
        for each in json.loads(done.stderr)["messages"]
        if each["type"] == "error"
    ]


def test_no_mail_and_no_page_has_an_error_and_a_spoilt_one_has(
    modules: Path, tmp_path: Path, house: House, mails: list[Sample]
) -> None:
    pages = {f"mail-{each.name}": each.html for each in mails}
    pages |= {f"page{re.sub(_UNFIT, '-', path)}": html for path, html in _pages(house).items()}
    spoilt = mails[0].html.replace("</table>", "", 1).replace(' dir="ltr"', ' dir="sideways"', 1)
    found = errors(modules, tmp_path / "pages", {**pages, "spoilt": spoilt})
    assert [each for each in found if not each.startswith("spoilt")] == []
    said = " ".join(found)
    assert "sideways" in said
    assert "table" in said


def _pages(house: House) -> dict[str, str]:
    """Every kind of page, with something of everything on it."""
    house = over(with_readers(house, PostOffice(), 3), Scripted(script=[Unknown("the line was cut")]), "x-like")
    approve_now(house, a_post(house, Post("In doubt.", "en", None, (), ()), key="doubt", channel="x-like"))
    work(house)
    token = "an-invitation"  # noqa: S105 - of tests
    with house.store.write() as db:
        reader = join(db, "ada@example.org").token
        editors.invite(db, token=token, role=editors.Role.AUTHOR, made_by="olga", at=TUESDAY, lasts=editors.IDLE)
    post, edition = draft(house, Kind.QUOTE_POST), draft(house, Kind.EDITION)
    doubt = next(each for each in all_drafts(house) if each.key == "doubt")
    desk = Desk(house, owned=False)
    stranger, owner = desk.visitor(), desk.at()
    owner.send(f"/drafts/{post.id}/talk", comment="Between us.")
    answers = {
        path: stranger.get(path)
        for path in (
            "/sign-in",
            f"/join/{token}",
            "/nowhere",
            "/subscribe/weekly",
            f"/confirm/{reader}",
            f"/preferences/{reader}",
            f"/leave/{reader}",
            "/leave/nobody",
            f"/leave/{new_token()}",
        )
    }
    answers |= {
        path: owner.get(path)
        for path in (
            "/",
            "/drafts",
            f"/drafts/{post.id}",
            f"/drafts/{post.id}/quote",
            f"/drafts/{post.id}/slot",
            f"/drafts/{edition.id}",
            f"/drafts/{edition.id}?view=text",
            f"/drafts/{edition.id}/sources",
            f"/deliveries/{delivery(house, doubt).id}",
            "/readers",
            "/editors",
            "/calendar",
            "/sources",
            "/channels",
            "/episodes",
            "/episodes/1",
        )
    }
    house = over(house, Answering(), post.channel)
    approve_now(house, edition)
    approve_now(house, post)
    work(house)
    correct(house, post.id, Wish("It was <another> one."), actor="eve", now=TUESDAY)
    work(house)
    shelf, printed = "/archive/weekly", "/archive/weekly/1"
    answers |= {path: stranger.get(path) for path in ("/archive", shelf, printed)}
    of_quotes = sorted(set(re.findall(r'href="(/quote/[a-z0-9]+)"', answers[printed].text)))
    assert of_quotes
    answers |= {path: stranger.get(path) for path in of_quotes}
    assert "another" in answers[printed].text
    for path, answer in answers.items():
        assert answer.status_code == (404 if path in ("/nowhere", "/leave/nobody") else 200), path
    return {path: answer.text for path, answer in answers.items()}
