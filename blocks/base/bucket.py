"""The one door to object stores: S3, or what keeps to its rules.

An object is written once, with `If-None-Match: *` and its SHA-256, and is read whole. boto3 is imported at the first use.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any, TypeVar
from urllib.parse import urlsplit

from blocks.base import clock
from blocks.base.chance import jittered

T = TypeVar("T")

_CONFLICT, _EXISTS, _GONE = 409, 412, 404
_CONFLICTS_AT_MOST = 8
_FIRST_WAIT_SECONDS = 0.05
_CONNECTIONS = 64
_NO_BUCKET = "NoSuchBucket"


class BucketUnavailable(OSError):
    """An object store did not do what it was asked; whether it was done is not known."""


class BucketRefused(BucketUnavailable):
    """An object store answered no: *status* is HTTP's, *code* the store's word."""

    def __init__(self, told: str, status: int, code: str) -> None:
        super().__init__(told)
        self.status, self.code = status, code


@dataclass(frozen=True)
class BucketAccess:
    """How to reach an object store. What is empty is found as AWS's own tools find it: environment, files, role."""

    endpoint_url: str = ""
    region: str = ""
    access_key_id: str = ""
    secret_access_key: str = ""
    answers_within_seconds: float = 15.0

    @cached_property
    def client(self) -> Any:
        """A boto3 client; safe to share between threads, not across a fork. It does not retry by itself."""
        config = import_module("botocore.config").Config(
            connect_timeout=min(5.0, self.answers_within_seconds),
            read_timeout=self.answers_within_seconds,
            retries={"total_max_attempts": 1, "mode": "standard"},
            max_pool_connections=_CONNECTIONS,
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        given = {
            "endpoint_url": self.endpoint_url,
            "region_name": self.region or ("us-east-1" if self.endpoint_url else ""),
            "aws_access_key_id": self.access_key_id,
            "aws_secret_access_key": self.secret_access_key,
        }
        session = import_module("boto3.session").Session()
        return session.client("s3", config=config, **{name: value for name, value in given.items() if value})


@dataclass(frozen=True)
class Listed:
    """An object as a list tells it; *version* changes when its bytes do."""

    key: str
    version: str
    size_bytes: int


class Bucket:
    """The objects of one bucket whose keys begin with one prefix. *url* is `s3://BUCKET` or `s3://BUCKET/PREFIX`.

    All of it raises BucketUnavailable. An object that is not there is told from a bucket that is not there.
    """

    def __init__(self, url: str, access: BucketAccess) -> None:
        parts = urlsplit(url)
        if parts.scheme != "s3" or not parts.netloc:
            raise ValueError(f"an object store is named s3://BUCKET or s3://BUCKET/PREFIX, got {url!r}")
        self.url = url
        self._bucket, self._access = parts.netloc, access
        self._prefix = f"{path}/" if (path := parts.path.strip("/")) else ""

    def create(self, key: str, data: bytes) -> bool:
        """Write *data* where nothing stands under *key*; False where something does.

        The answer to a write may be lost: who tries again and is told False has to compare.
        """
        checksum = base64.b64encode(hashlib.sha256(data).digest()).decode()
        wait = _FIRST_WAIT_SECONDS
        for _ in range(_CONFLICTS_AT_MOST):
            try:
                self._ask("put_object", key, Body=data, IfNoneMatch="*", ChecksumSHA256=checksum)
            except BucketRefused as refusal:
                if refusal.status == _EXISTS:
                    return False
                if refusal.status != _CONFLICT:
                    raise
                clock.sleep(jittered(wait))  # two writers at one moment: S3 lets one of them ask again
                wait *= 2
            else:
                return True
        raise BucketUnavailable(f"{self.url}: {key} is written by others all the time")

    def read(self, key: str) -> bytes | None:
        """The whole object under *key*, or None where there is none."""
        return _found(lambda: self._ask("get_object", key)["Body"])

    def set_aside(self, key: str, aside: str) -> None:
        """Copy the object under *key* to *aside*, then delete it; nothing happens where there is none."""
        source = {"Bucket": self._bucket, "Key": f"{self._prefix}{key}"}
        if _found(lambda: self._ask("copy_object", aside, CopySource=source)) is not None:
            self._ask("delete_object", key)

    def keys(self, beginning: str = "") -> Iterator[str]:
        """The keys that begin so, in order. A call for each thousand."""
        return (found.key for found in self.objects(beginning))

    def objects(self, beginning: str = "") -> Iterator[Listed]:
        """The objects whose keys begin so, in order. A call for each thousand."""
        for page in self._pages(beginning):
            for found in page.get("Contents", ()):
                version = f"{found['ETag']} {found['LastModified'].isoformat()}"
                yield Listed(str(found["Key"]).removeprefix(self._prefix), version, int(found["Size"]))

    def folders(self) -> Iterator[str]:
        """What stands before the first slash of keys, in order, once each. A call for each thousand."""
        for page in self._pages("", Delimiter="/"):
            for found in page.get("CommonPrefixes", ()):
                yield str(found["Prefix"]).removeprefix(self._prefix).removesuffix("/")

    def _pages(self, beginning: str, **asked: str) -> Iterator[Mapping[str, Any]]:
        prefix = f"{self._prefix}{beginning}"
        while True:
            page = self._ask("list_objects_v2", None, Prefix=prefix, **asked)
            yield page
            if not page.get("IsTruncated"):
                return
            asked["ContinuationToken"] = page["NextContinuationToken"]

    def _ask(self, operation: str, key: str | None, **asked: Any) -> Mapping[str, Any]:
        """The answer to one call, its body read to the end."""
        failures = import_module("botocore.exceptions")
        at = (
            {"Bucket": self._bucket}
            if key is None
            else {"Bucket": self._bucket, "Key": f"{self._prefix}{key}"}
        )
        try:
            answer = dict(getattr(self._access.client, operation)(**at, **asked))
            if "Body" in answer:
                answer["Body"] = answer["Body"].read()
        except failures.ClientError as error:
            told: dict[str, Any] = error.response
            status = int(told.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
            raise BucketRefused(
                f"{self.url}: {error}", status, str(told.get("Error", {}).get("Code"))
            ) from error
        except failures.BotoCoreError as error:
            raise BucketUnavailable(f"{self.url}: {error}") from error
        return answer


def _found(ask: Callable[[], T]) -> T | None:
    """What *ask* gives; None where the object is not there."""
    try:
        return ask()
    except BucketRefused as refusal:
        if refusal.status != _GONE or refusal.code == _NO_BUCKET:
            raise
        return None
