"""A host's own templates: they stand before the shipped ones, and their faults are told with file, line and remedy."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.render import Renderer
from bot.render.filters import FILTERS
from bot.shipped import folder
from tests.render.editions import IMPRINT, edition, hebrew

Own = tuple[Path, Renderer]


def write(place: Path, name: str, text: str | bytes) -> Path:
    path = place / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_the_shipped_templates_have_no_fault(renderer: Renderer) -> None:
    assert renderer.check() == []


def test_an_own_template_stands_before_the_shipped_one(own: Own) -> None:
    place, renderer = own
    write(place, "social/quote.txt", "{{ quote.text | upper }}")
    assert renderer.post("social/quote.txt", {"quote": {"text": "so"}}) == "SO"
    assert renderer.check() == []


def test_one_block_of_the_mail_can_be_replaced(own: Own) -> None:
    place, renderer = own
    write(
        place,
        "email/edition.html",
        '{% extends "email/base.html" %}\n'
        "{% block lead %}<h2>{{ say.lead }}: {{ edition.lead.headline.text }}</h2>{% endblock %}",
    )
    html, _ = renderer.mail(edition(3), IMPRINT)
    assert "Lead story: The ferry timetable" in html
    assert "What a seed bank forgets" in html


def test_tokens_in_a_template_are_told_where_they_went(own: Own) -> None:
    place, renderer = own
    path = write(place, "email/tokens.jinja", "{% set serif = 'Georgia' %}")
    assert renderer.check() == [
        f"{path}: nothing reads it any more. Write its values into a theme ('pullquote theme new NAME'), "
        "and remove the file."
    ]


def test_the_fixed_words_can_be_translated(own: Own) -> None:
    place, renderer = own
    shipped = (folder("templates") / "email/words/en.jinja").read_text(encoding="utf-8")
    write(place, "email/words/he.jinja", shipped.replace("Lead story", "הסיפור המרכזי"))
    html, text = renderer.mail(*hebrew())
    assert "הסיפור המרכזי" in html
    assert "הסיפור המרכזי" in text
    assert "Lead story" in renderer.mail(edition(1), IMPRINT)[0]


def test_every_translation_has_every_fixed_word() -> None:
    words = folder("templates") / "email/words"
    wanted = set(re.findall(r"{% (?:set|macro) (\w+)", (words / "en.jinja").read_text(encoding="utf-8")))
    for path in words.glob("*.jinja"):
        assert set(re.findall(r"{% (?:set|macro) (\w+)", path.read_text(encoding="utf-8"))) == wanted, path


@pytest.mark.parametrize("language", ["de", "de-AT", "de_CH"])
def test_a_regional_newsletter_gets_the_words_of_its_language(renderer: Renderer, language: str) -> None:
    html, text = renderer.mail(edition(1), replace(IMPRINT, language=language))
    assert "19. November 2026" in html
    assert "19. November 2026" in text


@pytest.mark.parametrize(
    ("text", "line", "said", "remedy"),
    [
        ("one\n{% if %}", 2, "Expected an expression", "Mend the line"),
        ("one\n\n{{ quote.txet }}", 3, "txet", "docs/templates.md"),
        ("{{ nonsense }}", 1, "'nonsense' is undefined", "docs/templates.md"),
        ("{{ quote.text | shout }}", 1, "shout", "Mend the line"),
        ("a\n{% include 'social/gone.txt' %}", 2, "no template 'social/gone.txt'", "add the file"),
        ("{{ ''.__class__ }}", 1, "__class__", "remove the call"),
        ("a\n{{ hashtags.append('x') }}", 2, "append", "remove the call"),
        ("a\n{{ 1 / 0 }}", 2, "ZeroDivisionError", "Mend the expression"),
        ("{{ quote | moment_link('https://a.example/') }}", 1, "AttributeError", "Mend the expression"),
    ],
)
def test_a_fault_names_file_line_and_remedy(own: Own, text: str, line: int, said: str, remedy: str) -> None:
    place, renderer = own
    path = write(place, "social/quote.txt", text)
    faults = renderer.check()
    assert len(faults) == 1
    assert faults[0].startswith(f"{path}:{line}: ")
    assert said in faults[0]
    assert remedy in faults[0]
    with pytest.raises(ConfigError) as caught:
        renderer.post("social/quote.txt", {"quote": {"text": "x"}, "hashtags": []})
    assert caught.value.faults == tuple(faults)


def test_a_name_that_lacks_is_told_as_the_template_calls_it(own: Own) -> None:
    place, renderer = own
    write(place, "email/edition.html", "{{ imprint.titel }}")
    (fault,) = renderer.check()
    assert "there is no 'titel' in 'imprint'" in fault
    assert "object" not in fault


def test_a_fault_in_a_piece_is_told_of_the_piece(own: Own) -> None:
    place, renderer = own
    path = write(place, "email/words/en.jinja", "{% set lead = 'Lead' %}")
    faults = renderer.check()
    assert faults
    assert "edition_minutes" in faults[0] or "number" in faults[0]
    assert str(path) in faults[0] or "email" in faults[0]


def test_a_template_that_is_not_utf8_is_told_so(own: Own) -> None:
    place, renderer = own
    path = write(place, "social/mine.txt", "Gr\xfc\xdfe".encode("cp1252"))
    assert renderer.check() == [f"{path}: not UTF-8 (byte 2). Save the template as UTF-8."]


def test_a_missing_folder_is_a_fault(tmp_path: Path) -> None:
    faults = Renderer((tmp_path / "nowhere", folder("templates"))).check()
    assert faults == [f"{tmp_path / 'nowhere'}: no such folder of templates. Create it or correct the setting."]


def test_a_template_that_does_not_exist_is_a_fault_of_the_configuration(renderer: Renderer) -> None:
    with pytest.raises(ConfigError, match=r"there is no template 'social/gone\.txt'"):
        renderer.post("social/gone.txt", {})
    with pytest.raises(ConfigError, match="there is no template"):
        renderer.post("../pyproject.toml", {})


def test_a_template_of_another_room_is_none_of_our_business(own: Own) -> None:
    place, renderer = own
    write(place, "desk/page.html", "{% nonsense %}")
    assert renderer.check() == []


def test_a_template_that_calls_itself_is_a_fault_not_a_crash(own: Own) -> None:
    place, renderer = own
    write(place, "social/quote.txt", "{% include 'social/quote.txt' %}")
    assert "RecursionError" in renderer.check()[0]


def test_every_filter_and_every_block_is_documented() -> None:
    manual = (Path(__file__).resolve().parents[2] / "docs" / "templates.md").read_text(encoding="utf-8")
    base = (folder("templates") / "email/base.html").read_text(encoding="utf-8")
    blocks = [piece.split()[0] for piece in base.split("{% block ")[1:]]
    assert blocks
    assert [name for name in (*FILTERS, *blocks) if f"`{name}`" not in manual] == []
