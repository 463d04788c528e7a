"""`subscribers`: who reads, taking in and giving out lists, keeping people from being mailed, forgetting them."""

from __future__ import annotations

import csv
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, TextIO, TypeVar

import click

from bot import present, subscribe
from bot.addresses import Fault, Line, as_cell, lines_from, read_address, read_list, read_name, wishes_in_cells
from bot.barring import read_barred
from bot.cli.common import add_rows, config_option, console, json_option, loaded, print_json, table
from bot.cli.main import ATTENTION, OK
from bot.errors import Refused
from bot.house import House, opened
from bot.model.subscriber import Cadence, Standing, Why
from bot.store import subscribers as readers
from bot.store.seen import Seen
from bot.store.subscribers import EVERYWHERE

_newsletter = click.option("--newsletter", "-n", help="Its name in the configuration; needed where there are several.")
_report = click.option(
    "--report", "report_to", type=click.File("w", encoding="utf-8", lazy=True), help="Write every row left out as CSV."
)
_Row = TypeVar("_Row")


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
    for name in house.config.newsletters:
        if (form := _form(house, name)) is not None:
            click.echo(f"Readers ask for '{name}' at {form}")
    return OK


@subscribers.command(epilog="Example: pullquote subscribers add ada@example.org --consent 'asked by mail on 3 May'")
@click.argument("address")
@_newsletter
@click.option("--consent", required=True, help="Where and when they agreed; kept with them.")
@click.option("--name", default="", help="How they are called.")
@click.option("--monthly", "cadence", flag_value=Cadence.MONTHLY, help="One edition a month, the first.")
@click.option("--weekly", "cadence", flag_value=Cadence.WEEKLY, help="One edition a week, the first.")
@config_option
def add(
    config_path: Path | None, address: str, newsletter: str | None, consent: str, name: str, cadence: Cadence | None
) -> int:
    """Add one reader who agreed."""
    wanted = read_address(address)
    line = Line(1, wanted, read_name(name), cadence or Cadence.EVERY, consent)
    with opened(loaded(config_path)) as house:
        chosen = _chosen(house, newsletter)
        report = subscribe.take_in(house, chosen, [line], present.now())
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
@_report
@config_option
def import_(
    config_path: Path | None, file: Path, newsletter: str | None, consent: str, dry_run: bool, report_to: TextIO | None
) -> int:
    """Take in a list (CSV with a column 'email', or an address a line) of people who agreed elsewhere.

    Every row that is left out is told with its line; the others are taken in. Who left, bounced or complained stays
    out, and so does whom the list itself calls unsubscribed, pending or the like.
    """
    _keep_apart(file, report_to)
    with opened(loaded(config_path)) as house, _opened(file) as source, Seen() as seen:
        chosen = _chosen(house, newsletter)
        rows = _progressing(read_list(lines_from(source), consent=consent, is_new=seen.is_new))
        report = subscribe.take_in(house, chosen, _reporting(rows, report_to), present.now(), rehearse=dry_run)
    _tell_faults(file, report)
    would = "would be " if dry_run else ""
    click.echo(
        f"{report.added:,} {would}new in '{chosen}', {report.known:,} there before, {report.suppressed:,} kept from "
        f"being mailed, {report.left_out:,} rows left out."
    )
    return ATTENTION if report.left_out else OK


@subscribers.command(epilog="Example: pullquote subscribers export > readers.csv")
@_newsletter
@config_option
def export(config_path: Path | None, newsletter: str | None) -> int:
    """Write the list as CSV to standard output, with when and where each reader agreed."""
    with opened(loaded(config_path)) as house, house.store.read() as db:
        _write(
            sys.stdout,
            (
                *("email", "name", "newsletter", "state", "cadence", "consent", "asked", "confirmed", "ended", "why"),
                *("paused_until", "length", "zone", "hour", "less", "more"),
            ),
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
                    each.paused_until.isoformat() if each.paused_until else "",
                    *(cells[name] for name in ("length", "zone", "hour", "less", "more")),
                )
                for each in readers.listed(db, newsletter)
                for cells in [wishes_in_cells(each.wishes)]
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
        wishes = "".join(f", {name} {cell}" for name, cell in wishes_in_cells(each.wishes).items() if cell)
        click.echo(
            f"{each.newsletter}: {each.standing}, {each.cadence}{pause}{wishes}; asked {each.asked_at:%Y-%m-%d}, "
            f"{each.consent}"
        )
    for one in barred.values():
        what = f"by '{one.newsletter}'" if one.newsletter else "by any newsletter"
        click.echo(f"Not mailed {what}: {one.why} on {one.at:%Y-%m-%d}. {one.detail}".rstrip())
    return OK


@subscribers.command(
    epilog="Examples: pullquote subscribers suppress ada@example.org --reason 'asked by telephone' | "
    "pullquote subscribers suppress --import bounces.csv"
)
@click.argument("address", required=False)
@click.option(
    "--import",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A list of such addresses that another service exported, as CSV or JSON, or our own of fingerprints.",
)
@click.option("--reason", default="", help="Kept with it.")
@click.option(
    "--why",
    type=click.Choice([Why.BY_HAND, Why.BOUNCED, Why.COMPLAINED, Why.UNSUBSCRIBED]),
    default=Why.BY_HAND,
    show_default=True,
    help="For rows of a list that do not say it. Only who unsubscribed can come back by the form.",
)
@click.option("--dry-run", is_flag=True, help="Say what would come of a list, and change nothing.")
@_report
@config_option
def suppress(
    config_path: Path | None,
    address: str | None,
    file: Path | None,
    reason: str,
    why: str,
    dry_run: bool,
    report_to: TextIO | None,
) -> int:
    """Never mail an address again, whether it is on a list or not; or all those that another service's list names.

    Of a list only fingerprints are kept. Its rows that name nobody are left out and told, each with its line.
    """
    if (address is None) == (file is None):
        raise click.UsageError("Give one address, or a list with --import.")
    if file is not None:
        source = reason or f"imported from {file.name}"
        return _take_over(config_path, file, Why(why), source, dry_run=dry_run, report_to=report_to)
    wanted = read_address(address or "")
    with opened(loaded(config_path)) as house:
        new = subscribe.suppress(house, wanted, reason=reason, now=present.now())
    click.echo(f"{wanted.text} is not mailed any more." if new else f"{wanted.text} was kept from being mailed before.")
    return OK


def _take_over(
    config_path: Path | None, file: Path, why: Why, source: str, *, dry_run: bool, report_to: TextIO | None
) -> int:
    _keep_apart(file, report_to)
    with opened(loaded(config_path)) as house, _opened(file) as lines:
        rows = _reporting(_progressing(read_barred(lines, why=why)), report_to)
        report = subscribe.take_over(house, rows, present.now(), source=source, rehearse=dry_run)
    _tell_faults(file, report)
    would = "would be " if dry_run else ""
    click.echo(
        f"{report.added:,} {would}new among those who are not mailed, {report.known:,} there before, "
        f"{report.left_out:,} rows left out."
    )
    return ATTENTION if report.left_out else OK


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
        known = subscribe.erase(house, wanted, present.now())
    click.echo("Forgotten." if known else "Nobody with that address was known; it is kept from being mailed.")
    return OK


@subscribers.command(epilog="Example: pullquote subscribers suppressions > suppressed.csv")
@config_option
def suppressions(config_path: Path | None) -> int:
    """Write the fingerprints of all addresses that are not mailed, as CSV.

    The addresses themselves are not kept, so they cannot be given out. 'suppress --import' reads the list again.
    """
    with opened(loaded(config_path)) as house, house.store.read() as db:
        rows = (
            (each.address_hash, each.newsletter, each.why, each.at.isoformat(), each.detail)
            for each in readers.all_suppressions(db)
        )
        _write(sys.stdout, ("sha256", "newsletter", "why", "at", "detail"), rows)
    return OK


def _form(house: House, newsletter: str) -> str | None:
    """Where readers subscribe; None where the list is not ours, or nobody reaches us."""
    try:
        subscribe.refuse_a_foreign_list(house, newsletter)
    except Refused:
        return None
    public = house.config.web.public
    return f"{public}/subscribe/{newsletter}" if public else None


def _chosen(house: House, wanted: str | None) -> str:
    known = list(house.config.newsletters)
    if wanted is None and len(known) == 1:
        return known[0]
    if wanted in known:
        return wanted
    has = f"the configuration has: {', '.join(known) or 'none'}."
    raise Refused(
        f"There is no newsletter '{wanted}'; {has}" if wanted else f"Which newsletter? Give --newsletter; {has}"
    )


def _keep_apart(file: Path, report_to: TextIO | None) -> None:
    """Raise Refused where the report would be written over the list that is being read."""
    if report_to is not None and Path(report_to.name).exists() and file.samefile(report_to.name):
        raise Refused(f"--report {report_to.name} would be written over the list; name another file.")


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    """A list to be read more than once; what comes through a pipe is laid down first."""
    with file.open("rb") as source:
        if source.seekable():
            yield source
            return
        with tempfile.TemporaryFile() as laid_down:
            shutil.copyfileobj(source, laid_down)
            laid_down.seek(0)
            yield laid_down


def _reporting(rows: Iterable[_Row | Fault], report_to: TextIO | None) -> Iterator[_Row | Fault]:
    """Pass rows on, and write down those that are left out as they come."""
    waiting = iter(rows)
    if report_to is None:
        yield from waiting
        return
    # What is no list at all is refused at its first row: then no report is begun.
    first = [*islice(waiting, 1)]
    write = _writing(report_to, ("line", "row", "why"))
    for row in chain(first, waiting):
        if isinstance(row, Fault):
            write((row.number, row.said, row.why))
        yield row


def _tell_faults(file: Path, report: subscribe.Imported | subscribe.Barring) -> None:
    for fault in report.faults:
        click.echo(f"{file}:{fault.number}: {fault.why}", err=True)
    if report.left_out > len(report.faults):
        more = report.left_out - len(report.faults)
        click.echo(f"… and {more:,} more rows like these; --report FILE writes them all.", err=True)


def _progressing(rows: Iterable[_Row]) -> Iterator[_Row]:
    for number, row in enumerate(rows, 1):
        if number % 10_000 == 0:
            click.echo(f"{number:,} rows", err=True)
        yield row


def _shown(each: readers.Subscription) -> dict[str, object]:
    hidden = ("token", "address_hash")
    return {name: value for name, value in vars(each).items() if name not in hidden}


def _write(out: TextIO, header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    write = _writing(out, header)
    for row in rows:
        write(row)


def _writing(out: TextIO, header: tuple[str, ...]) -> Callable[[tuple[object, ...]], None]:
    """What writes a row of a CSV file, which begins with its header."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    return lambda row: writer.writerow([as_cell(str(cell)) for cell in row])
