"""`mailings`: what became of an edition for each reader, and a person's word on those in doubt."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import click

from bot import deliver, present
from bot.cli.common import actor_option, config_option, json_option, loaded, print_json, print_rows, table
from bot.cli.main import ATTENTION, OK
from bot.deliver.mailing import in_words as balance
from bot.house import opened
from bot.model.states import DeliveryState, RecipientState
from bot.model.subscriber import Length
from bot.store import deliveries as ledger
from bot.store import mailings as readers
from bot.store import receipts
from bot.store.deliveries import Delivery

_COLUMNS = ("email", "state", "service_id", "later", "reason", "at", "request", "sha256", "left_at", "version")


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
        found = [(each, receipts.tally(db, each.id), receipts.fates(db, each.id)) for each in readers.newest(db)]
        doubts = {
            each.id: deliver.by_itself(house, db, each, present.now())
            for each, tally, _ in found
            if tally[RecipientState.UNKNOWN]
        }
    if as_json:
        print_json(
            [
                {"delivery": each.id, "state": each.state, "readers": tally, "later": fates, "waits": _waits(each)}
                for each, tally, fates in found
            ]
        )
        return OK
    rows = [
        (
            each.id,
            each.draft_id,
            _waits(each) or each.state,
            balance(tally),
            ", ".join(f"{n} {fate}" for fate, n in fates.items()),
        )
        for each, tally, fates in found
    ]
    print_rows(
        table("Mailing", "Draft", "State", "Readers", "Told later"),
        rows,
        nothing="No edition went to readers yet.",
    )
    for each, tally, _ in found:
        if each.id in doubts:
            click.echo(_of_doubts(each, tally[RecipientState.UNKNOWN], doubts[each.id]))
    return ATTENTION if doubts else OK


def _of_doubts(mailing: Delivery, number: int, by_itself: str) -> str:
    """What becomes of mails in doubt: first without anybody, then what a person can say of them."""
    said = f"Mailing {mailing.id}: {number} mail{' is' if number == 1 else 's are'} in doubt."
    ways = f"'pullquote mailings arrived {mailing.id}' or 'pullquote mailings again {mailing.id}'"
    if mailing.state is DeliveryState.PLANNED:
        return f"{said} {by_itself or 'They wait for your word until the others have gone out.'}"
    if by_itself:
        return f"{said} {by_itself} You need not wait once you have looked at the service: {ways}."
    return f"{said} Nobody can ask the service: look at its own log, then say {ways}."


def _waits(mailing: Delivery) -> str:
    """What a mailing waits for that goes on by itself."""
    return mailing.reason if mailing.state is DeliveryState.PLANNED else ""


@mailings.command("readers", epilog="Example: pullquote mailings readers 7 --state unknown")
@click.argument("number", type=int)
@click.option("--state", type=click.Choice([each.value for each in RecipientState]), help="Only those in this state.")
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", help="jsonl: an object a line.")
@config_option
def readers_(config_path: Path | None, number: int, state: str | None, form: str) -> int:
    """Write what became of a mailing for each reader: who, which bytes, when, the service's own id.

    `sha256` is of the whole request that bore the mail, `left_at` when it first left; empty before it does.
    """
    states = (RecipientState(state),) if state else tuple(RecipientState)
    with opened(loaded(config_path)) as house, house.store.read() as db:
        ledger.get(db, number)
        writer = csv.writer(sys.stdout, lineterminator="\n")
        if form == "csv":
            writer.writerow(_COLUMNS)
        for each, sha256, left_at in receipts.exported(db, number, states=states):
            row = (
                each.address or f"sha256:{each.address_hash}",
                each.state.value,
                each.remote_id,
                each.fate.value,
                each.reason,
                each.changed_at.isoformat(),
                str(each.batch or ""),
                sha256,
                left_at.isoformat() if left_at else "",
                each.version or Length.FULL.value,
            )
            if form == "csv":
                writer.writerow(row)
            else:
                click.echo(json.dumps(dict(zip(_COLUMNS, row, strict=True)), ensure_ascii=False))
    return OK


@mailings.command(epilog="Example: pullquote mailings arrived 7")
@click.argument("number", type=int)
@actor_option
@config_option
def arrived(config_path: Path | None, number: int, actor: str) -> int:
    """Say that the mails in doubt are with their readers: nothing is sent again."""
    with opened(loaded(config_path)) as house:
        click.echo(deliver.settle(house, number, there=True, actor=actor, now=present.now()).reason)
    return OK


@mailings.command(epilog="Example: pullquote mailings again 7")
@click.argument("number", type=int)
@click.confirmation_option(prompt="Their readers may get the edition twice. Send it again?")
@actor_option
@config_option
def again(config_path: Path | None, number: int, actor: str) -> int:
    """Send the mails in doubt once more, having looked that the service has none of them."""
    with opened(loaded(config_path)) as house:
        click.echo(deliver.settle(house, number, there=False, actor=actor, now=present.now()).reason)
    return OK


@mailings.command(epilog="Example: pullquote mailings cancel 7 --reason 'the link is wrong'")
@click.argument("number", type=int)
@click.option("--reason", required=True)
@actor_option
@config_option
def cancel(config_path: Path | None, number: int, reason: str, actor: str) -> int:
    """Let nobody else get an edition that is going out. To pause it, hold its draft; to go on, approve it again."""
    with opened(loaded(config_path)) as house:
        click.echo(deliver.cancel_mailing(house, number, reason=reason, actor=actor, now=present.now()).reason)
    return OK
