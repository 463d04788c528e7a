"""Holds a publication against the stored transcripts: asked when it is drafted, edited, approved and sent."""

from __future__ import annotations

from bot.drafting.proof import prove
from bot.errors import FalseQuote
from bot.model.episode import Episode, Transcript
from bot.model.provenance import EpisodeRef
from bot.model.publication import Publication
from bot.quotes import lock
from bot.store import episodes
from bot.store.database import Db

# So many of the episodes that were read last are kept: a long one takes some megabytes.
_KEPT = 8


class Readings:
    """Reads episodes and keeps the last few of them, for whoever proves many publications of the same ones in a row.

    Nothing can be overlooked by that: a revision of an episode never changes, and which one is the newest is asked
    again in each transaction (`afresh`).
    """

    def __init__(self, kept: dict[EpisodeRef, Episode] | None = None) -> None:
        self._kept = kept if kept is not None else {}
        self._newest: dict[int, EpisodeRef | None] = {}

    def afresh(self) -> Readings:
        """For another transaction."""
        return Readings(self._kept)

    def load(self, db: Db, ref: EpisodeRef) -> Episode:
        found = self._kept.pop(ref, None) or episodes.load(db, ref)
        self._kept[ref] = found
        if len(self._kept) > _KEPT:
            del self._kept[next(iter(self._kept))]
        return found

    def newest(self, db: Db, episode: int) -> EpisodeRef | None:
        if episode not in self._newest:
            self._newest[episode] = episodes.newest(db, episode)
        return self._newest[episode]


def prove_publication(db: Db, publication: Publication, readings: Readings | None = None) -> None:
    """Raise FalseQuote unless every quotation is in the transcript it was taken from, and still in the newest one."""
    readings = readings or Readings()
    transcripts = {}
    names: set[str] = set()
    for ref in publication.episodes:
        episode = readings.load(db, ref)
        transcripts[ref] = episode.transcript
        names |= {episode.title, episode.show or "", *(related.title for related in episode.related)}
        newest = readings.newest(db, ref.episode)
        if newest is not None and newest != ref:
            _still_said(publication, ref, newest, readings.load(db, newest).transcript)
    prove(publication, transcripts, names)


def _still_said(
    publication: Publication, quoted: EpisodeRef, newest: EpisodeRef, transcript: Transcript | None
) -> None:
    for quote in publication.quotes:
        if quote.ref == quoted and (transcript is None or lock.find(transcript, quote.text) is None):
            raise FalseQuote(
                f"“{quote.text}” is not in the newest reading of its episode (revision {newest.revision}): "
                "the source was changed; pick another quote or hold the draft."
            )
