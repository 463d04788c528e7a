"""`once` and `run`: the main job, one time or on schedule."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue

import click

from bot.cli.common import config_option, json_option, loaded, print_json, progress_console
from bot.cli.main import ATTENTION, OK
from bot.clock import Pass, one_pass, patience
from bot.clock import run as run_clock
from bot.collect import Collected, Place
from bot.house import House, opened
from bot.text import lasting

_HERE = "127.0.0.1:8080"


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


@click.command(epilog="Examples: pullquote run --config config/pullquote.toml | pullquote run --web 127.0.0.1:8080")
@click.option(
    "--web",
    is_flag=False,
    flag_value=_HERE,
    metavar="[HOST:PORT]",
    help=f"Serve the desk beside it; without an address at {_HERE}.",
)
@config_option
def run(config_path: Path | None, web: str | None) -> int:
    """Work on schedule until stopped.

    Looks for episodes and for what is due at every tick, and at once when a folder changes; says in a line what it did.
    SIGTERM and Ctrl-C let the delivery under way, and the pages that are being answered, come to their end first.
    """
    # A queue, because its `put` may interrupt anything: an exception raised in a handler can be swallowed on its way,
    # and an Event has a lock that whoever is interrupted may hold.
    asked: SimpleQueue[None] = SimpleQueue()
    signal.signal(signal.SIGTERM, lambda *_: asked.put(None))
    where = listening(web) if web is not None else None
    with opened(loaded(config_path)) as house, ExitStack() as beside:
        if where is not None:
            beside.enter_context(_desk_beside(house, *where))
        click.echo(f"Working on {house.loaded.path}, every {lasting(house.config.tick)}. Stop with Ctrl-C.")
        run_clock(house, _tell, lambda sentence: click.echo(sentence, err=True), asked.get)
    return OK


def listening(address: str) -> tuple[str, int]:
    """Host and port of `8080`, `:8080`, `127.0.0.1:8080` or `[::1]:8080`; without a host this machine only."""
    host, _, port = address.rpartition(":")
    if not port.isascii() or not port.isdigit() or not 0 <= int(port) <= 65_535 or (":" in host and host[0] != "["):
        raise click.BadParameter(f"'{address}' is no address to listen on; write 127.0.0.1:8080.", param_hint="--web")
    return host.strip("[]") or _HERE.partition(":")[0], int(port)


@contextmanager
def _desk_beside(house: House, host: str, port: int) -> Iterator[None]:
    """The web process in threads of this one. Raises ConfigError where it cannot be."""
    from bot.cli.desk import not_listened_on, ready_for_the_web, welcome
    from bot.desk.app import beside

    ready_for_the_web(house)
    with ExitStack() as stack:
        try:
            stack.enter_context(beside(house, host=host, port=port))
        except OSError as error:
            raise not_listened_on(host, port, error) from None
        click.echo(welcome(house, host, port))
        yield


def pass_with_progress(house: House, places: tuple[Place, ...] | None) -> Pass:
    """One pass, with a line on standard error that shows how far it is."""
    shown = progress_console()
    if not shown.is_terminal:
        return one_pass(house, places, patience=patience(), rest=time.sleep)
    with shown.status("starting") as status:

        def told(step: str, done: int, total: int) -> None:
            status.update(f"{step} ({done} of {total})" if total else step)

        return one_pass(house, places, told=told, patience=patience(), rest=time.sleep)


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
        *(f"Cannot be rendered, and what needs it waits or is held: {fault}" for fault in made.faults),
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
        or done.prepared.faults
        or sent.rejected
        or sent.unknown
        or sent.held
    )


def _tell(done: Pass) -> None:
    if not done.idle:
        click.echo(" ".join(report(done)))
