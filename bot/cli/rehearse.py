"""`rehearse`: everything that sending would do, without anybody getting anything."""

from __future__ import annotations

from pathlib import Path

import click

from bot import present
from bot.cli.common import actor_option, config_option, loaded
from bot.cli.main import ATTENTION, OK


@click.command(epilog="Example: pullquote rehearse 10")
@click.argument("numbers", type=int, nargs=-1, required=True)
@actor_option
@config_option
def rehearse(config_path: Path | None, numbers: tuple[int, ...], actor: str) -> int:
    """Go through the sending of a draft without anybody getting anything.

    Quotations and pre-flight are checked, the bytes are made, the account is tried, and services of mails that have a
    test mode get the edition in it.
    """
    from bot.deliver.rehearsing import rehearse as go_through
    from bot.house import opened
    from bot.ways import Ways

    faults = 0
    with opened(loaded(config_path)) as house, Ways() as http:
        for number in numbers:
            click.echo(f"Draft {number}")
            for each in go_through(house, number, http, actor=actor, clock=present.now):
                faults += each.fault
                click.echo(f"{'fault' if each.fault else 'ok   '}  {each.part}: {each.said}")
    return ATTENTION if faults else OK
