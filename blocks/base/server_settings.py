"""What a database server says of itself: whether it keeps what it committed, and whether we may work there."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from blocks.base import clock
from blocks.base.errors import HoldfastError
from blocks.base.sql import Database

OLDEST = 13
LARGEST_SKEW_SECONDS = 2.0
THROWAWAY = "holdfast.throwaway"
"""A setting of the server's own command line: what is on it may be lost. For tests."""

_MAY_BE_LOST = {
    "fsync": "it does not wait for its disk (fsync is off): when the machine loses power, all of its data may be damaged",
    "full_page_writes": (
        "it does not protect pages that are half written (full_page_writes is off): when the machine loses power, "
        "its data may be damaged"
    ),
    "synchronous_commit": (
        "it says that work is committed before it is on the disk (synchronous_commit is off): when it crashes, the newest "
        "commits are lost, and what was paid for is paid again"
    ),
}
_READ = text(
    "SELECT current_setting('server_version_num')::int / 10000 AS version, pg_is_in_recovery() AS is_standby, "
    "current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes, "
    "current_setting('synchronous_commit') AS synchronous_commit, "
    "current_setting('default_transaction_isolation') AS default_isolation, "
    "current_setting('transaction_isolation') AS isolation, "
    "coalesce(current_setting('holdfast.throwaway', true), 'off') = 'on' AS is_throwaway, "
    "EXTRACT(EPOCH FROM clock_timestamp())::float8 AS now"
)
_SCHEMA = text(
    "SELECT coalesce((SELECT has_schema_privilege(oid, 'USAGE') AND has_schema_privilege(oid, 'CREATE') "
    "FROM pg_namespace WHERE nspname = :schema), has_database_privilege(current_database(), 'CREATE')) AS may_create, "
    "to_regclass(quote_ident(:schema) || '.flow_run') IS NOT NULL AS is_prefects"
)


class ServerLosesWork(HoldfastError):
    """The database server would lose committed work:"""

    safe = "Nothing was done there."
    next = "Turn the setting on in postgresql.conf, or for the role and the database, and reload; see `holdfast doctor`."


@dataclass(frozen=True)
class ServerSettings:
    """A PostgreSQL server. *skew_seconds*: how far its clock is before this machine's.

    *is_prefects*: Prefect made its tables in our schema.
    """

    version: int
    is_standby: bool
    is_throwaway: bool
    default_isolation: str
    isolation: str
    skew_seconds: float
    may_create: bool
    is_prefects: bool
    losses: tuple[str, ...]
    """What of committed work would be lost, and when, one sentence for each setting."""


def settings_of(database: Database) -> ServerSettings | None:
    """What the server says, or None where there is none: a file. Two queries. Raises DatabaseUnavailable."""
    if database.file is not None:
        return None

    def ask(connection: Connection) -> ServerSettings:
        schema = connection.execute(_SCHEMA, {"schema": database.schema or "public"}).one()
        before = clock.now_us()
        row = connection.execute(_READ).one()
        here = (before + clock.now_us()) / 2e6
        return ServerSettings(
            version=row.version,
            is_standby=row.is_standby,
            is_throwaway=row.is_throwaway,
            default_isolation=row.default_isolation,
            isolation=row.isolation,
            skew_seconds=row.now - here,
            may_create=schema.may_create,
            is_prefects=schema.is_prefects,
            losses=tuple(told for name, told in _MAY_BE_LOST.items() if getattr(row, name) == "off"),
        )

    return database.read(ask)


def require_lasting(database: Database) -> None:
    """Refuse a server that would lose committed work, unless it says itself that it may. Raises ServerLosesWork."""
    found = settings_of(database)
    if found is not None and found.losses and not found.is_throwaway:
        raise ServerLosesWork(f"{found.losses[0]}.")
