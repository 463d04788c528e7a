"""`episodes`: what was read."""

from __future__ import annotations

from pathlib import Path

import click

from bot.cli.common import config_option, json_option, loaded, local, print_json, print_rows, table
from bot.cli.main import OK
from bot.errors import Refused
from bot.house import opened
from bot.model.digest import Origin
from bot.model.provenance import EpisodeRef
from bot.store import documents, events
from bot.store import episodes as stored

_ORIGINS = {
    Origin.NOTES: "chosen by Pullquote from the show notes",
    Origin.CONVERSATION: "chosen by Pullquote from the conversation",
    Origin.MODEL: "drafted by a model, checked against the source",
}


@click.command(epilog="Examples: pullquote episodes | pullquote episodes 3 | pullquote episodes --set-aside")
@click.argument("number", type=int, required=False)
@config_option
@json_option
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many to list.")
@click.option("--set-aside", is_flag=True, help="List the documents that could not be understood, and why.")
def episodes(number: int | None, config_path: Path | None, as_json: bool, limit: int, set_aside: bool) -> int:
    """List the episodes that came last, or show what we say about one.

    NUMBER is the episode's number in the list.
    """
    with opened(loaded(config_path)) as house, house.store.read() as db:
        if set_aside:
            found = documents.set_aside(db)
            if as_json:
                print_json(found)
            else:
                for each in found:
                    click.echo(each.message)
            return OK
        if number is None:
            listed = stored.listed(db, limit=limit)
            if as_json:
                print_json(listed)
                return OK
            rows = [
                (e.id, e.title, e.show or "", local(e.published_at or e.first_seen_at, "UTC"), e.revision)
                for e in listed
            ]
            print_rows(
                table("Number", "Title", "Show", "Published or read", "Revision"),
                rows,
                nothing="No episode was read yet. 'pullquote once' reads the sources, 'pullquote add URL' adds one.",
            )
            return OK
        one = stored.find(db, number)
        if one is None:
            raise Refused(f"There is no episode {number}; 'pullquote episodes' lists those that are.")
        episode = stored.load(db, EpisodeRef(one.id, one.revision))
        digest = stored.digest(db, one.id)
        told = events.of(db, f"episode:{one.id}")
    if as_json:
        print_json({"episode": one, "content": episode, "digest": digest, "history": told})
        return OK
    click.echo(f"{episode.title}\n{episode.show or 'no show named'}, revision {one.revision}, from {one.locator}")
    if digest is None:
        click.echo("Not prepared: it is remembered, but not announced.")
        return OK
    click.echo("")
    click.echo(" ".join(line.text for line in digest.summary))
    if digest.summary and digest.summary_by is not Origin.SHOW:
        click.echo(f"  ({_ORIGINS[digest.summary_by]})")
    for claims in digest.insights:
        if claims.attribution is not None:
            click.echo(f"\n{claims.attribution.text}")
        for claim in claims.claims:
            click.echo(f"  - {claim.text}")
    if digest.insights and digest.insights_by is not Origin.SHOW:
        click.echo(f"  ({_ORIGINS[digest.insights_by]})")
    for quote in digest.quotes:
        who = f" ({quote.speaker})" if quote.speaker else ""
        click.echo(f"\n  “{quote.text}”{who}")
    if told:
        click.echo("")
    for event in told:
        click.echo(f"{local(event.at, 'UTC')} UTC  {event.actor}: {event.what}  {event.detail}".rstrip())
    return OK
