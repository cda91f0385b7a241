"""The one door to object stores: S3, or what keeps to its rules.

An object is written once, with `If-None-Match: *` and its SHA-256, in one part, and is read whole.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from blocks.base import clock
from blocks.base.bucket_access import BucketAccess
from blocks.base.bucket_failures import NO_OBJECT, BucketRefused, BucketUnavailable, named
from blocks.base.chance import jittered
from blocks.base.errors import HoldfastError

T = TypeVar("T")

_CONFLICT, _NOT_AS_TOLD, _NOT_OFFERED = 409, 412, 501
_CONFLICTS_AT_MOST = 8
_FIRST_WAIT_SECONDS = 0.05


@dataclass(frozen=True)
class Listed:
    """An object as a list tells it; *version* changes when its bytes do."""

    key: str
    version: str
    size_bytes: int


class Bucket:
    """The objects of one bucket whose keys begin with one prefix. *url* is `s3://BUCKET` or `s3://BUCKET/PREFIX`.

    All of it raises BucketUnavailable, also where an answer makes no sense; a named error where boto3 is not installed.
    """

    def __init__(self, url: str, access: BucketAccess) -> None:
        self._bucket, self._prefix = parts_of(url)
        self.url, self._access = url, access

    def create(self, key: str, data: bytes, *, checksum: str = "") -> bool:
        """Write *data* where nothing stands under *key*; False where something does.

        The answer to a write may be lost: who tries again and is told False has to compare. The store refuses data
        whose SHA-256 is not *checksum* (base64), which is by default the right one.
        """
        asked = {"Body": data, "ChecksumSHA256": checksum or _checksum(data), "IfNoneMatch": "*"}
        wait = _FIRST_WAIT_SECONDS
        for _ in range(_CONFLICTS_AT_MOST):
            try:
                self.ask("put_object", key, **asked)
            except BucketRefused as refusal:
                if refusal.status == _NOT_AS_TOLD:
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
        seen = self._seen(key)
        return seen[0] if seen else None

    def replace(self, key: str, found: bytes, by: bytes | None, *, aside: str) -> None:
        """Where *found* stands under *key*, copy it to *aside* and let *by* stand there; None: nothing.

        Nothing happens where another object stands there, or comes while this goes on (`If-Match`). A store that
        does not know that condition writes over what came, so *by* must be what all would write there.
        """
        seen = self._seen(key)
        if seen is None or seen[0] != found:
            return
        self.create(aside, found)
        try:
            if by is None:
                self._change("delete_object", key, seen[1])
            else:
                self._change("put_object", key, seen[1], Body=by, ChecksumSHA256=_checksum(by))
        except BucketRefused as refusal:
            if refusal.code != NO_OBJECT and refusal.status != _NOT_AS_TOLD:
                raise  # else another was faster

    def keys(self, beginning: str = "", *, at_a_time: int = 1000) -> Iterator[str]:
        """The keys that begin so, in order. A call for each *at_a_time*."""
        return (found.key for found in self.objects(beginning, at_a_time=at_a_time))

    def objects(self, beginning: str = "", *, at_a_time: int = 1000) -> Iterator[Listed]:
        """The objects whose keys begin so, in order. A call for each *at_a_time*."""
        return self._listed(beginning, "Contents", self._object, MaxKeys=at_a_time)

    def folders(self) -> Iterator[str]:
        """What stands before the first slash of keys, in order, once each. A call for each thousand."""
        return self._listed("", "CommonPrefixes", self._folder, Delimiter="/")

    def ask(self, operation: str, key: str | None = None, **asked: Any) -> Mapping[str, Any]:
        """The answer to one call of S3's interface, its body read to the end. *key* is without the prefix."""
        at = {"Bucket": self._bucket} | ({} if key is None else {"Key": f"{self._prefix}{key}"})
        try:
            answer = dict(getattr(self._access.client, operation)(**at, **asked))
            if "Body" in answer:
                answer["Body"] = answer["Body"].read()
        except HoldfastError:
            raise
        # What boto3, urllib3 and the parsers raise on a bad answer is written down nowhere.
        except Exception as error:
            raise named(self.url, error) from error
        return answer

    def _seen(self, key: str) -> tuple[bytes, str] | None:
        """An object and its tag."""
        try:
            answer = self.ask("get_object", key)
        except BucketRefused as refusal:
            if refusal.code != NO_OBJECT:
                raise
            return None
        return answer["Body"], str(answer.get("ETag"))

    def _change(self, operation: str, key: str, tag: str, **asked: Any) -> None:
        """Change the object that has this tag; any, where the store offers no such condition."""
        try:
            self.ask(operation, key, IfMatch=tag, **asked)
        except BucketRefused as refusal:
            if refusal.status != _NOT_OFFERED:
                raise
            self.ask(operation, key, **asked)

    def _listed(
        self, beginning: str, what: str, read: Callable[[Mapping[str, Any]], T], **asked: Any
    ) -> Iterator[T]:
        while True:
            page = self.ask("list_objects_v2", Prefix=f"{self._prefix}{beginning}", **asked)
            try:
                found = [read(one) for one in page.get(what, ())]
                more = page["NextContinuationToken"] if page["IsTruncated"] else None
            except KeyError as error:
                raise BucketUnavailable(f"{self.url}: the answer to a listing is none, {error}") from error
            yield from found
            if more is None:
                return
            asked["ContinuationToken"] = more

    def _object(self, told: Mapping[str, Any]) -> Listed:
        version = f"{told['ETag']} {told['LastModified'].isoformat()}"
        return Listed(str(told["Key"]).removeprefix(self._prefix), version, int(told["Size"]))

    def _folder(self, told: Mapping[str, Any]) -> str:
        return str(told["Prefix"]).removeprefix(self._prefix).removesuffix("/")


def parts_of(url: str) -> tuple[str, str]:
    """The bucket and the beginning of keys that *url* names. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
        raise ValueError(f"an object store is named s3://BUCKET or s3://BUCKET/PREFIX, got {url!r}")
    return parts.netloc, f"{path}/" if (path := parts.path.strip("/")) else ""


def _checksum(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()
