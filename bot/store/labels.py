"""What editors made of picked quotes: kept, edited or skipped. `pullquote train` learns from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from bot.model.provenance import EpisodeRef
from bot.model.publication import QuotedSpan
from bot.store.database import Db, put
from bot.store.schema import labels


class Verdict(StrEnum):
    """An editor's word on a quote: approved as picked; approved or kept under words of their own; not wanted."""

    KEPT = "kept"
    EDITED = "edited"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Label:
    """One editor's latest word on one picked quote of one draft, at offsets of that revision's transcript."""

    ref: EpisodeRef
    begin: int
    stop: int
    verdict: Verdict
    actor: str
    at: datetime


def record(db: Db, *, draft: int, quotes: Iterable[QuotedSpan], verdict: Verdict, actor: str, at: datetime) -> None:
    """Remember an editor's word on the quotes of a draft; a later word takes the place of an earlier one.

    A quote that was edited and is then approved stays `edited`: the approval was of the editor's words.
    """
    for quote in quotes:
        same = {
            "draft_id": draft,
            "episode_id": quote.ref.episode,
            "revision": quote.ref.revision,
            "begin": quote.begin,
            "stop": quote.stop,
        }
        before = db.scalar(sa.select(labels.c.verdict).filter_by(**same))
        said = Verdict.EDITED if (before, verdict) == (Verdict.EDITED, Verdict.KEPT) else verdict
        put(db, labels, same, {"verdict": said, "actor": actor, "at": at})


def everything(db: Db) -> list[Label]:
    """Every label, by episode and place."""
    query = sa.select(labels).order_by(labels.c.episode_id, labels.c.revision, labels.c.begin, labels.c.id)
    return [
        Label(EpisodeRef(row.episode_id, row.revision), row.begin, row.stop, Verdict(row.verdict), row.actor, row.at)
        for row in db.execute(query)
    ]
