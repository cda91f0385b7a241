"""One real Prefect server for all tests of a process, and flows that run against it."""

from collections.abc import Generator
from contextlib import contextmanager

import pytest
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_LOGGING_LEVEL,
    PREFECT_LOGGING_TO_API_ENABLED,
    PREFECT_SERVER_ALLOW_EPHEMERAL_MODE,
    temporary_settings,
)

from deployments import local_server


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The address of a server that this process uses; it goes with the last test."""
    home = tmp_path_factory.mktemp("server")
    record = local_server.ensure(home)
    with using(record.api_url):
        yield record.api_url
    local_server.stop(home)


@contextmanager
def using(api_url: str) -> Generator[None]:
    """Let this process use that server, and be quiet."""
    chosen = {
        PREFECT_API_URL: api_url,
        PREFECT_SERVER_ALLOW_EPHEMERAL_MODE: False,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
        PREFECT_LOGGING_LEVEL: "ERROR",
        PREFECT_LOGGING_TO_API_ENABLED: False,
    }
    with temporary_settings(chosen):
        yield
