"""`quotes` and `score`: the picker by itself, on any document, without a store."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.common import json_option, print_json
from bot.cli.main import ATTENTION, OK

if TYPE_CHECKING:
    from bot.quotes.pick import Candidate


@click.command(epilog="Examples: pullquote quotes episode.txt --why | pullquote quotes talk.vtt --all --json")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--top", type=click.IntRange(1), default=5, show_default=True, help="How many to pick.")
@click.option("--all", "everything", is_flag=True, help="Every candidate sentence in order, not only the picks.")
@click.option("--why", is_flag=True, help="Show the reasons, alarms and gates.")
@json_option
def quotes(file: Path, top: int, everything: bool, why: bool, as_json: bool) -> int:
    """Rank the quotable lines of a document or transcript.

    FILE is any document or transcript format that the product reads: a text page, Markdown, HTML, JSON, VTT, SRT.
    Every line printed stands word for word in the transcript.
    """
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


@click.command(epilog="Example: printf 'Ship it.\\nMeasure what you mean to change.\\n' | pullquote score")
def score() -> int:
    """Score single lines from standard input.

    Reads one line of text per line and prints a stand-alone score from 0 to 1 for each, one per line.
    """
    from bot.quotes.pick import score_line

    for line in sys.stdin:
        click.echo(f"{score_line(line.strip()):.6f}")
    return OK
