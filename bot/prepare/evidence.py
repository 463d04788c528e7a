"""Holds a publication against the stored transcripts: asked when it is drafted, edited, approved and sent."""

from __future__ import annotations

from bot.drafting.proof import prove
from bot.errors import FalseQuote
from bot.model.provenance import EpisodeRef
from bot.model.publication import Publication
from bot.quotes import lock
from bot.store import episodes
from bot.store.database import Db


def prove_publication(db: Db, publication: Publication) -> None:
    """Raise FalseQuote unless every quotation is in the transcript it was taken from, and still in the newest one."""
    transcripts = {}
    names: set[str] = set()
    for ref in publication.episodes:
        episode = episodes.load(db, ref)
        transcripts[ref] = episode.transcript
        names |= {episode.title, episode.show or "", *(related.title for related in episode.related)}
        newest = episodes.newest(db, ref.episode)
        if newest is not None and newest != ref:
            _still_said(db, publication, ref, newest)
    prove(publication, transcripts, names)


def _still_said(db: Db, publication: Publication, quoted: EpisodeRef, newest: EpisodeRef) -> None:
    transcript = episodes.load(db, newest).transcript
    for quote in publication.quotes:
        if quote.ref == quoted and (transcript is None or lock.find(transcript, quote.text) is None):
            raise FalseQuote(
                f"“{quote.text}” is not in the newest reading of its episode (revision {newest.revision}): "
                "the source was changed; pick another quote or hold the draft."
            )
