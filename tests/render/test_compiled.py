"""Templates that are compiled once in a process."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import Environment

from bot.render import Renderer, compiled
from bot.render.compiled import Compiled


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what is compiled from now on."""
    names: list[str] = []
    compile_one = Environment._generate

    def noted(self: Environment, source: object, name: str, filename: str, **more: object) -> object:
        names.append(name)
        return compile_one(self, source, name, filename, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Environment, "_generate", noted)
    return names


def post(folder: Path) -> str:
    return Renderer((folder,)).post("social/note.txt", {"quote": {"text": "So."}})


def test_another_renderer_compiles_nothing_again_but_what_was_edited(tmp_path: Path, compilations: list[str]) -> None:
    place = tmp_path / "social" / "note.txt"
    place.parent.mkdir()
    place.write_text("one: {{ quote.text }}", encoding="utf-8")
    assert [post(tmp_path), post(tmp_path)] == ["one: So.", "one: So."]
    assert compilations == ["social/note.txt"]
    place.write_text("two: {{ quote.text }}", encoding="utf-8")
    assert post(tmp_path) == "two: So."
    assert compilations == ["social/note.txt", "social/note.txt"]


def test_the_same_name_in_two_folders_is_two_templates(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder / "social").mkdir(parents=True)
        (tmp_path / folder / "social" / "note.txt").write_text(f"{folder}: {{{{ quote.text }}}}", encoding="utf-8")
    assert [post(tmp_path / each) for each in ("one", "two", "one")] == ["one: So.", "two: So.", "one: So."]


def test_what_was_not_used_for_long_is_let_go(
    tmp_path: Path, compilations: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "_MOST", 2)
    environment = Environment(bytecode_cache=Compiled(), autoescape=True)
    environment.loader = None
    bucket = environment.bytecode_cache
    assert bucket is not None
    for source in ("a", "b", "a", "c", "a", "b"):
        found = bucket.get_bucket(environment, "one", None, source)
        if found.code is None:
            found.code = environment.compile(source, "one")
            bucket.set_bucket(found)
    assert len(compilations) == 4, "a, b and c once, and b again, which was let go"
