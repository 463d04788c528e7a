"""`once` and `run`: the main job, one time or on schedule."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import click

from bot.cli.common import config_option, json_option, loaded, print_json, progress_console
from bot.cli.main import ATTENTION, OK
from bot.clock import Pass, one_pass, patience
from bot.clock import run as run_clock
from bot.collect import Collected, Place
from bot.house import House, opened


@click.command(epilog="Example: pullquote once inbox/")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@config_option
@json_option
def once(paths: tuple[Path, ...], config_path: Path | None, as_json: bool) -> int:
    """Make one pass: collect, prepare, deliver what is due.

    PATHS are folders or files to read in place of the configured sources. Doing it again changes nothing that has not
    changed, and sends nothing twice.
    """
    with opened(loaded(config_path)) as house:
        places = tuple(Place(path, newest=1) for path in paths) or None
        done = pass_with_progress(house, places)
    if as_json:
        print_json(done)
    else:
        for line in report(done):
            click.echo(line)
    return ATTENTION if needs_somebody(done) else OK


@click.command(epilog="Example: pullquote run --config config/pullquote.toml")
@config_option
def run(config_path: Path | None) -> int:
    """Work on schedule until stopped.

    Looks for episodes and for what is due at every tick, and at once when a folder changes; says in a line what it did.
    SIGTERM and Ctrl-C let the delivery under way come to its end first.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with opened(loaded(config_path)) as house:
        click.echo(f"Working on {house.loaded.path}, every {house.config.tick}. Stop with Ctrl-C.")
        run_clock(house, _tell, lambda sentence: click.echo(sentence, err=True))
    return OK


def pass_with_progress(house: House, places: tuple[Place, ...] | None) -> Pass:
    """One pass, with a line on standard error that shows how far it is."""
    shown = progress_console()
    if not shown.is_terminal:
        return one_pass(house, places, patience=patience())
    with shown.status("starting") as status:

        def told(step: str, done: int, total: int) -> None:
            status.update(f"{step} ({done} of {total})" if total else step)

        return one_pass(house, places, told=told, patience=patience())


def report(done: Pass) -> list[str]:
    """What a pass did, in a few lines."""
    read, made, sent = done.collected, done.prepared, done.delivered
    lines = [
        f"Read {read.documents} new or changed documents"
        + (f" and asked {read.polled} feeds" if read.polled else "")
        + f": {read.new} new episodes, {read.revised} revised"
        + "".join(f", {number} {words}" for number, words in _beside(read))
        + ".",
        *(f"Set aside: {message}" for message in read.set_aside),
        *read.faults,
        *(
            [f"{read.unfinished} documents are still being written and wait for the next pass."]
            if read.unfinished
            else []
        ),
        *(f"No answer that can be used: {message}" for message in read.unanswered),
        f"Prepared {made.episodes} episodes: {made.drafted} new drafts, {made.revised} drafts revised"
        + (f", {done.approved} approved by policy" if done.approved else "")
        + (f", {made.held} approved drafts held because their source changed" if made.held else "")
        + ".",
    ]
    if sent.stopped is not None:
        return [*lines, f"Sent nothing: {sent.stopped}. 'pullquote thaw' lets things go out again."]
    outcome = f"Sent {sent.accepted}"
    doubts = {"rejected": sent.rejected, "to be tried again": sent.not_sent, "unknown": sent.unknown, "held": sent.held}
    named = [f"{number} {word}" for word, number in doubts.items() if number]
    return [*lines, f"{outcome}{'; ' + ', '.join(named) if named else ''}."]


def _beside(read: Collected) -> list[tuple[int, str]]:
    """What else became of what was read, where anything did."""
    words = {
        "remembered without being announced": read.known_only,
        "held for you ('pullquote sources held')": read.held,
        "recognised under another name": read.renamed,
        "taken out of their feed": read.withdrawn,
        "transcripts, chapters or pages read": read.supplied,
    }
    return [(number, each) for each, number in words.items() if number]


def needs_somebody(done: Pass) -> bool:
    """Whether a pass left something that does not go on by itself."""
    sent = done.delivered
    return bool(
        done.collected.set_aside
        or done.collected.held
        or done.prepared.held
        or sent.rejected
        or sent.unknown
        or sent.held
    )


def _tell(done: Pass) -> None:
    if not done.idle:
        click.echo(" ".join(report(done)))
