"""Opens the database and hands out transactions; the only place that knows SQLite from PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from filelock import FileLock

from bot.errors import StoreError
from bot.store.together import Together

Db = sa.Connection
T = TypeVar("T")

# The newest migration in migrations/versions. Kept here so that opening an up-to-date store need not load Alembic.
HEAD = "0020"
_BUSY_MS = 15_000
_MIGRATION_LOCK = 0x50554C4C  # "PULL": the key of PostgreSQL's advisory lock while migrating


class Store:
    """An open database. `read` and `write` give a transaction each; writes of one SQLite file wait for each other."""

    def __init__(self, url: str) -> None:
        self.url = _with_driver(url)
        self._together = Together(self.write)
        self._sqlite = self.url.drivername.startswith("sqlite")
        try:
            self._engine = _sqlite_engine(self.url) if self._sqlite else _postgres_engine(self.url)
        except (ModuleNotFoundError, sa.exc.ArgumentError) as error:
            raise StoreError(
                f"The database {self.shown} cannot be opened: {error}. "
                "For PostgreSQL install the extra: pip install 'pullquote[postgres]'."
            ) from None

    @property
    def shown(self) -> str:
        """The address without its password."""
        return self.url.render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[Db]:
        """A transaction that sees one moment of the database and changes nothing."""
        with self._opened() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Db]:
        """A transaction that is kept when the block ends and undone when it raises."""
        with self._opened() as connection:
            writing = connection.execution_options(pullquote_write=True)
            with writing.begin():
                yield writing

    def together(self, work: Callable[[Db], T]) -> T:
        """Do a piece of writing and give its result, once it is kept for good.

        In a SQLite file the work of threads that write at the same time shares one transaction, because each has to
        wait for the disk. Work that raises is undone by itself; the others are not touched by it.
        """
        if self._sqlite:
            return self._together.do(work)
        with self.write() as db:
            return work(db)

    def close(self) -> None:
        self._engine.dispose()

    def version(self) -> str | None:
        """The migration that the database stands at, None where it is empty."""
        with self._opened() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
            return found

    def migrate(self) -> None:
        """Bring the schema up to date. An existing SQLite file is copied beside itself first.

        Raises StoreError where the database was made by a newer version of the program.
        """
        if self.version() == HEAD:
            return
        with self._alone():
            before = self.version()
            if before == HEAD:
                return
            if before is not None:
                self._keep_a_copy(before)
            self._upgrade(before)

    def _upgrade(self, before: str | None) -> None:
        from alembic import command
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        settings = Config()
        settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        known = {revision.revision for revision in ScriptDirectory.from_config(settings).walk_revisions()}
        if before is not None and before not in known:
            raise StoreError(
                f"The database {self.shown} stands at version {before}, which this program does not know; "
                "it was made by a newer one. Install that version or a newer one."
            )
        with self.write() as db:
            settings.attributes["connection"] = db
            command.upgrade(settings, "head")

    def _keep_a_copy(self, version: str) -> None:
        if self._sqlite and self.url.database:
            copy = f"{self.url.database}.before-{HEAD}-from-{version}"
            with self._opened() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            shutil.copy2(self.url.database, copy)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Holds off every other process that wants to migrate this database."""
        if self._sqlite:
            with FileLock(f"{self.url.database}.migrate"):
                yield
            return
        with self._opened() as connection, connection.begin():
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            yield

    @contextmanager
    def _opened(self) -> Iterator[Db]:
        try:
            connection = self._engine.connect()
        except sa.exc.DBAPIError as error:
            raise StoreError(
                f"The database {self.shown} does not open: {error.orig}. Check the address, the folder and permissions."
            ) from None
        with connection:
            yield connection


def alone(db: Db, what: str) -> None:
    """Wait until no other transaction works on `what`, and keep others off it until this one ends.

    In a SQLite file every writing transaction is alone already.
    """
    if db.dialect.name == "postgresql":
        db.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))"), {"what": what})


def insert(db: Db, table: sa.Table) -> Any:
    """An INSERT that may say what happens where a row of its key is there."""
    # Each dialect is large, and SQLAlchemy has loaded the one that is spoken.
    made = import_module(f"sqlalchemy.dialects.{db.dialect.name}")
    return made.insert(table)


def put(db: Db, table: sa.Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Write the row of a key, or write it over. Of two transactions that do so at once the later one stays."""
    statement = insert(db, table).values({**key, **values})
    db.execute(statement.on_conflict_do_update(index_elements=list(key), set_=dict(values)))


def add(db: Db, table: sa.Table, values: Mapping[str, Any]) -> bool:
    """Write a row, unless one of the same key is there; False where one is, also one that another just wrote."""
    statement = insert(db, table).values(dict(values)).on_conflict_do_nothing()
    return db.scalar(statement.returning(sa.true())) is not None


def add_all(db: Db, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write many rows, but none whose key is there."""
    if rows:
        db.execute(insert(db, table).on_conflict_do_nothing(), list(rows))


def for_each(db: Db, statement: sa.Update, names: Sequence[str], rows: Sequence[tuple[str | int, ...]]) -> None:
    """Do one statement for many rows of plain values, in the order of the `names` of its parameters.

    `execute` works out anew for every row how its values are written, which takes longer than writing them.
    """
    written = _written(statement, db.dialect)
    if written.positiontup is None:
        db.exec_driver_sql(str(written), [dict(zip(names, row, strict=True)) for row in rows])
    else:
        in_its_order = itemgetter(*(names.index(name) for name in written.positiontup))
        db.exec_driver_sql(str(written), [*map(in_its_order, rows)])


@lru_cache(maxsize=16)
def _written(statement: sa.Update, dialect: sa.Dialect) -> Any:
    return statement.compile(dialect=dialect)


def sqlite_url(path: Path) -> str:
    """The address of a SQLite file."""
    return sa.URL.create("sqlite", database=str(path)).render_as_string()


def _with_driver(url: str) -> sa.URL:
    """`postgres://…` as hosts write it, with the driver that we bring."""
    try:
        made = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise StoreError(
            "The database address is not a URL; write sqlite:///path/to/file or postgresql://user@host/name."
        ) from None
    if made.drivername in ("postgres", "postgresql"):
        return made.set(drivername="postgresql+psycopg")
    return made


def _postgres_engine(url: sa.URL) -> sa.Engine:
    # Said aloud, because a server that was made without a locale knows no encoding, and its texts would come as bytes.
    return sa.create_engine(url, pool_pre_ping=True, connect_args={"client_encoding": "utf8"})


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(url, connect_args={"timeout": _BUSY_MS / 1000})

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        # FULL, not NORMAL: a power cut must not forget that a delivery was already on its way.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_BUSY_MS}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # A writer takes its lock at once: one that upgrades from reading can be refused in the middle.
        writing = connection.get_execution_options().get("pullquote_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine
