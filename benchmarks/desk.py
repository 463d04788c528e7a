"""Server time of the desk's main pages with a large archive, beside a store that holds the sample episodes alone.

`python -m benchmarks.desk 500 10000` fills one of two stores with so many open drafts and so many more episodes, each
with a post that was published, and prints a row for each page. Quote the ratios and the statements: milliseconds belong
to the machine.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient

from bot import review, shipped
from bot.clock import one_pass
from bot.collect import Place
from bot.config import load
from bot.desk import passwords
from bot.desk.app import application
from bot.house import House, opened
from bot.model.editor import Role
from bot.model.publication import Kind
from bot.model.states import DraftState
from bot.store import drafts, editors, schema
from bot.store.database import Db

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
_PASSWORD = "four quiet green chairs"  # noqa: S105 - of a store that is thrown away
_TIMES = 15
_EVENTS_EACH = 4


@dataclass(frozen=True)
class Cost:
    """A page: processor time of the server in milliseconds (the median), statements, and size in KB."""

    ms: float
    statements: int
    kb: float


def main(open_drafts: int, episodes: int) -> None:
    """Measure both stores and print the rows."""
    with _house() as small, _house() as large:
        _fill(large, open_drafts=open_drafts, episodes=episodes)
        before, after = _costs(small), _costs(large)
    print(f"| page | alone ms | {open_drafts} drafts, {episodes:,} episodes ms | ratio | statements | KB |")
    print("|---|---:|---:|---:|---:|---:|")
    for page, old in before.items():
        new = after[page]
        print(
            f"| {page} | {old.ms:.1f} | {new.ms:.1f} | {new.ms / old.ms:.2f} "
            f"| {old.statements} → {new.statements} | {old.kb:.0f} → {new.kb:.0f} |"
        )


@contextmanager
def _house() -> Iterator[House]:
    """A house that has read the sample episodes, sent one post, and has an owner."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pullquote.toml"
        path.write_bytes((shipped.folder("config") / "demo.toml").read_bytes())
        with opened(load(path)) as house:
            one_pass(house, (Place(shipped.folder("seeds"), newest=1),), clock=lambda: NOW)
            with house.store.write() as db:
                hashed = passwords.hashed(_PASSWORD)
                editors.create(db, login="olga", name="Olga", role=Role.OWNER, password=hashed, zone="UTC", at=NOW)
                number = _first(db, Kind.QUOTE_POST)
            review.approve(house, number, actor="olga", now=NOW, at_once=True)
            one_pass(house, (), clock=lambda: NOW)
            yield house


def _fill(house: House, *, open_drafts: int, episodes: int) -> None:
    """Copies of an episode, of its published post with its delivery and history, and of a post that waits."""
    with house.store.write() as db:
        published = db.scalars(sa.select(schema.deliveries.c.draft_id)).one()
        waiting = db.scalars(
            sa.select(schema.drafts.c.id).where(
                schema.drafts.c.kind == Kind.QUOTE_POST, schema.drafts.c.state == DraftState.IN_REVIEW
            )
        ).first()
        assert waiting is not None
        told = _rows(db, schema.events, schema.events.c.subject == f"draft:{published}")[-_EVENTS_EACH:]
        for copy in range(1, episodes + 1):
            episode, draft = 100_000 + copy, 200_000 + copy
            _copy(db, schema.episodes, schema.episodes.c.id == 1, id=episode, identity=f"copy-{copy}", guid=None)
            _copy(db, schema.episode_revisions, schema.episode_revisions.c.episode_id == 1, episode_id=episode)
            _copy(db, schema.digests, schema.digests.c.episode_id == 1, episode_id=episode)
            _copy_draft(db, published, id=draft, key=f"published-{copy}", episode_id=episode)
            _copy(
                db,
                schema.deliveries,
                schema.deliveries.c.draft_id == published,
                id=200_000 + copy,
                draft_id=draft,
                key=f"{copy:032x}",
            )
            for each in told:
                at = NOW - timedelta(days=30, seconds=copy)
                db.execute(sa.insert(schema.events).values({**each, "id": None, "subject": f"draft:{draft}", "at": at}))
        for copy in range(1, open_drafts + 1):
            _copy_draft(db, waiting, id=300_000 + copy, key=f"waiting-{copy}", episode_id=1)


def _copy_draft(db: Db, number: int, **other: object) -> None:
    _copy(db, schema.drafts, schema.drafts.c.id == number, slot_id=None, **other)
    _copy(db, schema.draft_revisions, schema.draft_revisions.c.draft_id == number, draft_id=other["id"])


_READ: dict[str, list[dict[str, Any]]] = {}


def _rows(db: Db, table: sa.Table, which: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    key = f"{table.name} {which.compile(compile_kwargs={'literal_binds': True})}"
    if key not in _READ:
        _READ[key] = [dict(row._mapping) for row in db.execute(sa.select(table).where(which))]
    return _READ[key]


def _copy(db: Db, table: sa.Table, which: sa.ColumnElement[bool], **other: object) -> None:
    for row in _rows(db, table, which):
        db.execute(sa.insert(table).values({**row, **other}))


def _first(db: Db, kind: Kind) -> int:
    return next(each.id for each in drafts.listed(db, drafts.OPEN) if each.kind is kind)


def _costs(house: House) -> Mapping[str, Cost]:
    client = application(house, now=lambda: NOW).test_client()
    client.post("/sign-in", data={"login": "olga", "password": _PASSWORD})
    with house.store.read() as db:
        post, edition = _first(db, Kind.QUOTE_POST), _first(db, Kind.EDITION)
        delivery = db.scalars(sa.select(schema.deliveries.c.id).order_by(schema.deliveries.c.id)).first()
    pages = {
        "today": "/",
        "drafts": "/drafts",
        "drafts, published": "/drafts?state=published",
        "a post": f"/drafts/{post}",
        "an edition": f"/drafts/{edition}",
        "its mail": f"/drafts/{edition}/mail",
        "a delivery": f"/deliveries/{delivery}",
        "readers": "/readers",
    }
    return {name: _cost(client, path) for name, path in pages.items()}


def _cost(client: FlaskClient, path: str) -> Cost:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    answer = client.get(path)
    sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert answer.status_code == 200, (path, answer.status_code)
    spent = []
    for _ in range(_TIMES):
        begun = time.process_time()
        client.get(path)
        spent.append(time.process_time() - begun)
    return Cost(1000 * statistics.median(spent), len(asked), len(answer.data) / 1024)


if __name__ == "__main__":
    sizes = [int(each) for each in sys.argv[1:]] or [500, 10_000]
    main(*sizes)
