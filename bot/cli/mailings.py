"""`mailings`: what became of an edition for each reader, and a person's word on those in doubt."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import click

from bot import clock, deliver
from bot.cli.common import actor_option, add_rows, config_option, console, json_option, loaded, print_json, table
from bot.cli.main import ATTENTION, OK
from bot.deliver import balance
from bot.house import opened
from bot.model.states import RecipientState
from bot.store import deliveries as ledger
from bot.store import mailings as readers


@click.group(
    invoke_without_command=True, epilog="Examples: pullquote mailings | pullquote mailings readers 7 --state unknown"
)
@config_option
@json_option
@click.pass_context
def mailings(context: click.Context, config_path: Path | None, as_json: bool) -> int:
    """See who got an edition. Without a command: the newest mailings, each with its balance."""
    context.obj = config_path
    if context.invoked_subcommand is not None:
        return OK
    with opened(loaded(config_path)) as house, house.store.read() as db:
        found = [(each, readers.tally(db, each.id), readers.fates(db, each.id)) for each in readers.newest(db)]
    if as_json:
        print_json(
            [
                {"delivery": each.id, "state": each.state, "readers": tally, "later": fates}
                for each, tally, fates in found
            ]
        )
        return OK
    rows = [
        (each.id, each.draft_id, each.state, balance(tally), ", ".join(f"{n} {fate}" for fate, n in fates.items()))
        for each, tally, fates in found
    ]
    console().print(add_rows(table("Mailing", "Draft", "State", "Readers", "Told later"), rows))
    doubtful = sum(tally[RecipientState.UNKNOWN] for _, tally, _ in found)
    if doubtful:
        click.echo(
            f"{doubtful} mails are in doubt: look at the service, then 'pullquote mailings arrived N' or 'again N'."
        )
    return ATTENTION if doubtful else OK


@mailings.command("readers", epilog="Example: pullquote mailings readers 7 --state unknown")
@click.argument("number", type=int)
@click.option("--state", type=click.Choice([each.value for each in RecipientState]), help="Only those in this state.")
@config_option
def readers_(config_path: Path | None, number: int, state: str | None) -> int:
    """Write what became of a mailing for each reader, as CSV: who, which bytes, the service's own id."""
    states = (RecipientState(state),) if state else tuple(RecipientState)
    with opened(loaded(config_path)) as house, house.store.read() as db:
        delivery = ledger.get(db, number)
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(("email", "state", "service_id", "later", "reason", "at", "edition_sha256"))
        for each in readers.listed(db, number, states=states):
            writer.writerow(
                (
                    each.address or f"sha256:{each.address_hash}",
                    each.state,
                    each.remote_id,
                    each.fate,
                    each.reason,
                    each.changed_at.isoformat(),
                    delivery.body_hash,
                )
            )
    return OK


@mailings.command(epilog="Example: pullquote mailings arrived 7")
@click.argument("number", type=int)
@actor_option
@config_option
def arrived(config_path: Path | None, number: int, actor: str) -> int:
    """Say that the mails in doubt are with their readers: nothing is sent again."""
    with opened(loaded(config_path)) as house:
        click.echo(deliver.settle(house, number, there=True, actor=actor, now=clock.now()).reason)
    return OK


@mailings.command(epilog="Example: pullquote mailings again 7")
@click.argument("number", type=int)
@click.confirmation_option(prompt="Their readers may get the edition twice. Send it again?")
@actor_option
@config_option
def again(config_path: Path | None, number: int, actor: str) -> int:
    """Send the mails in doubt once more, having looked that the service has none of them."""
    with opened(loaded(config_path)) as house:
        click.echo(deliver.settle(house, number, there=False, actor=actor, now=clock.now()).reason)
    return OK


@mailings.command(epilog="Example: pullquote mailings cancel 7 --reason 'the link is wrong'")
@click.argument("number", type=int)
@click.option("--reason", required=True)
@actor_option
@config_option
def cancel(config_path: Path | None, number: int, reason: str, actor: str) -> int:
    """Let nobody else get an edition that is going out. To pause it, hold its draft; to go on, approve it again."""
    with opened(loaded(config_path)) as house:
        click.echo(deliver.cancel_mailing(house, number, reason=reason, actor=actor, now=clock.now()).reason)
    return OK
