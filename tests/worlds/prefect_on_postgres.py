"""A Prefect server on PostgreSQL, as production has one; it starts in about fifteen seconds."""

import socket
import subprocess
import sys
from collections.abc import Generator
from functools import partial
from pathlib import Path

import pytest

from deployments.local_server.address import is_healthy
from deployments.local_server.environment import LOOPBACK, server_environment
from deployments.stack.postgres import Postgres
from tests.worlds.postgres import new_database
from tests.worlds.prefect_server import using
from tests.worlds.prefect_worker import until


@pytest.fixture
def prefect_on_postgres(server_on_postgres: str) -> Generator[str]:
    """The address of a server that this process uses meanwhile."""
    with using(server_on_postgres):
        yield server_on_postgres


@pytest.fixture(scope="module")
def server_on_postgres(postgres_server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The address of the server; it goes with the last test of the module."""
    home, port = tmp_path_factory.mktemp("on-postgres"), free_port()
    process = _started(home, port, new_database(postgres_server).replace("+psycopg", "+asyncpg"))
    try:
        until(partial(is_healthy, port), 240)
        yield f"http://{LOOPBACK}:{port}/api"
    finally:
        process.kill()
        process.wait(20)


def _started(home: Path, port: int, database: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", LOOPBACK, "--port", str(port)]
    environment = {
        **server_environment(home, port),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": database,
        "PREFECT_UI_ENABLED": "false",
    }
    with (home / "server.log").open("wb") as log:
        return subprocess.Popen(command, env=environment, cwd=home, stdout=log, stderr=subprocess.STDOUT)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as opened:
        opened.bind((LOOPBACK, 0))
        return int(opened.getsockname()[1])
