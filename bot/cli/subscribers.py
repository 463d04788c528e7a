"""`subscribers`: who reads, taking in and giving out lists, keeping people from being mailed, forgetting them."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

import click

from bot import clock, subscribe
from bot.addresses import Fault, Line, lines_of, read_address, read_list, read_name
from bot.cli.common import add_rows, config_option, console, json_option, loaded, print_json, table
from bot.cli.main import ATTENTION, OK
from bot.errors import Refused
from bot.house import House, opened
from bot.model.subscriber import Cadence, Standing
from bot.store import subscribers as readers
from bot.store.subscribers import EVERYWHERE

_newsletter = click.option("--newsletter", "-n", help="Its name in the configuration; needed where there are several.")
_FAULTS_SHOWN = 20


@click.group(
    invoke_without_command=True,
    epilog="Examples: pullquote subscribers | pullquote subscribers import list.csv --consent 'sign-up form, 2025'",
)
@config_option
@json_option
@click.pass_context
def subscribers(context: click.Context, config_path: Path | None, as_json: bool) -> int:
    """Keep the list of readers. Without a command: how many there are of each newsletter."""
    context.obj = config_path
    if context.invoked_subcommand is not None:
        return OK
    with opened(loaded(config_path)) as house, house.store.read() as db:
        tally, barred = readers.tally(db), readers.suppressed_number(db)
        names = sorted({*house.config.newsletters, *(name for name, _ in tally)})
    if as_json:
        print_json(
            {
                "newsletters": {name: {each: tally.get((name, each), 0) for each in Standing} for name in names},
                "suppressed": barred,
            }
        )
        return OK
    rows = [(name, *(f"{tally.get((name, each), 0):,}" for each in Standing)) for name in names]
    console().print(add_rows(table("Newsletter", *(each.capitalize() for each in Standing)), rows))
    click.echo(f"{barred:,} addresses are kept from being mailed.")
    return OK


@subscribers.command(epilog="Example: pullquote subscribers add ada@example.org --consent 'asked by mail on 3 May'")
@click.argument("address")
@_newsletter
@click.option("--consent", required=True, help="Where and when they agreed; kept with them.")
@click.option("--name", default="", help="How they are called.")
@click.option("--monthly", is_flag=True, help="One edition a month, the first.")
@config_option
def add(config_path: Path | None, address: str, newsletter: str | None, consent: str, name: str, monthly: bool) -> int:
    """Add one reader who agreed."""
    wanted = read_address(address)
    cadence = Cadence.MONTHLY if monthly else Cadence.EVERY
    with opened(loaded(config_path)) as house:
        chosen = _chosen(house, newsletter)
        report = subscribe.take_in(house, chosen, [Line(1, wanted, read_name(name), cadence, consent)], clock.now())
    if report.suppressed:
        raise Refused(
            f"{wanted.text} is kept from being mailed; 'pullquote subscribers show {wanted.text}' says why, and "
            f"'pullquote subscribers release {wanted.text}' lifts it, if they asked you for that."
        )
    click.echo(f"{wanted.text} gets '{chosen}'." if report.added else f"{wanted.text} got '{chosen}' before.")
    return OK


@subscribers.command(
    "import", epilog="Example: pullquote subscribers import list.csv --consent 'sign-up form of 2025' --dry-run"
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_newsletter
@click.option("--consent", required=True, help="Where and when these people agreed; for rows that do not say it.")
@click.option("--dry-run", is_flag=True, help="Say what would come of it, and change nothing.")
@config_option
def import_(config_path: Path | None, file: Path, newsletter: str | None, consent: str, dry_run: bool) -> int:
    """Take in a list (CSV with a column 'email', or an address a line) of people who agreed elsewhere.

    Every row that names nobody is told with its line; the others are taken in. Who left, bounced or complained stays
    out.
    """
    with opened(loaded(config_path)) as house:
        chosen = _chosen(house, newsletter)
        rows = _progressing(read_list(lines_of(file.read_bytes()), consent=consent))
        report = subscribe.take_in(house, chosen, rows, clock.now(), rehearse=dry_run)
    for fault in report.faults[:_FAULTS_SHOWN]:
        click.echo(f"{file}:{fault.number}: {fault.why}", err=True)
    if len(report.faults) > _FAULTS_SHOWN:
        click.echo(f"… and {len(report.faults) - _FAULTS_SHOWN:,} more rows like these.", err=True)
    would = "would be " if dry_run else ""
    click.echo(
        f"{report.added:,} {would}new in '{chosen}', {report.known:,} there before, {report.suppressed:,} kept from "
        f"being mailed, {len(report.faults):,} rows that name nobody."
    )
    return ATTENTION if report.faults else OK


@subscribers.command(epilog="Example: pullquote subscribers export > readers.csv")
@_newsletter
@config_option
def export(config_path: Path | None, newsletter: str | None) -> int:
    """Write the list as CSV to standard output, with when and where each reader agreed."""
    with opened(loaded(config_path)) as house, house.store.read() as db:
        _write(
            sys.stdout,
            ("email", "name", "newsletter", "state", "cadence", "consent", "asked", "confirmed", "ended", "why"),
            (
                (
                    each.address,
                    each.name,
                    each.newsletter,
                    each.standing,
                    each.cadence,
                    each.consent,
                    each.asked_at.isoformat(),
                    each.confirmed_at.isoformat() if each.confirmed_at else "",
                    each.ended_at.isoformat() if each.ended_at else "",
                    each.ended_why,
                )
                for each in readers.listed(db, newsletter)
            ),
        )
    return OK


@subscribers.command(epilog="Example: pullquote subscribers show ada@example.org")
@click.argument("address")
@json_option
@config_option
def show(config_path: Path | None, address: str, as_json: bool) -> int:
    """Show what is known of an address: what it gets, since when, and why it is not mailed."""
    wanted = read_address(address)
    with opened(loaded(config_path)) as house, house.store.read() as db:
        found = readers.every(db, wanted)
        names = [EVERYWHERE, *house.config.newsletters]
        asked = [readers.suppressed(db, wanted.hash, name) for name in names]
        barred = {one.newsletter: one for one in asked if one is not None}
    if as_json:
        print_json(
            {"subscriptions": [_shown(each) for each in found], "suppressions": [vars(one) for one in barred.values()]}
        )
        return OK
    if not found:
        click.echo(f"Nobody with the address {wanted.text} is on a list.")
    for each in found:
        pause = f", paused until {each.paused_until:%Y-%m-%d}" if each.paused_until else ""
        click.echo(
            f"{each.newsletter}: {each.standing}, {each.cadence}{pause}; asked {each.asked_at:%Y-%m-%d}, {each.consent}"
        )
    for one in barred.values():
        what = f"by '{one.newsletter}'" if one.newsletter else "by any newsletter"
        click.echo(f"Not mailed {what}: {one.why} on {one.at:%Y-%m-%d}. {one.detail}".rstrip())
    return OK


@subscribers.command(epilog="Example: pullquote subscribers suppress ada@example.org --reason 'asked by telephone'")
@click.argument("address")
@click.option("--reason", default="", help="Kept with it.")
@config_option
def suppress(config_path: Path | None, address: str, reason: str) -> int:
    """Never mail an address again, whether it is on a list or not."""
    wanted = read_address(address)
    with opened(loaded(config_path)) as house:
        new = subscribe.suppress(house, wanted, reason=reason, now=clock.now())
    click.echo(f"{wanted.text} is not mailed any more." if new else f"{wanted.text} was kept from being mailed before.")
    return OK


@subscribers.command(epilog="Example: pullquote subscribers release ada@example.org")
@click.argument("address")
@config_option
def release(config_path: Path | None, address: str) -> int:
    """Let an address be mailed again, because its reader asked for it. It has to be added anew."""
    wanted = read_address(address)
    with opened(loaded(config_path)) as house, house.store.write() as db:
        lifted = readers.release(db, wanted.hash)
    click.echo(f"{lifted} suppressions of {wanted.text} lifted.")
    return OK


@subscribers.command(epilog="Example: pullquote subscribers erase ada@example.org --yes")
@click.argument("address")
@click.confirmation_option(prompt="Forget this person for good?")
@config_option
def erase(config_path: Path | None, address: str) -> int:
    """Forget a person: address, name and choices. A fingerprint stays, so that they are never mailed by mistake."""
    wanted = read_address(address)
    with opened(loaded(config_path)) as house:
        known = subscribe.erase(house, wanted, clock.now())
    click.echo("Forgotten." if known else "Nobody with that address was known; it is kept from being mailed.")
    return OK


@subscribers.command(epilog="Example: pullquote subscribers suppressions > suppressed.csv")
@config_option
def suppressions(config_path: Path | None) -> int:
    """Write the fingerprints of all addresses that are not mailed, as CSV: they fit every other program and service."""
    with opened(loaded(config_path)) as house, house.store.read() as db:
        rows = (
            (each.address_hash, each.newsletter, each.why, each.at.isoformat(), each.detail)
            for each in readers.all_suppressions(db)
        )
        _write(sys.stdout, ("sha256", "newsletter", "why", "at", "detail"), rows)
    return OK


def _chosen(house: House, wanted: str | None) -> str:
    known = list(house.config.newsletters)
    if wanted is None and len(known) == 1:
        return known[0]
    if wanted in known:
        return wanted
    raise Refused(f"Which newsletter? Give --newsletter; the configuration has: {', '.join(known) or 'none'}.")


def _progressing(rows: Iterator[Line | Fault]) -> Iterator[Line | Fault]:
    for number, row in enumerate(rows, 1):
        if number % 10_000 == 0:
            click.echo(f"{number:,} rows", err=True)
        yield row


def _shown(each: readers.Subscription) -> dict[str, object]:
    hidden = ("token", "address_hash")
    return {name: value for name, value in vars(each).items() if name not in hidden}


def _write(out: TextIO, header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)


def _harmless(cell: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(cell)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
