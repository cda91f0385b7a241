"""Where documents arrive: folders of this machine, and prefixes of buckets. Nothing there is ever changed."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from blocks.base import clock
from blocks.base.bucket import Bucket, BucketUnavailable
from blocks.base.errors import HoldfastError

BUCKET = "s3://"


class InboxUnavailable(HoldfastError):
    """The place {place} cannot be looked into:"""

    safe = "No document is lost: what was not taken is taken when the place is back."
    parks = "outage"


@dataclass(frozen=True)
class Found:
    """One object: where it lies, its name below the place, what changes when it changes, and its bytes as told."""

    url: str
    name: str
    version: str
    size_bytes: int


class Inbox:
    """Looks into places and reads what lies there. *bucket* opens the bucket that a URL names."""

    identity = ""  # where documents come from is no part of a stage key

    def __init__(self, bucket: Callable[[str], Bucket]) -> None:
        self._bucket = bucket

    def look(self, place: str, *, at_rest_seconds: float = 0.0) -> list[Found]:
        """What lies at *place* (a file, a folder, `s3://BUCKET/KEY` or `s3://BUCKET/FOLDER/`), in order of names.

        Of a folder hidden files, those that cannot be read, and those that changed within *at_rest_seconds* are passed over:
        they may be half written. Objects of a bucket are always whole. Raises InboxUnavailable.
        """
        try:
            found = self._objects(place) if place.startswith(BUCKET) else _files(place, at_rest_seconds)
            return sorted(found, key=lambda one: one.name)
        except OSError as error:
            raise InboxUnavailable(f"{error}", place=place) from error

    def read(self, found: Found) -> bytes | None:
        """The bytes of what was *found*; None where it is gone, or a file changed since. Raises InboxUnavailable."""
        try:
            if found.url.startswith(BUCKET):
                bucket, key = self._opened(found.url)
                return bucket.read(key)
            path = Path(found.url)
            data = path.read_bytes()
            return data if _version(path.stat()) == found.version else None
        except FileNotFoundError:
            return None
        except OSError as error:
            raise InboxUnavailable(f"{error}", place=found.url) from error

    def _objects(self, place: str) -> Iterator[Found]:
        bucket, key = self._opened(place)
        folder = key if not key or key.endswith("/") else f"{key}/"
        for one in bucket.objects(key):
            if one.key == key or one.key.startswith(folder):
                name = one.key.removeprefix(folder) if one.key != key else key.rpartition("/")[2]
                if name and not name.endswith("/"):  # some tools write an empty object for a folder
                    yield Found(f"{bucket.url}/{one.key}", name, one.version, one.size_bytes)

    def _opened(self, url: str) -> tuple[Bucket, str]:
        """The whole bucket that *url* names, and the key in it."""
        parts = urlsplit(url, allow_fragments=False)
        key = url.removeprefix(f"{BUCKET}{parts.netloc}").removeprefix("/")
        try:
            return self._bucket(f"{BUCKET}{parts.netloc}"), key
        except ValueError as error:
            raise BucketUnavailable(f"{error}") from error


def _files(place: str, at_rest_seconds: float) -> Iterator[Found]:
    given = Path(place).expanduser().absolute()
    if not given.is_dir():
        yield from _file(given, given.name, at_rest_seconds)
        return
    for folder, below, names in os.walk(given, onerror=_refuse):
        below[:] = [name for name in below if not name.startswith(".")]
        for path in (Path(folder, name) for name in names if not name.startswith(".")):
            yield from _file(path, path.relative_to(given).as_posix(), at_rest_seconds)


def _file(path: Path, name: str, at_rest_seconds: float) -> Iterator[Found]:
    if path.is_file() and os.access(path, os.R_OK):
        told = path.stat()
        age_seconds = clock.now_us() / 1_000_000 - told.st_mtime
        if age_seconds >= at_rest_seconds:
            yield Found(f"{path}", name, _version(told), told.st_size)


def _version(told: os.stat_result) -> str:
    return f"{told.st_size}-{told.st_mtime_ns}-{told.st_ino}"


def _refuse(error: OSError) -> None:
    raise error
