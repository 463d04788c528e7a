"""`tokens`: keys to the HTTP API, made for an editor, shown once, revoked."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path

import click

from bot import present
from bot import tokens as keys
from bot.cli.common import actor_option, add_rows, config_option, console, json_option, loaded, print_json, table
from bot.cli.main import OK
from bot.config import duration
from bot.house import opened
from bot.model.scope import OPENS, Scope
from bot.store import editors
from bot.store import tokens as kept


@click.group(
    invoke_without_command=True,
    epilog="Examples: pullquote tokens | pullquote tokens new nightly --for ada --scope drafts:read,quotes:read",
)
@config_option
@json_option
@click.pass_context
def tokens(context: click.Context, config_path: Path | None, as_json: bool) -> int:
    """Keep the keys to the HTTP API. Without a command: list them, never the secret itself."""
    context.obj = config_path
    return OK if context.invoked_subcommand is not None else _list(config_path, as_json=as_json)


@tokens.command("list", epilog="Example: pullquote tokens list --json")
@config_option
@json_option
def list_(config_path: Path | None, as_json: bool) -> int:
    """List every token: whose it is, what it opens, when it ends, when it was last used."""
    return _list(config_path, as_json=as_json)


@tokens.command(epilog="Example: pullquote tokens new nightly --for ada --scope drafts:read,quotes:read --expires 90d")
@click.argument("name")
@click.option("--for", "login", required=True, help="The editor whom it stands for; it never may more than they.")
@click.option(
    "--scope",
    "scopes",
    required=True,
    help=f"What it opens, separated by commas: {', '.join(Scope)}.",
)
@click.option(
    "--expires",
    default=f"{keys.LASTS.days}d",
    show_default=True,
    help=f"How long it works: 12h, 30d; at most {keys.LONGEST.days}d.",
)
@actor_option
@config_option
def new(config_path: Path | None, name: str, login: str, scopes: str, expires: str, actor: str) -> int:
    """Make a token for an editor and print it, this once."""
    token = f"{keys.PREFIX}{secrets.token_urlsafe(32)}"
    with opened(loaded(config_path)) as house:
        keys.make(
            house,
            token=token,
            login=login,
            name=name,
            scopes=_scopes(scopes),
            actor=actor,
            now=present.now(),
            lasts=_length(expires),
        )
    click.echo(token)
    click.echo("Keep it like a password: it is shown only now. Send it as 'Authorization: Bearer …'.", err=True)
    return OK


@tokens.command(epilog="Example: pullquote tokens revoke 3")
@click.argument("number", type=int)
@actor_option
@config_option
def revoke(config_path: Path | None, number: int, actor: str) -> int:
    """End a token at once."""
    with opened(loaded(config_path)) as house:
        found = keys.revoke(house, number, actor=actor, now=present.now())
    click.echo(f"The token “{found.name}” of {found.login} works no more.")
    return OK


def _list(config_path: Path | None, *, as_json: bool) -> int:
    now = present.now()
    with opened(loaded(config_path)) as house, house.store.read() as db:
        found = [(each, keys.over(each, editors.get(db, each.editor_id), now)) for each in kept.listed(db)]
    if as_json:
        print_json(
            [
                {
                    "number": each.id,
                    "name": each.name,
                    "editor": each.login,
                    "scopes": each.scopes,
                    "made_by": each.made_by,
                    "expires_at": each.expires_at,
                    "used_at": each.used_at,
                    "over": why,
                }
                for each, why in found
            ]
        )
        return OK
    rows = [
        (
            each.id,
            each.name,
            each.login,
            ", ".join(each.scopes),
            f"{each.expires_at:%d %b %Y}" if why is None else "over",
            f"{each.used_at:%d %b %Y %H:%M} UTC" if each.used_at else "never",
        )
        for each, why in found
    ]
    console().print(add_rows(table("Token", "Name", "Editor", "Opens", "Until", "Last used"), rows))
    return OK


def _scopes(text: str) -> list[Scope]:
    wanted = [each.strip() for each in text.split(",") if each.strip()]
    if unknown := [each for each in wanted if each not in set(Scope)]:
        opens = "; ".join(f"{scope} ({words})" for scope, (words, _) in OPENS.items())
        raise click.BadParameter(f"'{unknown[0]}' is no scope. There are: {opens}.")
    return [Scope(each) for each in wanted]


def _length(text: str) -> timedelta:
    try:
        return duration(text)
    except ValueError as error:
        raise click.BadParameter(f"'{text}': {error}.") from None
