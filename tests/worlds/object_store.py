"""S3 as the local stack starts it: one store for each pytest process; skipped where it is not installed."""

import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import pytest

from blocks.base.bucket_access import BucketAccess
from blocks.base.clock import sleep
from deployments.local_server.record import read_record
from deployments.stack.object_store import REGION, ObjectStore

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


@pytest.fixture
def bucket_url(object_store: ObjectStore) -> str:
    """The address of a bucket of this test."""
    return new_bucket(object_store)


def new_bucket(store: ObjectStore) -> str:
    """The address of a bucket with nothing in it."""
    name = f"test-{uuid4().hex}"
    store.create(name)
    return f"s3://{name}"


@lru_cache
def access_to(endpoint_url: str, key: str, answers_within_seconds: float = 15.0) -> BucketAccess:
    """How to reach the store at that address with that key: one client for all, which takes a second to make."""
    return BucketAccess(endpoint_url, REGION, key, key, "", answers_within_seconds)


def access_of(store: ObjectStore) -> BucketAccess:
    """How to reach the store itself."""
    return access_to(store.endpoint_url, store.secret)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


def kill(store: ObjectStore) -> None:
    """Kill the store with SIGKILL. `start` brings it back; buckets that it was not told of keep no versions then."""
    record = read_record(store.folder)
    assert record is not None
    os.kill(record.pid, signal.SIGKILL)
    while not store.died():
        sleep(0.02)
