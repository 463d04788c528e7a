"""What every command shares: its options, where the configuration is found, tables and JSON, times that people read."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import click

from bot import shipped
from bot.config import Loaded, load

# Most commands print plain lines.
if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

Function = TypeVar("Function", bound=Callable[..., Any])

_NAMES = (Path("config/pullquote.toml"), Path("pullquote.toml"))


class Further(click.Group):
    """A group with commands in a module of their own, `further`, which is loaded when one of them or help is wanted."""

    def __init__(self, *args: Any, further: str, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._further = further

    def list_commands(self, context: click.Context) -> list[str]:
        import_module(self._further)
        return super().list_commands(context)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in self.commands:
            import_module(self._further)
        return super().get_command(context, name)


def config_option(command: Function) -> Function:
    """`--config FILE`; without it config/pullquote.toml or pullquote.toml here, else the shipped defaults.

    A command of a group takes the group's, so that it may stand before or after the command's name.
    """
    return click.option(
        "--config",
        "config_path",
        type=click.Path(dir_okay=False, path_type=Path),
        envvar="PULLQUOTE_CONFIG",
        callback=lambda context, _option, path: path or context.find_object(Path),
        help="The configuration file. Default: config/pullquote.toml here; without one, the shipped defaults.",
    )(command)


def json_option(command: Function) -> Function:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for a script to read.")(command)


def actor_option(command: Function) -> Function:
    """`--as NAME`: who does this, for the history."""
    return click.option(
        "--as",
        "actor",
        envvar="PULLQUOTE_ACTOR",
        default=_user,
        show_default="your login name",
        help="Who does this; it is written into the history.",
    )(command)


def loaded(path: Path | None) -> Loaded:
    """The configuration that a command works with. Raises ConfigError."""
    if path is not None:
        return load(path)
    for name in _NAMES:
        if name.is_file():
            return load(name)
    return load(shipped.folder("config") / "pullquote.toml", home=Path.cwd())


@cache
def console() -> Console:
    """Standard output for people. Wide when it is not a terminal, so that nothing is cut off in a file."""
    from rich.console import Console

    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=160, soft_wrap=False)


@cache
def progress_console() -> Console:
    """Standard error, for progress that must not mix with results."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def tell_link(public: str | None, path: str) -> None:
    """Print where a page of the desk is; without a public address say that its port is the usual one, not known."""
    click.echo(f"{public or 'http://127.0.0.1:8080'}{path}")
    if public is None:
        said = "[web] public is not set: if the desk listens elsewhere than at 127.0.0.1:8080, write that in its place."
        click.echo(said, err=True)


def print_json(value: object) -> None:
    """One JSON document on standard output: dataclasses as objects, times in ISO form."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def table(*columns: str) -> Table:
    """An empty table in the house's style."""
    from rich.table import Table

    made = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def add_rows(to: Table, rows: Sequence[Sequence[object]]) -> Table:
    from rich.text import Text

    for row in rows:
        to.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    return to


def print_rows(to: Table, rows: Sequence[Sequence[object]], *, nothing: str) -> None:
    """A table on standard output, or in its place the sentence `nothing` where it would have no row."""
    if rows:
        console().print(add_rows(to, rows))
    else:
        click.echo(nothing)


def local(at: datetime | None, zone: str) -> str:
    """An instant as people of a zone read it: "Thu 26 Nov 2026 09:00"."""
    return at.astimezone(ZoneInfo(zone)).strftime("%a %d %b %Y %H:%M") if at else "no time yet"


def instant(text: str, zone: str) -> datetime:
    """A time that somebody typed ("2026-11-26 09:00"), read in a zone unless it names its own offset."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"'{text}' is no time; write one such as '2026-11-26 09:00'.") from None
    return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def _user() -> str:
    return os.environ.get("USER") or os.environ.get("USERNAME") or "somebody"


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, bytes):
        return value.decode()
    raise TypeError(f"{type(value).__name__} has no JSON form")
