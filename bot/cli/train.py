"""`train`: fits the picker to what editors of this desk kept and skipped, and shows the gain before it is used."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.common import config_option, json_option, loaded, print_json, progress_console
from bot.cli.main import ATTENTION, OK

if TYPE_CHECKING:
    from bot.house import House
    from bot.quotes.learning import Lesson
    from bot.store.labels import Verdict

# Of episodes that nobody labelled, so many of the newest are read for the lines that their teasers replay.
_UNLABELLED = 200


@click.command(epilog="Examples: pullquote train | pullquote train --keep")
@click.option("--keep", is_flag=True, help="Use the new weights from now on; they go into the data folder.")
@config_option
@json_option
def train(keep: bool, config_path: Path | None, as_json: bool) -> int:
    """Fit the picker to what your editors kept, and show the gain.

    Learns from the quotes that editors approved, edited and rejected, and from the lines that a show's own teaser
    replays. The gain is measured on episodes that were held back; nothing is changed without --keep.
    """
    from bot.errors import Refused
    from bot.house import QUOTE_WEIGHTS, opened
    from bot.quotes import learning, weights
    from bot.store import labels

    with opened(loaded(config_path)) as house:
        lessons, counts = _lessons(house)
        if why := learning.too_few(lessons):
            raise Refused(why)
        with progress_console().status("Fitting, five times on four fifths of the episodes and once on all …"):
            found = learning.train(lessons, weights.episode())
        path = house.data / QUOTE_WEIGHTS
        if keep and found.gain <= 0:
            raise Refused(
                f"The new weights put {found.after:.3f} of the pairs in order, the shipped ones {found.before:.3f}: "
                "nothing was kept. More labels may help."
            )
        if keep:
            path.write_text(weights.written(found.weights), encoding="utf-8")
    if as_json:
        print_json(
            {
                "labels": {str(verdict): counts[verdict] for verdict in labels.Verdict},
                "lines": found.lines,
                "episodes": found.episodes,
                "shipped": found.before,
                "fitted": found.after,
                "gain": found.gain,
                "half_width": found.half,
                "kept": str(path) if keep else None,
            }
        )
        return OK
    said = ", ".join(f"{counts[verdict]} {verdict}" for verdict in labels.Verdict)
    click.echo(f"Editors' labels: {said}. Kept lines, with those of the shows' own teasers: {found.lines}")
    click.echo(f"in {found.episodes} episodes. On episodes that were held back, of a kept line and another one the")
    click.echo(f"kept line came first in {found.before:.1%} (shipped weights) and {found.after:.1%} (fitted).")
    click.echo(f"Gain: {found.gain * 100:+.1f} ± {found.half * 100:.1f} points.")
    if keep:
        click.echo(f"Kept in {path}: episodes are picked with them from now on. Remove the file to go back.")
        return OK
    if found.gain <= found.half:
        click.echo("That may be chance: more labels would tell.")
        return ATTENTION
    click.echo("'pullquote train --keep' picks with the fitted weights from now on.")
    return OK


def _lessons(house: House) -> tuple[list[Lesson], Counter[Verdict]]:
    """What every labelled episode teaches, and how many labels of each kind there are.

    Of episodes that nobody labelled the newest few hundred are read for the lines that their teasers replay.
    """
    from bot.model.provenance import EpisodeRef
    from bot.quotes import learning
    from bot.store import episodes, labels
    from bot.store.labels import Verdict

    with house.store.read() as db:
        found = labels.everything(db)
        # Of an episode that was read anew between two verdicts, the newest labelled reading counts.
        refs = {each.id: EpisodeRef(each.id, each.revision) for each in episodes.listed(db, limit=_UNLABELLED)}
        refs |= {label.ref.episode: label.ref for label in found}
        lessons = []
        for _, ref in sorted(refs.items()):
            mine = [label for label in found if label.ref == ref]
            made = learning.lesson(
                episodes.load(db, ref),
                kept=[(each.begin, each.stop) for each in mine if each.verdict is not Verdict.SKIPPED],
                skipped=[(each.begin, each.stop) for each in mine if each.verdict is Verdict.SKIPPED],
            )
            if made is not None:
                lessons.append(made)
    return lessons, Counter(label.verdict for label in found)
