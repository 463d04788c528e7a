"""`init`, `check` and `migrate`: setting up, and finding faults before they cost anything."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from bot import shipped
from bot.cli.common import config_option, json_option, loaded, print_json
from bot.cli.main import OK, SETUP
from bot.config import FolderSource, Loaded, place
from bot.errors import ConfigError, PullquoteError, StoreError, TemplateFault, Unsent


@click.command(epilog="Example: pullquote init my-desk && cd my-desk && pullquote check")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
def init(folder: Path) -> int:
    """Write a commented configuration to start from.

    FOLDER gets config/pullquote.toml and an empty inbox/. Nothing that is there is overwritten.
    """
    target = folder / "config" / "pullquote.toml"
    if target.exists():
        raise ConfigError([f"{target}: is there already; edit it, or name another folder."])
    target.parent.mkdir(parents=True, exist_ok=True)
    (folder / "inbox").mkdir(exist_ok=True)
    shutil.copyfile(shipped.folder("config") / "pullquote.toml", target)
    click.echo(f"Wrote {target}. Put episode documents into {folder / 'inbox'}, or follow a feed:")
    if folder.resolve() != Path.cwd():
        click.echo(f"  cd {shlex.quote(str(folder))}")
    click.echo("  pullquote add URL    follow the feed at an address")
    click.echo("  pullquote check      what is missing")
    click.echo("  pullquote once       one pass over what is there")
    click.echo("  pullquote run --web  keep watching, with the editor's desk beside it")
    return OK


@dataclass(frozen=True)
class Finding:
    """One thing that was tried. `fault` is None where it is in order."""

    what: str
    said: str
    fault: bool


@click.command(epilog="Example: pullquote check && pullquote run")
@config_option
@json_option
def check(config_path: Path | None, as_json: bool) -> int:
    """Validate configuration, templates, store and channels.

    Each fault is named with its file and line and what to do. Nothing is sent: accounts are tried read-only.
    """
    findings = list(_findings(config_path))
    faults = sum(finding.fault for finding in findings)
    if as_json:
        print_json(findings)
    else:
        for finding in findings:
            click.echo(f"{'fault' if finding.fault else 'ok   '}  {finding.what}: {finding.said}")
        click.echo(f"{faults} fault{'' if faults == 1 else 's'}." if faults else "All is in order.")
    return SETUP if faults else OK


@click.command(epilog="Example: pullquote migrate")
@config_option
def migrate(config_path: Path | None) -> int:
    """Bring the database up to date.

    Every command does this by itself; a deployment can do it ahead, as the Procfile's release step does. A SQLite file
    is copied beside itself before it is changed.
    """
    from bot.house import database_url
    from bot.store.database import Store

    found = loaded(config_path)
    found.data.mkdir(parents=True, exist_ok=True)
    store = Store(database_url(found))
    store.migrate()
    click.echo(f"{store.shown} is at version {store.version()}.")
    store.close()
    return OK


def _findings(path: Path | None) -> Iterator[Finding]:
    try:
        found = loaded(path)
    except ConfigError as error:
        yield from (Finding("configuration", fault, fault=True) for fault in error.faults)
        return
    yield Finding("configuration", str(found.path), fault=False)
    yield from _sources(found)
    yield from _templates(found)
    yield from _store(found)
    yield from _channels(found)
    yield from _model(found)
    yield from _media(found)
    yield from _notices(found)


def _sources(found: Loaded) -> Iterator[Finding]:
    for number, source in enumerate(found.config.sources):
        if not isinstance(source, FolderSource):
            continue
        folder = found.resolve(source.path)
        if folder.exists():
            yield Finding("source", str(folder), fault=False)
        else:
            where = place(found.path, f"sources.{number}", "path")
            yield Finding("source", f"{where}: the folder {folder} is not there; make it or mend the path.", fault=True)


def _templates(found: Loaded) -> Iterator[Finding]:
    from bot.house import wardrobe

    if found.config.templates and not found.resolve(found.config.templates).is_dir():
        said = f"{place(found.path, '', 'templates')}: the folder is not there; make it or take the setting out."
        yield Finding("templates", said, fault=True)
        return
    themes = wardrobe(found)
    faults = themes.plain().check()
    for name, newsletter in found.config.newsletters.items():
        try:
            faults += themes.dressed(newsletter.theme).check()
        except TemplateFault as error:
            where = place(found.path, f"newsletters.{name}", "theme")
            missing = newsletter.theme not in themes.names()
            faults += [f"{where}: {each}" for each in error.faults] if missing else error.faults
    yield from (Finding("templates", fault, fault=True) for fault in dict.fromkeys(faults))
    if not faults:
        yield Finding("templates", "all render", fault=False)


def _store(found: Loaded) -> Iterator[Finding]:
    from bot.house import database_url
    from bot.store.database import Store

    try:
        found.data.mkdir(parents=True, exist_ok=True)
        store = Store(database_url(found))
        store.migrate()
        yield Finding("store", f"{store.shown} is at version {store.version()}", fault=False)
        store.close()
    except OSError as error:
        yield Finding("store", f"{found.data}: {error.strerror}; mend its permissions or choose another.", fault=True)
    except StoreError as error:
        yield Finding("store", str(error), fault=True)


def _channels(found: Loaded) -> Iterator[Finding]:
    from bot.house import channel_platforms
    from bot.platforms.contract import Checks
    from bot.watch import refuse_strange_senders
    from bot.ways import Ways

    try:
        platforms = channel_platforms(found)
    except ConfigError as error:
        yield from (Finding("channel", fault, fault=True) for fault in error.faults)
        return
    with Ways() as http:
        for name, platform in platforms.items():
            if platform.leaves_home and not found.config.live:
                yield Finding(
                    f"channel {name}", "sends nothing while live = false; its account is not tried", fault=False
                )
                continue
            if not isinstance(platform, Checks):
                yield Finding(f"channel {name}", f"{platform.name} cannot be tried without publishing", fault=False)
                continue
            try:
                said = platform.check(http)
                refuse_strange_senders(found.config, name, platform, http)
                yield Finding(f"channel {name}", said, fault=False)
            except Unsent as error:
                yield Finding(f"channel {name}", _said(error), fault=True)


def _media(found: Loaded) -> Iterator[Finding]:
    from bot.media.faces import shapes
    from bot.media.sound import installed

    table = found.config.cards
    files = {f"artwork of “{show}”": found.resolve(path) for show, path in table.artwork.items()}
    if table.fonts:
        files["fonts"] = found.resolve(table.fonts)
    for what, path in files.items():
        if not path.exists():
            yield Finding("cards", f"{what}: there is no {path}", fault=True)
    if not shapes():
        said = "set unkerned, in Latin, Greek and Cyrillic only: FriBiDi is not installed (docs/media.md)"
        yield Finding("cards", said, fault=False)
    wanted = [name for name, channel in found.config.channels.items() if channel.clips != "never"]
    if wanted and not installed():
        said = f"channel '{wanted[0]}' wants them, and PyAV is missing: pip install 'pullquote[audio]'"
        yield Finding("clips", said, fault=True)


def _model(found: Loaded) -> Iterator[Finding]:
    from bot.house import barred, language_model

    model = language_model(found)
    if model is None:
        yield Finding("language model", "off: the config has no table [llm]", fault=False)
        return
    why_not = barred(found, model)
    if why_not is None:
        key = f"with the key of {model.key.variable}" if model.key else "without a key"
        said = f"on: {model.name} at {model.address}, {key}; what it drafts is checked"
        yield Finding("language model", said, fault=False)
        return
    missing = model.key is None and found.config.llm is not None and found.config.llm.key_env is not None
    where = place(found.path, "llm", "key_env" if missing else "endpoint")
    yield Finding("language model", f"{where}: {model.name} is not asked. {why_not}", fault=missing)


def _notices(found: Loaded) -> Iterator[Finding]:
    from bot.house import pager

    table = found.config.notices
    if table is None:
        yield Finding("notices", "off: the config has no table [notices]", fault=False)
        return
    try:
        made = pager(found)
    except ConfigError as error:
        yield from (Finding("notices", fault, fault=True) for fault in error.faults)
        return
    told = ", ".join(table.to) if table.kind == "mail" else made.place if made is not None else ""
    if not told:
        yield Finding(
            "notices", "off: a variable that they need is not set; it must be before live = true", fault=False
        )
        return
    links = "" if found.config.web.public else "; without links, because [web] public is not set"
    yield Finding("notices", f"on: {table.kind} at {told}: {', '.join(table.what)}{links}", fault=False)


def _said(error: PullquoteError) -> str:
    remedy = getattr(error, "remedy", "")
    return f"{error} {remedy}".strip()
