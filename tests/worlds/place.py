"""Where a test's world is kept: files of its folder, or the servers that a file in the folder names.

A child process gets the folder alone and finds the same world. So does the product, which takes the folder for its home:
of the profile `laptop`, or of `production` where servers are named.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from blocks.artifacts.bucket import BucketShelf
from blocks.artifacts.local import LocalShelf
from blocks.artifacts.names import path_of
from blocks.artifacts.store import ArtifactStore, Shelf
from blocks.base.bucket import Bucket
from blocks.base.bucket_access import BucketAccess
from blocks.base.profiles import servers_file
from blocks.base.sql import Database
from blocks.profile import Profile
from blocks.providers.accounting import Accounting
from blocks.state.database import StateDatabase
from blocks.state.head_bucket import HeadBucket
from blocks.state.head_shelf import HeadFolder, HeadShelf


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
        self.bucket.ask("put_object", self.key, Body=data)

    def unlink(self) -> None:
        self.bucket.ask("delete_object", self.key)


def profile_of(folder: Path) -> Profile:
    """The profile whose home is *folder*, without patience."""
    return Profile(name=profile_name(folder), patience_seconds=0, **addresses(folder))


def profile_name(folder: Path) -> str:
    """Which profile it is."""
    return "production" if addresses(folder) else "laptop"


def name_servers(folder: Path, given: Mapping[str, str]) -> None:
    """Let the world in *folder* be kept there: addresses by setting of the profile."""
    file = servers_file(folder)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f'{setting} = "{value}"\n' for setting, value in given.items()))


def addresses(folder: Path) -> dict[str, str]:
    """What is kept on servers, by setting of the profile; nothing where all is files."""
    file = servers_file(folder)
    return tomllib.loads(file.read_text()) if file.exists() else {}


def record(folder: Path) -> StateDatabase:
    """The state database."""
    return profile_of(folder).state(folder)


def shelf(folder: Path) -> Shelf:
    """Where the artifacts are."""
    found = bucket(folder, "artifacts_url")
    return BucketShelf(found) if found else LocalShelf(folder / "artifacts")


def store(folder: Path) -> ArtifactStore:
    """The artifacts."""
    return ArtifactStore(shelf(folder))


def heads(folder: Path) -> HeadShelf:
    """Where the signed heads are."""
    found = bucket(folder, "heads_url")
    return HeadBucket(found) if found else HeadFolder(folder / "heads")


def bucket(folder: Path, setting: str) -> Bucket | None:
    """The bucket that a *setting* names. A client takes tenths of a second to make, so a process keeps it."""
    named = addresses(folder)
    if setting not in named:
        return None
    access = (named[f"s3_{part}"] for part in ("endpoint_url", "access_key_id", "secret_access_key"))
    within = float(named.get("s3_answers_within_seconds", BucketAccess.answers_within_seconds))
    return Bucket(named[setting], _access(os.getpid(), *access, within))


@cache
def _access(process: int, endpoint_url: str, key_id: str, secret: str, within: float) -> BucketAccess:
    return BucketAccess(
        endpoint_url, access_key_id=key_id, secret_access_key=secret, answers_within_seconds=within
    )


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
    if found := bucket(folder, "artifacts_url"):
        return [_Object(found, key) for key in list(found.keys())]
    return [path for path in (folder / "artifacts").rglob("*") if path.is_file()]


def stored_as(folder: Path, name: str) -> Stored:
    """The artifact of that name, whether it is there or not."""
    if found := bucket(folder, "artifacts_url"):
        return _Object(found, path_of(name))
    return folder / "artifacts" / path_of(name)
