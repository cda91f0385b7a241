"""The one door to SQL: engines, short transactions, named errors.

SQLite runs in WAL with synchronous=FULL, one writer at a time (BEGIN IMMEDIATE), readers beside it.
"""

import sqlite3
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.schema import CreateSchema

from blocks.base import clock
from blocks.base.errors import HoldfastError
from blocks.base.patience import Patience

T = TypeVar("T")

_BUSY_SECONDS = 30.0
_SERVER_ANSWERS_WITHIN = {"connect_timeout": 10, "tcp_user_timeout": 15_000}  # seconds, milliseconds


class DatabaseUnavailable(HoldfastError):
    """A database cannot be read or written:"""

    safe = "Nothing was lost: what is committed stays committed, and no paid call is repeated."
    next = (
        "See `holdfast doctor`. When the database is back, the run goes on by itself where `holdfast up` keeps watch; "
        "`holdfast runs resume RUN` does it by hand."
    )
    parks = "outage"


class DatabaseRefused(HoldfastError):
    """A database refused a statement, or is damaged:"""

    safe = "The statement changed nothing; what is committed stays committed."
    next = (
        "`holdfast doctor` checks the database. Where it is damaged, restore it from a backup; "
        "then `holdfast runs resume RUN`."
    )
    parks = "repair"


class Database:
    """The database behind one SQLAlchemy URL. Safe to share between threads, not across a fork.

    `read` and `write` wait *patience_seconds* for a database that is away; `reading` and `writing` do not wait. On a
    server everything stands in *schema*, where one is named; a SQLite file has none.
    """

    def __init__(self, url: str, *, patience_seconds: float = 0.0, schema: str = "") -> None:
        self.url = make_url(url)
        self.schema = schema if self.file is None else ""
        self.engine = _engine(url, self.schema)
        self._patience = Patience(patience_seconds)
        self._write_lock = threading.Lock()

    @property
    def file(self) -> Path | None:
        """The SQLite file, or None for a server."""
        return Path(str(self.url.database)) if self.url.get_backend_name() == "sqlite" else None

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """A short read transaction."""
        with named_errors(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self, *, lasting: bool = True) -> Generator[Connection]:
        """One write transaction: committed where the block ends, rolled back where it raises.

        What is not *lasting* (a claim, a lease) may be lost when the machine itself loses power, and with it the
        process that it spoke of: on SQLite it is committed without waiting for the disk.
        """
        with named_errors(), self._write_lock, self.engine.connect() as connection:
            writer = connection.execution_options(holdfast_writes="FULL" if lasting else "NORMAL")
            with writer.begin():
                yield writer

    def read(self, act: Callable[[Connection], T]) -> T:
        """What *act* finds in a short read transaction. It may be called several times."""

        def once() -> T:
            with self.reading() as connection:
                return act(connection)

        return self._patience(once, DatabaseUnavailable)

    def write(self, act: Callable[[Connection], T], *, lasting: bool = True) -> T:
        """What *act* returns in one write transaction, committed. It may be called several times.

        A commit whose answer was lost is tried again as well, so *act* must see by its rows that it is done.
        """

        def once() -> T:
            with self.writing(lasting=lasting) as connection:
                return act(connection)

        return self._patience(once, DatabaseUnavailable)

    def make_schema(self) -> None:
        """Let the schema be there. Several processes at once are safe."""
        if self.schema:
            self.write(lambda connection: _make_schema(connection, self.schema))

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def _make_schema(connection: Connection, schema: str) -> None:
    there = text("SELECT 1 FROM information_schema.schemata WHERE schema_name = :name")
    if connection.execute(there, {"name": schema}).first():
        return  # who may only use it needs no right to make it
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": schema})
    connection.execute(CreateSchema(schema, if_not_exists=True))


@contextmanager
def named_errors() -> Generator[None]:
    """Let what a driver raises be DatabaseUnavailable where it may pass, else DatabaseRefused."""
    try:
        yield
    except DBAPIError as error:
        kind = DatabaseUnavailable if _may_pass(error) else DatabaseRefused
        raise kind(f"{error.orig}") from error


def _may_pass(error: DBAPIError) -> bool:
    """SQLite calls a missing table or column operational too."""
    if error.connection_invalidated:
        return True
    passing = isinstance(error, OperationalError | InterfaceError | InternalError)
    return passing and "no such" not in str(error.orig)


def _engine(url: str, schema: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        looks_in: dict[str, Any] = {"options": f'-c search_path="{schema}"'} if schema else {}
        return create_engine(
            url,
            pool_pre_ping=True,
            hide_parameters=True,
            isolation_level="READ COMMITTED",  # which our statements are written for, whatever the server's default
            connect_args=_SERVER_ANSWERS_WITHIN | looks_in,
        )
    if parsed.database in (None, "", ":memory:"):
        raise ValueError(
            f"{url}: a database in memory has one connection; give it a file in a temporary folder"
        )
    engine = create_engine(
        url,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": _BUSY_SECONDS},
        pool_size=32,
        max_overflow=32,
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy says BEGIN, not the driver
    cursor = connection.cursor()
    _turn_to_wal(cursor)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _turn_to_wal(cursor: sqlite3.Cursor) -> None:
    """Several processes may turn a new file at once; SQLite's own busy wait does not cover this step."""
    until = clock.monotonic() + _BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or clock.monotonic() > until:
                raise
            clock.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    synchronous = connection.get_execution_options().get("holdfast_writes")
    if synchronous is None:
        connection.exec_driver_sql("BEGIN")
        return
    connection.exec_driver_sql(f"PRAGMA synchronous={synchronous}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")
