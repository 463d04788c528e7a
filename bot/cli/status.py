"""`status`, `freeze` and `thaw`: what needs somebody, what goes out next, and the big red button."""

from __future__ import annotations

from pathlib import Path

import click

from bot import deliver, present
from bot.cli.common import actor_option, config_option, json_option, loaded, local, print_json
from bot.cli.main import OK
from bot.deliver.pace import shut_until
from bot.house import House, opened
from bot.model.states import DeliveryState, DraftState
from bot.polling.standing import Condition
from bot.store import deliveries, documents, drafts, episodes, flags, slots, sources
from bot.store.database import Db
from bot.store.deliveries import Delivery
from bot.watch import warnings

_NEEDS = (DraftState.DRAFT, DraftState.IN_REVIEW, DraftState.CHANGES_REQUESTED, DraftState.HELD)
_MOST = 20


@click.command(epilog="Example: pullquote status")
@config_option
@json_option
def status(config_path: Path | None, as_json: bool) -> int:
    """Say what needs somebody, what goes out next, and what happened."""
    with opened(loaded(config_path)) as house:
        found = _found(house)
        if as_json:
            print_json(found | {"frozen": house.frozen()})
            return OK
        if (why := house.frozen()) is not None:
            click.echo(f"FROZEN: {why}\n")
        with house.store.read() as db:
            for line in _lines(house, db):
                click.echo(line)
    return OK


@click.command(epilog="Example: pullquote freeze --reason 'the news turned'")
@click.option("--reason", default="no reason given", show_default=True, help="Why; everybody will see it.")
@config_option
@actor_option
def freeze(reason: str, config_path: Path | None, actor: str) -> int:
    """Stop everything outgoing at once, and say what was stopped.

    Every worker looks before each request. A file called FREEZE in the data folder does the same when nothing else
    works.
    """
    with opened(loaded(config_path)) as house:
        stopped = deliver.freeze(house, reason=reason, actor=actor, now=present.now())
        for each in stopped:
            with house.store.read() as db:
                zone = _zone(house, db, each)
            due = f"{local(each.due_at, zone)} {zone}"
            click.echo(f"stopped: draft {each.draft_id} for {each.channel}, due {due} ({each.state})")
    click.echo(f"Frozen. {len(stopped)} deliveries wait. 'pullquote thaw' lets them go out again.")
    return OK


@click.command(epilog="Example: pullquote thaw")
@config_option
@actor_option
def thaw(config_path: Path | None, actor: str) -> int:
    """Let things go out again. What has become too late meanwhile is held, not sent."""
    with opened(loaded(config_path)) as house:
        still = deliver.release(house, actor=actor, now=present.now())
    click.echo(f"Still frozen: {still}; remove it." if still else "Thawed.")
    return OK


def _found(house: House) -> dict[str, object]:
    with house.store.read() as db:
        return {
            "live": house.config.live,
            "episodes": episodes.total(db),
            "set_aside": [each.message for each in documents.set_aside(db)],
            "held_items": [each.id for each in sources.held(db)],
            "waiting_for_transcripts": episodes.waiting(db, present.now()),
            "drafts": drafts.tally(db),
            "deliveries": deliveries.tally(db),
            "needing_somebody": [each.id for each in deliveries.needing_somebody(db)],
            "passed_over": slots.passed_over(db, limit=20),
            "warnings": warnings(house, present.now()),
            "template_faults": flags.template_faults(db),
            "shut": {
                name: {"until": shut[0], "reason": shut[1]}
                for name in house.channels
                if (shut := shut_until(house, db, name, present.now())) is not None
            },
        }


def _sources(house: House, db: Db) -> list[str]:
    """What the followed feeds want of a person."""
    standings = sources.listed(db, house.config.feeds)
    held = sources.held(db)
    lines = [f"  {len(held)} items of feeds are held: 'pullquote sources held'"] if held else []
    lines += [
        f"  source {each.title or each.key} is {each.condition}: {each.reason}"
        for each in standings
        if each.condition in (Condition.GONE, Condition.BLOCKED, Condition.FROZEN)
    ]
    if len(standings) > 1 and all(each.failures for each in standings):
        lines.append("  no feed answers: look at this machine's own connection")
    return lines


def _lines(house: House, db: Db) -> list[str]:
    waiting, number = drafts.listed(db, _NEEDS, limit=_MOST), drafts.tally(db)
    more = sum(number.get(state, 0) for state in _NEEDS) - len(waiting)
    doubtful = deliveries.needing_somebody(db)
    aside = documents.set_aside(db)
    lines = ["Needs you"]
    lines += [f"  draft {each.id} ({each.kind} for {each.channel}, {each.state}): {each.title}" for each in waiting]
    lines += [f"  and {more:,} more drafts: 'pullquote drafts list'"] if more > 0 else []
    lines += [_stuck(house, db, each) for each in doubtful]
    lines += [f"  set aside: {each.message}" for each in aside]
    lines += [f"  a template has a fault: {each}" for each in flags.template_faults(db)]
    lines += _sources(house, db)
    lines += [f"  channel {each.channel}: {each.said}" for each in warnings(house, present.now())]
    if len(lines) == 1:
        lines.append("  nothing")
    lines.append("Goes out next")
    for name in house.channels:
        if (shut := shut_until(house, db, name, present.now())) is not None:
            zone = house.config.channels[name].zone
            lines.append(f"  channel {name} sends nothing until {local(shut[0], zone)} {zone}: {shut[1]}")
    coming = deliveries.pending(db)[:10]
    for each in coming:
        zone = _zone(house, db, each)
        live = "" if house.may_send(each.channel) else " (waits for live = true)"
        lines.append(f"  {local(each.due_at, zone)} {zone}: draft {each.draft_id} to {each.channel}{live}")
    if not coming:
        lines.append("  nothing that is approved")
    lines.append("Happened")
    passed = slots.passed_over(db, limit=5)
    lines += [
        f"  {each.schedule} at {local(each.due_at, each.zone)} {each.zone}: {each.state}, {each.reason}"
        for each in passed
    ]
    tally = deliveries.tally(db)
    total = " + ".join(f"{number} {state}" for state, number in tally.items() if number)
    lines.append(f"  deliveries: {sum(tally.values())} planned{f' = {total}' if total else ''}")
    unspoken = episodes.waiting(db, present.now())
    lines.append(
        f"  episodes: {episodes.total(db)}{f', {unspoken} of them waiting for a transcript' if unspoken else ''}, "
        f"live: {'yes' if house.config.live else 'no, only files are written'}"
    )
    return lines


def _stuck(house: House, db: Db, delivery: Delivery) -> str:
    """A delivery that needs somebody; of one in doubt, first what becomes of it without anybody."""
    said = f"  delivery {delivery.id} to {delivery.channel} is {delivery.state}: {delivery.reason}"
    if delivery.state is not DeliveryState.UNKNOWN:
        return said
    goes_on = deliver.by_itself(house, db, delivery, present.now()) or "It waits for your word."
    return f"{said.removesuffix('.')}. {goes_on} 'pullquote deliveries' says what you can do"


def _zone(house: House, db: Db, delivery: Delivery) -> str:
    return house.zone_of(delivery.channel, drafts.get(db, delivery.draft_id).newsletter)
