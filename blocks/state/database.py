"""The state database: its schema, and its own clock."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from importlib import import_module, resources
from typing import Any

from sqlalchemy import BigInteger, Connection, Table, select, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from blocks.base.errors import HoldfastError
from blocks.base.sql import Database, DatabaseRefused
from blocks.state import standstill

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007")
SCHEMA_REVISION = REVISIONS[-1]


class SchemaUnknown(HoldfastError):
    """The state database was written by another version of Holdfast ({found}; this one knows {known})."""

    safe = "Nothing was changed."
    next = "Install the version that wrote it, or point HOLDFAST_HOME to another folder."


class WorkMoved(DatabaseRefused):
    """Runs stand still here:"""

    safe = "Nothing was changed; here it can be read, as it was."
    next = "Choose that profile with --profile or HOLDFAST_PROFILE; see `holdfast doctor`."


class db_now_us(FunctionElement[int]):  # noqa: N801  reads as the SQL function it is
    """Microseconds since 1970 UTC by the database's clock (milliseconds' precision on SQLite)."""

    type = BigInteger()
    inherit_cache = True


@compiles(db_now_us, "sqlite")
def _sqlite_now(element: Any, compiler: Any, **kw: Any) -> str:
    return "(CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000)"


@compiles(db_now_us, "postgresql")
def _postgresql_now(element: Any, compiler: Any, **kw: Any) -> str:
    return "(CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT))"


def insert_into(connection: Connection, table: Table) -> Any:
    """An INSERT that knows ON CONFLICT, in the dialect of *connection*; the other one is never loaded."""
    dialect: Any = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    return dialect.insert(table)


def insert_once(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Write *row* where none with its key stands; False where one does.

    The written key is asked for: not every driver still knows the number of rows after an INSERT.
    """
    statement = insert_into(connection, table).values(**row).on_conflict_do_nothing()
    return connection.execute(statement.returning(*table.primary_key)).first() is not None


class StateDatabase(Database):
    """What is true about runs, stages and decisions."""

    @contextmanager
    def writing(self, *, lasting: bool = True) -> Generator[Connection]:
        """One write transaction, see Database. Raises WorkMoved where its runs stand still."""
        try:
            with super().writing(lasting=lasting) as connection:
                yield connection
        except DatabaseRefused as error:
            if told := standstill.told_by(error):
                raise WorkMoved(f"{told}.") from error
            raise

    def now_us(self) -> int:
        """The database's clock."""
        with self.reading() as connection:
            return int(connection.execute(select(db_now_us())).scalar_one())

    def prepare(self) -> None:
        """Create the schema, or bring an older one forward. Two processes at once are safe.

        It is done whole or not at all. Raises SchemaUnknown where a newer version wrote it.
        """
        self.make_schema()
        found = self.revision()
        if found != SCHEMA_REVISION and found in (None, *REVISIONS):
            self._migrate()
            found = self.revision()
        if found != SCHEMA_REVISION:
            raise SchemaUnknown(found=found, known=SCHEMA_REVISION)

    def revision(self) -> str | None:
        """The migration the schema stands at, or None where there is no schema."""

        return self.read(_revision)

    def _migrate(self) -> None:
        """One transaction, in which another process that migrates is waited for."""
        from alembic import command  # only a migration needs it, and it is a part of every start else
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(resources.files("blocks.state") / "migrations"))
        with self.writing() as connection:
            if self.file is None:  # SQLite has one writer at a time anyway
                connection.execute(text("SET LOCAL lock_timeout = 0"))
                connection.execute(text("SELECT pg_advisory_xact_lock(7233041)"))
            if _revision(connection) != SCHEMA_REVISION:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
