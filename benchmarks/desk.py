"""Server time of every page with archives of several sizes, beside a store that holds the sample episodes alone.

`python -m benchmarks.desk 500 100 1000 10000` fills a store for each size with 500 open drafts and so many more
episodes, each with a post that was published; every tenth with an edition that went out. It prints a row for each page
and one for a pass of the worker that finds nothing to do. Where PULLQUOTE_TEST_POSTGRES names a PostgreSQL server, a
last argument `postgres` measures on that. What the database does is counted by itself: instructions of SQLite, or
blocks that PostgreSQL touches. Quote the ratios, the statements and this work: milliseconds belong to the machine.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient

from bot import archive, review, shipped, tokens
from bot.archive import Site
from bot.archive.pages import FEEDS
from bot.clock import one_pass
from bot.collect import Place
from bot.config import load
from bot.desk import passwords
from bot.desk.app import application
from bot.desk.sources import first_of
from bot.drafting.payload import freeze, thaw
from bot.house import DATABASE_VARIABLES, House, opened
from bot.model.editor import Role
from bot.model.publication import Kind, Post
from bot.model.scope import Scope
from bot.model.states import Act, DraftState
from bot.store import drafts, editors, schema
from bot.store.database import Db
from bot.store.slots import SlotState

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
_PASSWORD = "four quiet green chairs"  # noqa: S105 - of a store that is thrown away
_TOKEN = f"{tokens.PREFIX}of-a-store-that-is-thrown-away"
_HEADERS = {"Authorization": f"Bearer {_TOKEN}"}
_TIMES = 9
_WORDS = sorted({each for path in shipped.folder("seeds").iterdir() for each in path.read_text().split()})
# One edition for so many episodes, a correction for so many posts, and so many rows in one statement.
_TO_AN_EDITION, _TO_A_CORRECTION, _AT_ONCE = 10, 1_000, 500
# From here on the episodes are numbered that came last.
_NEWEST = 900_000
# SQLite counts in steps of so many instructions.
_GRAIN = 10
_PASS = "a pass of the worker"  # noqa: S105 - no word that opens anything


@dataclass(frozen=True)
class Cost:
    """A page: processor time of our process in milliseconds (the least), statements, size in KB, and what the database
    did: thousands of SQLite's instructions, or blocks that PostgreSQL touched."""

    ms: float
    statements: int
    kb: float
    work: float


def main(open_drafts: int, sizes: Sequence[int], server: str | None) -> None:
    """Measure every store and print the rows: ratios to the one without an archive, and of the last to the first."""
    with ExitStack() as stack:
        houses = [stack.enter_context(_house(server)) for _ in range(1 + len(sizes))]
        for house, episodes in zip(houses[1:], sizes, strict=True):
            _fill(house, open_drafts=open_drafts, episodes=episodes)
        for house in houses:
            _passed(house)
        rows = _costs(houses)
    named = " | ".join(f"{each:,}" for each in sizes)
    work = "blocks" if server else "thousand instructions"
    print(f"| page | alone ms | {named} | last : first | statements | KB | {work} |")
    print(f"|---|---:|{'---:|' * len(sizes)}---:|---:|---:|---:|")
    for page, costs in rows.items():
        alone, *large = costs
        ratios = " | ".join(f"{each.ms / alone.ms:.2f}" for each in large)
        print(
            f"| {page} | {alone.ms:.1f} | {ratios} | {large[-1].ms / large[0].ms:.2f} "
            f"| {_told([each.statements for each in costs])} | {_told([each.kb for each in costs])} "
            f"| {_told([each.work for each in costs])} |"
        )


def _told(numbers: Sequence[float]) -> str:
    """One number where all are the same, else each."""
    written = [f"{each:,.0f}" for each in numbers]
    return written[0] if len(set(written)) == 1 else " → ".join(written)


@contextmanager
def _house(server: str | None) -> Iterator[House]:
    """A house that has read the sample episodes, sent one post and one edition, and has an owner."""
    with tempfile.TemporaryDirectory() as folder, _database(server):
        path = Path(folder) / "pullquote.toml"
        path.write_text(f"{(shipped.folder('config') / 'demo.toml').read_text()}\n[web]\napi_per_minute = 100000\n")
        with opened(load(path)) as house:
            one_pass(house, (Place(shipped.folder("seeds"), newest=1),), clock=lambda: NOW)
            with house.store.write() as db:
                hashed = passwords.hashed(_PASSWORD)
                editors.create(db, login="olga", name="Olga", role=Role.OWNER, password=hashed, zone="UTC", at=NOW)
                numbers = [_first(db, kind) for kind in (Kind.QUOTE_POST, Kind.EDITION)]
            for number in numbers:
                review.approve(house, number, actor="olga", now=NOW, at_once=True)
            one_pass(house, (), clock=lambda: NOW)
            _another_edition(house)
            yield house


@contextmanager
def _database(server: str | None) -> Iterator[None]:
    """A database of its own on a server of PostgreSQL, as hosts name it; else the house makes its file."""
    for each in DATABASE_VARIABLES:
        os.environ.pop(each, None)
    if server is None:
        yield
        return
    address = sa.make_url(server).set(drivername="postgresql+psycopg")
    name = f"pullquote_bench_{uuid.uuid4().hex[:12]}"
    engine = sa.create_engine(address, isolation_level="AUTOCOMMIT", connect_args={"client_encoding": "utf8"})
    with engine.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}" TEMPLATE template0'))
        os.environ[DATABASE_VARIABLES[0]] = address.set(database=name).render_as_string(hide_password=False)
        try:
            yield
        finally:
            connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))


def _another_edition(house: House) -> None:
    """A copy of the edition that waits for its editor, as there is one at any time."""
    with house.store.write() as db:
        gone = db.scalars(sa.select(schema.drafts.c.id).where(schema.drafts.c.kind == Kind.EDITION)).one()
        other = {"id": 90_000, "key": "edition:weekly:2", "number": 2, "state": DraftState.IN_REVIEW, "revision": 1}
        _add(db, schema.drafts, _copies(db, schema.drafts, schema.drafts.c.id == gone, [{**other, "slot_id": None}]))
        present = db.scalars(sa.select(schema.drafts.c.revision).where(schema.drafts.c.id == gone)).one()
        which = sa.and_(schema.draft_revisions.c.draft_id == gone, schema.draft_revisions.c.number == present)
        _add(
            db, schema.draft_revisions, _copies(db, schema.draft_revisions, which, [{"draft_id": 90_000, "number": 1}])
        )
        # Its episodes are the newest of all, and the samples are older than what is filled in.
        long_ago = {"first_seen_at": NOW - timedelta(days=3_000)}
        db.execute(sa.update(schema.episodes).values(long_ago))
        members = list(db.scalars(sa.select(schema.edition_episodes.c.episode_id).order_by("episode_id")))
        for each in members:
            named = {"identity": f"newest-{each}", "guid": None, "locator": f"newest-{each}"}
            own = {"id": _NEWEST + each, **named, "published_at": NOW, "first_seen_at": NOW}
            _add(db, schema.episodes, _copies(db, schema.episodes, schema.episodes.c.id == each, [own]))
            for table in (schema.episode_revisions, schema.digests):
                _add(db, table, _copies(db, table, table.c.episode_id == each, [{"episode_id": _NEWEST + each}]))
        gathered = [{"newsletter": "weekly", "episode_id": _NEWEST + each, "draft_id": 90_000} for each in members]
        _add(db, schema.edition_episodes, iter(gathered))


def _fill(house: House, *, open_drafts: int, episodes: int) -> None:
    """Copies of an episode, of its published post with its delivery and history, of an edition, of a waiting post."""
    with house.store.write() as db:
        sent = dict(db.execute(sa.select(schema.drafts.c.kind, schema.deliveries.c.draft_id).join(schema.drafts)).all())
        waiting = _first(db, Kind.QUOTE_POST)
        at = [NOW - timedelta(days=1, hours=copy) for copy in range(episodes + 1)]
        channels = [name for name, table in house.config.channels.items() if table.posts]
        of_first = schema.episodes.c.id == 1
        numbers = range(1, episodes + 1)
        _add(
            db,
            schema.episodes,
            _copies(
                db,
                schema.episodes,
                of_first,
                (
                    {
                        "published_at": at[-copy],
                        "first_seen_at": at[-copy],
                        "id": 100_000 + copy,
                        "identity": f"copy-{copy}",
                        "title": f"The {copy}th hour of it",
                        "title_key": f"the {copy}th hour of it",
                        "guid": f"copy-{copy}",
                        "locator": f"copy-{copy}",
                    }
                    for copy in numbers
                ),
            ),
        )
        for table in (schema.episode_revisions, schema.digests):
            owned = ({"episode_id": 100_000 + copy} for copy in numbers)
            _add(db, table, _copies(db, table, table.c.episode_id == 1, owned))
        taken = (
            {"id": 100_000 + copy, "schedule": f"channel:{channels[copy % len(channels)]}", "wall": f"copy-{copy}"}
            | {"zone": "UTC", "due_at": at[-copy], "state": SlotState.TAKEN}
            for copy in numbers
        )
        _add(db, schema.slots, taken)
        posts = (
            {
                "id": 200_000 + copy,
                "key": f"published-{copy}",
                "episode_id": 100_000 + copy,
                "channel": channels[copy % len(channels)],
                "due_at": at[-copy],
            }
            for copy in numbers
        )
        _copy_drafts(db, sent[Kind.QUOTE_POST], posts)
        editions = (
            {"id": 400_000 + copy, "key": f"edition-{copy}", "number": 10 + copy, "due_at": at[-copy]}
            for copy in range(1, episodes // _TO_AN_EDITION + 1)
        )
        _copy_drafts(db, sent[Kind.EDITION], editions)
        passed = (
            {"id": 500_000 + copy, "schedule": "newsletter:weekly", "wall": f"copy-{copy}", "zone": "UTC"}
            | {"due_at": at[-copy], "state": SlotState.TAKEN}
            for copy in range(1, episodes // _TO_AN_EDITION + 1)
        )
        _add(db, schema.slots, passed)
        _add(db, schema.edition_episodes, _gathered(db, sent[Kind.EDITION], episodes))
        _correct(db, sent[Kind.QUOTE_POST], [*range(_TO_A_CORRECTION, episodes + 1, _TO_A_CORRECTION)])
        waits = (
            {
                "id": 500_000 + copy,
                "key": f"waiting-{copy}",
                "episode_id": 100_000 + episodes - copy // 4 % episodes,
                "channel": channels[copy % len(channels)],
                "due_at": NOW + timedelta(hours=copy),
            }
            for copy in range(1, open_drafts + 1)
        )
        _copy_drafts(db, waiting, waits)
        _say_other_lines(db)
        own_key = schema.quotations.c.key + "-" + sa.cast(schema.quotations.c.draft_id, sa.Text)
        db.execute(sa.update(schema.quotations).where(schema.quotations.c.draft_id > 100_000).values(key=own_key))
    with house.store.write() as db:
        # As a server of PostgreSQL does by itself; in a SQLite file nobody ever does.
        if db.dialect.name == "postgresql":
            db.execute(sa.text("ANALYZE"))


def _gathered(db: Db, edition: int, episodes: int) -> Iterator[dict[str, Any]]:
    """Which edition each episode went out in."""
    newsletter = db.scalars(sa.select(schema.drafts.c.newsletter).where(schema.drafts.c.id == edition)).one()
    for copy in range(1, episodes - episodes % _TO_AN_EDITION + 1):
        draft = 400_000 + (copy - 1) // _TO_AN_EDITION + 1
        yield {"newsletter": newsletter, "episode_id": 100_000 + copy, "draft_id": draft}


def _correct(db: Db, post: int, copies: Sequence[int]) -> None:
    """An answer below some of the published posts that says what was wrong, published as well."""
    named = (
        {"id": 600_000 + copy, "key": f"correction-{copy}", "kind": Kind.CORRECTION, "due_at": NOW} for copy in copies
    )
    _copy_drafts(db, post, named)
    for copy in copies:
        mends = {"act": Act.ANSWER, "corrects": 200_000 + copy}
        db.execute(sa.update(schema.deliveries).where(schema.deliveries.c.id == 600_000 + copy).values(mends))


def _say_other_lines(db: Db) -> None:
    """Give each copy of a post a line of its own: those that say the same would be listed on each other's pages."""
    table = schema.draft_revisions
    query = sa.select(table.c.draft_id, table.c.payload).where(table.c.draft_id > 200_000)
    said = []
    for number, payload in db.execute(query).all():
        post = thaw(bytes(payload))
        if isinstance(post, Post):
            words = random.Random(number).sample(_WORDS, 12)  # noqa: S311 - the same at each run
            quotes = tuple(replace(each, text=f"{' '.join(words).capitalize()}.") for each in post.quotes)
            said.append({"of": number, "new": freeze(replace(post, quotes=quotes))})
    db.execute(sa.update(table).where(table.c.draft_id == sa.bindparam("of")).values(payload=sa.bindparam("new")), said)


def _copy_drafts(db: Db, number: int, others: Iterable[Mapping[str, Any]]) -> None:
    """Copies of a draft with all that hangs on it."""
    named = [dict(each) for each in others]
    own = [{"draft_id": each["id"]} for each in named]
    _add(
        db,
        schema.drafts,
        _copies(db, schema.drafts, schema.drafts.c.id == number, ({**each, "slot_id": None} for each in named)),
    )
    for table in (schema.draft_revisions, schema.quotations):
        _add(db, table, _copies(db, table, table.c.draft_id == number, own))
    events = schema.events
    subjects = ({"subject": f"draft:{each['id']}"} for each in named)
    _add(db, events, _copies(db, events, events.c.subject == f"draft:{number}", subjects, without="id"))
    approvals = schema.approvals
    _add(db, approvals, _copies(db, approvals, approvals.c.draft_id == number, own, without="id"))
    sent = schema.deliveries
    kept = (
        {
            "id": each["id"],
            "draft_id": each["id"],
            "key": f"{each['id']:032x}",
            **({"channel": each["channel"]} if "channel" in each else {}),
            "due_at": each["due_at"],
        }
        for each in named
    )
    _add(db, sent, _copies(db, sent, sent.c.draft_id == number, kept))
    attempts = schema.attempts
    of = sa.select(sent.c.id).where(sent.c.draft_id == number).scalar_subquery()
    tried = ({"delivery_id": each["id"]} for each in named)
    _add(db, attempts, _copies(db, attempts, attempts.c.delivery_id == of, tried))


def _copies(
    db: Db, table: sa.Table, which: sa.ColumnElement[bool], others: Iterable[Mapping[str, Any]], *, without: str = ""
) -> Iterator[dict[str, Any]]:
    """The rows of a table that fit, once for each of `others` and with its values."""
    rows = [dict(row._mapping) for row in db.execute(sa.select(table).where(which))]
    for row in rows:
        row.pop(without, None)
    for other in others:
        for row in rows:
            yield {**row, **other}


def _add(db: Db, table: sa.Table, rows: Iterable[dict[str, Any]]) -> None:
    rest = iter(rows)
    while some := list(islice(rest, _AT_ONCE)):
        db.execute(sa.insert(table), some)


def _first(db: Db, kind: Kind) -> int:
    return next(each.id for each in drafts.listed(db, drafts.OPEN) if each.kind is kind)


def _costs(houses: Sequence[House]) -> Mapping[str, list[Cost]]:
    """What each page costs in every store. They are asked in turn, so that what else the machine does strikes all."""
    asked = [(house, _signed_in(house), _pages(house)) for house in houses]
    costs = {}
    for page in asked[0][2]:
        costs[page] = _compared([(house, partial(_got, client, pages[page])) for house, client, pages in asked])
    site = Site("https://news.example.org")
    for kind in FEEDS:
        costs[f"archive, {kind} made anew"] = _compared(
            [(house, partial(_feed, house, site, kind)) for house in houses]
        )
    costs["sitemap made anew"] = _compared([(house, partial(_map, house, site)) for house in houses])
    costs[_PASS] = _compared([(house, partial(_passed, house)) for house in houses])
    return costs


def _got(client: FlaskClient, path: str) -> int:
    answer = client.get(path, headers=_HEADERS)
    assert answer.status_code == 200, (path, answer.status_code)
    return len(answer.data)


def _feed(house: House, site: Site, kind: str) -> int:
    page = archive.feed(house, site, "weekly", kind)
    assert page is not None
    return len(page.body)


def _map(house: House, site: Site) -> int:
    return sum(len(content) for _, content in archive.sitemaps(archive.addresses(house, site), site.base))


def _passed(house: House) -> int:
    one_pass(house, (Place(shipped.folder("seeds"), newest=1),), clock=lambda: NOW)
    return 0


def _signed_in(house: House) -> FlaskClient:
    client = application(house, now=lambda: NOW).test_client()
    client.post("/sign-in", data={"login": "olga", "password": _PASSWORD})
    tokens.make(
        house,
        token=_TOKEN,
        login="olga",
        name="of the benchmark",
        scopes=list(Scope),
        actor="olga",
        now=NOW,
        lasts=timedelta(days=1),
    )
    return client


def _pages(house: House) -> Mapping[str, str]:
    with house.store.read() as db:
        post, edition = _first(db, Kind.QUOTE_POST), _first(db, Kind.EDITION)
        delivery = db.scalars(sa.select(schema.deliveries.c.id).order_by(schema.deliveries.c.id)).first()
        quote = db.scalars(sa.select(schema.quotations.c.key).order_by(schema.quotations.c.draft_id)).first()
        older = schema.episodes.c.id < _NEWEST
        number = db.scalars(sa.select(sa.func.max(schema.episodes.c.id)).where(older)).one()
    return {
        "today": "/",
        "drafts": "/drafts",
        **{f"drafts, {each}": f"/drafts?state={each}" for each in DraftState},
        "a post": f"/drafts/{post}",
        "its quotes": f"/drafts/{post}/quote",
        "its slots": f"/drafts/{post}/slot",
        "an edition": f"/drafts/{edition}",
        "its mail": f"/drafts/{edition}/mail",
        "its sentences": f"/drafts/{edition}/sources",
        "one of its sentences": f"/drafts/{edition}?source={_sentence(house, edition)}",
        "calendar": "/calendar",
        "episodes": "/episodes",
        "an episode": f"/episodes/{number}",
        "a delivery": f"/deliveries/{delivery}",
        "readers": "/readers",
        "sources": "/sources",
        "channels": "/channels",
        "account": "/account",
        "editors": "/editors",
        "tokens": "/tokens",
        "archive": "/archive",
        "archive, a newsletter": "/archive/weekly",
        "archive, an edition": "/archive/weekly/1",
        "archive, a quote": f"/quote/{quote}",
        "archive, Atom": "/archive/weekly/feed.xml",
        "archive, JSON": "/archive/weekly/feed.json",
        "sitemap": "/sitemap.xml",
        "API: status": "/api/v1/status",
        "API: drafts": "/api/v1/drafts?state=in_review",
        "API: an edition": f"/api/v1/drafts/{edition}",
        "API: its revisions": f"/api/v1/drafts/{edition}/revisions",
        "API: its history": f"/api/v1/drafts/{edition}/history",
        "API: slots of a post": f"/api/v1/drafts/{post}/slots",
        "API: channels": "/api/v1/channels",
        "API: calendar": "/api/v1/calendar",
        "API: deliveries in doubt": "/api/v1/deliveries?state=unknown",
        "API: deliveries of a channel": "/api/v1/deliveries?channel=x-like",
        "API: mailings": "/api/v1/mailings",
        "API: episodes": "/api/v1/episodes",
        "API: quotes of an episode": f"/api/v1/episodes/{number}/quotes",
    }


def _sentence(house: House, edition: int) -> str:
    """The key of a sentence of an edition that stands in its frame."""
    with house.store.read() as db:
        return first_of(drafts.revision(db, drafts.get(db, edition)))


def _compared(asked: Sequence[tuple[House, Callable[[], int]]]) -> list[Cost]:
    """The costs of something in each store; it says how many bytes it made."""
    counted = [_counted(house, work) for house, work in asked]
    spent: list[list[float]] = [[] for _ in asked]
    for _ in range(_TIMES):
        for (_, work), kept in zip(asked, spent, strict=True):
            begun = time.process_time()
            work()
            kept.append(time.process_time() - begun)
    return [Cost(1000 * min(kept), *each) for kept, each in zip(spent, counted, strict=True)]


def _counted(house: House, work: Callable[[], int]) -> tuple[int, float, float]:
    """How many statements something makes, how many KB, and how much the database does for it."""
    asked: list[tuple[str, Any]] = []
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += _GRAIN

    def note(connection: sa.Connection, _cursor: object, statement: str, values: Any, *_: object) -> None:
        asked.append((statement, values))
        if connection.dialect.name == "sqlite":
            driver: Any = connection.connection.dbapi_connection
            driver.set_progress_handler(step, _GRAIN)

    def let_go(connection: Any, *_: object) -> None:
        if hasattr(connection, "set_progress_handler"):
            connection.set_progress_handler(None, 0)

    work()
    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    sa.event.listen(sa.pool.Pool, "checkin", let_go)
    size = work()
    sa.event.remove(sa.Engine, "before_cursor_execute", note)
    sa.event.remove(sa.pool.Pool, "checkin", let_go)
    return len(asked), size / 1024, steps / 1000 or _blocks(house, asked)


def _blocks(house: House, asked: Sequence[tuple[str, Any]]) -> int:
    """How many blocks a server of PostgreSQL touches for some statements, by its own account; 0 for a SQLite file."""
    with house.store.read() as db:
        if db.dialect.name != "postgresql":
            return 0
        touched = 0
        for statement, values in asked:
            if statement.lstrip().startswith(("SELECT", "WITH")) and "FOR " not in statement:
                plan = db.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", values).scalar_one()
                touched += plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"]
        return touched


if __name__ == "__main__":
    numbers = [int(each) for each in sys.argv[1:] if each.isdigit()] or [500, 100, 1_000, 10_000]
    main(numbers[0], numbers[1:], os.environ["PULLQUOTE_TEST_POSTGRES"] if "postgres" in sys.argv else None)
