"""`theme`: the looks of the newsletters, listed, made, checked and previewed."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import click

from bot.cli.common import add_rows, config_option, console, json_option, loaded, print_json, table
from bot.cli.main import OK, SETUP
from bot.config import Loaded
from bot.errors import Refused

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_EXTENDS = '{% extends "email/base.html" %}'


@dataclass(frozen=True)
class _Row:
    """A theme in the list. `newsletters` wear it."""

    name: str
    yours: bool
    about: str
    newsletters: list[str]


@click.group(invoke_without_command=True, epilog="Examples: pullquote theme | pullquote theme new harbour --from paper")
@config_option
@json_option
@click.pass_context
def theme(context: click.Context, config_path: Path | None, as_json: bool) -> int:
    """See, make and check the looks of newsletters. Without a command: every theme, and who wears it."""
    context.obj = config_path
    return OK if context.invoked_subcommand is not None else _list(config_path, as_json=as_json)


@theme.command("list", epilog="Example: pullquote theme list")
@config_option
@json_option
def list_(config_path: Path | None, as_json: bool) -> int:
    """Every theme: where it is from, what it looks like, which newsletters wear it."""
    return _list(config_path, as_json=as_json)


@theme.command(epilog="Example: pullquote theme new harbour --from paper --block masthead")
@click.argument("name")
@click.option("--from", "source", default="default", show_default=True, help="The theme to begin with.")
@click.option("--block", "blocks", multiple=True, help="A section of the mail to write yourself, as it is now.")
@config_option
def new(name: str, source: str, blocks: tuple[str, ...], config_path: Path | None) -> int:
    """Make a theme of your own: a folder themes/NAME beside your config/ folder.

    It holds theme.toml, with every colour, face and measure commented; change those, or take lines out to keep ours.
    """
    from bot.house import THEMES, wardrobe

    found = loaded(config_path)
    if not _NAME.fullmatch(name):
        raise Refused(f"'{name}' is no name of a theme; use small letters, digits, '-' and '_'.")
    target = found.home / THEMES / name
    if target.exists():
        raise Refused(f"{target} is there already; edit it, or choose another name.")
    origin = wardrobe(found).folder(source)
    written = {block: _block(block) for block in blocks}
    if written and (origin / "email" / "edition.html").exists():
        raise Refused(f"The theme '{source}' has an email/edition.html already: add the blocks to it by hand.")
    shutil.copytree(origin, target)
    _say_whose(target / "theme.toml", f"{name}, made from {source}")
    if written:
        page = target / "email" / "edition.html"
        page.parent.mkdir(exist_ok=True)
        page.write_text("\n".join([_EXTENDS, *written.values()]) + "\n", encoding="utf-8")
    click.echo(f"Wrote {target}. Change theme.toml, then: pullquote theme check {name}, pullquote theme preview {name}")
    click.echo(f'A newsletter wears it with   theme = "{name}"   in its table of {found.path}.')
    return OK


@theme.command(epilog="Example: pullquote theme check harbour")
@click.argument("name")
@config_option
@json_option
def check(name: str, config_path: Path | None, as_json: bool) -> int:
    """Find what would be wrong with mails in a theme: file, line, remedy.

    Compiles its templates, renders a sample, and holds every pair of colours to 4.5:1, in the light, in the dark, and
    when a mail program inverts them; letters to 16 pixels; a story to 305 bytes of its own.
    """
    from bot.house import wardrobe
    from bot.render.proof import proven

    faults = proven(wardrobe(loaded(config_path)), name)
    if as_json:
        print_json(faults)
    else:
        for fault in faults:
            click.echo(fault)
        click.echo(f"{len(faults)} fault{'' if len(faults) == 1 else 's'}." if faults else "All is in order.")
    return SETUP if faults else OK


@theme.command(epilog="Example: pullquote theme preview harbour -o preview && xdg-open preview/index.html")
@click.argument("name")
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default="theme-preview",
    show_default=True,
    help="The folder to write into.",
)
@config_option
def preview(name: str, folder: Path, config_path: Path | None) -> int:
    """Write a sample edition in a theme as files to open: light, dark, plain text, and all beside each other."""
    from bot.house import wardrobe
    from bot.render.schemes import pages

    written = pages(wardrobe(loaded(config_path)).dressed(name), name)
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in written.items():
        (folder / file).write_text(content, encoding="utf-8")
    click.echo(f"Wrote {', '.join(written)} to {folder}. Open {folder / 'index.html'}")
    return OK


def _list(config_path: Path | None, *, as_json: bool) -> int:
    from bot.house import wardrobe

    found = loaded(config_path)
    themes = wardrobe(found)
    rows = [
        _Row(name, themes.is_own(name), _about(themes.folder(name)), _wearers(found, name)) for name in themes.names()
    ]
    if as_json:
        print_json(rows)
        return OK
    shown = table("theme", "", "what it looks like", "newsletters")
    add_rows(
        shown,
        [(each.name, "yours" if each.yours else "shipped", each.about, ", ".join(each.newsletters)) for each in rows],
    )
    console().print(shown)
    return OK


def _about(folder: Path) -> str:
    from bot.errors import TemplateFault
    from bot.render.theme import read_theme

    try:
        return read_theme(folder).about
    except TemplateFault as error:
        return error.faults[0]


def _wearers(found: Loaded, name: str) -> list[str]:
    return [each for each, newsletter in found.config.newsletters.items() if newsletter.theme == name]


def _block(name: str) -> str:
    """A section of the shipped mail as its template has it. Raises Refused where there is none of that name."""
    from bot import shipped

    base = (shipped.folder("templates") / "email" / "base.html").read_text(encoding="utf-8")
    blocks = {found[1]: found[0] for found in re.finditer(r"{% block (\w+) %}.*?{% endblock %}", base, re.DOTALL)}
    if name not in blocks:
        raise Refused(f"The mail has no block '{name}'; it has {', '.join(blocks)}.")
    return blocks[name]


def _say_whose(file: Path, about: str) -> None:
    text = file.read_text(encoding="utf-8")
    file.write_text(
        re.sub(r'^about = ".*"$', f'about = "{about}"', text, count=1, flags=re.MULTILINE), encoding="utf-8"
    )
