"""What the worlds of this test run stand on: files, or PostgreSQL and S3 with `--on servers`.

A test that says `ground` (or stands on a fixture that does) runs on both. What is about files and nothing else is marked
`files_only("why")`.
"""

import shutil
from functools import cached_property
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import pytest

from blocks.base.bucket import Bucket
from deployments.stack.object_store import ObjectStore
from deployments.stack.postgres import Postgres
from tests.worlds import place

_BUCKET = "ground"
_URLS = ("artifacts_url", "heads_url")


class Ground(Protocol):
    """Where worlds are made, copied and taken away."""

    def blank(self, folder: Path) -> Path:
        """Let a world with its schema and nothing in it be kept in *folder*, which is made where it is missing."""
        ...

    def copied(self, folder: Path, to: Path) -> Path:
        """A copy of the world in *folder*, in the place of what was in *to*. Nobody may be at work in it."""
        ...

    def cleared(self, folder: Path) -> None:
        """Take a world away."""
        ...


class Files:
    """A copy of a prepared database costs less than the migrations."""

    def __init__(self, workshop: Path) -> None:
        self._workshop = workshop

    def blank(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(self._prepared, folder / "state.db")
        return folder

    def copied(self, folder: Path, to: Path) -> Path:
        shutil.rmtree(to, ignore_errors=True)
        return Path(shutil.copytree(folder, to))

    def cleared(self, folder: Path) -> None:
        shutil.rmtree(folder)

    @cached_property
    def _prepared(self) -> Path:
        state = place.record(self._workshop)
        state.prepare()
        state.close()
        return self._workshop / "state.db"


class Servers:
    """A database for each world, cloned from a prepared one (0.05 s), and a prefix for each in one bucket."""

    def __init__(self, workshop: Path, postgres: Postgres, object_store: ObjectStore) -> None:
        self._workshop, self._postgres, self._object_store = workshop, postgres, object_store

    def blank(self, folder: Path) -> Path:
        self._made(folder, like=self._prepared)
        return folder

    def copied(self, folder: Path, to: Path) -> Path:
        if to.exists():
            self.cleared(to)
        shutil.copytree(folder, to)
        self._made(to, like=_database(folder))
        for url in _URLS:
            before, after = (_bucket(world, url) for world in (folder, to))
            for key in before.keys():
                after.create(key, before.read(key) or b"")
        return to

    def cleared(self, folder: Path) -> None:
        self._postgres.drop(_database(folder))
        shutil.rmtree(folder)

    @cached_property
    def _prepared(self) -> str:
        self._object_store.create(_BUCKET)
        self._made(self._workshop, like="template1")
        state, books = place.record(self._workshop), place.books(self._workshop)
        state.prepare()
        state.close()
        books.close()
        return _database(self._workshop)

    def _made(self, folder: Path, *, like: str) -> None:
        name = f"world_{uuid4().hex}"
        url, secret = self._postgres.create(name, like=like), self._object_store.secret
        named = {
            "state_url": url,
            "accounting_url": url,
            "s3_endpoint_url": self._object_store.endpoint_url,
            "s3_access_key_id": secret,
            "s3_secret_access_key": secret,
            **{one: f"s3://{_BUCKET}/{name}/{one.removesuffix('_url')}" for one in _URLS},
        }
        file = folder / place.SERVERS
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f'{setting} = "{value}"\n' for setting, value in named.items()))


def _database(folder: Path) -> str:
    return place.addresses(folder)["state_url"].rpartition("/")[2]


def _bucket(folder: Path, url: str) -> Bucket:
    return place.profile_of(folder).bucket(place.addresses(folder)[url])


@pytest.fixture(scope="session")
def ground(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """Files, or servers with `--on servers`."""
    workshop = tmp_path_factory.mktemp("ground")
    if not _on_servers(request.config):
        return Files(workshop)
    servers = (request.getfixturevalue(name) for name in ("postgres_server", "object_store"))
    return Servers(workshop, *servers)


def add_option(parser: pytest.Parser) -> None:
    """The choice of the ground."""
    told = "where the worlds of the tests are kept; on servers only tests run that have such a world"
    parser.addoption("--on", choices=("files", "servers"), default="files", help=told)


def only_worlds(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On servers, leave out what has no world there."""
    if not _on_servers(config):
        return
    items[:] = [item for item in items if "ground" in getattr(item, "fixturenames", ())]
    for item in items:
        if mark := item.get_closest_marker("files_only"):
            item.add_marker(pytest.mark.skip(reason=f"about files: {mark.args[0]}"))


def _on_servers(config: pytest.Config) -> bool:
    return bool(config.getoption("--on") == "servers")
