"""The powers that contract tests use."""

from tests.worlds.laptop import laptop, open_world
from tests.worlds.prefect_on_postgres import prefect_on_postgres, server_on_postgres
from tests.worlds.prefect_server import prefect_server

__all__ = [
    "laptop",
    "open_world",
    "prefect_on_postgres",
    "prefect_server",
    "server_on_postgres",
]
