"""`init`, `check` and `migrate`: setting up, and finding faults before they cost anything."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from bot import shipped
from bot.cli.common import config_option, json_option, loaded, print_json
from bot.cli.main import OK, SETUP
from bot.config import FolderSource, Loaded, place
from bot.errors import ConfigError, PullquoteError, StoreError, Unsent


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
    click.echo(f"Wrote {target}. Put episode documents into {folder / 'inbox'}, then: pullquote check, pullquote once")
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
    from bot.house import template_folders
    from bot.render import Renderer

    if found.config.templates and not found.resolve(found.config.templates).is_dir():
        said = f"{place(found.path, '', 'templates')}: the folder is not there; make it or take the setting out."
        yield Finding("templates", said, fault=True)
        return
    faults = Renderer(template_folders(found)).check()
    yield from (Finding("templates", fault, fault=True) for fault in faults)
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
                yield Finding(f"channel {name}", platform.check(http), fault=False)
            except Unsent as error:
                yield Finding(f"channel {name}", _said(error), fault=True)


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


def _said(error: PullquoteError) -> str:
    remedy = getattr(error, "remedy", "")
    return f"{error} {remedy}".strip()
