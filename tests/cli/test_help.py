"""Every command explains itself, quickly, and the documents name every command and every setting."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from bot.cli.main import COMMANDS
from bot.config import (
    Cards,
    Channel,
    Config,
    FeedSource,
    Fetch,
    FolderSource,
    Llm,
    Newsletter,
    Notices,
    Oidc,
    ProxyLogin,
    Web,
)

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("sqlalchemy", "alembic", "pydantic", "rich", "jinja2", "feedparser", "httpx", "selectolax", "apscheduler")


def command(name: str) -> click.Command:
    module, _, attribute = COMMANDS[name][0].partition(":")
    found: click.Command = getattr(importlib.import_module(module), attribute)
    return found


def leaves() -> list[tuple[str, click.Command]]:
    found = []
    for name in COMMANDS:
        each = command(name)
        found.append((name, each))
        if isinstance(each, click.Group):
            found += [(f"{name} {under}", below) for under, below in each.commands.items()]
    return found


@pytest.mark.parametrize(("name", "each"), leaves())
def test_every_command_has_help_with_an_example(name: str, each: click.Command) -> None:
    assert each.help
    assert each.epilog, f"{name} has no example"
    assert "Example" in each.epilog
    assert "pullquote" in each.epilog


@pytest.mark.parametrize("name", list(COMMANDS))
def test_the_list_of_commands_says_what_the_command_says_of_itself(name: str) -> None:
    first = (command(name).help or "").splitlines()[0]
    assert first.startswith(COMMANDS[name][1])


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom bot.cli.main import group\n"
        "try:\n    group.main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    for name in COMMANDS:
        assert name in done.stdout


@pytest.mark.parametrize(("name", "_each"), leaves())
def test_every_command_is_documented(name: str, _each: click.Command) -> None:
    assert f"pullquote {name}" in (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "model", [Config, FolderSource, FeedSource, Fetch, Web, ProxyLogin, Oidc, Newsletter, Channel, Cards, Llm, Notices]
)
def test_every_setting_is_documented(model: type[BaseModel]) -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    tables = {
        "fetch": "[fetch]",
        "web": "[web]",
        "sources": "[[sources]]",
        "newsletters": "[newsletters.NAME]",
        "channels": "[channels.NAME]",
        "cards": "[cards]",
        "llm": "[llm]",
        "notices": "[notices]",
        "proxy_login": "[web.proxy_login]",
        "oidc": "[web.oidc]",
    }
    missing = [key for key in model.model_fields if f"`{key}`" not in text and tables.get(key, "\0") not in text]
    assert missing == []
