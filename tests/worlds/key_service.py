"""A key management service that speaks AWS KMS's protocol, as a process of its own on loopback."""

import os
import socket
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from blocks.base.clock import monotonic, sleep

NO_SERVICE = "no ministack and boto3 here: keys in AWS KMS were not tried (pip install holdfast[s3,stack])"


def client_of(port: int) -> Any:
    """A client of the service at *port*, which does not try again."""
    boto3 = pytest.importorskip("boto3", reason=NO_SERVICE)
    config = pytest.importorskip("botocore.config", reason=NO_SERVICE)
    return boto3.client(
        "kms",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="eu-central-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106
        config=config.Config(retries={"max_attempts": 0}, connect_timeout=5, read_timeout=10),
    )


@pytest.fixture(scope="module")
def key_service(tmp_path_factory: pytest.TempPathFactory) -> Generator[Any]:
    """A client of a service that was started for it."""
    pytest.importorskip("ministack", reason=NO_SERVICE)
    port, folder = _free_port(), tmp_path_factory.mktemp("kms")
    process = _started(port, folder)
    try:
        client = client_of(port)
        _wait_for(client, process)
        yield client
    finally:
        process.terminate()
        process.wait(20)


def _started(port: int, folder: Path) -> "subprocess.Popen[bytes]":
    settings = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": f"{port}", "SERVICES": "kms"}
    settings |= {"PERSIST_STATE": "1", "STATE_DIR": str(folder / "state")}
    with (folder / "kms.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "ministack"],
            env={**os.environ, **settings},
            cwd=folder,
            stdout=log,
            stderr=log,
        )


def _wait_for(client: Any, process: "subprocess.Popen[bytes]") -> None:
    until = monotonic() + 60
    while True:
        try:
            client.list_keys()
            return
        except Exception:
            assert process.poll() is None, "the key service ended"
            assert monotonic() < until, "the key service does not answer"
            sleep(0.2)


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]
