"""PostgreSQL as the local stack starts it: one server for each pytest process; skipped where none is installed."""

import os
import shutil
import signal
import tempfile
from collections.abc import Generator
from contextlib import suppress
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest

from blocks.base.clock import monotonic, sleep
from deployments.local_server.record import read_record
from deployments.stack.errors import ServerNotInstalled
from deployments.stack.postgres import Postgres
from deployments.stack.programs import postgres_programs

_RUNNING: list[Postgres] = []


@pytest.fixture(scope="session")
def postgres_server() -> Generator[Postgres]:
    """The server, to make databases and to stop, start and kill it. It does not wait for the disk."""
    if _RUNNING:  # another folder of tests started it
        yield _RUNNING[0]
        return
    try:
        postgres_programs()
    except ServerNotInstalled:
        pytest.skip("no PostgreSQL is installed here")
    server = Postgres(Path(tempfile.mkdtemp(prefix="holdfast-postgres-")), "tests", durable=False)
    server.start()
    _RUNNING.append(server)
    yield server
    _RUNNING.clear()
    server.stop()
    shutil.rmtree(server.folder)


@pytest.fixture(scope="session")
def postgres(postgres_server: Postgres) -> str:
    """The address of an empty database, which tests share."""
    return postgres_server.url("tests")


@pytest.fixture
def empty_database(postgres_server: Postgres) -> str:
    """The address of a new database with nothing in it."""
    return new_database(postgres_server)


@pytest.fixture
def fresh_database(postgres_server: Postgres) -> str:
    """The address of a new state database with its schema and nothing in it: a copy, 0.1 s."""
    return new_database(postgres_server, like=_template(postgres_server))


def new_database(server: Postgres, *, like: str = "template1") -> str:
    """The address of a new database, which goes with the server."""
    return server.create(f"test_{uuid4().hex}", like=like)


def kill(server: Postgres) -> None:
    """Kill the server with SIGKILL, and wait until its children have noticed. `start` brings it back."""
    record = read_record(server.folder)
    assert record is not None
    os.kill(record.pid, signal.SIGKILL)
    end = monotonic() + 20
    while _works_in(server.folder.resolve() / "data"):
        assert monotonic() < end, "its children still run"
        sleep(0.02)


def _works_in(data: Path) -> bool:
    """Does any process of the cluster still run?"""
    for entry in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if entry.readlink() == data:
                return True
    return False


@cache
def _template(server: Postgres) -> str:
    from blocks.state.database import StateDatabase

    name = "state_template"
    state = StateDatabase(server.create(name))
    state.prepare()
    state.close()
    return name
