"""Themes: tokens from a file, blocks beside them, and every fault with its line before a reader sees it."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import pytest

from bot.errors import TemplateFault
from bot.render import Renderer
from bot.render.apart import Apart
from bot.render.proof import pale, proven
from bot.render.theme import Theme, read_theme, web_sheet
from bot.shipped import folder
from tests.render.conftest import THEMES, wardrobe
from tests.render.editions import IMPRINT, edition

MANUAL = Path(__file__).resolve().parents[2] / "docs" / "themes.md"


def made(place: Path, name: str, tokens: str, **files: str) -> Path:
    """A theme of the host's own; names of files are written with `__` for the slash and `_` for the dot."""
    theme = place / name
    theme.mkdir(parents=True)
    (theme / "theme.toml").write_text(tokens, encoding="utf-8")
    for file, text in files.items():
        path = theme / file.replace("__", "/").replace("_", ".")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return theme


@pytest.mark.parametrize("name", THEMES)
def test_every_shipped_theme_can_be_shown_to_readers(tmp_path: Path, name: str) -> None:
    themes = wardrobe(tmp_path)
    assert proven(themes, name) == []
    assert themes.names() == list(THEMES)
    assert themes.dressed(name).theme.about


def test_the_default_theme_writes_down_every_token_as_it_is() -> None:
    assert replace(read_theme(folder("themes") / "default"), about="") == Theme()
    written = tomllib.loads((folder("themes") / "default" / "theme.toml").read_text(encoding="utf-8"))
    for part in fields(Theme):
        value = getattr(Theme(), part.name)
        if is_dataclass(value):
            assert list(written[part.name]) == [each.name for each in fields(value)]


def test_every_token_is_documented() -> None:
    manual = MANUAL.read_text(encoding="utf-8")
    names = {
        each.name
        for part in fields(Theme)
        if is_dataclass(value := getattr(Theme(), part.name))
        for each in fields(value)
    }
    assert {name for name in names if f"`{name}`" not in manual} == set()


def test_a_colour_is_changed_without_a_template_and_the_rest_stays(tmp_path: Path) -> None:
    made(tmp_path, "sea", '[light]\naccent = "#1c5599"\n')
    html, _ = wardrobe(tmp_path).dressed("sea").mail(edition(3), IMPRINT)
    shipped, _ = wardrobe(tmp_path).dressed("default").mail(edition(3), IMPRINT)
    assert html == shipped.replace("#99401c", "#1c5599")
    assert html != shipped


def test_one_block_is_changed_and_the_rest_stays(tmp_path: Path) -> None:
    page = '{% extends "email/base.html" %}\n{% block masthead %}<h1>Ahoy</h1>{% endblock %}'
    made(tmp_path, "sea", "", email__edition_html=page)
    html, _ = wardrobe(tmp_path).dressed("sea").mail(edition(3), IMPRINT)
    assert ">Ahoy</h1>" in html
    assert "What a seed bank forgets" in html


def test_yours_stands_before_ours_and_a_theme_before_what_is_for_all(tmp_path: Path) -> None:
    own, templates = tmp_path / "themes", tmp_path / "templates"
    footer = '{{% extends "email/base.html" %}}{{% block footer %}}<p>{}</p>{{% endblock %}}'
    made(own, "sea", "", email__edition_html=footer.format("of the theme"))
    (templates / "email").mkdir(parents=True)
    (templates / "email" / "edition.html").write_text(footer.format("for all"), encoding="utf-8")
    themes = wardrobe(own, templates)
    assert "of the theme" in themes.dressed("sea").mail(edition(1), IMPRINT)[0]
    assert "for all" in themes.dressed("wire").mail(edition(1), IMPRINT)[0]


def test_a_theme_of_yours_takes_the_place_of_a_shipped_one_of_its_name(tmp_path: Path) -> None:
    made(tmp_path, "wire", 'about = "Mine"\n')
    assert wardrobe(tmp_path).dressed("wire").theme == replace(Theme(), about="Mine")


def test_a_change_shows_in_the_next_mail_without_a_restart(tmp_path: Path) -> None:
    file = made(tmp_path, "sea", '[light]\naccent = "#1c5599"\n') / "theme.toml"
    themes = wardrobe(tmp_path)
    assert "#1c5599" in themes.dressed("sea").mail(edition(1), IMPRINT)[0]
    file.write_text('[light]\naccent = "#2f5d46"\n', encoding="utf-8")
    os.utime(file, (1, 1))
    assert "#2f5d46" in themes.dressed("sea").mail(edition(1), IMPRINT)[0]


@pytest.mark.parametrize(
    ("tokens", "line", "said"),
    [
        ('[light]\nacent = "#1c5599"', 2, "unknown token 'acent'; did you mean 'accent'?"),
        ("[ligth]\n", 1, "unknown table 'ligth'; did you mean 'light'?"),
        ('light = "#1c5599"', 1, "'light' is a table; write [light] above its tokens."),
        ('[light]\n\naccent = "red"', 3, "'accent' is wrong: write six digits"),
        ("[sizes]\ntext = 12", 2, "'text' is wrong: write a whole number from 16 to 24."),
        ("[sizes]\ntext = true", 2, "'text' is wrong: write a whole number from 16 to 24."),
        ("[lines]\ntext = 9", 2, "'text' is wrong: write a number from 1.2 to 2."),
        ('[shape]\ntitle_align = "left"', 2, '\'title_align\' is wrong: write "start" or "center".'),
        ("[faces]\ntext = 'x;background:url(//evil.example)'", 2, "'text' is wrong: write names of faces"),
        ("[faces]\ntext = 'a\"onclick=\"b'", 2, "'text' is wrong: write names of faces"),
        ("about = 7", 1, "'about' is wrong: write a line of words."),
    ],
)
def test_a_fault_in_the_tokens_names_its_line_and_what_to_write(
    tmp_path: Path, tokens: str, line: int, said: str
) -> None:
    file = made(tmp_path, "sea", tokens) / "theme.toml"
    (fault,) = proven(wardrobe(tmp_path), "sea")
    assert fault.startswith(f"{file}:{line}")
    assert said in fault


def test_what_is_no_toml_is_told_and_not_rendered(tmp_path: Path) -> None:
    made(tmp_path, "sea", "[light\n")
    with pytest.raises(TemplateFault, match="not valid TOML"):
        wardrobe(tmp_path).dressed("sea")


def test_a_theme_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    assert "known are: default, paper, wire" in proven(wardrobe(tmp_path), "sea")[0]


@pytest.mark.parametrize(
    ("tokens", "table", "said"),
    [
        ('[light]\nmuted = "#9f9a90"', "light", "'muted' on 'paper' has a contrast of 2."),
        ('[dark]\nink = "#555555"', "dark", "'ink' on 'paper' has a contrast of 2."),
        ('[light]\nband = "#26272b"', "light", "'on_band' on 'band' has a contrast of 1.0:1"),
        # Half as light as can be, it stays what it is, on a ground that is dark now.
        (
            '[light]\naccent = "#0000ee"',
            "light",
            "'accent' on 'paper' has a contrast of 2.4:1 when",
        ),
        ('[light]\npaper = "#ffffff"', "light", "'paper' is pure black or white"),
    ],
)
def test_words_that_cannot_be_read_are_told_with_the_line_of_their_colour(
    tmp_path: Path, tokens: str, table: str, said: str
) -> None:
    theme = made(tmp_path, "sea", tokens)
    faults = pale(read_theme(theme), theme)
    assert any(said in each for each in faults), faults
    assert all(re.match(rf"{re.escape(str(theme))}/theme.toml:[12] \[{table}\]: ", each) for each in faults)


def test_what_a_block_does_to_the_mail_is_told(tmp_path: Path) -> None:
    done = '<p style="font-size:11px">a</p><img src="https://a.example/x.png"><p style="color:#cccccc">b</p><h4>c</h4>'
    page = f'{{% extends "email/base.html" %}}\n{{% block masthead %}}<h1>A</h1>{done}{{% endblock %}}'
    made(tmp_path, "sea", "", email__edition_html=page)
    faults = "\n".join(proven(wardrobe(tmp_path), "sea"))
    for said in ("letters of 11 pixels", "without an alt text", "a contrast of 1.", "Its headings skip a level"):
        assert said in faults


def test_a_story_that_grows_beyond_its_bytes_is_told(tmp_path: Path) -> None:
    made(tmp_path, "sea", f'[faces]\nheading = "{"A long name,".join(" " * 8)}serif"\n')
    (fault,) = proven(wardrobe(tmp_path), "sea")
    assert "305 are allowed" in fault


def test_shipped_templates_run_here_and_those_of_others_apart(tmp_path: Path) -> None:
    made(tmp_path, "sea", "")
    assert type(wardrobe(tmp_path).dressed("wire")) is Renderer
    assert type(wardrobe(tmp_path).dressed("sea")) is Apart
    assert type(wardrobe(tmp_path, tmp_path).plain()) is Apart


def test_the_pages_for_readers_take_the_colours_and_faces_of_the_theme() -> None:
    sheet = web_sheet(read_theme(folder("themes") / "wire"))
    assert "--accent: #1f56a8;" in sheet
    assert "--accent: #8ab8f5;" in sheet.partition("prefers-color-scheme: dark")[2]
