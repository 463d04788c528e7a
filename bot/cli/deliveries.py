"""`deliveries`: how each delivery ended, with its evidence, and a person's word on those in doubt."""

from __future__ import annotations

from pathlib import Path

import click

from bot import deliver, present
from bot.cli.common import (
    actor_option,
    config_option,
    json_option,
    loaded,
    local,
    print_json,
    print_rows,
    table,
)
from bot.cli.main import OK
from bot.house import opened
from bot.model.states import DeliveryState
from bot.store import deliveries as ledger
from bot.store import events, steps


@click.group(invoke_without_command=True, epilog="Examples: pullquote deliveries | pullquote deliveries show 7")
@config_option
@json_option
@click.pass_context
def deliveries(context: click.Context, config_path: Path | None, as_json: bool) -> int:
    """See how deliveries ended, and settle those in doubt.

    Without a command: what needs somebody, and how many deliveries stand in each state.
    """
    context.obj = config_path
    if context.invoked_subcommand is not None:
        return OK
    with opened(loaded(config_path)) as house, house.store.read() as db:
        waiting, tally = ledger.needing_somebody(db), ledger.tally(db)
        doubts = {
            each.id: deliver.by_itself(house, db, each, present.now())
            for each in waiting
            if each.state is DeliveryState.UNKNOWN
        }
    if as_json:
        print_json({"needing_somebody": [_shown(each) for each in waiting], "tally": tally})
        return OK
    print_rows(
        table("Delivery", "Draft", "Channel", "State", "Reason"),
        [(each.id, each.draft_id, each.channel, each.state, _why(each, doubts.get(each.id, ""))) for each in waiting],
        nothing="No delivery needs you.",
    )
    click.echo(f"{sum(tally.values())} planned = " + " + ".join(f"{number} {state}" for state, number in tally.items()))
    return OK


@deliveries.command(epilog="Example: pullquote deliveries show 7")
@click.argument("number", type=int)
@json_option
@config_option
def show(config_path: Path | None, number: int, as_json: bool) -> int:
    """Show the evidence of one delivery: what was to be sent, when, what came back."""
    with opened(loaded(config_path)) as house, house.store.read() as db:
        found = ledger.get(db, number)
        history = events.of(db, f"delivery:{number}")
        parts = steps.of(db, number)
    if as_json:
        print_json({"delivery": _shown(found), "steps": [_step(each) for each in parts], "history": history})
        return OK
    click.echo(
        f"Delivery {found.id} of draft {found.draft_id}, revision {found.revision}, to {found.channel}: {found.state}"
    )
    click.echo(f"key {found.key}, {len(found.body)} bytes, SHA-256 {found.body_hash}")
    for each in history:
        click.echo(f"{local(each.at, 'UTC')} UTC  {each.what}  {each.detail}".rstrip())
    for step in parts:
        click.echo(f"step {step.number} ({step.kind}) {step.key[:40]}: {step.state} {step.reference}".rstrip())
    if found.evidence:
        click.echo(f"Looked up {local(found.looked_at, 'UTC')} UTC: {found.evidence}")
    if found.answer:
        click.echo(f"The platform answered: {found.answer}")
    if found.permalink:
        click.echo(found.permalink)
    return OK


@deliveries.command(epilog="Example: pullquote deliveries arrived 7 --link https://example.social/@us/1")
@click.argument("number", type=int)
@click.option("--link", help="Where it can be seen.")
@click.option("--id", "remote_id", help="The service's own id of it; needed for a thread that goes on.")
@actor_option
@config_option
def arrived(config_path: Path | None, number: int, link: str | None, remote_id: str | None, actor: str) -> int:
    """Say of a delivery in doubt: it is there."""
    with opened(loaded(config_path)) as house:
        settled = deliver.settle(
            house, number, there=True, actor=actor, now=present.now(), permalink=link, remote_id=remote_id
        )
    on = "counts as accepted" if settled.state == "accepted" else f"goes on: {settled.reason}"
    click.echo(f"Delivery {number} {on}.")
    return OK


@deliveries.command(epilog="Example: pullquote deliveries again 7")
@click.argument("number", type=int)
@actor_option
@config_option
def again(config_path: Path | None, number: int, actor: str) -> int:
    """Say of a delivery in doubt, or a rejected one whose cause was mended: send it again."""
    with opened(loaded(config_path)) as house:
        deliver.settle(house, number, there=False, actor=actor, now=present.now())
    click.echo(f"Delivery {number} is planned again.")
    return OK


def _why(delivery: ledger.Delivery, goes_on: str) -> str:
    """Why a delivery waits, with what the last look-up said, how it `goes_on` by itself, and what somebody can do."""
    if delivery.state is not DeliveryState.UNKNOWN:
        return delivery.reason
    looked = f" ({delivery.evidence})" if delivery.evidence else ""
    way = f"'pullquote deliveries arrived {delivery.id}' or 'pullquote deliveries again {delivery.id}'"
    return (
        f"{delivery.reason.removesuffix('.')}{looked}. {f'{goes_on} Or, if you have looked: ' if goes_on else ''}{way}"
    )


def _shown(delivery: ledger.Delivery) -> dict[str, object]:
    return {
        "id": delivery.id,
        "key": delivery.key,
        "draft": delivery.draft_id,
        "revision": delivery.revision,
        "channel": delivery.channel,
        "state": delivery.state,
        "due": delivery.due_at,
        "attempts": delivery.attempts,
        "body_sha256": delivery.body_hash,
        "remote_id": delivery.remote_id,
        "permalink": delivery.permalink,
        "reason": delivery.reason,
        "answer": delivery.answer,
        "act": delivery.act,
        "corrects": delivery.corrects,
        "texts_out": delivery.texts_out,
        "evidence": delivery.evidence,
        "looked_at": delivery.looked_at,
    }


def _step(step: steps.Step) -> dict[str, object]:
    return {
        "number": step.number,
        "kind": step.kind,
        "key": step.key,
        "state": step.state,
        "reference": step.reference,
        "permalink": step.permalink,
        "at": step.changed_at,
    }
