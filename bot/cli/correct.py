"""`correct`: put right what was published, on every channel where it ran, or in the archive."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from bot import amend, present
from bot.amend import Amended
from bot.cli.common import actor_option, config_option, json_option, loaded, print_json
from bot.cli.main import ATTENTION, OK
from bot.correct import Wish
from bot.correct import correct as plan_corrections
from bot.errors import Refused
from bot.house import House, opened
from bot.model.publication import Kind
from bot.store import drafts


@click.command(
    epilog="Examples: pullquote correct 12 --was May --becomes Mae --note 'The guest is called Mae.' | "
    "pullquote correct 12 --take-down --note 'The guest asked us to.' | "
    "pullquote correct 15 --episode 3 --note 'The guest is called Mae.'"
)
@click.argument("number", type=int)
@click.option("--note", required=True, help="What readers are told: below the post, as an answer, or in the archive.")
@click.option("--was", help="Of a post: words that are wrong.")
@click.option("--becomes", help="Of a post: what they become; without it they are left out.")
@click.option("--take-down", is_flag=True, help="Of a post: take it away instead.")
@click.option("--only", multiple=True, metavar="CHANNEL", help="Of a post: only here; may be given several times.")
@click.option("--episode", type=int, metavar="N", help="Of an edition: only on the pages of this episode's quotes.")
@click.option("--take-back", is_flag=True, help="Of an edition: this note was wrong, and stands no longer.")
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
    episode: int | None,
    take_back: bool,
    as_json: bool,
    actor: str,
) -> int:
    """Correct a published post wherever it ran, or an edition in the archive.

    NUMBER is the draft. Of a post: where the platform can edit, the post is edited and bears the note; where it cannot,
    the note answers it; --take-down deletes it. Each is a delivery of its own and goes out at the next pass. Where
    nothing can be done the command says so and ends with 5.

    Of an edition: its mails cannot be called back. The note stands at once, with its date, on the archive's page of the
    edition, on those of its quotes, and in the feeds. --take-back with the same words (and --episode) lets it stand no
    longer.
    """
    wish = Wish(note, was, becomes, take_down)
    with opened(loaded(config_path)) as house:
        with house.store.read() as db:
            of_edition = drafts.get(db, number).kind is Kind.EDITION
        if of_edition:
            _refuse(number, {"--was": was, "--becomes": becomes, "--take-down": take_down, "--only": only})
            step = amend.take_back if take_back else amend.amend
            amended = step(house, number, note, episode=episode, actor=actor, now=present.now())
            if as_json:
                print_json(amended)
            else:
                _tell(house, amended, taken_back=take_back)
            return OK
        if episode is not None or take_back:
            raise Refused(f"Draft {number} is no edition: --episode and --take-back are for notes in the archive.")
        done = plan_corrections(house, number, wish, only=only, actor=actor, now=present.now())
    if as_json:
        print_json(done)
    else:
        for each in done:
            click.echo(f"{each.channel}: {each.said}" + (f" (draft {each.draft})" if each.draft else ""))
    return OK if all(each.act for each in done) else ATTENTION


def _refuse(number: int, given: dict[str, object]) -> None:
    """An edition is not edited where it stands: what was approved and sent is what its page shows."""
    wrong = [name for name, value in given.items() if value not in (None, False, ())]
    if wrong:
        raise Refused(
            f"Draft {number} is an edition, and {', '.join(wrong)} {'is' if len(wrong) == 1 else 'are'} for posts: "
            "mails cannot be called back, and the archive shows what was sent. Say with --note alone what was wrong: "
            "it stands beside that."
        )


def _tell(house: House, amended: Amended, *, taken_back: bool) -> None:
    first, *quotes = amended.pages
    page = f"{house.config.web.public or ''}{first}"
    counted = {0: "", 1: ", on that of a quote"}.get(len(quotes), f", on those of {len(quotes)} quotes")
    if taken_back:
        click.echo(f"Draft {amended.draft}: the note stands no longer on {page}{counted} and in the feeds.")
    else:
        stands = "stands now" if amended.changed else "stood already"
        click.echo(f"Draft {amended.draft}: the note {stands} on {page}{counted} and in the feeds.")
    click.echo("The files of a static export follow with the next 'pullquote archive export'.")
    if taken_back:
        click.echo("The history keeps it.")
    else:
        click.echo("Mails that went out cannot be called back; tell their readers in the next edition.")
        click.echo(_next(amended))


def _next(amended: Amended) -> str:
    """The command that puts the note into the next edition, below what its opener says already."""
    if amended.following is None:
        return "None is begun yet; once it is: pullquote drafts edit N --set opener=…"
    opener = "\n\n".join(each for each in (amended.opener.rstrip(), amended.note) if each)
    return f"That is draft {amended.following}: pullquote drafts edit {amended.following} --set {_quoted(opener)}"


def _quoted(opener: str) -> str:
    return shlex.quote(f"opener={opener}")
