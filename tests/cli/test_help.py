"""Every command explains itself, quickly, and the documents name every command and every setting."""

from __future__ import annotations

import importlib
import os
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
# What takes longest to load, and is for doing what these commands only look at.
IDLE = (
    "PIL",
    "alembic",
    "apscheduler",
    "bot.platforms.mastodon",
    "css_inline",
    "feedparser",
    "flask",
    "httpcore",
    "httpx",
    "jinja2",
    "lxml",
    "markdown",
    "oauthlib",
    "selectolax",
    "watchfiles",
)


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
            context = click.Context(each)
            under = {one: each.get_command(context, one) for one in each.list_commands(context)}
            found += [(f"{name} {one}", below) for one, below in under.items() if below is not None]
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


@pytest.mark.parametrize("words", [("status",), ("drafts", "list"), ("episodes",), ("deliveries",)])
def test_looking_loads_no_library_that_sends_reads_or_draws(words: tuple[str, ...], tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "bot", "init"], cwd=tmp_path, env=surroundings(), check=True)
    subprocess.run([sys.executable, "-m", "bot", "migrate"], cwd=tmp_path, env=surroundings(), check=True)
    code = (
        "import sys\nfrom bot.cli.main import group\n"
        f"assert group.main({list(words)!r}, standalone_mode=False) == 0\n"
        f"print([name for name in {IDLE!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=surroundings(), capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"


def surroundings() -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if "DATABASE_URL" not in name}
    return clean | {"PYTHONPATH": str(ROOT)}


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
