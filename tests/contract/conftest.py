"""The powers that contract tests use."""

from tests.worlds.laptop import blank_state, laptop, open_world
from tests.worlds.prefect_server import prefect_server

__all__ = ["blank_state", "laptop", "open_world", "prefect_server"]
