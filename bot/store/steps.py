"""The steps of a delivery that has several: media that go ahead of it, and the texts of a thread, each with its state.

A step that is done is never done again: an upload is used once more, a text is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.model.states import StepKind, StepState
from bot.store.codec import content_hash
from bot.store.database import Db
from bot.store.schema import steps


@dataclass(frozen=True)
class NewStep:
    """A step to be laid out. The key of an upload is the medium's SHA-256; a text has its own key and bytes."""

    kind: StepKind
    key: str
    body: bytes = b""


@dataclass(frozen=True)
class Step:
    """`reference` is the remote id of a text or what the service calls an upload; `prepared` a text's container."""

    delivery_id: int
    number: int
    kind: StepKind
    key: str
    body: bytes
    body_hash: str
    state: StepState
    reference: str
    permalink: str | None
    memo: str
    prepared: str
    changed_at: datetime


def lay_out(db: Db, delivery: int, wanted: Sequence[NewStep], *, at: datetime) -> None:
    """Write the steps of a delivery that has not begun, in their order, in the place of any that are there."""
    db.execute(sa.delete(steps).where(steps.c.delivery_id == delivery))
    if not wanted:
        return
    rows = [
        {
            "delivery_id": delivery,
            "number": number,
            "kind": each.kind,
            "key": each.key,
            "body": each.body,
            "body_hash": content_hash(each.body),
            "state": StepState.WAITING,
            "reference": "",
            "permalink": None,
            "memo": "",
            "prepared": "",
            "changed_at": at,
        }
        for number, each in enumerate(wanted, start=1)
    ]
    db.execute(sa.insert(steps), rows)


def of(db: Db, delivery: int) -> list[Step]:
    """The steps of a delivery in their order; none where it is its own step."""
    query = sa.select(steps).where(steps.c.delivery_id == delivery).order_by(steps.c.number)
    return [_step(row) for row in db.execute(query)]


def change(db: Db, step: Step, *, at: datetime, **values: Any) -> Step:
    """Record how far a step is."""
    db.execute(
        sa.update(steps)
        .where(steps.c.delivery_id == step.delivery_id, steps.c.number == step.number)
        .values(**values, changed_at=at)
    )
    return replace(step, **values, changed_at=at)


def _step(row: sa.Row[Any]) -> Step:
    values = dict(row._mapping)
    values["kind"] = StepKind(values["kind"])
    values["state"] = StepState(values["state"])
    values["body"] = bytes(values["body"])
    return Step(**values)
