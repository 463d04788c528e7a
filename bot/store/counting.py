"""Counts rows by state without walking through all of them, where a page only has to give an idea of how many."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

# Whoever reads "1,000+" wants to know no more.
MOST = 1_000


def up_to(state: sa.Column[Any], states: Iterable[str]) -> sa.CompoundSelect[str, int]:
    """How many rows stand in each state, up to MOST + 1: rows of a state and a number. Needs an index on the state."""
    return sa.union_all(*(_counted(state, each) for each in states))


def _counted(state: sa.Column[Any], one: str) -> sa.Select[str, int]:
    some = sa.select(state).where(state == one).limit(MOST + 1).subquery()
    return sa.select(sa.literal(one).label("state"), sa.func.count().label("number")).select_from(some)
