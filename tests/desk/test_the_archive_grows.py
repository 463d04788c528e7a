"""What a page or a pass asks of the database does not grow with what went out long ago."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.config import load
from bot.house import House, channel_platforms
from bot.model.publication import Kind
from bot.store import drafts as drafts_of
from bot.store.database import Db, Store, sqlite_url
from bot.store.drafts import Draft
from bot.store.schema import deliveries, draft_revisions, drafts, edition_episodes, episodes, events, quotations, slots
from tests.conftest import CONFIG
from tests.desk.caller import V1, caller
from tests.desk.kit import Desk
from tests.work.desk import BENCH, POT, TUESDAY, WEEK, approve_now, draft, lay, work

# More than any page counts or shows; then as many again.
SMALL, LARGE = 1_100, 2_200
TO_AN_EDITION = 10
# A statement that is made now and then, as when a rate is counted, and what is lost in counting by the hundred.
OTHERWISE, GRAINS = 3, 500
# Pages that are kept until anything changes: only making them goes through what they list.
MADE_ONCE = ("/archive/weekly/feed.xml", "/sitemap.xml")


@pytest.fixture
def house(sqlite_template: Path, tmp_path: Path) -> Iterator[House]:
    """A house on SQLite, which can be asked how much it does."""
    path = tmp_path / "pullquote.toml"
    path.write_text(CONFIG, encoding="utf-8")
    (tmp_path / "inbox").mkdir()
    (tmp_path / "test.db").write_bytes(sqlite_template.read_bytes())
    loaded = load(path)
    loaded.data.mkdir()
    store = Store(sqlite_url(tmp_path / "test.db"))
    yield House(loaded, store, channel_platforms(loaded))
    store.close()


def copied(db: Db, table: sa.Table, which: sa.ColumnElement[bool], since: int, upto: int, **changed: Any) -> None:
    """Rows once for each number from `since` on, made by the database; `changed` are values made of that number."""
    first = sa.select(sa.literal(since).label("n")).cte("numbers", recursive=True)
    numbers = first.union_all(sa.select(first.c.n + 1).where(first.c.n < upto))
    values = {name: made(numbers.c.n) if callable(made) else made for name, made in changed.items()}
    rows = sa.select(*(values.get(column.name, column) for column in table.c))
    rows = rows.select_from(table.join(numbers, sa.true())).where(which)
    db.execute(sa.insert(table).from_select(table.c.keys(), rows, include_defaults=False))


def numbered(start: int) -> Callable[[Any], Any]:
    return lambda n: n + start


def named(word: str) -> Callable[[Any], Any]:
    return lambda n: sa.literal(word) + sa.cast(n, sa.Text)


def another_key(n: Any) -> Any:
    return quotations.c.key + sa.cast(n, sa.Text)


def long_ago(n: Any) -> Any:
    """One an hour, before anything else."""
    return sa.func.strftime("%Y-%m-%dT%H:%M:%S.000000Z", "2020-01-01", sa.cast(n, sa.Text) + sa.literal(" hours"))


def fill(house: House, post: int, edition: int, since: int, upto: int) -> None:
    """So many episodes that were read, posted and gathered into editions long ago."""
    with house.store.write() as db:
        own = {"id": numbered(100_000), "identity": named("i"), "title_key": named("t"), "locator": named("l")}
        copied(db, episodes, episodes.c.id == 1, since, upto, **own, guid=named("g"), first_seen_at=long_ago)
        one = {"id": numbered(200_000), "key": named("p"), "due_at": long_ago, "state": sa.literal("published")}
        copied(db, drafts, drafts.c.id == post, since, upto, **one, episode_id=numbered(100_000), slot_id=sa.null())
        a, b = since // TO_AN_EDITION + 1, upto // TO_AN_EDITION
        number = {**one, "id": numbered(400_000), "key": named("e"), "number": numbered(10)}
        copied(db, drafts, drafts.c.id == edition, a, b, **number, slot_id=sa.null())
        for of, start, since_, upto_ in ((post, 200_000, since, upto), (edition, 400_000, a, b)):
            number = {"draft_id": numbered(start)}
            copied(db, draft_revisions, draft_revisions.c.draft_id == of, since_, upto_, **number)
            copied(db, quotations, quotations.c.draft_id == of, since_, upto_, **number, key=another_key)
            sent = {**number, "id": numbered(start), "key": named(f"d-{of}-"), "due_at": long_ago}
            sent["state"] = sa.literal("accepted")
            copied(db, deliveries, deliveries.c.draft_id == of, since_, upto_, **sent)
            told = {"id": sa.null(), "subject": named(f"draft:{start}")}
            copied(db, events, events.c.subject == f"draft:{of}", since_, upto_, **told)
        gathered = edition_episodes.c.episode_id == 1
        into = {"episode_id": numbered(100_000), "draft_id": lambda n: 400_001 + (n - 1) // TO_AN_EDITION}
        copied(db, edition_episodes, gathered, since, upto, **into)
        passed = {"id": numbered(500_000), "wall": named("w"), "due_at": long_ago}
        copied(db, slots, slots.c.id == 1, since, upto, **passed)


@contextmanager
def watched() -> Iterator[Callable[[], tuple[int, int]]]:
    """How many statements are made and how many instructions SQLite carries out for them."""
    statements = instructions = 0

    def step() -> None:
        nonlocal instructions
        instructions += 100

    def note(connection: sa.Connection, *_: object) -> None:
        nonlocal statements
        statements += 1
        driver: Any = connection.connection.dbapi_connection
        driver.set_progress_handler(step, 100)

    def let_go(connection: Any, *_: object) -> None:
        connection.set_progress_handler(None, 0)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    sa.event.listen(sa.pool.Pool, "checkin", let_go)
    try:
        yield lambda: (statements, instructions)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
        sa.event.remove(sa.pool.Pool, "checkin", let_go)


def test_pages_and_passes_ask_no_more_of_a_larger_archive(house: House) -> None:
    desk = Desk(house)
    lay(house, POT)
    work(house, TUESDAY - WEEK)
    post, edition = draft(house, Kind.QUOTE_POST), draft(house, Kind.EDITION)
    for each in (post, edition):
        approve_now(house, each)
    fill(house, post.id, edition.id, SMALL + 1, LARGE)
    lay(house, BENCH)
    work(house)
    asked = questions(house, desk, post)
    before = costs(asked)
    fill(house, post.id, edition.id, 1, SMALL)
    after = costs(asked)
    grown = {
        name: (before[name], after[name])
        for name in asked
        if after[name][0] > before[name][0] + OTHERWISE or after[name][1] > 1.02 * before[name][1] + GRAINS
    }
    assert grown == {}


def questions(house: House, desk: Desk, post: Draft) -> dict[str, Callable[[], object]]:
    """The main pages, what the API gives of the same, and a pass that finds nothing to do."""
    with house.store.read() as db:
        open_ones = drafts_of.listed(db, drafts_of.OPEN)
        key = db.scalars(sa.select(quotations.c.key).where(quotations.c.draft_id == post.id)).one()
    waits, gathers = (next(each for each in open_ones if each.kind is kind) for kind in (Kind.QUOTE_POST, Kind.EDITION))
    own = ("", "drafts", "drafts?state=published", "calendar", "episodes", "channels", "sources", "readers")
    of_one = [f"drafts/{waits.id}{more}" for more in ("", "/quote", "/slot")] + [f"drafts/{gathers.id}"]
    of_api = ("drafts?state=in_review", "deliveries?state=unknown", "deliveries?channel=posts", "episodes", "channels")
    public = ("archive", "archive/weekly", "archive/weekly/1", f"quote/{key}", "archive/weekly/feed.xml", "sitemap.xml")
    editor, reader = desk.at(), desk.visitor()
    program = caller(desk)
    asks: dict[str, Callable[[], object]] = {"a pass": lambda: work(house)}
    for path in (*own, *of_one, f"episodes/{waits.episode_id}"):
        asks[f"/{path}"] = partial(editor.text, f"/{path}")
    for path in public:
        asks[f"/{path}"] = partial(reader.text, f"/{path}")
    for path in of_api:
        asks[f"{V1}/{path}"] = partial(program.get, f"/{path}")
    return asks


def costs(asked: dict[str, Callable[[], object]]) -> dict[str, tuple[int, int]]:
    """Statements and instructions of each."""
    found = {}
    for name, ask in asked.items():
        if name in MADE_ONCE:
            ask()
        with watched() as spent:
            ask()
            found[name] = spent()
    return found
