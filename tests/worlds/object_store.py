"""An S3 server of its own in a temporary folder, and a fresh bucket for each test; skipped where none is installed."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import pytest

from blocks.base.bucket import BucketAccess

STARTS_WITHIN_SECONDS = 60


@dataclass
class ObjectStore:
    """A ministack process on a port of the loopback address. What it was told to keep outlives `kill`."""

    folder: Path
    port: int
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def endpoint_url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @cached_property
    def access(self) -> BucketAccess:
        """How to reach it; one client for all, which takes a second to make."""
        return access_to(self.endpoint_url)

    def start(self) -> None:
        """Start it on what it kept, and wait until it answers."""
        settings = {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": f"{self.port}",
            "SERVICES": "s3",
            "S3_PERSIST": "1",
            "S3_DATA_DIR": f"{self.folder / 's3'}",
            "PERSIST_STATE": "1",
            "STATE_DIR": f"{self.folder / 'state'}",
        }
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-m", "ministack"]
            self._process = subprocess.Popen(command, env={**os.environ, **settings}, stdout=log, stderr=log)
        until = time.monotonic() + STARTS_WITHIN_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(
                    f"the S3 server did not start\n{(self.folder / 'log').read_text()[-2000:]}"
                )
            time.sleep(0.05)

    def kill(self) -> None:
        """End it as `kill -9` does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def new_bucket(self) -> str:
        """The address of a bucket with nothing in it."""
        url = f"s3://bucket-{uuid4().hex}"
        self.access.client.create_bucket(Bucket=url.removeprefix("s3://"))
        return url

    def _answers(self) -> bool:
        with socket.socket() as line:
            return line.connect_ex(("127.0.0.1", self.port)) == 0


def access_to(endpoint_url: str, answers_within_seconds: float = 15.0) -> BucketAccess:
    """How to reach a server of tests: it takes any key."""
    return BucketAccess(endpoint_url, "us-east-1", "tests", "tests-secret", answers_within_seconds)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


@pytest.fixture(scope="session")
def object_store() -> Generator[ObjectStore]:
    """A running S3 server."""
    if not find_spec("ministack") or not find_spec("boto3"):
        pytest.skip("no S3 server is installed here (holdfast[s3,stack])")
    folder = Path(tempfile.mkdtemp(prefix="holdfast-objects-"))
    store = ObjectStore(folder, free_port())
    try:
        store.start()
        yield store
    finally:
        store.kill()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def bucket_url(object_store: ObjectStore) -> str:
    """The address of a bucket with nothing in it."""
    return object_store.new_bucket()
