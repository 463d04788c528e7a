"""`quotes` and `score`: the picker by itself, on any document, without a store; and a quote as a card."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.common import config_option, json_option, loaded, print_json
from bot.cli.main import ATTENTION, OK

_SIZES = ("square", "portrait", "landscape", "story")

if TYPE_CHECKING:
    from bot.quotes.pick import Candidate


class _Ranking(click.Group):
    """A group that ranks a file where no command of it is named: `pullquote quotes episode.txt`."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        named = args[:1] and (args[0] in self.commands or args[0] in context.help_option_names)
        return super().parse_args(context, args if named or not args else ["rank", *args])

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """The options of ranking, which need no command, and then the commands."""
        rank.format_options(click.Context(rank, parent=context), formatter)
        self.format_commands(context, formatter)


@click.group(
    cls=_Ranking,
    subcommand_metavar="FILE [OPTIONS] | COMMAND …",
    epilog="Examples: pullquote quotes episode.txt --why | pullquote quotes talk.vtt --all --json | "
    "pullquote quotes card 3 1 -o card.png",
)
def quotes() -> None:
    """Rank the quotable lines of a document or transcript.

    FILE is any document or transcript format that the product reads: a text page, Markdown, HTML, JSON, VTT, SRT.
    Every line printed stands word for word in the transcript. A file called "rank" or "card" is written ./card.
    """


@quotes.command(epilog="Example: pullquote quotes rank episode.txt --why")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--top", type=click.IntRange(1), default=5, show_default=True, help="How many to pick.")
@click.option("--all", "everything", is_flag=True, help="Every candidate sentence in order, not only the picks.")
@click.option("--why", is_flag=True, help="Show the reasons, alarms and gates.")
@json_option
def rank(file: Path, top: int, everything: bool, why: bool, as_json: bool) -> int:
    """Rank them: what `pullquote quotes FILE` does, too."""
    from bot.collect import read
    from bot.drafting.moments import clock, shown
    from bot.quotes import clip
    from bot.quotes.pick import judge, pick, why_none
    from bot.reading.document import MAX_BYTES

    with file.open("rb") as opened:
        data = opened.read(MAX_BYTES + 1)
    episodes = read(data, file.name).episodes
    episode = episodes[0]
    if len(episodes) > 1:
        click.echo(f"{file.name} holds {len(episodes)} episodes; ranked is the first, “{episode.title}”.", err=True)
    if everything:
        _every_candidate(judge(episode), why=why, as_json=as_json)
        return OK
    picked = [(quote, clip.grow(episode, quote)) for quote in pick(episode, top=top)]
    if as_json:
        print_json([{**asdict(quote), "clip": asdict(grown.moment) if grown else None} for quote, grown in picked])
        return OK
    if not picked:
        click.echo(why_none(judge(episode)))
        return ATTENTION
    for number, (quote, grown) in enumerate(picked, start=1):
        where = " · ".join(part for part in (quote.speaker, shown(quote.moment), f"score {quote.score:.2f}") if part)
        click.echo(f"{number}. “{quote.text}”\n   {where}")
        if why:
            for label, given in (("why", quote.reasons), ("look twice", quote.alarms), ("trimmed", quote.trims)):
                if given:
                    click.echo(f"   {label}: {'; '.join(given)}")
            if grown:
                click.echo(f"   clip: {shown(grown.moment)} to {clock(grown.moment.end)}")
    return OK


def _every_candidate(candidates: tuple[Candidate, ...], *, why: bool, as_json: bool) -> None:
    from bot.drafting.moments import shown

    if as_json:
        fields = ("text", "start", "end", "speaker", "score", "gates", "alarms", "reasons")
        print_json([{field: getattr(each, field) for field in fields} for each in candidates])
        return
    for each in candidates:
        notes = "; ".join((*each.gates, *each.alarms, *each.reasons)) if why else ""
        click.echo(f"{each.score:.2f}  {shown(each.moment) or '?':>12}  {each.text}{f'  [{notes}]' if notes else ''}")


@quotes.command(epilog="Example: pullquote quotes card 3 1 -o card.png --size portrait")
@click.argument("episode", type=int)
@click.argument("number", type=click.IntRange(1), default=1)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="PNG or JPEG.")
@click.option("--size", type=click.Choice(_SIZES), default=_SIZES[0], show_default=True, help="Its shape.")
@config_option
def card(episode: int, number: int, output: Path, size: str, config_path: Path | None) -> int:
    """Draw a quote of an episode as a picture.

    EPISODE is its number in 'pullquote episodes', NUMBER that of the quote, the best first.
    """
    from bot.drafting.moments import shown
    from bot.errors import Refused
    from bot.house import opened
    from bot.media.alt import alt_of
    from bot.media.card import JPEG, PNG, draw
    from bot.media.look import FORMATS
    from bot.model.card import Words
    from bot.store import episodes

    kinds = {".png": PNG, ".jpg": JPEG, ".jpeg": JPEG}
    if output.suffix.casefold() not in kinds:
        raise click.BadParameter(f"'{output.name}' is neither .png nor .jpg.", param_hint="--output")
    with opened(loaded(config_path)) as house:
        with house.store.read() as db:
            digest = episodes.digest(db, episode)
        if digest is None or number > len(digest.quotes):
            has = f"has {len(digest.quotes)} quotes" if digest is not None else "is not there, or not prepared"
            raise Refused(f"Episode {episode} {has}; 'pullquote episodes {episode}' shows them.")
        quote = digest.quotes[number - 1]
        said = Words(quote.text, quote.speaker, digest.show, shown(quote.moment), digest.language)
        drawn = draw(said, FORMATS[size], house.look(digest.show), mime=kinds[output.suffix.casefold()])
    output.write_bytes(drawn.content)
    click.echo(f"{output}: {drawn.width} × {drawn.height} pixels, {len(drawn.content):,} bytes. Its alt text:")
    click.echo(alt_of(said))
    return OK


@click.command(epilog="Example: printf 'Ship it.\\nMeasure what you mean to change.\\n' | pullquote score")
def score() -> int:
    """Score single lines from standard input.

    Reads one line of text per line and prints a stand-alone score from 0 to 1 for each, one per line.
    """
    from bot.quotes.pick import score_line

    for line in sys.stdin:
        click.echo(f"{score_line(line.strip()):.6f}")
    return OK
