"""`desk` and `editors`: the web process, and who may work there."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from bot import present
from bot.cli.common import (
    actor_option,
    add_rows,
    config_option,
    console,
    json_option,
    loaded,
    print_json,
    table,
    tell_link,
)
from bot.cli.main import OK
from bot.desk.accounts import INVITED_FOR, first_link
from bot.errors import ConfigError, Refused
from bot.house import House, opened
from bot.model.editor import Role
from bot.store import editors as known


@click.command(epilog="Example: pullquote desk --port 8080")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=int, default=8080, show_default=True, help="The port to listen on.")
@config_option
def desk(host: str, port: int, config_path: Path | None) -> int:
    """Serve the editor's desk and the pages for readers.

    The first time it prints a link that works once, by which somebody becomes the owner: before that nothing can be
    seen. It listens on this machine only, unless --host says otherwise.
    """
    from bot.desk.app import serve

    with opened(loaded(config_path)) as house:
        ready_for_the_web(house)
        click.echo(welcome(house, host, port))
        try:
            serve(house, host=host, port=port)
        except OSError as error:
            raise not_listened_on(host, port, error) from None
    return OK


def not_listened_on(host: str, port: int, error: OSError) -> ConfigError:
    return ConfigError([f"{host}:{port} cannot be listened on ({error.strerror}); give another port."])


def ready_for_the_web(house: House) -> None:
    """Raise ConfigError where something that the web process needs is missing."""
    web = house.config.web
    if web.public and house.web_secret is None:
        raise ConfigError([f"[web] public is set, but the environment variable {web.secret_env} is not; set it."])
    if web.oidc is not None and house.oidc_secret is None:
        name = web.oidc.client_secret_env
        raise ConfigError([f"[web.oidc] is set, but the environment variable {name} is not; set it."])


def welcome(house: House, host: str, port: int) -> str:
    """What is said when the desk opens: where it is, and the link for its first owner."""
    base = house.config.web.public or f"http://{host if host not in ('0.0.0.0', '::') else 'localhost'}:{port}"  # noqa: S104
    said = f"The desk is at {base}/"
    link = first_link(house, present.now())
    return f"{said}\nNobody owns it yet. Open this link, once, within a day:\n{base}{link}" if link else said


@click.group(invoke_without_command=True, epilog="Examples: pullquote editors | pullquote editors invite --role author")
@config_option
@json_option
@click.pass_context
def editors(context: click.Context, config_path: Path | None, as_json: bool) -> int:
    """List who works at the desk, and invite them."""
    context.obj = config_path
    if context.invoked_subcommand is not None:
        return OK
    with opened(loaded(config_path)) as house, house.store.read() as db:
        found = known.listed(db)
    if as_json:
        print_json([{"login": e.login, "name": e.name, "role": e.role, "closed": e.closed_at} for e in found])
        return OK
    if not found:
        click.echo(
            "Nobody works at the desk yet. 'pullquote desk' and 'pullquote run --web' print a link by which the first "
            "person becomes its owner; or run 'pullquote editors invite --role owner'."
        )
        return OK
    rows = [(each.login, each.name, each.role, "closed" if each.closed_at else "") for each in found]
    console().print(add_rows(table("Login", "Name", "Role", ""), rows))
    return OK


@editors.command(epilog="Example: pullquote editors invite --role approver")
@click.option("--role", type=click.Choice([each.value for each in Role]), default="editor", show_default=True)
@actor_option
@config_option
def invite(config_path: Path | None, role: str, actor: str) -> int:
    """Print a link by which somebody joins, once, within seven days."""
    token = secrets.token_urlsafe(24)
    with opened(loaded(config_path)) as house:
        with house.store.write() as db:
            known.invite(db, token=token, role=Role(role), made_by=actor, at=present.now(), lasts=INVITED_FOR)
        tell_link(house.config.web.public, f"/join/{token}")
    return OK


@editors.command(epilog="Example: pullquote editors password ada")
@click.argument("login")
@actor_option
@config_option
def password(config_path: Path | None, login: str, actor: str) -> int:
    """Print a link by which an editor chooses a new password, once, within seven days."""
    token = secrets.token_urlsafe(24)
    with opened(loaded(config_path)) as house:
        with house.store.write() as db:
            found = known.by_login(db, login)
            if found is None:
                raise Refused(f"Nobody works here as '{login}'; 'pullquote editors' lists who does.")
            known.invite(
                db, token=token, role=found.role, made_by=actor, at=present.now(), lasts=INVITED_FOR, editor=found.id
            )
        tell_link(house.config.web.public, f"/join/{token}")
    return OK
