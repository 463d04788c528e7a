"""Every newsletter's archive wears its theme, and whatever templates the theme brings run apart."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from bot.archive import Site, edition
from bot.archive.export import export
from bot.errors import TemplateFault
from bot.house import House
from bot.render.apart import Apart
from tests.archive.kit import links, many, public, visitor
from tests.conftest import SQLITE
from tests.work.desk import with_config

# What a page wears is no question to the database.
pytestmark = pytest.mark.parametrize("database_url", [SQLITE], indirect=True)

_MINE = "/assets/archive/mine.css"
_ENDLESS = "{% for x in range(99999) %}{% for y in range(99999) %}{% set z = 1 %}{% endfor %}{% endfor %}"


def wearing(house: House, theme: str) -> House:
    bare = re.compile(r"^theme = .*\n", re.MULTILINE)
    table = "[newsletters.weekly]\n"
    return with_config(house, lambda text: bare.sub("", text).replace(table, f'{table}theme = "{theme}"\n'))


def mine(house: House, tokens: str = "", page: str | None = None, name: str = "edition") -> House:
    """The house in a theme of its own, and its template of one kind of page."""
    folder = house.loaded.home / "themes" / "mine"
    (folder / "web" / "archive").mkdir(parents=True, exist_ok=True)
    (folder / "theme.toml").write_text(tokens, encoding="utf-8")
    if page is None:
        shutil.rmtree(folder / "web")
    else:
        (folder / "web" / "archive" / f"{name}.html").write_text(page, encoding="utf-8")
    return wearing(house, "mine")


def test_pages_and_files_wear_the_theme_of_their_newsletter(house: House, tmp_path: Path) -> None:
    many(house, [1])
    client = visitor(wearing(public(house), "wire"))
    for path in ("/archive", "/archive/weekly", "/archive/weekly/1"):
        assert "/assets/archive/wire.css" in links(client.get(path).text), path
    sheet = client.get("/assets/archive/wire.css")
    assert sheet.mimetype == "text/css"
    assert "--accent: #1f56a8" in sheet.text.partition("prefers-color-scheme")[0]
    assert "--accent: #8ab8f5" in sheet.text.partition("prefers-color-scheme")[2]
    assert client.get("/assets/archive/paper.css").status_code == 404, "no page wears it"
    export(wearing(house, "paper"), tmp_path / "public", Site("https://plain.example", files=True))
    assert "#2f5d46" in (tmp_path / "public" / "assets" / "archive" / "paper.css").read_text(encoding="utf-8")
    page = (tmp_path / "public" / "archive" / "weekly" / "1" / "index.html").read_text(encoding="utf-8")
    assert "../../../assets/archive/paper.css" in links(page)


def test_templates_of_a_theme_run_apart_and_are_stopped(house: House) -> None:
    many(house, [1])
    house = mine(public(house), page=f"<p>Mine</p>\n{_ENDLESS}")
    apart = house.renderer_of("weekly")
    assert isinstance(apart, Apart)
    apart._seconds = 0.5
    site, client = Site("https://x.example"), visitor(house)
    with pytest.raises(TemplateFault, match=r"themes/mine.*(too long|was stopped)"):
        edition(house, site, "weekly", 1)
    assert client.get("/archive/weekly").status_code == 200, "the others are still there"
    mine(house, page='{{ "".__class__ }}')
    answer = client.get("/archive/weekly/1")
    assert answer.status_code == 503
    assert "themes" not in answer.text
    mine(house, page='{{ title }}: {{ link("/archive") }}, {{ whole(picture.path) }}')
    page = edition(house, Site("https://x.example", files=True), "weekly", 1)
    assert page is not None
    assert page.body.endswith(b": ../../, https://x.example/archive/weekly/1/card.png")


def test_a_theme_of_tokens_alone_needs_no_other_process(house: House) -> None:
    many(house, [1])
    house = mine(public(house), '[light]\naccent = "#2f5d46"')
    client = visitor(house)
    assert client.get("/archive/weekly/1").status_code == 200
    assert "--accent: #2f5d46" in client.get(_MINE).text
    apart = house.renderer_of("weekly")
    assert isinstance(apart, Apart)
    assert apart._child is None


@pytest.mark.parametrize(
    "tokens",
    [
        '[light]\nink = "red; } body { display: none"',
        '[faces]\ntext = "x; } * { background: url(https://a.example)"',
        "not TOML",
    ],
)
def test_a_theme_that_cannot_be_read_takes_no_page_away_and_writes_no_file(
    house: House, tmp_path: Path, tokens: str
) -> None:
    many(house, [1])
    house = mine(public(house), tokens)
    client = visitor(house)
    assert client.get("/archive/weekly/1").status_code == 200
    sheet = client.get(_MINE).text
    assert "--accent: #99401c" in sheet
    assert "red;" not in sheet
    assert "a.example" not in sheet
    with pytest.raises(TemplateFault, match=r"mine/theme\.toml"):
        export(house, tmp_path / "public", Site("https://plain.example", files=True))
    assert not (tmp_path / "public" / "archive").exists()


def test_check_finds_what_is_wrong_with_a_page(house: House) -> None:
    house = mine(house, page="<p>\n{{ nobody }}", name="quote")
    (fault,) = house.renderer_of("weekly").check()
    assert fault.startswith(str(house.loaded.home / "themes" / "mine" / "web" / "archive" / "quote.html:2"))
