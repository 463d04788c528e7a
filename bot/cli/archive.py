"""`archive`: what has gone out and may be read by anybody, and the whole of it as plain files."""

from __future__ import annotations

from pathlib import Path

import click

from bot.archive import Site
from bot.archive.export import export as write
from bot.archive.site import shown
from bot.cli.common import add_rows, config_option, console, json_option, loaded, local, print_json, table
from bot.cli.main import OK
from bot.drafting.pages import edition_path
from bot.errors import Refused
from bot.house import opened
from bot.reading.facts import web_address
from bot.store import archive as store

_LISTED = 500


@click.group(
    invoke_without_command=True,
    epilog="Examples: pullquote archive | pullquote archive export public --url https://news.example.org",
)
@config_option
@json_option
@click.pass_context
def archive(context: click.Context, config_path: Path | None, as_json: bool) -> int:
    """List the past editions that anybody may read, or write all of them as files."""
    context.obj = config_path
    if context.invoked_subcommand is not None:
        return OK
    with opened(loaded(config_path)) as house:
        with house.store.read() as db:
            found = [
                each
                for name in shown(house).newsletters
                for each in store.editions(db, name, above=0, upto=None, limit=_LISTED)
            ]
        public = house.config.web.public or ""
        rows = [(each, f"{public}{edition_path(each.newsletter, each.number)}") for each in found]
        if as_json:
            print_json(
                [
                    {
                        "newsletter": each.newsletter,
                        "number": each.number,
                        "subject": each.subject,
                        "at": each.at,
                        "page": page,
                    }
                    for each, page in rows
                ]
            )
            return OK
        zones = {name: newsletter.zone for name, newsletter in house.config.newsletters.items()}
        cells = [
            (each.newsletter, each.number, local(each.at, zones[each.newsletter]), each.subject, page)
            for each, page in rows
        ]
    console().print(add_rows(table("Newsletter", "No.", "Sent", "Subject", "Page"), cells))
    return OK


@archive.command(epilog="Example: pullquote archive export public --url https://news.example.org")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--url", help="The address at which the files will stand. Default: [web] public.")
@config_option
def export(config_path: Path | None, folder: Path, url: str | None) -> int:
    """Write the whole archive as plain files that any web server can give out.

    Editions, quotes, feeds, style sheet and sitemap go into FOLDER. Only files that changed are written, those that
    belong there no more are removed, and whatever else stands in the folder is left alone.
    """
    with opened(loaded(config_path)) as house:
        base = web_address(url) if url else house.config.web.public
        if base is None:
            raise Refused(
                "Feeds and sitemaps need whole addresses: say with --url https://… where the files will stand, or set "
                "'public' under [web]."
            )
        done = write(house, folder, Site(base.rstrip("/"), files=True))
    click.echo(f"{done.files} files in {folder}: {done.written} written, {done.removed} removed.")
    return OK
