"""Templates that others wrote: they read no file and no secret of ours, and take neither our time nor our memory."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.errors import TemplateFault
from bot.render import Renderer
from bot.render.apart import Apart
from bot.schedule import Rhythm
from bot.shipped import folder
from tests.render.editions import IMPRINT, edition

QUICK = 1.0
# Not what stops anything here, unless by its name; machines that test have other work too.
PATIENT = 30.0


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Apart]:
    place = tmp_path_factory.mktemp("templates")
    (place / "social").mkdir()
    return place, Apart((place, folder("templates")), seconds=PATIENT)


def said(shared: tuple[Path, Apart], template: str, name: str = "quote") -> str:
    """What is said of a template that cannot be rendered."""
    place, renderer = shared
    (place / "social" / f"{name}.txt").write_text(template, encoding="utf-8")
    with pytest.raises(TemplateFault) as caught:
        renderer.post(f"social/{name}.txt", {"quote": {"text": "So."}})
    return str(caught.value)


def test_it_renders_what_a_renderer_here_renders() -> None:
    here, apart = Renderer((folder("templates"),)), Apart((folder("templates"),))
    assert apart.mail(edition(12), IMPRINT) == here.mail(edition(12), IMPRINT)
    link = "https://a.example/confirm/x"
    assert apart.confirmation(IMPRINT, link) == here.confirmation(IMPRINT, link)
    asked = ("de", Rhythm((0, 3)), date(2026, 11, 19))
    assert apart.promises(*asked) == here.promises(*asked)
    assert apart.check() == here.check() == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{% for x in range(10**9) %}x{% endfor %}", "Range too big"),
        ("{{ 'x' * 10**10 }}", "more memory"),
        ("{{ '%9999999999d' | format(1) }}", "more memory"),
        ("{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}", "memory"),
        ("{% for x in range(99999) %}{% for y in range(99999) %}words {% endfor %}{% endfor %}", "more than 4,000,000"),
        ("{{ 9**60**60**60**60 }}", "power is too large"),
        ("{{ ''.__class__ }}", "__class__"),
        ("{{ '' | attr('__class__') }}", "__class__"),
        ("{{ '{0.__class__}'.format(1) }}", "__class__"),
        ("{{ cycler.__init__.__globals__.os.popen('id').read() }}", "__init__"),
        ("{{ theme.__class__ }}", "__class__"),
        ("{% include '/etc/passwd' %}", "no template '/etc/passwd'"),
        ("{% include '../../../../etc/passwd' %}", "no template '../../../../etc/passwd'"),
        ("{% set x = quote.update({}) %}", "'update' of 'dict'"),
    ],
)
def test_a_hostile_template_is_stopped_at_its_line(shared: tuple[Path, Apart], line: str, reason: str) -> None:
    fault = said(shared, f"one\n{line}")
    assert fault.startswith(f"{shared[0] / 'social' / 'quote.txt'}:2: "), fault
    assert reason in fault


def test_a_template_that_never_ends_is_stopped_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "social").mkdir()
    endless = "{% for x in range(99999) %}{% for y in range(99999) %}{% set z = 1 %}{% endfor %}{% endfor %}"
    fault = said((tmp_path, Apart((tmp_path, folder("templates")), seconds=QUICK)), f"one\n{endless}")
    assert fault.startswith(f"{tmp_path / 'social' / 'quote.txt'}:2: "), fault
    assert "too long" in fault


def test_what_the_processor_cannot_be_called_back_from_is_ended_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "social").mkdir()
    renderer = Apart((tmp_path, folder("templates")), seconds=0.3)
    huge = "{% set ns = namespace(x=7) %}{% for i in range(60) %}{% set ns.x = ns.x * ns.x %}{% endfor %}"
    assert str(tmp_path) in said((tmp_path, renderer), huge)
    (tmp_path / "social" / "quote.txt").write_text("{{ quote.text }}", encoding="utf-8")
    assert renderer.post("social/quote.txt", {"quote": {"text": "Still here."}}) == "Still here."


def test_it_knows_no_secret_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULLQUOTE_SECRET", "a very long secret of ours")
    renderer = Apart((folder("templates"),))
    renderer.promises("en", None, date(2026, 1, 1))
    assert renderer._child is not None
    environment = Path(f"/proc/{renderer._child._process.pid}/environ")
    if environment.exists():
        assert b"PULLQUOTE" not in environment.read_bytes()


def test_it_ends_with_the_renderer() -> None:
    renderer = Apart((folder("templates"),))
    renderer.promises("en", None, date(2026, 1, 1))
    child = renderer._child
    assert child is not None
    del renderer
    assert not child.alive
