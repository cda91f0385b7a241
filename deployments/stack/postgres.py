"""PostgreSQL: a cluster in a folder, with scram passwords, on a TCP port of the loopback address."""

import os
import shutil
import signal
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blocks.base.errors import HoldfastError
from deployments.local_server.environment import LOOPBACK
from deployments.stack.errors import ServerNotInstalled, StackServerDied
from deployments.stack.programs import postgres_programs
from deployments.stack.seat import Seat, seat
from deployments.stack.server import Server, own_environment

if TYPE_CHECKING:  # every command imports this module, and few speak SQL
    from blocks.base.sql import Database

OWNER, _SUPERUSER = "holdfast", "postgres"


class Postgres(Server):
    """The cluster in *folder*. Commits wait for the disk, unless it is not *durable*, for tests.

    Its databases belong to the role `holdfast`, which may create more, and nothing else.
    """

    what = "PostgreSQL"
    first_port = 5440
    asked_to_end_by = signal.SIGINT  # at once and in good order; SIGTERM would wait for its clients

    def __init__(self, folder: Path, *databases: str, durable: bool = True) -> None:
        super().__init__(folder)
        self.databases = databases
        self._durable = durable

    def url(self, database: str, driver: str = "psycopg") -> str:
        """The SQLAlchemy address of a database, password included."""
        return self._url(OWNER, database, self.port, driver)

    def create(self, database: str, *, like: str = "template1") -> str:
        """The address of a new database, a copy of *like*, in which nobody may be at work. 0.04 s or more."""
        with self._speaking() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {database} OWNER {OWNER} TEMPLATE {like}")
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database, whoever is connected to it."""
        with self._speaking() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def is_answering(self) -> bool:
        """True when it answers now."""
        return self.answers(self.port)

    def answers(self, port: int) -> bool:
        """Log in and out, 10 ms."""
        database = _database(self._url(_SUPERUSER, "postgres", port))
        try:
            with database.reading():
                return True
        except HoldfastError:
            return False
        finally:
            database.close()

    def command(self, port: int) -> list[str]:
        """`postgres` itself: what would fork it for us would hide its number."""
        settings = [
            "unix_socket_directories=",
            *([] if self._durable else ["fsync=off", "holdfast.throwaway=on"]),
        ]
        said = [word for setting in settings for word in ("-c", setting)]
        program = str(self._sits.programs / "postgres")
        return [program, "-D", str(self._data), "-h", LOOPBACK, "-p", str(port), *said]

    def environment(self, port: int) -> Mapping[str, str]:
        """Without what a person's own PostgreSQL is told by."""
        return own_environment("PG")

    def prepare(self) -> None:
        """Make the cluster at the first time, whole or not at all: 0.7 s, 40 MB."""
        if find_spec("psycopg") is None:
            raise ServerNotInstalled(what="psycopg, which speaks to PostgreSQL,")
        self.prefix = self._sits.prefix
        if not (self._data / "PG_VERSION").exists():
            self._make()

    def settle(self) -> None:
        """Make the role and the databases that are missing."""
        with self._speaking() as connection:
            if not _has(connection, "pg_roles", "rolname", OWNER):
                # One secret for both: whoever can read it owns the folder. What comes in through SQL stays a plain role.
                connection.exec_driver_sql(f"CREATE ROLE {OWNER} LOGIN CREATEDB PASSWORD '{self.secret}'")
            missing = [d for d in self.databases if not _has(connection, "pg_database", "datname", d)]
        for database in missing:
            self.create(database)

    @cached_property
    def _sits(self) -> Seat:
        return seat(self.folder, postgres_programs())

    @property
    def _data(self) -> Path:
        return self.folder.resolve() / "data"

    def _url(self, role: str, database: str, port: int, driver: str = "psycopg") -> str:
        return f"postgresql+{driver}://{role}:{self.secret}@{LOOPBACK}:{port}/{database}"

    @contextmanager
    def _speaking(self) -> Generator[Any]:
        """A connection as the superuser, each statement for itself."""
        database = _database(self._url(_SUPERUSER, "postgres", self.port))
        try:
            with database.reading() as connection:
                yield connection.execution_options(isolation_level="AUTOCOMMIT")
        finally:
            database.close()

    def _make(self) -> None:
        sits, draft, password = self._sits, self._data.with_name("data.new"), self._data.with_name("pw")
        shutil.rmtree(draft, ignore_errors=True)
        password.touch(mode=0o600)
        password.write_text(self.secret)
        os.chown(password, sits.uid, sits.gid)
        access = ["-U", _SUPERUSER, "-A", "scram-sha-256", f"--pwfile={password}"]
        words = ["-D", str(draft), *access, "-E", "UTF8", "--locale=C.UTF-8"]
        made = subprocess.run(
            [*sits.prefix, str(sits.programs / "initdb"), *words],
            env=dict(self.environment(0)),
            cwd=self._data.parent,
            capture_output=True,
            text=True,
            check=False,
        )
        password.unlink()
        if made.returncode:
            line = (made.stderr.strip().splitlines() or ["it said nothing"])[0]
            raise StackServerDied(what="initdb of PostgreSQL", line=line, log="none")
        draft.rename(self._data)


def _database(url: str) -> "Database":
    from blocks.base.sql import Database

    return Database(url)


def _has(connection: Any, table: str, column: str, value: str) -> bool:
    found = connection.exec_driver_sql(f"SELECT 1 FROM {table} WHERE {column} = %s", (value,))  # noqa: S608
    return found.first() is not None
