"""`correct`: put right what was published, on every channel where it ran."""

from __future__ import annotations

from pathlib import Path

import click

from bot import present
from bot.cli.common import actor_option, config_option, json_option, loaded, print_json
from bot.cli.main import ATTENTION, OK
from bot.correct import Wish
from bot.correct import correct as plan_corrections
from bot.house import opened


@click.command(
    epilog="Examples: pullquote correct 12 --was May --becomes Mae --note 'The guest is called Mae.' | "
    "pullquote correct 12 --take-down --note 'The guest asked us to.'"
)
@click.argument("number", type=int)
@click.option("--note", required=True, help="What readers are told; it stands below the post or answers it.")
@click.option("--was", help="Words of the post that are wrong.")
@click.option("--becomes", help="What they become; without it they are left out.")
@click.option("--take-down", is_flag=True, help="Take the post away instead.")
@click.option("--only", multiple=True, metavar="CHANNEL", help="Only on this channel; may be given several times.")
@json_option
@actor_option
@config_option
def correct(
    config_path: Path | None,
    number: int,
    note: str,
    was: str | None,
    becomes: str | None,
    take_down: bool,
    only: tuple[str, ...],
    as_json: bool,
    actor: str,
) -> int:
    """Correct a published post on every channel where it ran.

    NUMBER is the draft of one of them. Where the platform can edit, the post is edited and bears the note; where it
    cannot, the note answers it; --take-down deletes it. Each is a delivery of its own and goes out at the next pass.
    Where nothing can be done the command says so and ends with 5.
    """
    wish = Wish(note, was, becomes, take_down)
    with opened(loaded(config_path)) as house:
        done = plan_corrections(house, number, wish, only=only, actor=actor, now=present.now())
    if as_json:
        print_json(done)
    else:
        for each in done:
            click.echo(f"{each.channel}: {each.said}" + (f" (draft {each.draft})" if each.draft else ""))
    return OK if all(each.act for each in done) else ATTENTION
