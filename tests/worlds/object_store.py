"""S3 as the local stack starts it: one store for each pytest process; skipped where it is not installed."""

import os
import shutil
import signal
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import pytest

from deployments.local_server.record import read_record
from deployments.stack.object_store import ObjectStore

_RUNNING: list[ObjectStore] = []


@dataclass(frozen=True)
class Bucket:
    """A new bucket that keeps versions, and how to reach it."""

    name: str
    endpoint_url: str
    access_key_id: str
    secret_access_key: str


@pytest.fixture(scope="session")
def object_store() -> Generator[ObjectStore]:
    """The store, to make buckets and to stop, start and kill it."""
    if _RUNNING:  # another folder of tests started it
        yield _RUNNING[0]
        return
    if find_spec("ministack") is None:
        pytest.skip("no ministack is installed here (the extra `stack`)")
    store = ObjectStore(Path(tempfile.mkdtemp(prefix="holdfast-s3-")))
    store.start()
    _RUNNING.append(store)
    yield store
    _RUNNING.clear()
    store.stop()
    shutil.rmtree(store.folder)


@pytest.fixture
def bucket(object_store: ObjectStore) -> Bucket:
    """A bucket of this test."""
    name = f"test-{uuid4().hex}"
    object_store.create(name)
    return Bucket(name, object_store.endpoint_url, object_store.secret, object_store.secret)


def kill(store: ObjectStore) -> None:
    """Kill the store with SIGKILL. `start` brings it back; buckets that it was not told of keep no versions then."""
    record = read_record(store.folder)
    assert record is not None
    os.kill(record.pid, signal.SIGKILL)
