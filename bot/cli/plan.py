"""`plan` and `schedule`: what would go out, and when the clock strikes next."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
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
    local,
    print_json,
    table,
)
from bot.cli.main import OK
from bot.house import opened
from bot.plan import Change, PlanLine, make
from bot.schedule import occurrences

_MARKS = {Change.SAME: " ", Change.NEW: "+", Change.CHANGED: "~", Change.GONE: "-"}


@click.command(epilog="Example: pullquote plan")
@config_option
@actor_option
@json_option
@click.option("--no-keep", is_flag=True, help="Do not remember this plan as the last one.")
def plan(config_path: Path | None, actor: str, as_json: bool, no_keep: bool) -> int:
    """Show what would go out, and what changed since the last plan.

    Where, when and to whom, each with the hash of its content. Sends nothing. Lines are marked: + new, ~ changed,
    - gone since the plan that was shown last.
    """
    with opened(loaded(config_path)) as house:
        lines = make(house, actor=actor, now=present.now(), keep=not no_keep)
        if as_json:
            print_json(lines)
            return OK
        if not lines:
            click.echo("Nothing is planned: there are no drafts.")
            return OK
        shown = table("", "Draft", "When", "Kind", "Channel", "Reaches", "Title", "Hash", "Waits for")
        console().print(add_rows(shown, [_row(line) for line in lines]))
    return OK


@click.command(epilog="Example: pullquote schedule --next 5")
@config_option
@json_option
@click.option("--next", "number", type=click.IntRange(1, 100), default=5, show_default=True, help="How many times.")
def schedule(config_path: Path | None, as_json: bool, number: int) -> int:
    """Show the next times of every newsletter and channel, in their own zone and in UTC."""
    found = loaded(config_path)
    after = present.now()
    times: list[tuple[str, str, datetime]] = []
    for name, newsletter in found.config.newsletters.items():
        due = (each.due for each in islice(occurrences(newsletter.when, after), number))
        times += [(f"newsletter {name}", newsletter.zone, at) for at in due]
    for name, channel in found.config.channels.items():
        all_due = [each.due for slot in channel.schedules for each in islice(occurrences(slot, after), number)]
        times += [(f"channel {name}", channel.zone, at) for at in sorted(all_due)[:number]]
    if as_json:
        print_json([{"of": of, "zone": zone, "due": at} for of, zone, at in times])
        return OK
    rows = [(of, local(at, zone), zone, at.strftime("%Y-%m-%d %H:%M")) for of, zone, at in times]
    console().print(add_rows(table("Of", "Local time", "Zone", "UTC"), rows))
    return OK


def _row(line: PlanLine) -> tuple[str, ...]:
    each = line.planned
    when = f"{local(datetime.fromisoformat(each.when), each.zone)} {each.zone}" if each.when else "next free slot"
    waits = each.waits_for or "its time"
    if line.change is Change.GONE:
        waits = "gone: published, rejected or withdrawn"
    return (
        _MARKS[line.change],
        str(each.draft),
        when,
        each.kind,
        each.channel,
        f"{each.reaches}, for {each.cost}" if each.cost else each.reaches,
        each.title,
        each.hash,
        waits,
    )
