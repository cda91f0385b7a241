"""Where a test's world is kept: files of its folder, or the servers that a file in the folder names.

A child process gets the folder alone and finds the same world. So does the product, which takes the folder for the home
of the profile `laptop`.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from blocks.artifacts.names import path_of
from blocks.artifacts.store import ArtifactStore, Shelf
from blocks.base.bucket import Bucket
from blocks.base.sql import Database
from blocks.profile import Profile
from blocks.providers.accounting import Accounting
from blocks.state.database import StateDatabase
from blocks.state.head_shelf import HeadShelf

SERVERS = Path("stack") / "laptop.toml"


class Stored(Protocol):
    """One stored object, as a path is one: to read it, and to change it behind the back of everybody."""

    @property
    def name(self) -> str:
        """The last part of its name."""
        ...

    def read_bytes(self) -> bytes:
        """What is stored."""
        ...

    def write_bytes(self, data: bytes, /) -> object:
        """Put other bytes in its place."""
        ...

    def unlink(self) -> None:
        """Let it be gone."""
        ...


@dataclass(frozen=True)
class _Object:
    """An object of a bucket."""

    bucket: Bucket
    key: str

    @property
    def name(self) -> str:
        return self.key.rpartition("/")[2]

    def read_bytes(self) -> bytes:
        data = self.bucket.read(self.key)
        assert data is not None, f"{self.key} is gone"
        return data

    def write_bytes(self, data: bytes, /) -> None:
        self.bucket._ask("put_object", self.key, Body=data)

    def unlink(self) -> None:
        self.bucket._ask("delete_object", self.key)


def profile_of(folder: Path) -> Profile:
    """The profile whose home is *folder*, without patience."""
    return Profile(name="laptop", patience_seconds=0, **addresses(folder))


def addresses(folder: Path) -> dict[str, str]:
    """What is kept on servers, by setting of the profile; nothing where all is files."""
    file = folder / SERVERS
    return tomllib.loads(file.read_text()) if file.exists() else {}


def record(folder: Path) -> StateDatabase:
    """The state database."""
    return profile_of(folder).state(folder)


def shelf(folder: Path) -> Shelf:
    """Where the artifacts are."""
    return profile_of(folder).shelf(folder)


def store(folder: Path) -> ArtifactStore:
    """The artifacts."""
    return ArtifactStore(shelf(folder))


def heads(folder: Path) -> HeadShelf:
    """Where the signed heads are."""
    return profile_of(folder).head_shelf(folder)


def books(folder: Path) -> Accounting:
    """The books."""
    return profile_of(folder).accounting(folder)


def tables_of_books(folder: Path) -> Database:
    """The database of the books, which may have no tables yet."""
    profile = profile_of(folder)
    url = profile.accounting_url or f"sqlite:///{folder / 'accounting.db'}"
    return Database(url, schema=profile.accounting_schema)


def stored(folder: Path) -> list[Stored]:
    """All artifacts, those that were set aside included."""
    if url := addresses(folder).get("artifacts_url"):
        bucket = profile_of(folder).bucket(url)
        return [_Object(bucket, key) for key in bucket.keys()]
    return [path for path in (folder / "artifacts").rglob("*") if path.is_file()]


def stored_as(folder: Path, name: str) -> Stored:
    """The artifact of that name, whether it is there or not."""
    if url := addresses(folder).get("artifacts_url"):
        return _Object(profile_of(folder).bucket(url), path_of(name))
    return folder / "artifacts" / path_of(name)
