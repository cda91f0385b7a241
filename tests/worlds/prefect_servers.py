"""Two Prefect API servers and their background services, on one PostgreSQL and one Redis, behind one door."""

import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from deployments.local_server.address import is_healthy
from deployments.local_server.environment import LOOPBACK, server_environment
from deployments.stack.errors import ServerNotInstalled
from deployments.stack.postgres import Postgres
from deployments.stack.redis import Redis
from tests.worlds.postgres import new_database
from tests.worlds.prefect_on_postgres import free_port
from tests.worlds.prefect_worker import until

PREFECT = (sys.executable, "-m", "prefect")


class Door:
    """What stands before several servers: each connection goes to the first that takes it."""

    def __init__(self, ports: list[int]) -> None:
        self._ports = ports
        self._listening = socket.create_server((LOOPBACK, 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._let_in, daemon=True).start()

    def close(self) -> None:
        """Let nobody in any more."""
        self._listening.close()

    def _let_in(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        for port in self._ports:
            with suppress(OSError):
                server = socket.create_connection((LOOPBACK, port))
                threading.Thread(target=_pass_on, args=(server, client), daemon=True).start()
                _pass_on(client, server)
                return
        client.close()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    """All that comes from *source*; then both are closed, as neither has more to say to the other."""
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


class Servers:
    """The two API servers, and the door before them."""

    def __init__(self, home: Path, database: str, redis: str) -> None:
        self._home = home
        self._shared = {
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": database,
            "PREFECT_SERVER_DATABASE_MIGRATE_ON_START": "false",
            "PREFECT_UI_ENABLED": "false",
            "PREFECT_SERVER_EVENTS_MESSAGING_BROKER": "prefect_redis.messaging",
            "PREFECT_SERVER_EVENTS_MESSAGING_CACHE": "prefect_redis.messaging",
            "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "prefect_redis.ordering",
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect_redis.lease_storage",
            "PREFECT_REDIS_MESSAGING_URL": redis,
            "PREFECT_SERVER_DOCKET_URL": redis,
        }
        self._ports = [free_port(), free_port()]
        self._processes: list[subprocess.Popen[bytes]] = []
        self._door = Door(self._ports)

    @property
    def api_url(self) -> str:
        """What every client is given."""
        return _api(self._door.port)

    @property
    def api_urls(self) -> list[str]:
        """Each server's own address."""
        return [_api(port) for port in self._ports]

    def start(self) -> None:
        """Make the tables, start the servers and the one process of background services; about 40 s."""
        upgrade = self._started(self._ports[0], "server", "database", "upgrade", "--yes")
        assert upgrade.wait(240) == 0, self.log
        for port in self._ports:
            address = ("--host", LOOPBACK, "--port", f"{port}")
            self._processes.append(self._started(port, "server", "start", "--no-services", *address))
        self._processes.append(self._started(self._ports[0], "server", "services", "start"))
        for port in self._ports:
            until(partial(is_healthy, port), 120)

    def kill_first(self) -> None:
        """Kill the API server that the door prefers."""
        self._processes[0].kill()
        self._processes[0].wait(20)

    def close(self) -> None:
        """End all."""
        self._door.close()
        for process in self._processes:
            process.kill()
            process.wait(20)

    @property
    def log(self) -> str:
        """What they printed."""
        return (self._home / "servers.log").read_text(errors="replace")

    def _started(self, port: int, *words: str) -> "subprocess.Popen[bytes]":
        environment = {**server_environment(self._home, port), **self._shared}
        with (self._home / "servers.log").open("ab") as log:
            return subprocess.Popen(
                [*PREFECT, *words], env=environment, cwd=self._home, stdout=log, stderr=subprocess.STDOUT
            )


def _api(port: int) -> str:
    return f"http://{LOOPBACK}:{port}/api"


@pytest.fixture(scope="module")
def prefect_servers(
    postgres_server: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Servers]:
    """Two API servers that know nothing of each other but what stands in PostgreSQL and Redis."""
    home = tmp_path_factory.mktemp("servers")
    redis = Redis(home / "redis")
    try:
        redis.start()
    except ServerNotInstalled:
        pytest.skip("no Redis is installed here")
    made = Servers(home, new_database(postgres_server).replace("+psycopg", "+asyncpg"), redis.url)
    try:
        made.start()
        yield made
    finally:
        made.close()
        redis.stop()
