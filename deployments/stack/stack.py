"""Start, stop and show the servers of a home, and write down what they give the profile."""

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from deployments.local_server.keeper import locked, writable
from deployments.stack.object_store import REGION, ObjectStore
from deployments.stack.postgres import Postgres
from deployments.stack.redis import Redis
from deployments.stack.server import Server, State

_STATE, _PREFECT = "holdfast", "prefect"
_ARTIFACTS, _HEADS = "holdfast-artifacts", "holdfast-heads"


@dataclass(frozen=True, repr=False)
class Addresses:
    """The values of the profile that this stack gives. They hold passwords: never print them."""

    state_url: str
    accounting_url: str
    prefect_database_url: str
    artifacts_url: str
    heads_url: str
    s3_endpoint_url: str
    s3_region: str
    s3_access_key_id: str
    s3_secret_access_key: str


def start(home: Path, *, with_redis: bool = False) -> Addresses:
    """Start what does not answer yet, and write `stack/production.toml`. Two at once start one stack.

    Raises ServerNotInstalled, StackServerDied, StackServerSilent, NotAsRoot, HomeNotWritable or DiskFull.
    """
    with writable(_place(home)), locked(_place(home) / "stack.lock"):
        postgres, store, redis = _postgres(home), _store(home), _redis(home)
        for server in (postgres, store, *([redis] if with_redis else [])):
            server.start()
        addresses = _addresses(postgres, store)
        _write_whole(values_file(home), addresses)
        return addresses


def stop(home: Path) -> list[str]:
    """Stop all that is alive, in good order; what they hold stays. The names of those that were stopped.

    The values for the profile are taken away, so that a command says at once that there are no servers.
    """
    if not _place(home).exists():
        return []
    with writable(_place(home)), locked(_place(home) / "stack.lock"):
        values_file(home).unlink(missing_ok=True)
        return [name for name, server in servers(home).items() if server.stop()]


def mend(home: Path) -> None:
    """Start PostgreSQL and the store again where they were started and died; where they were not, leave it so. 1 ms."""
    if values_file(home).exists() and (_postgres(home).died() or _store(home).died()):
        start(home)


def look(home: Path) -> dict[str, State]:
    """The state of each server by its name, changing nothing; Redis only where it was started once."""
    return {
        name: server.look()[0]
        for name, server in servers(home).items()
        if name != "redis" or server.folder.exists()
    }


def servers(home: Path) -> dict[str, Server]:
    """The servers of a home by their names, running or not."""
    return {"postgres": _postgres(home), "object_store": _store(home), "redis": _redis(home)}


def values_file(home: Path) -> Path:
    """Where the values for the profile are kept, for the owner's eyes alone."""
    return _place(home) / "production.toml"


def _place(home: Path) -> Path:
    return home / "stack"


def _postgres(home: Path) -> Postgres:
    return Postgres(_place(home) / "postgres", _STATE, _PREFECT)


def _store(home: Path) -> ObjectStore:
    return ObjectStore(_place(home) / "object_store", _ARTIFACTS, _HEADS)


def _redis(home: Path) -> Redis:
    return Redis(_place(home) / "redis")


def _addresses(postgres: Postgres, store: ObjectStore) -> Addresses:
    return Addresses(
        state_url=postgres.url(_STATE),
        accounting_url=postgres.url(_STATE),
        prefect_database_url=postgres.url(_PREFECT, "asyncpg"),
        artifacts_url=f"s3://{_ARTIFACTS}",
        heads_url=f"s3://{_HEADS}",
        s3_endpoint_url=store.endpoint_url,
        s3_region=REGION,
        s3_access_key_id=store.secret,
        s3_secret_access_key=store.secret,
    )


def _write_whole(file: Path, addresses: Addresses) -> None:
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in asdict(addresses).items()]
    descriptor, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # for the owner alone
    try:
        with os.fdopen(descriptor, "w") as out:
            out.writelines(["# Made by Holdfast at each start of its servers; holds passwords.\n", *lines])
            out.flush()
            os.fsync(out.fileno())
        Path(draft).replace(file)
    finally:
        Path(draft).unlink(missing_ok=True)
