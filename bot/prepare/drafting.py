"""Asks the configured language model for what a source does not give, and has its answer checked.

Never more than an offer: whatever goes wrong here is said in the episode's history, and the digest is made of extracts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.digest.checked import Drafted, check
from bot.digest.episode import gives_insights, gives_summary
from bot.errors import NoDraft, NotSent
from bot.house import House
from bot.http import Door, Patience
from bot.llm import Model, Way
from bot.model.episode import Episode
from bot.model.provenance import EpisodeRef


@dataclass(frozen=True)
class Word:
    """Something to be noted in an episode's history."""

    what: str
    detail: str


@dataclass
class Draughts:
    """One pass's way to the model. After a question that got no answer, the rest of the pass does without.

    `barred` says why it may not be asked at all, in a sentence.
    """

    model: Model
    way: Way
    barred: str | None = None
    silent: bool = field(default=False, init=False)

    def drafted(self, ref: EpisodeRef, episode: Episode) -> tuple[Drafted | None, list[Word]]:
        """What of the model's draft may be printed, and what the history has to say of it."""
        if gives_summary(episode) and gives_insights(episode):
            return None, []
        if episode.transcript is None and not episode.blurb.strip() and not episode.summary.strip():
            return None, []
        if self.barred is not None:
            return None, [Word("model not asked", f"{self.barred} Extracts take its place.")]
        if self.silent:
            return None, [Word("model not asked", "it did not answer earlier in this pass; extracts take its place")]
        try:
            draft = self.model.draft(episode, self.way)
        except NotSent as error:
            self.silent = True
            return None, [Word("model did not answer", f"{error} Extracts take its place.")]
        except NoDraft as error:
            return None, [Word("model's draft not used", f"{error} Extracts take its place.")]
        found = check(
            ref,
            episode,
            summary=() if gives_summary(episode) else draft.summary,
            insights=() if gives_insights(episode) else draft.insights,
        )
        words = [Word("model's line dropped", f"{each.reason}: {each.text[:300]}") for each in found.refused]
        kept = len(found.summary) + len(found.insights)
        words.append(Word("model drafted", f"{kept} lines by {self.model.name} were checked and kept"))
        return found, words


@contextmanager
def draughts(house: House) -> Iterator[Draughts | None]:
    """The way to the model for one pass; None where the config names none."""
    table, model = house.config.llm, house.model
    if table is None or model is None:
        yield None
        return
    seconds = table.timeout.total_seconds()
    with Door(Patience(read=seconds, total=seconds)) as door:
        yield Draughts(model, door, house.model_barred)
