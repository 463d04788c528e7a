"""What editors made of quotes, remembered for learning; what passes by policy is nobody's judgement."""

from __future__ import annotations

from datetime import datetime

from bot.drafting.payload import thaw
from bot.store import drafts, labels
from bot.store.database import Db
from bot.store.drafts import Draft
from bot.store.labels import Verdict

POLICY = "policy:auto"


def judge(db: Db, draft: Draft, verdict: Verdict, *, actor: str, now: datetime) -> None:
    """Note `verdict` for each quote of the draft's present revision, unless `actor` is the policy."""
    if actor != POLICY:
        quotes = thaw(drafts.revision(db, draft).payload).quotes
        labels.record(db, draft=draft.id, quotes=quotes, verdict=verdict, actor=actor, at=now)
