"""`demo`: the main job from the first page to the sent newsletter, on the sample episodes, in a folder of its own."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import click

from bot import present, review, shipped
from bot.cli.main import ATTENTION, OK
from bot.cli.worker import needs_somebody, pass_with_progress, report
from bot.clock import one_pass
from bot.collect import Place
from bot.config import load
from bot.drafting.moments import shown
from bot.errors import Refused
from bot.house import House, opened
from bot.store import drafts, episodes
from bot.store.database import Db
from bot.store.drafts import OPEN

ACTOR = "demo"


@click.command(epilog="Example: pullquote demo my-demo")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), required=False)
@click.option(
    "--seeds", type=click.Path(exists=True, path_type=Path), help="Other episode documents than the sample ones."
)
def demo(folder: Path | None, seeds: Path | None) -> int:
    """Run the whole job on the sample episodes, into a fresh folder.

    Reads them, makes digests and quotes, drafts one newsletter issue and posts for three channels, approves them in
    your stead, and "sends" them to files. Needs no account and no network. FOLDER is where everything goes; by
    default pullquote-demo in this folder.
    """
    target = _fresh(folder)
    (target / "config").mkdir(parents=True)
    config = target / "config" / "pullquote.toml"
    config.write_bytes((shipped.folder("config") / "demo.toml").read_bytes())
    source = seeds or shipped.folder("seeds")
    click.echo(f"1. Collecting, digesting and drafting from {source}")
    with opened(load(config)) as house:
        done = pass_with_progress(house, (Place(source, newest=1),))
        for line in report(done):
            click.echo(f"   {line}")
        click.echo("2. What was made of the episodes")
        with house.store.read() as db:
            for line in _digest_lines(db):
                click.echo(f"   {line}")
        click.echo("3. Approving every draft (an editor would look at each first: pullquote drafts show 1)")
        refused = _approve_all(house)
        click.echo("4. Sending what was approved, to files only")
        sent = one_pass(house, ())
        click.echo(f"   {report(sent)[-1]}")
        click.echo("5. The same again, to show that nothing is sent twice")
        click.echo(f"   {report(one_pass(house, (Place(source, newest=1),)))[-1]}")
        for line in _where(house, target):
            click.echo(line)
    return ATTENTION if refused or needs_somebody(done) or needs_somebody(sent) else OK


def _fresh(folder: Path | None) -> Path:
    if folder is not None:
        if folder.exists() and any(folder.iterdir()):
            raise Refused(f"{folder} is not empty; name another folder.")
        return folder
    base = Path("pullquote-demo")
    return next(each for n in count(1) if not (each := base if n == 1 else base.with_name(f"{base.name}-{n}")).exists())


def _digest_lines(db: Db) -> Iterator[str]:
    for listed in reversed(episodes.listed(db, limit=30)):
        digest = episodes.digest(db, listed.id)
        if digest is None:
            continue
        yield f"{listed.title} ({listed.show or 'no show named'})"
        if (quote := digest.best) is not None:
            who = ", ".join(part for part in (quote.speaker, shown(quote.moment)) if part)
            yield f"    “{quote.text}”{f' ({who})' if who else ''}"


def _approve_all(house: House) -> int:
    with house.store.read() as db:
        waiting = drafts.listed(db, OPEN)
    refused = 0
    for draft in waiting:
        try:
            review.approve(house, draft.id, actor=ACTOR, now=present.now(), at_once=True)
        except Refused as error:
            refused += 1
            click.echo(f"   not approved: {error.at_terminal}")
    click.echo(f"   {len(waiting) - refused} approved: " + ", ".join(_kinds(waiting)))
    return refused


def _kinds(found: list[drafts.Draft]) -> list[str]:
    kinds = [draft.kind.value for draft in found]
    return [f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)]


def _where(house: House, target: Path) -> list[str]:
    outbox = house.data / "outbox"
    mails = sorted(outbox.rglob("message.html"))
    posts = sorted(outbox.rglob("post.txt"))
    return [
        "",
        "Where to look",
        *(f"   the newsletter in a browser:      {mail}" for mail in mails),
        *(f"   the same in a mail program:       {mail.with_suffix('.eml')}" for mail in mails),
        f"   {len(posts)} posts, each in its folder: {outbox}",
        f"   try it yourself:                  cd {target} && {_program()} status",
    ]


def _program() -> str:
    """How this program was called, so that the next call can be copied as it stands."""
    called = Path(sys.argv[0])
    found = shutil.which("pullquote")
    return "pullquote" if found and Path(found).samefile(called) else str(called.resolve())
